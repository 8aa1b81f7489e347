"""The `jsonl` source: every kind of file, appended rows, damaged lines."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet
import pytest

from monitor import DataError, DateReader, Dates, Item
from monitor.testing import FakeFetcher, check_source
from monitor_plugins.jsonl import Jsonl
from monitor_plugins.jsonl.rows import item_of

ROWS = [
    {
        "title": "Shares fall",
        "text": "By a tenth.",
        "url": "https://a.example/1",
        "id": 7,
        "date": "2026-03-02",
    },
    {"title": "股价上涨", "text": "成交活跃", "url": "", "id": None, "date": "2026-03-02T08:00:00+08:00"},
]
ITEMS = [
    Item("Shares fall", "By a tenth.", "https://a.example/1", "7", "", date(2026, 3, 2)),
    Item("股价上涨", "成交活跃", published_at=datetime(2026, 3, 2, tzinfo=UTC)),
]


def lines(*rows: Any) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def written(path: Path, text: str | bytes) -> Jsonl:
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return Jsonl(path)


def fetch(source: Jsonl, state: Any = None) -> Any:
    return source.fetch(json.loads(json.dumps(state or {})), FakeFetcher())


def titles(source: Jsonl, state: Any = None) -> list[str]:
    return [item.title for item in fetch(source, state).items]


def test_keeps_the_contract(tmp_path: Path) -> None:
    check_source(written(tmp_path / "a.jsonl", lines(*ROWS)), FakeFetcher())


def test_json_lines(tmp_path: Path) -> None:
    for text in (lines(*ROWS), "\ufeff" + lines(*ROWS), lines(*ROWS).rstrip("\n"), "\n\n" + lines(*ROWS)):
        assert list(fetch(written(tmp_path / "a.jsonl", text)).items) == ITEMS


def test_cells(tmp_path: Path) -> None:
    header = ["title", "text", "url", "id", "date"]
    rows = [header, *([str(row[name] or "") for name in header] for row in ROWS)]
    for ending, mark in (("csv", ","), ("tsv", "\t")):
        text = "".join(mark.join(row) + "\r\n" for row in rows)
        assert list(fetch(written(tmp_path / f"a.{ending}", text)).items) == ITEMS


def test_a_quoted_cell_may_hold_line_ends(tmp_path: Path) -> None:
    source = written(tmp_path / "a.csv", 'title,text\n"one, two","first\nsecond"\nthree,x\n')
    assert [(item.title, item.text) for item in fetch(source).items] == [
        ("one, two", "first\nsecond"),
        ("three", "x"),
    ]


def test_parquet(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    table = pa.table({"Headline": ["a", "b", "c"], "time": [datetime(2026, 3, 2, tzinfo=UTC)] * 3})
    pyarrow.parquet.write_table(table, path, row_group_size=2)
    source = Jsonl(path, rows=2)
    first = fetch(source)
    assert [item.title for item in first.items] == ["a", "b"]
    assert first.items[0].published_at == datetime(2026, 3, 2, tzinfo=UTC)
    second = fetch(source, first.state)
    assert [item.title for item in second.items] == ["c"]
    assert titles(source, second.state) == []
    pyarrow.parquet.write_table(table.slice(1), path)
    assert titles(Jsonl(path), second.state) == ["b", "c"]


def test_lines_in_gb18030_are_read(tmp_path: Path) -> None:
    assert titles(written(tmp_path / "a.csv", "title\n贵州茅台\n".encode("gb18030"))) == ["贵州茅台"]


# --- continuing --------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", ["jsonl", "csv"])
def test_appended_rows_only_are_read(tmp_path: Path, ending: str) -> None:
    def rows(*names: str) -> str:
        return (
            lines(*({"title": name} for name in names))
            if ending == "jsonl"
            else "".join(f"{n},x\n" for n in names)
        )

    head = "" if ending == "jsonl" else "title,text\n"
    source = written(tmp_path / f"a.{ending}", head + rows("a", "b"))
    first = fetch(source)
    assert [item.title for item in first.items] == ["a", "b"]
    assert titles(source, first.state) == []
    with source.path.open("a") as file:
        file.write(rows("c"))
    assert titles(source, first.state) == ["c"]


def test_a_long_file_is_read_part_by_part(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    written(path, lines(*({"title": str(n)} for n in range(10))))
    state: Any = {}
    found = []
    while items := (fetched := fetch(Jsonl(path, rows=4), state)).items:
        assert fetched.state["offset"] <= fetched.state["size"] == path.stat().st_size
        found.append([item.title for item in items])
        state = fetched.state
    assert found == [["0", "1", "2", "3"], ["4", "5", "6", "7"], ["8", "9"]]


def test_a_line_that_is_still_being_written_waits(tmp_path: Path) -> None:
    source = written(tmp_path / "a.jsonl", lines({"title": "a"}) + '{"title": "b')
    first = fetch(source)
    assert ([item.title for item in first.items], list(first.warnings)) == (["a"], [])
    with source.path.open("a") as file:
        file.write('eta"}\n')
    assert titles(source, first.state) == ["beta"]


def test_a_replaced_file_is_read_from_its_beginning(tmp_path: Path) -> None:
    source = written(tmp_path / "a.jsonl", lines({"title": "a"}, {"title": "b"}))
    state = fetch(source).state
    assert titles(written(source.path, lines({"title": "c"})), state) == ["c"]
    longer = lines({"title": "d"}, {"title": "e"}, {"title": "f"})
    assert titles(written(source.path, longer), state) == ["d", "e", "f"]


@pytest.mark.parametrize("state", [{"offset": "x"}, {"offset": 5}, {"offset": -1, "line": None}, {"line": 3}])
def test_a_state_that_makes_no_sense_means_the_beginning(tmp_path: Path, state: Any) -> None:
    assert titles(written(tmp_path / "a.jsonl", lines({"title": "a"})), state) == ["a"]


# --- damage --------------------------------------------------------------------------------------


def test_unreadable_lines_are_told_with_their_number_and_skipped(tmp_path: Path) -> None:
    text = lines({"title": "a"}) + "{broken\n" + '"text"\n' + "[1]\n" + "\x00x\n" + lines({"title": "b"})
    fetched = fetch(written(tmp_path / "a.jsonl", text))
    assert [item.title for item in fetched.items] == ["a", "b"]
    assert [warning.partition(":")[0] for warning in fetched.warnings] == [
        "line 2",
        "line 3",
        "line 4",
        "line 5",
        "1 zero bytes were left out, the first in line 5",
    ]


def test_many_unreadable_lines_are_counted(tmp_path: Path) -> None:
    fetched = fetch(written(tmp_path / "a.jsonl", lines({"title": "a"}) + "x\n" * 20))
    assert len(fetched.warnings) == 6 and fetched.warnings[5] == "15 more could not be read"


def test_rows_without_words_are_counted(tmp_path: Path) -> None:
    fetched = fetch(written(tmp_path / "a.csv", "title,text\n,\na,\n"))
    assert [item.title for item in fetched.items] == ["a"]
    assert fetched.warnings == ["1 rows have neither title nor text and were left out"]


def test_a_row_with_too_many_cells_is_told(tmp_path: Path) -> None:
    fetched = fetch(written(tmp_path / "a.csv", "title\na,b\nc\n"))
    assert [item.title for item in fetched.items] == ["c"]
    assert [warning.partition(" columns")[0] for warning in fetched.warnings] == ["line 2: 2 cells under 1"]


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        (
            "a.jsonl",
            '{"headline_id": 1, "score": 2}\n',
            "found the columns headline_id, score; expected at least one",
        ),
        ("a.csv", "number,score\n1,2\n", "found the columns number, score"),
        ("a.xlsx", "x", r"the ending '.xlsx' is unknown; expected .csv"),
        ("a.parquet", "not parquet", "not a Parquet file"),
    ],
)
def test_files_that_cannot_be_used_are_refused_in_words(
    tmp_path: Path, name: str, text: str, reason: str
) -> None:
    with pytest.raises(DataError, match=reason):
        fetch(written(tmp_path / name, text))


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="No such file"):
        fetch(Jsonl(tmp_path / "none.jsonl"))


# --- rows ------------------------------------------------------------------------------------------


def test_dates_are_read_as_the_source_s_table_says_and_told(tmp_path: Path) -> None:
    stamps = [
        "Mon, 02 Mar 2026 08:00:00 +08:00",
        "20260302",
        20260302080000,
        "2026-03-02 08:00",
        "05/03/2026",
        "soon",
    ]
    source = written(tmp_path / "a.jsonl", lines(*({"title": "t", "date": stamp} for stamp in stamps)))
    fetched = fetch(replace(source, timezone="Asia/Shanghai"))
    midnight = datetime(2026, 3, 2, tzinfo=UTC)
    assert [item.published_at for item in fetched.items] == [
        midnight,
        date(2026, 3, 2),
        midnight,
        midnight,
        None,
        None,
    ]
    unreadable, assumed = fetched.warnings
    assert "2 dates could not be read and were left out: 05/03/2026, soon;" in unreadable
    assert assumed == "3 dates had no time zone and were read in Asia/Shanghai"
    configured = fetch(replace(source, date_order="dmy"))
    assert configured.items[4].published_at == date(2026, 3, 5)


def test_dates_in_parquet_are_read_as_those_in_text(tmp_path: Path) -> None:
    columns = {
        "naive": pa.array([datetime(2026, 3, 2, 8)], pa.timestamp("us")),
        "zoned": pa.array([datetime(2026, 3, 2, 8, tzinfo=UTC)], pa.timestamp("ns", "Asia/Shanghai")),
        "day": pa.array([date(2026, 3, 2)]),
        "number": pa.array([20260302], pa.int64()),
        "float": pa.array([20260302080000.0]),
        "epoch": pa.array([1772409600], pa.int64()),
    }
    found = {}
    for name, column in columns.items():
        path = tmp_path / f"{name}.parquet"
        pyarrow.parquet.write_table(pa.table({"title": ["t"], "date": column}), path)
        [item] = fetch(Jsonl(path, timezone="Asia/Shanghai")).items
        found[name] = item.published_at
    day, midnight = date(2026, 3, 2), datetime(2026, 3, 2, tzinfo=UTC)
    assert found == {
        "naive": midnight,
        "zoned": midnight + timedelta(hours=8),
        "day": day,
        "number": day,
        "float": midnight,
        "epoch": midnight,
    }


def test_columns_by_their_other_names() -> None:
    row = {
        "Headline": "t",
        "body": "b",
        "link": "u",
        "ID": 3.0,
        "lang": "zh",
        "score": [1],
        "author": float("nan"),
    }
    dates = DateReader(Dates(), datetime(2026, 3, 2, tzinfo=UTC))
    assert item_of(row, dates) == Item("t", "b", "u", "3", language="zh")
    assert item_of({"text": "", "content": "c", "summary": "s"}, dates).text == "c"
    assert not dates.warnings()


# --- what a poll leaves to the next ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("ending", "begun", "rest", "expected"),
    [
        (
            "csv",
            "title,text\nA,B\nHarbour Tru",
            "st falls,Full\n",
            [("A", "B"), ("Harbour Trust falls", "Full")],
        ),
        ("csv", 'title,text\nA,B\n"C","one\n', 'two"\n', [("A", "B"), ("C", "one\ntwo")]),
        ("csv", "title,te", "xt\nA,B\n", [("A", "B")]),
        ("tsv", "title\ttext\nA\tB\nC", "\tD\n", [("A", "B"), ("C", "D")]),
        ("jsonl", '{"title":"A"}\n{"title":"Har', 'bour"}\n', [("A", ""), ("Harbour", "")]),
        ("json", '[{"title":"A"},{"title":"B', '"}]', [("A", ""), ("A", ""), ("B", "")]),
    ],
)
def test_what_is_half_written_waits(
    tmp_path: Path, ending: str, begun: str, rest: str, expected: list[tuple[str, str]]
) -> None:
    """An array cannot be gone on with once it has changed: its items come again, and are recognised."""
    source = written(tmp_path / f"a.{ending}", begun)
    one = fetch(source)
    with source.path.open("a") as file:
        file.write(rest)
    two = fetch(source, one.state)
    assert [(item.title, item.text) for item in (*one.items, *two.items)] == expected


def test_a_last_line_without_an_end_is_told_and_is_a_row_of_a_complete_file(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    written(path, "title\nA\nB")
    waiting = fetch(Jsonl(path))
    assert [item.title for item in waiting.items] == ["A"]
    assert waiting.warnings == ["line 3 has no end yet: it is read when the line is finished"]
    assert titles(Jsonl(path, complete=True)) == ["A", "B"]


def test_a_guess_is_told_at_every_poll_and_once_of_a_complete_file(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    written(path, ("title\n" + "青禾农业三季度亏损扩大\n" * 3).encode("gbk"))
    for complete, told in ((False, [1, 1]), (True, [1, 0])):
        source = Jsonl(path, rows=2, complete=complete)
        first = fetch(source)
        second = fetch(source, first.state)
        assert [len(first.items), len(second.items)] == [2, 1]
        assert [len(first.warnings), len(second.warnings)] == told
    assert fetch(Jsonl(path, encoding="gbk")).warnings == []
    with pytest.raises(DataError, match="there is no encoding 'klingon'"):
        fetch(Jsonl(path, encoding="klingon"))


def test_a_cell_that_is_no_text_costs_its_row(tmp_path: Path) -> None:
    rows = [{"title": ["A"]}, {"title": "B", "author": ["x", "y"], "url": {"a": 1}}, {"text": {"html": "c"}}]
    fetched = fetch(written(tmp_path / "a.jsonl", lines(*rows)))
    assert list(fetched.items) == [Item("B")]
    assert fetched.warnings == [
        "line 1: column title: ['A'] is a list; expected a text",
        "line 3: column text: {'html': 'c'} is an object; expected a text",
    ]


def test_words_for_nothing_are_no_titles(tmp_path: Path) -> None:
    fetched = fetch(written(tmp_path / "a.csv", "title,text\nNaN,A\nNA,null\nnan,None\n"))
    assert [(item.title, item.text) for item in fetched.items] == [("", "A"), ("NA", "")]
    assert [warning.partition(" cells")[0] for warning in fetched.warnings] == [
        "1 rows have neither title nor text and were left out",
        "column title: 2",
        "column text: 2",
    ]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "gb18030", "utf-32"])
def test_files_in_other_encodings_are_read_part_by_part(tmp_path: Path, encoding: str) -> None:
    text = "标题,正文\n" + "".join(f"青禾农业第{n}季度亏损扩大,“成本上升”\n" for n in range(9))
    source = Jsonl(tmp_path / "a.csv", rows=4)
    written(source.path, text.encode(encoding))
    found, state = [], {}
    while items := (fetched := fetch(source, state)).items:
        found += [item.title for item in items]
        state = fetched.state
    assert found == [f"青禾农业第{n}季度亏损扩大" for n in range(9)]


def test_a_header_without_a_usable_column_is_told_before_there_are_rows(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"a\.csv: found the columns number, score; expected"):
        fetch(written(tmp_path / "a.csv", "number,score\n"))
