"""Detection: whether negative coverage surges.

Enters: counts of stories by scope and window. Leaves: what they amount to over time. Pure.
"""
