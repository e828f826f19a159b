"""LayerNorm, RMSNorm and BatchNorm equal PyTorch's: values, gradients, statistics."""

from typing import Any

import numpy as np
import pytest

import nn
from autograd import Program, Value, tanh
from nn.arrays import mapped
from tests.nets import flat, moved
from tests.parity import needed

torch = needed("torch")

from tests.parity.carrying import assert_agree, carried, tensors  # noqa: E402

SHAPES = [(4,), (3, 4), (2, 3, 4)]


def leaves(nested: Any) -> Any:
    """Nested lists of Values."""
    return [*map(leaves, nested)] if isinstance(nested, list) else Value(nested)


def slopes(nested: Any) -> Any:
    return [*map(slopes, nested)] if isinstance(nested, list) else nested.grad


def compared(module: Any, other: Any, numbers: Any) -> None:
    """Both on the same numbers: values, and gradients in weights and inputs."""
    inputs, theirs = leaves(numbers), tensors(numbers)
    its = other(theirs)
    assert_agree(module, module(inputs), other, (its,))
    np.testing.assert_allclose(slopes(inputs), theirs.grad, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("eps", [None, 1e-2, 0.0])
@pytest.mark.parametrize("kind", ["LayerNorm", "RMSNorm"])
def test_rows(kind: str, eps: float | None, shape: tuple[int, ...]) -> None:
    options: Any = {} if eps is None else {"eps": eps}
    module = moved(getattr(nn, kind)(4, **options))
    other = carried(module, getattr(torch.nn, kind)(4, **options))
    draw = np.random.default_rng(3)
    compared(module, other, draw.normal(2.0, 3.0, shape).tolist())


@pytest.mark.parametrize("shape", [(5, 3), (2, 3), (4, 3, 2, 2), (1, 3, 2, 2)])
@pytest.mark.parametrize("options", [{}, {"eps": 0.1, "momentum": 0.5}])
def test_batches(shape: tuple[int, ...], options: Any) -> None:
    module = moved(nn.BatchNorm(3, **options))
    kind = "BatchNorm1d" if len(shape) == 2 else "BatchNorm2d"
    other = carried(module, getattr(torch.nn, kind)(3, **options))
    draw = np.random.default_rng(4)
    for _ in range(3):
        compared(module, other, draw.normal(2.0, 3.0, shape).tolist())
        for name, buffer in other.state_dict().items():
            got = module.state_dict()[name]
            np.testing.assert_allclose(got, buffer, rtol=1e-10, err_msg=name)
    module.eval()
    other.eval()
    numbers = draw.normal(2.0, 3.0, shape).tolist()
    compared(module, other, numbers)
    single = leaves(numbers[0])
    assert_agree(module, module(single), other, (other(tensors(numbers[:1])),))


@pytest.mark.parametrize("shape", [(5, 3), (4, 3, 2, 2)])
def test_programs_of_one_example_on_batches(shape: tuple[int, ...]) -> None:
    module = moved(nn.BatchNorm(3))
    kind = "BatchNorm1d" if len(shape) == 2 else "BatchNorm2d"
    other = carried(module, getattr(torch.nn, kind)(3))
    draw = np.random.default_rng(4)

    def loss(x: Any) -> Any:
        return sum(flat(mapped(tanh, module(x))))

    for _ in range(3):
        batch = draw.normal(2.0, 3.0, shape)
        program = Program(loss, batch[0], parameters=module.parameters())
        value, (slopes, (in_x,)) = program.value_and_grad(batch, wrt="both")
        theirs = torch.tensor(batch, requires_grad=True)
        other.zero_grad()
        its = torch.tanh(other(theirs)).sum() / len(batch)
        its.backward()
        assert value == pytest.approx(its.item(), rel=1e-11)
        wanted = np.concatenate([other.weight.grad, other.bias.grad])
        np.testing.assert_allclose(slopes, wanted, rtol=1e-10, atol=1e-13)
        np.testing.assert_allclose(in_x, theirs.grad, rtol=1e-10, atol=1e-13)
        for name, buffer in other.state_dict().items():
            got = module.state_dict()[name]
            np.testing.assert_allclose(got, buffer, rtol=1e-10, err_msg=name)


def test_names_and_shapes_of_the_state() -> None:
    for ours, theirs in [
        (nn.LayerNorm(3), torch.nn.LayerNorm(3)),
        (nn.RMSNorm(3), torch.nn.RMSNorm(3)),
        (nn.BatchNorm(3), torch.nn.BatchNorm2d(3)),
    ]:
        wanted = {name: tuple(x.shape) for name, x in theirs.state_dict().items()}
        assert {name: x.shape for name, x in ours.state_dict().items()} == wanted
