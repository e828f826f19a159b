"""The GPT of the examples: against NumPy, compiled against eager, its command line."""

import random
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd
from benchmarks.works import gpt
from benchmarks.works.work import agree, eager_side
from examples import microgpt
from examples.microgpt import BLOCK, BOUNDARY, Document, Weights

SCRIPT = Path(microgpt.__file__)
DOCUMENT: Document = ([26, 0, 13, 13, 0], [0, 13, 13, 0, 26])  # anna

Arrays = dict[str, np.ndarray[Any, Any]]


def far_from_zero(seed: int = 1) -> Weights:
    """Weights so large that attention and relu make a difference."""
    weights = microgpt.draw_weights(random.Random(seed))
    for value in leaves(weights):
        value.data *= 5.0
    return weights


def leaves(weights: Weights) -> list[autograd.Value]:
    return [value for rows in weights.values() for row in rows for value in row]


def as_arrays(weights: Weights) -> Arrays:
    return {
        name: np.array([[value.data for value in row] for row in rows])
        for name, rows in weights.items()
    }


def numpy_loss(weights: Arrays, document: Document) -> Any:
    """The same model, all tokens at once; works on complex numbers, too."""
    tokens, targets = map(np.array, document)
    count = len(tokens)

    def normalised(x: Any) -> Any:
        return x / np.sqrt((x * x).mean(axis=-1, keepdims=True) + 1e-5)

    def in_heads(x: Any) -> Any:
        return x.reshape(count, 4, 4).transpose(1, 0, 2)

    x = weights["token"][tokens] + weights["position"][:count]
    before = normalised(x)
    query, key, value = (
        in_heads(before @ weights[name].T) for name in ("query", "key", "value")
    )
    matches = np.exp(query @ key.transpose(0, 2, 1) / 2.0) * np.tri(count)
    shares = matches / matches.sum(axis=-1, keepdims=True)
    answers = (shares @ value).transpose(1, 0, 2).reshape(count, 16)
    x = x + answers @ weights["mix"].T
    hidden = normalised(x) @ weights["widen"].T
    x = x + (hidden * (hidden.real > 0.0)) @ weights["narrow"].T
    scores = normalised(x) @ weights["score"].T
    right = scores[np.arange(count), targets]
    return (np.log(np.exp(scores).sum(axis=-1)) - right).mean()


# --- the model --------------------------------------------------------------------


def test_the_usual_size() -> None:
    weights = leaves(microgpt.draw_weights(random.Random(0)))
    assert len(weights) == 4192
    assert abs(np.std([value.data for value in weights]) - 0.08) < 0.004


@pytest.mark.parametrize("length", [1, 2, 5])
def test_the_loss_is_numpys(length: int) -> None:
    weights = far_from_zero()
    document = (DOCUMENT[0][:length], DOCUMENT[1][:length])
    loss = microgpt.surprise(weights, *document)
    assert loss.data == pytest.approx(
        numpy_loss(as_arrays(weights), document), rel=1e-13
    )


def test_the_gradient_is_that_of_a_complex_step() -> None:
    weights = far_from_zero()
    arrays = as_arrays(weights)
    microgpt.surprise(weights, *DOCUMENT).backward()
    rng = np.random.default_rng(3)
    for name, rows in weights.items():
        gradient = np.array([[value.grad for value in row] for row in rows])
        for _ in range(3):
            direction = rng.normal(size=gradient.shape)
            moved = arrays | {name: arrays[name] + 1e-30j * direction}
            wanted = numpy_loss(moved, DOCUMENT).imag / 1e-30
            assert np.vdot(gradient, direction) == pytest.approx(wanted, rel=1e-10)


def test_the_scalar_engine_of_the_benchmark_computes_the_same() -> None:
    work = gpt.work("the GPT", 3)
    agree(work, {"here": eager_side(work), "there": work.peers["a scalar engine"]()})


# --- training ---------------------------------------------------------------------


def test_a_document_pairs_each_token_with_the_next() -> None:
    assert microgpt.document_of("anna") == DOCUMENT
    tokens, targets = microgpt.document_of("a" * 20)
    assert tokens == [BOUNDARY, *[0] * (BLOCK - 1)]
    assert targets == [0] * BLOCK


@pytest.mark.parametrize("engine", [microgpt.eager, microgpt.compiled])
def test_training_learns_a_name_by_heart(engine: Any) -> None:
    weights = microgpt.draw_weights(random.Random(0))
    losses, seconds = microgpt.train(weights, [DOCUMENT], 40, engine)
    assert losses[-1] < losses[0] / 10
    assert len(losses) == len(seconds) == 40
    assert microgpt.surprise(weights, *DOCUMENT).data < losses[0] / 10
    assert microgpt.sample(as_floats(weights), 0.01, random.Random(0)) == "anna"


def test_compiled_trains_as_eager() -> None:
    documents = [microgpt.document_of(name) for name in ("anna", "eve", "otto", "ida")]
    runs = []
    for engine in (microgpt.eager, microgpt.compiled):
        weights = microgpt.draw_weights(random.Random(5))
        losses, _ = microgpt.train(weights, documents, 12, engine)
        runs.append((losses, [value.data for value in leaves(weights)]))
    (losses, theta), (compiled_losses, compiled_theta) = runs
    assert compiled_losses == pytest.approx(losses, rel=0, abs=1e-9)
    assert compiled_theta == pytest.approx(theta, rel=0, abs=1e-7)


# --- sampling ---------------------------------------------------------------------


def as_floats(weights: Weights) -> Weights:
    return {name: array.tolist() for name, array in as_arrays(weights).items()}


def test_names_end_with_the_block_at_the_latest() -> None:
    weights = {
        name: [[0.0] * columns for _ in range(rows)]
        for name, (rows, columns) in microgpt.SHAPES.items()
    }  # every token is as likely as the others
    rng = random.Random(0)
    names = [microgpt.sample(weights, 1.0, rng) for _ in range(20)]
    assert max(map(len, names)) == BLOCK
    assert min(map(len, names)) < BLOCK
    assert set("".join(names)) <= set(microgpt.LETTERS)


def test_the_temperature_says_how_freely_letters_are_chosen() -> None:
    weights = as_floats(far_from_zero())
    cold = {microgpt.sample(weights, 1e-6, random.Random(i)) for i in range(5)}
    hot = {microgpt.sample(weights, 10.0, random.Random(i)) for i in range(5)}
    assert len(cold) == 1
    assert len(hot) == 5


# --- the command line -------------------------------------------------------------


def test_the_names_that_ship() -> None:
    names = SCRIPT.with_name("names.txt").read_text(encoding="utf-8").splitlines()
    assert 300 <= len(names) <= 500
    assert names == sorted(set(names))
    assert all(len(name) < BLOCK for name in names)
    assert microgpt.read_names("\n".join(names)) == names


def test_names_are_read_with_some_patience() -> None:
    assert microgpt.read_names("Anna\r\n\n  bob \n") == ["anna", "bob"]


SUMMARY = (
    r"3 steps in [\d.e+]+ s, the median step [\d.e+]+ ms; "
    r"mean loss of the last 3 steps: \d\.\d{3}"
)


def test_how_training_went_in_a_line() -> None:
    assert microgpt.summary_of([3.25], [0.358]) == (
        "1 step in 0.358 s, the median step 358 ms; mean loss of the last 1 step: 3.250"
    )
    told = microgpt.summary_of([9.0] * 9 + [2.0] * 50, [1.0] + [0.002] * 58)
    assert told == (
        "59 steps in 1.12 s, the median step 2 ms; mean loss of the last 50 steps: "
        "2.000"
    )


def test_help_speaks_in_whole_phrases(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        microgpt.main(["--help"])
    told = " ".join(capsys.readouterr().out.split())
    for phrase in (
        "a text file with one name a line",
        "capitals count as small letters",
        "how many steps to train, a name each (default: 500)",
        "(default: compile)",
        "how many new names to make up (default: 20)",
        "seed of the random numbers",
        "(default: 42)",
        "(default: 0.5)",
    ):
        assert phrase in told


def test_eager_and_compiled_print_the_same_names(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "names.txt"
    file.write_text("Eva\nida\nanabelchristinamaria\n", encoding="utf-8")
    arguments = ["--names", str(file), "--steps", "3", "--samples", "3"]
    outputs = []
    for more in ([], ["--eager"], ["--seed", "1"]):
        microgpt.main([*arguments, *more])
        long, steps, *names = capsys.readouterr().out.splitlines()
        assert long.startswith("1 of the names are too long: of each 16 letters")
        assert re.fullmatch(SUMMARY, steps)
        outputs.append(names)
    assert outputs[0] == outputs[1] != outputs[2]
    assert len(outputs[0]) == 3


def test_the_file_runs_as_a_script() -> None:
    command = [sys.executable, str(SCRIPT), "--steps", "0", "--samples", "2"]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    assert len(run.stdout.splitlines()) == 2


@pytest.mark.parametrize(
    ("arguments", "content", "message"),
    [
        (["--names", "nowhere.txt"], None, "nowhere.txt: No such file"),
        (["--names", "."], None, "--names .: Is a directory"),
        ([], b"", "there are none"),
        ([], b"\n \n", "there are none"),
        ([], b"anna\nmary ann\n", "line 2: a name is made of the letters a to z"),
        ([], "anna\n\nzoë\n".encode(), "line 3: a name is made of the letters a to z"),
        ([], "zoë".encode("latin-1"), "names.txt: line 1 is no text in UTF-8"),
        ([], b"\xef\xbb\xbfanna\nbob\n\x80\x81", "line 3 is no text in UTF-8"),
        (["--steps", "-1"], b"anna", "--steps must be 0 or more, got -1"),
        (["--steps", "many"], b"anna", "invalid int value: 'many'"),
        (["--samples", "-2"], b"anna", "--samples must be 0 or more, got -2"),
        (["--temperature", "0"], b"anna", "--temperature must be above 0, got 0.0"),
        (["--temperature", "nan"], b"anna", "--temperature must be above 0, got nan"),
    ],
)
def test_what_cant_be_used_is_told(
    arguments: list[str],
    content: bytes | None,
    message: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    if content is not None:
        file = tmp_path / "names.txt"
        file.write_bytes(content)
        arguments = ["--names", str(file), *arguments]
    with pytest.raises(SystemExit) as end:
        microgpt.main(arguments)
    assert end.value.code == 2
    assert message in capsys.readouterr().err
