"""JAX itself, and the settings under which a program is traced by it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

try:
    import jax
    import jax.numpy as jnp
except ImportError:
    message = 'backend="jax" and to_jax() need JAX: pip install "gradtrace[jax]"'
    raise ImportError(message) from None

__all__ = ["jax", "jnp", "ordinary"]


@contextmanager
def ordinary() -> Iterator[None]:
    """JAX's default rules of promotion: the user may have asked for stricter ones.

    What is emitted broadcasts, and multiplies by plain numbers, as NumPy's users do.
    """
    with jax.numpy_rank_promotion("allow"), jax.numpy_dtype_promotion("standard"):
        yield
