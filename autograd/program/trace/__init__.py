"""A function run once on Values becomes a plan of scalar nodes."""
