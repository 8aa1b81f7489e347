"""The labelled set of stories is what docs/benchmarks.md says of it."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
HALVES = ("held_out", "tuned")


def events(half: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (HERE / f"{half}.jsonl").read_text("utf-8").splitlines()]


def test_it_is_as_large_and_as_hard_as_it_says() -> None:
    every = [event for half in HALVES for event in events(half)]
    told = sum(len(event["told"]) for event in every)
    hard = sum(len(event["told"]) for event in every if event["family"])
    both = sum(len({language for _, language, _, _ in event["told"]}) == 2 for event in every)
    assert told >= 600 and len(every) >= 150 and 3 * hard >= told and both >= 50


@pytest.mark.parametrize("half", HALVES)
def test_a_family_has_several_events_and_an_event_one_name(half: str) -> None:
    found = events(half)
    assert len({event["event"] for event in found}) == len(found)
    families = Counter(event["family"] for event in found if event["family"])
    assert min(families.values()) > 1


def test_the_halves_share_no_headline() -> None:
    held_out, tuned = ({line for event in events(half) for *_, line in event["told"]} for half in HALVES)
    assert not held_out & tuned
