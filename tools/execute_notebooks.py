"""Executes the notebooks and writes them in the form that is committed.

`python -m tools.execute_notebooks` does so with all of `notebooks/`, `make notebooks`
calls that. `tests/test_notebooks.py` executes them anew and compares.

What is stored
    Outputs, and nothing that changes from run to run or from machine to machine: no
    timestamps, no Python version, no kernel but "python3". The kernel finds no `dot`,
    so pictures get the built-in layout. Only the last digits of a number may differ,
    and what a cell with the tag "varies" shows. Of a cell's metadata its tags stay.

How pictures are stored
    As `text/html`, an `<img>` with the SVG in a `data:` address, and as `text/plain`.
    Their third form, `image/svg+xml`, is dropped. The reasons:

    * GitHub renders notebooks with nbconvert, whose HTML exporter shows `text/html`
      where there is one, before `image/svg+xml` and before `image/png`.
    * A bare `image/svg+xml` is put inline and cleaned as if it were HTML; the styles
      are lost and a picture turns black. Seen on GitHub and nbviewer as late as June
      2025: jupyter/nbviewer#1037; the cause: jupyter/nbconvert#1894, mended by an
      `<img>` with a `data:` address in jupyter/nbconvert#2018.
    * SVG in an `<img>` can run no script, so there is nothing to clean. GitHub was
      reported to show it in base64, in December 2021, after it had ceased to show
      outputs with `data:image/svg+xml;charset=utf8,`; nbviewer showed even those:
      activeviam/atoti-notebooks#425.
    * JupyterLab shows such an `<img>` where it does not trust the notebook, and the
      picture follows the reader's light or dark theme. A PNG would not, and would need
      the cairo library to make.
"""

import os
import re
import sys
from base64 import b64decode
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import nbformat
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbformat import NotebookNode

NOTEBOOKS: Final = Path(__file__).parent.parent / "notebooks"
SECONDS_FOR_A_CELL: Final = 120

IMAGE: Final = re.compile(r'<img src="data:image/svg\+xml;base64,([^"]+)"')
"""How a picture is stored."""

METADATA: Final = {
    "kernelspec": {
        "display_name": "Python 3",
        "language": "python",
        "name": "python3",
    },
    "language_info": {"name": "python"},
}


def notebooks() -> list[Path]:
    """Find all notebooks, in the order of their numbers."""
    return sorted(NOTEBOOKS.glob("*.ipynb"))


def read(path: Path) -> NotebookNode:
    """Read a notebook, and raise nbformat's ValidationError if it is none."""
    notebook: NotebookNode = nbformat.read(path, 4)  # type: ignore[no-untyped-call]
    nbformat.validate(notebook)
    return notebook


def written(notebook: NotebookNode) -> str:
    """Write a notebook as the text of its file."""
    text: str = nbformat.writes(notebook)  # type: ignore[no-untyped-call]
    return f"{text.rstrip()}\n"


def executed(path: Path) -> NotebookNode:
    """Run all cells of a notebook in a fresh kernel, in the notebook's folder.

    Returns:
        The notebook in its committed form. The file is left as it is.

    Raises:
        nbclient.exceptions.CellExecutionError: If a cell raises.
    """
    notebook = read(path)
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        client = NotebookClient(
            notebook,
            km=_kernel(Path(folder)),
            resources={"metadata": {"path": str(path.parent)}},
            timeout=SECONDS_FOR_A_CELL,
            record_timing=False,
            coalesce_streams=True,
            extra_arguments=["--HistoryManager.enabled=False"],
        )
        client.execute(cleanup_kc=True, env=_environment(folder))
    return committed_form(notebook)


def _kernel(folder: Path) -> AsyncKernelManager:
    """A kernel of this very interpreter, whatever kernels the user has registered."""
    return AsyncKernelManager(
        kernel_name="python3",
        kernel_spec_manager=KernelSpecManager(kernel_dirs=[]),
        connection_file=str(folder / "kernel.json"),
        transport="tcp" if sys.platform == "win32" else "ipc",
    )


def _environment(folder: str) -> dict[str, str]:
    """The kernel keeps its files in `folder`, away from home, and finds no `dot`."""
    return os.environ | {
        "PATH": str(Path(sys.executable).parent),
        "IPYTHONDIR": folder,
        "JUPYTER_CONFIG_DIR": folder,
        "JUPYTER_DATA_DIR": folder,
        "JUPYTER_RUNTIME_DIR": folder,
        "MPLCONFIGDIR": folder,
        "TQDM_DISABLE": "1",  # a bar shows only where the machine is slow
    }


def committed_form(notebook: NotebookNode) -> NotebookNode:
    """Keep what a reader sees, see the top of this file."""
    cells = [_committed_cell(cell) for cell in notebook.cells]
    kept = {"cells": cells, "metadata": METADATA, "nbformat": 4, "nbformat_minor": 5}
    result: NotebookNode = nbformat.from_dict(kept)  # type: ignore[no-untyped-call]
    return result


def _committed_cell(cell: NotebookNode) -> dict[str, Any]:
    tags = cell.metadata.get("tags", [])
    kept = {**cell, "metadata": {"tags": tags} if tags else {}}
    if cell.cell_type == "code":
        kept["outputs"] = [_committed_output(output) for output in cell.outputs]
    return kept


def _committed_output(output: NotebookNode) -> dict[str, Any]:
    if "data" not in output:
        return dict(output)
    data = dict(output.data)
    if "text/html" in data:
        data.pop("image/svg+xml", None)
    return {**output, "data": data, "metadata": {}}


def thumbnail(notebook: NotebookNode) -> tuple[str, bytes] | None:
    """The picture in the cell with the tag "thumbnail": its suffix, and its bytes.

    It stands beside the notebook, for the table of the course (`notebooks/README.md`).
    """
    for cell in notebook.cells:
        if "thumbnail" in cell.metadata.get("tags", []):
            for output in cell.outputs:
                data = output.get("data", {})
                if found := IMAGE.search(data.get("text/html", "")):
                    return ".svg", b64decode(found[1])
                if "image/png" in data:
                    return ".png", b64decode(data["image/png"])
    return None


def main() -> None:
    """Execute the notebooks named, or all of them, and replace their files."""
    for path in [*map(Path.resolve, map(Path, sys.argv[1:]))] or notebooks():
        notebook = executed(path)
        text = written(notebook)
        changed = text != path.read_text(encoding="utf-8")
        path.write_text(text, encoding="utf-8")
        if picture := thumbnail(notebook):
            suffix, content = picture
            path.with_suffix(suffix).write_bytes(content)
        name = path.relative_to(NOTEBOOKS.parent)
        print(f"{name}: {'written' if changed else 'unchanged'}")


if __name__ == "__main__":
    main()
