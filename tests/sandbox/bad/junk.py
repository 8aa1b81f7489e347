"""Returns what is no answer."""

from monitor import hookimpl


class Source:
    kind = "junk"

    def fetch(self, state, fetcher):
        return {"items": ["news"]}


@hookimpl
def register_sources():
    return [Source]
