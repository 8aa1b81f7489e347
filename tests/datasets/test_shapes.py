"""Rows as doccano, Label Studio, Argilla, Prodigy and Hugging Face export them, all saying the same."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.datasets.labelled import read, texts
from monitor.datasets.shapes import answers, pairs, plain
from monitor.datasets.tables import CellError
from monitor.errors import DataError
from monitor.records import Example

TOPICS = ("earnings", "legal", "macro")


def lines(path: Path, *rows: Any) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def task(sentiment: Any, topics: Any = None, **more: Any) -> dict[str, Any]:
    """A task of Label Studio; each of the answers one annotation, None a skipped one."""

    def choice(name: str, chosen: list[str]) -> dict[str, Any]:
        return {"type": "choices", "from_name": name, "to_name": "text", "value": {"choices": chosen}}

    annotations = [
        {
            "id": number,
            "was_cancelled": one is None,
            "result": [
                *([choice("sentiment", [one])] if one else []),
                *([choice("topics", topics)] if topics else []),
            ],
        }
        for number, one in enumerate(sentiment)
    ]
    return {"id": 7, "data": {"text": "Loss widens"}, "annotations": annotations, "predictions": [], **more}


TEXT = {"text": "Loss widens"}
SAME: dict[str, dict[str, Any]] = {
    "ours": {**TEXT, "label": "negative", "topics": ["earnings", "legal"]},
    "bars": {**TEXT, "label": "NEGATIVE", "topics": "earnings|legal"},
    "commas": {**TEXT, "sentiment": "负面", "topics": "Earnings, legal"},
    "JSON text": {**TEXT, "label": '["neg"]', "topics": '["earnings", "legal"]'},
    "Python text": {**TEXT, "label": "['negative']", "topics": "['earnings', 'legal']"},
    "one-hot": {**TEXT, "label": {"negative": 1, "positive": 0.0}, "topics": "earnings；legal"},
    "doccano": {"id": 1, **TEXT, "label": ["negative"], "topics": ["earnings", "legal"], "Comments": []},
    "doccano data": {"id": 1, "data": "Loss widens", "label": ["negative"], "topics": "earnings#legal"},
    "doccano labels": {**TEXT, "labels": ["negative"], "topics": "earnings,legal"},
    "Label Studio": task(["Negative"], ["earnings", "legal"]),
    "Label Studio by two": task(["Negative", None, "negative"], ["legal", "earnings"]),
    "Label Studio of old": {
        key.replace("annotations", "completions"): value
        for key, value in task(["Negative"], ["earnings", "legal"]).items()
    },
    "Label Studio JSON_MIN": {
        **TEXT,
        "id": 7,
        "sentiment": "Negative",
        "topics": {"choices": ["earnings", "legal"]},
        "annotator": 1,
        "lead_time": 2.5,
    },
    "Argilla": {
        "id": "a",
        "fields": {"text": "Loss widens"},
        "suggestions": {"label": {"value": "positive", "score": 0.9}},
        "responses": {
            "label": [
                {"value": "negative", "user_id": "u", "status": "submitted"},
                {"value": "neutral", "user_id": "v", "status": "draft"},
            ],
            "topics": [{"value": ["earnings", "legal"], "user_id": "u"}],
        },
    },
    "Argilla flattened": {
        **TEXT,
        "label.suggestion": "positive",
        "label.responses": ["negative", "neutral", "negative"],
        "label.responses.users": ["u", "v", "w"],
        "label.responses.status": ["submitted", "draft", "submitted"],
        "topics.responses": [["earnings", "legal"]],
    },
    "Argilla for Hugging Face": {
        **TEXT,
        "label": [{"user_id": "u", "value": "negative", "status": "submitted"}],
        "label-suggestion": "positive",
        "topics": [{"user_id": "u", "value": ["earnings", "legal"], "status": "submitted"}],
    },
    "Argilla 1": {
        "inputs": {"text": "Loss widens"},
        "prediction": [{"label": "positive", "score": 0.9}],
        "annotation": "negative",
        "status": "Validated",
        "topics": "earnings|legal",
    },
    "Prodigy": {**TEXT, "label": "NEGATIVE", "answer": "accept", "topics": "earnings|legal", "_task_hash": 1},
    "Prodigy choice": {
        **TEXT,
        "options": [{"id": "NEGATIVE", "text": "bad"}, {"id": "POSITIVE", "text": "good"}],
        "accept": ["NEGATIVE"],
        "answer": "accept",
        "topics": "earnings|legal",
    },
    "Hugging Face": {**TEXT, "label": 0, "label_text": "negative", "topics": ["earnings", "legal"]},
}
NONE: dict[str, dict[str, Any]] = {
    "doccano": {**TEXT, "label": []},
    "null": {**TEXT, "label": None},
    "NaN": {**TEXT, "label": float("nan")},
    "Label Studio": task([]),
    "Label Studio skipped": task([None]),
    "Argilla": {"fields": TEXT, "responses": {}, "suggestions": {"label": {"value": "negative"}}},
    "Argilla draft": {"fields": TEXT, "responses": {"label": [{"value": "negative", "status": "draft"}]}},
    "Argilla flattened": {**TEXT, "label.responses": None, "label.suggestion": "negative"},
    "Argilla 1": {**TEXT, "prediction": None, "annotation": "negative", "status": "Discarded"},
    "Prodigy rejected": {**TEXT, "label": "NEGATIVE", "answer": "reject"},
    "Prodigy ignored": {**TEXT, "accept": ["NEGATIVE"], "answer": "ignore"},
}
PARTS: dict[str, dict[str, Any]] = {
    "doccano spans": {**TEXT, "label": [[0, 4, "negative"]]},
    "doccano relations": {**TEXT, "entities": [{"id": 1, "label": "ORG", "start_offset": 0}]},
    "doccano of old": {**TEXT, "annotations": [{"label": 1, "start_offset": 0, "end_offset": 4}]},
    "Label Studio": {
        "data": TEXT,
        "annotations": [{"result": [{"type": "labels", "from_name": "label", "value": {"labels": ["ORG"]}}]}],
    },
    "Prodigy": {**TEXT, "spans": [{"start": 0, "end": 4, "label": "ORG"}], "answer": "accept"},
}


@pytest.mark.parametrize("tool", SAME)
def test_every_tool_s_row_is_the_same_example(tmp_path: Path, tool: str) -> None:
    path = lines(tmp_path / "a.jsonl", SAME[tool])
    found = read(path, TOPICS)
    assert found.examples == (Example("Loss widens", "negative", found.examples[0].topics, "a.jsonl"),)
    assert set(found.examples[0].topics or ()) == {"earnings", "legal"}
    assert found.blank == 0 and found.warnings == ()
    assert [text for _, text in texts(path)] == ["Loss widens"]


@pytest.mark.parametrize("tool", SAME)
def test_an_array_of_them_too(tmp_path: Path, tool: str) -> None:
    (tmp_path / "a.json").write_text(json.dumps([SAME[tool]] * 2, indent=2))
    assert [one.sentiment for one in read(tmp_path / "a.json", TOPICS).examples] == ["negative"] * 2


@pytest.mark.parametrize("tool", NONE)
def test_no_answer_is_no_label(tmp_path: Path, tool: str) -> None:
    found = read(lines(tmp_path / "a.jsonl", NONE[tool], {**TEXT, "label": "positive"}), TOPICS)
    assert [one.sentiment for one in found.examples] == ["positive"] and found.blank == 1


@pytest.mark.parametrize("tool", PARTS)
def test_labels_of_parts_of_a_text_are_refused(tmp_path: Path, tool: str) -> None:
    with pytest.raises(DataError, match=r"a\.jsonl: line 2: .*(whole text|parts of a text)"):
        read(lines(tmp_path / "a.jsonl", {**TEXT, "label": "neutral"}, PARTS[tool]), TOPICS)
    assert [text for _, text in texts(tmp_path / "a.jsonl")] == ["Loss widens"] * 2  # to judge, they will do


@pytest.mark.parametrize(
    ("label", "message"),
    [
        (["negative", "positive"], "column label: .* are several labels for one text; expected one"),
        (
            "negative|positive",
            r"column label: label 'negative\|positive' is unknown; allowed: negative, neutral",
        ),
        ({"start": 5}, "column label: .* is an object; expected a label for the whole text"),
        (0.5, "column label: label 0.5 is unknown"),
        (True, "column label: label True is unknown"),
    ],
)
def test_other_labels_are_refused_with_column_and_value(tmp_path: Path, label: Any, message: str) -> None:
    with pytest.raises(DataError, match=rf"a\.jsonl: line 1: {message}"):
        read(lines(tmp_path / "a.jsonl", {**TEXT, "label": label}), TOPICS)


@pytest.mark.parametrize(
    "row",
    [
        task(["Negative", "positive"]),
        {**TEXT, "label.responses": ["negative", "positive"]},
        {"fields": TEXT, "responses": {"label": [{"value": "negative"}, {"value": "positive"}]}},
    ],
)
def test_people_who_disagree_teach_nothing_and_are_counted(tmp_path: Path, row: Any) -> None:
    found = read(lines(tmp_path / "a.jsonl", row, {**TEXT, "label": "neutral"}, row), TOPICS)
    assert len(found.examples) == 1 and found.blank == 2
    assert found.warnings == (
        "2 texts were left out, because those who labelled them do not agree; the first: line 1",
    )


def test_people_who_disagree_about_topics_alone_keep_their_sentiment(tmp_path: Path) -> None:
    row = {**TEXT, "label": "negative", "topics.responses": [["legal"], ["macro"]]}
    found = read(lines(tmp_path / "a.jsonl", row), TOPICS)
    assert [(one.sentiment, one.topics) for one in found.examples] == [("negative", None)]
    assert len(found.warnings) == 1


@pytest.mark.parametrize("labels", [[0, 1, 2], [0, 1], [1], [-1], [-1, 0, 2], ["0", "1"]])
def test_numbers_without_names_are_refused(tmp_path: Path, labels: list[Any]) -> None:
    rows = [{"text": f"Mill {n}", "label": label} for n, label in enumerate(labels)]
    with pytest.raises(DataError, match=r"a\.jsonl: line 1: column label: label .* is a number.*label_text"):
        read(lines(tmp_path / "a.jsonl", *rows), TOPICS)


@pytest.mark.parametrize("labels", [[-1, 0, 1], ["-1", "0", "+1"], [-1.0, 0.0, 1.0]])
def test_the_scale_from_minus_one_to_one_is_read_and_told(tmp_path: Path, labels: list[Any]) -> None:
    rows = [{"text": f"Mill {n}", "label": label} for n, label in enumerate(labels)]
    found = read(lines(tmp_path / "a.jsonl", *rows), TOPICS)
    assert [one.sentiment for one in found.examples] == ["negative", "neutral", "positive"]
    assert found.warnings == ("labels -1, 0 and 1 were read as negative, neutral and positive",)


def test_numbers_whose_names_are_in_the_file(tmp_path: Path) -> None:
    features = {
        "label": {"names": ["negative", "neutral", "positive"], "_type": "ClassLabel"},
        "topics": {"feature": {"names": list(TOPICS), "_type": "ClassLabel"}, "_type": "List"},
    }
    table = pa.table({"text": ["a", "b", "c"], "label": [2, 0, -1], "topics": [[0], [1, 2], [1]]})
    told = {"huggingface": json.dumps({"info": {"features": features}})}
    pq.write_table(table.replace_schema_metadata(told), tmp_path / "a.parquet")
    found = read(tmp_path / "a.parquet", TOPICS)
    assert [(one.sentiment, one.topics) for one in found.examples] == [
        ("positive", ("earnings",)),
        ("negative", ("legal", "macro")),
        (None, ("legal",)),
    ]
    table = table.drop_columns(["topics"])
    tfns = {"label": {"names": ["Bearish", "Bullish", "Neutral"], "_type": "ClassLabel"}}
    told = {"huggingface": json.dumps({"info": {"features": tfns}})}
    pq.write_table(table.replace_schema_metadata(told), tmp_path / "b.parquet")
    with pytest.raises(DataError, match=r"row 1: column label: label 'Neutral'|row 2: .*label 'Bearish'"):
        read(tmp_path / "b.parquet", TOPICS)


def test_label_studio_s_csv(tmp_path: Path) -> None:
    with (tmp_path / "a.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, ["text", "id", "sentiment", "topics", "annotator", "created_at"])
        writer.writeheader()
        writer.writerow({"text": "Loss widens", "sentiment": "Negative", "topics": '{"choices": ["legal"]}'})
        writer.writerow({"text": "Mill", "sentiment": "", "topics": "legal"})
    found = read(tmp_path / "a.csv", TOPICS)
    assert [(one.sentiment, one.topics) for one in found.examples] == [
        ("negative", ("legal",)),
        (None, ("legal",)),
    ]


def test_the_only_choice_is_the_label_whatever_it_is_called(tmp_path: Path) -> None:
    row = json.loads(json.dumps(task(["Negative"])).replace('"sentiment"', '"tone"'))
    assert read(lines(tmp_path / "a.jsonl", row), TOPICS).examples[0].sentiment == "negative"


def test_a_topic_may_hold_a_comma(tmp_path: Path) -> None:
    row = {**TEXT, "topics": "Mergers, splits"}
    assert read(lines(tmp_path / "a.jsonl", row), ["Mergers, splits"]).examples[0].topics == (
        "Mergers, splits",
    )


KEYS = (
    *("text", "title", "label", "labels", "sentiment", "topics", "entity", "companies", "normalised", "id"),
    *("data", "annotations", "completions", "fields", "responses", "label.responses", "annotation", "inputs"),
    *(
        "label.responses.status",
        "prediction",
        "status",
        "answer",
        "accept",
        "spans",
        "entities",
        "label_text",
    ),
)
INNER = ("result", "type", "value", "choices", "from_name", "status", "label", "text", "was_cancelled")
leaves = st.sampled_from(
    [None, True, 0, 1, -1, 0.5, "", "negative", "choices", "accept", "[", "[1]", "{}", "a|b"]
)
values = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(INNER), inner, max_size=4),
    max_leaves=8,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=500)
@given(st.dictionaries(st.sampled_from(KEYS), values, max_size=6))
def test_whatever_a_row_holds_it_is_read_or_refused(tmp_path: Path, row: dict[str, Any]) -> None:
    path = lines(tmp_path / "a.jsonl", {**TEXT, "label": "neutral"}, row)
    for reading in (lambda: read(path, ["a", "b"]), lambda: list(texts(path))):
        try:
            reading()
        except DataError as error:
            assert "a.jsonl: line 2" in str(error) or "none of its" in str(error)


def test_answers_and_pairs_that_are_none() -> None:
    assert answers("", "label") == answers([], "label") == answers([None, " "], "label") == []
    assert answers("[half", "label") == [["[half"]]
    assert pairs('[["Acme", "negative"]]', "companies") == pairs([["Acme", "negative"]], "companies")
    for wrong in ("Acme", 7, ["Acme"], [["Acme"]], {"Acme": "neg"}):
        with pytest.raises(CellError, match="expected names of companies with a sentiment each"):
            pairs(wrong, "companies")
    assert plain({"text": "a", "answer": "42", "data": 7}) == {"text": "a", "answer": "42", "data": 7}
