"""The fonts that pictures are measured in, where they are installed."""

import shutil
import subprocess

FONTS = ("DejaVu Sans", "Inter", "Liberation Sans")


def installed(font: str) -> bool:
    """Whether the system has a font of this name."""
    if shutil.which("fc-list") is None:
        return False
    done = subprocess.run(["fc-list", font], capture_output=True, check=True)
    return bool(done.stdout)
