"""Makes a list of two gigabytes."""

from monitor import Fetched, Item, hookimpl


class Source:
    kind = "swells"

    def fetch(self, state, fetcher):
        return Fetched([Item(text="x" * 1_000_000 + str(n)) for n in range(2000)])


@hookimpl
def register_sources():
    return [Source]
