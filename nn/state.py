"""A module's numbers as arrays: checked on the way in, saved without pickle.

A `Block` is one array of parameters under one name, a `Buffer` one of numbers that are
none. Every function here works on a list of such and knows nothing of modules, so it
also serves whatever else holds parameters.
"""

import math
import os
import uuid
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from autograd import Parameters, Value

__all__ = [
    "Block",
    "Buffer",
    "StateError",
    "block_of",
    "load_arrays",
    "parts_of",
    "read_state",
    "save_arrays",
    "write_state",
]

Array = NDArray[Any]
MOST_DIMENSIONS = 16  # more than any layer has; a list that holds itself ends here


class StateError(ValueError):
    """A state that is not one of this module; the text lists what differs."""


class Block(NamedTuple):
    """Parameters that one attribute holds, as the array they form.

    Attributes:
        name: dotted, such as "layers.0.weight".
        shape: () for a single parameter, (n,) for a list, (n, m) for a list of lists.
        parameters: all of them, last index fastest, and their numbers as a vector.
    """

    name: str
    shape: tuple[int, ...]
    parameters: Parameters

    @property
    def dtype(self) -> np.dtype[Any]:
        """That of parameters."""
        return np.dtype(np.float64)

    def names(self) -> list[str]:
        """Name each parameter: the block's name and its indices, such as "w.3.1"."""
        return [".".join((self.name, *map(str, i))) for i in np.ndindex(*self.shape)]

    def size(self) -> str:
        """Tell how many parameters there are: "1 parameter", "2 x 3 parameters"."""
        if not self.shape:
            return "1 parameter"
        return f"{' x '.join(map(str, self.shape))} parameters"

    def read(self) -> Array:
        """Copy the numbers."""
        return self.parameters.read().reshape(self.shape)

    def write(self, array: Array) -> None:
        """Put numbers in."""
        self.parameters.write(array.ravel())


class Buffer(NamedTuple):
    """An array of numbers that no gradient moves, such as a running mean.

    Attributes:
        name: dotted, such as "layers.1.running_mean".
        array: where the numbers live; its dtype says whether they are integers.
    """

    name: str
    array: Array

    @property
    def shape(self) -> tuple[int, ...]:
        """The array's."""
        return self.array.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """The array's."""
        return self.array.dtype

    def read(self) -> Array:
        """Copy the numbers."""
        return self.array.copy()

    def write(self, array: Array) -> None:
        """Put numbers in, where they are: whoever holds the array sees them."""
        self.array[...] = array


Entry: TypeAlias = Block | Buffer


def block_of(name: str, item: object) -> Block | None:
    """See a parameter, or equally long lists of them, as a block; else return None."""
    if isinstance(item, Value):
        is_parameter = item.role == "parameter"
        return Block(name, (), Parameters([item])) if is_parameter else None
    parameters: list[Value] = []
    shape = _shape(_elements(item), parameters, depth=0)
    return None if shape is None else Block(name, shape, Parameters(parameters))


def parts_of(item: object) -> list[tuple[object, object]]:
    """List what a container holds, by key or index; nothing if it is no container."""
    if isinstance(item, dict):
        return list(item.items())
    return list(enumerate(_elements(item)))


def _elements(item: object) -> Sequence[object]:
    """The elements of a list, a tuple or an object array; none of anything else."""
    if isinstance(item, list | tuple):
        return item
    if isinstance(item, np.ndarray) and item.dtype == object and item.ndim:
        elements: list[object] = item.tolist()
        return elements
    return ()


def _shape(
    elements: Sequence[object], parameters: list[Value], depth: int
) -> tuple[int, ...] | None:
    """Collect the parameters in nested lists; None where they form no array."""
    first: tuple[int, ...] | None = None
    for element in elements:
        if isinstance(element, Value):
            if element.role != "parameter":
                return None
            parameters.append(element)
            shape: tuple[int, ...] | None = ()
        else:
            inner = _elements(element) if depth < MOST_DIMENSIONS else ()
            shape = _shape(inner, parameters, depth + 1)
        if shape is None or first not in (None, shape):
            return None
        first = shape
    return None if first is None else (len(elements), *first)


def read_state(entries: Iterable[Entry]) -> dict[str, Array]:
    """Copy the numbers: name -> array, float64 for parameters."""
    return {entry.name: entry.read() for entry in entries}


def write_state(entries: Iterable[Entry], state: Mapping[str, object]) -> None:
    """Put a state's numbers into their places: all of them, or none.

    Raises:
        TypeError: if the state is no mapping.
        StateError: if names are missing or unexpected, shapes differ, something is
            not an array of real numbers (of integers, where a buffer counts), or a
            shared parameter gets two numbers.
    """
    if not isinstance(state, Mapping):
        given = type(state).__name__
        raise TypeError(f"a state maps names to arrays, got {given}")
    known = {entry.name: entry for entry in entries}
    missing = [name for name in known if name not in state]
    unexpected = [str(name) for name in state if name not in known]
    problems = _listed("missing", missing) + _listed("unexpected", unexpected)
    arrays: dict[str, Array] = {}
    for name, entry in known.items():
        if name in state:
            arrays[name], problem = _fitting(entry, state[name])
            problems += problem
    problems += [] if problems else _quarrels(known.values(), arrays)
    if problems:
        listed = "\n  ".join(problems)
        raise StateError(f"the state does not fit the module:\n  {listed}")
    for name, entry in known.items():
        entry.write(arrays[name])


def _fitting(entry: Entry, given: object) -> tuple[Array, list[str]]:
    """What was given for an entry as an array; the problem, if it is none that fits."""
    empty = np.empty(0)
    try:
        array = np.asarray(given)
    except ValueError:
        return empty, [f"{entry.name}: expected an array, got a ragged list"]
    kinds, what = _KINDS[entry.dtype.kind]
    if array.dtype.kind not in kinds:
        return empty, [f"{entry.name}: expected {what}, got dtype {array.dtype}"]
    if array.shape != entry.shape:
        message = f"{entry.name}: expected shape {entry.shape}, got {array.shape}"
        return empty, [message]
    return array.astype(entry.dtype), []


_KINDS = {"f": ("fiu", "real numbers"), "i": ("iu", "integers")}
"""Which kinds of dtypes may become a float, and which an integer."""


def _quarrels(entries: Iterable[Entry], arrays: Mapping[str, Array]) -> list[str]:
    """The blocks that share a parameter with one before, and want another number."""
    blocks = [entry for entry in entries if isinstance(entry, Block)]
    leaves = [leaf for block in blocks for leaf in block.parameters.leaves]
    if len({*leaves}) == len(leaves):
        return []
    problems: list[str] = []
    numbers: dict[Value, float] = {}
    for block in blocks:
        name, wanted = block.name, arrays[block.name].ravel().tolist()
        pairs = zip(block.parameters.leaves, wanted, strict=True)
        for leaf, number in pairs:
            before = numbers.setdefault(leaf, number)
            if before != number and not (math.isnan(before) and math.isnan(number)):
                shared = f"{name}: a shared parameter gets {before!r} and {number!r}"
                problems.append(shared)
                break
    return problems


def _listed(what: str, names: list[str]) -> list[str]:
    """Say which names are missing or unexpected, the first few by name."""
    if not names:
        return []
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return [f"{what}: {', '.join(names[:5])}{more}"]


def save_arrays(path: str | os.PathLike[str], state: Mapping[str, Array]) -> None:
    """Write arrays as an npz file that `numpy.load` reads, whole or not at all.

    The file appears under its name only once it is complete. Equal states give equal
    bytes: no time of day is written.

    Raises:
        OSError: if the file can't be written; nothing is left behind.
    """
    target = Path(path).resolve()  # a link stays a link, its target is replaced
    draft = target.with_name(f".{uuid.uuid4().hex}.part")
    try:
        with draft.open("xb") as file:
            with zipfile.ZipFile(file, "w") as archive:
                for name, array in state.items():
                    entry = BytesIO()
                    np.lib.format.write_array(entry, array, allow_pickle=False)
                    member = zipfile.ZipInfo(f"{name}.npy")
                    archive.writestr(member, entry.getvalue())
            file.flush()
            os.fsync(file.fileno())
        draft.replace(target)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error
    finally:
        with suppress(OSError):  # gone already where all went well
            draft.unlink()


def load_arrays(path: str | os.PathLike[str], entries: list[Entry]) -> dict[str, Array]:
    """Read the arrays of an npz file, running nothing that it holds.

    Raises:
        OSError: if the file can't be read.
        StateError: if it is no npz file of plain numbers, or unpacks to far more than
            the entries could take.
    """
    # A header takes about 150 bytes; what is far larger is not worth unpacking.
    limit = 2**20 + sum(1024 + 64 * math.prod(x.shape) for x in entries)
    return load_numbers(path, limit)


def load_numbers(
    path: str | os.PathLike[str], limit: int | None = None
) -> dict[str, Array]:
    """Read the arrays of an npz file, running nothing that it holds.

    Args:
        path: the file.
        limit: how many bytes it may unpack to; None for the size of what
            `save_arrays` wrote, which packs nothing.

    Raises:
        OSError: if the file can't be read.
        StateError: if it is no npz file of plain numbers, or unpacks to more.
    """
    if limit is None:
        limit = Path(path).stat().st_size
    with Path(path).open("rb") as file:
        content = BytesIO(file.read(limit + 1))
    try:
        with zipfile.ZipFile(content) as archive:
            sizes = [member.file_size for member in archive.infolist()]
        if max(sum(sizes), len(content.getbuffer())) > limit:
            raise StateError(f"{path} holds far more numbers than this module")
        with np.load(content, allow_pickle=False) as arrays:
            return {name: arrays[name] for name in arrays.files}
    except StateError:
        raise
    except Exception as error:
        # A damaged or hostile file can break zipfile, zlib and NumPy in many ways.
        raise StateError(f"{path} is no file of saved numbers: {error}") from error
