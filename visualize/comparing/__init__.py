"""Two backward passes of the same structure, side by side."""
