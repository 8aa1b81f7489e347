"""Ends who asked it."""

import os

from monitor import Fetched, hookimpl


class Source:
    kind = "kills"

    def fetch(self, state, fetcher):
        os.kill(os.getppid(), 9)
        return Fetched([])


@hookimpl
def register_sources():
    return [Source]
