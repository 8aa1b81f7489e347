"""Write the lessons: wordings, alternatives in them, made-up names and amounts.

    python -m monitor_models.lessons.writing [--copies 3] [--seed 0] [--out models/lessons]

A file under `families/` holds wordings of one kind, of one language or, with ``||`` between a text and
its translation, of both. A line ``## name`` begins a section: one turn of speech. A wording begins with
its label (``+``, ``-``, ``=`` for positive, negative and neutral) or, where companies fare differently,
with theirs (``A+ B-:``). ``[a|b]`` are alternatives and ``{A}`` names, ``{good}`` and the like events
out of `events.json`; in a translation the n-th brackets choose as the n-th of the text do, and
``[=a|b]`` as the others with that mark.

A family is what may not be divided between teaching and testing: the n-th wordings of each label in a
section, in both languages, so that a text, its counter-example and their translations stay together. A
third of the families, those whose hash says so, are kept back.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

HERE = Path(__file__).parent
LABELS = {"+": "positive", "-": "negative", "=": "neutral"}
OFTEN = {"bilingual": 2, "companies": 2, "neutral": 2}
"""How many times as often wordings of a kind are written: who of two does well is the hardest to learn."""
FRAMED = 0.15  # of the texts get a word before them, and as many a sentence behind them
LINKED = 6  # which choice the brackets with that mark share
TAGGED = 0.3  # of English posts name a company by a ticker
_LINE = re.compile(r"(?:(?P<label>[+=-])|A(?P<a>[+=-]) B(?P<b>[+=-]):)\s+(?P<text>.+)")
_CHOICE = re.compile(r"\[([^\[\]]*)\]")
_EVENT = re.compile(r"\{(good|bad|flat)\}")
_SLOT = re.compile(r"\{([a-zA-Z0-9]+)(?::([a-z]+))?\}")


@dataclass(frozen=True, slots=True)
class Wording:
    """A line of a file. `labels` are the text's own, or those towards A and B; `texts` one per language."""

    kind: str
    family: str
    labels: tuple[str, ...]
    texts: tuple[tuple[str, str], ...]  # language, text with brackets and slots

    @property
    def kept_back(self) -> bool:
        """Whether its family is for testing alone."""
        return int(hashlib.sha256(self.family.encode()).hexdigest()[:8], 16) % 3 == 0


@dataclass(frozen=True, slots=True)
class Lesson:
    """A written text. `companies` are names in it with the sentiment towards each; `pair` numbers a text and
    its translation alike. The `label` is empty where companies fare differently."""

    text: str
    language: str
    label: str
    companies: tuple[tuple[str, str], ...]
    kind: str
    family: str
    pair: int


def wordings(folder: Path = HERE / "families") -> list[Wording]:
    """All of them, in the order of the files. Raises ValueError for a line that is none."""
    return [one for file in sorted(folder.glob("*.txt")) for one in _read(file)]


def _read(file: Path) -> Iterator[Wording]:
    kind, _, language = file.stem.partition("_")
    section, seen = "", Counter[str]()
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith("## "):
            section, seen = line[3:].strip(), Counter()
            continue
        if not line.strip():
            continue
        match = _LINE.fullmatch(line)
        if match is None or not section:
            raise ValueError(f"{file.name}, line {number}: expected a label and a wording under a section")
        named = [match[one] for one in ("a", "b")] if match["a"] else []
        signs = named or [match["label"]]
        # Two companies change places in the counter-example, which is the next line.
        order = seen["pair"] // 2 if named else seen[signs[0]]
        seen["pair" if named else signs[0]] += 1
        texts = match["text"].split(" || ")
        languages = [language] if language else ["en", "zh"]
        if len(texts) != len(languages):
            raise ValueError(f"{file.name}, line {number}: expected {len(languages)} texts")
        yield Wording(
            kind,
            f"{kind}/{section}/{order}",
            tuple(LABELS[sign] for sign in signs),
            tuple(zip(languages, texts, strict=True)),
        )


def lessons(known: Sequence[Wording], copies: int, seed: int) -> list[Lesson]:
    """Up to `copies` texts of each wording (`OFTEN` times as many), none twice; the same for the same
    arguments."""
    bank = json.loads((HERE / "names.json").read_text(encoding="utf-8"))
    bank["events"] = json.loads((HERE / "events.json").read_text(encoding="utf-8"))
    found: dict[str, Lesson] = {}
    pair = 0
    for number, wording in enumerate(known):
        for copy in range(copies * OFTEN.get(wording.kind, 1)):
            rng = np.random.default_rng([seed, number, copy])
            written = _write(wording, bank, rng, pair)
            if not any(one.text in found for one in written):
                found |= {one.text: one for one in written}
                pair += 1
    return list(found.values())


def _write(wording: Wording, bank: Mapping[str, Any], rng: np.random.Generator, pair: int) -> list[Lesson]:
    choices = rng.random(8)
    amounts = _amounts(rng)
    names = _names(bank, wording, rng)
    framed = rng.random(2)
    written = []
    for language, template in wording.texts:
        text = _chosen(template, choices)
        quarter = amounts["q"][int(choices[0] * 5)]
        values = {**amounts[language], **names[language], "q": quarter[language]}
        tagged = wording.kind == "sarcasm" and language == "en" and choices[7] < TAGGED
        if tagged:
            values["A"] = "$" + re.sub("[^A-Z]", "", values["A"].upper())[:4]
        text = _EVENT.sub(partial(_event, bank["events"][language], rng), text)
        text = _frame(text, language, bank, framed, rng, short=wording.kind == "sarcasm")
        used = {name for name, _ in _SLOT.findall(text)} & {"A", "B"}
        text = _SLOT.sub(partial(_value, values), text)
        text = text[0].upper() + text[1:].replace("s's ", "s' ")
        whole = len(set(wording.labels)) == 1
        towards = dict(zip("AB", wording.labels * (1 if len(wording.labels) == 2 else 2), strict=True))
        companies = tuple((values[one], towards[one]) for one in sorted(used))
        label = wording.labels[0] if whole else ""
        written.append(Lesson(text, language, label, companies, wording.kind, wording.family, pair))
    return written


def _chosen(template: str, choices: NDArray[np.float64]) -> str:
    """The template with its n-th brackets replaced by the alternative the n-th number picks."""
    place = 0

    def pick(match: re.Match[str]) -> str:
        nonlocal place
        place += 1
        options = match[1].removeprefix("=").split("|")
        choice = choices[LINKED if match[1].startswith("=") else place - 1]
        return options[int(choice * len(options))]

    return _CHOICE.sub(pick, template)


def _event(events: Mapping[str, Sequence[str]], rng: np.random.Generator, match: re.Match[str]) -> str:
    some = events[match[1]]
    return some[int(rng.integers(len(some)))]


def _value(values: Mapping[str, str], match: re.Match[str]) -> str:
    return values[match[1]]


def _frame(
    text: str,
    language: str,
    bank: Mapping[str, Any],
    framed: NDArray[np.float64],
    rng: np.random.Generator,
    short: bool,
) -> str:
    """Now and then a newsroom's word before a text, and a sentence behind it that says nothing of matter."""
    before, after = bank["before"][language], bank["after"][language]
    if framed[0] < FRAMED and not short:
        text = before[int(rng.integers(len(before)))] + text
    if framed[1] < FRAMED and not short:
        stop = "。" if language == "zh" else "."
        text = text if text.endswith(("。", ".", "?", "!", "？", "！")) else text + stop
        text += after[int(rng.integers(len(after)))]
    elif framed[1] > 1 - FRAMED and text.endswith(("。", ".")) and text.count(text[-1]) == 1:
        text = text[:-1]
    return text


def _names(bank: Mapping[str, Any], wording: Wording, rng: np.random.Generator) -> dict[str, dict[str, str]]:
    """Made-up companies A and B, by language; what a slot asks for decides what they are."""
    banks = {one for _, text in wording.texts for one, what in _SLOT.findall(text) if what == "bank"}
    found: dict[str, dict[str, str]] = {}
    for language in ("en", "zh"):
        first, second = bank[language]["first"], bank[language]["second"]
        chosen = rng.choice(len(first), 2, replace=False)
        found[language] = {}
        for slot, place in zip("AB", chosen, strict=True):
            ends = second["bank" if slot in banks else "any"]
            end = ends[int(rng.integers(len(ends)))]
            bare = slot not in banks and rng.random() < 0.25
            joint = " " if language == "en" else ""
            found[language][slot] = first[place] if bare else f"{first[place]}{joint}{end}"
    return found


def _amounts(rng: np.random.Generator) -> dict[str, Any]:
    """Numbers for the slots: the second of a kind is the larger."""
    low = int(rng.integers(8, 40))
    money = int(rng.integers(3, 60)) * int(rng.choice([1, 5, 10]))
    unit = str(rng.choice(["$", "€", "£", "HK$"]))
    small = round(float(rng.integers(11, 65)) / 10, 1)
    shared = {
        "pct": str(low),
        "pct2": str(low + int(rng.integers(15, 50))),
        "small": f"{small:g}",
        "small2": f"{round(float(rng.integers(11, 65)) / 10, 1):g}",
        "n": str(int(rng.integers(4, 10))),
        "year": str(int(rng.integers(2004, 2022))),
        "year2": str(int(rng.integers(2028, 2032))),
    }
    larger = money * float(rng.choice([1.5, 2, 3, 4.2]))
    dollars = {"usd": f"{unit}{money} million", "usd2": f"{unit}{larger:g} million"}
    yuan = {"yi": f"{money / 10:g}", "yi2": f"{larger / 10:.3g}"}
    quarters = [
        {"en": "the second quarter", "zh": "二季度"},
        {"en": "the third quarter", "zh": "三季度"},
        {"en": "the first half", "zh": "上半年"},
        {"en": "the year to March", "zh": "上一财年"},
        {"en": "nine months", "zh": "前三季度"},
    ]
    return {"en": shared | dollars, "zh": shared | yuan, "q": quarters}


def rows(some: Sequence[Lesson]) -> Iterator[dict[str, Any]]:
    """As labelled files have them: a row per company, or one for the text."""
    for one in some:
        about = {"kind": one.kind, "family": one.family, "language": one.language, "pair": one.pair}
        for name, label in one.companies:
            yield {"text": one.text, "label": label, "entity": name, **about}
        if not one.companies:
            yield {"text": one.text, "label": one.label, **about}


def main() -> int:
    parser = argparse.ArgumentParser(description="Write the lessons.")
    parser.add_argument("--copies", type=int, default=3, help="texts of each wording, at most")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=HERE)
    arguments = parser.parse_args()
    known = wordings()
    for name, back in (("taught", False), ("kept_back", True)):
        some = lessons([one for one in known if one.kept_back is back], arguments.copies, arguments.seed)
        lines = [json.dumps(row, ensure_ascii=False) for row in rows(some)]
        (arguments.out / f"{name}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
        kinds = dict(sorted(Counter(one.kind for one in some).items()))
        print(f"{name}: {len(some)} texts, {len({one.family for one in some})} families, {kinds}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
