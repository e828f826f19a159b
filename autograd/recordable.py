"""Recordable: by this the table knows a Value, which is made after it.

Operators and methods of Value come from the table (`operators.give_operators`); their
types are in `recordable.pyi`, written by `make table`.
"""


class Recordable:
    """The base of Value, and of nothing else: what an Op asks to `record` it."""

    __slots__ = ()
