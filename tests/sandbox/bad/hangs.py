"""Waits for what never comes."""

import threading

from monitor import Fetched, hookimpl


class Source:
    kind = "hangs"

    def fetch(self, state, fetcher):
        threading.Event().wait()
        return Fetched([])


@hookimpl
def register_sources():
    return [Source]
