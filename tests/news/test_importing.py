"""Importing files: everything, once, with progress."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from monitor import pipeline
from monitor.errors import DataError, FetchError
from monitor.news.companies import Linker
from monitor.news.importing import drain
from monitor.pipeline import Intake, import_file, import_items
from monitor.records import Company, Item, Prediction
from monitor.settings import RoutingSettings
from monitor.store import Store, articles
from monitor.testing import FakeFetcher, FakeSource
from monitor_plugins.jsonl import Jsonl


@pytest.fixture
def intake(now: datetime) -> Intake:
    return Intake(
        "archive", Linker([Company("a", "Meridian Steel")]), RoutingSettings(), lambda: now, language="en"
    )


def file(path: Path, count: int) -> Path:
    rows = (
        {"title": f"Meridian Steel: notice {n:05} of the year", "url": f"https://a.example/{n}"}
        for n in range(count)
    )
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_a_file_is_imported_part_by_part_and_again_it_is_all_duplicates(
    store: Store, intake: Intake, tmp_path: Path
) -> None:
    path = file(tmp_path / "a.jsonl", 700)
    seen: list[tuple[float, float]] = []

    def run() -> tuple[int, int, int]:
        source = Jsonl(path, rows=300)
        result, warnings = import_file(
            store, source, FakeFetcher(), intake, lambda what, *at: seen.append(at)
        )
        assert (result.ok, warnings) == (True, [])
        return result.fetched, result.new, result.duplicates

    assert run() == (700, 700, 0)
    assert [done < total for done, total in seen] == [True, True, False]
    assert seen[-1] == (path.stat().st_size, path.stat().st_size)
    assert run() == (700, 0, 700)
    with store.read() as tx:
        assert articles.count(tx) == 700
        (view,) = articles.page(tx, limit=1, company="a")
    assert view.article.source == "archive"


def test_a_file_is_read_to_its_last_row_whatever_kind_it_is(
    sqlite_store: Store, intake: Intake, tmp_path: Path
) -> None:
    """More rows than a fetch delivers, the last without a line end, in an encoding that is guessed."""
    titles = [f"青禾农业第{n}号公告：业绩亏损" for n in range(25)]
    (tmp_path / "a.csv").write_bytes(("title\n" + "\n".join(titles)).encode("gbk"))
    (tmp_path / "a.json").write_text(json.dumps([{"title": title} for title in titles]))
    result, warnings = import_file(
        sqlite_store, Jsonl(tmp_path / "a.csv", rows=7, complete=True), FakeFetcher(), intake
    )
    assert result.new == 25 and [warning.partition(",")[0] for warning in warnings] == ["read as gb18030"]
    source = Jsonl(tmp_path / "a.json", rows=7, complete=True)
    result, warnings = import_file(sqlite_store, source, FakeFetcher(), intake)
    assert (result.fetched, result.duplicates, warnings) == (25, 25, [])


def test_unreadable_lines_are_told(sqlite_store: Store, intake: Intake, tmp_path: Path) -> None:
    path = file(tmp_path / "a.jsonl", 3)
    with path.open("a") as out:
        out.write("broken\n" + json.dumps({"title": "good"}) + "\n")
    result, warnings = import_file(sqlite_store, Jsonl(path), FakeFetcher(), intake)
    assert result.new == 4
    assert len(warnings) == 1 and warnings[0].startswith("line 4: not valid JSON")


def test_items_are_taken_as_they_come(
    sqlite_store: Store, intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "BATCH", 10)
    taken = 0
    stored: list[int] = []

    def stream() -> Iterator[Item]:
        nonlocal taken
        for number in range(35):
            if number % 10 == 0:
                with sqlite_store.read() as tx:
                    stored.append(articles.count(tx))
            taken += 1
            yield Item(f"notice {number}", guid=str(number % 30))

    result = import_items(sqlite_store, stream(), intake)
    assert stored == [0, 10, 20, 30]
    assert (taken, result.fetched, result.new, result.duplicates) == (35, 35, 30, 5)


def test_a_classifier_may_judge_at_once(sqlite_store: Store, now: datetime) -> None:
    told = Prediction({"negative": 0.1, "neutral": 0.1, "positive": 0.8}, {}, "m1")
    rules = RoutingSettings()
    intake = Intake("archive", Linker([]), rules, lambda: now, lambda batch: [told] * len(batch))
    import_items(sqlite_store, [Item("a"), Item("b")], intake)
    with sqlite_store.read() as tx:
        assert articles.unclassified(tx, 10) == []


def test_what_cannot_be_read_is_a_data_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="No such file"):
        list(drain(Jsonl(tmp_path / "none.csv"), FakeFetcher()))
    with pytest.raises(DataError, match="out of reach"):
        list(drain(FakeSource(error=FetchError("out of reach")), FakeFetcher()))
