"""The operators and methods of Value that come from the table, by name.

`give_operators` makes them; their types are in `names.pyi`, written by `make readme`.
"""


class Methods:
    """What `Value` gets from the table."""

    __slots__ = ()
