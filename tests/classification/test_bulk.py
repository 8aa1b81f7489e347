"""A file in, a file of judgements out: every row once, in order, or no file at all."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from monitor import Prediction
from monitor.classification import bulk
from monitor.errors import DataError
from monitor.records import SENTIMENTS, Decision, Route

SAID = {"negative": 0.7, "neutral": 0.2, "positive": 0.1}


def judge(texts: Sequence[str]) -> list[tuple[Prediction, Decision]]:
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

    def fail(texts: Sequence[str]) -> list[tuple[Prediction, Decision]]:
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
