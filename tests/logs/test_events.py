"""Log lines: one JSON object each, and no secret in any."""

from __future__ import annotations

import io
import json
import logging
import subprocess
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from monitor import config
from monitor.logs import events


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    target = io.StringIO()
    events.configure("info", secrets=["hunter22"], stream=target)
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
    for name in ("apscheduler.executors", "sqlalchemy.engine.Engine", "httpx2", "alembic.runtime"):
        logging.getLogger(name).info("no")
    assert stream.getvalue() == ""


def test_at_debug_libraries_are_heard_but_no_rows_of_the_database(stream: io.StringIO) -> None:
    events.configure("debug", stream=stream)
    for name in ("httpcore2.http11", "apscheduler", "asyncio", "sqlalchemy.engine.Engine"):
        logging.getLogger(name).debug("said by %s", name)
    assert [line["logger"] for line in lines(stream)] == ["httpcore2.http11", "apscheduler", "asyncio"]


def test_libraries_log_in_the_same_form(stream: io.StringIO) -> None:
    logging.getLogger("uvicorn").error("bad %s", "hunter22")
    assert lines(stream)[0]["event"] == "bad ***"


LIBRARIES = """
import logging
{before}
from monitor.logs import events
events.configure("debug", secrets=["hunter22"])
{after}
"""
STREAMLIT = """
from streamlit import logger
logger.init_uvicorn_logs()
logging.getLogger("uvicorn.error").error("said hunter22")
logger.get_logger("streamlit.x").warning("said hunter22")
"""
OWN = """
own = logging.getLogger("own.library")
own.addHandler(logging.StreamHandler())
own.propagate = False
"""


@pytest.mark.parametrize(
    ("before", "after", "number"),
    [
        ("", STREAMLIT, 2),
        ("from streamlit import logger", STREAMLIT, 2),
        ("", OWN + 'own.error("said hunter22")', 1),
        (OWN, 'own.error("said hunter22")', 1),
        ("", OWN + 'logging.getLogger("own.library.part").debug("said hunter22")', 1),
        (
            "",
            "import transformers.utils.logging as l; l.get_logger('transformers.x').warning('said hunter22')",
            1,
        ),
        ("", "import structlog; structlog.get_logger('x').debug('said hunter22')", 1),
    ],
)
def test_no_library_takes_its_lines_elsewhere(before: str, after: str, number: int) -> None:
    # In a process of its own: libraries give their loggers handlers once per process.
    program = LIBRARIES.format(before=before, after=after)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    events = [json.loads(line)["event"] for line in done.stderr.splitlines()]
    assert [event for event in events if "said" in event] == ["said ***"] * number


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


def test_a_file_receives_the_lines_too(tmp_path: Path, stream: io.StringIO) -> None:
    path = tmp_path / "log" / "monitor.log"
    events.configure("info", path, stream=stream)
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
    assert events.secrets(settings) == {"one", "two"}


def test_every_secret_of_the_settings_is_known(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(
        """
[store]
url = "postgresql://desk:canary-1@db.example/monitor"
[sources.feed]
kind = "rss"
url = "https://ann:canary%2D2@feed.example/rss?lang=en&token=canary-3"
[sources.own]
kind = "own"
api_key = "canary-4"
pin = "env:PIN"
title = "Wire of the day"
[notifiers.hook]
kind = "webhook"
url = "https://hooks.example/services/T0CANARY5/canaryAbCd6"
secret = "canary-7"
[notifiers.many]
kind = "apprise"
urls = ["tgram://123456789:canary_8-AA/4711", "mailto://ann:canary-9@mail.example"]
[classifier]
hub_token = "canary-10"
[detectors.d]
kind = "x"
deep = { er = [{ password = "canary-11" }] }
"""
    )
    settings = config.load(path, {"PIN": "canary-12", "MONITOR_INSTALLATION_KEY": "ca" * 32})
    known = events.secrets(settings)
    redact = events.Redact(known)
    for number in range(1, 13):
        for written in (f"canary-{number}", f"canary%2D{number}", f"canary_{number}-AA"):
            said = f"x {written} y"
            if f"canary{'' if number == 6 else '-'}{number}" in known or number in (5, 6, 8):
                continue
            assert said != redact.text(said), written
    for canary in (
        "T0CANARY5",
        "canaryAbCd6",
        "canary_8-AA",
        "canary-2",
        "canary%2D2",
        "canary-9",
        "ca" * 32,
    ):
        assert redact.text(f"x {canary} y") == "x *** y"
    for word in ("Wire of the day", "rss", "webhook", "feed.example", "hooks.example", "services", "lang=en"):
        assert redact.text(word) == word
    assert events.secrets(config.load(None, {})) == set()


@pytest.mark.parametrize(
    "value",
    [
        "x" * 10_000_000,
        {"a": "y" * 100_000, "b": ["z" * 50_000] * 50},
        {str(n): "w" * 1000 for n in range(500)},
        [[["v" * 9000] * 20] * 20] * 20,
        "密" * 1_000_000,
        "\u202e" * 100_000,
    ],
)
def test_no_line_is_longer_than_its_bound(stream: io.StringIO, value: Any) -> None:
    structlog.get_logger("monitor.test").warning("x", value=value)
    logging.getLogger("library").warning("%s", value)
    for line in stream.getvalue().splitlines():
        assert len(line) <= events.MAX_LINE and json.loads(line)["level"] == "warning"


def test_the_end_of_a_long_text_is_kept(stream: io.StringIO) -> None:
    structlog.get_logger("monitor.test").warning("begin " + "x" * 200_000 + " end")
    event = lines(stream)[0]["event"]
    assert event.startswith("begin xx") and event.endswith("xx end") and " characters … " in event


def test_a_secret_is_not_cut_in_two(stream: io.StringIO) -> None:
    for before in range(3_900, 4_100, 3):
        structlog.get_logger("monitor.test").warning("x" * before + "hunter22" + "y" * 20_000)
    assert "hunter2" not in stream.getvalue() and "unter22" not in stream.getvalue()


def test_no_character_is_more_than_a_character() -> None:
    """Whatever a terminal or an editor could take for a command, a line's end or a turn of direction."""
    unsafe = [
        chr(code)
        for code in range(sys.maxunicode + 1)
        if unicodedata.category(chr(code)) in ("Cc", "Cf", "Cs", "Zl", "Zp")
    ]
    stream = io.StringIO()
    line = events._Line(events.Redact())
    for start in range(0, len(unsafe), 500):
        text = "a".join(unsafe[start : start + 500])
        shown = line(None, "", {"event": text, text[:50]: 1})
        assert shown.isprintable() or not any(
            unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp") for c in shown
        )
        assert json.loads(shown)["event"] == text
        stream.write(shown)
    assert len(stream.getvalue().splitlines()) == 1


@given(
    st.recursive(st.none() | st.floats() | st.integers() | st.text() | st.binary(), st.lists, max_leaves=5)
)
def test_whatever_is_logged_is_one_object(value: Any) -> None:
    shown = events._Line(events.Redact())(None, "", {"event": "x", "value": value, str(value)[:20]: value})
    assert len(shown.splitlines()) == 1
    json.loads(shown, parse_constant=pytest.fail)


def test_a_call_that_cannot_be_written_is_told_and_the_next_one_works(stream: io.StringIO) -> None:
    class Broken:
        def __str__(self) -> str:
            raise RuntimeError("hunter22")

    root = logging.getLogger()
    root.handlers[:] = [
        one for one in root.handlers if isinstance(one, events._Lines)
    ]  # pytest's would raise
    logging.getLogger("library").error("%d", "hunter22")
    logging.getLogger("library").error("%s", Broken())
    structlog.get_logger("monitor.test").error("x", value=Broken())
    first, second, third = lines(stream)
    assert (first["event"], first["from"], first["error"]) == (
        "a line of the log could not be written",
        "library",
        "TypeError",
    )
    assert second["error"] == "RuntimeError"
    assert "that cannot be shown" in third["value"]
    assert "hunter22" not in stream.getvalue()


UNCAUGHT = """
import threading, warnings
from monitor.logs import events, standard_error
standard_error.take_over()
events.configure("info", secrets=["hunter22"])
events.own_process()
warnings.warn("of hunter22\\nsecond line")
def fail():
    raise ValueError("thread with hunter22")
thread = threading.Thread(target=fail, name="worker")
thread.start()
thread.join()
class Left:
    def __del__(self):
        raise KeyError("left hunter22")
Left()
async def later():
    import asyncio
    asyncio.get_running_loop().call_soon(fail)
    await asyncio.sleep(0)
import asyncio
asyncio.run(later())
raise RuntimeError("main with hunter22")
"""


def test_what_nobody_caught_is_a_line_of_the_log() -> None:
    done = subprocess.run([sys.executable, "-c", UNCAUGHT], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    found = [json.loads(line) for line in done.stderr.splitlines()]
    assert [(one["logger"], one["level"]) for one in found] == [
        ("py.warnings", "warning"),
        ("monitor", "critical"),
        ("monitor", "error"),
        ("asyncio", "error"),
        ("monitor", "critical"),
    ]
    assert found[1]["thread_name"] == "worker"
    for one, kind in zip(found[1:], ("ValueError", "KeyError", "ValueError", "RuntimeError"), strict=True):
        assert kind in one["exception"]
    assert "hunter22" not in done.stderr and "second line" in found[0]["event"]
