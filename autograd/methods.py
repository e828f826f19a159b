"""The operators and methods of Value that come from the table, by name.

`give_operators` makes them; their types are in `methods.pyi`, written by `make readme`.
"""


class Methods:
    """What `Value` gets from the table, and from those who build on it."""

    __slots__ = ()
