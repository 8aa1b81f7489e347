"""Our own export read back: the same examples, to the last blank."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.datasets import snapshots
from monitor.datasets.exchange import of, rows
from monitor.datasets.exchange.files import lines
from monitor.datasets.labelled import read
from monitor.news.normalize import article, content
from monitor.records import SENTIMENTS, Article, Example, Item, Label, Mention

NOW = datetime(2026, 3, 14, tzinfo=UTC)
TOPICS = ("earnings", "legal")


def stored(title: str, text: str) -> Article:
    return replace(article(Item(title=title, text=text), source="wire", identity_key="k", now=NOW), id=7)


def label(sentiment: str = "negative", topics: tuple[str, ...] | None = None) -> Label:
    return Label(7, 1, "ann", sentiment, topics, NOW)


def back(folder: Path, *pairs: tuple[Label, Article]) -> tuple[Example, ...]:
    path = folder / "labels.jsonl"
    path.write_text("".join(lines(of(one, about) for one, about in pairs)), encoding="utf-8")
    found = read(path, TOPICS)
    assert found.blank == 0 and all("utf-8, which is a guess" in warning for warning in found.warnings)
    return found.examples


def learnt(*examples: Example) -> list[Example]:
    """What a model learns from examples, whoever they come from."""
    return [replace(one, origin="", group="") for one in examples]


texts = st.text(
    st.one_of(st.characters(), st.sampled_from("青禾：（…）％Ａ e\u0301\u200d\u3000\n\t<b>&amp;")),
    max_size=40,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=300)
@given(
    texts,
    texts,
    st.sampled_from(SENTIMENTS),
    st.sampled_from([None, (), ("legal",), ("legal", "earnings")]),
    st.booleans(),
)
def test_any_label_comes_back_as_the_example_it_was(
    tmp_path: Path, title: str, text: str, sentiment: str, topics: tuple[str, ...] | None, names: bool
) -> None:
    about = stored(title, text)
    if not about.content.strip():
        return
    if names:
        about = replace(about, mentions=(Mention("acme", about.content[:3], 0, 3),))
    given = label(sentiment, topics)
    assert learnt(*back(tmp_path, (given, about))) == learnt(*snapshots.from_labels([(given, about)]))


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("远山光伏：拟募资扩产（更新）", "公司称，产能不足。"),
        ("Harbour Trust… cuts guidance", "Harbour Trust... cuts guidance and its dividend."),
        ("Ｍill　closes", "Ｍill　closes\nTwo hundred jobs go"),
        ("nan", ""),
        ("12％", "１２％ more"),
    ],
)
def test_a_title_is_not_doubled(tmp_path: Path, title: str, text: str) -> None:
    about = stored(title, text)
    assert [one.text for one in back(tmp_path, (label(), about))] == [about.content]
    path = tmp_path / "unmarked.jsonl"  # as another program would write it, without our mark
    path.write_text(json.dumps({"title": title, "text": about.content, "label": "neutral"}) + "\n")
    if title != "nan":
        assert read(path, []).examples[0].text == about.content


def test_companies_are_there_when_a_label_is_about_one(tmp_path: Path) -> None:
    about = stored("Acme sues Bolt", "")
    one = replace(about, mentions=(Mention("acme", "Acme", 0, 4), Mention("acme", "Acme", 9, 13)))
    two = replace(about, mentions=(Mention("acme", "Acme", 0, 4), Mention("bolt", "Bolt", 10, 14)))
    assert [one.companies for one in back(tmp_path, (label(), one))] == [(("Acme", "negative"),)]
    assert [one.companies for one in back(tmp_path, (label(), two))] == [()]
    judged = replace(label(), companies={"bolt": "positive", "acme": "negative", "gone": "neutral"})
    assert [one.companies for one in back(tmp_path, (judged, two))] == [
        (("Bolt", "positive"), ("Acme", "negative"))
    ]


def test_a_row_says_what_people_want_to_know_too() -> None:
    row = rows.row(of(label("neutral", ("legal",)), stored("法院受理破产案", "")))
    assert (row["normalised"], row["language"], row["topics"]) == (True, "zh", ["legal"])
    assert (row["title"], row["user"], row["labelled_at"]) == (
        "法院受理破产案",
        "ann",
        "2026-03-14T00:00:00+00:00",
    )


def test_it_imports_as_the_article_it_was() -> None:
    """`monitor import` joins title and text itself: what they were joined to before stays the same."""
    about = stored("远山光伏：拟募资扩产（更新）", "公司称，产能不足。")
    row = rows.row(of(label(), about))
    assert content(row["title"], row["text"]) == about.content
