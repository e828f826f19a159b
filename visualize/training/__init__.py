"""Pictures of a training: plots with matplotlib, and a flipbook of its steps.

Readings and surfaces are the numbers behind both. matplotlib is imported when a plot
is made; no plot calls `show()` or changes its settings.
"""
