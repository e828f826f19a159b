"""Picture: what a notebook shows and what save() writes; and the plot of losses."""

from __future__ import annotations

import base64
import html
import json
import sys
from pathlib import Path

import graphviz
import matplotlib as mpl
import numpy as np
import pytest

import visualize
from autograd import Graph, Value

mpl.use("Agg")


@pytest.fixture
def picture() -> visualize.Picture:
    x = Value(2.0, "x")
    y = (x * 3).tanh()
    y.label = "y"
    y.backward()
    return visualize.draw(y)


def test_draw_takes_values_and_graphs_and_nothing_else() -> None:
    x = Value(2.0)
    assert isinstance(visualize.draw(x), visualize.Picture)
    assert len(visualize.draw(Graph(x + 1, x + 2)).drawing.outputs) == 2
    for function in (visualize.draw, visualize.draw_dot, visualize.tree):
        with pytest.raises(TypeError, match="can draw a Value or a Graph, not float"):
            function(2.0)  # type: ignore[arg-type]


def test_a_notebook_gets_an_image_a_drawing_and_a_tree(
    picture: visualize.Picture,
) -> None:
    bundle = picture._repr_mimebundle_()
    assert list(bundle) == ["text/html", "image/svg+xml", "text/plain"]
    image = bundle["text/html"]
    start = '<img src="data:image/svg+xml;base64,'
    assert image.startswith(start)
    data = image.removeprefix(start).split('"')[0]
    assert base64.b64decode(data).decode() == bundle["image/svg+xml"] == picture.svg
    alt = html.unescape(image.split('alt="')[1].split('"')[0])
    assert alt.startswith("Computation graph of y: 3 nodes, with gradients\n")
    tree = visualize.tree(picture.graph)
    assert alt.split()[-len(tree.split()) :] == tree.split()
    assert f'aria-label="{html.escape(alt)}"' in picture.html
    assert bundle["text/plain"] == visualize.tree(picture.graph) == str(picture)
    assert "0x" not in bundle["text/plain"] + repr(picture)


def test_a_notebook_may_ask_for_some_forms_only(picture: visualize.Picture) -> None:
    assert list(picture._repr_mimebundle_(include=["text/plain"])) == ["text/plain"]
    without = picture._repr_mimebundle_(exclude=["image/svg+xml"])
    assert list(without) == ["text/html", "text/plain"]


def test_save_writes_what_the_suffix_says(
    picture: visualize.Picture, tmp_path: Path
) -> None:
    starts = {
        "svg": b"<svg ",
        "dot": b"digraph {",
        "gv": b"digraph {",
        "txt": b"y = tanh",
        "json": b"{",
        "html": b"<!DOCTYPE html>",
        "SVG": b"<svg ",
    }
    for suffix, start in starts.items():
        path = picture.save(tmp_path / f"graph.{suffix}")
        assert path.read_bytes().startswith(start)
    assert len(list(tmp_path.iterdir())) == len(starts)
    json.loads((tmp_path / "graph.json").read_text(encoding="utf-8"))
    page = (tmp_path / "graph.html").read_text(encoding="utf-8")
    assert picture.svg in page
    assert "http" not in page.replace("http://www.w3.org/2000/svg", "")


def test_an_unknown_suffix_is_an_error_that_lists_the_known(
    picture: visualize.Picture, tmp_path: Path
) -> None:
    for name in ("graph.jpg", "graph"):
        with pytest.raises(ValueError, match=r"known: \.svg \.png \.pdf"):
            picture.save(tmp_path / name)


def test_a_file_that_cannot_be_written_keeps_what_was_there(
    picture: visualize.Picture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(FileNotFoundError):
        picture.save(tmp_path / "nowhere" / "graph.svg")
    folder = tmp_path / "folder.svg"
    folder.mkdir()
    with pytest.raises(IsADirectoryError):
        picture.save(folder)
    path = tmp_path / "graph.svg"
    path.write_text("before", encoding="utf-8")

    def full(self: Path, data: bytes) -> int:
        with self.open("wb") as file:
            file.write(data[:10])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space left"):
        picture.save(path)
    assert path.read_text(encoding="utf-8") == "before"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["folder.svg", "graph.svg"]


def test_writers_of_the_same_file_do_not_share_a_draft(
    picture: visualize.Picture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drafts = []
    write = Path.write_bytes

    def noted(self: Path, data: bytes) -> int:
        drafts.append(self.name)
        return write(self, data)

    monkeypatch.setattr(Path, "write_bytes", noted)
    picture.save(tmp_path / "graph.svg")
    picture.save(tmp_path / "graph.svg")
    assert len(set(drafts)) == 2
    assert [p.name for p in tmp_path.iterdir()] == ["graph.svg"]


def test_a_message_names_the_file_that_was_asked_for(
    picture: visualize.Picture, tmp_path: Path
) -> None:
    path = tmp_path / "nowhere" / "graph.svg"
    with pytest.raises(FileNotFoundError) as caught:
        picture.save(path)
    assert caught.value.filename == str(path)


def test_draw_dot_is_a_real_digraph() -> None:
    x = Value(2.0, "x")
    y = x * x
    y.backward()
    graph = visualize.draw_dot(y, format="png", rankdir="TB")
    assert isinstance(graph, graphviz.Digraph)
    assert graph.format == "png"
    assert "rankdir=TB" in graph.source
    assert "×2" in graph.source
    assert "contribution 2.0" in graph.source
    assert 'BGCOLOR="' in graph.source


def test_pictures_do_without_dot(
    picture: visualize.Picture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    again = visualize.draw(picture.graph)
    assert again.figure.layout.engine != "dot"
    assert again.svg.count('class="node"') == picture.svg.count('class="node"')
    assert again.svg.count('class="edge"') == picture.svg.count('class="edge"')
    assert "digraph" in visualize.draw_dot(picture.graph).source


def test_plot_loss_draws_on_the_axes_it_is_given() -> None:
    from matplotlib.figure import Figure

    before = dict(mpl.rcParams)
    axes = Figure().add_subplot()
    assert visualize.plot_loss([3.0, Value(1.0), 0.1], ax=axes) is axes
    assert np.asarray(axes.lines[0].get_ydata()).tolist() == [3.0, 1.0, 0.1]
    assert axes.get_yscale() == "log"
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("step", "loss")
    assert dict(mpl.rcParams) == before


def test_plot_loss_makes_axes_and_is_linear_where_a_loss_is_not_positive() -> None:
    import matplotlib.pyplot as plt

    axes = visualize.plot_loss([1.0, 0.0])
    assert axes.get_yscale() == "linear"
    plt.close("all")
    with pytest.raises(ValueError, match="no losses"):
        visualize.plot_loss([])


def test_matplotlib_is_imported_only_by_plots() -> None:
    import subprocess

    code = "import sys, visualize; sys.exit('matplotlib' in sys.modules)"
    root = Path(__file__).resolve().parent.parent
    subprocess.run([sys.executable, "-c", code], check=True, cwd=root)
