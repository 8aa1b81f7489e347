"""Labels out to every format and back: the same, whatever they say and whoever says it."""

from __future__ import annotations

import json
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.datasets import labelled
from monitor.datasets.exchange import FORMATS, Exchanged, Suggestion, read, write
from monitor.datasets.tables import BadRow
from monitor.errors import DataError, UserError
from monitor.records import SENTIMENTS, Lane

TOPICS = ("earnings", "legal", "并购 | M&A", '"quoted", <odd>')
FOLDERS = ("huggingface", "argilla")
ENDINGS = {"jsonl": "labels.jsonl", "csv": "labels.csv", "label-studio": "labels.json"}

# What a database holds: any character but NUL and halves of one.
characters = st.characters(exclude_categories=["Cs"], exclude_characters="\x00")
words = st.text(
    st.one_of(characters, st.sampled_from("=+-@\t\r\n'\"|,;，；nanNULL青禾：…％\u2028\u0085{}[]<>&")),
    max_size=30,
)
ids = st.text(characters, min_size=1, max_size=8).map(str.strip).filter(lambda id: id and "\n" not in id)
moments = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1)).map(lambda at: at.replace(tzinfo=UTC))
shares = st.floats(0, 1)
suggestions = st.builds(Suggestion, words, st.sampled_from(SENTIMENTS), shares)


@st.composite
def texts(draw: st.DrawFn) -> list[Exchanged]:
    """The labels of one text, each of another analyst."""
    about: dict[str, Any] = {
        "text": draw(words.filter(lambda text: text.strip())),
        "article_id": draw(st.integers(1, 2**53)),
        "source": draw(words),
        "identity_key": draw(words),
        "title": draw(words),
        "language": draw(st.sampled_from(["", "en", "zh"])),
        "url": draw(words),
        "named": draw(st.dictionaries(ids, words, max_size=3)),
        "suggestion": draw(st.none() | suggestions),
    }
    users = draw(st.lists(words.filter(bool), min_size=1, max_size=4, unique=True))
    topics = st.lists(st.sampled_from(TOPICS), unique=True).map(tuple)
    return [
        Exchanged(
            **about,
            user=user,
            sentiment=draw(st.sampled_from(SENTIMENTS)),
            topics=draw(st.none() | topics),
            companies=draw(st.dictionaries(ids, st.sampled_from(SENTIMENTS), max_size=3)),
            labelled_at=draw(moments),
            suggested=draw(st.booleans()),
            seconds=draw(st.none() | st.floats(0, 86_400)),
            gold=draw(st.booleans()),
            lane=draw(st.sampled_from([lane.value for lane in Lane])),
            inclusion=draw(st.none() | shares),
            guideline=draw(st.integers(0, 99)),
            note=draw(words),
        )
        for user in users
    ]


def place(folder: Path, format: str) -> Path:
    return folder / ENDINGS.get(format, "labels")


def back(path: Path) -> list[Exchanged]:
    found = []
    for one in read(path, TOPICS):
        assert not isinstance(one, BadRow), str(one)
        found.append(one[1])
    return found


def sample() -> list[Exchanged]:
    """Made-up labels of two texts: several analysts, several lines, two languages, every kind of nothing."""
    at = datetime(2026, 3, 14, 9, 30, 15, 123456, tzinfo=UTC)
    one: dict[str, Any] = {
        "text": "远山光伏：拟募资扩产\r\n=公司称，“产能不足”。\tAcme, too",
        "article_id": 7,
        "source": "wire",
        "identity_key": "k1",
        "title": "远山光伏：拟募资扩产",
        "language": "zh",
        "url": "https://example.org/1?a=1&b=2",
        "named": {"acme": "Acme", "yuanshan": "远山光伏"},
        "suggestion": Suggestion("m1", "neutral", 0.625),
    }
    return [
        Exchanged(
            **one,
            user="ann",
            sentiment="negative",
            topics=("legal", "并购 | M&A"),
            companies={"acme": "positive", "yuanshan": "negative"},
            labelled_at=at,
            seconds=12.25,
            lane="audit",
            inclusion=0.1,
            guideline=3,
            note='he says: "not so"\nsecond line',
            gold=True,
        ),
        Exchanged(
            **one,
            user="陈",
            sentiment="neutral",
            topics=(),
            labelled_at=at + timedelta(days=1),
            suggested=True,
            lane="review",
        ),
        Exchanged(
            text="-1.5% and +cmd|' /C calc'!A0 fell",
            user="ann",
            sentiment="positive",
            labelled_at=at,
            lane="request",
        ),
    ]


@pytest.mark.parametrize("format", FORMATS)
@settings(deadline=None, max_examples=60)
@given(st.lists(texts(), max_size=4, unique_by=lambda some: some[0].article_id))
def test_every_label_comes_back_as_it_was(format: str, given_: list[list[Exchanged]]) -> None:
    labels = [label for some in given_ for label in some]
    with tempfile.TemporaryDirectory() as folder:
        path = place(Path(folder), format)
        assert write(format, path, labels, TOPICS) == len(labels)
        assert back(path) == labels


@pytest.mark.parametrize("format", ["jsonl", "csv", "label-studio"])
def test_a_file_is_learnt_from_as_it_is(tmp_path: Path, format: str) -> None:
    """`monitor train --data` reads the same file: the same text, to the last blank."""
    path = place(tmp_path, format)
    write(format, path, [sample()[0], sample()[2]], TOPICS)
    found = labelled.read(path, TOPICS).examples
    assert [(one.text, one.sentiment) for one in found] == [
        (sample()[0].text, "negative"),
        (sample()[2].text, "positive"),
    ]
    if format != "label-studio":
        assert found[0].companies == (("Acme", "positive"), ("远山光伏", "negative"))


def test_a_cell_that_a_spreadsheet_would_run_is_guarded_and_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    write("csv", path, sample(), TOPICS)
    raw = path.read_text(encoding="utf-8")
    assert "'-1.5% and +cmd" in raw and ",-1.5%" not in raw
    assert back(path) == sample()
    quoted = Exchanged(text="'=1+1' is what it says", sentiment="neutral", user="'ann'")
    write("csv", path, [quoted], TOPICS)
    assert back(path) == [quoted]


@pytest.mark.parametrize("format", FOLDERS)
def test_nothing_is_written_over(tmp_path: Path, format: str) -> None:
    (tmp_path / "mine.txt").write_text("kept")
    with pytest.raises(UserError, match="something there already"):
        write(format, tmp_path, sample(), TOPICS)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_what_is_unknown_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="'xml' is unknown; expected one of jsonl, csv"):
        write("xml", tmp_path / "a", [], TOPICS)
    with pytest.raises(DataError, match="holds no labels"):
        list(read(tmp_path, TOPICS))
    with pytest.raises(DataError, match=r"labels\.xml"):
        list(read(tmp_path / "labels.xml", TOPICS))


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ({"text": "a", "label": "bullish"}, "label.*bullish.*negative, neutral, positive"),
        ({"text": "a", "label": 2}, "label.*2"),
        ({"text": "a", "label": float("inf")}, "label"),
        ({"text": "a"}, "no label"),
        ({"label": "neutral"}, "no text"),
        ({"text": "  ", "label": "neutral"}, "no text"),
        ({"text": "a", "label": "neutral", "topics": ["sport"]}, "topics.*sport.*earnings"),
        ({"text": "a", "label": "neutral", "topics": "[1"}, "topics"),
        ({"text": "a", "label": "neutral", "topics": [1]}, "topics"),
        ({"text": "a", "label": "neutral", "towards": {"acme": "up"}}, "towards.*up"),
        ({"text": "a", "label": "neutral", "towards": [1]}, "towards"),
        ({"text": "a", "label": "neutral", "labelled_at": "yesterday"}, "labelled_at.*time with its zone"),
        ({"text": "a", "label": "neutral", "labelled_at": "2026-03-14T09:30:00"}, "time with its zone"),
        ({"text": "a", "label": "neutral", "seconds": -1}, "seconds"),
        ({"text": "a", "label": "neutral", "seconds": "NaN"}, "seconds"),
        ({"text": "a", "label": "neutral", "seconds": True}, "seconds"),
        ({"text": "a", "label": "neutral", "inclusion": 1.5}, "inclusion"),
        ({"text": "a", "label": "neutral", "gold": "maybe"}, "gold"),
        ({"text": "a", "label": "neutral", "lane": "fast"}, "lane.*review, audit"),
        ({"text": "a", "label": "neutral", "user": ["ann"]}, "user"),
        ({"text": "a", "label": "neutral", "article_id": 1.5}, "article_id"),
        ({"data": {"text": ""}, "annotations": [{"result": []}]}, "no text"),
        ({"data": {"text": "a"}, "annotations": [{"result": []}]}, "no label"),
        ({"data": {"text": "a"}, "annotations": "x"}, "annotations"),
        (
            {
                "data": {"text": "a"},
                "annotations": [
                    {"result": [{"from_name": "sentiment", "value": {"choices": ["negative", "positive"]}}]}
                ],
            },
            "sentiment",
        ),
        ({"fields": {"text": "a"}, "responses": {"sentiment": ["x"]}}, "responses"),
        ({"fields": {"text": "a"}, "responses": {"sentiment": [{"value": "up", "user_id": "1"}]}}, "up"),
        ({"fields": {"text": "a"}, "responses": {"topics": [{"value": [], "user_id": "1"}]}}, "no label"),
        ({"fields": {"text": "a"}, "metadata": {"labels": ["{"]}, "responses": {}}, "labels"),
    ],
)
def test_a_bad_row_is_told_with_its_line_and_the_next_is_read(tmp_path: Path, row: Any, why: str) -> None:
    path = tmp_path / "labels.jsonl"
    good = {"text": "Acme sues Bolt", "label": "negative"}
    path.write_text("".join(json.dumps(one) + "\n" for one in (good, row, good)), encoding="utf-8")
    first, bad, last = read(path, TOPICS)
    assert isinstance(bad, BadRow) and bad.where == "line 2"
    import re

    assert re.search(why, bad.why), bad.why
    assert not isinstance(first, BadRow) and not isinstance(last, BadRow) and first[1] == last[1]


def test_rows_that_people_write(tmp_path: Path) -> None:
    path = tmp_path / "by_hand.csv"
    path.write_text(
        'Headline,Label,Topics,User\nＰrofit　soars,正面,earnings;legal,ann\n"Mill, closes",NEG,,bo\n',
        encoding="utf-8",
    )
    found = back(path)
    assert [(one.text, one.sentiment, one.topics, one.user) for one in found] == [
        ("Profit soars", "positive", ("earnings", "legal"), "ann"),
        ("Mill, closes", "negative", None, "bo"),
    ]


@pytest.mark.parametrize("damage", ["state", "arrow", "gone"])
def test_a_damaged_folder_is_refused_by_name(tmp_path: Path, damage: str) -> None:
    folder = tmp_path / "labels"
    write("huggingface", folder, sample(), TOPICS)
    data = folder / "data-00000-of-00001.arrow"
    if damage == "state":
        (folder / "state.json").write_text("{")
    elif damage == "arrow":
        data.write_bytes(data.read_bytes()[:200])
    else:
        data.unlink()
    with pytest.raises(DataError, match=r"state\.json" if damage == "state" else r"data-00000"):
        list(read(folder, TOPICS))
