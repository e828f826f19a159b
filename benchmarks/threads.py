"""One thread for everyone: NumPy's matrix products would take all cores."""

from __future__ import annotations

import os
import sys

VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def use_one_thread() -> None:
    """Start this process anew unless its libraries were told to use one thread.

    They read these variables when they are loaded, so that it is too late to set them
    once NumPy is imported.
    """
    wanted = os.environ | dict.fromkeys(VARIABLES, "1")
    if wanted != os.environ:
        sys.stdout.flush()
        os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], wanted)
