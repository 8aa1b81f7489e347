"""Log lines: one JSON object each, and no secret in any."""

from __future__ import annotations

import io
import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from monitor import config, logs


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    target = io.StringIO()
    logs.configure("info", secrets=["hunter22"], stream=target)
    yield target
    root.handlers[:] = before
    root.setLevel(level)
    structlog.reset_defaults()


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_one_line_is_one_object(stream: io.StringIO) -> None:
    structlog.get_logger("monitor.test").info("poll done", source="甲\n乙", new=3)
    (line,) = lines(stream)
    assert line.pop("at").endswith("Z")
    assert line == {
        "event": "poll done",
        "level": "info",
        "logger": "monitor.test",
        "source": "甲\n乙",
        "new": 3,
    }


def test_below_the_level_nothing_is_written(stream: io.StringIO) -> None:
    structlog.get_logger("monitor.test").debug("no")
    logging.getLogger("apscheduler.executors").info("no")
    assert stream.getvalue() == ""


def test_libraries_log_in_the_same_form(stream: io.StringIO) -> None:
    logging.getLogger("uvicorn").error("bad %s", "hunter22")
    assert lines(stream)[0]["event"] == "bad ***"


def test_importing_streamlit_takes_no_log_away() -> None:
    # In a process of its own: Streamlit takes uvicorn's loggers once per process.
    program = """
import logging
from monitor import logs
logs.configure("info", secrets=["hunter22"])
from streamlit import logger
logger.init_uvicorn_logs()
assert not logging.getLogger("uvicorn.error").propagate, "Streamlit changed: reclaim() may go"
logs.reclaim()
logging.getLogger("uvicorn.error").error("said hunter22")
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert [json.loads(line)["event"] for line in done.stderr.splitlines()] == ["said ***"]


def test_an_exception_stays_on_its_line(stream: io.StringIO) -> None:
    try:
        raise ValueError("hunter22 was wrong")
    except ValueError:
        structlog.get_logger("monitor.test").exception("job failed")
    (line,) = lines(stream)
    assert "ValueError: *** was wrong" in line["exception"]


@pytest.mark.parametrize(
    "fields",
    [
        {"password": "tr0ub4dor"},
        {"api_key": "tr0ub4dor"},
        {"headers": {"Authorization": "Bearer tr0ub4dor"}},
        {"url": "postgresql://desk:tr0ub4dor@db/monitor"},
        {"url": "https://feed.example/rss?lang=en&token=tr0ub4dor"},
        {"options": [{"secret": "tr0ub4dor"}]},
    ],
)
def test_secrets_are_hidden(stream: io.StringIO, fields: dict[str, Any]) -> None:
    structlog.get_logger("monitor.test").warning("x", **fields)
    assert "tr0ub4dor" not in stream.getvalue()
    assert "***" in stream.getvalue()


def test_harmless_addresses_are_left_alone(stream: io.StringIO) -> None:
    url = "https://feed.example/a:b/rss?lang=en&page=2"
    structlog.get_logger("monitor.test").warning("x", url=url)
    assert lines(stream)[0]["url"] == url


WORD = st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=4)


@given(WORD, st.text(" .:/{}甲\n\"'"))
def test_a_known_secret_never_appears(secret: str, around: str) -> None:
    assert logs.Redact([secret]).text(f"{around}{secret}{around}{secret}") == f"{around}***{around}***"


def test_a_file_receives_the_lines_too(tmp_path: Path, stream: io.StringIO) -> None:
    path = tmp_path / "log" / "monitor.log"
    logs.configure("info", path, stream=stream)
    structlog.get_logger("monitor.test").info("hello")
    for handler in logging.getLogger().handlers:
        handler.close()
    assert json.loads(path.read_text("utf-8"))["event"] == "hello"


def test_the_settings_secrets_are_known(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(
        '[notifiers.a]\nkind = "x"\nkeys = [{k = "env:K"}]\n[sources.b]\nkind = "y"\ntoken = "env:T"\n'
    )
    settings = config.load(path, {"K": "one", "T": "two"})
    assert logs.secrets(settings) == {"one", "two"}
