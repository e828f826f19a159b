"""Rows of the table as straight-line Python: what makes eager code fast."""
