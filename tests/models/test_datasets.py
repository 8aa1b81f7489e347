"""Near-duplicates share a group, a split keeps groups whole, and labels are read as stated."""

from __future__ import annotations

import csv
import json
import math
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor import Example
from monitor_models.datasets import DATA_SETS, group, read_examples, read_topics, repeat, split

COPIES = [
    "Harbour Foods lifts full-year guidance after record second quarter sales https://t.co/Ab3dE",
    "$HBF Harbour Foods lifts full-year guidance after record second quarter sales",
    "Harbour Foods lifts full-year guidance after record second quarter sales (updated 14:05)",
]
OTHERS = [
    "Regulator opens inquiry into Northwind Shipping over late filings",
    "远山光伏：上半年净利润同比下降四成，拟暂缓扩产计划",
    "央行开展逆回购操作，市场流动性保持合理充裕",
]


def test_copies_are_grouped_and_others_are_not() -> None:
    names = group([*COPIES, *OTHERS])
    assert len(set(names[:3])) == 1
    assert len(set(names)) == 1 + len(OTHERS)


def test_numbers_do_not_tell_texts_apart_in_either_language() -> None:
    names = group(["云港航运2024年上半年净利润同比增长12.5%", "云港航运2025年上半年净利润同比增长31%"])
    assert names[0] == names[1]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.text(max_size=30), max_size=12), st.randoms(use_true_random=False))
def test_groups_do_not_depend_on_order(texts: list[str], random: object) -> None:
    shuffled = list(texts)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert dict(zip(texts, group(texts), strict=True)) == dict(zip(shuffled, group(shuffled), strict=True))


def test_a_split_keeps_groups_whole_and_is_the_same_whatever_else_there_is() -> None:
    examples = [Example(f"text {i}", "neutral", group=f"{i // 3}") for i in range(3000)]
    snapshot = split(examples)
    assert not {e.group for e in snapshot.train} & {e.group for e in snapshot.development}
    assert 0.07 < len(snapshot.development) / len(examples) < 0.13
    half = split(examples[::2])
    assert set(half.development) <= set(snapshot.development)
    assert half.id != snapshot.id


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Every file that is read, with texts written for this test."""
    taxonomy = {
        "topics": [{"name": name, "en": name, "zh": name} for name in ("deal", "earnings", "policy")],
        "from_tfn": {"M&A": "deal", "Earnings": "earnings"},
        "from_finnl": {"政策": "policy", "公司": "deal"},
    }
    columns = {"entity": "x", "topics": "deal"}
    for one in DATA_SETS:
        file = tmp_path / one.file
        file.parent.mkdir(exist_ok=True)
        rows = [
            {"text": f"{one.name} {i} {'abcdefgh'[i] * 9}", "label": "neutral", **columns} for i in range(3)
        ]
        if one.name == "tfns":
            rows[0]["label"] = "negative"
        if one.name == "sentfin":
            rows += [rows[0] | {"label": "positive"}, rows[1], rows[1] | {"label": "negative", "entity": "y"}]
        if one.name == "negative_entity":
            rows[0] |= {"label": "negative", "entity": "x;y;", "key_entity": "y"}
            rows[1]["label"], rows[2]["label"] = "other", "other"
            rows[1]["key_entity"] = rows[2]["key_entity"] = ""
        if one.name == "finnl":
            rows[0]["topics"] = "policy|deal"
        with file.open("w", encoding="utf-8", newline="") as out:
            writer = csv.DictWriter(out, rows[0].keys())
            writer.writeheader()
            writer.writerows(rows)
    (tmp_path / "topics" / "taxonomy.json").write_text(json.dumps(taxonomy), encoding="utf-8")
    return tmp_path


def test_labels_are_read_as_their_sets_mean_them(data: Path) -> None:
    examples = read_examples(data)
    of = {one.name: [e for e in examples if e.origin == one.name] for one in DATA_SETS}
    assert [e.sentiment for e in of["negative_entity"]] == ["negative", "!negative", "!negative"]
    assert [e.companies for e in of["negative_entity"]] == [
        (("x", "!negative"), ("y", "negative")),
        (("x", "!negative"),),
        (("x", "!negative"),),
    ]
    assert [(e.sentiment, e.companies) for e in of["sentfin"]] == [
        (None, (("x", "neutral"), ("y", "negative"))),
        ("neutral", (("x", "neutral"),)),
    ], "a company that is given two sentiments is left out, and so is a text that says nothing else"
    assert all(not e.companies for e in of["headlines"])
    assert of["finnl"][0].topics == ("deal", "policy")
    assert all(e.sentiment is None for e in of["finnl"])
    assert all(e.topics is None for e in of["tfns"])
    rare, frequent = of["tfns"][0].weight, of["tfns"][1].weight
    assert rare / frequent == pytest.approx(2**0.5)
    assert sum(e.weight for e in of["tfns"]) == pytest.approx(3)
    assert {e.weight for e in of["headlines"]} == {1.0}


def test_each_topic_set_judges_its_own_topics(data: Path) -> None:
    names, judged = read_topics(data)
    assert names == ("deal", "earnings", "policy")
    assert judged == {"tfn_topic": {"deal", "earnings"}, "finnl": {"policy", "deal"}}


def test_sets_that_forbid_a_shipped_model_are_not_read() -> None:
    assert not [one.file for one in DATA_SETS if "fpb" in one.file or "fiqa" in one.file]


@pytest.mark.parametrize("stage", [0, 1, 2])
def test_an_epoch_shows_a_set_as_often_as_it_says(stage: int) -> None:
    examples = [
        Example(f"{one.name} {i}", "neutral", origin=one.name) for one in DATA_SETS for i in range(800)
    ]
    shown = repeat(examples, stage)
    for one in DATA_SETS:
        times = one.repeats[stage]
        counts = Counter(e.text for e in shown if e.origin == one.name)
        assert set(counts.values()) <= {math.floor(times), math.ceil(times)}
        assert counts.total() / 800 == pytest.approx(times, abs=0.08)
    assert repeat(examples[:1], stage) == [e for e in shown if e.text == examples[0].text]
