"""Words that tell a name from an everyday word, read from english.txt and chinese.txt beside this file.

A section begins with its name in brackets. It holds words, or words each followed by a colon and those that
belong to it. What every section is for stands above it.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from types import MappingProxyType

Words = tuple[str, ...]


class Vocabulary:
    """The sections of one file."""

    def __init__(self, text: str) -> None:
        self._sections: dict[str, list[str]] = {}
        for line in text.splitlines():
            if line.startswith("["):
                section = self._sections.setdefault(line.strip("[]"), [])
            elif line and not line.startswith("#"):
                section.extend(line.split())

    def words(self, section: str) -> Words:
        """The words of a section, each once, in their order. Raises KeyError where there is none."""
        return tuple(dict.fromkeys(self._sections[section]))

    def table(self, section: str) -> Mapping[str, Words]:
        """The words of a section by the word that they belong to."""
        found: dict[str, list[str]] = {}
        for word in self._sections[section]:
            if word.endswith(":"):
                some = found.setdefault(word[:-1], [])
            else:
                some.append(word)
        return MappingProxyType({word: tuple(some) for word, some in found.items()})


ENGLISH = Vocabulary(files(__package__).joinpath("english.txt").read_text(encoding="utf-8"))
CHINESE = Vocabulary(files(__package__).joinpath("chinese.txt").read_text(encoding="utf-8"))
