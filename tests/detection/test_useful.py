"""What somebody called useful leaves the null from the moment on in which it is known; nothing else does."""

from __future__ import annotations

import math

from monitor.detection import cells
from monitor.detection.budget import ENOUGH, Cut
from monitor.detection.episodes import HOLD, Episodes, Rise
from monitor.detection.refits import SETTLED, WEEK
from monitor.detection.replay import Past, replay
from monitor.detection.rules import Rule
from monitor.detection.runs import Run
from tests.detection.lives import FIRST, Plain, life, merged, surge

HOUR = 500_000
END = HOUR * cells.IN_HOUR
BEGIN = END - (ENOUGH + 4) * WEEK * cells.IN_HOUR
RULE = Rule("surge", "surge", budget=0.1)


def run() -> Run:
    """A rule with twenty episodes in its past, each of three articles of its own, the latest the highest."""
    found = Run(RULE, Episodes(RULE.least), Cut("surge", 0, math.inf, checked=False, weeks=0, openings=0))
    found.tests = [(BEGIN, 100)]
    step = int(HOLD) + 10
    found.rises = [
        Rise(
            *(BEGIN + n * step, f"company:{n}", 3.0 + n / 10, frozenset({n}), 5, 5.0, 1.0, 24),
            articles=(10 * n, 10 * n + 1, 10 * n + 2),
        )
        for n in range(20)
    ]
    return found


def cut(useful: dict[int, int]) -> float:
    return run().next_cut(HOUR, 10, larger=False, useful=useful).value


def test_the_cut_falls_to_what_the_budget_allows_of_the_others() -> None:
    # Three episodes are allowed: the three highest; without those, the next three.
    plain = cut({})
    highest = {10 * n + k: END - 1 for n in (17, 18, 19) for k in range(3)}
    assert plain == 3.0 + 17 / 10 and cut(highest) == 3.0 + 14 / 10
    assert run().next_cut(HOUR, 10, larger=False).value == plain


def test_half_of_a_rise_must_be_useful_and_known_by_then() -> None:
    plain = cut({})
    assert cut({190: END - 1}) == plain, "one of three articles"
    assert cut({190: END - 1, 191: END - 1}) < plain
    assert cut({190: END, 191: END}) < plain and cut({190: END + 1, 191: END + 1}) == plain
    assert cut({7_000: END - 1}) == plain


def test_a_rise_without_articles_is_nobodys() -> None:
    found = run()
    found.rises = [Rise(one.at, one.series, one.score, one.stories, 5, 5.0, 1.0, 24) for one in found.rises]
    useful = {10 * n: 0 for n in range(20)}
    assert found.next_cut(HOUR, 10, larger=False, useful=useful).value == 3.0 + 17 / 10


def test_a_replay_finds_its_cuts_on_what_was_said_by_then() -> None:
    weeks = SETTLED + 2
    past = merged(life(weeks), *(surge(week, 15, hour=60) for week in range(weeks)))
    told = {
        entry.entry.article_id: 0 for _, found in past for entry in found if entry.entry.story_id > 10_000
    }
    late = dict.fromkeys(told, (FIRST + weeks * WEEK) * cells.IN_HOUR)
    cuts = {}
    for name, useful in (("nothing", {}), ("said", told), ("too late", late)):
        found = replay(
            Past(past, FIRST, useful=useful),
            (Rule("scores", "plain", budget=0.5),),
            {"plain": Plain()},
            cells.begins(FIRST, cells.HOUR),
            past[-1][0],
        )
        cuts[name] = [one.value for one in found.cuts if math.isfinite(one.value)]
    assert cuts["nothing"] == cuts["too late"] and cuts["said"][-1] < cuts["nothing"][-1]
