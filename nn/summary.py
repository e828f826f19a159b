"""What a net consists of, in words: counts, and the table of `Module.summary`."""

from itertools import groupby

__all__ = ["counted", "table"]

Row = tuple[str, str, int]


def table(rows: list[Row]) -> str:
    """Lay out a net as text, alike neighbours on one line.

    Args:
        rows: name, description and count of parameters of each module, outer before
            inner; the first is the whole net, whose name is "".
    """
    lines = [("module", "what", "parameters")]
    for _, group in groupby(rows, key=_kind):
        alike = list(group)
        name, what, count = alike[0]
        if len(alike) == 1:
            lines.append((name or "(all)", what, str(count)))
        else:
            last = alike[-1][0].rpartition(".")[2]
            times = f"{len(alike)} x "
            lines.append((f"{name}-{last}", times + what, f"{times}{count}"))
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        f"{name:<{widths[0]}}  {what:<{widths[1]}}  {count:>{widths[2]}}"
        for name, what, count in lines
    )


def counted(count: int, what: str) -> str:
    """Count in words: "1 input", "2 inputs"."""
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _kind(row: Row) -> tuple[str, str, int]:
    """Equal for neighbours that one line can tell of: "layers.0", "layers.1" ..."""
    name, what, count = row
    parent, _, element = name.rpartition(".")
    return (parent if element.isdecimal() else name), what, count
