"""latex, latex_derivative, formula: values and derivatives as formulas.

All calculus comes from the rows of the table, run on symbols (`steps`); `printing` and
`templates` write it down.
"""

from __future__ import annotations

import inspect
import keyword
from collections.abc import Callable
from typing import Any

from autograd.explaining.paths import check_values
from autograd.explaining.printing import Python, identifier, written
from autograd.explaining.steps import Formulas, Rules
from autograd.explaining.templates import Latex
from autograd.fast.symbols import LISTS, Symbol
from autograd.graph import Graph
from autograd.namespaces import FLOAT_NATIVES
from autograd.ops import OPS, Op
from autograd.rules.textbook import IN_WORDS, TEXTBOOK
from autograd.sweep import interior_order
from autograd.value import Value

_ARITHMETIC = {
    *("add", "sub", "mul", "div", "neg", "power", "pow", "sum", "mean", "dot")
}
_READ = frozenset(
    name
    for name, op in OPS.items()
    if not op.helper and name not in {*_ARITHMETIC, "square", "reciprocal"}
)
"""The rows that people know by their names."""

_RUN = frozenset(FLOAT_NATIVES) - LISTS - {"power", "pow"}
"""The functions that `math`, Python and `autograd` have under one name."""


def formula(node: Value, of: Value | None = None, python: bool = False) -> str:
    """The value of a node, or its derivative in another, as a formula in the leaves.

    >>> from autograd import Value, formula
    >>> x, w = Value(0.5, label="x"), Value(-3.0, label="w")
    >>> y = (w * x + 1.0).tanh()
    >>> formula(y)
    'tanh(w*x + 1)'
    >>> print(formula(w * w * x, of=w))
    2*x*w

    What is used more than once has a name, the label of its node or t1, t2 ..., and a
    line of its own above the last line, the formula.

    Args:
        node: What is written down.
        of: Give d node / d of instead, for every number of the leaves; but what Python
            decided while the node was recorded is decided.
        python: Code that runs, with the functions of `math` or of `autograd`; a rule
            that neither has, such as a sigmoid, is written out. On plain floats Python
            raises at 1 / 0, at an overflow and outside of a domain, and a fractional
            power of a negative number is complex. On Values, with the functions of
            `autograd`, it gives inf and NaN as the graph does.

    Raises:
        TypeError: They are no Values, or an operation of one's own has no formula.
    """
    check_values("formula", node, node if of is None else of)
    language = (_RUN, TEXTBOOK) if python else (_READ - IN_WORDS.keys(), IN_WORDS)
    formulas, result, taken = _derived(node, of, *language)

    def name_of(symbol: Symbol, number: int) -> str:
        label = formulas.steps.labels.get(id(symbol))
        return identifier(label or f"t{number}", taken)

    parts, last = written(result, Python(python), name_of)
    return "\n".join([*[f"{name} = {text}" for name, text in parts], last.text])


def latex(node: Value) -> str:
    r"""The value of a node as a formula in the leaves, in LaTeX.

    >>> from autograd import Value, latex
    >>> x, w1 = Value(0.5, label="x"), Value(-3.0, label="w1")
    >>> print(latex((w1 * x + 1.0).exp()))
    e^{w_{1} \cdot x + 1}

    Raises:
        TypeError: It is no Value, or an operation of one's own has no formula.
    """
    check_values("latex", node, node)
    return _latex(node, None)


def latex_derivative(
    what: Value | Op | Callable[..., Any], of: Value | str | int = 0
) -> str:
    r"""A derivative as a formula in LaTeX.

    >>> from autograd import OPS, latex_derivative
    >>> print(latex_derivative(lambda x: x**3))
    3 \cdot {x}^{2}
    >>> print(latex_derivative(OPS["sin"]))
    \cos x

    Args:
        what: A row of the table, a function of numbers, or a Value.
        of: In which operand or argument, by its name or place; for a Value, in which
            node, or the place among its leaves.

    Raises:
        TypeError: It is nothing that has a derivative, or has no formula.
        ValueError: It has no such operand.
    """
    if isinstance(what, Value):
        leaves, output = list(Graph(what).leaves), what
    else:
        leaves, output = _recorded(what)
    if isinstance(of, Value):
        return _latex(output, of)
    found = [leaf for i, leaf in enumerate(leaves) if of in (i, leaf.label)]
    if not found:
        names = ", ".join(leaf.label or "without a name" for leaf in leaves)
        message = f"latex_derivative: there is no operand {of!r}; known: {names}"
        raise ValueError(message)
    return _latex(output, found[0])


def _recorded(what: Op | Callable[..., Any]) -> tuple[list[Value], Value]:
    """Leaves by the names of what a function takes, and what it makes of them."""
    if not callable(what):
        given = type(what).__name__
        raise TypeError(
            f"latex_derivative wants an Op, a function or a Value, not {given}"
        )
    if isinstance(what, Op):
        names = list(what.operand_names)
        if what.variadic:
            names[-1:] = ["x1", "x2"]
        constants = what.constants
    else:
        names, constants = _argument_names(what), ()
    # a half is in the domain of nearly every row; an index or an exponent is whole
    leaves = [Value(0.5, label=name) for name in names if name not in constants]
    given = iter(leaves)
    number = 1.0 if "k" in constants else 0.0 if "index" in constants else 3.0
    numbers = [number if name in constants else next(given) for name in names]
    wants = "latex_derivative wants a function of numbers that gives a Value"
    try:
        output = what(*numbers)
    except (TypeError, AttributeError) as error:
        message = (
            f"{wants}, and calls it with one number for each of ({', '.join(names)}): "
            f"{error}. If it takes something else, call it, and give what comes out"
        )
        raise TypeError(message) from error
    if not isinstance(output, Value):
        raise TypeError(f"{wants}, got {type(output).__name__}")
    return leaves, output


def _argument_names(f: Callable[..., Any]) -> list[str]:
    """What a function calls the arguments that it must be given."""
    try:
        places = inspect.signature(f).parameters.values()
    except ValueError:
        message = (
            f"latex_derivative can't see what {f!r} takes: give lambda x: ... of it"
        )
        raise TypeError(message) from None
    by_place = (
        inspect.Parameter.POSITIONAL_ONLY,
        inspect.Parameter.POSITIONAL_OR_KEYWORD,
    )
    return [p.name for p in places if p.default is p.empty and p.kind in by_place]


def _latex(node: Value, of: Value | None) -> str:
    formulas, result, taken = _derived(node, of, _READ, IN_WORDS, is_latex=True)

    def name_of(symbol: Symbol, number: int) -> str:
        label = formulas.steps.labels.get(id(symbol))
        return label if label and label not in taken else f"t{number}"

    writer = Latex()
    parts, last = written(result, writer, name_of)
    named = [f"{writer.name(name).text} = {text}" for name, text in parts]
    if not named:
        return last.text
    return rf"{last.text} \quad\text{{where}}\quad " + r",\quad ".join(named)


def _derived(
    node: Value,
    of: Value | None,
    kept: frozenset[str],
    textbook: Rules,
    is_latex: bool = False,
) -> tuple[Formulas, Any, set[str]]:
    """The formula of a value or a derivative, and the names that are taken."""
    order = interior_order([node])
    graph = Graph(node)
    name = graph.name
    taken = {*keyword.kwlist, *kept, "max", "min", "float"}
    names = {
        x: name(x) if is_latex else identifier(name(x), taken) for x in graph.leaves
    }
    if is_latex:
        taken = {*names.values()}
    formulas = Formulas(names, kept, textbook, templates=is_latex)
    formulas.compute(order)
    result = formulas.of(node)
    if of is not None:
        result = formulas.derivative(order, node, of)
    return formulas, result, taken
