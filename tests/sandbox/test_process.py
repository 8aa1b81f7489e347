"""A child that gives way: it computes when nobody else does."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.sandbox.process import NICE, Process, no_items, no_questions
from tests.sandbox.conftest import LIMITS, origin

BUILD = {"do": "build", "group": "sources", "kind": "good", "options": {}, "offered": {}, "where": "here"}


def rank(child: Process) -> str | None:
    """How the child's session ranks among all others; None where the system does not rank sessions."""
    try:
        return Path(f"/proc/{child.pid}/autogroup").read_text("ascii").split()[-1]
    except OSError:
        return None


def niceness(child: Process) -> int:
    return os.getpriority(os.PRIO_PROCESS, child.pid)


@pytest.fixture(params=[True, False], ids=["gentle", "not"])
def child(request: pytest.FixtureRequest) -> Iterator[Process]:
    child = Process(origin("good"), LIMITS, gentle=request.param)
    try:
        child.load()
        yield child
    finally:
        child.close()


def test_one_that_ran_into_a_limit_before_gives_way_from_the_beginning(child: Process) -> None:
    usual = os.getpriority(os.PRIO_PROCESS, 0)
    gave_way = niceness(child) == NICE
    assert gave_way or niceness(child) == usual
    assert rank(child) in (None, str(NICE) if gave_way else "0")
    child.call(BUILD, no_questions, no_items, "")
    if not child.worn(calls=9):  # where it may be undone, it is, and the child is used again
        assert (niceness(child), rank(child) in (None, "0")) == (usual, True)
    else:
        assert gave_way and os.geteuid() != 0
