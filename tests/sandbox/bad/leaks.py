"""Keeps a gigabyte, a part at every poll."""

from monitor import Fetched, Item, hookimpl

KEPT = []


class Source:
    kind = "leaks"

    def fetch(self, state, fetcher):
        KEPT.append(bytearray(150_000_000))
        return Fetched([Item(title="lighter now", guid="1")])


@hookimpl
def register_sources():
    return [Source]
