"""The sandbox against functions that spin, hang, eat memory and die.

They are the standard library's own: a child imports what it runs by name.
"""

from __future__ import annotations

import gc
import json
import operator
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from monitor.errors import FetchError
from monitor.sandbox import Sandbox
from monitor_plugins.rss.document import read


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    sandbox = Sandbox()
    yield sandbox
    sandbox.close()


def alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_returns_what_the_function_returns(sandbox: Sandbox) -> None:
    assert sandbox.run(json.loads, '["中文", 1, null, {"a": [1.5]}]') == ["中文", 1, None, {"a": [1.5]}]


def test_a_large_body_goes_there(sandbox: Sandbox) -> None:
    assert sandbox.run(len, b"x" * 20_000_000) == 20_000_000


def test_a_lone_surrogate_comes_back(sandbox: Sandbox) -> None:
    assert sandbox.run(chr, 0xD800) == "\ud800"


def test_the_child_is_another_process_and_is_kept_warm(sandbox: Sandbox) -> None:
    first = sandbox.run(os.getpid)
    assert first != os.getpid()
    assert sandbox.run(os.getpid) == first


def test_the_child_imports_nothing_heavy(sandbox: Sandbox) -> None:
    loaded = sandbox.run(eval, "list(__import__('sys').modules)")
    assert not {"torch", "sqlalchemy", "numpy", "pytest", "pydantic", "streamlit"} & set(loaded)


def test_what_the_function_prints_does_not_disturb(sandbox: Sandbox) -> None:
    assert sandbox.run(os.write, 1, b"\xff" * 16) == 16
    assert sandbox.run(print, "on standard output") is None
    assert sandbox.run(len, "abc") == 3


def test_a_fetch_error_keeps_its_words(sandbox: Sandbox) -> None:
    with pytest.raises(FetchError, match=r"^the answer is empty: there is no feed in it$"):
        sandbox.run(read, b"", "", "")


@pytest.mark.parametrize(
    ("function", "argument", "reason"),
    [
        (eval, "{}['title']", "KeyError"),
        (json.loads, "[" * 100_000, "nested too deeply"),
        (operator.itemgetter, 1, "not JSON serializable"),
        (bytearray, 4_000_000_000, "1,000 MB of memory"),
        (os._exit, 3, "exit status 3"),
        (os.abort, None, "SIGABRT"),
    ],
)
def test_failures_are_fetch_errors_and_the_next_call_works(
    sandbox: Sandbox, function: Any, argument: Any, reason: str
) -> None:
    with pytest.raises(FetchError, match=reason):
        sandbox.run(function, *([] if argument is None else [argument]))
    assert sandbox.run(len, "abc") == 3


def test_processor_time_is_limited_for_each_task(sandbox: Sandbox) -> None:
    before = sandbox.run(os.getpid)
    with pytest.raises(FetchError, match="more than 1 seconds of processor time"):
        sandbox.run(re.match, r"(a+)+$", "a" * 60 + "!", cpu_seconds=1)
    assert not alive(before)
    assert sandbox.run(len, "abc") == 3


def test_wall_time_is_limited(sandbox: Sandbox) -> None:
    child = sandbox.run(os.getpid)
    with pytest.raises(FetchError, match=r"more than 0\.3 seconds"):
        sandbox.run(time.sleep, 600, wall_seconds=0.3)
    assert not alive(child)


def test_a_waiting_child_that_was_killed_is_replaced(sandbox: Sandbox) -> None:
    child = sandbox.run(os.getpid)
    os.kill(child, signal.SIGKILL)
    psutil.wait_procs([psutil.Process(child)] if psutil.pid_exists(child) else [], timeout=5)
    assert sandbox.run(os.getpid) != child


def test_a_child_is_replaced_after_its_share_of_tasks() -> None:
    sandbox = Sandbox(tasks=2)
    pids = [sandbox.run(os.getpid) for _ in range(4)]
    sandbox.close()
    assert pids[0] == pids[1] != pids[2] == pids[3]


def test_threads_get_children_of_their_own(sandbox: Sandbox) -> None:
    results: list[int] = []
    threads = [threading.Thread(target=lambda n=n: results.append(sandbox.run(abs, -n))) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [0, 1, 2, 3]


def test_no_child_is_left_when_the_sandbox_goes() -> None:
    sandbox = Sandbox()
    child = sandbox.run(os.getpid)
    del sandbox
    gc.collect()
    assert not psutil.pid_exists(child)


def test_no_child_is_left_when_the_program_ends_and_main_is_not_run_again(tmp_path: Path) -> None:
    script = tmp_path / "program.py"
    script.write_text(
        "print('started', flush=True)\n"
        "import os\nfrom monitor.sandbox import Sandbox\n"
        "sandbox = Sandbox()\nprint(sandbox.run(os.getpid))\n"
    )
    command = [sys.executable, str(script)]
    output = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout.split()
    assert output[0] == "started" and len(output) == 2
    assert not psutil.pid_exists(int(output[1]))
