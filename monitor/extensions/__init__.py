"""Plugins: found where they lie, built from their tables, named where they do not work.

Enters: modules of `plugins/`, files of `plugins_dir`, entry points, and the tables of config.toml. Leaves:
instances, what stands in for those that cannot be built, and sentences about either. Nothing here calls
a plugin over the network or writes to the store.
"""
