"""/alerts: the list, and the work of people on them: whose they are, how grave, and several at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request

from monitor.desk.caseload import MOST_PAGES, Handled
from monitor.errors import ConflictError, NotFoundError, UserError
from monitor.messages import said
from monitor.records import Alert, AlertState
from monitor.store.caseload import Sort, Wanted
from monitor.web.api.asking import AtDesk, AtOwnDesk
from monitor.web.api.bodies import Assignment, Bulk, Grading, Saying
from monitor.web.api.parameters import Name, Severity, Words
from monitor.web.language import language_of
from monitor.web.moments import Moment
from monitor.web.routes import Answering, raises

router = APIRouter(route_class=Answering)


def wanted(
    desk: AtDesk,
    state: Annotated[list[AlertState] | None, Query()] = None,
    severity: Severity = "",
    rule: Words = "",
    company: Words = "",
    topic: Words = "",
    owner: Annotated[Words, Query(description="Whose they are; see `unowned`.")] = "",
    unowned: Annotated[bool, Query(description="Only what is nobody's.")] = False,
    since: Annotated[Moment | None, Query(description="Opened then or later.")] = None,
    until: Annotated[Moment | None, Query(description="Opened before.")] = None,
    text: Annotated[
        Words, Query(description="In a title of the evidence, in a name of what it is about, or in the id.")
    ] = "",
    overdue: Annotated[bool, Query(description="Only what should have been done by now.")] = False,
) -> Wanted:
    """Which alerts are asked for."""
    return Wanted(
        states=tuple(state or ()),
        severity=severity,
        rule=rule,
        company=company,
        topic=topic,
        owner="" if unowned else owner or None,
        since=since,
        until=until,
        text=text,
        overdue_at=desk.monitor.now() if overdue else None,
    )


Asked = Annotated[Wanted, Depends(wanted)]


@router.get("/alerts", tags=["alerts"])
def alerts(
    desk: AtDesk,
    asked: Asked,
    sort: Sort = Sort.AGE,
    page: Annotated[int, Query(ge=1, le=MOST_PAGES)] = 1,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> list[Alert]:
    """Alerts as asked for, the youngest, the gravest or what is due first at the top; in every state where
    none is given."""
    return desk.find_alerts(asked, sort, page, limit)


@router.get("/alerts/counts", tags=["alerts"])
def counts(desk: AtDesk, asked: Asked) -> Mapping[AlertState, int]:
    """How many alerts there are in each state of what is asked for, whatever `state` says."""
    return desk.alert_counts(asked)


@router.post("/alerts", tags=["alerts"], responses=raises(UserError))
def bulk(desk: AtOwnDesk, body: Bulk, request: Request) -> list[Handled]:
    """Do the same with each of several alerts (analyst). Each is answered for itself, in the order given:
    with the alert as it is now, or with why nothing was done."""
    done = desk.handle(
        body.alerts,
        body.action,
        note=body.note,
        to=body.to,
        hours=body.hours,
        until_worse=body.until_worse,
    )
    language = language_of(request.scope)
    return [replace(one, problem=said(one.problem, language)) for one in done]


@router.post(
    "/alerts/{alert_id}/assign",
    tags=["alerts"],
    responses=raises(NotFoundError, ConflictError, UserError),
)
def assign(alert_id: Name, desk: AtDesk, body: Assignment | None = None) -> Alert:
    """Make it somebody's: one's own without a body, nobody's with `{"to": ""}` (analyst)."""
    return desk.assign(alert_id, body.to if body else None)


@router.post(
    "/alerts/{alert_id}/comments",
    tags=["alerts"],
    responses=raises(NotFoundError, ConflictError, UserError),
)
def comment(alert_id: Name, desk: AtDesk, body: Saying) -> Alert:
    """Say something about it, which stands in its history (analyst)."""
    return desk.comment_on_alert(alert_id, body.text)


@router.post(
    "/alerts/{alert_id}/severity",
    tags=["alerts"],
    responses=raises(NotFoundError, ConflictError, UserError),
)
def severity(alert_id: Name, desk: AtDesk, body: Grading) -> Alert:
    """Raise or lower its severity, with a reason; `rule_severity` stays what its rule said (analyst)."""
    return desk.change_severity(alert_id, body.severity, body.why)
