"""How matrix products are called, the batch being the last axis.

For NumPy by `dot` where it can be: for small matrices it is faster than `@`.
"""

from __future__ import annotations

from autograd.program.lower.page import Page
from autograd.program.lower.places import reshape_text
from autograd.program.statements.arrays import Array


def matmul(page: Page, array: Array) -> str:
    """The product of matrices: weights @ inputs, for all examples at once."""
    a, b = array.arrays
    left, right = page.name(a), page.name(b)
    flipped = array.options["transpose"]
    if not b.batched:
        out = page.out(array)
        if not a.batched:
            right = _turned(b, right) if flipped else right
            return f"np.matmul({left}, {right}{out})" if out else f"{left} @ {right}"
        if len(b.shape) > 1:
            right = right if flipped else _turned(b, right)
        if len(b.shape) > 2 and len(a.shape) > 1:
            right += "[..., None, :, :]"
        if a.shape[-1] == 1 and len(b.shape) > 1:  # one term is no sum
            return f"np.multiply({right}, {left}{out})" if out else f"{right} * {left}"
        return f"np.matmul({right}, {left}{out})" if out else f"{right} @ {left}"
    if not a.batched and len(b.shape) == 1:
        return f"{left} @ {right}"
    if not a.batched and flipped and len(a.shape) == len(b.shape) == 2:
        return f"({left} @ {right}).transpose(1, 0, 2)"
    return _each(page, array, a, b)


def _turned(array: Array, name: str) -> str:
    return f"{name}.T" if len(array.shape) == 2 else f"{name}.swapaxes(-1, -2)"


def _each(page: Page, array: Array, a: Array, b: Array) -> str:
    """A product for each example."""
    ends = "jk" if array.options["transpose"] else "kj"
    letters = []
    for x, plain, full in ((a, "k", "ik"), (b, "k", ends)):
        lead = "..." if len(x.shape) > 2 else ""
        letters.append(lead + (plain if len(x.shape) == 1 else full) + "b" * x.batched)
    lead = "..." if len(array.shape) > len({"i", "j"} & set("".join(letters))) else ""
    kept = "".join(x for x in "ij" if x in "".join(letters))
    spec = f"{','.join(letters)}->{lead}{kept}b"
    if page.xp == "np":
        page.imports.add("einsum")
    xp = "jnp." if page.xp == "jnp" else ""
    return f'{xp}einsum("{spec}", {page.name(a)}, {page.name(b)})'


def weighted(page: Page, array: Array) -> str:
    """Weights times all columns of all examples: one product."""
    w, a = array.arrays
    left, right, out = page.name(w), columns(page, a), page.out(array)
    if len(a.shape) + a.batched < 3:
        return f"{page.xp}.dot({left}, {right}{out})"
    if page.xp == "jnp":  # which may have the examples on many devices
        return f"jnp.tensordot({left}, {page.name(a)}, 1)"
    if out:
        out += ".reshape(-1)" if len(w.shape) == 1 else f".reshape({w.shape[0]}, -1)"
    shaped = reshape_text(array.shape, array.batched)
    return f"np.dot({left}, {right}{out}){shaped}"


def columns(page: Page, array: Array) -> str:
    """The array as a matrix: its first axis by all others, and the examples."""
    if len(array.shape) + array.batched < 3:
        return page.name(array)
    return f"{page.name(array)}.reshape({array.shape[0]}, -1)"


def outer(page: Page, array: Array) -> str:
    """The sum of a[i] b[j] over the examples and all other axes."""
    a, b = array.arrays
    left, right, rank = page.name(a), page.name(b), len(a.shape)
    if rank == 1 and not a.batched:
        return f"{left}[:, None] * {right}"
    if page.xp == "jnp" and rank > 1:
        letters = "stuvwxyz"[: rank - 1] + "b" * a.batched
        return f'jnp.einsum("i{letters},j{letters}->ij", {left}, {right})'
    out = page.out(array)
    return f"{page.xp}.dot({columns(page, a)}, {columns(page, b)}.T{out})"
