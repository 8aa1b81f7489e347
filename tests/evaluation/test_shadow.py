"""Shadows: the figures are of everything that was judged, and only what is plain stops a version."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.evaluation.shadow import FEWEST, Read, Seen, Side, against, told
from monitor.messages import said
from monitor.records import SENTIMENTS

SIDES = st.builds(Side, st.sampled_from(SENTIMENTS), st.booleans())
PAIRS = st.dictionaries(st.tuples(SIDES, SIDES), st.integers(1, 500))
QUIET, SURE = Side("neutral", True), Side("negative", True)


def audits(wins: int, losses: int, ties: int = 0) -> list[Read]:
    """One of each story."""
    said = [("positive", "negative")] * wins + [("negative", "positive")] * losses
    said += [("negative", "negative")] * ties
    return [Read(old, new, "negative", story) for story, (old, new) in enumerate(said)]


@given(PAIRS, st.integers(0, 50))
def test_every_article_is_counted_once(pairs: dict[tuple[Side, Side], int], failed: int) -> None:
    found = told(Seen(pairs, failed))
    assert found["articles"] == sum(pairs.values()) and found["failed"] == failed
    same = sum(n for (old, new), n in pairs.items() if old.label == new.label)
    assert found["differ"] == sum(found["moved"].values()) == found["articles"] - same
    for place in (0, 1):
        assert found["negative"][place] == sum(
            n for pair, n in pairs.items() if pair[place].label == "negative"
        )
        assert found["accepted"][place] == sum(n for pair, n in pairs.items() if pair[place].accepted)


def test_the_figures_of_a_few() -> None:
    seen = Seen(
        {(QUIET, QUIET): 7, (QUIET, Side("negative", False)): 2, (SURE, QUIET): 1}, 3, audits(2, 1, 4)
    )
    assert told(seen) == {
        "articles": 10,
        "failed": 3,
        "differ": 3,
        "moved": {"negative > neutral": 1, "neutral > negative": 2},
        "negative": [1, 2],
        "accepted": [10, 8],
        "audits": 7,
        "wins": 2,
        "losses": 1,
    }


def test_texts_of_one_story_are_one() -> None:
    same = [Read("negative", "positive", "negative", 1)] * 50
    assert told(Seen({}, 0, same))["losses"] == 1
    assert against(Seen({}, 0, same), 0.05) is None
    assert against(Seen({}, 0, audits(0, 50)), 0.05) is not None


@pytest.mark.parametrize(
    ("seen", "key"),
    [
        (Seen({}), ""),
        (Seen({(QUIET, QUIET): 98, (SURE, SURE): 1}, failed=2), ""),
        (Seen({(QUIET, QUIET): 96, (SURE, SURE): 1}, failed=3), "shadow.fails"),
        (Seen({}, failed=FEWEST), "shadow.fails"),
        (Seen({}, failed=FEWEST - 1), ""),
        (Seen({(QUIET, QUIET): 9, (SURE, QUIET): 1}), "shadow.collapsed"),
        (Seen({(QUIET, QUIET): 8, (SURE, QUIET): 1}), ""),
        (Seen({(QUIET, QUIET): 5000}), ""),  # quiet news, and both say so
        (Seen({}, 0, audits(2, 20)), "shadow.worse"),
        (Seen({}, 0, audits(8, 12)), ""),
        (Seen({}, 0, audits(20, 2)), ""),
    ],
)
def test_only_what_is_plain_speaks_against_it(seen: Seen, key: str) -> None:
    found = against(seen, 0.05)
    assert (found.key if found is not None else "") == key
    assert found is None or said(found, "zh") != said(found, "en")


def test_an_equal_version_is_seldom_called_worse() -> None:
    """However many audits there are, of those where one alone is right half are each one's."""
    rng = np.random.default_rng(5)
    wins = rng.binomial(30, 0.5, 400)
    called = [against(Seen({}, 0, audits(n, 30 - n, 100)), 0.05) is not None for n in wins.tolist()]
    assert np.mean(called) <= 0.05 + 2 * (0.05 * 0.95 / 400) ** 0.5
