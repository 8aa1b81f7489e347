"""What holds of every executor; `local` is asked here, `clusters` in its own file with the same works."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.errors import DataError, StoppedError, UserError, WorkerError
from monitor.executor import AHEAD, Each, Executor, Watch, cut, opened, portable
from monitor.executor.chosen import executor
from monitor.executor.driven import OnCluster
from monitor.executor.local import Inline, Processes
from monitor.settings import BulkSettings, ClusterSettings
from tests.executor import works

BOTH = [Inline(1), Processes(2, 1)]
both = pytest.mark.parametrize("one", BOTH, ids=lambda one: one.kind)


@given(st.lists(st.integers()), st.integers(1, 9))
def test_batches_are_the_items_in_order(items: list[int], size: int) -> None:
    batches = list(cut(items, size))
    assert [one for batch in batches for one in batch] == items
    assert all(len(batch) == size for batch in batches[:-1]) and all(batches)


@settings(max_examples=4)
@given(st.lists(st.text(max_size=80), min_size=1, max_size=40), st.integers(1, 16), st.integers(0, 9))
def test_results_are_the_same_to_the_bit_whoever_computes(texts: list[str], size: int, seed: int) -> None:
    told = []
    for one in (*BOTH, Processes(1, 1)):
        with one.map(works.Judging(seed), cut(texts, size)) as results:
            told.append(list(results))
    assert told[0] == told[1] == told[2]
    assert len(told[0]) == -(-len(texts) // size)


@both
def test_results_come_in_order_however_long_each_takes(one: Executor) -> None:
    told: list[tuple[str, float, float]] = []
    watch = Watch("slow", 12, lambda *words: told.append(words))
    with one.map(Each(works.slow), range(12), watch) as results:
        assert list(results) == list(range(12))
    assert told == [("slow", done, 12) for done in range(1, 13)]


@both
def test_no_batch_is_taken_long_before_its_turn(one: Executor) -> None:
    """So that a file larger than memory streams."""
    taken = 0

    def batches() -> Iterator[int]:
        nonlocal taken
        while taken < 10_000:
            taken += 1
            yield taken

    with one.map(Each(works.square), batches()) as results:
        assert [next(results) for _ in range(3)] == [1, 4, 9]
        assert taken <= 3 + AHEAD * one.workers


@both
def test_work_is_opened_once_in_each_worker(one: Executor, tmp_path: Path) -> None:
    loads = tmp_path / "loads"
    with one.map(works.Judging(1, str(loads)), cut(map(str, range(40)), 2)) as results:
        list(results)
    pids = loads.read_text().split()
    assert len(pids) == len(set(pids)) <= one.workers
    assert (str(os.getpid()) in pids) == (one.kind == "inline")


def test_batches_of_a_worker_that_dies_are_done_by_another(tmp_path: Path) -> None:
    mortal = works.Mortal(str(tmp_path), (0, 4, 5))
    with Processes(2, 1).map(mortal, range(9)) as results:
        assert list(results) == [10 * number for number in range(9)]
    assert {one.name for one in tmp_path.iterdir()} == {"0", "4", "5"}


def test_a_batch_that_kills_every_worker_is_named() -> None:
    told = []
    with (
        pytest.raises(WorkerError, match="3 workers died with batch 4, the last one by SIGKILL"),
        Processes(1, 1).map(Each(works.deadly), range(9)) as results,
    ):
        told.extend(results)
    assert told == [0, 1, 2]


@both
def test_an_error_of_the_work_is_raised_where_its_batch_is(one: Executor) -> None:
    told = []
    with one.map(Each(works.picky), range(9)) as results:
        with pytest.raises(DataError, match="row 5 is none"):
            for result in results:
                told.append(result)
        assert told == [0, 1, 2, 3, 4]


def test_an_error_that_cannot_travel_says_what_it_was() -> None:
    with (
        Processes(1, 1).map(Each(works.odd), [1]) as results,
        pytest.raises(WorkerError, match="a worker raised Odd: 1 and 2"),
    ):
        list(results)
    assert type(portable(DataError("x"))) is DataError


def test_work_that_cannot_be_sent_is_refused() -> None:
    with (
        pytest.raises(WorkerError, match="cannot be sent"),
        Processes(1, 1).map(Each(lambda batch: batch), [1]) as results,
    ):
        list(results)


def test_who_stops_leaves_no_child() -> None:
    """Whether by an error of the one who asks, a request to stop, or Ctrl-C."""
    looks = 0

    def check() -> None:
        nonlocal looks
        looks += 1
        if looks > 3:
            raise StoppedError("enough")

    with (
        pytest.raises(StoppedError),
        Processes(2, 1).map(Each(works.forever), range(9), Watch(check=check)) as results,
    ):
        next(results)
    assert _children() == []
    with (
        pytest.raises(KeyboardInterrupt),
        Processes(2, 1).map(Each(works.square), range(9)) as results,
    ):
        next(results)
        raise KeyboardInterrupt
    assert _children() == []


def test_no_child_outlives_a_parent_that_is_killed() -> None:
    code = (
        "from monitor.executor import Each; from monitor.executor.local import Processes;"
        "from tests.executor import works; from monitor.executor import local\n"
        "was = local._Child.__init__\n"
        "def told(self, *given):\n was(self, *given); print(self.process.pid, flush=True)\n"
        "local._Child.__init__ = told\n"
        "with Processes(2, 1).map(Each(works.forever), range(9)) as results: next(results)"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    with parent.stdout:
        pids = [int(parent.stdout.readline()) for _ in range(2)]
        parent.kill()
        parent.wait()
    for _ in range(200):
        if not any(map(_alive, pids)):
            break
        time.sleep(0.05)
    assert not any(map(_alive, pids))


def test_threads_are_limited_while_a_batch_is_done() -> None:
    from threadpoolctl import threadpool_info

    def most(batch: int) -> int:
        return max((one["num_threads"] for one in threadpool_info()), default=1)

    assert opened(Each(most), 1)(0) == 1


def test_the_settings_choose(monkeypatch: pytest.MonkeyPatch) -> None:
    cores = len(os.sched_getaffinity(0))
    assert executor(BulkSettings()) == Inline(cores)
    assert executor(BulkSettings(executor="processes", threads=1)) == Processes(cores, 1)
    assert executor(BulkSettings(executor="processes")) == Processes(1, cores)
    assert executor(BulkSettings(executor="processes", workers=3, threads=2)) == Processes(3, 2)
    here = ClusterSettings(address="10.1.0.5:6379")
    with monkeypatch.context() as patch:
        patch.setattr("importlib.util.find_spec", lambda name: None)
        with pytest.raises(UserError, match=r"pip install 'news-monitor\[cluster\]'"):
            executor(BulkSettings(executor="ray"), here)
        patch.setattr("importlib.util.find_spec", lambda name: name)
        assert executor(BulkSettings(executor="ray", workers=4), here) == OnCluster("10.1.0.5:6379", 4, cores)


def test_executors_can_be_sent_themselves() -> None:
    assert pickle.loads(pickle.dumps(BOTH)) == BOTH


def _children() -> list[int]:
    """Processes whose parent is this one."""
    found = Path(f"/proc/{os.getpid()}/task").glob("*/children")
    pids = [int(pid) for path in found for pid in path.read_text().split()]
    return [pid for pid in pids if b"monitor.executor" in Path(f"/proc/{pid}/cmdline").read_bytes()]


def _alive(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
