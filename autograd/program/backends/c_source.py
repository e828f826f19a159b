"""C: a program as one C99 file that needs nothing but the standard library.

It is the machine's list of instructions, a line each: the table of opcodes is read as
C, and numbers stand in an array of registers, which are used again. Long lists are cut
into functions, since compilers take more than twice the time for one twice as long.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from autograd.program.backends.c_words import defined, number_text, opcode
from autograd.program.machine.assemble import Assembled, assemble
from autograd.program.machine.listing import Listing, Phase
from autograd.program.machine.opcodes import LISTS, OPCODES, TERMS
from autograd.program.machine.plain import Instruction, decoded
from autograd.program.machine.registers import instructions_of
from autograd.program.passes import Passed

LONGEST = 500
"""Instructions in a C function; it compiles in a fraction of a second."""

WIDEST = 8
"""A sum of more terms is a loop over registers."""

_HEAD = """\
/* Value and gradient of {title}

   C99, and nothing but the standard library:

       cc -std=c99 -O1 program.c -lm && ./a.out

   x       {inputs:<6}numbers of an example: the arguments, flattened
   theta   {parameters:<6}parameters
   seed    {outputs:<6}weights of the outputs; 1 for the gradient of a lone one
   out     {outputs:<6}outputs

   The gradient takes {stack:,} bytes of the stack.

   Each function returns 0, or the number of the first comparison, from 1 on, that was
   decided otherwise when the program was traced: then the numbers mean nothing. */

#include <math.h>
#include <stdio.h>
"""
_MAIN = """\
int main(void)
{{
    static const double x[] = {{{x}}};
    static const double theta[] = {{{theta}}};
    static const double seed[] = {{{seed}}};
    static double out[{outputs}], theta_bar[{parameters}], x_bar[{inputs}];
    int other = program_gradient(x, theta, seed, out, theta_bar, x_bar);

    if (other)
        printf("comparison %d was decided otherwise\\n", other);
    for (int i = 0; i < {m}; i++)
        printf("output %d %.17g\\n", i, out[i]);
    for (int i = 0; i < {p}; i++)
        printf("theta_bar %d %.17g\\n", i, theta_bar[i]);
    for (int i = 0; i < {n}; i++)
        printf("x_bar %d %.17g\\n", i, x_bar[i]);
    return other;
}}
"""


def c_source(passed: Passed, example: Sequence[float], theta: Sequence[float]) -> str:
    """The file: value, gradient, and a main that runs them on an example.

    Args:
        passed: The plan.
        example: What main gives to it.
        theta: The parameters' numbers there.

    Raises:
        TypeError: It takes means over a batch.
    """
    plan = passed.exact
    if plan.mixes:
        message = (
            "to_c gives a function of one example, and this one takes means over the "
            "batch (a BatchNorm in training does): eval() comes first"
        )
        raise TypeError(message)
    n, p, m = plan.inputs, plan.parameters, len(plan.outputs)
    names = set[str]()
    value, gradient = (
        _CFunction(passed, wanted, names) for wanted in ("value", "both")
    )
    functions = [*value.text(), *gradient.text()]
    about = " ".join(passed.title.replace("*/", "* /").split())
    counts = {"inputs": n, "parameters": p, "outputs": m}
    head = _HEAD.format(title=about, stack=8 * gradient.registers, **counts)
    ones = _numbers([1.0] * m)
    given = {"x": _numbers(example), "theta": _numbers(theta), "seed": ones}
    sizes = {"outputs": max(1, m), "parameters": max(1, p), "inputs": max(1, n)}
    main = _MAIN.format(m=m, p=p, n=n, **given, **sizes)
    opcodes = [opcode(name, OPCODES[name]) for name in OPCODES if name in names]
    return "\n".join([head, *opcodes, *functions, main])


def _numbers(numbers: Sequence[float]) -> str:
    return ", ".join(map(number_text, numbers)) or "0.0"


class _CFunction:
    """One function of C: `program_value`, or `program_gradient`.

    Args:
        passed: The plan.
        wanted: "value" or "both".
        names: Takes the opcodes that are called by name.
    """

    def __init__(self, passed: Passed, wanted: str, names: set[str]) -> None:
        self.plan, self.wanted, self.names = passed.exact, wanted, names
        self.name = "value" if wanted == "value" else "gradient"
        self.looped, self.tables = set[int](), dict[str, str]()
        self.assembled: Assembled = assemble(self.plan, wanted, batch=False)
        listing: Listing = self.assembled.listing
        places, given = self.assembled.places, range(self.assembled.givens)
        results = self.assembled.results
        self.code = instructions_of(listing, places, Phase.EACH, results, given)
        # What a register is called: what is given and constants have names of theirs.
        constants = listing.constants
        homes = self.code.homes
        self.known = {
            homes[x]: number_text(constants[x]) for x in constants if x in homes
        }
        n, p = self.plan.inputs, self.plan.parameters
        counts = {"x": n, "theta": p, "seed": self.assembled.givens - n - p}
        texts = [f"{name}[{i}]" for name, count in counts.items() for i in range(count)]
        self.known |= {
            homes[place]: text for place, text in zip(given, texts, strict=True)
        }

    @property
    def registers(self) -> int:
        """How many there are; C has no array of none."""
        return max(1, len(self.code.start))

    def operand(self, register: int) -> str:
        """How a number is read."""
        return self.known.get(register, f"w[{register}]")

    def text(self) -> Iterator[str]:
        """The functions that it is cut into, and then the one that calls them."""
        steps = decoded(self.code.steps, self.code.lists.tolist())
        lines = [[*self._lines(step)] for step in steps]
        yield from (
            f"static const int {name}[] = {{{table}}};\n"
            for table, name in self.tables.items()
        )
        given = ["x", "theta"] + ["seed"] * (self.name == "gradient")
        takes = ", ".join(f"const double *{x}" for x in given)
        parts = range(0, len(lines), LONGEST)
        for k, start in enumerate(parts):
            body = [line for part in lines[start : start + LONGEST] for line in part]
            declared = ["double r;", ""] if "r = 0.0;" in body else []
            heading = f"static void {self.name}_{k}({takes}, double *w)"
            yield defined(heading, [*declared, *_unused(given), *body])
        made = ["out"] + ["theta_bar", "x_bar"] * (self.name == "gradient")
        gives = ", ".join(f"double *{x}" for x in made)
        calls = [f"{self.name}_{k}({', '.join(given)}, w);" for k in range(len(parts))]
        body = [f"double w[{self.registers}];", "", *_unused([*given, *made, "w"])]
        read = sorted(self.looped & {*self.known})
        body += _copied([f"w[{x}]" for x in read], [self.known[x] for x in read])
        heading = f"int program_{self.name}({takes}, {gives})"
        yield defined(heading, [*body, *calls, *self._results(), "return 0;"])

    def _results(self) -> Iterator[str]:
        """Where the results go, and what the comparisons say."""
        homes, m = self.code.homes, len(self.plan.outputs)
        ends = self.assembled.outputs
        groups = {"out": ends[:m]}
        if self.wanted != "value":
            groups |= {
                "theta_bar": self.assembled.in_theta,
                "x_bar": self.assembled.in_x,
            }
        for name, places in groups.items():
            found = [self.operand(homes[place]) for place in places]
            yield from _copied([f"{name}[{i}]" for i in range(len(found))], found)
        for k, (guard, place) in enumerate(
            zip(self.plan.guards, ends[m:], strict=True), 1
        ):
            sign = "==" if guard.outcome else "!="
            yield f"if ({self.operand(homes[place])} {sign} 0.0) return {k};"

    def _lines(self, step: Instruction) -> Iterator[str]:
        """An instruction: a long sum is a loop."""
        target, operands = f"w[{step.target}]", [*map(self.operand, step.operands)]
        if step.name not in LISTS:
            yield f"{target} = {self._called(step.name, operands)};"
            return
        width, _ = LISTS[step.name]
        count = len(operands) // width
        if count > WIDEST:
            registers = [self._register(step.operands[k::width]) for k in range(width)]
            yield "r = 0.0;"
            yield f"for (int i = 0; i < {count}; i++)"
            yield f"    r += {self._term(step.name, registers)};"
            yield f"{target} = r;"
            return
        terms = [operands[k : k + width] for k in range(0, len(operands), width)]
        yield f"{target} = {' + '.join(self._term(step.name, x) for x in terms)};"

    def _term(self, name: str, operands: Sequence[str]) -> str:
        """A term of a sum."""
        return self._called(TERMS[name], operands) if name in TERMS else operands[0]

    def _register(self, registers: Sequence[int]) -> str:
        """Register i of some: in even steps, or by a table."""
        self.looped.update(registers)
        start, step = registers[0], registers[1] - registers[0]
        if step and [*registers] == [
            *range(start, registers[-1] + step // abs(step), step)
        ]:
            return f"w[{_sum(start, step)}]"
        table = ", ".join(map(str, registers))
        name = self.tables.setdefault(table, f"{self.name}_at_{len(self.tables)}")
        return f"w[{name}[i]]"

    def _called(self, name: str, operands: Sequence[str]) -> str:
        """An opcode on operands: a sign between them, or a function."""
        op = OPCODES[name]
        if op.lines or not re.fullmatch(r"[xyz +*/-]+", op.result):
            self.names.add(name)
            return f"op_{name}({', '.join(operands)})"
        named = dict(zip("xyz", operands, strict=False))
        return re.sub(r"[xyz]", lambda found: named[found[0]], op.result)


_PLACE = re.compile(r"(\w+)\[(\d+)\]")


def _copied(targets: Sequence[str], sources: Sequence[str]) -> Iterator[str]:
    """Assignments: those from places side by side to others are a loop."""
    start = 0
    while start < len(targets):
        end = start + 1
        pair = targets[start], sources[start]
        while end < len(targets) and (targets[end], sources[end]) == tuple(
            _later(text, end - start) for text in pair
        ):
            end += 1
        if end - start > WIDEST:
            target, source = (_PLACE.sub(_counted, text) for text in pair)
            yield f"for (int i = 0; i < {end - start}; i++)"
            yield f"    {target} = {source};"
        else:
            yield from (
                f"{x} = {y};"
                for x, y in zip(targets[start:end], sources[start:end], strict=True)
            )
        start = end


def _counted(found: re.Match[str]) -> str:
    return f"{found[1]}[{_sum(int(found[2]), 1)}]"


def _sum(start: int, step: int) -> str:
    """Where the i-th of some registers is."""
    counted = "i" if step == 1 else f"{step} * i"
    return f"{start} + {counted}" if start else counted


def _later(text: str, count: int) -> str:
    """The place that comes so many after this one; "" after something else."""
    found = _PLACE.fullmatch(text)
    return f"{found[1]}[{int(found[2]) + count}]" if found else ""


def _unused(names: Sequence[str]) -> list[str]:
    """What keeps a compiler from asking why a name is not used."""
    return [" ".join(f"(void){name};" for name in names)]
