"""Step through a pass and explore a graph: one self-contained page, or a terminal."""
