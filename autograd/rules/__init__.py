"""The longer rules of the table: values and local derivatives that take several lines.

Each is written against a namespace `xp`, as the rows in `ops.py` are; a rule named
`d_f` gives the local derivatives of `f`. The comments say what the obvious formula
would lose. Conventions at kinks and limits are those of the table in docs/numerics.md.
"""
