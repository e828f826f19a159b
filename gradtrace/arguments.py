"""What may stand on the command line: commands, options, and their help."""

import argparse
import re
import sys
import textwrap
from collections.abc import Sequence
from typing import Never

from autograd import __version__
from gradtrace.allowed import callable_operations

BAD_INPUT = 2


class _Parser(argparse.ArgumentParser):
    """An ArgumentParser whose errors are one line."""

    def error(self, message: str) -> Never:
        self.exit(BAD_INPUT, f"{self.prog}: {message} (see {self.prog} --help)\n")


def parsed(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the arguments, `sys.argv` if None; a wrong one ends the program."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    return _parser().parse_args(_shield_minus(given))


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="gradtrace",
        description="Record a computation, differentiate it, check it, look at it.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "--version", action="version", version=f"%(prog)s {__version__}"
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    demo = commands.add_parser(
        "demo",
        help="trace a neuron, check its gradients, train a network on real data",
        allow_abbrev=False,
    )
    demo.add_argument(
        "--out", default="out", metavar="FOLDER", help="where pictures go (out)"
    )
    wants = "one for each variable"
    for name, (words, about) in _EXPRESSION_COMMANDS.items():
        command = commands.add_parser(
            name,
            help=words,
            description=about,
            epilog=_epilog(),
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        command.add_argument("expression", help="such as 'tanh(w*x + b)', in quotes")
        only = "; wrt=name for the gradient in that one alone"
        command.add_argument(
            "assignments",
            nargs="*",
            metavar="name=number",
            help=wants + only * (name == "explain"),
        )
        if name == "trace":
            save = "draw it, say to neuron.svg"
            command.add_argument("--save", metavar="FILE", help=save)
        elif name in ("step", "explore"):
            out = "only write the page, say to neuron.html"
            command.add_argument("--out", metavar="FILE", help=out)
    return parser


_EXPRESSION_COMMANDS = {
    "trace": (
        "differentiate an expression, check the gradients, draw it",
        "Differentiates an expression and checks every gradient.",
    ),
    "explain": (
        "say which paths a gradient comes from, and its formula",
        "Splits each gradient of an expression into its paths.",
    ),
    "diagnose": (
        "say what goes wrong in the numbers, and what to write instead",
        "Says where digits or a derivative are lost; exit status 1 then.",
    ),
    "step": (
        "step through an expression's forward and backward pass, in the browser",
        "Writes a page with every step of an expression's two passes, and opens it.",
    ),
    "explore": (
        "look around in an expression's graph, in the browser",
        "Writes a page to look around in an expression's graph, and opens it.",
    ),
}


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
    if not given or given[0] not in _EXPRESSION_COMMANDS:
        return given
    is_option = re.compile(r"-h$|--([a-z]+(=|$)|$)")
    return [
        f" {text}" if text.startswith("-") and not is_option.match(text) else text
        for text in given
    ]
