"""Kept: the programs of a compiled function, within bounds, as functools.lru_cache.

They are kept by the form of the arguments, and there by world and by branch: see
`variants`. What was not used for longest goes when there are too many.
"""

from __future__ import annotations

import re
import warnings
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from contextlib import suppress
from threading import RLock
from typing import Any, Self

from autograd.errors import AnomalyError, CompilationWarning
from autograd.listening.sources import user_line
from autograd.program.backends.engines import Backend
from autograd.program.calling.arguments import Call, without_values
from autograd.program.calling.given import lent
from autograd.program.calling.questions import Leaves
from autograd.program.calling.slots import SINGLE
from autograd.program.calling.variants import (
    MOST_BRANCHES,
    MOST_WORLDS,
    Ask,
    Entry,
    KeptForm,
    LastBatch,
    UnknownBranchError,
    Variant,
)
from autograd.program.forms.signature import Signature
from autograd.program.program import Program
from autograd.program.running.ready import Recipe
from autograd.program.worlds.world import Chance, World, listing
from autograd.running import name_of
from autograd.value import Value

MOST_PROGRAMS = 128
"""So many are kept of one function, or of the method of one instance."""

_NONE = LastBatch()
_NUMBER = re.compile(r"-?\d[\d.]*(e[-+]?\d+)?|-?\b(inf|nan)\b")

Plainly = Callable[[], Callable[[], Any]]
"""Runs the function as it is, and gives what makes the answer."""


class Kept:
    """The programs of a function.

    Args:
        f: The function; of a method, that of the class.
        names: What it calls its arguments.
        parameters: The leaves to differentiate by; None for those that it reads.
        backend: That of the programs.
    """

    def __init__(
        self,
        f: Callable[..., Any],
        names: Sequence[str],
        parameters: Sequence[Value] | None,
        backend: Backend,
    ) -> None:
        self._f, self._names = f, names
        self._parameters, self._backend = parameters, backend
        self._forms: OrderedDict[Hashable, KeptForm] = OrderedDict()
        self.last_batch = _NONE
        self._lock = RLock()
        self._warned: set[str] = set()
        self.leaves = Leaves()

    def anew(self) -> Self:
        """The same for another instance: nothing is kept yet."""
        return type(self)(self._f, self._names, self._parameters, self._backend)

    @property
    def programs(self) -> list[Program]:
        """All programs, those of the last used form last."""
        return [
            entry.program
            for form in [*self._forms.values()]
            for variant in reversed(form.variants)
            for entry in reversed(variant.entries)
        ]

    @property
    def given_up(self) -> str:
        """Why the last used form runs eagerly at the moment; "" if it does not."""
        if not self._forms:
            return ""
        form = [*self._forms.values()][-1]
        return form.patience.why or "".join(
            [variant.patience.why for variant in form.variants[:1]]
        )

    def form(self, call: Call) -> KeptForm:
        """What is kept for such calls."""
        key = call.slots, call.names
        self.last_batch = _NONE  # the form last used is asked first
        try:
            self._forms.move_to_end(key)
            return self._forms[key]
        except KeyError:
            form = KeptForm(self._f, call, self._names)
            return self._forms.setdefault(key, form)

    def knows(self, call: Call) -> KeptForm | None:
        """The form of such calls, if there were any."""
        form = self._forms.get((call.slots, call.names))
        return form if form and form.signature is not None else None

    def batch_form(self, call: Call) -> KeptForm | None:
        """The form of the examples, if the arguments are a batch of any known ones."""
        key, form = (call.slots, call.names), self.last_batch.form
        if self.last_batch.key != key:
            kept = reversed([*self._forms.values()])
            forms = [form for form in kept if self._is_batch(form, call)]
            # Of floats it is no batch of integers, which have no slope, if it need not.
            forms.sort(key=lambda form: not form.has_integers_like(call))
            form = forms[0] if forms else None
        # What is asked for now may be another program's than the last step.
        self.last_batch = LastBatch(key, form) if form else _NONE
        return form

    def quickly(self, numbers: Sequence[Any], records: bool) -> Any:
        """What single numbers give where the last program does; None: the long way.

        Args:
            numbers: The arguments.
            records: Whether something may have to depend on what the function reads.
        """
        key, kinds = (("number",) * len(numbers), ()), {*map(type, numbers)}
        form = self._forms.get(key)
        if form is None or not (kinds and kinds <= SINGLE and form.variants):
            return None
        variant, has_values = form.variants[0], Value in kinds
        if form.patience.why or variant.patience.why or not variant.entries:
            return None
        entry = variant.entries[0]
        if entry.reads_computed or not (records or not has_values):
            return None
        if not variant.world.holds():
            return None
        if records and (has_values or entry.has_parameters):
            answer = entry.nodes.quickly(numbers)
        else:
            answer = entry.program._shortcuts["value"](numbers)
        if answer is not None:
            self._forms.move_to_end(key)
            self.last_batch = _NONE
            for patience in (form.patience, variant.patience):
                patience.lasts()
                patience.hit()
        return answer

    def answer(self, call: Call, ask: Ask, plainly: Plainly, theta: Any = None) -> Any:
        """Ask the program that knows the world and the branch; trace one, if need be.

        Args:
            call: The call.
            ask: What a program is asked; a BranchError leads to the next one.
            plainly: Runs the function as it is.
            theta: The parameters' numbers, if they are not to be those of the leaves.

        Raises:
            ValueError: It runs as it is, and was to be run on other numbers.
        """
        form = self.form(call)
        if not form.patience.lasts():
            return self._eagerly(plainly(), form.patience.why, theta)
        variant = form.variant(call.objects)
        if variant is None:
            if not form.patience.miss():
                changed = form.variants[0].world.changed(call.objects)
                form.patience.give_up(f"{listing(changed)} changes from call to call")
                return self._eagerly(plainly(), form.patience.why, theta)
        else:
            form.patience.hit()
            if not variant.patience.lasts():
                return self._eagerly(plainly(), variant.patience.why, theta)
            try:
                return variant.ask(ask)
            except UnknownBranchError:
                if not variant.patience.miss():
                    variant.patience.give_up("it takes other branches in most calls")
                    return self._eagerly(plainly(), variant.patience.why, theta)
        return self._traced(form, call, ask, plainly, theta)

    def _eagerly(self, finish: Callable[[], Any], why: str, theta: Any) -> Any:
        """The answer of a function that was run as it is, on what its leaves hold."""
        if theta is not None:
            name = name_of(self._f)
            raise ValueError(f"{name} runs eagerly, and can't be given theta: {why}")
        return finish()

    def _traced(
        self, form: KeptForm, call: Call, ask: Ask, plainly: Plainly, theta: Any
    ) -> Any:
        """Run the function as it is, and trace it if nothing speaks against that."""
        names = [self._name(place) for place in call.at]
        world = World(self._f, call.objects, names)
        chance = Chance(self._f, [*zip(names, call.objects, strict=True)])
        before = call.numbers()
        finish = plainly()
        form.signature = form.signature or Signature(without_values(call.inputs))
        drawn, changed = chance.drawn(), world.changed(call.objects)
        if drawn:
            why = f"it draws random numbers ({drawn}): pass them as inputs"
        elif changed:
            why = f"it changes {listing(changed)} while it runs"
            world = World(self._f, call.objects, names, frozenset(changed))
        else:
            why = "it changes its arguments" if call.has_changed(before) else ""
            if not world.holds(call.objects):  # a first run alone made a cache, say
                world = World(self._f, call.objects, names)
        with self._lock:
            variant = form.variant(call.objects)
            if variant is None or (variant.world.is_partial and not changed):
                variant = Variant(world)
                form.variants.insert(0, variant)
            if not why:
                with suppress(UnknownBranchError):  # another thread may have made it
                    return variant.ask(ask)
                try:
                    self._trace(form, variant, call)
                    return variant.ask(ask)
                except UnknownBranchError as error:
                    why = str(error)
        variant.patience.give_up(why)
        self.warn(f"on such arguments: {why}")
        return self._eagerly(finish, why, theta)

    def _trace(self, form: KeptForm, variant: Variant, call: Call) -> None:
        """Keep a new program.

        Raises:
            UnknownBranchError: It can't be made.
        """
        inputs = without_values(call.inputs)
        # It looks at the world itself, before it asks a program.
        recipe = Recipe(
            form.f, inputs, self._parameters, self._backend, is_guarded=False
        )
        try:
            with lent(form.f, call.objects):
                program = Program.of(recipe)
            ready = program._ready
            ready.value(ready.parameters.read(), ready.single(inputs))
        except AnomalyError:
            raise
        except Exception as error:  # on numbers f runs, so it is the trace
            raise UnknownBranchError(str(error) or type(error).__name__) from error
        variant.entries.insert(0, Entry(program, variant.world))
        self._drop()

    def _drop(self) -> None:
        """Let go of what was not used for longest, where there is too much."""
        for form in [*self._forms.values()]:
            del form.variants[2 * MOST_WORLDS :]
            for variant in form.variants:
                del variant.entries[MOST_BRANCHES:]
        while len(self.programs) > MOST_PROGRAMS or len(self._forms) > MOST_PROGRAMS:
            oldest = next(iter(self._forms))
            variants = self._forms[oldest].variants
            if variants and variants[-1].entries:
                variants[-1].entries.pop()
            if not (variants and variants[-1].entries):
                del variants[-1:]
            if not variants:
                del self._forms[oldest]

    def _is_batch(self, form: KeptForm, call: Call) -> bool:
        """Whether a call's arguments are a batch of those of a form."""
        if len(form.slots) != len(call.slots) or form.names != call.names:
            return False
        pairs = zip(form.are_static, form.slots, call.slots, strict=True)
        if any(is_static and mine != its for is_static, mine, its in pairs):
            return False
        return form.signature is not None and form.signature.is_batch(call.inputs)

    def _name(self, place: int) -> str:
        """What the function calls an argument."""
        names = self._names
        return names[place] if place < len(names) else f"argument {place}"

    def warn(self, what: str) -> None:
        """Say once that the function runs eagerly."""
        news = _NUMBER.sub("#", what)  # other numbers are no other news
        if news not in self._warned:
            self._warned.add(news)
            message, line = f"{name_of(self._f)} runs eagerly {what}", user_line()
            warnings.warn_explicit(
                message, CompilationWarning, line.file or "unknown", line.number
            )
