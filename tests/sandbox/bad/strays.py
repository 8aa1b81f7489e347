"""Connects past its fetcher."""

import socket

from monitor import Fetched, hookimpl


class Source:
    kind = "strays"

    def fetch(self, state, fetcher):
        socket.create_connection(("127.0.0.1", 9), timeout=1)
        return Fetched([])


@hookimpl
def register_sources():
    return [Source]
