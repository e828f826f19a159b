"""The README's table of operations, generated from `autograd.OPS`.

`python -m tools.readme_table` prints it; `--write` puts it into README.md, between
the two marks that stand there.
"""

import argparse
import math
from pathlib import Path
from typing import Final

from autograd import OPS, Op

README: Final = Path(__file__).parent.parent / "README.md"
START: Final = "<!-- operations: written by make readme -->"
END: Final = "<!-- end of operations -->"

REAL: Final = (-math.inf, math.inf)


def operations_table() -> str:
    """Write one row of Markdown for each row of the table but the helpers."""
    lines = ["| operation | what it is | where it is defined |", "|---|---|---|"]
    for op in OPS.values():
        if op.helper:
            continue
        words = op.doc.replace("|", r"\|")
        lines.append(f"| `{signature(op)}` | {words} | {domain(op)} |")
    return "\n".join(lines)


def signature(op: Op) -> str:
    """Show how an operation is called, such as `max(*xs)`."""
    *first, last = op.operand_names
    return f"{op.name}({', '.join([*first, '*' * op.variadic + last])})"


def domain(op: Op) -> str:
    """Say on which interval each operand makes sense, unless it is on all numbers."""
    intervals = [
        f"{name} in {interval(*op.domain_of(position))}"
        for position, name in enumerate(op.operand_names)
        if op.domain_of(position) != REAL
    ]
    return ", ".join(intervals) or "everywhere"


def interval(low: float, high: float) -> str:
    """Write an interval.

    >>> interval(-1.0, 1.0), interval(0.0, float("inf"))
    ('[-1, 1]', '[0, ∞)')
    """
    start = "(-∞" if low == -math.inf else f"[{low:g}"
    end = "∞)" if high == math.inf else f"{high:g}]"
    return f"{start}, {end}"


def table_in(readme: str) -> str:
    """Find the table that stands in a README's text.

    Raises:
        ValueError: If one of the two marks is missing.
    """
    if START not in readme or END not in readme:
        raise ValueError(f"the README must hold the marks {START} and {END}")
    return readme.split(START)[1].split(END, maxsplit=1)[0].strip()


def main() -> None:
    """Print the table, or write it into the README."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="write it into README.md")
    if not parser.parse_args().write:
        print(operations_table())
        return
    readme = README.read_text(encoding="utf-8")
    old = table_in(readme)
    before, after = readme.split(START)[0], readme.split(END)[1]
    text = f"{before}{START}\n{operations_table()}\n{END}{after}"
    README.write_text(text, encoding="utf-8")
    print("README.md is unchanged" if old == operations_table() else "wrote README.md")


if __name__ == "__main__":
    main()
