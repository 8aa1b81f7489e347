"""JSON lines and arrays: objects one by one, wherever lines and blocks end."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.datasets.tables import BadRow, Row, lines, objects, open_table
from monitor.errors import DataError


def read(path: Path, data: str | bytes, **options: Any) -> tuple[list[dict[str, Any]], list[str]]:
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    with open_table(path, **options) as table:
        rows = list(table.rows())
        return [dict(row.cells) for row in rows if isinstance(row, Row)], [
            str(row) for row in rows if isinstance(row, BadRow)
        ]


def test_lines_that_are_no_objects_are_told_with_their_number(tmp_path: Path) -> None:
    data = '{"a": 1}\n\n[1]\n"text"\nnull\n{"a": 1, "a": 2}\n{"A": 1, "a": 2}\n{broken\n{"a": 2}'
    good, bad = read(tmp_path / "a.jsonl", data)
    assert good == [{"a": 1}, {"a": 2}]
    assert bad[:5] == [
        "line 3: a JSON list, expected an object",
        "line 4: a JSON text, expected an object",
        "line 5: a JSON null, expected an object",
        "line 6: the name 'a' occurs twice",
        "line 7: the name 'A' occurs twice",
    ]
    assert bad[5].startswith("line 8: not valid JSON")


def test_a_lone_object_is_a_row_and_nan_is_a_number(tmp_path: Path) -> None:
    ((row,), bad) = read(tmp_path / "a.json", '{"a": NaN, "b": [1, {"c": null}], "d": "\\ud83d"}')
    assert math.isnan(row["a"]) and row["b"] == [1, {"c": None}] and row["d"] == "\ud83d" and not bad


def test_a_line_beyond_the_bound_is_refused_and_the_next_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "MAX_ROW_BYTES", 50)
    monkeypatch.setattr(lines, "BLOCK", 20)
    good, bad = read(tmp_path / "a.jsonl", '{"a": 1}\n{"a": "' + "x" * 90 + '"}\n{"a": 2}\n')
    assert good == [{"a": 1}, {"a": 2}] and bad[0].startswith("line 2: longer than")


def test_one_object_over_several_lines_is_called_that(tmp_path: Path) -> None:
    for name in ("a.json", "a.jsonl"):
        with pytest.raises(DataError, match="a JSON object over several lines; expected one object a line"):
            read(tmp_path / name, json.dumps({"title": "A", "text": "b"}, indent=2))


def test_depth_without_end_is_told(tmp_path: Path) -> None:
    deep = "[" * 100_000
    _, bad = read(tmp_path / "a.jsonl", f'{{"a": 1}}\n{{"a": {deep}\n')
    assert bad[0].startswith("line 2: not valid JSON")
    with pytest.raises(DataError, match=r"row 1 \(line 1\): not valid JSON"):
        read(tmp_path / "a.json", f'[{{"a": {deep}{"]" * 100_000}}}]')


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ('[{"a": 1}, {"a": 2}', "line 1: the array is not closed"),
        ('[{"a": 1},\n{"a": "2', "line 2: the array is not closed"),
        ('[{"a": 1},\n{"a" 2}]', r"row 2 \(line 2\): not valid JSON"),
        ('[{"a": 1}]\n[]', "line 2: something follows the array"),
        ('[{"a": 1, "a": 2}]', r"row 1 \(line 1\): the name 'a' occurs twice"),
    ],
)
def test_an_array_that_is_damaged_is_refused_with_its_line(tmp_path: Path, data: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read(tmp_path / "a.json", data)


def test_elements_that_are_no_objects_are_told(tmp_path: Path) -> None:
    good, bad = read(tmp_path / "a.json", ' [{"a": 1}, 2,\n"b", {"A": 1, "a": 2}, {"a": 3}]\n')
    assert good == [{"a": 1}, {"a": 3}]
    assert bad == [
        "row 2 (line 1): a JSON number, expected an object",
        "row 3 (line 2): a JSON text, expected an object",
        "row 4 (line 2): the name 'A' occurs twice",
    ]


def test_an_element_beyond_the_bound_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(objects, "MAX_ROW_BYTES", 50)
    monkeypatch.setattr(objects, "BLOCK", 20)
    with pytest.raises(DataError, match=r"row 2 \(line 1\): longer than"):
        read(tmp_path / "a.json", '[{"a": 1}, {"a": "' + "x" * 300 + '"}]')


def test_an_array_that_is_not_in_its_encoding_is_refused_with_the_byte(tmp_path: Path) -> None:
    good = '[{"a": "青禾农业"}, {"a": "亏损扩大"}, {"a": "'.encode()
    with pytest.raises(DataError, match=rf"a\.json: byte {len(good) + 1} is not utf-8"):
        read(tmp_path / "a.json", good + b'\xff"}]')


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.lists(st.dictionaries(st.sampled_from("abc"), values), max_size=5),
    st.sampled_from([None, 1]),
    st.sampled_from(["utf-8", "utf-16"]),
    st.integers(1, 40),
)
def test_any_array_comes_back_part_by_part(
    tmp_path: Path, rows: list[dict[str, Any]], indent: int | None, encoding: str, block: int
) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(json.dumps(rows, indent=indent, ensure_ascii=False).encode(encoding, "surrogatepass"))
    found: list[Any] = []
    state: dict[str, Any] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(objects, "BLOCK", block)
        while True:
            with open_table(path, state, encoding=encoding) as table:
                row = next(table.rows(), None)
                state = json.loads(json.dumps(table.state()))
            if row is None:
                break
            assert isinstance(row, Row), row
            found.append(dict(row.cells))
    assert found == rows
