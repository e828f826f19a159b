"""The works of the speed table: written in scalars, by hand in NumPy, in PyTorch."""
