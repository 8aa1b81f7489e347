"""Labelled files: every format the same, and errors that say which row, what, and what else."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.datasets.labelled import passages, read, texts
from monitor.errors import DataError
from monitor.news.normalize import content
from monitor.records import SENTIMENTS
from monitor.testing import FakeFetcher
from monitor_plugins.jsonl import Jsonl

TOPICS = ("earnings", "legal", "macro")
ROWS: list[dict[str, Any]] = [
    {"text": "Mill doubles its profit", "label": "positive", "topics": "earnings"},
    {"text": "法院受理工厂破产案", "label": "negative", "topics": "legal|macro"},
    {"text": 'A "quoted", comma-ed\ntext', "label": "neutral", "topics": ""},
    {"text": "", "label": "neutral", "topics": ""},
]

Writer = Callable[[Path, Sequence[dict[str, Any]]], None]


def delimited(separator: str) -> Writer:
    def write(path: Path, rows: Sequence[dict[str, Any]]) -> None:
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]), delimiter=separator)
            writer.writeheader()
            writer.writerows(rows)

    return write


def jsonl(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def parquet(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    pq.write_table(pa.Table.from_pylist(list(rows)), path)


FORMATS: dict[str, Writer] = {
    ".csv": delimited(","),
    ".tsv": delimited("\t"),
    ".jsonl": jsonl,
    ".ndjson": jsonl,
    ".parquet": parquet,
}


@pytest.fixture(params=FORMATS)
def file(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[Sequence[dict[str, Any]]], Path]:
    """Writes rows to a file, in each of the formats."""

    def write(rows: Sequence[dict[str, Any]]) -> Path:
        path = tmp_path / f"labelled{request.param}"
        FORMATS[request.param](path, rows)
        return path

    return write


File = Callable[[Sequence[dict[str, Any]]], Path]


def test_every_format_reads_the_same(file: File) -> None:
    path = file(ROWS)
    found = read(path, TOPICS)
    assert [(one.sentiment, one.topics) for one in found.examples] == [
        ("positive", ("earnings",)),
        ("negative", ("legal", "macro")),
        ("neutral", None),
    ]
    assert found.examples[1].text == "法院受理工厂破产案"
    assert "comma-ed" in found.examples[2].text and "text" in found.examples[2].text
    assert {one.origin for one in found.examples} == {path.name}
    assert found.blank == 1


def test_a_task_keeps_the_rows_that_have_its_label(file: File) -> None:
    path = file(ROWS)
    sentiment = read(path, TOPICS, "sentiment")
    assert len(sentiment.examples) == 3 and all(one.topics is None for one in sentiment.examples)
    topics = read(path, TOPICS, "topics")
    assert len(topics.examples) == 2 and all(one.sentiment is None for one in topics.examples)
    assert topics.blank == 2


TOWARDS = [
    {"text": "Acme sues Bolt", "entity": "Acme", "label": "positive", "topics": "legal"},
    {"text": "Bolt grows, as does Acme", "entity": "Bolt", "label": "positive", "topics": ""},
    {"text": "Acme sues Bolt", "entity": "Bolt", "label": "negative", "topics": "macro"},
    {"text": "Bolt grows, as does Acme", "entity": "Acme", "label": "positive", "topics": ""},
    {"text": "Mill closes", "entity": "", "label": "negative", "topics": ""},
    {"text": "Acme meets", "entity": "Acme", "label": "", "topics": ""},
]


def test_the_rows_of_a_text_are_its_companies(file: File) -> None:
    found = read(file(TOWARDS), TOPICS)
    rivals, both, plain = found.examples
    assert rivals.companies == (("Acme", "positive"), ("Bolt", "negative"))
    assert (rivals.sentiment, rivals.topics) == (None, ("legal", "macro")), "its companies disagree"
    assert (both.sentiment, both.topics) == ("positive", None)
    assert both.companies == (("Bolt", "positive"), ("Acme", "positive"))
    assert (plain.sentiment, plain.companies) == ("negative", ())
    assert found.blank == 1


def test_to_measure_companies_every_row_counts(file: File) -> None:
    rows = [*TOWARDS, TOWARDS[0], {**TOWARDS[0], "label": "neutral"}]
    found = read(file(rows), TOPICS, "company")
    assert [one.companies for one in found.examples] == [
        (("Acme", "positive"), ("Bolt", "negative"), ("Acme", "positive"), ("Acme", "neutral")),
        (("Bolt", "positive"), ("Acme", "positive")),
    ]
    assert all(one.sentiment is one.topics is None for one in found.examples)
    assert found.blank == 2
    sentiment = read(file(rows), TOPICS, "sentiment")
    assert len(sentiment.examples) == 7 and not any(one.companies for one in sentiment.examples)


def test_a_company_that_rows_contradict_each_other_about_teaches_nothing(file: File) -> None:
    text = {"text": "Acme sues Bolt"}
    rows = [
        {**text, "entity": "Acme", "label": "positive"},
        {**text, "entity": "Acme", "label": "neutral"},
        {**text, "entity": "Bolt", "label": "neutral"},
        {**text, "entity": "Bolt", "label": "neutral"},
    ]
    found = read(file(rows), TOPICS)
    assert [(one.sentiment, one.companies) for one in found.examples] == [(None, (("Bolt", "neutral"),))]
    assert found.blank == 2
    with pytest.raises(DataError, match="none of its 2 rows has a text and a label for it"):
        read(file(rows[:2]), TOPICS)


def test_names_of_companies_are_normalised_as_texts_are(file: File) -> None:
    rows = [{"text": "Ａcme\u200b  grows", "entity": " Ａcme\u200b ", "label": "positive"}]
    (example,) = read(file(rows), TOPICS, "company").examples
    assert example.companies == (("Acme", "positive"),) and example.text.startswith("Acme")


def test_a_list_of_companies_in_one_row_is_refused_with_what_was_expected(tmp_path: Path) -> None:
    rows = [*TOWARDS[:1], {"text": "Acme sues Bolt", "entity": ["Acme", "Bolt"], "label": "neutral"}]
    jsonl(tmp_path / "a.jsonl", rows)
    with pytest.raises(
        DataError, match=r"line 2: column entity: \['Acme', 'Bolt'\] is a list; expected one name, in a row"
    ):
        read(tmp_path / "a.jsonl", TOPICS)
    assert len(read(tmp_path / "a.jsonl", TOPICS, "sentiment").examples) == 2


def test_a_file_without_labels_of_companies_says_so(file: File) -> None:
    rows = [
        {"text": "Acme sues", "entity": "", "label": "neutral"},
        {"text": "", "entity": "Acme", "label": ""},
    ]
    with pytest.raises(DataError, match="none of its 2 rows has a text, an entity and a label for it"):
        read(file(rows), TOPICS, "company")


def test_other_names_of_the_columns_and_a_title(file: File) -> None:
    path = file(
        [{"Title": "Mill closes", "Content": "Two hundred jobs go", "Sentiment": "Negative", "id": 7}]
    )
    (example,) = read(path, TOPICS).examples
    assert example.text.startswith("Mill closes") and example.text.endswith("Two hundred jobs go")
    assert example.sentiment == "negative"


def test_a_title_alone_is_a_text(file: File) -> None:
    assert (
        read(file([{"title": "Mill closes", "label": "negative"}]), TOPICS).examples[0].text == "Mill closes"
    )


def test_texts_are_normalised_as_articles_are(file: File) -> None:
    (example,) = read(file([{"text": "ＡＢＣ\u200b profit", "label": "positive"}]), TOPICS).examples
    assert example.text == "ABC profit"


def test_an_unknown_label_names_the_row_and_the_allowed_ones(file: File) -> None:
    path = file([*ROWS[:2], {"text": "x y", "label": "bullish", "topics": ""}])
    with pytest.raises(
        DataError, match=r"(line|row) [34]: column label: label 'bullish' is unknown; allowed: negative, neu"
    ):
        read(path, TOPICS)
    assert len(read(path, TOPICS, "topics").examples) == 2  # not asked for, not judged


def test_an_unknown_topic_names_the_row_and_the_allowed_ones(file: File) -> None:
    path = file([*ROWS[:1], {"text": "x y", "label": "neutral", "topics": "legal|weather"}])
    with pytest.raises(
        DataError, match=r"(line|row) [23]: column topics: topic 'weather' is unknown; allowed: earnings, leg"
    ):
        read(path, TOPICS)


@pytest.mark.parametrize(
    "task, expected",
    [
        (None, "text and label or topics"),
        ("sentiment", "text and label"),
        ("topics", "text and topics"),
        ("company", "text, entity and label"),
    ],
)
def test_missing_columns_are_named_with_the_expected_ones(
    file: File, task: str | None, expected: str
) -> None:
    with pytest.raises(DataError, match=f"has the columns headline, score; expected {expected}$"):
        read(file([{"headline": "Mill closes", "score": "3"}]), TOPICS, task)


def test_a_file_of_blanks_says_so(file: File) -> None:
    with pytest.raises(DataError, match="none of its 2 rows has a text and a label for it"):
        read(file([{"text": " ", "label": "neutral"}, {"text": "Mill", "label": ""}]), TOPICS)


def test_topics_may_be_a_list(tmp_path: Path) -> None:
    rows = [{"text": "Mill sued", "topics": ["LEGAL", "legal", ""]}, {"text": "Rates", "topics": None}]
    for name, write in ((".jsonl", jsonl), (".parquet", parquet)):
        write(tmp_path / f"a{name}", rows)
        found = read(tmp_path / f"a{name}", TOPICS)
        assert found.examples[0].topics == ("legal",) and found.blank == 1


def test_an_unknown_task() -> None:
    with pytest.raises(DataError, match="task 'stance' is unknown: expected sentiment or topics or company"):
        read(Path("a.csv"), TOPICS, "stance")


# --- files that are not what they say -------------------------------------------------------


@pytest.mark.parametrize(
    "name, content, message",
    [
        ("a.xlsx", b"PK", r"the ending '\.xlsx' is unknown; expected \.csv, \.tsv"),
        (
            "a.csv",
            "text,label\n利润,negative\n".encode("gb18030"),
            "line 2, byte 12: the text may be in",
        ),
        ("a.csv", b'text,label\n"Mill,negative\n', r"line 2: a quote is opened and not closed"),
        ("a.csv", b"text,label\nMill closes, jobs go,negative\n", r"line 2: 3 cells under 2 columns"),
        ("a.csv", b"", "the file is empty"),
        ("a.csv", b"text,label\n", "a header and no rows"),
        ("a.jsonl", b'{"text": "Mill"\n', "line 1: not valid JSON"),
        ("a.jsonl", b'["Mill", "negative"]\n', r"row 1 \(line 1\): a JSON text, expected an object"),
        ("a.parquet", b"PAR1 not really", "not a Parquet file"),
        ("a.parquet", b"", "not a Parquet file"),
    ],
)
def test_a_damaged_file_is_named_with_the_reason(
    tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(DataError, match=message) as caught:
        read(path, TOPICS)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("name", ["absent.csv", "absent.jsonl", "absent.parquet"])
def test_an_absent_file(tmp_path: Path, name: str) -> None:
    with pytest.raises(DataError, match=f"{name}: cannot be read: No such file"):
        read(tmp_path / name, TOPICS)


def test_a_byte_order_mark_is_no_part_of_the_first_column(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("text,label\nMill closes,negative\n", encoding="utf-8-sig")
    assert len(read(path, TOPICS).examples) == 1


def test_a_short_row_is_blank_where_it_ends(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("text,label\nMill closes\nMill opens,positive\n", encoding="utf-8")
    found = read(path, TOPICS)
    assert len(found.examples) == 1 and found.blank == 1


@given(
    st.lists(st.text(st.characters(codec="utf-8", categories=("L", "N")), min_size=1), min_size=1, max_size=8)
)
def test_every_row_is_an_example_or_blank(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    path = tmp_path_factory.getbasetemp() / "law.jsonl"
    jsonl(path, [{"text": text, "label": "neutral"} for text in texts])
    try:
        found = read(path, TOPICS)
    except DataError as error:
        assert f"none of its {len(texts)} rows" in str(error)
    else:
        assert len(found.examples) + found.blank == len(texts)


@given(
    st.lists(
        st.tuples(st.sampled_from("tuv"), st.sampled_from("abcd"), st.sampled_from(SENTIMENTS)), min_size=1
    )
)
def test_companies_are_joined_by_text_and_agree_with_its_sentiment(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str, str]]
) -> None:
    path = tmp_path_factory.getbasetemp() / "towards.jsonl"
    jsonl(path, [{"text": text, "entity": name, "label": label} for text, name, label in rows])
    asked = read(path, TOPICS, "company")
    assert [(one.text, *pair) for one in asked.examples for pair in one.companies] == sorted(
        rows, key=lambda row: [one.text for one in asked.examples].index(row[0])
    )
    labels: dict[tuple[str, str], set[str]] = {}
    for text, name, label in rows:
        labels.setdefault((text, name), set()).add(label)
    clear = {key: some for key, some in labels.items() if len(some) == 1}
    try:
        found = read(path, TOPICS)
    except DataError:
        assert not clear
        return
    assert {(one.text, name): {label} for one in found.examples for name, label in one.companies} == clear
    for one in found.examples:
        everything = {label for text, _, label in rows if text == one.text}
        assert one.sentiment == (everything.pop() if len(everything) == 1 else None)


def test_a_csv_that_json_would_have_read_is_the_same(tmp_path: Path) -> None:
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerows([["text", "label"], ["Mill\r\ncloses", "negative"]])
    (tmp_path / "a.csv").write_bytes(buffer.getvalue().encode())
    jsonl(tmp_path / "a.jsonl", [{"text": "Mill\r\ncloses", "label": "negative"}])
    first, second = (read(tmp_path / name, TOPICS).examples[0].text for name in ("a.csv", "a.jsonl"))
    assert first == second


# --- what one reader owes all commands ------------------------------------------------------


def test_a_text_may_be_long(tmp_path: Path) -> None:
    long = "Harbour Trust reports a loss. " * 6_000
    path = tmp_path / "a.csv"
    delimited(",")(path, [{"text": long, "label": "negative"}, {"text": "Profit rises", "label": "positive"}])
    assert [len(one.text) for one in read(path, TOPICS).examples] == [20_000, 12]
    assert [len(text) for _, text in texts(path)] == [20_000, 12]


@pytest.mark.parametrize("missing", ["NaN", "nan", "None", "null", "NULL", "<NA>", "#N/A"])
def test_what_pandas_writes_for_nothing_is_no_text_and_no_label(tmp_path: Path, missing: str) -> None:
    rows = [
        ("Loss widens", "negative"),
        ("Profit rises", float("nan")),
        (None, "negative"),
        ("NA", "neutral"),
    ]
    frame = pd.DataFrame(rows, columns=["text", "label"])
    frame.to_csv(tmp_path / "a.csv", index=False, na_rep=missing)
    found = read(tmp_path / "a.csv", TOPICS)
    assert [(one.text, one.sentiment) for one in found.examples] == [
        ("Loss widens", "negative"),
        ("NA", "neutral"),
    ]
    assert found.blank == 2
    assert [text for _, text in texts(tmp_path / "a.csv")] == ["Loss widens", "Profit rises", "", "NA"]
    assert sorted(found.warnings) == [
        f"column {name}: 1 cells say NaN, null, None or the like and were taken for empty"
        for name in ("label", "text")
    ]


def test_nan_in_json_and_parquet_is_no_text_and_no_label(tmp_path: Path) -> None:
    rows = [{"text": "Loss", "label": "negative"}, {"text": float("nan"), "label": "negative"}]
    jsonl(tmp_path / "a.jsonl", [*rows, {"text": "Profit", "label": float("nan")}])
    frame = pd.DataFrame([*rows, {"text": "Profit", "label": float("nan")}], dtype=object)
    frame.to_parquet(tmp_path / "a.parquet")
    for name in ("a.jsonl", "a.parquet"):
        found = read(tmp_path / name, TOPICS)
        assert [one.text for one in found.examples] == ["Loss"] and found.blank == 2
        assert [text for _, text in texts(tmp_path / name)] == ["Loss", "", "Profit"]


def test_a_guessed_encoding_is_told_and_a_given_one_taken(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("text,label\n青禾农业三季度亏损扩大,负面\n".encode("gbk"))
    found = read(path, TOPICS)
    assert (found.examples[0].text, found.examples[0].sentiment) == ("青禾农业三季度亏损扩大", "negative")
    assert found.warnings[0].startswith("read as gb18030, which is a guess")
    assert read(path, TOPICS, encoding="gbk").warnings == ()
    assert list(texts(path, encoding="gbk")) == [("", "青禾农业三季度亏损扩大")]
    assert list(passages(path, encoding="gbk")) == ["青禾农业三季度亏损扩大"]


def test_the_texts_of_a_file_are_those_that_an_import_takes(file: File) -> None:
    rows = [
        {"Headline": "A", "summary": "b", "label": "neutral"},
        {"Headline": "", "summary": "c", "label": "neutral"},
    ]
    path = file(rows)
    assert [one.text for one in read(path, TOPICS).examples] == ["A\nb", "c"]
    items = Jsonl(path, complete=True).fetch({}, FakeFetcher()).items
    assert [content(item.title, item.text) for item in items] == ["A\nb", "c"]


def test_passages_are_all_that_rows_say(tmp_path: Path) -> None:
    jsonl(tmp_path / "a.jsonl", [{"title": "A", "text": "b", "body": "c", "note": "d"}, {"title": ""}])
    assert list(passages(tmp_path / "a.jsonl")) == ["A\nb\nc"]
    jsonl(tmp_path / "a.jsonl", [{"note": "d"}])
    with pytest.raises(DataError, match=r"a\.jsonl: line 1 has the columns note; expected title, headline"):
        list(passages(tmp_path / "a.jsonl"))


@pytest.mark.parametrize("column", ["text", "title"])
def test_a_text_that_is_none_is_refused_with_row_and_column(tmp_path: Path, column: str) -> None:
    jsonl(tmp_path / "a.jsonl", [{column: "a", "label": "neutral"}, {column: ["a"], "label": "neutral"}])
    message = rf"a\.jsonl: line 2: column {column}: \['a'\] is a list; expected a text"
    for reading in (lambda path: read(path, TOPICS), lambda path: list(texts(path))):
        with pytest.raises(DataError, match=message):
            reading(tmp_path / "a.jsonl")


def test_bytes_in_parquet_are_text_or_refused(tmp_path: Path) -> None:
    table = pa.table({"text": ["青 body".encode(), b"\xff\xfe"], "label": [b"negative", b"neutral"]})
    pq.write_table(table.slice(0, 1), tmp_path / "a.parquet")
    assert read(tmp_path / "a.parquet", TOPICS).examples[0].text == "青 body"
    pq.write_table(table, tmp_path / "a.parquet")
    with pytest.raises(DataError, match=r"a\.parquet: row 2: column text: .* is bytes that are not UTF-8"):
        read(tmp_path / "a.parquet", TOPICS)


def test_a_title_in_another_width_is_not_doubled(file: File) -> None:
    rows = [
        {
            "title": "远山光伏：扩产（更新）",
            "text": "远山光伏:扩产(更新)\n公司称产能不足。",
            "label": "neutral",
        },
        {"title": "Bolt", "text": "Bolt　 closes", "label": "neutral"},
    ]
    assert [one.text for one in read(file(rows), TOPICS).examples] == [
        "远山光伏:扩产(更新)\n公司称产能不足。",
        "Bolt closes",
    ]
