"""Data sets: labelled files in, frozen snapshots out.

Enters: files of rows, and the labels that analysts gave. Leaves: examples, and snapshots whose parts
(to train on, to develop with, gold) depend on nothing but the texts. Reads files; touches neither
store nor network.
"""
