"""A file in, a file of judgements out: every row once, in order, or no file at all."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from itertools import chain, islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from monitor import Prediction
from monitor.classification import bulk
from monitor.errors import DataError
from monitor.records import SENTIMENTS, Decision, Route

SAID = {"negative": 0.7, "neutral": 0.2, "positive": 0.1}


Said = list[tuple[Prediction, Decision]]


def by(one: Callable[[Sequence[str]], Said]) -> bulk.Judge:
    """Judges chunk after chunk, and takes the next one before it tells of the first."""

    @contextmanager
    def judge(chunks: Iterable[Sequence[str]]) -> Iterator[Iterator[Said]]:
        told = map(one, chunks)
        ahead = list(islice(told, 2))
        yield chain(ahead, told)

    return judge


@by
def judge(texts: Sequence[str]) -> Said:
    """Every text with its own length as a topic."""
    return [
        (
            Prediction(SAID, {f"{len(text)}": 0.9, "deal": 0.6, "fx": 0.1}, "m1", companies={"acme": SAID}),
            Decision(Route.REVIEW, "unsure"),
        )
        for text in texts
    ]


def read(path: Path) -> list[dict[str, Any]]:
    if path.suffix == ".parquet":
        rows: list[dict[str, Any]] = parquet.read_table(path).to_pylist()
        return rows
    with path.open(encoding="utf-8", newline="") as file:
        if path.suffix == ".csv":
            return list(csv.DictReader(file))
        return [json.loads(line) for line in file]


@pytest.mark.parametrize("ending", [".parquet", ".jsonl", ".csv"])
def test_every_row_is_judged_in_order(tmp_path: Path, ending: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "CHUNK", 2)
    file, out = tmp_path / "in.jsonl", tmp_path / f"out{ending}"
    texts = ["a", "", "远山光伏", 'a, "b"', "long " * 9]
    file.write_text("".join(json.dumps({"id": f"n{i}", "text": t}) + "\n" for i, t in enumerate(texts)))
    told: list[float] = []
    assert bulk.classify_file(file, out, judge, lambda what, done, total: told.append(done)) == 5
    assert told == [2, 4, 5]
    rows = read(out)
    assert [tuple(row) for row in rows] == [bulk.COLUMNS] * 5
    assert [(int(row["row"]), row["id"]) for row in rows] == [(i + 1, f"n{i}") for i in range(5)]
    topics = [row["topics"] if isinstance(row["topics"], list) else row["topics"].split("|") for row in rows]
    assert [some[0] for some in topics] == [str(len(text.strip())) for text in texts]
    for row in rows:
        assert {name: float(row[name]) for name in SENTIMENTS} == SAID
        companies = row["companies"]
        assert (json.loads(companies) if isinstance(companies, str) else companies) == {"acme": SAID}
        assert (row["label"], row["route"], row["model"]) == ("negative", "review", "m1")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=25)
@given(st.lists(st.text(alphabet=st.characters(exclude_categories=["Cs"])), min_size=1, max_size=6))
def test_whatever_the_texts_there_are_as_many_rows(tmp_path: Path, texts: list[str]) -> None:
    file, out = tmp_path / "in.jsonl", tmp_path / "out.csv"
    out.unlink(missing_ok=True)
    file.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts), encoding="utf-8")
    assert bulk.classify_file(file, out, judge) == len(texts) == len(read(out))


def test_a_failure_leaves_no_file(tmp_path: Path) -> None:
    file, out = tmp_path / "in.csv", tmp_path / "out.csv"
    file.write_text("text\none\ntwo\n")

    @by
    def fail(texts: Sequence[str]) -> Said:
        raise RuntimeError("power")

    with pytest.raises(RuntimeError, match="power"):
        bulk.classify_file(file, out, fail)
    assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]


def test_mistakes_are_named(tmp_path: Path) -> None:
    file = tmp_path / "in.csv"
    file.write_text("story\none\n")
    with pytest.raises(DataError, match=r"in\.csv: line 2 has the columns story; expected text"):
        bulk.classify_file(file, tmp_path / "out.csv", judge)
    with pytest.raises(DataError, match=r"ending '\.xlsx' is unknown; expected \.parquet, \.jsonl, \.csv"):
        bulk.classify_file(file, tmp_path / "out.xlsx", judge)
    with pytest.raises(DataError, match="exists already"):
        bulk.classify_file(file, file, judge)
    with pytest.raises(DataError, match=r"out\.csv: cannot be written"):
        bulk.classify_file(file, tmp_path / "nowhere" / "out.csv", judge)
    assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]


# --- the columns of the file -----------------------------------------------------------------

AT = datetime(2026, 3, 2, 8, tzinfo=UTC)
ROWS: list[dict[str, Any]] = [
    {"id": 1, "title": "A", "text": "b", "Desk": "=fx", "score": 0.5, "tags": ["x", "y"], "label": "neutral"},
    {"id": 2, "title": "C", "text": "d", "Desk": None, "score": None, "tags": [], "label": "positive"},
]
KEPT = ("Desk", "score", "tags", "input_label")


@pytest.mark.parametrize("ending", [".jsonl", ".json", ".parquet"])
@pytest.mark.parametrize("out", [".jsonl", ".parquet"])
def test_columns_are_kept_in_order_and_type(tmp_path: Path, ending: str, out: str) -> None:
    file, to = tmp_path / f"in{ending}", tmp_path / f"out{out}"
    if ending == ".parquet":
        parquet.write_table(pa.Table.from_pylist(ROWS), file)
    else:
        file.write_text(json.dumps(ROWS) if ending == ".json" else "\n".join(map(json.dumps, ROWS)))
    told: list[str] = []
    assert bulk.classify_file(file, to, judge, warn=told.append) == 2
    rows = read(to)
    assert [tuple(row) for row in rows] == [(*bulk.COLUMNS, *KEPT)] * 2 and told == []
    assert [(row["row"], row["id"], row["label"]) for row in rows] == [(1, 1, "negative"), (2, 2, "negative")]
    assert [[row[name] for name in KEPT] for row in rows] == [
        ["=fx", 0.5, ["x", "y"], "neutral"],
        [None, None, [], "positive"],
    ]


def test_csv_keeps_columns_as_text_that_no_spreadsheet_runs(tmp_path: Path) -> None:
    file, to = tmp_path / "in.jsonl", tmp_path / "out.csv"
    file.write_text("\n".join(map(json.dumps, ROWS)))
    told: list[str] = []
    bulk.classify_file(file, to, judge, warn=told.append)
    first, second = read(to)
    assert [first[name] for name in KEPT] == ["'=fx", "0.5", '["x", "y"]', "neutral"]
    assert [second[name] for name in KEPT] == ["", "", "[]", "positive"]
    assert told == [
        "1 cells were given an apostrophe, so that no spreadsheet runs them; "
        ".jsonl and .parquet hold them as they are"
    ]


@pytest.mark.parametrize("out", [".jsonl", ".parquet", ".csv"])
def test_cells_of_csv_are_kept_as_they_stand(tmp_path: Path, out: str) -> None:
    file, to = tmp_path / "in.csv", tmp_path / f"out{out}"
    file.write_text('text,code,note\n"a",007,NaN\nb, 1 ,\n')
    bulk.classify_file(file, to, judge)
    assert [(row["code"], row["note"]) for row in read(to)] == [("007", "NaN"), (" 1 ", "")]


def test_parquet_keeps_every_type_exactly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "CHUNK", 3)
    count = 8
    columns = {
        "text": pa.array([f"text {n}" for n in range(count)]),
        "at": pa.array([10**18 + n for n in range(count)], pa.timestamp("ns", "Asia/Shanghai")),
        "late": pa.array([4 * 10**17] * count, pa.timestamp("us")),
        "amount": pa.array([Decimal("1.50")] * count, pa.decimal128(20, 2)),
        "coded": pa.array(["a", "b"] * (count // 2)).dictionary_encode(),
        "raw": pa.array([b"\xff\xfe"] * count),
        "small": pa.array(range(count), pa.uint8()),
        "inner": pa.array([{"a": [1, None]}] * count),
        "nothing": pa.nulls(count),
        "a.b": pa.array(range(count), pa.int16()),
        "id": pa.array([f"n{n}" for n in range(count)], pa.large_string()),
    }
    table = pa.table(columns)
    file, to = tmp_path / "in.parquet", tmp_path / "out.parquet"
    parquet.write_table(table, file, row_group_size=5)
    assert bulk.classify_file(file, to, judge) == count
    found, given = parquet.read_table(to), parquet.read_table(file)
    for name in columns.keys() - {"text"}:
        assert found.schema.field(name).type == given.schema.field(name).type
        assert found.column(name).equals(given.column(name)), name
    assert found.column_names == [*bulk.COLUMNS, *(name for name in columns if name not in ("text", "id"))]
    with pytest.raises(DataError, match=r"in\.parquet: row 1: column raw holds bytes that are not UTF-8"):
        bulk.classify_file(file, tmp_path / "out.jsonl", judge)


def test_names_that_are_ours_are_told_apart(tmp_path: Path) -> None:
    file, to = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    file.write_text(
        json.dumps({"text": "a", "row": 7, "Label": "x", "input_row": 8, "url": "u", "model": "m"})
    )
    bulk.classify_file(file, to, judge)
    (row,) = read(to)
    kept = {"input_input_row": 7, "input_Label": "x", "input_row": 8, "url": "u", "input_model": "m"}
    assert row["id"] == "u" and {name: row[name] for name in kept} == kept
    assert (row["row"], row["label"], row["model"]) == (1, "negative", "m1")


def test_values_without_a_type_in_common_are_json_text_in_parquet(tmp_path: Path) -> None:
    file, to = tmp_path / "in.jsonl", tmp_path / "out.parquet"
    rows: list[dict[str, Any]] = [{"text": "a", "x": 1}, {"text": "b", "x": "one"}, {"text": "c", "y": 2}]
    file.write_text("\n".join(map(json.dumps, rows)))
    told: list[str] = []
    bulk.classify_file(file, to, judge, warn=told.append)
    assert [(row["x"], row["y"]) for row in read(to)] == [("1", None), ('"one"', None), (None, 2)]
    assert told == ["column x holds values of several types and is written as JSON text"]


def test_what_cannot_be_read_is_told_before_anything_is_judged(tmp_path: Path) -> None:
    file = tmp_path / "in.jsonl"
    file.write_text('{"text": "a"}\n' * 3000 + "broken\n")

    def never(texts: Sequence[str]) -> list[tuple[Prediction, Decision]]:
        raise AssertionError("judged")

    with pytest.raises(DataError, match=r"in\.jsonl: line 3001: not valid JSON"):
        bulk.classify_file(file, tmp_path / "out.jsonl", never)
    assert [path.name for path in tmp_path.iterdir()] == ["in.jsonl"]


def test_a_guessed_encoding_is_told_and_a_given_one_taken(tmp_path: Path) -> None:
    file = tmp_path / "in.csv"
    file.write_bytes("标题,备注\n青禾农业三季度亏损扩大,甲\n".encode("gbk"))
    told: list[str] = []
    bulk.classify_file(file, tmp_path / "a.jsonl", judge, warn=told.append)
    bulk.classify_file(file, tmp_path / "b.jsonl", judge, encoding="gbk", warn=told.append)
    assert [text.partition(",")[0] for text in told] == ["read as gb18030"]
    assert [row["备注"] for name in "ab" for row in read(tmp_path / f"{name}.jsonl")] == ["甲", "甲"]


def test_a_file_without_rows_makes_one_without_rows(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("text,note\n")
    told: list[str] = []
    for ending in (".csv", ".jsonl", ".parquet"):
        assert (
            bulk.classify_file(tmp_path / "in.csv", tmp_path / f"out{ending}", judge, warn=told.append) == 0
        )
        assert read(tmp_path / f"out{ending}") == []
    assert set(told) == {"the file has a header and no rows"}
