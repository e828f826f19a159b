"""A module's numbers as arrays and files: whole or not at all, and nothing run."""

import copy
import io
import os
import pickle
import stat
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nn
from autograd import parameter


class Box(nn.Module):
    """A module that holds whatever it is given."""

    def __init__(self, **held: Any) -> None:
        for name, item in held.items():
            setattr(self, name, item)


def small() -> nn.MLP:
    return nn.MLP(2, [2, 1], rng=3)


def numbers(module: nn.Module) -> list[float]:
    return [p.data for p in module.parameters()]


def test_state_has_one_array_for_each_attribute() -> None:
    model = small()
    state = model.state_dict()
    assert {name: array.shape for name, array in state.items()} == {
        "layers.0.weight": (2, 2),
        "layers.0.bias": (2,),
        "layers.1.weight": (1, 2),
        "layers.1.bias": (1,),
    }
    assert all(array.dtype == np.float64 for array in state.values())
    state["layers.0.weight"][:] = 99.0
    assert 99.0 not in numbers(model)  # it is a copy


def test_lists_of_lists_become_matrices_and_ragged_ones_do_not() -> None:
    def row(n: int) -> Any:
        return [parameter(float(i)) for i in range(n)]

    box = Box(matrix=[row(3), row(3)], ragged=[row(1), row(2)], empty=[])
    assert {name: array.shape for name, array in box.state_dict().items()} == {
        "matrix": (2, 3),
        "ragged.0": (1,),
        "ragged.1": (2,),
    }


def test_load_puts_back_what_state_dict_gave() -> None:
    model, other = small(), nn.MLP(2, [2, 1], rng=4)
    assert numbers(other) != numbers(model)
    other.load_state_dict(model.state_dict())
    assert numbers(other) == numbers(model)


def test_a_state_may_be_lists_ints_and_float32() -> None:
    box = Box(ws=[parameter(0.0), parameter(0.0)], b=parameter(0.0), c=parameter(0.0))
    box.load_state_dict({"ws": [1, 2], "b": np.float32(0.5), "c": 3})
    assert numbers(box) == [1.0, 2.0, 0.5, 3.0]


def test_what_does_not_fit_is_listed_and_nothing_changes() -> None:
    model = small()
    before = numbers(model)
    state: dict[str, Any] = model.state_dict()
    del state["layers.0.bias"]
    state["layers.9.bias"] = np.zeros(())
    state["layers.0.weight"] = np.zeros(5)
    state["layers.1.weight"] = np.array([[9.0, 9.0]])
    with pytest.raises(nn.StateError) as caught:
        model.load_state_dict(state)
    text = str(caught.value)
    assert "missing: layers.0.bias" in text
    assert "unexpected: layers.9.bias" in text
    assert "layers.0.weight: expected shape (2, 2), got (5,)" in text
    assert numbers(model) == before


def test_long_lists_of_missing_names_are_cut() -> None:
    with pytest.raises(nn.StateError, match="and 95 more"):
        Box(table={f"k{i}": parameter(0.0) for i in range(100)}).load_state_dict({})


@pytest.mark.parametrize(
    "wrong",
    [
        np.array(["a", "b"]),
        np.array([None, None]),
        np.array([1j, 2j]),
        np.array([True, False]),
        [[1.0], [1.0, 2.0]],
        None,
        b"ab",
    ],
)
def test_what_is_no_array_of_real_numbers_is_refused(wrong: Any) -> None:
    box = Box(ws=[parameter(1.0), parameter(2.0)])
    with pytest.raises(nn.StateError, match="ws: expected"):
        box.load_state_dict({"ws": wrong})
    assert numbers(box) == [1.0, 2.0]


def test_a_state_that_is_no_mapping_is_a_type_error() -> None:
    with pytest.raises(TypeError, match="got list"):
        small().load_state_dict([1.0])  # type: ignore[arg-type]


def test_shared_parameters_are_stored_once() -> None:
    tied = [parameter(1.0), parameter(2.0)]
    box = Box(embedding=tied, head=tied)
    assert list(box.state_dict()) == ["embedding"]
    box.load_state_dict({"embedding": [5.0, 6.0]})
    assert numbers(box) == [5.0, 6.0]


def test_a_shared_parameter_cannot_get_two_numbers() -> None:
    tied = parameter(1.0)
    box = Box(pair=[tied, tied])
    with pytest.raises(nn.StateError, match=r"shared parameter gets 1\.0 and 2\.0"):
        box.load_state_dict({"pair": [1.0, 2.0]})
    box.load_state_dict({"pair": [3.0, 3.0]})
    assert tied.data == 3.0
    with pytest.raises(nn.StateError, match=r"shared parameter gets nan and 2\.0"):
        box.load_state_dict({"pair": [np.nan, 2.0]})
    assert tied.data == 3.0
    box.load_state_dict({"pair": [np.nan, np.nan]})
    assert np.isnan(tied.data)


# --- buffers ------------------------------------------------------------------


class Meter(nn.Module):
    """A weight, and state that no gradient moves."""

    buffers = ("mean", "count")

    def __init__(self) -> None:
        self.mean = np.zeros(3)
        self.count = np.array(0)
        self.scratch = np.ones(2)  # not listed, so not stored
        self.weight = parameter(1.0)


class Two(nn.Module):
    def __init__(self) -> None:
        self.inner = Meter()
        self.same = self.inner


def test_buffers_are_stored_with_the_parameters(tmp_path: Path) -> None:
    model = Two()
    state = model.state_dict()
    assert list(state) == ["inner.weight", "inner.mean", "inner.count"]
    assert state["inner.count"].dtype == np.int64
    state["inner.mean"][:] = 99.0
    assert model.inner.mean.tolist() == [0.0, 0.0, 0.0]  # it is a copy
    kept = model.inner.mean
    model.inner.mean[:], model.inner.count[...] = [1.0, np.nan, 3.0], 2**60 + 1
    model.save(tmp_path / "state.npz")
    other = Two()
    held = other.inner.mean
    other.load(tmp_path / "state.npz")
    np.testing.assert_array_equal(other.inner.mean, [1.0, np.nan, 3.0])
    assert int(other.inner.count) == 2**60 + 1
    assert other.inner.mean is held
    assert model.inner.mean is kept
    assert [name for name, _ in model.named_parameters()] == ["inner.weight"]


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"count": 1.0}, "count: expected integers, got dtype float64"),
        ({"count": np.array([1])}, r"count: expected shape \(\), got \(1,\)"),
        ({"mean": np.zeros(2)}, r"mean: expected shape \(3,\), got \(2,\)"),
        ({"mean": ["a", "b", "c"]}, "mean: expected real numbers"),
        ({"mean": None}, "missing: mean"),
        ({"weight": np.zeros(2)}, "weight: expected shape"),
        ({"other": 1.0}, "unexpected: other"),
    ],
)
def test_a_state_with_a_buffer_that_does_not_fit_changes_nothing(
    change: dict[str, Any], text: str
) -> None:
    meter = Meter()
    state: dict[str, Any] = {"weight": 5.0, "mean": [1, 2, 3], "count": 7} | change
    state = {name: array for name, array in state.items() if array is not None}
    with pytest.raises(nn.StateError, match=text):
        meter.load_state_dict(state)
    assert meter.weight.data == 1.0
    assert meter.mean.tolist() == [0.0, 0.0, 0.0]
    assert int(meter.count) == 0
    meter.load_state_dict({"weight": 5.0, "mean": [1, 2, 3], "count": np.uint8(7)})
    assert (meter.weight.data, int(meter.count)) == (5.0, 7)
    assert meter.mean.dtype == np.float64


def test_a_module_with_large_buffers_loads_its_own_file(tmp_path: Path) -> None:
    meter = Meter()
    meter.mean = np.arange(300_000.0)
    meter.save(tmp_path / "state.npz")
    other = Meter()
    with pytest.raises(nn.StateError, match=r"state\.npz"):
        other.load(tmp_path / "state.npz")
    other.mean = np.zeros(300_000)
    other.load(tmp_path / "state.npz")
    assert other.mean[-1] == 299_999.0


def test_copies_and_pickles_have_buffers_of_their_own() -> None:
    model = Two()
    model.inner.mean[:] = 4.0
    for other in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert other.inner.mean.tolist() == [4.0, 4.0, 4.0]
        other.inner.mean[:] = 5.0
        assert model.inner.mean.tolist() == [4.0, 4.0, 4.0]
        assert list(other.state_dict()) == list(model.state_dict())


def test_a_buffer_that_is_no_array_is_named() -> None:
    model = Two()
    model.inner.mean = [0.0]  # type: ignore[assignment]
    with pytest.raises(TypeError, match=r"inner\.mean is a buffer.*got list"):
        model.state_dict()


# --- files --------------------------------------------------------------------


@given(st.lists(st.floats(), min_size=1, max_size=8))
def test_a_saved_state_comes_back_bit_for_bit(
    tmp_path_factory: pytest.TempPathFactory, data: list[float]
) -> None:
    path = tmp_path_factory.mktemp("state") / "state.npz"
    box = Box(ws=[parameter(number) for number in data])
    expected = np.array(data).tobytes()
    box.save(path)
    for p in box.parameters():
        p.data = 0.125
    box.load(path)
    assert np.array(numbers(box)).tobytes() == expected


def test_the_file_is_a_plain_npz_and_always_the_same(tmp_path: Path) -> None:
    model = small()
    model.save(tmp_path / "a.npz")
    model.save(str(tmp_path / "b"))  # any name, and no ending is added
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b").read_bytes()
    with np.load(tmp_path / "a.npz", allow_pickle=False) as arrays:
        assert list(arrays.files) == list(model.state_dict())
    assert sorted(os.listdir(tmp_path)) == ["a.npz", "b"]


def test_names_that_numpy_savez_would_trip_over(tmp_path: Path) -> None:
    box = Box(file=parameter(1.0), allow_pickle=parameter(2.0), args=parameter(3.0))
    box.save(tmp_path / "x")
    for p in box.parameters():
        p.data = 0.0
    box.load(tmp_path / "x")
    assert numbers(box) == [1.0, 2.0, 3.0]


def test_saving_keeps_a_link_and_ordinary_permissions(tmp_path: Path) -> None:
    real, link = tmp_path / "real.npz", tmp_path / "link.npz"
    real.write_bytes(b"old")
    link.symlink_to(real)
    small().save(link)
    assert link.is_symlink()
    small().load(real)
    probe = tmp_path / "probe"
    probe.touch()
    assert stat.S_IMODE(real.stat().st_mode) == stat.S_IMODE(probe.stat().st_mode)


@pytest.mark.parametrize("place", ["absent/state.npz", "file/state.npz", "folder"])
def test_a_file_that_cannot_be_written_is_named_and_nothing_is_left(
    tmp_path: Path, place: str
) -> None:
    (tmp_path / "file").write_text("kept")
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError, match=place):
        small().save(tmp_path / place)
    assert sorted(os.listdir(tmp_path)) == ["file", "folder"]
    assert (tmp_path / "file").read_text() == "kept"


def test_an_interrupted_save_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "state.npz"
    small().save(path)
    before = path.read_bytes()

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(zipfile.ZipFile, "writestr", interrupted)
    with pytest.raises(KeyboardInterrupt):
        nn.MLP(2, [2, 1], rng=9).save(path)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["state.npz"]


def test_a_file_that_is_not_there_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="absent"):
        small().load(tmp_path / "absent.npz")


class Bomb:
    """What runs code when it is unpickled."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (pytest.fail, ("code in the file was run",))


def npz(**arrays: Any) -> bytes:
    stream = io.BytesIO()
    np.savez_compressed(stream, **arrays)
    return stream.getvalue()


def npy(array: Any) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


def header_of(shape: str) -> bytes:
    """Write an npz whose array claims a shape that it does not have."""
    text = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}}}\n"
    entry = b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode()
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("layers.0.weight.npy", entry)
    return stream.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not a zip",
        b"PK\x03\x04" + bytes(40),
        npy(np.zeros(3)),
        npz(),
        npz(bomb=np.array([Bomb()], dtype=object)),
        npz(**{"layers.0.weight": np.zeros(3)}),
        npz(zeros=np.zeros(4_000_000)),
        header_of("(1000000000000,)"),
        header_of("(-1,)"),
        header_of("(2, 2)"),
        header_of("(("),
        header_of("__import__('os').getcwd()"),
    ],
    ids=range(13),
)
def test_a_file_that_is_no_state_of_this_module_is_refused(
    tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "state.npz"
    path.write_bytes(content)
    model = small()
    before = numbers(model)
    with pytest.raises(nn.StateError):
        model.load(path)
    assert numbers(model) == before


@pytest.mark.parametrize("keep", [0.1, 0.5, 0.9, 0.99])
def test_a_truncated_file_is_refused(tmp_path: Path, keep: float) -> None:
    path = tmp_path / "state.npz"
    model = small()
    model.save(path)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * keep)])
    with pytest.raises(nn.StateError, match=r"state\.npz"):
        model.load(path)


def test_a_much_larger_file_is_refused(tmp_path: Path) -> None:
    nn.Neuron(300_000, rng=0).save(tmp_path / "large.npz")
    with pytest.raises(nn.StateError, match=r"large\.npz"):
        small().load(tmp_path / "large.npz")


@settings(max_examples=300)
@given(position=st.integers(0, 2000), byte=st.integers(0, 255))
def test_a_damaged_file_loads_or_is_refused(
    tmp_path_factory: pytest.TempPathFactory, position: int, byte: int
) -> None:
    path = tmp_path_factory.mktemp("state") / "state.npz"
    model = small()
    model.save(path)
    content = bytearray(path.read_bytes())
    content[position % len(content)] = byte
    path.write_bytes(content)
    before = numbers(model)
    try:
        model.load(path)
    except nn.StateError:
        assert numbers(model) == before
