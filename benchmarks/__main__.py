"""Run benchmarks and print their tables: `python -m benchmarks [SECTION ...]`.

The plot of cost against size goes to out/growth.svg. With `--write`, the tables also go
into docs/benchmarks.md, each between its two markers, and the plot beside it.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from benchmarks import (
    engine,
    fitting,
    gpt,
    growth,
    numeric,
    pictures,
    program,
    training,
)
from benchmarks.threads import use_one_thread
from benchmarks.timing import Row, machine

PAGE = Path(__file__).parent.parent / "docs" / "benchmarks.md"

SECTIONS: Mapping[str, Callable[[], Iterable[Row]]] = {
    "engine": engine.rows,
    "training": training.rows,
    "fitting": fitting.rows,
    "program": program.rows,
    "growth": growth.rows,
    "numeric": numeric.rows,
    "gpt": gpt.rows,
    "pictures": pictures.rows,
}
"""What can be run apart. The rows of one section are measured in one run."""


def table(rows: Iterable[Row]) -> str:
    """The rows in Markdown, with the machine named."""
    lines = [
        "| work | at least | here | absolute |",
        "|---|---|---|---|",
        *(f"| {r.work} | {r.wanted} | **{r.got}** | {r.absolute} |" for r in rows),
    ]
    return "\n".join([*lines, "", f"Measured on {machine()}; medians.", ""])


def put(page: str, section: str, text: str) -> str:
    """A page with a section's table in place of the last one.

    Raises:
        ValueError: The page has no two markers of this section.
    """
    before, begin, rest = page.partition(f"<!-- {section} -->\n")
    _, end, after = rest.partition(f"<!-- /{section} -->")
    if not (begin and end):
        raise ValueError(f"no markers <!-- {section} --> and <!-- /{section} --> there")
    return before + begin + text + end + after


def main(arguments: Sequence[str]) -> int:
    """Measure, print, and say by the exit status whether every floor holds."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Run benchmarks and print their tables: all take half an hour.",
    )
    parser.add_argument(
        "sections",
        nargs="*",
        metavar="SECTION",
        help=f"what to run, instead of all: {', '.join(SECTIONS)}",
    )
    parser.add_argument(
        "--write", action="store_true", help="also put them into docs/benchmarks.md"
    )
    asked = parser.parse_args(arguments)
    if unknown := sorted({*asked.sections} - {*SECTIONS}):
        parser.error(f"unknown: {', '.join(unknown)}; known: {', '.join(SECTIONS)}")
    use_one_thread()
    missed: list[Row] = []
    for section in asked.sections or SECTIONS:
        rows = [*SECTIONS[section]()]
        text = table(rows)
        print(text, flush=True)
        missed += [row for row in rows if not row.holds]
        if asked.write:  # at once: a later section may be broken off
            page = PAGE.read_text(encoding="utf-8")
            PAGE.write_text(put(page, section, text), encoding="utf-8")
            if section == "growth":
                shutil.copy(growth.PICTURE, PAGE.with_name("growth.svg"))
    for row in missed:
        print(f"missed: {row.work}: {row.wanted}, got {row.got}", file=sys.stderr)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
