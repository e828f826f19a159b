"""Answers: what a compiled function gives, for one example or a batch of them.

Each instance keeps the programs of its compiled methods, which go with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, cast

from autograd.errors import BranchError
from autograd.listening.guarding import values_in
from autograd.program.calling.arguments import Call, called, without_values
from autograd.program.calling.composite import RunAsItIsError
from autograd.program.calling.given import examples_of, first_example, lent
from autograd.program.calling.kept import Kept
from autograd.program.calling.questions import Order, Question
from autograd.program.calling.variants import Ask, Entry, KeptForm, UnknownBranchError
from autograd.program.forms.form import Outputs
from autograd.program.forms.signature import Signature
from autograd.program.running.checks import (
    Moment,
    calls_of,
    is_open,
    refuse_inside,
    refuse_no_parameters,
)
from autograd.program.running.eager import run
from autograd.recording import no_grad
from autograd.running import name_of
from autograd.structure import flatten

MOST_ASKED = 3
"""So many programs are asked for a whole batch; then its examples go one by one."""


class Answers(Kept):
    """The programs of a function, and what it is asked for as numbers."""

    def node(self, call: Call, moment: Moment) -> Any:
        """What it returns for one example: Values, if any take part.

        Raises:
            RunAsItIsError: No program will do.
        """

        def ask(entry: Entry) -> Any:
            program = entry.program
            if not (call.has_values or program.parameters):
                return program(*call.inputs)
            return entry.nodes.of_call(call.inputs, moment)

        def plainly() -> Callable[[], Any]:
            result = called(self._f, call.arguments, call.names)
            return lambda: result

        return self.answer(call, ask, plainly)

    def value(self, call: Call, theta: Any = None) -> Any:
        """What it returns for one example, as floats.

        Args:
            call: The example.
            theta: The parameters' numbers; None to read the Values.

        Raises:
            RunAsItIsError: No program will do.
        """
        inputs = without_values(call.inputs) if call.has_values else call.inputs

        def ask(entry: Entry) -> Any:
            if theta is not None:
                own = self._order(entry, call).own("theta", theta)
                return entry.program(*inputs, theta=own)
            if entry.reads_computed:  # their numbers, and not their history's
                raise RunAsItIsError
            return entry.program(*inputs)

        def plainly() -> Callable[[], Any]:
            with no_grad():
                result = without_values(called(self._f, call.arguments, call.names))
            return lambda: result

        return self.answer(call, ask, plainly, theta)

    def of_one(self, question: Question, call: Call) -> Any:
        """The answer to a question about one example."""

        def ask(entry: Entry) -> Any:
            return self._asked(question, entry, call)

        def plainly() -> Callable[[], Any]:
            f = self.form(call).f
            with lent(f, call.objects):
                ran = run(f, call.inputs, self._parameters, question.by_inputs)
            if is_open(calls_of([*values_in(ran.result)])):
                refuse_inside(self._f)
            if question.what != "jacobian":
                _ = ran.output  # an error if there are several
            return partial(question.of_run, ran)

        return self.answer(call, ask, plainly, question.theta)

    def _asked(self, question: Question, entry: Entry, call: Call) -> Any:
        """What a program answers, on numbers or on a batch of them."""
        order = self._order(entry, call)
        with lent(entry.program.__wrapped__, call.objects):
            answer = question.of_program(entry.program, call.inputs, order)
        if question.by_parameters and self._parameters is None and not order.count:
            refuse_no_parameters(self._f)
        return answer

    def _order(self, entry: Entry, call: Call) -> Order:
        """Where a program's leaves stand among those that gradients are by."""
        return self.leaves.order(entry, call.objects)

    # --- batches ---------------------------------------------------------------

    def of_one_or_batch(self, question: Question, call: Call) -> Any:
        """The answer to a question about one example, or the mean over a batch.

        Arguments like those of an earlier call are one example. Those that have one
        axis more than an earlier call's are a batch. If there was none, they are one
        example if the function makes one number of them, and else a batch.
        """
        if self.knows(call) is not None:
            return self.of_one(question, call)
        form = self.batch_form(call)
        if form is None:
            try:
                return self.of_one(question, call)
            except (TypeError, ValueError, IndexError) as error:
                form = self._form_of_first(call)
                if form is None:
                    name = name_of(self._f)
                    error.add_note(
                        f"The arguments were taken for one example of {name}. For a "
                        f"batch, call it on one example first"
                    )
                    raise
        return self._of_batch(question, form, call)

    def _form_of_first(self, call: Call) -> KeptForm | None:
        """The form of a batch's first example, if it makes one number."""
        first = first_example(call)
        if first is None:
            return None
        try:
            is_one = len(flatten(self.value(first))) == 1
        except (TypeError, ValueError, IndexError):
            return None
        return self.knows(first) if is_one else None

    def _of_batch(self, question: Question, form: KeptForm, call: Call) -> Any:
        """The mean over a batch: all at once where all examples take one branch."""

        def ask(entry: Entry) -> Any:
            answer = self._asked(question, entry, call)
            if question.what == "backward":
                self.last_batch = self.last_batch.after(call, entry)
            return answer

        try:
            return self._at_once(form, call, ask)
        except UnknownBranchError:
            examples = self._examples(form, call)
            answers = [self.of_one(question, example) for example in examples]
            return question.of_each(answers, cast(Signature, form.signature))

    def _at_once(self, form: KeptForm, call: Call, ask: Ask) -> Any:
        """The answer of one program for a whole batch.

        Raises:
            UnknownBranchError: None knows the branches of all.
        """
        variant = form.variant(call.objects)
        if variant is None or not variant.entries:
            self.value(next(self._examples(form, call)))  # which traces it
            variant = form.variant(call.objects)
        for entry in variant.entries[:MOST_ASKED] if variant else ():
            try:
                return ask(entry)
            except BranchError:
                continue
        raise UnknownBranchError

    def _examples(self, form: KeptForm, call: Call) -> Iterator[Call]:
        """The examples of a batch, one by one."""
        signature = cast(Signature, form.signature)
        for inputs in signature.examples(signature.batch(call.inputs)):
            rest = iter(inputs)
            arguments = [
                x if is_static else next(rest)
                for x, is_static in zip(call.arguments, form.are_static, strict=True)
            ]
            example = Call(tuple(arguments), call.names, call.is_method)
            example.slots = form.slots  # also where an integer is a float now
            yield example

    def map(self, call: Call, theta: Any = None) -> Any:
        """What it returns for every example of a batch.

        Args:
            call: The batch.
            theta: The parameters' numbers; None to read the Values.
        """

        def ask(entry: Entry) -> Any:
            own = self._order(entry, call).own("theta", theta)
            return entry.program.map(*call.inputs, theta=own)

        form = self.batch_form(call)
        if form is None and (first := first_example(call)) is not None:
            self.value(first)
            form = self.batch_form(call)
        try:
            if form is not None:
                return self._at_once(form, call, ask)
            calls = [*examples_of(call)]
        except UnknownBranchError:
            calls = [*self._examples(cast(KeptForm, form), call)]
        results = [self._of_example(example, theta) for example in calls]
        if not results:
            raise ValueError("map wants at least one example")
        return Outputs(results[0]).stacked(results)

    def _of_example(self, call: Call, theta: Any) -> Any:
        """One row of a map: in a differentiating call Values, as in `Program.map`."""
        moment = Moment()
        if theta is not None or not moment.is_inside:
            return self.value(call, theta)
        try:
            return self.node(call, moment)
        except RunAsItIsError:
            return called(self._f, call.arguments, call.names)


# --- instances ------------------------------------------------------------------------

_METHODS = "_compiled_methods"


class _Methods(dict[Answers, Answers]):
    """The programs of an instance's methods, by those of the class.

    A copy of the instance begins anew.
    """

    def __init__(self, owner: int = 0) -> None:
        super().__init__()
        self.owner = owner  # by its id

    def __reduce__(self) -> tuple[Any, ...]:
        return _Methods, ()


def kept_of(instance: Any, shared: Answers) -> Answers:
    """The programs of an instance's method.

    An instance without a `__dict__` has those of the class: it is told from others, as
    all objects are, by what is found in it.

    Args:
        instance: The instance.
        shared: The programs of the class.
    """
    state = getattr(instance, "__dict__", None)
    if not isinstance(state, dict):
        return shared
    methods = state.get(_METHODS)
    if methods is None or methods.owner != id(instance):  # or it is the original's
        methods = state[_METHODS] = _Methods(id(instance))
    if shared not in methods:
        methods[shared] = shared.anew()
    kept: Answers = methods[shared]
    return kept
