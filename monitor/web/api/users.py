"""/me, /tokens, /audit, /users: who one is, one's sessions and tokens, and who did what."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from monitor.desk.views import AuditState, AuditView, Me, TokenView
from monitor.errors import AccessError, AttemptsError, NotFoundError
from monitor.store.users import Skills
from monitor.web.api.asking import AtDesk, AtOwnDesk
from monitor.web.api.bodies import Ended, PasswordChange, SkillSet, Token, TokenRequest
from monitor.web.api.parameters import MAX_ID, Name, Words
from monitor.web.moments import Moment
from monitor.web.routes import Answering, raises

router = APIRouter(route_class=Answering)


@router.get("/me", tags=["users"])
def me(desk: AtDesk) -> Me:
    """Who is asking."""
    return Me(desk.user.name, str(desk.user.role))


@router.post("/tokens", tags=["users"], status_code=201)
def create_token(body: TokenRequest, desk: AtDesk) -> Token:
    """Make an API token of one's own, for `Authorization: Bearer`."""
    return Token(token=desk.create_token(body.name, body.days))


@router.get("/tokens", tags=["users"], responses=raises(AccessError, NotFoundError))
def tokens(desk: AtDesk, user: Words = "") -> list[TokenView]:
    """One's own sessions and API tokens, or those of `user` (administrator)."""
    return desk.tokens(user)


@router.delete("/tokens/{token_id}", tags=["users"], status_code=204, responses=raises(NotFoundError))
def revoke_token(token_id: Name, desk: AtDesk, user: Words = "") -> None:
    """End a session or an API token of one's own, or of `user` (administrator)."""
    desk.revoke_token(token_id, user)


@router.delete("/tokens", tags=["users"])
def revoke_others(desk: AtDesk) -> Ended:
    """End every session and API token of one's own but the one that asks."""
    return Ended(ended=desk.revoke_others())


@router.put("/me/password", tags=["users"], status_code=204, responses=raises(AttemptsError))
def change_password(body: PasswordChange, desk: AtDesk) -> None:
    """Change one's own password; every other session and token ends. 403 where the old one is wrong."""
    desk.change_password(body.old, body.new)


@router.get("/audit", tags=["audit"], responses=raises(AccessError))
def audit(
    desk: AtDesk,
    user: Words = "",
    action: Words = "",
    address: Words = "",
    text: Words = "",
    since: Moment | None = None,
    until: Moment | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    before_id: Annotated[int, Query(ge=0, le=MAX_ID)] = 0,
) -> list[AuditView]:
    """Who did what, newest first (administrator); the next page is `before_id` = the last id. `action` is
    one (session.open) or a kind (session)."""
    return desk.audit(
        user=user,
        action=action,
        address=address,
        text=text,
        since=since,
        until=until,
        limit=limit,
        before_id=before_id,
    )


@router.get("/audit/state", tags=["audit"], responses=raises(AccessError))
def audit_state(desk: AtDesk) -> AuditState:
    """Whether the audit's chain is whole (administrator)."""
    return desk.audit_state()


@router.put("/users/{name}/skills", tags=["users"], responses=raises(NotFoundError))
def set_skills(name: Name, body: SkillSet, desk: AtOwnDesk) -> Skills:
    """What a user is asked about from now on (administrator)."""
    return desk.set_skills(name, body.languages, body.topics)
