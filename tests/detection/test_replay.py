"""A replay tells what a walk opened in its time, under which cuts, and never twice."""

from __future__ import annotations

from datetime import timedelta

from monitor.detection import cells, telling
from monitor.detection.budget import ENOUGH
from monitor.detection.replay import Past, Replay, alert_id, replay
from monitor.detection.rules import Rule
from monitor.detection.walk import LEARNING, WEEK
from monitor.records import Scope
from tests.detection.lives import FIRST, Plain, life, merged, surge

WEEKS = ENOUGH + LEARNING + 6
RULES = (Rule("surge", "plain", budget=0.03, severity="critical"), Rule("loud", "plain", budget=0.5))
START = cells.begins(FIRST, cells.HOUR)


def replayed(since: int, until: int = WEEKS, rules: tuple[Rule, ...] = RULES) -> Replay:
    """The weeks from `since` to `until` of a life with two surges."""
    changes = merged(life(WEEKS), surge(WEEKS - 4, 12), surge(WEEKS - 2, 15, "brick"))
    past = Past(changes, START, ("company:acme",))
    return replay(
        past, rules, {"plain": Plain()}, START + timedelta(weeks=since), START + timedelta(weeks=until)
    )


def test_what_opened_is_told_once_with_its_numbers() -> None:
    found = replayed(WEEKS - 5)
    surges = [one for one in found.alerts if one.rule == "surge"]
    assert [one.scope for one in surges] == [Scope("company", "acme"), Scope("company", "brick")]
    first = surges[0]
    assert first.severity == "critical" and first.checked and first.score >= first.cut
    assert first.p is None, "the score of this detector is no p-value"
    assert first.opened_at >= START + timedelta(hours=(WEEKS - 4) * WEEK + 30)
    assert first.resolved_at is not None and first.resolved_at > first.opened_at
    assert first.id == alert_id("surge", "company:acme", first.opened_at)
    assert found.weeks == 5 and found.a_week("surge") == 2 / 5
    assert len({one.id for one in found.alerts}) == len(found.alerts)


def test_where_it_begins_and_ends_changes_no_alert() -> None:
    whole = replayed(0)
    part = replayed(WEEKS - 3, WEEKS - 1)
    inside = [one for one in whole.alerts if part.since < one.opened_at <= part.until]
    assert [one.id for one in part.alerts] == [one.id for one in inside]
    assert {cut for cut in part.cuts} <= set(whole.cuts)
    assert min(cut.since for cut in part.cuts) <= cells.cell(part.since)


def test_what_is_still_open_at_the_end_has_no_end() -> None:
    changes = merged(life(WEEKS), surge(WEEKS - 2, 15, "brick", hour=100))
    until = START + timedelta(weeks=WEEKS - 2, hours=110)
    found = replay(Past(changes, START), RULES[:1], {"plain": Plain()}, START, until)
    assert found.alerts[-1].resolved_at is None


def test_programs_are_told_in_plain_values() -> None:
    found = replayed(WEEKS - 5)
    stories = {story for one in found.alerts for story in one.stories}
    firsts = {story: (story + 1, f"title {story}") for story in stories}
    told = telling.told(found, firsts, {Scope("company", "acme"): ("Acme Bank", "艾可")})
    assert told["weeks"] == 5 and told["budget"] == 0.53 and set(told["rules"]) == {"surge", "loud"}
    first = next(one for one in told["alerts"] if one["rule"] == "surge")
    assert first["about"] == "Acme Bank" and first["companies"] == ["acme"]
    assert first["scope"] == {"kind": "company", "name": "acme"}
    assert first["first_title"] == f"title {first['article_ids'][0] - 1}"
    assert told["rules"]["surge"]["alerts_per_week"] == 0.4
    assert [one["date"] for one in told["cuts"]] == sorted(one["date"] for one in told["cuts"])


def test_a_topic_of_a_company_is_called_by_both() -> None:
    titles = {Scope("company", "acme"): ("Acme Bank", ""), Scope("topic", "legal"): ("Legal", "")}
    assert telling.about(Scope("both", "legal:acme"), titles) == "Acme Bank, Legal"
    assert telling.about(Scope("both", "debt:brick"), titles) == "brick, debt"
