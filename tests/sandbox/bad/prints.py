"""Talks without end, in lines and without, and then has nothing to deliver but news."""

import sys

from monitor import Fetched, Item, hookimpl


class Source:
    kind = "prints"

    def fetch(self, state, fetcher):
        for number in range(20_000):
            print("line", number)
        sys.stderr.write("x" * 300_000)
        return Fetched([Item(title="said enough", guid="1")])


@hookimpl
def register_sources():
    return [Source]
