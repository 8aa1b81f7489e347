"""The watch list's companies, their names, and where texts name them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from monitor.fields import checked


class AliasKind(StrEnum):
    """What sort of name an alias is."""

    SHORT = "short"  # as newspapers write it
    FULL = "full"  # as the register has it
    FORMER = "former"  # what it was called before
    TICKER = "ticker"  # a symbol, with its market where that is stated: NYSE:GAP, 0700.HK
    BRAND = "brand"  # what it sells
    PERSON = "person"  # who leads it


@dataclass(frozen=True, slots=True)
class Alias:
    """A name that a company goes by, from `valid_from` to `valid_until`, both days included; None: no end."""

    name: str
    kind: AliasKind = AliasKind.SHORT
    valid_from: date | None = None
    valid_until: date | None = None

    def valid(self, on: date | None) -> bool:
        """Whether it was the company's on a day; None: on any."""
        if on is None:
            return True
        return (self.valid_from is None or self.valid_from <= on) and (
            self.valid_until is None or on <= self.valid_until
        )


@dataclass(frozen=True, slots=True)
class Company:
    """A watched company and the names it goes by. `aliases` are short names; `names` are those of another
    kind, or for a time."""

    id: str
    name: str
    aliases: tuple[str, ...] = ()
    ticker: str = ""
    names: tuple[Alias, ...] = ()

    @property
    def every_name(self) -> tuple[Alias, ...]:
        """All its names with their kind, the one it is shown by first."""
        ticker = (Alias(self.ticker, AliasKind.TICKER),) if self.ticker else ()
        return (Alias(self.name), *(Alias(alias) for alias in self.aliases), *ticker, *self.names)


class Part(StrEnum):
    """What a company is to the text that names it."""

    SUBJECT = "subject"  # the text is about it
    BYSTANDER = "bystander"  # named by the way: who speaks, a rival, a customer
    SECTOR = "sector"  # named as one of its kind


@dataclass(frozen=True, slots=True)
@checked
class Mention:
    """A company named in an article's `content`: character offsets [start, end)."""

    company_id: str  # as in the watch list
    alias: str  # the name, as it stands in the text
    start: int  # its first character
    end: int  # the one after its last
    role: Part = Part.SUBJECT  # what the company is to the text
