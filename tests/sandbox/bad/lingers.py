"""Leaves a thread behind."""

import threading

from monitor import Fetched, Item, hookimpl


class Source:
    kind = "lingers"

    def fetch(self, state, fetcher):
        threading.Thread(target=threading.Event().wait, daemon=False).start()
        return Fetched([Item(title="still here", guid="1")])


@hookimpl
def register_sources():
    return [Source]
