"""Why is this gradient this number? The recorded graph, read in other ways.

`semirings` sums over paths, `paths` explains a gradient by them, and `pruning` keeps
the few edges that carry it.
"""
