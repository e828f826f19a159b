"""One script under several hash seeds: does it print the same bytes?"""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def outputs_over_hash_seeds(
    script: str, *arguments: str, seeds: tuple[str, ...] = ("0", "1", "4242")
) -> set[bytes]:
    """What the script prints, in a fresh interpreter for each PYTHONHASHSEED."""
    return {
        subprocess.run(
            [sys.executable, "-c", script, *arguments],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in seeds
    }
