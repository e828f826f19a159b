"""How a JAX program multiplies matrices."""

from __future__ import annotations

from autograd.program.arrays import Array
from autograd.program.emit.jax_page import JaxPage


def _operands(array: Array) -> tuple[Array, Array]:
    a, b = array.operands
    assert isinstance(a, Array)  # noqa: S101
    assert isinstance(b, Array)  # noqa: S101
    return a, b


def matmul(page: JaxPage, array: Array) -> str:
    """The product of matrices; vectors and missing axes get axes of length 1."""
    a, b = _operands(array)
    right = page.name(b)
    if array.options["transpose"]:
        plain = len(b.shape) == 2 and not page.varies(b)
        right = f"{right}.T" if plain else f"jnp.matrix_transpose({right})"
    strong = array.options["strong"]
    if not strong and len(b.shape) <= 2 and not page.varies(b):
        return f"{page.name(a)} @ {right}"
    axes = max(len(a.shape), len(b.shape), 2)
    left = _with_axes(page, page.name(a), a, axes, column=False)
    right = _with_axes(page, right, b, axes, column=True)
    if strong:
        product = _strong(f"{left}[..., None]", f"{right}[..., None, :, :]")
    else:
        product = f"({left} @ {right})"
    if len(b.shape) == 1:
        product += "[..., 0]"
    if len(a.shape) == 1:
        product += "[..., 0]" if len(b.shape) == 1 else "[..., 0, :]"
    return product if product.startswith("jnp.") or "[" in product else product[1:-1]


def _with_axes(page: JaxPage, text: str, a: Array, axes: int, *, column: bool) -> str:
    """The array with a second axis for a vector, and axes after that of the batch."""
    vector = len(a.shape) == 1
    missing = axes - len(a.shape) - vector if page.varies(a) else 0
    index = [":"] * page.varies(a) + ["None"] * missing
    if vector:
        index += ["...", "None"] if column else ["None", ":"]
    return f"{text}[{', '.join(index)}]" if "None" in index else text


def _strong(left: str, right: str, axes: str = "-2") -> str:
    """The sum of the products over some axes, where 0 makes 0 even of an infinity."""
    zero = f"({left} == 0.0) | ({right} == 0.0)"
    return f"jnp.sum(jnp.where({zero}, 0.0, {left} * {right}), axis={axes})"


def outer(page: JaxPage, array: Array) -> str:
    """The sum of a[i] b[j] over all other axes."""
    a, b = _operands(array)
    letters = "stuvwxyz"[: len(a.shape) - 1]
    left, right = (f"{'e' * page.varies(x)}{letters}" for x in (a, b))
    if not array.options["strong"]:
        names = f"{page.name(a)}, {page.name(b)}"
        return f'jnp.einsum("{left}i,{right}j->ij", {names})'
    axes = ", ".join(map(str, range(len(max(left, right, key=len)))))
    first, second = f"{page.name(a)}[..., :, None]", f"{page.name(b)}[..., None, :]"
    return _strong(first, second, f"({axes}{',' * bool(axes)})")
