"""Where it goes: Graphviz where there is one, else a layered layout of our own."""
