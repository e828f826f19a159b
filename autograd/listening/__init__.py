"""Recorders, who listen to what is recorded, and what they need."""
