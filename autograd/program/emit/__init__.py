"""From array statements to source that runs: NumPy with buffers made once, or JAX."""
