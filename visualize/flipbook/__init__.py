"""A training as a flipbook: what is recorded, and the page that shows it."""
