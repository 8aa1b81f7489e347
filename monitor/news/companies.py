"""Which watched companies an article names, and where.

All names of all companies are found in one pass over the text (Aho and Corasick 1975),
however long the watch list is. Rules then drop the finds that are no names: a Latin name
inside a longer word, a short ticker written in lower case, a name inside a longer one.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import ahocorasick

from monitor.errors import DataError
from monitor.records import Company, Mention

if TYPE_CHECKING:
    from _csv import Reader as _Reader

COLUMNS = ("id", "name", "ticker", "aliases")
TICKER_LENGTH = 4
"""Up to this many letters, a name in capitals must be written in capitals in the text too:
"COST" is a company, "cost" is not."""

NUMBER_LENGTH = 6
"""A ticker of fewer digits is any number, unless in brackets, after ":" or before ".HK"."""


def load_watchlist(path: Path) -> tuple[Company, ...]:
    """The companies of a UTF-8 CSV file with columns id, name, ticker, aliases (joined by "|").

    Raises DataError naming the file and the line.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return _companies(path, csv.reader(file))
    except FileNotFoundError:
        raise DataError(f"{path}: no such file; [watchlist] path names the list of companies") from None
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: not UTF-8 (byte {error.start}); save it as UTF-8") from None
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror})") from None


def _companies(path: Path, reader: _Reader) -> tuple[Company, ...]:
    try:
        header = [name.strip().lower() for name in next(reader, [])]
        missing = {"id", "name"} - set(header)
        unknown = set(header) - set(COLUMNS)
        if missing or unknown:
            wrong = (
                f"lacks {', '.join(sorted(missing))}"
                if missing
                else f"has unknown {', '.join(sorted(unknown))}"
            )
            raise DataError(f"{path}: line 1: the header {wrong}; expected {','.join(COLUMNS)}")
        companies: dict[str, Company] = {}
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) > len(header):
                raise DataError(
                    f"{path}: line {reader.line_num}: {len(cells)} cells under {len(header)} columns; "
                    'put a name with a comma in quotes ("...")'
                )
            company = _company({name: cell.strip() for name, cell in zip(header, cells, strict=False)})
            if not company.id or not company.name:
                raise DataError(f"{path}: line {reader.line_num}: a company needs an id and a name")
            if company.id in companies:
                raise DataError(f"{path}: line {reader.line_num}: id {company.id!r} is there twice")
            companies[company.id] = company
    except csv.Error as error:
        raise DataError(f"{path}: line {reader.line_num}: {error}") from None
    return tuple(companies.values())


def _company(row: dict[str, str]) -> Company:
    aliases = tuple(alias.strip() for alias in row.get("aliases", "").split("|") if alias.strip())
    return Company(id=row["id"], name=row.get("name", ""), aliases=aliases, ticker=row.get("ticker", ""))


class Linker:
    """Finds the companies' names, aliases and tickers in texts."""

    def __init__(self, companies: Sequence[Company]) -> None:
        self.companies = tuple(companies)
        named: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for company in self.companies:
            for alias in dict.fromkeys(_normal(each) for each in _names(company)):
                if alias:
                    named[alias.lower()].append((company.id, alias))
        self._automaton = ahocorasick.Automaton()
        for folded, owners in named.items():
            self._automaton.add_word(folded, (len(folded), owners))
        if named:
            self._automaton.make_automaton()

    def mentions(self, content: str) -> list[Mention]:
        """Companies named in `content` (NFKC, as `Article.content` is), in reading order.

        Where names overlap, the longest counts; where one name is several companies', each does.
        """
        if not len(self._automaton):
            return []
        folded = _folded(content)
        found = []
        for last, (length, owners) in self._automaton.iter(folded):
            start, end = last + 1 - length, last + 1
            written = content[start:end]
            fitting = [
                Mention(company_id, alias, start, end)
                for company_id, alias in owners
                if _is_name(alias, written) and _stands_alone(content, start, end)
            ]
            if fitting:
                found.append((start, end, fitting))
        found.sort(key=lambda each: (each[0] - each[1], each[0]))
        chosen: list[Mention] = []
        covered = bytearray(len(content))
        for start, end, fitting in found:
            if not any(covered[start:end]):
                covered[start:end] = b"\x01" * (end - start)
                chosen.extend(fitting)
        return sorted(chosen, key=lambda mention: (mention.start, mention.company_id))


def _names(company: Company) -> list[str]:
    return [company.name, *company.aliases, company.ticker]


def _normal(alias: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", alias).split())


def _folded(text: str) -> str:
    """Lower case, character by character, so that offsets stay (Turkish "İ" lowers to two)."""
    lowered = text.lower()
    if len(lowered) == len(text):
        return lowered
    return "".join(char.lower() if len(char.lower()) == 1 else char for char in text)


def _is_name(alias: str, written: str) -> bool:
    """Whether a find is written as a name: "apple" is a fruit, "APPLE" may head a headline."""
    if not alias.isascii() or not alias[0].isalpha():
        return True
    if len(alias) <= TICKER_LENGTH:
        return written in (alias, alias.upper())
    return " " in alias or not alias[0].isupper() or written[0].isupper()


_EXCHANGE = re.compile(r"\.[A-Z]{1,2}\b")
_WORD = re.compile(r"[0-9A-Za-z\u00c0-\u024f]")


def _stands_alone(content: str, start: int, end: int) -> bool:
    """Whether a Latin name or a number is not part of a longer word; Chinese knows no such bounds."""
    before = content[start - 1 : start] if start else ""
    after = content[end : end + 1]
    if end - start == 1 and content[start].isascii() and before not in ("$", ":"):
        return False  # a ticker of one letter is told from a word only as "$F" or "NYSE:F"
    if end - start < NUMBER_LENGTH and content[start:end].isdigit():
        return before in ("(", ":") or bool(_EXCHANGE.match(content, end))
    if _WORD.match(content[start]) and before and _WORD.match(before):
        return False
    return not (_WORD.match(content[end - 1]) and after and _WORD.match(after))
