"""The original is kept nowhere: not in the store, its revisions, a backup, an error, a warning or a log."""

from __future__ import annotations

import gzip
import io
import json
import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import structlog

from monitor.errors import DataError, FetchError
from monitor.logs import events
from monitor.news.companies import Linker
from monitor.news.importing import drain
from monitor.pipeline import Intake, import_file, poll
from monitor.records import Item, PollResult
from monitor.settings import RoutingSettings
from monitor.store import Store, articles, backup, sources
from monitor.testing import FakeFetcher, FakeSource
from monitor_plugins.jsonl import Jsonl

RAW = [
    "13812345678",
    "ann@example.com",
    "11010519491231002X",
    "4111111111111111",
    "GB82WEST12345698765432",
    "E12345678",
    "203.0.113.45",
    "219-09-9998",
]
SAID = [
    f"电话{RAW[0]}",
    f"mail {RAW[1]}",
    f"身份证{RAW[2]}",
    f"card {RAW[3]}",
    f"IBAN {RAW[4]}",
    f"护照{RAW[5]}",
    f"IP {RAW[6]}",
    f"SSN {RAW[7]}",
]


def item(said: str, number: int, more: str = "") -> Item:
    return Item(
        title=f"第{number}号投诉 {said}",
        text=f"<p>他说：{said}，要求退款。{more}</p>",
        url=f"https://a.example/{number}?q={said}",
        guid=f"{number} {said}",
        author=said,
    )


def files(store: Store, tmp_path: Path) -> bytes:
    """Every byte that the store has on disk, and a backup of it."""
    with store.read() as tx:
        backup.dump(tx, tmp_path / "all.backup")
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir() if path.suffix != ".jsonl")
    packed = (tmp_path / "all.backup").read_bytes()
    return kept + (gzip.decompress(packed) if packed[:2] == b"\x1f\x8b" else packed)


def intake(now: datetime, *, mask: bool = True) -> Intake:
    return Intake("desk", Linker([]), RoutingSettings(), lambda: now, mask=mask)


def run(store: Store, source: FakeSource, now: datetime, *, mask: bool = True) -> PollResult:
    return poll(store, source, FakeFetcher(), intake(now, mask=mask), interval=timedelta(minutes=5))


def test_no_raw_value_is_on_disk(sqlite_store: Store, now: datetime, tmp_path: Path) -> None:
    items = [item(said, number) for number, said in enumerate(SAID)]
    warnings = [f"line {number}: {said} does not fit" for number, said in enumerate(SAID[:5])]
    assert run(sqlite_store, FakeSource(items, warnings), now).new == len(items)
    edited = [item(said, number, "他又来信。") for number, said in enumerate(SAID)]
    assert run(sqlite_store, FakeSource(edited), now).ok
    error = FetchError(f"said {SAID[0]} and {SAID[1]}")
    assert not run(sqlite_store, FakeSource(error=error), now).ok
    kept = files(sqlite_store, tmp_path)
    assert b"[phone]" in kept and b"[bank-card]" in kept
    assert [raw for raw in RAW if raw.encode() in kept] == []


def test_without_mask_they_are_kept(sqlite_store: Store, now: datetime, tmp_path: Path) -> None:
    """What the test above looks for is found where it is."""
    run(sqlite_store, FakeSource([item(said, number) for number, said in enumerate(SAID)]), now, mask=False)
    kept = files(sqlite_store, tmp_path)
    assert [raw for raw in RAW if raw.encode() not in kept] == []


def test_two_polls_of_one_item_give_one_article(store: Store, now: datetime) -> None:
    items = [item(said, number) for number, said in enumerate(SAID)]
    first, again = run(store, FakeSource(items), now), run(store, FakeSource(items), now)
    assert (first.new, first.duplicates) == (len(items), 0)
    assert (again.new, again.duplicates) == (0, len(items))


def test_an_edit_is_a_revision_without_what_was_masked(store: Store, now: datetime) -> None:
    run(store, FakeSource([Item("投诉", "电话13812345678，要求退款。", "https://a.example/1", "1")]), now)
    run(store, FakeSource([Item("投诉", "电话13912345678，要求退款！！", "https://a.example/1", "1")]), now)
    with store.read() as tx:
        (view,) = articles.page(tx)
        (before,) = articles.history(tx, view.article.id)
    assert (before.text, view.article.text) == ("电话[phone]，要求退款。", "电话[phone]，要求退款！！")


def test_a_mask_is_searched_for(store: Store, now: datetime) -> None:
    run(store, FakeSource([Item("投诉", "电话13812345678"), Item("新闻", "净利润13812345678元")]), now)
    with store.read() as tx:
        found = [view.article.title for view in articles.page(tx, text="phone")]
        none = articles.page(tx, text="电话13812345678")
    assert (found, none) == (["投诉"], [])


def test_warnings_and_errors_are_told_without_it(sqlite_store: Store, now: datetime) -> None:
    result = run(sqlite_store, FakeSource(error=FetchError(f"the row {' '.join(SAID)} is broken")), now)
    with sqlite_store.read() as tx:
        told = sources.status(tx, "desk").last_error
    run(sqlite_store, FakeSource(error=ValueError("13812345678 " + "x" * 400)), now)
    with sqlite_store.read() as tx:
        raised = sources.status(tx, "desk").last_error
    run(sqlite_store, FakeSource([Item("t")], [f"{' '.join(SAID)}: no such column"]), now)
    with sqlite_store.read() as tx:
        (warning,) = sources.status(tx, "desk").warnings
    for text in (result.error, told, raised, warning):
        assert [raw for raw in RAW if raw in text] == []
    assert "[phone]" in told and "[phone]" in raised and "[phone]" in warning


def test_a_date_that_cannot_be_read_is_told_without_it(sqlite_store: Store, now: datetime) -> None:
    assert run(sqlite_store, FakeSource([Item("t", published_at=f"{SAID[0]} {SAID[1]}")]), now).ok
    with sqlite_store.read() as tx:
        (warning,) = sources.status(tx, "desk").warnings
    assert "[phone]" in warning and "[email]" in warning
    assert [raw for raw in RAW if raw in warning] == []


def test_a_broken_row_of_a_file_is_told_without_it(
    sqlite_store: Store, now: datetime, tmp_path: Path
) -> None:
    path = tmp_path / "rows.jsonl"
    rows = [{"title": "投诉", "text": said} for said in SAID]
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    result, _ = import_file(sqlite_store, Jsonl(path), FakeFetcher(), intake(now))
    assert result.new == len(SAID)
    with sqlite_store.read() as tx:
        texts = [view.article.content for view in articles.page(tx)]
    assert [raw for raw in RAW if raw in "".join(texts)] == []

    headless = tmp_path / "headless.csv"
    headless.write_text("张三,13812345678,ann@example.com\n", encoding="utf-8")
    with pytest.raises(DataError) as caught:
        list(drain(Jsonl(headless), FakeFetcher()))
    assert "[phone]" in str(caught.value) and "[email]" in str(caught.value)

    told: list[str] = []
    source = FakeSource([Item("t")], [f"line 2: {SAID[0]} is no object"])
    rows_of = drain(source, FakeFetcher(), warn=told.append)
    next(rows_of)
    assert told == ["line 2: 电话[phone] is no object"]


@pytest.fixture
def stream(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    # A host of classifiers in this process, of another test, keeps its own server's access log quiet.
    for name, value in (("propagate", True), ("level", logging.NOTSET)):
        monkeypatch.setattr(logging.getLogger("uvicorn.access"), name, value)
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    target = io.StringIO()
    events.configure("info", stream=target)
    yield target
    root.handlers[:] = before
    root.setLevel(level)
    structlog.reset_defaults()


def test_no_log_line_holds_it(stream: io.StringIO) -> None:
    log = structlog.get_logger("monitor.test")
    try:
        raise ValueError(" ".join(SAID))
    except ValueError:
        log.exception("job failed", row={"cells": SAID}, url=f"https://a.example/?mail={RAW[1]}")
    logging.getLogger("a.library").warning("cannot read %s", SAID[0])
    log.warning("13812345678", author="李雷 13812345678")
    for line in stream.getvalue().splitlines():
        assert json.loads(line)
        assert [raw for raw in RAW if raw in line] == []
    assert stream.getvalue().count("[phone]") == 5


def test_who_connected_is_still_logged(stream: io.StringIO) -> None:
    structlog.get_logger("monitor.test").info(
        "web.serving", url="http://203.0.113.45:8080", client="203.0.113.7"
    )
    logging.getLogger("uvicorn.access").info('%s - "GET / HTTP/1.1" 200', "203.0.113.7:51234")
    first, second = map(json.loads, stream.getvalue().splitlines())
    assert (first["url"], first["client"]) == ("http://203.0.113.45:8080", "203.0.113.7")
    assert second["event"].startswith("203.0.113.7:51234")
