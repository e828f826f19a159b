"""Trace: a function is run once on Values, and what it did becomes a plan.

The inputs are fresh leaves. Leaves that the function closes over are parameters;
leaves that it makes itself are constants. Nothing is optimised here: the plan holds
every operation in the order in which it was done, used or not.

The function is run twice, and both plans must be equal: one that draws random numbers,
or keeps some state, would have a number of the moment baked in. What else it reads must
stay as it is, too: in the second run, and later in every run of the program.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from autograd.collecting import collector_paused
from autograd.parameters import Parameters
from autograd.program.trace.tape import Tape
from autograd.program.trace.writing import Traced, agree, name_of_leaf
from autograd.program.worlds.world import Chance, World, listing
from autograd.recording import new_epoch
from autograd.running import name_of
from autograd.structure import flatten, rebuild
from autograd.value import Value


def trace(
    f: Callable[..., Any],
    arguments: Sequence[Any],
    leaves: Sequence[Value],
    parameters: Sequence[Value] | None = None,
    *,
    as_they_live: bool = False,
) -> Traced:
    """Run a function on Values and write down what it computes.

    Args:
        f: The function.
        arguments: What it is called with: structures of the leaves.
        leaves: The inputs, in order: see `input_leaf`.
        parameters: The leaves that it may close over; None for "whatever it reads", in
            the order in which it reads them.
        as_they_live: Whether those that share a vector are to stand as they do there.

    It is run twice, the second time on slightly other numbers: what is different then
    must be so because a guard says so.

    Raises:
        TypeError: It returns no number, or wants to have a Value as a plain number.
        ValueError: It is not the same each time, or reads a leaf that is not listed.
    """
    given = None if parameters is None else _checked(parameters)
    chance = Chance(f)
    moved = None
    run = partial(_run, f, arguments, leaves, given)
    with collector_paused():
        first = run()
        written = [x for told in first.told for x in told.writes]
        world = World(f, written=written)  # with what a first run makes, like a cache
        grads = _grads(first)
        again = _elsewhere(run, leaves)
        if again is None or not agree(first, again):
            moved, again = again, run()
    if drawn := chance.drawn():
        raise ValueError(
            f"{name_of(f)} draws random numbers ({drawn}) while it is traced, and "
            f"they would stay the same for ever: pass them as inputs"
        )
    if _grads(first) != grads:
        message = f"{name_of(f)} changes the .grad of a leaf while it is traced"
        raise TypeError(message + ": do that outside")
    if not agree(first, again):
        raise ValueError(
            f"{name_of(f)} is not the same each time: traced twice, it computed two "
            f"different things. It draws random numbers or keeps a state; pass them "
            f"as inputs"
        )
    if moved is not None:
        _refuse_baking(f, first, moved)
    _refuse_changes(f, world.changed())
    if not world.holds():  # a second run alone made something, such as a cache
        world = World(f, written=written)
    return first.finished(world, as_they_live=as_they_live)


def _checked(parameters: Sequence[Value]) -> list[Value]:
    """The given parameters as a list.

    Raises:
        TypeError: One of them is no leaf.
        ValueError: One is there twice.
    """
    given = list(parameters)
    for position, leaf in enumerate(given):
        if not isinstance(leaf, Value) or leaf.op is not None:
            kind = type(leaf).__name__
            what = "a computed Value" if isinstance(leaf, Value) else kind
            message = f"parameters= wants leaf Values; at {position} it has {what}"
            raise TypeError(message)
    # Not `given.count`: Values compare by their numbers.
    twice = [leaf for leaf, count in Counter(given).items() if count > 1]
    if twice:
        raise ValueError(f"parameters= has {name_of_leaf(twice[0])} twice")
    return given


def _grads(writing: Traced) -> bytes:
    """The gradients of the parameters, as bytes: NaN is equal to itself there."""
    return Parameters(writing.first_read).read_grad().tobytes()


def _run(
    f: Callable[..., Any],
    arguments: Sequence[Any],
    leaves: Sequence[Value],
    parameters: list[Value] | None,
) -> Traced:
    """One run, with structures of its own: f may change the lists it is given."""
    fresh = [rebuild(argument, flatten(argument)) for argument in arguments]
    tape = Tape()
    try:
        with new_epoch(tape):
            result = f(*fresh)
        outputs = flatten(result, f"what {name_of(f)} returns")
        writing = Traced(tape, leaves, parameters)
        writing.write(result, outputs)
        return writing
    finally:
        tape.clear()


def _elsewhere(run: Callable[[], Traced], leaves: Sequence[Value]) -> Traced | None:
    """A run on numbers nearby; None if f does not allow them."""
    numbers = [leaf._datum for leaf in leaves]
    try:
        for leaf in leaves:
            if not leaf.is_integer:
                leaf._datum += 1e-3 * (1.0 + abs(leaf._datum))
        return run()
    except (TypeError, ValueError, IndexError, ArithmeticError):
        return None
    finally:
        for leaf, number in zip(leaves, numbers, strict=True):
            leaf._datum = number


def _refuse_changes(f: Callable[..., Any], changed: Sequence[str]) -> None:
    """Raise a ValueError if a function does more than compute what it returns."""
    if changed:
        raise ValueError(
            f"{name_of(f)} changes {listing(changed)} while it is traced, and a run of "
            f"the program would not: do that outside, or return what is to be kept"
        )


def _refuse_baking(f: Callable[..., Any], first: Traced, moved: Traced) -> None:
    """Raise a ValueError if a run differs, though no guard went another way.

    A constant was made of the example's numbers by a way round Values, such as text or
    a node's local derivatives; or there is a state.
    """
    if first.guards != moved.guards:
        return
    raise ValueError(
        f"{name_of(f)} is not the same each time: on numbers nearby it computed with "
        f"other constants. It makes constants of its inputs, by way of text or of "
        f".local_derivatives, or keeps a state: compute with Values alone"
    )
