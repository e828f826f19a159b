"""A program as a picture: its groups, and the scalar graph that they came from."""
