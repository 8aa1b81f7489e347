"""Data sets: labelled files in, frozen snapshots out.

Enters: files of rows, and the labels that analysts gave. Leaves: examples, and snapshots whose parts
(to train on, to develop with, gold) depend on nothing but the texts. Reads files (all of them through
`tables`); touches neither store nor network. Imports nothing itself: `tables` is part of what every
plugin's process imports.
"""
