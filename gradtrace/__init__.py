"""The command line of gradtrace: `gradtrace demo` and `gradtrace trace`.

The library itself is in the packages `autograd`, `nn` and `visualize`; this one
only ties them together for a terminal.
"""

from autograd import __version__

__all__ = ["__version__"]
