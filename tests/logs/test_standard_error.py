"""Whatever is written to standard error comes out as one JSON object a line."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from typing import Any

import pytest

TAKE = "import os, sys; from monitor.logs import standard_error; standard_error.take_over();"


def told(program: str, code: int = 0, **more: Any) -> list[dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, "-c", TAKE + program], capture_output=True, text=True, timeout=60, **more
    )
    assert done.returncode == code, done.stderr
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert all(line.keys() >= {"event", "level", "logger", "at"} for line in lines)
    return lines


@pytest.mark.parametrize(
    "write",
    [
        "print('said', file=sys.stderr)",
        "os.write(2, b'said\\n')",
        "os.write(2, b'said')",
        "os.write(2, b'\\n\\r\\n  \\nsaid\\r\\n')",
        "os.system('echo said >&2')",
        "import subprocess as s; s.run([sys.executable, '-c', 'import sys; sys.stderr.write(\"said\")'])",
        "import atexit; atexit.register(print, 'said', file=sys.stderr)",
        "import threading; threading.Thread(target=sys.stderr.write, args=('said',)).start()",
    ],
)
def test_whoever_writes(write: str) -> None:
    assert [line["event"] for line in told(write)] == ["said"]


def test_bytes_of_any_kind() -> None:
    lines = told("os.write(2, bytes(range(256)) * 3); os.write(2, '密码\\u2028\\x1b[31m'.encode())")
    assert "密码\u2028\x1b[31m" in lines[-1]["event"]


def test_a_line_without_end_is_bounded() -> None:
    lines = told("os.write(2, b'x' * 1_000_000)")
    assert all(len(json.dumps(line)) < 33_000 for line in lines)
    assert sum(len(line["event"]) for line in lines) >= 16_000


def test_an_error_that_nobody_caught() -> None:
    lines = told("raise ValueError('no such thing')", code=1)
    assert lines[-1]["event"] == "ValueError: no such thing"


def test_secrets_are_hidden_before_any_setting_is_known() -> None:
    (line,) = told("print('https://ann:hunter22@x.example/?token=abc', file=sys.stderr)")
    assert line["event"] == "https://***@x.example/?token=***"


def test_giving_back_leaves_standard_error_as_it_was() -> None:
    program = "print('a', file=sys.stderr); standard_error.give_back(); standard_error.give_back();"
    program += "print('b', file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", TAKE + program], capture_output=True, text=True)
    first, second = done.stderr.splitlines()
    assert (json.loads(first)["event"], second) == ("a", "b")


def test_a_child_that_stays_does_not_keep_the_end_waiting() -> None:
    program = (
        "import subprocess; subprocess.Popen(['sleep', '100'], stdout=subprocess.DEVNULL); print(os.getpid())"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", TAKE + program],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    assert child.wait(60) == 0
    os.killpg(child.pid, signal.SIGKILL)
    assert child.stdout is not None
    child.stdout.close()


def test_nobody_who_reads_is_no_error() -> None:
    program = (
        TAKE + "print('x', file=sys.stderr); sys.stderr.flush(); import time; time.sleep(0.2); print('done')"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert child.stderr is not None
    child.stderr.close()
    out, _ = child.communicate(timeout=60)
    assert (child.returncode, out) == (0, "done\n")


def test_a_terminal_is_left_to_the_person_before_it() -> None:
    master, slave = os.openpty()
    program = "print(standard_error.owned(), standard_error.taken()); print('said', file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", TAKE + program], stdout=subprocess.PIPE, stderr=slave, text=True
    )
    assert done.stdout == "True None\n"
    assert os.read(master, 100) == b"said\r\n"
    os.close(master)
    os.close(slave)
