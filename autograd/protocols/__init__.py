"""What Python and NumPy ask of a Value: copies, pickles, array functions."""
