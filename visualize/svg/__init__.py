"""How it is written down: one SVG, the same to the byte wherever it is made."""
