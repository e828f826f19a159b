"""The command line: what it prints, what it refuses, and how it ends."""

import math
import os
import shlex
import signal
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

import autograd
import gradtrace
import nn
import visualize
from gradtrace import demo
from gradtrace.cli import main

NEURON = "tanh(w1*x1 + w2*x2 + b)"
NUMBERS = ["w1=-3", "w2=1", "x1=2", "x2=0", "b=6.88"]


class Outcome(NamedTuple):
    status: int
    out: str
    err: str


class Terminal:
    """Runs commands and catches what they print."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys = capsys

    def __call__(self, *arguments: str) -> Outcome:
        try:
            status = main(arguments)
        except SystemExit as end:  # argparse's way out
            status = int(end.code or 0)
        return Outcome(status, *self.capsys.readouterr())


@pytest.fixture
def gradtrace_command(capsys: pytest.CaptureFixture[str]) -> Terminal:
    return Terminal(capsys)


def refusal(outcome: Outcome) -> str:
    """The one line on stderr that a refusal must be."""
    assert outcome.status == 2
    assert outcome.out == ""
    assert outcome.err.count("\n") == 1
    assert outcome.err.endswith("\n")
    return outcome.err.rstrip("\n")


# --- diagnose -------------------------------------------------------------------


def test_diagnose_tells_what_went_wrong(gradtrace_command: Terminal) -> None:
    outcome = gradtrace_command("diagnose", "-log(1 + exp(x))", "x=1000")
    assert outcome.status == 1
    assert "0.0 digits can be trusted\n\n1. overflow\nexp(x=1000) is inf" in outcome.out
    assert "Instead: softplus(x)." in outcome.out


def test_diagnose_lets_a_healthy_expression_alone(gradtrace_command: Terminal) -> None:
    outcome = gradtrace_command("diagnose", NEURON, *NUMBERS)
    assert outcome.status == 0
    assert outcome.out.endswith("nothing went wrong\n")


def test_diagnose_refuses_what_trace_refuses(gradtrace_command: Terminal) -> None:
    assert "no number is given for x" in refusal(gradtrace_command("diagnose", "x"))


# --- trace ----------------------------------------------------------------------


def test_trace_prints_value_gradients_and_check(gradtrace_command: Terminal) -> None:
    outcome = gradtrace_command("trace", NEURON, *NUMBERS)
    assert outcome.status == 0
    assert outcome.err == ""
    assert f"{NEURON} = 0.70641" in outcome.out
    trace, check = outcome.out.split(" derivatives checked: ")
    rows = {line.split()[0]: line.split() for line in trace.splitlines() if line}
    slope = 1 - math.tanh(0.88) ** 2
    for name, gradient in [("x1", -3 * slope), ("w1", 2 * slope), ("b", slope)]:
        assert rows[name][1:] == ["input", rows[name][2], f"{gradient:.6g}"]
    names = [line.split()[0] for line in check.splitlines() if "complex step" in line]
    assert sorted(names) == ["b", "w1", "w2", "x1", "x2"]
    assert check.startswith("5 right")
    assert "\x1b" not in outcome.out  # no colours: this is no terminal


def test_trace_saves_a_picture(gradtrace_command: Terminal, tmp_path: Path) -> None:
    picture = tmp_path / "neuron.svg"
    outcome = gradtrace_command("trace", NEURON, *NUMBERS, "--save", str(picture))
    assert outcome.status == 0
    assert str(picture) in outcome.out
    assert picture.read_text(encoding="utf-8").count('class="node') == 10


def test_options_may_stand_first(gradtrace_command: Terminal, tmp_path: Path) -> None:
    picture = tmp_path / "square.svg"
    outcome = gradtrace_command("trace", "--save", str(picture), "x*x", "x=3")
    assert outcome.status == 0
    assert picture.exists()


@pytest.mark.parametrize("expression", ["-x", "-x + 3", "-(x)", "- x"])
def test_an_expression_may_start_with_minus(
    gradtrace_command: Terminal, expression: str
) -> None:
    outcome = gradtrace_command("trace", expression, "x=1")
    assert outcome.status == 0


def test_an_expression_without_variables_has_a_value(
    gradtrace_command: Terminal,
) -> None:
    outcome = gradtrace_command("trace", "1 + 2")
    assert outcome.status == 0
    assert "1 + 2 = 3" in outcome.out


def test_a_constant_is_said_to_be_one(gradtrace_command: Terminal) -> None:
    outcome = gradtrace_command("trace", "pi * x", "x=2")
    assert outcome.out.startswith("pi * x = 6.28319\npi is the constant 3.14159\n\n")
    assert [line.split()[0] for line in outcome.out.splitlines()[5:7]] == ["x", "v1"]


def test_a_number_given_for_a_constants_name_is_said_to_win(
    gradtrace_command: Terminal,
) -> None:
    outcome = gradtrace_command("trace", "e * x", "x=2", "e=10")
    assert outcome.out.startswith(
        "e * x = 20\ne is the number given, not the constant 2.71828\n\n"
    )


def test_a_number_may_be_a_constant(gradtrace_command: Terminal) -> None:
    assert "cos(x) = -1\n" in gradtrace_command("trace", "cos(x)", "x=pi").out


def test_nested_powers_end_at_once(gradtrace_command: Terminal) -> None:
    assert "= inf" in gradtrace_command("trace", "9**9**9**9").out


@pytest.mark.parametrize(
    ("expression", "complaint"),
    [
        ("__import__('os').system('true')", "column 1: only operations of the table"),
        ("__import__(x)", "column 1: '__import__' is no operation"),
        ("2 + eval(x)", "column 5: 'eval' is no operation"),
        ("x.real", "column 1: an attribute"),
        ("x[0]", "column 1: an index"),
        ("1 + [x]", "column 5: a list"),
        ("x, x", "column 1: a comma"),
        ("lambda: x", "column 1: a lambda"),
        ("x if x else 1", "column 1: an if"),
        ("x and 1", "column 1: 'and' or 'or'"),
        ("not x", "column 1: 'not'"),
        ("~x", "column 1: '~'"),
        ("x ^ 2", "column 3: '^' is not one of + - * / **; a power is written x**y"),
        ("(x) % (x)", "column 5: '%' is not one of + - * / **; write remainder(x, y)"),
        ("x // 2", "column 3: '//' is not one of + - * / **; write floor_divide(x, y)"),
        ("π + é @ x", "column 7: '@'"),
        ("'a' + x", "column 1: a string"),
        ("f'{x}' + x", "column 1: a string"),
        ("x + 1j", "column 5: a complex number"),
        ("x + True", "column 5: True"),
        ("x + ...", "column 5: Ellipsis"),
        ("(x := 3)", "column 2: an assignment"),
        ("[y for y in x]", "column 1: a comprehension"),
        ("x > 0", "column 1: a comparison"),
        ("where(0 < x < 1, x, 0)", "column 7: a chain"),
        ("where(x is x, x, 0)", "column 7: a comparison"),
        ("tanh(x, x)", "column 1: tanh"),
        ("tanh()", "column 1: tanh"),
        ("max()", "column 1: max"),
        ("tanh(x=x)", "column 6: tanh"),
        ("max(*x)", "column 5: a star"),
        ("sigmod(x)", "did you mean sigmoid?"),
        ("softmax(2, x, x)", "column 1: softmax starts with an index"),
        ("x # + 1", "column 3: '#'"),
        ("x +", "column"),
        ("(x", "column 1: '(' was never closed"),
        ("x = 1", "column"),
        ("x\0", "column 2: '\\x00'"),
        ("x.tanh()", "column 1: only operations of the table can be called; write tan"),
        ("(x + 1).tanh()", "write tanh(x + 1)"),
        ("x.relu().pow(2)", "write pow(x.relu(), 2)"),
        ("1 + math.sin(x)", "column 5: only operations of the table can be called; wr"),
        ("math.sin(x)", "write sin(x)"),
        ("np.arctan(x)", "write atan(x)"),
        ("torch.nn.functional.relu(x)", "write relu(x)"),
        ("math.pi * x", "column 1: an attribute is not allowed; write pi"),
        ("ln(x)", "did you mean log?"),
        ("arctan(x)", "did you mean atan?"),
        ("2x", "column 2: '2' and 'x' stand side by side; a product is written 2*x"),
        ("1e*x", "a product is written 1*e"),
        ("x (x + 1) x", "column 11: ')' and 'x' stand side by side"),
        ("2(x + 1)", "a product is written 2*(...)"),
        ("(x + 1)(x - 1)", "a product is written (...)*(...)"),
        ("x(2)", "column 1: 'x' is no operation; a product is written x*(...)"),
        ("pi(x)", "a product is written pi*(...)"),
        ("sin x", "column 5: 'sin' and 'x' stand side by side; write sin(...)"),
        (
            "sin",
            "no number is given for sin: add sin=...; sin is an operation, as in s",
        ),
        ("sinx", "no number is given for sinx: add sinx=...; or did you mean sin(x)?"),
        ("pix", "or did you mean pi*x?"),
        ("x²", "column 2: '²' is not allowed; a power is written x**2"),
        ("x·x", "a product is written x*y"),
        ("√x", "a square root is written sqrt(x)"),
        ("|x|", "an absolute value is written abs(x)"),
        ("3,5 * x", "decimals are written with a point, as in 3.5"),
        ("sum([x, x])", "column 5: a list is not allowed; operands stand side by side"),
        ("()", "nothing stands between the parentheses"),
        ("x + 1)", "column 6: unmatched ')'"),
        ("(x]", "does not match"),
        ("x **", "column 3: nothing follows the '**'"),
        ("* x", "column 1: nothing stands before the '*'"),
        ("y = x", "column 3: '=' is not allowed; numbers come after the expression"),
        ("where(x=0, x, 1)", "column 8: '=' is not allowed"),
        ("x ? 1 : 0", "column 3: '?' does not belong here"),
        ("x'", 'column 2: "\'" does not belong here; strings are not allowed'),
        ("x\x1b[31m", "column 2: '\\x1b'"),
        ("x + \udcff", "column 5: '\\udcff'"),
        ("", "empty"),
        (" \n ", "empty"),
        ("(" * 100_000, "100,000 characters"),
        ("(" * 1_500 + "x" + ")" * 400, "column"),
        ("-" * 1_900 + "x", "nested"),
        ("x" + "+x" * 900, "nested"),
        ("x" + "**x" * 600, "nested"),
        ("tanh(" * 150 + "tanh(" * 150 + "x" + ")" * 300, "nested"),
    ],
)
def test_anything_else_is_one_clear_line(
    gradtrace_command: Terminal, expression: str, complaint: str
) -> None:
    line = refusal(gradtrace_command("trace", expression, "x=1"))
    assert line.startswith("gradtrace trace: ")
    assert complaint in line


@pytest.mark.parametrize(
    ("assignments", "complaint"),
    [
        ([], "no number is given for w, x: add w=... x=..."),
        (["w=1", "X=2"], "add x=...; X is another name: capitals count"),
        (["w=1"], "no number is given for x: add x=..."),
        (["w=1", "x=2", "y=3", "z=4"], "does not use y, z"),
        (["w=1", "x=2", "w=3"], "w is given twice"),
        (["w=1", "x=two"], "'two' is not a number"),
        (["w=1", "x="], "'' is not a number"),
        (["w=1", "x"], "'x' is not of the form name=number"),
        (["w=1", "+", "x"], "'+' is not of the form name=number; an expression with"),
        (["w=1", "-x=3"], "is not of the form name=number"),
        (["w=1", "x y=3"], "'x y=3' is not of the form name=number"),
        (["w=1", "x=1\n2"], r"'x=1\n2'"),
    ],
)
def test_variables_and_numbers_must_match(
    gradtrace_command: Terminal, assignments: list[str], complaint: str
) -> None:
    assert complaint in refusal(gradtrace_command("trace", "w * x", *assignments))


@pytest.mark.parametrize(
    "arguments", [[], ["draw"], ["trace"], ["trace", "--sav", "x"]]
)
def test_a_wrong_command_is_one_clear_line(
    gradtrace_command: Terminal, arguments: list[str]
) -> None:
    assert "--help" in refusal(gradtrace_command(*arguments))


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["trace", "x", "x=1", "--out", "x.svg"], "trace: '--out' is none of its opt"),
        (["trace", "x", "x=1", "--savee", "x.svg"], "[--save FILE]"),
        (["step", "x", "--out", "x.html", "x=1"], "[--save FILE]"),
        (["explain", "x", "x=1", "--top=3"], "explain: '--top=3' is none of its opt"),
        (["demo", "here"], "demo: 'here' is none of its options"),
    ],
)
def test_an_unknown_option_is_answered_by_those_of_its_command(
    gradtrace_command: Terminal, arguments: list[str], complaint: str
) -> None:
    assert complaint in refusal(gradtrace_command(*arguments))


def test_numbers_are_not_asked_for_where_the_expression_is_missing(
    gradtrace_command: Terminal,
) -> None:
    line = refusal(gradtrace_command("trace"))
    assert "required: expression (" in line


def test_numbers_may_stand_behind_an_option(
    gradtrace_command: Terminal, tmp_path: Path
) -> None:
    picture = str(tmp_path / "product.svg")
    arguments = ["trace", "x*y", "x=2", "--save", picture, "y=3"]
    outcome = gradtrace_command(*arguments)
    assert outcome.status == 0
    assert "x*y = 6" in outcome.out


@pytest.mark.parametrize("command", ["", "trace", "explain", "diagnose"])
def test_what_help_shows_as_an_example_works(
    gradtrace_command: Terminal,
    command: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("webbrowser.open", lambda _: True)
    told = gradtrace_command(*filter(None, [command]), "--help").out
    lines = told.split("for example:\n")[1].splitlines()
    examples = [line for line in lines if line.startswith("  gradtrace ")]
    assert len(examples) == (1 if command else 5)
    for line in examples:
        outcome = gradtrace_command(*shlex.split(line)[1:])
        assert outcome.status == (1 if "diagnose" in line else 0)
        assert outcome.err == ""


# --- files that can't be written ------------------------------------------------


def test_a_folder_that_does_not_exist(
    gradtrace_command: Terminal, tmp_path: Path
) -> None:
    path = tmp_path / "nowhere" / "x.svg"
    line = refusal(gradtrace_command("trace", "x", "x=1", "--save", str(path)))
    assert "can't write" in line
    assert "No such file or directory" in line
    assert str(path) in line  # not a draft that is none of the user's business
    assert not path.parent.exists()


def test_a_file_in_place_of_a_folder_is_kept(
    gradtrace_command: Terminal, tmp_path: Path
) -> None:
    blocker = tmp_path / "blocker"
    blocker.write_text("mine")
    path = blocker / "x.svg"
    refusal(gradtrace_command("trace", "x", "x=1", "--save", str(path)))
    assert "can't write" in refusal(gradtrace_command("demo", "--out", str(blocker)))
    assert blocker.read_text() == "mine"


def test_an_unknown_suffix_leaves_nothing(
    gradtrace_command: Terminal, tmp_path: Path
) -> None:
    path = tmp_path / "x.jpeg"
    line = refusal(gradtrace_command("trace", "x", "x=1", "--save", str(path)))
    assert ".svg" in line
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["", ".", "..", "neuron"])
def test_a_picture_needs_a_name_with_a_suffix(
    gradtrace_command: Terminal, name: str
) -> None:
    line = refusal(gradtrace_command("trace", "x", "x=1", "--save", name))
    assert f"wants a name with a suffix, as in neuron.svg; got {name!r}" in line


# --- the demo -------------------------------------------------------------------


def test_the_demo_learns_and_draws(gradtrace_command: Terminal, tmp_path: Path) -> None:
    out = tmp_path / "made" / "by" / "demo"
    outcome = gradtrace_command("demo", "--out", str(out))
    assert outcome.status == 0
    for name in ("neuron.svg", "network.svg", "step.html"):
        assert (out / name).read_text(encoding="utf-8").startswith("<")
    for name in ("loss.png", "boundary.png"):
        assert (out / name).read_bytes().startswith(b"\x89PNG")
    network = (out / "network.svg").read_text(encoding="utf-8")
    assert "Linear 30→8 · tanh" in network  # folded to layers: neurons are too high
    assert network.count('class="node') < 40
    for name in ("neuron.svg", "network.svg", "step.html", "loss.png", "boundary.png"):
        assert f"wrote {out / name}" in outcome.out
    accuracy = float(outcome.out.split("held-out patients: ")[1].split()[0])
    assert accuracy > 0.95
    assert "epoch 20/20: loss 0." in outcome.err  # no bar: that is no terminal


def test_the_demo_names_the_extra_it_needs(
    gradtrace_command: Terminal, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(demo, "find_spec", lambda _name: None)
    out = tmp_path / "out"
    line = refusal(gradtrace_command("demo", "--out", str(out)))
    assert "pip install 'gradtrace[demo]'" in line
    assert not out.exists()


def test_held_out_patients_leak_nothing() -> None:
    """The training rows alone have mean 0 and deviation 1."""
    train, held_out = demo.load_patients(np.random.default_rng(0))
    assert len(train) + len(held_out) == 569
    assert abs(train.measurements.mean(axis=0)).max() < 1e-12
    assert abs(held_out.measurements.mean(axis=0)).max() > 1e-3


# --- as a process ---------------------------------------------------------------


def run(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "gradtrace", *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, **settings},
        timeout=60,
        check=False,
    )


def test_the_version_is_that_of_the_distribution() -> None:
    assert run("--version").stdout == f"gradtrace {metadata.version('gradtrace')}\n"


def test_the_packages_have_one_version() -> None:
    assert isinstance(autograd.__version__, str)
    for package in (nn, visualize, gradtrace):
        assert package.__version__ == autograd.__version__


def test_the_version_needs_no_installation() -> None:
    """A checkout on the path has no metadata to ask."""
    code = (
        "from importlib import metadata; ask = metadata.version\n"
        "metadata.version = lambda name: ask('-' if name == 'gradtrace' else name)\n"
        "import gradtrace, nn, visualize; print(gradtrace.__version__)"
    )
    outcome = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert outcome.stdout == f"{autograd.__version__}\n", outcome.stderr


def test_a_terminal_without_unicode_gets_the_rest() -> None:
    outcome = run("trace", "π * x", "π=3", "x=2", PYTHONIOENCODING="ascii")
    assert outcome.returncode == 0, outcome.stderr
    assert r"\u03c0 * x = 6" in outcome.stdout


def test_a_reader_that_has_gone_is_no_error() -> None:
    read_end, write_end = os.pipe()
    os.close(read_end)
    with os.fdopen(write_end, "w") as gone:
        outcome = subprocess.run(
            [sys.executable, "-m", "gradtrace", "trace", NEURON, *NUMBERS],
            stdout=gone,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )
    assert outcome.returncode == 141
    assert outcome.stderr == ""


def test_ctrl_c_ends_the_demo_quietly(tmp_path: Path) -> None:
    # Where SIGINT is ignored, as in a shell's background jobs, a child inherits that.
    start = (
        "import signal, sys; from gradtrace.cli import main; "
        "signal.signal(signal.SIGINT, signal.default_int_handler); sys.exit(main())"
    )
    process = subprocess.Popen(
        [sys.executable, "-u", "-c", start, "demo", "--out", str(tmp_path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    process.stdout.readline()  # it is under way
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in err
    assert err.endswith("gradtrace: interrupted\n")


# --- step and explore -------------------------------------------------------------


@pytest.mark.parametrize("kind", ["step", "explore"])
def test_a_page_is_written_and_opened(
    kind: str, gradtrace_command: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []

    def browse(link: str) -> bool:
        opened.append(link)
        return True

    monkeypatch.setattr("webbrowser.open", browse)
    outcome = gradtrace_command(kind, "tanh(w*x + pi)", "w=-e", "x=2")
    assert outcome.status == 0
    assert outcome.err == ""
    path = Path(outcome.out.removeprefix("wrote ").strip())
    assert opened == [path.as_uri()]
    page = path.read_text(encoding="utf-8")
    assert f'"kind":"{kind}"' in page
    assert repr(math.tanh(-math.e * 2 + math.pi)) in page


def test_a_page_with_a_name_is_only_written(
    gradtrace_command: Terminal, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("webbrowser.open", lambda _: pytest.fail("a browser opened"))
    path = tmp_path / "page.html"
    outcome = gradtrace_command("step", "-x", "x=1", "--save", str(path))
    assert outcome == (0, f"wrote {path}\n", "")
    assert path.exists()
    wrong = gradtrace_command("step", "x", "x=1", "--save", str(tmp_path / "page.svg"))
    assert "--save: an interactive page is saved as .html" in refusal(wrong)
    bare = gradtrace_command("step", "x", "x=1", "--save", str(tmp_path / "page"))
    assert "saved as .html, not 'page'" in refusal(bare)
    assert "no number is given for y" in refusal(
        gradtrace_command("explore", "x*y", "x=1")
    )
