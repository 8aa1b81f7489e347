"""The HTTP API under /api: a router for each noun, over the desk.

Enters: a request that the guard let through, with the user in its scope. Leaves: what a desk method
returned, as JSON; `interface` says what errors look like. May touch the desk and nothing below it: a route
names its parameters, its body and the errors of its method, and decides nothing. Outside, `create_api`
makes the application that is mounted, and `ROUTES` lists the routes.
"""

from monitor.web.api.interface import ROUTES, create_api

__all__ = ["ROUTES", "create_api"]
