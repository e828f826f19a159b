"""The doors of this package: public functions that check what they are asked for.

An option means the same at every door, so it stands here once. What draws graphs takes
`Options`: an option is added there, with what it does, what it is when it is left out,
and what it may be. What only one or two functions take stands in `checks.OTHERS`. The
functions behind the doors rely on it.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from functools import wraps
from types import MappingProxyType
from typing import (
    Annotated,
    Any,
    Final,
    NamedTuple,
    ParamSpec,
    TypedDict,
    TypeVar,
    get_args,
    get_type_hints,
)

from autograd import Explanation
from visualize import checks
from visualize.cards.model import MAX_NODES
from visualize.cards.parameters import Parameters
from visualize.checks import Check, or_none
from visualize.folding.dividing import GroupBy, Level
from visualize.folding.selection import Place
from visualize.layout.engines import Engine
from visualize.layout.geometry import Direction
from visualize.naming import refuse_unknown
from visualize.style import Style
from visualize.svg.css import Theme

P = ParamSpec("P")
R = TypeVar("R")


class Option(NamedTuple):
    """What an option is when it is left out, and what it may be."""

    usual: Any
    check: Check


class Showing(TypedDict, total=False):
    """What to show of a graph, in a picture as well as in a text.

    Options:
        parameters: Leaves to show as parameters: a module, or a mapping from names to
            Values, which also names them, or Values alone.
        level: "value" for every number, "neuron" or "module" to fold by scopes, "auto"
            for the finest that fits.
        group_by: Fold by "scope", "op" or "label", or by what a function from a Value
            to a name says ("" for no group).
        sample: Which sample of a batch stands for all.
        focus: A Value, or its name: show its neighbourhood only; of a compiled
            function's node, named as the function, what is inside.
        depth: How many steps from `focus`, or from the outputs, to show.
        path: Two Values, or their names: show what lies on any way from one to the
            other.
        explain: What `autograd.explain` gives: show the paths of that gradient, and on
            each wire what share of it flows there.
        diagnose: Mark what `autograd.diagnose` finds on the card where it began.
        digits: Show how many decimal digits of each number are right, how many were
            lost at its card, and how many before.
        inline_constants: Write constant operands into the operation; False gives each a
            card.
        max_nodes: So many cards at most; larger graphs fold.
    """

    parameters: Annotated[Parameters | None, Option(None, checks.anything)]
    level: Annotated[Level, Option("auto", checks.one_of(*get_args(Level)))]
    group_by: Annotated[GroupBy | None, Option(None, or_none(checks.grouping))]
    sample: Annotated[int | None, Option(None, or_none(checks.whole()))]
    focus: Annotated[Place | None, Option(None, checks.anything)]
    depth: Annotated[int | None, Option(None, or_none(checks.whole(0)))]
    path: Annotated[tuple[Place, Place] | None, Option(None, checks.anything)]
    explain: Annotated[Explanation | None, Option(None, or_none(checks.explanation))]
    diagnose: Annotated[bool, Option(False, checks.flag)]
    digits: Annotated[bool, Option(False, checks.flag)]
    inline_constants: Annotated[bool, Option(True, checks.flag)]
    max_nodes: Annotated[int, Option(MAX_NODES, checks.whole(1))]


class Options(Showing, total=False):
    """What to show, and how to draw it.

    Options:
        contributions: Print on every wire what it passes back, too.
        direction: Where wires lead from operands to results: "right" or "down".
        theme: "light", "dark", or "auto" for the reader's own.
        engine: "dot", "pygraphviz", "built-in", or "auto" for the first there is.
        style: Colours, fonts, sizes and number formats other than the usual.
    """

    contributions: Annotated[bool, Option(False, checks.flag)]
    direction: Annotated[
        Direction, Option("right", checks.one_of(*get_args(Direction)))
    ]
    theme: Annotated[Theme, Option("auto", checks.one_of(*get_args(Theme)))]
    engine: Annotated[Engine, Option("auto", checks.one_of(*get_args(Engine)))]
    style: Annotated[Style | None, Option(None, or_none(checks.style))]


OPTIONS: Final[Mapping[str, Option]] = MappingProxyType(
    {
        name: option
        for name, hint in get_type_hints(Options, include_extras=True).items()
        for option in hint.__metadata__
    }
)
"""Every option of the pictures of graphs, in the order in which they are declared."""


TOLD: Final[Mapping[str, str]] = MappingProxyType(
    {
        lines[1]: lines[0]
        for kind in (Showing, Options)
        for lines in re.finditer(
            r"^    (\w+): .*(?:\n {8}.*)*", inspect.getdoc(kind) or "", re.MULTILINE
        )
    }
)
"""What docstrings say on each option."""


def settled(options: Showing | Options) -> Options:
    """All options: those that were given, the usual ones for the rest."""
    usual = {name: option.usual for name, option in OPTIONS.items()}
    return Options(**{**usual, **options})  # type: ignore[typeddict-item]


def changed(options: Showing | Options) -> list[str]:
    """The names of those that are not as usual, in their order."""
    # `is not`: a Value compares by its number.
    given = dict(options)
    return [
        name
        for name, option in OPTIONS.items()
        if given.get(name, option.usual) is not option.usual
    ]


CHECKS: Final[Mapping[str, Check]] = MappingProxyType(
    {
        **{name: option.check for name, option in OPTIONS.items()},
        **checks.OTHERS,
    }
)
"""What each option may be. Those that are not here are checked where they are read."""


def door(function: Callable[P, R]) -> Callable[P, R]:
    """Let a public function check the names and the values of what it is given.

    It then raises a TypeError for an option that it does not have, and names those
    that are similar; for too many arguments; and for a value of a wrong type: of a
    wrong value, a ValueError. What its `**options` are is added to its docstring.
    """
    caller = function.__qualname__.removesuffix(".__init__")
    parameters = inspect.signature(function).parameters.values()
    by_place = [p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]
    known = [name for name in _names(function) if name != "self"]
    usual = {p.name: p.default for p in parameters}

    @wraps(function)
    def checked(*arguments: P.args, **options: P.kwargs) -> R:
        refuse_unknown(caller, options, known)
        if len(arguments) > len(by_place):
            raise TypeError(
                f"{caller}() got more than it takes without a name: write the name of "
                f"each option, as in {known[-1]}=...; known: {', '.join(known)}"
            )
        given = {**dict(zip(by_place, arguments, strict=False)), **options}
        for name, value in given.items():
            if name in CHECKS and value is not usual.get(name, inspect.Parameter.empty):
                CHECKS[name](name, value)
        return function(*arguments, **options)

    told = [TOLD[name] for name in known if name in TOLD and name not in usual]
    if told:
        checked.__doc__ = "\n".join([f"{inspect.getdoc(function)}\n\nOptions:", *told])
    return checked


def _names(function: Callable[..., object]) -> list[str]:
    """The names of all parameters; in place of `**options` those of its TypedDict."""
    names: list[str] = []
    for name, parameter in inspect.signature(function).parameters.items():
        if parameter.kind is parameter.VAR_KEYWORD:
            (described,) = get_args(get_type_hints(function)[name])
            names += described.__annotations__
        else:
            names.append(name)
    return names
