"""What the watch has come to is read back as it was kept, and only while its rules are the same."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from monitor.detection.budget import Cut
from monitor.detection.episodes import Rise
from monitor.store import Store, walked

SAID = {"surge": {"budget": 1.0, "scopes": ["all", "company"]}, "loud": {"budget": 0.1 + 0.2}}
CUT = Cut("surge", 1000, 3.25, checked=True, weeks=0.1 + 0.2, openings=7)


def rise(at: int, when: datetime, score: float = 4.5, series: str = "company:acme") -> Rise:
    return Rise(
        *(at, series, score, frozenset({7, 3}), 3, 2.75, 0.1 + 0.2, 24),
        low=1e-300,
        high=2.5,
        seen_at=when,
        articles=(9, 4),
        late=12,
    )


def test_before_the_first_look_nothing_is_known(store: Store) -> None:
    with store.read() as tx:
        assert walked.looked_at(tx) is None
        assert walked.kept_cuts(tx, SAID, 1000) is None and walked.kept_cuts(tx, {}, 1000) == {}
        assert walked.kept_rises(tx, SAID) == {} and walked.near(tx, 0) == {}


def test_everything_comes_back_as_it_was_kept(store: Store, now: datetime) -> None:
    none = replace(CUT, rule="loud", value=math.inf, checked=False)
    rises = [rise(1000, now), rise(1000, now, 2.0, "all"), rise(999, now + timedelta(seconds=1))]
    with store.begin() as tx:
        walked.keep(tx, now, SAID, [(CUT, 5), (none, 0)], {"surge": rises, "loud": []}, 0)
    with store.read() as tx:
        assert walked.looked_at(tx) == now
        assert walked.kept_cuts(tx, SAID, 1000) == {"surge": [(CUT, 5)], "loud": [(none, 0)]}
        assert walked.kept_rises(tx, SAID) == {"surge": rises}, "in the order in which they were kept"
        assert walked.kept_rises(tx, ["loud"]) == {}


def test_each_look_adds_to_what_is_kept(store: Store, now: datetime) -> None:
    later = replace(CUT, since=2000, value=5.0)
    said = {"surge": SAID["surge"]}
    with store.begin() as tx:
        walked.keep(tx, now, said, [(CUT, 5)], {"surge": [rise(1000, now)]}, 0)
        walked.keep(
            tx, now + timedelta(minutes=5), said, [(CUT, 8), (later, 1)], {"surge": [rise(2000, now)]}, 0
        )
    with store.read() as tx:
        assert walked.looked_at(tx) == now + timedelta(minutes=5)
        assert walked.kept_cuts(tx, said, 2000) == {"surge": [(CUT, 8), (later, 1)]}
        assert [one.at for one in walked.kept_rises(tx, said)["surge"]] == [1000, 2000]
        assert walked.newest_cuts(tx) == {"surge": later}, "the one in force"


def test_what_is_too_old_for_any_cut_is_forgotten(store: Store, now: datetime) -> None:
    said = {"surge": SAID["surge"]}
    later = replace(CUT, since=2000)
    with store.begin() as tx:
        walked.keep(
            tx, now, said, [(CUT, 5), (later, 1)], {"surge": [rise(1999, now), rise(2000, now)]}, 2000
        )
        assert walked.kept_cuts(tx, said, 2000) == {"surge": [(later, 1)]}
        assert [one.at for one in walked.kept_rises(tx, said)["surge"]] == [2000]


@pytest.mark.parametrize(
    ("said", "since"),
    [
        ({"surge": {"budget": 2.0, "scopes": ["all", "company"]}}, 1000),  # another budget
        ({"surge": SAID["surge"] | {"options": {}}}, 1000),
        ({"surge": SAID["surge"], "new": {}}, 1000),
        (SAID, 1000),  # a rule that never had a cut
        ({"surge": SAID["surge"]}, 999),  # baselines were fitted since, or another walk kept it
        ({"surge": SAID["surge"]}, 1001),
    ],
)
def test_what_another_rule_would_have_opened_is_not_known(
    store: Store, now: datetime, said: dict[str, dict[str, object]], since: int
) -> None:
    with store.begin() as tx:
        walked.keep(tx, now, SAID, [(CUT, 5)], {}, 0)
        assert walked.kept_cuts(tx, said, since) is None
        assert walked.kept_cuts(tx, {"surge": SAID["surge"]}, 1000) is not None


def test_a_rule_that_changed_and_changed_back_is_another_one_meanwhile(store: Store, now: datetime) -> None:
    one, other = {"surge": {"budget": 1.0}}, {"surge": {"budget": 2.0}}
    with store.begin() as tx:
        walked.keep(tx, now, one, [(CUT, 5)], {}, 0)
        walked.keep(tx, now, other, [(replace(CUT, since=2000), 5)], {}, 0)
        assert walked.kept_cuts(tx, one, 2000) is None and walked.kept_cuts(tx, one, 1000) is None
        assert walked.kept_cuts(tx, other, 2000) is not None


def test_forgetting_leaves_nothing_to_go_on_from(store: Store, now: datetime) -> None:
    with store.begin() as tx:
        walked.keep(tx, now, SAID, [(CUT, 5)], {"surge": [rise(1000, now)]}, 0)
        walked.forget(tx)
        assert walked.kept_cuts(tx, {"surge": SAID["surge"]}, 1000) is None
        assert walked.kept_rises(tx, SAID) == {}


def test_a_series_is_as_near_as_its_highest_score_to_the_cut_that_holds(store: Store, now: datetime) -> None:
    cuts = [(CUT, 0), (replace(CUT, since=2000, value=5.0), 0), (replace(CUT, rule="loud", value=2.0), 0)]
    cuts += [(replace(CUT, rule="never", value=math.inf), 0), (replace(CUT, rule="free", value=0.0), 0)]
    said = SAID | {"never": {}, "free": {}}
    rises = {
        "surge": [
            rise(1500, now, 4.0),
            rise(1600, now, 3.0),
            rise(1400, now, 9.0),
            rise(1700, now, 2.0, "all"),
        ],
        "loud": [rise(1600, now, 1.8)],
        "never": [rise(1600, now, 99.0), rise(1600, now, 99.0, "topic:debt")],
        "free": [rise(1600, now, 99.0)],
        "gone": [rise(1600, now, 99.0)],
    }
    with store.begin() as tx:
        walked.keep(tx, now, said, cuts, rises, 0)
        assert walked.near(tx, 1500) == {"company:acme": 1.8 / 2.0, "all": 2.0 / 5.0, "topic:debt": 0.0}
        assert walked.near(tx, 1400)["company:acme"] == 9.0 / 5.0
        assert walked.near(tx, 1701) == {}


def test_tests_and_scores_are_told_of_the_cut_that_held(store: Store, now: datetime) -> None:
    later = replace(CUT, since=2000)
    rises = [rise(1000, now), rise(1999, now, 2.0), rise(2000, now, 9.0)]
    with store.begin() as tx:
        walked.keep(tx, now, {"surge": {}, "loud": {}}, [(CUT, 50), (later, 7)], {"surge": rises}, 0)
        walked.keep(tx, now, {"loud": {}}, [], {"loud": [rise(1500, now, 8.0)]}, 0)
        assert walked.tested(tx, "surge", 999) == (0, [])
        assert walked.tested(tx, "surge", 1500) == (50, [4.5, 2.0])
        assert walked.tested(tx, "surge", 2000) == (7, [9.0])
        assert walked.tested(tx, "loud", 1500) == (0, [])
