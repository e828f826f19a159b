"""A state: numbers as arrays by name, checked on the way in, saved without pickle.

Nothing here knows of modules, so it also serves whatever else has a state.
"""

import os
import uuid
import zipfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nn.checks import few, wrong_type

State = dict[str, NDArray[Any]]


class StateError(ValueError):
    """A state that is not one of this module; the text lists what differs."""


def fitting(owner: str, own: State, state: Mapping[str, object]) -> State:
    """A state's arrays, of the shapes and dtypes of the own ones, to replace them.

    It is a StateError if names are missing or unexpected, shapes differ, or something
    is not an array of real numbers (of integers, where it counts).
    """
    if not isinstance(state, Mapping):
        raise wrong_type("a state maps names to arrays", state)
    missing = [name for name in own if name not in state]
    unexpected = [str(name) for name in state if name not in own]
    problems = [f"missing: {few(missing)}"] if missing else []
    problems += [f"unexpected: {few(unexpected)}"] if unexpected else []
    arrays: State = {}
    for name in [name for name in own if name in state]:
        try:
            arrays[name] = _like(own[name], state[name])
        except ValueError as error:
            problems.append(f"{name}: expected {error}")
    if problems:
        refuse(owner, problems)
    return arrays


def refuse(owner: str, problems: Iterable[str]) -> None:
    """Raise a StateError that lists what differs."""
    listed = "\n  ".join(problems)
    raise StateError(f"the state does not fit the {owner}:\n  {listed}")


_KINDS = {"f": ("fiu", "real numbers"), "i": ("iu", "integers"), "b": ("biu", "flags")}
"""Which kinds of dtypes may become a float, an integer, a boolean."""


def _like(own: NDArray[Any], given: object) -> NDArray[Any]:
    """What was given, as an array like the own one; else what was expected instead."""
    kinds, what = _KINDS[own.dtype.kind]
    try:
        array = np.asarray(given)
    except ValueError:
        raise ValueError("an array, got a ragged list") from None
    if array.dtype.kind not in kinds:
        raise ValueError(f"{what}, got dtype {array.dtype}")
    if array.shape != own.shape:
        raise ValueError(f"shape {own.shape}, got {array.shape}")
    return array.astype(own.dtype)


def save_arrays(path: str | os.PathLike[str], state: State) -> None:
    """Write arrays as an npz file that `numpy.load` reads, whole or not at all.

    The file appears under its name only once it is complete, and nothing is left behind
    by an OSError. Equal states give equal bytes: no time of day is written.
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


def load_arrays(path: str | os.PathLike[str], own: State | None = None) -> State:
    """Read the arrays of an npz file, running nothing that it holds.

    A file that unpacks to far more than what it shall replace, the `own`, is a
    StateError before it is unpacked, and so is what is no npz file of plain numbers.
    """
    if own is None:  # `save_arrays` packs nothing
        limit = Path(path).stat().st_size
    else:  # a header takes about 150 bytes
        limit = 2**20 + sum(1024 + 64 * array.size for array in own.values())
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
