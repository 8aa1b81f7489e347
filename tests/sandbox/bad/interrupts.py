"""Presses Ctrl-C."""

from monitor import hookimpl


class Source:
    kind = "interrupts"

    def fetch(self, state, fetcher):
        raise KeyboardInterrupt


@hookimpl
def register_sources():
    return [Source]
