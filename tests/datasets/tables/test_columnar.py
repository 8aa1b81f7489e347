"""Parquet: every type of column, text without its annotation, and files that are none."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from monitor.datasets.tables import CellError, Row, open_table
from monitor.errors import DataError


def read(path: Path) -> tuple[list[Row], list[str], Any]:
    with open_table(path) as table:
        rows = list(table.rows())
        assert all(isinstance(row, Row) for row in rows)
        return [row for row in rows if isinstance(row, Row)], table.warnings(), table.classes


@pytest.mark.parametrize("kind", [pa.binary(), pa.large_binary(), pa.binary(12)])
def test_bytes_that_are_text_are_read_as_it(tmp_path: Path, kind: pa.DataType) -> None:
    title = "Halvorsen银"[:12]
    assert len(title.encode()) == 12
    pq.write_table(pa.table({"title": pa.array([title.encode()], kind)}), tmp_path / "a.parquet")
    ((row,), warnings, _) = read(tmp_path / "a.parquet")
    assert row.text("title") == title and not warnings
    coded = pa.array([title.encode()], kind).dictionary_encode()
    pq.write_table(pa.table({"title": coded}), tmp_path / "a.parquet")
    assert read(tmp_path / "a.parquet")[0][0].text("title") == title


def test_bytes_that_are_none_are_refused_by_name_where_text_is_wanted(tmp_path: Path) -> None:
    table = pa.table({"title": [b"\x89PNG\xff"], "text": [b"fine"], "picture": [b"\xff\xd8"]})
    pq.write_table(table, tmp_path / "a.parquet")
    ((row,), _, _) = read(tmp_path / "a.parquet")
    assert row.text("text") == "fine" and row.value("picture") == b"\xff\xd8"
    with pytest.raises(CellError, match=r"column title: b'\\x89PNG\\xff' is bytes that are not UTF-8; expec"):
        row.text("title")


def test_every_type_of_column(tmp_path: Path) -> None:
    at = datetime(2026, 3, 2, 8, tzinfo=UTC)
    columns = {
        "text": pa.array(["股价", None], pa.large_string()),
        "coded": pa.array(["a", None]).dictionary_encode(),
        "nothing": pa.nulls(2),
        "amount": pa.array([Decimal("12.50"), None], pa.decimal128(10, 2)),
        "at": pa.array([at, None], pa.timestamp("ns", "UTC")),
        "day": pa.array([date(2026, 3, 2), None]),
        "score": pa.array([1.0, float("nan")]),
        "yes": pa.array([True, None]),
        "some": pa.array([["a", "b"], None]),
        "inner": pa.array([{"a": 1}, None]),
    }
    pq.write_table(pa.table(columns), tmp_path / "a.parquet")
    ((first, second), warnings, _) = read(tmp_path / "a.parquet")
    assert first.where == "row 1" and not warnings
    assert [first.text(name) for name in ("text", "coded", "amount", "score")] == ["股价", "a", "12.50", "1"]
    assert first.value("at") == at and first.value("day") == date(2026, 3, 2)
    assert (first.value("some"), first.value("inner")) == (["a", "b"], {"a": 1})
    assert all(second.value(name) is None for name in columns)
    for name in ("some", "inner"):
        with pytest.raises(CellError, match=f"column {name}: .* is an? (list|object); expected a text"):
            first.text(name)


def test_a_time_that_python_cannot_hold_is_left_empty_and_told(tmp_path: Path) -> None:
    when = pa.array([0, 400_000_000_000_000_000, None], pa.timestamp("us"))
    pq.write_table(pa.table({"title": ["a", "b", "c"], "date": when}), tmp_path / "a.parquet")
    rows, warnings, _ = read(tmp_path / "a.parquet")
    assert [row.value("date") is None for row in rows] == [False, True, True]
    assert warnings == ["column date: 1 values are out of range and were left empty, the first in row 2"]


def test_the_names_of_classes_are_in_the_file(tmp_path: Path) -> None:
    features = {
        "label": {"names": ["Bearish", "Bullish"], "_type": "ClassLabel"},
        "topics": {"feature": {"names": ["a", "b"], "_type": "ClassLabel"}, "_type": "List"},
        "text": {"dtype": "string", "_type": "Value"},
    }
    table = pa.table({"label": [0, 1]})
    for metadata in ({"info": {"features": features}}, {"info": None}, "nonsense", []):
        told = {"huggingface": json.dumps(metadata)}
        pq.write_table(table.replace_schema_metadata(told), tmp_path / "a.parquet")
        _, _, classes = read(tmp_path / "a.parquet")
        expected = {"label": ["Bearish", "Bullish"], "topics": ["a", "b"]}
        assert classes == (expected if isinstance(metadata, dict) and metadata["info"] else {})


def test_files_that_are_none(tmp_path: Path) -> None:
    pq.write_table(pa.table([["a"], ["b"]], names=["text", "TEXT"]), tmp_path / "a.parquet")
    with pytest.raises(DataError, match="two columns are named 'text'"):
        read(tmp_path / "a.parquet")
    whole = (tmp_path / "a.parquet").read_bytes()
    for damage in (b"", b"PAR1", b"PAR1 not really", whole[:-20], whole[:20] + whole[-40:]):
        (tmp_path / "b.parquet").write_bytes(damage)
        with pytest.raises(DataError, match=r"b\.parquet: not a Parquet file"):
            read(tmp_path / "b.parquet")


def test_a_table_without_rows_says_so(tmp_path: Path) -> None:
    pq.write_table(pa.table({"text": pa.array([], pa.string())}), tmp_path / "a.parquet")
    assert read(tmp_path / "a.parquet") == ([], ["the file has a header and no rows"], {})
