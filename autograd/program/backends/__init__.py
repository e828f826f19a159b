"""What runs a program: an engine for each backend, and the choice among them."""
