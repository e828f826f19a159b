"""Lowering: array statements become source, and the source a function that runs."""
