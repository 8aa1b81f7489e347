"""Raises what no plugin should let through."""

from monitor import hookimpl


class Source:
    kind = "raises"

    def fetch(self, state, fetcher):
        raise ValueError("bad luck")


@hookimpl
def register_sources():
    return [Source]
