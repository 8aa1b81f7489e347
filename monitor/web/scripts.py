"""The scripts of the dashboard's components: plain ES modules out of the wheel, as they were written.

They are asked for anew at each load of a page (ETag), so that a page never runs one version's script with
another version's server. Nothing but scripts is served from the folder.
"""

from __future__ import annotations

from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

PREFIX = "/components"


class Scripts(StaticFiles):
    """The `*.js` under `directory`, whose media type is named here: a system's own list may call them
    plain text, and then no browser would run them (`nosniff`)."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory=directory)

    async def get_response(self, path: str, scope: Scope) -> Response:
        if not path.endswith(".js"):
            raise HTTPException(404)
        response = await super().get_response(path, scope)
        response.headers["content-type"] = "text/javascript; charset=utf-8"
        response.headers["cache-control"] = "no-cache"
        return response
