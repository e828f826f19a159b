"""The command line: `gradtrace demo`, trace, explain, diagnose, step and explore.

The library itself is in the packages `autograd`, `nn` and `visualize`; this one ties
them together for a terminal, and checks the exercises of the course (`exercise.check`).
"""

from autograd import __version__

__all__ = ["__version__"]
