"""How Sphinx makes the site; `make docs` brings the pages together and calls it.

A reader's browser asks no other host for anything: fonts are the system's own, the
search is a script of the site, and formulas are MathML, which needs no script at all.
"""

import re
from typing import Any

from docutils.nodes import SkipNode
from latex2mathml.converter import convert
from sphinx.application import Sphinx

project = "gradtrace"
project_copyright = "the gradtrace authors"
author = "the gradtrace authors"

extensions = [
    "myst_nb",  # Markdown and notebooks
    "sphinx.ext.autodoc",  # the reference, from docstrings
    "sphinx.ext.napoleon",  # ... of Google's style
    "sphinx_copybutton",  # a button that copies a block of code
]
suppress_warnings = ["mystnb.unknown_mime_type"]

html_theme = "furo"
html_title = "gradtrace"
html_static_path = ["site.css", "site.js"]
html_css_files = ["site.css"]
html_js_files = ["site.js"]
html_show_sourcelink = False
html_copy_source = False
html_show_search_summary = False  # it would fetch pages, which a folder does not allow
html_math_renderer = "mathml"
templates_path: list[str] = []

nb_execution_mode = "off"  # notebooks are committed executed
nb_ipywidgets_js: dict[str, Any] = {}
nb_merge_streams = True
myst_enable_extensions = ["dollarmath", "html_image"]
myst_heading_anchors = 3

default_role = "code"
add_module_names = False
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
python_maximum_signature_line_length = 72
napoleon_use_ivar = True  # an attribute is described once, by its class
napoleon_custom_sections = [("Options", "params_style")]
copybutton_exclude = ".linenos, .gp, .go"

IN_CODE = re.compile(r"(`[^`]*`)")
MARKUP = re.compile(r"[*|]|_(?!\w)")


def plain_text(
    app: Sphinx, what: str, name: str, thing: object, options: object, lines: list[str]
) -> None:
    """Let a docstring's x**2 and |x| be what they are, and an indented block code."""
    del app, what, name, thing, options
    kept: list[str] = []
    code = session = False
    for line in lines:
        indented = line.startswith("    ")
        if indented and len(kept) > 1 and not kept[-1] and not kept[-2][:1].isspace():
            kept += [] if kept[-2].endswith("::") else ["::", ""]
            code = True
        code = code and (indented or not line)
        session = bool(line.strip()) and (session or line.lstrip().startswith(">>>"))
        if not code and not session:
            parts = IN_CODE.split(line)
            parts[::2] = [MARKUP.sub(r"\\\g<0>", part) for part in parts[::2]]
            kept.append("".join(parts))
        else:
            kept.append(line)
    lines[:] = kept


def formula(self: Any, node: Any) -> None:
    """Write a formula of the text as MathML."""
    self.body.append(convert(node.astext(), display="inline"))
    raise SkipNode


def display(self: Any, node: Any) -> None:
    """Write a formula on a line of its own as MathML."""
    mathml = convert(node.astext(), display="block")
    self.body.append(f'<div class="math">{mathml}</div>\n')
    raise SkipNode


def setup(app: Sphinx) -> None:
    """Tell Sphinx of both."""
    app.add_html_math_renderer("mathml", (formula, None), (display, None))
    app.connect("autodoc-process-docstring", plain_text, priority=100)
