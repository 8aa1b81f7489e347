"""Bytes to and from sockets: connections to an address that was judged, codings of bodies, listening.

Enters: addresses that `monitor.addresses` allows, and what comes from them. Leaves: bodies within their
limits. `monitor.fetcher` is the only one that connects.
"""
