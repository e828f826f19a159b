"""Pictures of recorded computations: every value, gradient and local derivative.

`draw(value)` gives a Picture that a notebook shows and that `save("graph.svg")`
writes; `tree(value)` is the same as text, `draw_dot(value)` as a graph for Graphviz.
"""

from __future__ import annotations

from autograd import __version__
from visualize.comparing.comparison import Comparison, compare
from visualize.comparing.perturb import finite_differences, snapshot
from visualize.drawing import draw, draw_dot, tree
from visualize.layout.engines import LayoutError
from visualize.picture import Picture
from visualize.sparsity.spy import Sparsity, spy
from visualize.stepping.stepper import Explorer, Stepper, explore, step
from visualize.style import Palette, Style
from visualize.training.boundary import plot_boundary
from visualize.training.curves import plot_function, plot_loss
from visualize.training.flipbook import Animation, animate
from visualize.training.flow import plot_gradient_flow, plot_update_ratio
from visualize.training.histograms import plot_histograms
from visualize.training.landscape import plot_landscape
from visualize.training.recorder import Recorder

__all__ = [
    "Animation",
    "Comparison",
    "Explorer",
    "LayoutError",
    "Palette",
    "Picture",
    "Recorder",
    "Sparsity",
    "Stepper",
    "Style",
    "__version__",
    "animate",
    "compare",
    "draw",
    "draw_dot",
    "explore",
    "finite_differences",
    "plot_boundary",
    "plot_function",
    "plot_gradient_flow",
    "plot_histograms",
    "plot_landscape",
    "plot_loss",
    "plot_update_ratio",
    "snapshot",
    "spy",
    "step",
    "tree",
]
