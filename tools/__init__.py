"""Scripts for whoever works on this repository."""
