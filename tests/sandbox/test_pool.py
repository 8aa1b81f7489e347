"""Children: warm, one plugin each, gone when they should be."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from monitor.errors import LimitError, PluginError, StoppedError
from monitor.extensions.loading import Origin
from monitor.sandbox.pool import Pool
from tests.sandbox.conftest import HERE, LIMITS, alive, origin

GOOD = origin("good")


def call(pool: Pool, plugin: Origin = GOOD, **given: Any) -> dict[str, Any]:
    """Build an instance of the plugin's source, the least there is to ask."""
    named = {"do": "build", "group": "sources", "kind": plugin.name, "where": "here"}
    asked = {**named, "options": {}, "offered": {}}
    return pool.call(plugin, {**asked, **given})


def test_a_plugin_is_described(pool: Pool) -> None:
    told = pool.describe(GOOD)
    assert ["sources", "good"] in told["kinds"] and ["notifiers", "good"] in told["kinds"]
    assert told["hooks"] == sorted(
        f"register_{g}" for g in ("detectors", "notifiers", "sources", "strategies")
    )


def test_a_child_is_another_process_and_is_kept_warm(pool: Pool) -> None:
    call(pool)
    (first,) = pool.pids
    call(pool)
    assert pool.pids == [first] != [os.getpid()]


def test_every_plugin_has_children_of_its_own(pool: Pool) -> None:
    for _ in range(2):
        call(pool)
        call(pool, origin("raises", "bad"))
    assert len(pool.pids) == 2


def test_idle_children_are_few(pools: Callable[..., Pool]) -> None:
    pool = pools(idle=1)
    call(pool)
    (first,) = pool.pids
    call(pool, origin("raises", "bad"))
    assert len(pool.pids) == 1 and pool.pids != [first]
    assert not alive(first)


def test_a_child_is_replaced_after_its_share_of_calls(pools: Callable[..., Pool]) -> None:
    pool = pools(calls=2)
    seen = []
    for _ in range(3):
        call(pool)
        seen.append(tuple(pool.pids))
    assert seen[0] != () and seen[1] == () and seen[2] != seen[0]


def test_a_waiting_child_that_was_killed_is_replaced(pool: Pool) -> None:
    call(pool)
    (child,) = pool.pids
    os.kill(child, signal.SIGKILL)
    psutil.wait_procs([psutil.Process(child)] if alive(child) else [], timeout=30)
    call(pool)
    assert child not in pool.pids


def test_calls_at_the_same_time_have_children_of_their_own(pool: Pool) -> None:
    named = {"do": "fetch", "group": "sources", "kind": "good", "where": "here"}
    asked = {**named, "options": {"url": "x"}, "offered": {}}
    together = threading.Barrier(3, timeout=60)

    def answer(told: Any, body: bytes) -> Any:
        together.wait()
        return {"status": 200, "url": "x", "headers": {}}, b"a"

    def fetch() -> None:
        pool.call(GOOD, {**asked, "state": {}, "items": 9}, answer=answer, batch=lambda batch: None)

    threads = [threading.Thread(target=fetch) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(pool.pids)) == 3


def test_what_the_plugin_raises_keeps_its_child(pool: Pool) -> None:
    call(pool)
    before = pool.pids
    with pytest.raises(PluginError, match="does not provide kind 'nothing' any more"):
        call(pool, kind="nothing")
    assert pool.pids == before


def test_closing_ends_a_call_that_is_at_work(pools: Callable[..., Pool]) -> None:
    pool = pools()
    named = {"do": "fetch", "group": "sources", "kind": "good", "where": "here"}
    asked = {**named, "options": {"url": "x"}, "offered": {}}
    begun, caught = threading.Event(), []

    def answer(told: Any, body: bytes) -> Any:
        begun.set()
        stopped.wait(60)
        return {"status": 200, "url": "x", "headers": {}}, b"a"

    def fetch() -> None:
        try:
            pool.call(GOOD, {**asked, "state": {}, "items": 9}, answer=answer)
        except Exception as error:
            caught.append(error)

    stopped = threading.Event()
    thread = threading.Thread(target=fetch)
    thread.start()
    assert begun.wait(60)
    (child,) = pool.pids
    pool.close()
    stopped.set()
    thread.join()
    assert isinstance(caught[0], StoppedError)
    assert not alive(child)
    with pytest.raises(StoppedError):
        call(pool)


def test_no_child_is_left_when_the_pool_goes() -> None:
    pool = Pool(LIMITS)
    call(pool)
    (child,) = pool.pids
    del pool
    gc.collect()
    assert not alive(child)


PROGRAM = f"""
import os, sys, threading
sys.path.insert(0, {str(HERE.parents[1])!r})
print("started", flush=True)
from tests.sandbox.conftest import LIMITS, origin
from monitor.sandbox.pool import Pool
pool = Pool(LIMITS)
message = {{"do": "fetch", "group": "sources", "kind": "hangs", "where": ""}}
message |= {{"options": {{}}, "offered": {{}}, "state": {{}}, "items": 9}}
thread = threading.Thread(target=lambda: pool.call(origin("hangs", "bad"), message), daemon=True)
thread.start()
while not pool.pids:
    threading.Event().wait(0.05)
print(*pool.pids, flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("how", ["ends", "is killed"])
def test_no_child_outlives_its_program_and_main_is_not_run_again(how: str, tmp_path: Path) -> None:
    script = tmp_path / "program.py"
    script.write_text(PROGRAM)
    program = subprocess.Popen(
        [sys.executable, str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert program.stdout is not None and program.stdin is not None
    assert program.stdout.readline() == "started\n"
    child = psutil.Process(int(program.stdout.readline()))
    if how == "is killed":
        program.kill()
    program.stdin.close()
    program.wait(60)
    assert program.stdout.read() == ""
    program.stdout.close()
    gone, _ = psutil.wait_procs([child], timeout=60)
    assert gone


def test_a_child_that_cannot_be_started_is_an_error(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(PluginError, match="no process could be started"):
        call(pool)


def test_loading_has_a_limit_of_its_own(pools: Callable[..., Pool]) -> None:
    pool = pools(load_seconds=0.3)
    with pytest.raises(LimitError, match=r"importing it took more than 0\.3 seconds"):
        pool.describe(origin("dawdles", "bad"))
    assert pool.pids == []
