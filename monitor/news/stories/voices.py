"""Whose voice an article is: who says it, not where it is read.

An archive that counts copies measures how far a wire is bought, so a story's voices are its independent
sources: the same wire, owner or syndication is one. In turn, the voice of an article is

    1. that of the text it repeats, where it repeats one (`store.stories`): one hundred reprints are one voice
    2. the wire that its text credits: "LONDON (Reuters) -", 据路透社报道, 来源：财联社
    3. the publisher that the item names, or that its address belongs to, by the table: its owner
    4. the source it came from

The table ships as `defaults/publishers.csv`: id, owner, whether others print it (a wire), names, domains.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from urllib.parse import urlsplit

COLUMNS = ("id", "owner", "wire", "names", "domains")
LENGTH = 100
"""Characters of a voice."""
_OPENING, _ENDING = 300, 200
"""Characters at the beginning and at the end of a text in which a credit is looked for."""


@dataclass(frozen=True, slots=True)
class Publisher:
    """Who prints news: an id, who owns it, its names in both languages, its domains. Of a wire others
    print."""

    id: str
    owner: str
    wire: bool
    names: tuple[str, ...]
    domains: tuple[str, ...]


@dataclass(frozen=True)
class Publishers:
    """The table of publishers, asked by name, by address, or for the wire that a text credits."""

    every: tuple[Publisher, ...]
    _names: dict[str, Publisher] = field(init=False, repr=False, compare=False)
    _domains: dict[str, Publisher] = field(init=False, repr=False, compare=False)
    _credit: re.Pattern[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        names = {_folded(name): one for one in self.every for name in (one.id, *one.names)}
        domains = {domain.lower(): one for one in self.every for domain in one.domains}
        object.__setattr__(self, "_names", names)
        object.__setattr__(self, "_domains", domains)
        object.__setattr__(self, "_credit", _credit(self.every))

    def named(self, name: str) -> Publisher | None:
        """The publisher of this name."""
        return self._names.get(_folded(name))

    def at(self, url: str) -> Publisher | None:
        """The publisher that an address belongs to."""
        try:
            host = (urlsplit(url).hostname or "").lower()
        except ValueError:
            return None
        while host:
            if host in self._domains:
                return self._domains[host]
            _, _, host = host.partition(".")
        return None

    def credited(self, text: str) -> Publisher | None:
        """The wire, or whoever else, that a text says it is from."""
        ends = text if len(text) <= _OPENING + _ENDING else f"{text[:_OPENING]}\n{text[-_ENDING:]}"
        match = self._credit.search(ends)
        return self._names.get(_folded(next(group for group in match.groups() if group))) if match else None

    def title(self, voice: str, language: str = "") -> str:
        """What people call a `voice`: the first name that its owner's first publisher has in that language,
        or has; what is in no table goes by the name that it came with."""
        known = next((one for one in self.every if voice in (one.owner, one.id)), None)
        if known is None:
            return re.sub("^(?:publisher|source) ", "", voice)
        chinese = [name for name in known.names if re.search("[\u3400-\u9fff]", name)]
        return (chinese if language == "zh" and chinese else list(known.names) or [voice])[0]

    def voice(self, source: str, publisher: str = "", url: str = "", text: str = "") -> str:
        """Whose voice an article is that repeats no other: an owner, or who printed it, or its source.

        Two articles of one voice have equal strings, whatever source brought them.
        """
        credited = self.credited(text)
        if credited is not None:
            return credited.owner
        if publisher.strip():
            known = self.named(publisher)
            return known.owner if known else f"publisher {_folded(publisher)}"[:LENGTH]
        at = self.at(url) or self.named(source)
        return at.owner if at else f"source {source}"[:LENGTH]


@cache
def shipped() -> Publishers:
    """The table that comes with the monitor."""
    text = resources.files("monitor").joinpath("defaults", "publishers.csv").read_text("utf-8")
    return Publishers(read(csv.DictReader(text.splitlines())))


def read(rows: Iterable[dict[str, str]]) -> tuple[Publisher, ...]:
    """Publishers of rows with COLUMNS; names and domains are joined by "|". Raises ValueError naming the
    row."""
    found = []
    for number, row in enumerate(rows, start=2):
        missing = [name for name in COLUMNS if row.get(name) is None]
        if missing or not row["id"].strip() or row["wire"] not in ("yes", "no"):
            raise ValueError(f"line {number}: a publisher needs {', '.join(COLUMNS)}, and wire is yes or no")
        names, domains = (_split(row[name]) for name in ("names", "domains"))
        owner = row["owner"].strip() or row["id"].strip()
        found.append(Publisher(row["id"].strip(), owner[:LENGTH], row["wire"] == "yes", names, domains))
    return tuple(found)


def _split(cell: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in cell.split("|") if part.strip())


def _folded(name: str) -> str:
    return " ".join(name.lower().split())


def _credit(publishers: Iterable[Publisher]) -> re.Pattern[str]:
    """What credits a wire, in capitals as it is written, or anyone after 来源."""
    every = list(publishers)
    wires = _either(name for one in every if one.wire for name in one.names)
    anyone = _either(name for one in every for name in one.names)
    return re.compile(
        rf"[(（]({wires})[)）]"
        rf"|[-–—]\s*({wires})\s*$"
        rf"|^\s*({wires})\s*[-–—:：]\s"
        rf"|据({wires})[^,，。:：]{{0,12}}?(?:报道|消息|援引|报导|电|讯|披露|快讯)"
        rf"|({wires})[^\n,，。]{{0,14}}?\d+月\d+日(?:[电讯]|\s*(?:电|讯))"
        rf"|来源\s*[:：]\s*({anyone})"
        rf"|[Ss]ource\s*:\s*({anyone})(?![\w])"
        rf"|\b[Bb]y (?:The )?({wires})\b",
        re.MULTILINE,
    )


def _either(names: Iterable[str]) -> str:
    return "|".join(re.escape(name) for name in sorted(set(names), key=lambda name: (-len(name), name)))
