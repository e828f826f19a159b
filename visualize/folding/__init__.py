"""How a large graph becomes a small picture: groups of nodes, and what a room shows."""
