"""Columns cross the pipe as bytes, and what is none is refused at either end."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from monitor.sandbox import arrays
from monitor.testing import make_pool


def there_and_back(columns: Any) -> Any:
    header, body = arrays.packed(columns)
    return arrays.unpacked(json.loads(json.dumps(header)), body)


def test_every_column_of_a_pool_goes_there_and_back() -> None:
    columns = make_pool().columns()
    back = there_and_back(columns)
    assert list(back) == list(columns)
    for name, column in columns.items():
        assert np.array_equal(back[name], column) and back[name].dtype.kind == column.dtype.kind
        assert not back[name].flags.writeable or column.dtype.kind == "U"


def test_halves_stay_halves_and_nothing_stays_nothing() -> None:
    back = there_and_back(
        {
            "vectors": np.zeros((0, 384), np.float16),
            "source": np.zeros(0, "<U1"),
            "age": np.array([np.nan, np.inf]),
            "language": np.array(["", "中文"]),
            "turned": np.arange(6).reshape(2, 3).T,
        }
    )
    assert back["vectors"].shape == (0, 384) and back["vectors"].dtype == np.float16
    assert back["source"].shape == (0,) and back["source"].dtype.kind == "U"
    assert np.isnan(back["age"][0]) and back["age"][1] == np.inf
    assert back["language"].tolist() == ["", "中文"]
    assert back["turned"].tolist() == [[0, 3], [1, 4], [2, 5]]


@pytest.mark.parametrize("column", [np.array([object()]), np.array([1 + 2j]), np.array([b"x"])])
def test_what_is_no_number_and_no_text_is_not_sent(column: Any) -> None:
    with pytest.raises(ValueError, match="are not sent to a plugin"):
        arrays.packed({"ids": column})


def test_columns_beyond_a_frame_are_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrays, "MAX_BYTES", 7)
    with pytest.raises(ValueError, match="longer than 7 bytes"):
        arrays.packed({"ids": np.arange(1)})


@pytest.mark.parametrize(
    "column",
    [
        *(["ids", "i8", [3], []], ["ids", "i8", [-1], []], ["ids", "O8", [1], []]),
        *(["ids", "i8", [1, 1, 9], []], ["ids", "i8"], ["source", "text", [4], ["a"]]),
    ],
)
def test_a_header_that_does_not_fit_its_body_is_refused(column: Any) -> None:
    body = np.array([9, 9], dtype="<i4").tobytes() * 2
    with pytest.raises((ValueError, KeyError, TypeError, IndexError)):
        arrays.unpacked({"columns": [column]}, body)
