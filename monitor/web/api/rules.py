"""/rules: what is watched for what, what it costs, and what a change of it would do."""

from __future__ import annotations

from fastapi import APIRouter

from monitor.desk.rules import RulesView
from monitor.detection.comparing import Comparison
from monitor.detection.rules import Rule
from monitor.errors import BusyError, ConflictError, NotFoundError, UserError
from monitor.web.api.asking import AtDesk
from monitor.web.api.bodies import RuleTrial
from monitor.web.routes import Answering, raises

router = APIRouter(route_class=Answering)


@router.get("/rules", tags=["alerts"])
def rules(desk: AtDesk) -> RulesView:
    """Every rule: detector, scopes, budget, severity and receivers, the cut in force, what was spent over the
    last weeks, and what is expected."""
    return desk.rules()


@router.post(
    "/rules/replay",
    tags=["alerts"],
    responses=raises(UserError, NotFoundError, ConflictError, BusyError),
)
def replay(body: RuleTrial, desk: AtDesk) -> Comparison:
    """What rules would have opened in the last weeks, or in as many of them as can be asked about here
    (`GET /rules`), beside those of the same names as they are (analyst): alerts a week, and the alerts of one
    side alone. Nothing is saved. It takes seconds to minutes; one at a time, and none longer than two
    minutes."""
    chosen = [
        Rule(one.name, one.detector, tuple(one.scopes), one.budget, one.least, one.severity)
        for one in body.rules
    ]
    return desk.try_rules(chosen, body.weeks)
