"""What a function reads besides its arguments: found by name, and guarded."""
