"""Whose desk a request is for: who is logged in, or nobody's where the sender means another user."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import unquote

from fastapi import Depends, Header, HTTPException, Request

from monitor.desk import Desk
from monitor.errors import OtherUserError
from monitor.messages import Message
from monitor.web import guard


def desk_of(request: Request) -> Desk:
    """The asking user's desk."""
    user = request.scope.get("user")
    if user is None:
        raise HTTPException(401, Message("web.log_in"))
    address = request.client.host if request.client else ""
    return Desk(request.app.state.monitor, user, address=address, key=guard.key_of(request.scope))


AtDesk = Annotated[Desk, Depends(desk_of)]


def own_desk(
    desk: AtDesk,
    as_user: Annotated[
        str,
        Header(
            alias="As-User",
            max_length=1000,
            description="The user that the sender takes itself for, percent-encoded; nothing is done, and "
            "403 answered with who is, where another one is logged in by now.",
        ),
    ] = "",
) -> Desk:
    """The asking user's desk, unless the sender means another user: a page may outlive a log-in."""
    if as_user and unquote(as_user) != desk.user.name:
        raise OtherUserError(Message("queue.other_user", user=unquote(as_user)), user=desk.user.name)
    return desk


AtOwnDesk = Annotated[Desk, Depends(own_desk)]
