"""What may stand on the command line: commands, options, and their help."""

import argparse
import re
import sys
import textwrap
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple, Never

from autograd import __version__
from gradtrace.allowed import callable_operations

BAD_INPUT = 2


class _Parser(argparse.ArgumentParser):
    """An ArgumentParser whose errors are one line."""

    def error(self, message: str) -> Never:
        self.exit(BAD_INPUT, f"{self.prog}: {message} (see {self.prog} --help)\n")


class _Command(NamedTuple):
    """A command that takes an expression: what is told of it."""

    help: str
    description: str
    example: str
    save: str = ""


_COMMANDS: Final = {
    "trace": _Command(
        "differentiate an expression, check the gradients, draw it",
        "Differentiates an expression and checks every gradient.",
        "trace 'tanh(w*x + b)' w=-3 x=2 b=6.9 --save neuron.svg",
        "draw it, say to neuron.svg",
    ),
    "explain": _Command(
        "say which paths a gradient comes from, and its formula",
        "Splits each gradient of an expression into its paths.",
        "explain 'x*sin(x)' x=2 wrt=x",
    ),
    "diagnose": _Command(
        "say what goes wrong in the numbers, and what to write instead",
        "Says where digits or a derivative are lost; exit status 1 then.",
        "diagnose '(1 - cos(x))/x**2' x=1e-8",
    ),
    "step": _Command(
        "step through an expression's forward and backward pass, in the browser",
        "Writes a page with every step of an expression's two passes, and opens it.",
        "step 'tanh(w*x + b)' w=-3 x=2 b=6.9",
        "only write the page, say to neuron.html",
    ),
    "explore": _Command(
        "look around in an expression's graph, in the browser",
        "Writes a page to look around in an expression's graph, and opens it.",
        "explore 'tanh(w*x + b)' w=-3 x=2 b=6.9",
        "only write the page, say to neuron.html",
    ),
}


def parsed(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the arguments, `sys.argv` if None; a wrong one ends the program."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    parser, commands = _parsers()
    options, rest = parser.parse_known_args(_shield_minus(given))
    foreign = [text for text in rest if text.startswith("-")]
    if foreign or (rest and options.command == "demo"):
        command = commands[options.command]
        problem = f"{(foreign or rest)[0]!r} is none of its options"
        command.error(f"{problem}; it is used so: {_usage(command)}")
    if rest:  # argparse takes numbers only from before an option
        options.assignments += rest
    return options


def _usage(command: argparse.ArgumentParser) -> str:
    """How a command is used, on one line."""
    return " ".join(command.format_usage().removeprefix("usage:").split())


def _parsers() -> tuple[_Parser, Mapping[str, argparse.ArgumentParser]]:
    """The parser, and that of each command."""
    parser = _Parser(
        prog="gradtrace",
        description="Record a computation, differentiate it, check it, look at it.",
        epilog=_examples(*_COMMANDS),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "--version", action="version", version=f"%(prog)s {__version__}"
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    told = "trace a neuron, check its gradients, train a network on real data"
    demo = commands.add_parser(
        "demo",
        help=told,
        description=f"{told.capitalize()}; pictures and pages of all that.",
        allow_abbrev=False,
    )
    demo.add_argument(
        "--out", default="out", metavar="FOLDER", help="where pictures go (out)"
    )
    for name, about in _COMMANDS.items():
        command = commands.add_parser(
            name,
            help=about.help,
            description=about.description,
            epilog=f"{_examples(name)}\n\n{_epilog()}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        command.add_argument("expression", help="such as 'tanh(w*x + b)', in quotes")
        only = "; wrt=name for the gradient in that one alone"
        command.add_argument(
            "assignments",
            nargs="*",
            default=[],
            metavar="name=number",
            help="one for each variable" + only * (name == "explain"),
        )
        if about.save:
            command.add_argument("--save", metavar="FILE", help=about.save)
    return parser, commands.choices


def _examples(*names: str) -> str:
    lines = [f"  gradtrace {_COMMANDS[name].example}" for name in names]
    return "\n".join(["for example:", *lines])


def _epilog() -> str:
    operations = textwrap.fill(
        " ".join(callable_operations()), 78, initial_indent="  ", subsequent_indent="  "
    )
    return (
        "An expression holds numbers, names, + - * / **, comparisons as in\n"
        "where(x > 0, x, 0), the constants pi, e, inf and nan, and these operations:\n"
        f"{operations}"
    )


def _shield_minus(given: list[str]) -> list[str]:
    """Let an expression start with a minus sign, which argparse takes for an option.

    A blank before it is enough, and the expression's reader drops it.
    """
    if not given or given[0] not in _COMMANDS:
        return given
    is_option = re.compile(r"-h$|--([a-z]+(=|$)|$)")
    return [
        f" {text}" if text.startswith("-") and not is_option.match(text) else text
        for text in given
    ]
