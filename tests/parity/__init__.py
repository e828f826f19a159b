"""Comparisons with PyTorch: values and gradients, steps and schedules."""
