"""What there is to see of a program, and whether it is right."""
