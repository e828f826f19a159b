"""The site: brings pages, notebooks and docstrings together, and has Sphinx make it.

`python -m tools.site FOLDER` does all of it; `make docs` calls that. The sources keep
the places that they have in the repository, so that a link which works on GitHub works
here.
"""
