"""Cells: which are empty, and what they are as text."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.datasets.tables import CellError, Row
from monitor.datasets.tables.table import ARTEFACTS, NOTHINGS, noted


def test_columns_are_asked_for_in_small_letters_and_in_order() -> None:
    row = Row({"Title ": " A ", "BODY": "", "text": None, "content": "c"})
    assert (row.text("title"), row.text("body", "text", "content"), row.text("none")) == ("A", "c", "")
    assert row.value("title") == " A " and row.value("body") is None


@pytest.mark.parametrize("value", [None, "", "  ", math.nan, pd.NaT, "nan", "NaN", "<NA>", "NaT", " nan "])
@pytest.mark.parametrize("typed", [True, False])
def test_what_programs_write_for_nothing_is_empty(value: Any, typed: bool) -> None:
    row = Row({"text": value}, typed=typed)
    assert row.value("text") is None and row.text("text") == ""


@pytest.mark.parametrize("value", ["NA", "N/A", "none", "Nan", "nil", "-", "None of it", "NaN is no number"])
@pytest.mark.parametrize("typed", [True, False])
def test_what_a_headline_may_say_stays(value: str, typed: bool) -> None:
    assert Row({"title": value}, typed=typed).text("title") == value


@pytest.mark.parametrize("value", ["None", "null", "NULL", "#N/A"])
def test_what_only_csv_writes_for_nothing(value: str) -> None:
    row = Row({"text": value}, typed=False)
    assert row.text("text") == "" and Row({"text": value}).text("text") == value
    assert noted(row.notes) == [
        "column text: 1 cells say NaN, null, None or the like and were taken for empty"
    ]


@pytest.mark.parametrize(("value", "text"), [(7, "7"), (7.0, "7"), (0.5, "0.5"), (True, "True"), (0, "0")])
def test_numbers_as_text(value: Any, text: str) -> None:
    assert Row({"id": value}).text("id") == text


@pytest.mark.parametrize(
    ("value", "kind"), [(["a"], "a list"), ({"a": 1}, "an object"), (b"\xff", "bytes that are not UTF-8")]
)
def test_what_is_no_text_is_refused_with_column_and_value(value: Any, kind: str) -> None:
    with pytest.raises(CellError) as caught:
        Row({"Text": value}).text("text")
    assert str(caught.value.args[0]) == f"column Text: {value!r} is {kind}; expected a text"


@pytest.mark.parametrize("value", [math.inf, -math.inf])
def test_infinity_is_no_text(value: float) -> None:
    with pytest.raises(CellError, match=r"column text: -?inf is a value of another kind; exp"):
        Row({"text": value}).text("text")


def test_a_long_value_is_cut_in_messages() -> None:
    with pytest.raises(CellError) as caught:
        Row({"text": ["x" * 1000]}).text("text")
    assert len(str(caught.value.args[0])) < 150


@given(st.text(), st.booleans())
def test_a_text_is_itself_without_blanks_at_its_ends_or_is_counted(text: str, typed: bool) -> None:
    row = Row({"text": text}, typed=typed)
    assert row.text("text") == text.strip() or (text.strip() in ARTEFACTS | NOTHINGS and row.notes["text"])
