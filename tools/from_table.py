"""What is written from the table `autograd.OPS`: the list of operations, and types.

`python -m tools.from_table` says what is not as the table has it; `--write` writes it:
the operations in docs/operations.md between two marks, and the stubs with the types of
the functions (`autograd/functions.pyi`) and of the methods (`autograd/recordable.pyi`).
"""

import argparse
import math
from pathlib import Path
from typing import Final

from autograd import OPS, Op, applying, functions
from autograd.operators import COMPARISONS, OPERATORS, SIGNS_OF_ONE, method_names
from autograd.protocols.joining import CONJUNCTIONS

ROOT: Final = Path(__file__).parent.parent
OPERATIONS: Final = ROOT / "docs" / "operations.md"
START: Final = "<!-- operations: written by make table -->"
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


def table_in(page: str) -> str:
    """Find the table that stands in the text of a page.

    Raises:
        ValueError: If one of the two marks is missing.
    """
    if START not in page or END not in page:
        raise ValueError(f"the page must hold the marks {START} and {END}")
    return page.split(START)[1].split(END, maxsplit=1)[0].strip()


def functions_stub() -> str:
    """Write the types of autograd's functions, as `functions.__all__` lists them."""
    written_out = [name for name in functions.__all__ if hasattr(applying, name)]
    made = [OPS[name] for name in functions.__all__ if name not in written_out]
    kinds = {op.name: kind for op in made if (kind := kind_of(op))}
    lines = [
        "# Written by make table.",
        "from typing import Any",
        "",
        "from autograd.applying import (",
        "    Operand,",
        *(f"    {name}," for name in sorted(written_out)),
        ")",
        "from autograd.function_types import (",
        *(f"    {kind}," for kind in sorted({*kinds.values()})),
        ")",
        "",
        "__all__ = [",
        *(f'    "{name}",' for name in functions.__all__),
        "]",
        "",
        *(f"{name}: {kind}" for name, kind in kinds.items()),
        "",
        *(
            f"def {op.name}({operands_of(op, 'Operand')}) -> Any: ..."
            for op in made
            if op.name not in kinds
        ),
    ]
    return "\n".join(lines) + "\n"


def kind_of(op: Op) -> str:
    """Name the type of a row's function: see `function_types.pyi`; "" for none."""
    if op.variadic:
        return "ListToListFunction" if op.constants else "ListFunction"
    kinds = {1: "UnaryFunction", 2: "BinaryFunction"}
    return "" if op.defaults else kinds.get(len(op.operand_names), "")


def operands_of(op: Op, kind: str) -> str:
    """Write a row's operands, and their defaults, as a stub has them."""
    required = len(op.operand_names) - len(op.defaults)
    defaults = ["", *[f" = {x}" if math.isfinite(x) else " = ..." for x in op.defaults]]
    return ", ".join(
        f"{name}: {kind}{defaults[max(place - required + 1, 0)]}"
        for place, name in enumerate(op.operand_names)
    )


def methods_stub() -> str:
    """Write the types of the operators and methods that Value has from the table."""
    value = dict.fromkeys(OPERATORS, "Value")
    anything = dict.fromkeys(CONJUNCTIONS, "Any")
    pairs = {
        f"__{side}{name}__": result
        for name, result in (value | anything).items()
        for side in ("", "r")
    }
    order = [compare.__name__ for compare in COMPARISONS.values()]
    pairs |= {f"__{name}__": "Any" for name in order}
    ones = [*(f"__{name}__" for name in SIGNS_OF_ONE), *method_names()]
    options = {
        op.name: operands_of(op, "Value | float").partition(", ")[2]
        for op in map(OPS.__getitem__, method_names())
        if op.defaults
    }
    twos = [
        f"    def {name}(self, other: Any, /) -> {kind}: ..."
        for name, kind in pairs.items()
    ]
    lines = [
        "# Written by make table.",
        "from typing import Any",
        "",
        "from autograd.ops import Op",
        "from autograd.value import Value",
        "",
        "class Recordable:",
        "    @property",
        "    def is_integer(self) -> bool: ...",
        "    def record(self, op: Op, operands: tuple[Any, ...]) -> Value: ...",
        *twos,
        *(f"    def {x}(self) -> Value: ..." for x in ones if x not in options),
        *(f"    def {x}(self, {words}) -> Value: ..." for x, words in options.items()),
        "    def __array_ufunc__(self, *given: Any, **options: Any) -> Any: ...",
    ]
    return "\n".join(lines) + "\n"


def operations_page() -> str:
    """Write the page anew, with the table of operations as it is now."""
    text = OPERATIONS.read_text(encoding="utf-8")
    table_in(text)
    before, after = text.split(START)[0], text.split(END)[1]
    return f"{before}{START}\n{operations_table()}\n{END}{after}"


def texts() -> dict[Path, str]:
    """Tell what each file is to hold."""
    return {
        OPERATIONS: operations_page(),
        ROOT / "autograd" / "functions.pyi": functions_stub(),
        ROOT / "autograd" / "recordable.pyi": methods_stub(),
    }


def stale() -> list[Path]:
    """List the files that are not as the table has them."""
    return [
        path
        for path, text in texts().items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]


def unlisted() -> list[str]:
    """List the public rows that are neither a function nor written with an operator."""
    written = {*map(str, OPERATORS.values()), "power"}
    public = [op.name for op in OPS.values() if not op.helper]
    return [x for x in public if x not in written and x not in functions.__all__]


def main() -> None:
    """Say what is stale, or write it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="write the files")
    write = parser.parse_args().write
    for path in stale():
        print(("wrote " if write else "stale: ") + path.relative_to(ROOT).as_posix())
        if write:
            path.write_text(texts()[path], encoding="utf-8")
    for name in unlisted():
        print(f"{name} is a row: list it in autograd/functions.py, or make it a helper")


if __name__ == "__main__":
    main()
