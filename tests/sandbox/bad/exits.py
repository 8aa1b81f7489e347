"""Ends the program, as it thinks."""

import sys

from monitor import hookimpl


class Source:
    kind = "exits"

    def fetch(self, state, fetcher):
        sys.exit("enough")


@hookimpl
def register_sources():
    return [Source]
