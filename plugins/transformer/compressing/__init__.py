"""Compressing: a smaller model out of a larger one, taught by it."""
