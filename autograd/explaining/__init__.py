"""Why is this gradient this number? The recorded graph, read in other ways.

`semirings` sums over paths, `paths` explains a gradient by them, and `pruning` keeps
the few edges that carry it. `ledger` shares it out (`terms` finds the terms of a
sum), `transcript` writes the backward pass down, `replaying` asks what if. `formulas`
writes values and derivatives as formulas: the rows of the table run on symbols
(`steps`, `simplifying`), and what they come to is printed (`printing`, `templates`).
"""
