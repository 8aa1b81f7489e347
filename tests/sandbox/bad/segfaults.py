"""Reads from nowhere."""

import ctypes

from monitor import hookimpl


class Source:
    kind = "segfaults"

    def fetch(self, state, fetcher):
        ctypes.string_at(0)


@hookimpl
def register_sources():
    return [Source]
