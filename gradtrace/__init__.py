"""The command line of gradtrace: `gradtrace demo` and `gradtrace trace`.

The library itself is in the packages `autograd`, `nn` and `visualize`; this one
only ties them together for a terminal.
"""

from importlib.metadata import version

__all__ = ["__version__"]

__version__ = version("gradtrace")
