"""The operators and methods of Value that come from the table, by name.

`give_operators` makes them; their types are in `methods.pyi`, written by `make table`.
"""


class Methods:
    """Empty at run time: a place for the types of what `give_operators` makes."""

    __slots__ = ()
