"""Lessons: as they were written, in other words than the check-list's, balanced, and a third kept back."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
import pytest

from monitor.datasets import labelled
from monitor.evaluation.checklist import shipped
from monitor.news.normalize import content
from monitor_models import lessons
from monitor_models.datasets import group
from monitor_models.lessons.writing import LABELS, Lesson, main, wordings
from monitor_models.lessons.writing import lessons as write
from monitor_plugins.transformer.names import find

FOLDER = Path(lessons.__file__).parent
KINDS = {"narrowing", "sarcasm", "companies", "bilingual", "negation", "mixed", "neutral"}
LIKE = 0.4
"""Jaccard similarity of character 3-grams, names and numbers left out, that makes two texts too like."""
WORDS, CHARACTERS = 6, 9
"""Words in a row (of Chinese, characters) that no lesson may share with the check-list."""


@pytest.fixture(scope="module")
def taught() -> list[Lesson]:
    return write([one for one in wordings() if not one.kept_back], 3, 0)


@pytest.fixture(scope="module")
def kept_back() -> list[Lesson]:
    return write([one for one in wordings() if one.kept_back], 3, 0)


@pytest.fixture(scope="module")
def cases() -> list[str]:
    """The check-list's texts, without the names in them."""
    names = {case.company for case in shipped() if case.company}
    names |= {match for case in shipped() for text in case.texts for match in _named(text)}
    pattern = re.compile("|".join(map(re.escape, sorted(names, key=len, reverse=True))))
    return [pattern.sub(" ", text) for case in shipped() for text in case.texts]


def _named(text: str) -> list[str]:
    """English names: two words with capitals in a row."""
    return re.findall(r"[A-Z][a-z]+ [A-Z][a-z]+", text)


def _bare(lesson: Lesson) -> str:
    text = lesson.text
    for name, _ in lesson.companies:
        text = text.replace(name, " ")
    return text


def _grams(text: str) -> set[str]:
    kept = re.sub(r"[\W\d_]+", "", text.lower())
    return {kept[i : i + 3] for i in range(len(kept) - 2)}


def _runs(text: str) -> set[str]:
    words = re.findall(r"[a-z']+", text.lower())
    found = {" ".join(words[i : i + WORDS]) for i in range(len(words) - WORDS + 1)}
    for part in re.findall("[\u4e00-\u9fff]+", text):
        found |= {part[i : i + CHARACTERS] for i in range(len(part) - CHARACTERS + 1)}
    return found


def test_the_files_are_what_the_program_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["writing", "--out", str(tmp_path)])
    assert main() == 0
    for name in ("taught.jsonl", "kept_back.jsonl"):
        assert (tmp_path / name).read_bytes() == (FOLDER / name).read_bytes()


def test_there_are_enough_and_none_twice(taught: list[Lesson], kept_back: list[Lesson]) -> None:
    texts = [one.text for one in (*taught, *kept_back)]
    assert len(set(texts)) == len(texts)
    assert len(taught) >= 1500
    assert {one.kind for one in taught} == {one.kind for one in kept_back} == KINDS
    assert not [text for text in texts if re.search(r"[{}\[\]|]", text)]


def test_a_third_of_the_families_is_kept_back(taught: list[Lesson], kept_back: list[Lesson]) -> None:
    shown, back = ({one.family for one in some} for some in (taught, kept_back))
    assert not shown & back
    assert 0.3 <= len(back) / len(shown | back) <= 0.37
    for kind in KINDS - {"mixed"}:
        mine = {one for one in back if one.startswith(f"{kind}/")}
        assert len(mine) >= 10


def test_no_lesson_is_like_a_case_of_the_check_list(
    taught: list[Lesson], kept_back: list[Lesson], cases: list[str]
) -> None:
    theirs = [_grams(text) for text in cases]
    runs = set().union(*map(_runs, cases))
    for one in (*taught, *kept_back):
        bare = _bare(one)
        mine = _grams(bare)
        nearest = max(range(len(theirs)), key=lambda i: len(mine & theirs[i]) / len(mine | theirs[i]))
        both = len(mine & theirs[nearest]) / len(mine | theirs[nearest])
        assert both < LIKE, (one.text, cases[nearest])
        assert not _runs(bare) & runs, (one.text, _runs(bare) & runs)


def test_near_duplicates_join_no_lesson_and_no_case(taught: list[Lesson], kept_back: list[Lesson]) -> None:
    asked = [text for case in shipped() for text in case.texts]
    groups = group([*asked, *(one.text for one in (*taught, *kept_back))])
    assert not set(groups[: len(asked)]) & set(groups[len(asked) :])


def test_the_companies_are_made_up_and_found(taught: list[Lesson], kept_back: list[Lesson]) -> None:
    theirs = {case.company for case in shipped() if case.company}
    for one in (*taught, *kept_back):
        for name, label in one.companies:
            assert label in LABELS.values()
            assert find(one.text, name), one.text
            assert not any(other in name or name in other for other in theirs)


def test_good_and_bad_are_balanced_in_every_kind_and_language(taught: list[Lesson]) -> None:
    counts: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for one in taught:
        for label in [label for _, label in one.companies] or [one.label]:
            counts[one.kind, one.language][label] += 1
    for key, found in counts.items():
        share = found["positive"] / (found["positive"] + found["negative"])
        assert (0.25 if key[0] == "sarcasm" else 0.4) <= share <= 0.6, (key, found)


def test_companies_come_in_both_orders(taught: list[Lesson]) -> None:
    first = Counter[bool]()
    for one in taught:
        towards = {label: one.text.index(name) for name, label in one.companies}
        if {"positive", "negative"} <= towards.keys():
            first[towards["positive"] < towards["negative"]] += 1
    assert 0.4 <= first[True] / first.total() <= 0.6


def test_a_translation_has_its_texts_label(taught: list[Lesson]) -> None:
    pairs: dict[int, list[Lesson]] = defaultdict(list)
    for one in taught:
        if one.kind == "bilingual":
            pairs[one.pair].append(one)
    assert len(pairs) >= 150
    for some in pairs.values():
        assert [one.language for one in some] == ["en", "zh"]
        assert len({one.label for one in some}) == 1


def test_training_reads_the_file_as_it_was_written(taught: list[Lesson]) -> None:
    read = {one.text: one for one in labelled.read(FOLDER / "taught.jsonl", ()).examples}
    assert read.keys() == {content("", one.text) for one in taught}
    for one in taught:
        assert read[content("", one.text)].companies == one.companies
        assert read[content("", one.text)].sentiment == (one.label or None)


def test_every_section_of_the_files_has_its_counter_examples() -> None:
    signs: dict[str, set[str]] = defaultdict(set)
    for one in wordings():
        signs[one.family.rpartition("/")[0]].update(one.labels)
    for section, labels in signs.items():
        if not section.startswith("sarcasm/") and section != "negation/denial-neutral":
            assert len(labels) > 1, section
    plain = [labels for section, labels in signs.items() if section.startswith("sarcasm/")]
    assert np.mean([len(labels) > 1 for labels in plain]) >= 0.5


@pytest.mark.parametrize("line", ["good news", "A+: {A} wins", "+ half of a pair"])
def test_a_line_that_is_no_wording_is_named(tmp_path: Path, line: str) -> None:
    (tmp_path / "bilingual.txt").write_text(f"## one\n+ a || 甲\n{line}\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"bilingual\.txt, line 3"):
        wordings(tmp_path)


def test_files_have_a_row_for_each_company() -> None:
    rows = [json.loads(line) for line in (FOLDER / "taught.jsonl").read_text("utf-8").splitlines()]
    assert {"text", "label", "kind", "family", "language", "pair"} <= set(rows[0])
    assert all(row["label"] in LABELS.values() for row in rows)
