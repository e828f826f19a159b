"""A function that is traced: what there is to see of it, and its copies and pickles.

These are traced anew, where the copy is. What a copy computes with must be what its
function closes over, so it keeps nothing of the original but what that was made of:

* a function is copied and pickled by its name, so a copy shares its parameters; loaded
  elsewhere it has those of the module there, which get the numbers of the pickle;
* a method or another object brings its Values along, and the copy has these.
"""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from functools import cached_property, partial
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import Any, NamedTuple, Self

from autograd.program.backends.engines import Backend
from autograd.program.looking.groups import Group, Report, groups_of, report_of
from autograd.program.plan import Plan
from autograd.program.running.ready import Ready, Recipe
from autograd.running import name_of
from autograd.value import Value


class _State(NamedTuple):
    """What a copy or a pickle is made of.

    Attributes:
        recipe: What the program was made of.
        leaves: Its parameters.
        read: For each leaf that the function reads, in order, its place among these.
    """

    recipe: Recipe
    leaves: list[Value]
    read: list[int]


class Traceable:
    """A function that is traced: at once, or in a copy when it is first needed.

    It shows how it is run: its source, its passes, its groups, its costs.
    """

    _state: _State

    def __init__(self, recipe: Recipe) -> None:
        self._ready = Ready(recipe)
        # A copy of our own: the user may change a list later.
        self._recipe = recipe._replace(example=copy.deepcopy(recipe.example))

    @cached_property
    def _ready(self) -> Ready:
        """The traced function.

        While it is being copied, the object that it is a method of may be there in
        part only: one that holds its own program, say. So a copy is traced later.

        Raises:
            TypeError: It reads other leaves than those that were copied.
        """
        recipe, leaves, _ = self._state
        try:
            ready = Ready(recipe)
        except ValueError as error:
            raise TypeError(_refusal(recipe.f, str(error))) from error
        is_same = [*map(id, ready.parameters.leaves)] == [*map(id, leaves)]
        if recipe.parameters is None and not is_same:
            why = "it reads Values that were not copied with it, by a global name or so"
            raise TypeError(_refusal(recipe.f, why))
        return ready

    def __copy__(self) -> Self:
        return self.of(self._recipe)

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        state = self._to_copy()
        _check_deep_copy(state)
        is_part = bool(memo)
        result = object.__new__(type(self))
        memo[id(self)] = result
        result._state = copy.deepcopy(state, memo)
        result._recipe = result._state.recipe
        if not is_part:
            result._ready  # noqa: B018 - now, for its errors
        return result

    def __getstate__(self) -> _State:
        _check_pickle(self._recipe.f)
        return self._to_copy()

    def __setstate__(self, state: _State) -> None:
        self._state, self._recipe = state, state.recipe
        if _is_function(state.recipe.f):
            self._recipe, self._ready = _met_again(state)

    def _to_copy(self) -> _State:
        leaves, traced = [*self._ready.parameters.leaves], self._ready.passed.traced
        return _State(self._recipe, leaves, _places_read(traced))

    @classmethod
    def of(cls, recipe: Recipe) -> Self:
        """What this recipe makes."""
        result = object.__new__(cls)
        Traceable.__init__(result, recipe)
        return result

    # --- what there is to see ------------------------------------------------------

    @property
    def __wrapped__(self) -> Callable[..., Any]:
        """The function: so a program has its signature, and what it reads is found."""
        return self._recipe.f

    @property
    def reads_computed(self) -> bool:
        """Whether f closes over Values that were computed outside."""
        return bool(self._ready.computed)

    @property
    def backend(self) -> Backend:
        """The name of the engine."""
        return self._recipe.backend

    @property
    def source(self) -> str:
        """The function that computes a batch's value and gradient, as Python."""
        return self._ready.engine.shown[0].text

    @property
    def source_groups(self) -> tuple[int, ...]:
        """For each line of `source` the number of the group that it computes.

        In the forward or in the backward pass; -1 for a line that belongs to no group.
        """
        return self._ready.engine.shown[0].groups

    @property
    def statements(self) -> list[str]:
        """The statements that it runs every time, one a line."""
        return self._ready.engine.shown[0].lines

    @property
    def plan(self) -> Plan:
        """The scalar nodes that are compiled, after all passes."""
        return self._ready.passed.plan

    @property
    def stages(self) -> tuple[tuple[str, Plan], ...]:
        """The plan as traced and after each pass, with the pass's name."""
        return self._ready.passed.stages

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """The blocks of rows that the nodes were grouped to, operands first."""
        return groups_of(self._ready.passed)

    def trace(self) -> tuple[Value, ...]:
        """The scalar graph again, on the example: the Values that groups speak of."""
        return tuple(self._ready.traced(list(self._ready.parameters.leaves)).log)

    def report(self) -> Report:
        """Nodes before and after each pass, groups, products, memory and work."""
        return report_of(self._ready.passed, *self._ready.engine.shown)

    def to_jax(self) -> Callable[..., Any]:
        """f as a pure function of JAX: (theta, *inputs) -> outputs, for one example.

        Use `jax.jit`, `jax.vmap` for batches and `jax.grad` as usual. Its reverse
        derivatives are the table's; `jax.jvp` does not work on it.

        Raises:
            ImportError: JAX is not installed.
        """
        from autograd.program.backends.jax_function import jax_function

        ready = self._ready
        count = len(ready.parameters)
        return jax_function(ready.passed, ready.signature, ready.outputs, count)

    def to_c(self) -> str:
        """f and its gradient as one file of C99, with a main that runs the example.

        It needs nothing but the standard library. The numbers are those of the eager
        engine, to the digits that the order of sums and the C library allow.

        >>> from autograd import Program, Value
        >>> w = Value(3.0)
        >>> source = Program(lambda x: w * x * x, 2.0).to_c()
        >>> print(source[source.index("int program_value") :].partition(")")[0])
        int program_value(const double *x, const double *theta, double *out

        Raises:
            TypeError: The function takes means over a batch.
        """
        from autograd.program.backends.c_source import c_source

        ready = self._ready
        theta = ready.parameters.read().tolist()
        return c_source(ready.passed, ready.signature.numbers, theta)

    def __repr__(self) -> str:
        ready = self._ready
        counts = [
            _counted(ready.signature.count, "input"),
            _counted(len(ready.parameters), "parameter"),
            _counted(len(ready.passed.traced.nodes), "scalar node"),
        ]
        return f"Program({name_of(ready.f)}: {', '.join(counts)})"


def _places_read(plan: Plan) -> list[int]:
    """The parameters that a plan reads, in the order in which it does."""
    operands = [x for node in plan.nodes for x in node.operands]
    operands += [*(guard.condition for guard in plan.guards), *plan.outputs]
    places = [x - plan.inputs for x in operands if isinstance(x, int)]
    count = plan.parameters
    return [*dict.fromkeys(place for place in places if 0 <= place < count)]


def _is_function(f: Callable[..., Any]) -> bool:
    """Whether f is copied and pickled by its name alone, with nothing that it reads."""
    return isinstance(f, FunctionType | BuiltinFunctionType)


def _check_deep_copy(state: _State) -> None:
    """Raise a TypeError where a copy would keep the original's parameters."""
    f = state.recipe.f
    if _is_function(f) and state.read:
        name = name_of(f)
        raise TypeError(
            f"a program of {name} can't be deep-copied: a function is not copied, so "
            f"the copy would train the same parameters. copy.copy shares them; make a "
            f"program of an object or its method to have its Values copied, too"
        )


def _check_pickle(f: Callable[..., Any]) -> None:
    """Raise a TypeError if a function can't be pickled."""
    named: Any = f
    while isinstance(named, partial):
        named = named.func
    if isinstance(named, MethodType):
        named = named.__self__
    if not isinstance(named, FunctionType | BuiltinFunctionType | type):
        named = type(named)
    try:
        pickle.dumps(named)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise TypeError(
            f"a program is pickled with its function, and {name_of(f)} can't be: "
            f"{error}. Define it at the top of a module, or as a method of a class "
            f"that is"
        ) from error


def _met_again(state: _State) -> tuple[Recipe, Ready]:
    """A function that was pickled by its name, traced where that is loaded.

    The leaves that it reads here take the place of those that it read there, and get
    their numbers.

    Raises:
        TypeError: It reads more or fewer.
    """
    recipe, leaves, read = state
    ready = Ready(recipe._replace(parameters=None))
    if len(ready.parameters) != len(read):
        counts = f"{len(ready.parameters)} parameters, and read {len(read)} there"
        raise TypeError(_refusal(recipe.f, f"here it reads {counts}"))
    leaves = [*leaves]
    for place, leaf in zip(read, ready.parameters.leaves, strict=True):
        leaf.data = leaves[place].data
        leaves[place] = leaf
    if recipe.parameters is None:
        return recipe, ready
    recipe = recipe._replace(parameters=leaves)
    return recipe, Ready(recipe)


def _refusal(f: Callable[..., Any], why: str) -> str:
    return f"this copy of a program of {name_of(f)} can't be used: {why}"


def _counted(count: int, what: str) -> str:
    """Count in words: "1 input", "2,000 inputs"."""
    return f"{count:,} {what}{'s' * (count != 1)}"
