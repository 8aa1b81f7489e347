"""Ends its process without a word."""

import os

from monitor import hookimpl


class Source:
    kind = "quits"

    def fetch(self, state, fetcher):
        os._exit(7)


@hookimpl
def register_sources():
    return [Source]
