"""Acquisition: which articles analysts are asked about, and in which order.

Enters: the open tasks with what the model says of them, and a query strategy. Leaves: the order in
which they are served. `ordering` reads and writes the store's tasks.
"""
