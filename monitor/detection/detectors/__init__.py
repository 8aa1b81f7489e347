"""Bundled detectors: how rare the present of a series is, each in its own sense.

Enters: a panel of the past, windows that end now. Leaves: a p-value or a score for each series. Pure.
"""
