"""Becomes two."""

import os

from monitor import Fetched, hookimpl


class Source:
    kind = "forks"

    def fetch(self, state, fetcher):
        if os.fork() == 0:
            while True:
                pass
        return Fetched([])


@hookimpl
def register_sources():
    return [Source]
