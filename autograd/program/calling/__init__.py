"""From the call of a compiled function to the program that answers it."""
