"""A replay tells what a walk opened in its time, under which cuts, and never twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from monitor.detection import cells, telling
from monitor.detection.budget import ENOUGH
from monitor.detection.lines import Change
from monitor.detection.refits import LEARNING, WEEK
from monitor.detection.replay import Past, Replay, Replayed, replay
from monitor.detection.rules import Rule
from monitor.detection.runs import Closing
from monitor.detection.walk import Walk
from monitor.records import Scope
from tests.detection.lives import FIRST, START, Life, Plain, Rare, life, merged, surge, told

WEEKS = ENOUGH + 7
RULES = (Rule("surge", "plain", budget=0.03, severity="critical"), Rule("loud", "plain", budget=0.5))


def replayed(since: int, until: int = WEEKS, rules: tuple[Rule, ...] = RULES) -> Replay:
    """The weeks from `since` to `until` of a life with two surges."""
    changes = merged(life(WEEKS), surge(WEEKS - 4, 12), surge(WEEKS - 2, 15, "brick"))
    past = Past(changes, FIRST, ("company:acme",))
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
    assert found.weeks == 5 and found.a_week("surge") == 2 / 5
    assert len({one.id for one in found.alerts}) == len(found.alerts)


def test_an_alert_opens_in_the_moment_in_which_the_last_of_it_became_known() -> None:
    [first, *_] = [one for one in replayed(WEEKS - 5).alerts if one.rule == "surge"]
    assert first.opened_at in {at for at, _ in surge(WEEKS - 4, 12)}


def test_where_it_begins_and_ends_changes_no_alert() -> None:
    whole = replayed(0)
    part = replayed(WEEKS - 3, WEEKS - 1)
    inside = [one for one in whole.alerts if part.since <= one.opened_at < part.until]
    assert [one.id for one in part.alerts] == [one.id for one in inside]
    assert {cut for cut in part.cuts} <= set(whole.cuts)
    assert min(cut.since for cut in part.cuts) <= cells.cell(part.since)


def test_what_is_still_open_at_the_end_has_no_end() -> None:
    changes = merged(life(WEEKS), surge(WEEKS - 2, 15, "brick", hour=100))
    until = START + timedelta(weeks=WEEKS - 2, hours=110)
    found = replay(Past(changes, FIRST), RULES[:1], {"plain": Plain()}, START, until)
    assert found.alerts[-1].resolved_at is None


@pytest.mark.parametrize("after", [timedelta(0), timedelta(microseconds=1)])
def test_it_ends_before_its_end(after: timedelta) -> None:
    """What became known at `until` is not of it; what did at `since` is."""
    rules, detectors = (Rule("rare", "rare"),), {"rare": Rare()}
    past = Past(merged(life(1), surge(1, 15, hour=10)), FIRST)
    [opened] = [
        one
        for one in of(past, START, START + timedelta(weeks=2))
        if one.opened_at > START + timedelta(weeks=1)
    ]
    before = replay(past, rules, detectors, START, opened.opened_at + after)
    assert (opened.id in {one.id for one in before.alerts}) is bool(after)
    behind = replay(past, rules, detectors, opened.opened_at + after, START + timedelta(weeks=2))
    assert (opened.id in {one.id for one in behind.alerts}) is not bool(after)


def of(past: Past, since: datetime, until: datetime) -> tuple[Replayed, ...]:
    return replay(past, (Rule("rare", "rare"),), {"rare": Rare()}, since, until).alerts


def test_alerts_of_p_values_say_how_rare_they_were() -> None:
    found = of(Past(surge(0, 15, hour=40), FIRST), START, START + timedelta(weeks=1))
    assert found and all(one.p == 10.0**-one.score for one in found)
    assert all(one.opened_at >= START + timedelta(hours=LEARNING) for one in found)


def test_what_somebody_closed_then_ends_then_and_what_came_of_it_is_told() -> None:
    first = surge(0, 15, hour=40)
    other = [one for n in range(15) for one in told(FIRST * cells.IN_HOUR + 42 * 12 + n, "acme", 700 + n)]
    past = Past(merged(first, other), FIRST)
    end = START + timedelta(hours=44)
    [alone] = of(past, START, end)
    assert alone.resolved_at is None
    at = first[-1][0] + timedelta(seconds=1)
    closing = Closing(at, alone.id, frozenset(range(10_000, 10_015)))
    closed, again = of(replace(past, closings=[closing]), START, end)
    assert closed.id == alone.id and closed.resolved_at == cells.begins(cells.cell(at) + 1)
    assert set(again.stories) <= set(range(700, 715)) and again.opened_at > at
    elsewhere = of(replace(past, closings=[Closing(at, "alert_of_another_rule")]), START, end)
    assert elsewhere == (alone,)
    [last] = of(replace(past, closings=[Closing(end, alone.id)]), START, end)
    assert last.resolved_at is not None, "what is closed at the very end is closed"


def test_a_replay_opens_what_the_walk_opened_that_was_there() -> None:
    changes: Life = merged(life(6, 3, 6.0), surge(2, 9), surge(4, 11, "brick"))
    going = Walk((Rule("rare", "rare"),), {"rare": Rare()}, FIRST)
    walked = [
        (one.episode.first.when, one.episode.first.series)
        for at, found in changes
        for one in going.step(at, found)
        if one.episode.ended_at is None
    ]
    seen: list[datetime] = []
    found = replay(
        *(Past(changes, FIRST), (Rule("rare", "rare"),), {"rare": Rare()}, START),
        START + timedelta(weeks=6, hours=1),
        seen.append,
    )
    assert [one.opened_at for one in found.alerts] == [at for at, _ in walked] and walked
    assert seen == [at for at, _ in changes]
    assert found.cuts == tuple(going.cuts[-len(found.cuts) :])


def test_hours_in_which_nobody_read_are_asked_for_as_a_walk_does() -> None:
    asked: list[tuple[int, int]] = []

    def gaps(start: int, end: int) -> list[tuple[int, int]]:
        asked.append((start, end))
        return []

    nothing: list[tuple[datetime, list[Change]]] = []
    replay(Past(nothing, FIRST, gaps=gaps), RULES, {"plain": Plain()}, START, START + timedelta(days=3))
    assert asked == [(FIRST, FIRST + 24), (FIRST, FIRST + 48), (FIRST, FIRST + 72)]


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
