"""What is written: cells that no spreadsheet runs, JSON that every reader takes, types of Parquet."""

from __future__ import annotations

import csv
import json
import math
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.datasets.writers import WRITERS, Types, flat, safe
from monitor.errors import DataError

AT = datetime(2026, 3, 2, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    "cell",
    [
        "=1+1",
        "+1+1",
        "-1+1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        "\x00=1",
        "＝1+1",
        "＋1",
        "－2",
        "＠a",
        "-",
        "--5",
    ],
)
def test_what_a_spreadsheet_would_run_is_given_an_apostrophe(cell: str) -> None:
    assert safe(cell) == f"'{cell}"


@pytest.mark.parametrize(
    "cell", ["", "a", "-5", "+5.25", "-.5", "-1e9", "+3%", "1-1", "'=1", " =1", "青禾=1"]
)
def test_everything_else_stays(cell: str) -> None:
    assert safe(cell) == cell


@given(st.text())
def test_no_cell_begins_with_what_runs_but_a_number(cell: str) -> None:
    made = safe(cell)
    assert made in (cell, f"'{cell}")
    if made[:1] and made[0] in "=+-@\t\r\n\x00＝＋－＠":
        float(made.rstrip("%"))


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (None, ""),
        (math.nan, ""),
        (True, "true"),
        (7, "7"),
        (0.5, "0.5"),
        (Decimal("12.50"), "12.50"),
        (AT, "2026-03-02T08:00:00+00:00"),
        (date(2026, 3, 2), "2026-03-02"),
        (["a", "股"], '["a", "股"]'),
        ({"a": AT}, '{"a": "2026-03-02T08:00:00+00:00"}'),
    ],
)
def test_values_as_cells(value: Any, cell: str) -> None:
    assert flat(value) == cell


def write(path: Path, rows: list[dict[str, Any]], types: dict[str, Any]) -> list[str]:
    told: list[str] = []
    with WRITERS[path.suffix](path, types, told.append) as give:
        give(rows, None)
    return told


def test_cells_made_safe_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    told = write(path, [{"=a": "=1", "b": "x"}, {"=a": "-5", "b": "+x\ud800"}], {"=a": None, "b": None})
    with path.open(encoding="utf-8", newline="") as file:
        assert list(csv.reader(file)) == [["'=a", "b"], ["'=1", "x"], ["-5", "'+x?"]]
    assert len(told) == 1 and told[0].startswith("2 cells were given an apostrophe")


def test_json_lines_hold_what_json_can_say(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    row = {"a": math.nan, "b": math.inf, "c": [math.nan, {"d": -math.inf}], "e": AT, "f": Decimal("1.50")}
    write(path, [row, {"g": "\ud83d股"}], {})
    first, second = path.read_text(encoding="utf-8").splitlines()
    assert json.loads(first, parse_constant=pytest.fail) == {
        **{"a": None, "b": "inf", "c": [None, {"d": "-inf"}]},
        **{"e": "2026-03-02T08:00:00+00:00", "f": "1.50"},
    }
    assert json.loads(second) == {"g": "\ud83d股"}


def test_parquet_keeps_types_and_says_which_column_it_cannot(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    types = {"n": pa.int64(), "at": pa.timestamp("us", "UTC"), "mixed": None, "s": pa.string()}
    write(path, [{"n": 1, "at": AT, "mixed": ["x"], "s": "a\ud800"}, {"mixed": 7}], types)
    assert pq.read_table(path).to_pylist() == [
        {"n": 1, "at": AT, "mixed": '["x"]', "s": "a?"},
        {"n": None, "at": None, "mixed": "7", "s": None},
    ]
    with pytest.raises(DataError, match=r"column n cannot be written as Parquet .*write \.jsonl instead"):
        write(path, [{"n": "one"}], types)


def test_types_are_those_that_all_values_have() -> None:
    types = Types()
    names = ["int", "float", "text", "list", "object", "none", "mixed", "huge", "empty"]
    types.see([{"int": 1, "float": 1, "text": "a", "list": ["a"], "object": {"a": 1}, "mixed": 1}], names)
    types.see([{"float": 0.5, "object": {"b": "c"}, "mixed": "a", "huge": 10**30, "empty": {}}], names)
    found = {name: None if kind is None else str(kind) for name, kind in types.found.items()}
    assert found == {
        **{"int": "int64", "float": "double", "text": "string", "none": "null"},
        **{"list": "list<item: string>", "object": "struct<a: int64, b: string>"},
        **{"mixed": None, "huge": None, "empty": None},
    }
