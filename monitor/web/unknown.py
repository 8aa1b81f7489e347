"""Addresses that are nothing: 404, and a page with a way home, in place of Streamlit's first page.

Streamlit answers any address with its one page of HTML, so that its script there can show what belongs to it.
So the addresses that exist are listed here, and HTML at one of the others is a 404. Methods that an address
does not know are 405, with the header that says which it knows (RFC 9110 15.5.6).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.routing import BaseRoute, Match, Mount, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from monitor.messages import Message as Sentence
from monitor.web import answers

ASSETS = ("/static/", "/media/", "/component/")
"""Where the pages' parts lie."""

_STREAMLIT = (*ASSETS, "/_stcore/")
_OWN_HTML = ("/media/", "/component/")  # of Streamlit's, what may rightly be HTML
_READ = ("GET", "HEAD")


class Addresses:
    """Every address there is: `pages` and `files` by their names without the first slash ("" is the first
    page), our own `routes`, and what Streamlit has of its own."""

    def __init__(
        self, pages: Collection[str], files: Collection[str] = (), routes: Sequence[BaseRoute] = ()
    ) -> None:
        self._pages = frozenset(pages)
        self._files = frozenset(files)
        self._routes = routes

    def is_page(self, path: str) -> bool:
        """Whether the dashboard shows something at `path`."""
        return not path.startswith("//") and path[1:].rstrip("/") in self._pages

    def leads_to_login(self, path: str) -> bool:
        """Whether a stranger at `path` is asked to log in: at pages and what they are made of."""
        return self.is_page(path) or path[1:] in self._files or path.startswith(ASSETS)

    def route(self, scope: Scope) -> BaseRoute | None:
        """The first of our own routes at this address, whatever its method."""
        return next((one for one in self._routes if one.matches(scope)[0] is not Match.NONE), None)

    def exists(self, scope: Scope) -> bool:
        """Whether anything may be at this address."""
        path: str = scope["path"]
        ours = self.route(scope) is not None
        return ours or self.leads_to_login(path) or path.startswith(_STREAMLIT)

    def methods(self, scope: Scope) -> Collection[str]:
        """What this address answers to: a page is read."""
        route = self.route(scope)
        return sorted(route.methods or _READ) if isinstance(route, Route) else _READ


class Unknown:
    """ASGI middleware over Streamlit."""

    def __init__(self, app: ASGIApp, *, addresses: Addresses) -> None:
        self.app = app
        self.addresses = addresses

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if not self.addresses.exists(scope):
            await answers.nothing_here(scope)(scope, receive, send)
            return
        route, allowed = self.addresses.route(scope), ", ".join(self.addresses.methods(scope))
        replaced = False

        async def checked(message: Message) -> None:
            nonlocal replaced
            if message["type"] == "http.response.start":
                answer = None if isinstance(route, Mount) else self._instead(scope, message, route, allowed)
                if answer is not None:
                    replaced = True
                    await answer(scope, receive, send)
            if not replaced:
                await send(message)

        await self.app(scope, receive, checked)

    def _instead(self, scope: Scope, start: Message, route: BaseRoute | None, allowed: str) -> ASGIApp | None:
        """What to answer in place of a response that starts so; None where it stands."""
        path, status = scope["path"], start["status"]
        if status == HTTPStatus.METHOD_NOT_ALLOWED:
            message = Sentence("web.method", method=scope["method"], allowed=allowed)
            return answers.refusal(scope, status, message, {"Allow": allowed})
        if route is not None or self.addresses.is_page(path) or path.startswith(_OWN_HTML):
            return None
        headers = Headers(raw=list(start.get("headers", ())))
        shown = status == HTTPStatus.OK and "text/html" in headers.get("content-type", "")
        return answers.nothing_here(scope) if shown or status == HTTPStatus.NOT_FOUND else None
