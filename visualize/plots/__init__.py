"""Plots by matplotlib, which is imported when a plot is made.

Every plot takes `ax=None` and returns the Axes; none calls `show()` or changes
matplotlib's settings.
"""
