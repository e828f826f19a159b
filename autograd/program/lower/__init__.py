"""Lowering: array statements become source of NumPy or JAX."""
