"""What is drawn: cards, wires and groups, with their numbers as text."""
