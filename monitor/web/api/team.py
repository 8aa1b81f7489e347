"""/disputes, /guidelines, /agreement, /analysts: how analysts agree, and what is done where they do not."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from monitor.desk.adjudication import Decided, Dispute
from monitor.desk.analysts import Analyst, TeamAgreement
from monitor.errors import AccessError, ConflictError, NotFoundError
from monitor.evaluation.agreement import Pair
from monitor.store.doubts import Doubt
from monitor.store.guidelines import Guideline, LabelExample
from monitor.web.api.asking import AtDesk, AtOwnDesk
from monitor.web.api.bodies import Decision, DoubtDecision, Guidance
from monitor.web.api.parameters import Id, Key, Name
from monitor.web.routes import Answering, raises

router = APIRouter(route_class=Answering)


@router.get("/disputes", tags=["queue"], responses=raises(AccessError))
def disputes(desk: AtDesk, limit: Annotated[int, Query(ge=1, le=500)] = 50) -> list[Dispute]:
    """The texts of which analysts said different things, undecided, without who said it (analyst)."""
    return desk.disputes(limit)


@router.post("/texts/{text_id}/decision", tags=["queue"], responses=raises(NotFoundError, ConflictError))
def decide(text_id: Id, body: Decision, desk: AtOwnDesk, key: Key = "") -> Decided:
    """Say what a disputed text really says: its gold label; the answer tells who had said what (an analyst
    who did not read it)."""
    return desk.decide(text_id, body.sentiment, body.topics, body.companies, body.note, key)


@router.get("/guidelines", tags=["queue"], responses=raises(NotFoundError))
def guideline(desk: AtDesk, version: Annotated[int, Query(ge=0, le=10**6)] = 0) -> Guideline:
    """How texts are labelled; without a `version` the one in force."""
    return desk.guideline(version)


@router.get("/guidelines/versions", tags=["queue"])
def guideline_versions(desk: AtDesk) -> list[Guideline]:
    """Every version there was, newest first, without examples."""
    return desk.guidelines()


@router.post("/guidelines", tags=["queue"], responses=raises(AccessError))
def write_guideline(body: Guidance, desk: AtOwnDesk) -> Guideline:
    """A new version of the guidelines, in force from now on (administrator)."""
    examples = [LabelExample(one.label, one.text, one.why) for one in body.examples]
    return desk.write_guideline(body.text, examples)


@router.get("/agreement", tags=["queue"])
def agreement(desk: AtDesk) -> TeamAgreement:
    """How far analysts agree: Krippendorff's alpha with its interval, on audits and on all that several
    read."""
    return desk.agreement()


@router.get("/analysts", tags=["users"], responses=raises(AccessError))
def analysts(desk: AtDesk) -> list[Analyst]:
    """Every analyst: how good their answers are, and whether the model's opinion in view changes them
    (administrator)."""
    return desk.analysts()


@router.get("/analysts/pairs", tags=["users"], responses=raises(AccessError))
def agreeing_pairs(desk: AtDesk) -> list[Pair]:
    """How far every two analysts agree about what both read (administrator)."""
    return desk.agreeing_pairs()


@router.get("/analysts/doubts", tags=["users"], responses=raises(AccessError))
def doubts(desk: AtDesk) -> list[Doubt]:
    """Every doubt about an analyst that there was, the newest first (administrator)."""
    return desk.doubts()


@router.post("/analysts/{name}/decision", tags=["users"], responses=raises(NotFoundError, ConflictError))
def decide_doubt(name: Name, body: DoubtDecision, desk: AtOwnDesk) -> Doubt:
    """Keep the labels of an analyst that wait, or take them back, and why (administrator)."""
    return desk.decide_doubt(name, body.keep, body.reason)
