"""Delivers without end, and says so in its state."""

import itertools

from monitor import Fetched, Item, hookimpl


class Source:
    kind = "endless"

    def fetch(self, state, fetcher):
        def items():
            yield from (Item(title=f"news {n}") for n in itertools.count())

        return Fetched(items(), {"seen": "everything"})


@hookimpl
def register_sources():
    return [Source]
