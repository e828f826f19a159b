"""The command line: `gradtrace demo`, `gradtrace trace EXPRESSION name=number ...`.

`gradtrace explain EXPRESSION wrt=name name=number ...` says where a gradient is from.
`gradtrace diagnose EXPRESSION name=number ...` says what goes wrong in the numbers.
`gradtrace step` and `gradtrace explore` open a page of an expression.

Exit status: 0; 1 for a result that is wrong (a gradient, the demo's accuracy), or that
`diagnose` finds fault with; 2 for input that can't be used, told in one line on stderr;
130 after Ctrl-C; 141 when whoever read the output has gone, as the shell reports for a
broken pipe.
"""

import argparse
import io
import os
import sys
import tempfile
import webbrowser
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

import visualize
from autograd import (
    GradientError,
    Graph,
    Value,
    check_gradients,
    diagnose,
    explain,
    formula,
)
from gradtrace import hints
from gradtrace.allowed import CONSTANTS
from gradtrace.arguments import BAD_INPUT, parsed
from gradtrace.demo import DemoError, run_demo
from gradtrace.expression import Expression, ExpressionError, parse_assignments
from gradtrace.table import format_number, trace_table

WRONG_RESULT = 1
INTERRUPTED = 130
BROKEN_PIPE = 141


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    for stream in (sys.stdout, sys.stderr):
        _prepare(stream)
    options = parsed(arguments)
    try:
        status = _run(options)
        sys.stdout.flush()
    except BrokenPipeError:
        # Python flushes stdout once more on its way out: let that go nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    except KeyboardInterrupt:
        print("\ngradtrace: interrupted", file=sys.stderr)
        return INTERRUPTED
    return status


def _run(options: argparse.Namespace) -> int:
    try:
        if options.command == "demo":
            return run_demo(Path(options.out))
        if options.command == "explain":
            return _explain(options.expression, options.assignments)
        if options.command in ("step", "explore"):
            _, _, output = _recorded(options.expression, options.assignments)
            return _open_page(options.command, output, options.save)
        if options.command == "diagnose":
            return _diagnose(options.expression, options.assignments)
        return _trace(options.expression, options.assignments, options.save)
    except (ExpressionError, DemoError) as error:
        return _complain(options.command, str(error))
    except BrokenPipeError:
        raise
    except OSError as error:
        place = error.filename if error.filename is not None else "the output"
        return _complain(options.command, f"can't write {place}: {error.strerror}")


def _recorded(
    text: str, assignments: Sequence[str]
) -> tuple[Expression, list[Value], Value]:
    """The expression, its variables as Values, and what it comes to."""
    given = parse_assignments(assignments)
    expression = Expression.parse(text, given)
    numbers = _numbers_for(expression, given)
    inputs = [
        Value(number, label=name)
        for name, number in zip(expression.variables, numbers, strict=True)
    ]
    result = expression(*inputs)
    return expression, inputs, result if isinstance(result, Value) else Value(result)


def _explain(text: str, assignments: Sequence[str]) -> int:
    """Print the paths of a gradient, and its formula; of every one without wrt=."""
    chosen = [text[4:] for text in assignments if text.startswith("wrt=")]
    numbers = [text for text in assignments if not text.startswith("wrt=")]
    expression, inputs, output = _recorded(text, numbers)
    unknown = [name for name in chosen if name not in expression.variables]
    if unknown:
        known = ", ".join(expression.variables) or "none"
        problem = f"the expression has no variable {unknown[0]!r}: wrt= is one of"
        raise ExpressionError(f"{problem} {known}")
    if not output.label:
        output.label = "y" if "y" not in expression.variables else "result"
    print(f"{expression.text} = {format_number(output.data)}")
    print(_told_constants(expression))
    for x in inputs:
        if not chosen or x.label in chosen:
            print(explain(output, x))
            print(f"\nd{output.label}/d{x.label} as a formula:\n{formula(output, x)}\n")
    return 0


def _diagnose(text: str, assignments: Sequence[str]) -> int:
    """Print what goes wrong, and how many digits are right."""
    expression, _, output = _recorded(text, assignments)
    diagnosis = diagnose(output)
    print(f"{expression.text} = {format_number(output.data)}")
    print(_told_constants(expression))
    print(f"{diagnosis.digits:.1f} digits can be trusted\n\n{diagnosis}")
    return WRONG_RESULT if diagnosis.findings else 0


def _open_page(kind: str, output: Value, save: str | None) -> int:
    """Writes the page of `visualize.step` or `explore`; opens it, if no name is given.

    The file remains: a browser reads it after this program has ended.
    """
    output.backward()
    view = visualize.step if kind == "step" else visualize.explore
    path = Path(save or Path(tempfile.mkdtemp(prefix="gradtrace-")) / f"{kind}.html")
    try:
        view(output).save(path)
    except ValueError as error:  # another suffix
        raise ExpressionError(f"--save: {error}") from error
    print(f"wrote {path}")
    if save is None and not webbrowser.open(path.resolve().as_uri()):
        print("found no browser: open that file in one")
    return 0


def _trace(text: str, assignments: Sequence[str], save: str | None) -> int:
    expression, inputs, output = _recorded(text, assignments)
    output.backward()
    if save is not None:
        _save(output, save)
    print(f"{expression.text} = {format_number(output.data)}")
    print(_told_constants(expression))
    if not inputs:
        print("It has no variables, so there is nothing to differentiate.")
        return 0
    print(trace_table(Graph(output)))
    print()
    try:
        print(check_gradients(expression, *inputs))  # their labels name the rows
    except GradientError as error:
        print(error, file=sys.stderr)
        return WRONG_RESULT
    if save is not None:
        print(f"\nwrote {save}")
    return 0


def _told_constants(expression: Expression) -> str:
    """Say which names are constants, and which would be one if it had no number.

    Nobody shall take 2.71828 for an `e` of their own, or the other way round.
    """
    numbers = {name: format_number(number) for name, number in CONSTANTS.items()}
    lines = [
        f"{name} is the constant {numbers[name]}\n"
        for name in expression.constants
        if name != numbers[name]  # inf, nan
    ]
    lines += [
        f"{name} is the number given, not the constant {numbers[name]}\n"
        for name in expression.variables
        if name in numbers
    ]
    return "".join(lines)


def _numbers_for(expression: Expression, given: dict[str, float]) -> list[float]:
    missing = [name for name in expression.variables if name not in given]
    if missing:
        hint = hints.for_missing(missing[0], given)
        wanted = " ".join(f"{name}=..." for name in missing)
        raise ExpressionError(
            f"no number is given for {', '.join(missing)}: add {wanted}{hint}"
        )
    unused = [name for name in given if name not in expression.variables]
    if unused:
        raise ExpressionError(f"the expression does not use {', '.join(unused)}")
    return [given[name] for name in expression.variables]


def _save(output: Value, name: str) -> None:
    path = Path(name)
    if not path.suffix:
        raise ExpressionError(
            f"--save wants a name with a suffix, as in neuron.svg; got {name!r}"
        )
    try:
        visualize.draw(output).save(path)
    except (ValueError, ImportError) as error:  # unknown suffix, missing package
        raise ExpressionError(str(error)) from error


def _complain(command: str, problem: str) -> int:
    print(f"gradtrace {command}: {problem}", file=sys.stderr)
    return BAD_INPUT


def _prepare(stream: TextIO) -> None:
    """Let a character that the terminal lacks end nothing, and lines leave at once.

    The latter keeps a table before the progress bar that follows it on stderr.
    """
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="backslashreplace", line_buffering=True)
