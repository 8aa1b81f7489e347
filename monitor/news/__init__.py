"""News: what a source wrote becomes articles, and articles become stories.

Enters: items, as sources and files deliver them. Leaves: articles with their keys, signatures and the
companies they name, and what each one is to those that are stored. `fetching` calls sources and
`recognition` reads the store; all else is pure.
"""
