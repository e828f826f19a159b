"""A GPT in plain scalar Python, which reads names and learns to make up new ones.

Every number in it is one scalar, every layer a loop or two over lists. The same few
functions run on Values, which gives gradients (`--eager`), as a compiled Program, which
gives the same gradients sooner, and on floats, which is all that sampling needs.
"""

import argparse
import math
import random
import statistics
import string
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

import autograd
from autograd import Value, dot, relu, softmax, sqrt, take
from nn import Adam
from nn.checks import counted
from nn.losses import cross_entropy

LETTERS = string.ascii_lowercase
BOUNDARY = len(LETTERS)  # the token before the first letter and after the last
TOKENS = len(LETTERS) + 1
BLOCK = 16  # how many tokens the model can look back over
WIDTH = 16  # how many numbers stand for one token
HEADS = 4
LEARNING_RATE = 0.01

Vector: TypeAlias = list[Any]  # of Values, or of floats
Matrix: TypeAlias = list[Vector]
Weights: TypeAlias = dict[str, Matrix]
Past: TypeAlias = list[tuple[Vector, Vector]]  # key and value of each earlier token

# --- the model ------------------------------------------------------------------------

SHAPES = {
    "token": (TOKENS, WIDTH),  # what a token means,
    "position": (BLOCK, WIDTH),  # and what its place adds to that
    "query": (WIDTH, WIDTH),  # what a token looks for among the earlier ones,
    "key": (WIDTH, WIDTH),  # what it shows to those that look,
    "value": (WIDTH, WIDTH),  # what it tells them,
    "mix": (WIDTH, WIDTH),  # and how the answers are put together
    "widen": (4 * WIDTH, WIDTH),  # what it makes of them, in two layers
    "narrow": (WIDTH, 4 * WIDTH),
    "score": (TOKENS, WIDTH),  # how well each token would come next
}


def draw_weights(rng: random.Random) -> Weights:
    """Start with small numbers by chance, as leaves that can be trained."""
    return {
        name: [
            [autograd.parameter(rng.gauss(0.0, 0.08)) for _ in range(columns)]
            for _ in range(rows)
        ]
        for name, (rows, columns) in SHAPES.items()
    }


def linear(x: Vector, rows: Matrix) -> Vector:
    """Multiply a matrix by a vector: one weighted sum a row."""
    return [dot(row, x) for row in rows]


def add(x: Vector, y: Vector) -> Vector:
    """Add two vectors."""
    return [a + b for a, b in zip(x, y, strict=True)]


def normalised(x: Vector) -> Vector:
    """Scale a vector so that the mean of its squares is 1 (RMSNorm)."""
    size = sqrt(dot(x, x) / len(x) + 1e-5)
    return [number / size for number in x]


def attention(x: Vector, weights: Weights, past: Past) -> Vector:
    """Ask the earlier tokens and this one; each head asks with its part of the query.

    It listens most to those whose keys match. This token is appended to `past`.
    """
    query = linear(x, weights["query"])
    past.append((linear(x, weights["key"]), linear(x, weights["value"])))
    answers: Vector = []
    for start in range(0, WIDTH, WIDTH // HEADS):
        head = slice(start, start + WIDTH // HEADS)
        matches = [dot(query[head], key[head]) for key, _ in past]
        shares = softmax([match / math.sqrt(WIDTH // HEADS) for match in matches])
        told = zip(*(value[head] for _, value in past), strict=True)
        answers += [dot(shares, numbers) for numbers in told]
    return linear(answers, weights["mix"])


def digest(x: Vector, weights: Weights) -> Vector:
    """Work on one token's vector alone: a perceptron with one hidden layer."""
    hidden = [relu(number) for number in linear(x, weights["widen"])]
    return linear(hidden, weights["narrow"])


def scores_of_next(token: Any, weights: Weights, past: Past) -> Vector:
    """Read one token and score every token as the one after it: the logits.

    Only `past` is seen, to which this token is appended; so nobody looks ahead.
    """
    place = weights["position"][len(past)]
    x = add(take(weights["token"], token), place)
    x = add(x, attention(normalised(x), weights, past))
    x = add(x, digest(normalised(x), weights))
    return linear(normalised(x), weights["score"])


def surprise(weights: Weights, tokens: Sequence[Any], targets: Sequence[Any]) -> Any:
    """Average over a name how little each next token was expected: the loss."""
    past: Past = []
    scores = [scores_of_next(token, weights, past) for token in tokens]
    return cross_entropy(scores, targets)


# --- training -------------------------------------------------------------------------

Document: TypeAlias = tuple[list[int], list[int]]  # tokens, and the one after each
Theta: TypeAlias = NDArray[np.float64]  # all parameters, in a row
Loss: TypeAlias = Callable[[Sequence[Any], Sequence[Any]], Any]  # of one document
LossAndGradient: TypeAlias = Callable[[Document, Theta], tuple[float, Any]]


def eager(loss: Loss, parameters: list[Value]) -> LossAndGradient:
    """Record every step anew on Values, and walk back over the record."""

    def loss_and_gradient(document: Document, theta: Theta) -> tuple[float, Any]:
        write(theta, parameters)
        result = loss(*document)
        return result.data, autograd.gradients(result, parameters)

    return loss_and_gradient


def compiled(loss: Loss, parameters: list[Value]) -> LossAndGradient:
    """Record once for every length of name, and run that as array code from then on."""
    programs: dict[int, autograd.Program] = {}

    def loss_and_gradient(document: Document, theta: Theta) -> tuple[float, Any]:
        length = len(document[0])
        if length not in programs:
            programs[length] = autograd.Program(loss, *document, parameters=parameters)
        return programs[length].value_and_grad(*document, theta=theta)

    return loss_and_gradient


def write(theta: Theta, parameters: list[Value]) -> None:
    """Put the numbers into the parameters."""
    for value, number in zip(parameters, theta.tolist(), strict=True):
        value.data = number


def train(
    weights: Weights,
    documents: list[Document],
    steps: int,
    engine: Callable[[Loss, list[Value]], LossAndGradient],
) -> tuple[list[float], list[float]]:
    """Show the model one document a step; its weights then hold what it has learned.

    After the last document comes the first again. The learning rate falls to 0 in a
    straight line. The engine is `eager` or `compiled`.

    Returns:
        The loss of every step, and the seconds that it took.
    """
    parameters = [value for rows in weights.values() for row in rows for value in row]
    loss_and_gradient = engine(partial(surprise, weights), parameters)
    optimizer = Adam(parameters, lr=LEARNING_RATE, betas=(0.85, 0.99))
    theta = np.array([value.data for value in parameters])
    losses, seconds = [], []
    with tqdm(range(steps), desc="training", unit="step") as bar:
        for step in bar:
            start = time.perf_counter()
            document = documents[step % len(documents)]
            loss, gradient = loss_and_gradient(document, theta)
            optimizer.lr = LEARNING_RATE * (1.0 - step / steps)
            theta = optimizer.update(theta, gradient)
            losses.append(loss)
            seconds.append(time.perf_counter() - start)
            bar.set_postfix_str(f"loss {loss:.3f}", refresh=False)
    write(theta, parameters)
    return losses, seconds


# --- sampling -------------------------------------------------------------------------


def sample(weights: Weights, temperature: float, rng: random.Random) -> str:
    """Make up a name: draw a letter, read it, draw the next, up to the boundary.

    The weights are floats, so nothing is recorded. The temperature says how freely to
    choose: near 0 the likeliest letter always wins.
    """
    past: Past = []
    token, name = BOUNDARY, ""
    while len(past) < BLOCK:
        scores = scores_of_next(token, weights, past)
        chances = softmax([score / temperature for score in scores])
        token = rng.choices(range(TOKENS), chances)[0]
        if token == BOUNDARY:
            break
        name += LETTERS[token]
    return name


# --- names, and the command line ------------------------------------------------------


def read_names(text: str) -> list[str]:
    """Read names, one a line; capitals count as small and empty lines are skipped.

    Raises:
        ValueError: there is none, or more in one than the letters a to z.
    """
    names = [line.strip().lower() for line in text.splitlines()]
    for number, name in enumerate(names, start=1):
        others = name.strip(LETTERS)
        if others:
            raise ValueError(
                f"line {number}: a name is made of the letters a to z alone, got "
                f"{name!r} with {others[0]!r}"
            )
    if not any(names):
        raise ValueError("expected names, one a line; there are none")
    return [name for name in names if name]


def document_of(name: str) -> Document:
    """Number the letters, between two boundaries, and keep what fits into the block."""
    tokens = [BOUNDARY, *map(LETTERS.index, name), BOUNDARY]
    return tokens[:-1][:BLOCK], tokens[1:][:BLOCK]


def options_of(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line; what can't be used ends it with status 2 and says why."""
    parser = _parser()
    options = parser.parse_args(arguments)
    for name in ("steps", "samples"):
        if getattr(options, name) < 0:
            parser.error(f"--{name} must be 0 or more, got {getattr(options, name)}")
    if not 0.0 < options.temperature < math.inf:
        parser.error(f"--temperature must be above 0, got {options.temperature}")
    try:
        options.names = read_names(options.names.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        parser.error(f"--names {options.names}: {error.strerror}")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        parser.error(f"--names {options.names}: line {line} is no text in UTF-8")
    except ValueError as error:  # no names
        parser.error(f"--names {options.names}: {error}")
    return options


def _parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    parser = argparse.ArgumentParser(description="Learn names and make up new ones.")
    add = parser.add_argument
    add(
        "--names",
        type=Path,
        metavar="FILE",
        default=Path(__file__).with_name("names.txt"),
        help="a text file with one name a line, of the letters a to z; capitals count "
        "as small letters (default: names.txt beside this script)",
    )
    add(
        "--steps",
        type=int,
        metavar="N",
        default=500,
        help="how many steps to train, a name each (default: %(default)s)",
    )
    add(
        "--eager",
        action="store_true",
        help="record every step anew instead of compiling it (default: compile)",
    )
    add(
        "--samples",
        type=int,
        metavar="N",
        default=20,
        help="how many new names to make up (default: %(default)s)",
    )
    add(
        "--seed",
        type=int,
        metavar="N",
        default=42,
        help="seed of the random numbers; the same seed, the same names (default: "
        "%(default)s)",
    )
    add(
        "--temperature",
        type=float,
        metavar="T",
        default=0.5,
        help="how freely to choose letters, above 0; near 0 the likeliest always wins "
        "(default: %(default)s)",
    )
    return parser


def summary_of(losses: Sequence[float], seconds: Sequence[float]) -> str:
    """Say in a line how training went.

    Compiling, which the first name of each length waits for, counts in the total; the
    median tells what a step takes once that is done.
    """
    last = losses[-50:]
    return (
        f"{counted(len(losses), 'step')} in {sum(seconds):.3g} s, the median step "
        f"{1e3 * statistics.median(seconds):.3g} ms; mean loss of the last "
        f"{counted(len(last), 'step')}: {statistics.fmean(last):.3f}"
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Train, then print new names."""
    options = options_of(arguments)
    rng = random.Random(options.seed)
    weights = draw_weights(rng)
    documents = [document_of(name) for name in options.names]
    rng.shuffle(documents)
    long = sum(len(name) >= BLOCK for name in options.names)
    if long:
        print(f"{long} of the names are too long: of each {BLOCK} letters are learned")
    engine = eager if options.eager else compiled
    losses, seconds = train(weights, documents, options.steps, engine)
    if losses:
        print(summary_of(losses, seconds))
    learned = {
        name: [[float(value) for value in row] for row in rows]
        for name, rows in weights.items()
    }
    for _ in range(options.samples):
        print(sample(learned, options.temperature, rng))


if __name__ == "__main__":
    main()
