"""Builds the site and checks it: `python -m tools.site FOLDER`."""

import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tools.site.assemble import assemble
from tools.site.links import faults


def main(arguments: list[str]) -> int:
    """Build the site into a folder; 0 if there was no warning and no dead link."""
    target = Path(arguments[0]).resolve()
    with TemporaryDirectory() as name:
        source, built = Path(name) / "source", Path(name) / "site"
        source.mkdir()
        assemble(source)
        command = [sys.executable, "-m", "sphinx", "--builder", "html", "--quiet"]
        command += ["--fail-on-warning", "--conf-dir", str(source / "docs")]
        done = subprocess.run([*command, str(source), str(built)], check=False)
        if done.returncode:
            return done.returncode
        shutil.rmtree(built / ".doctrees")
        shutil.rmtree(target, ignore_errors=True)
        shutil.move(built, target)
    found = list(faults(target))
    print("\n".join(found) or f"{target / 'index.html'}: no warning, no dead link")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
