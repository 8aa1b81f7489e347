"""Computes without end."""

from monitor import hookimpl


class Source:
    kind = "spins"

    def fetch(self, state, fetcher):
        while True:
            pass


@hookimpl
def register_sources():
    return [Source]
