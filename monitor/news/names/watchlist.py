"""The watch list's file: a CSV of companies, or an exchange's listing (`listings`).

    id,name,ticker,aliases,full,former,brands,people
    meta,Meta,META,,Meta Platforms,Facebook Inc. @ ..2021-10-28,Instagram|WhatsApp,Mark Zuckerberg

`id` and `name` are needed. A cell holds names joined by "|": `ticker` symbols, with their market where it
matters (NYSE:C, 0700.HK), `aliases` short names, `full` the registered ones, `former` what it was called
before, `brands` what it sells, `people` who leads it. A name valid for a time ends in " @ FROM..UNTIL", days
as 2021-10-28, both included; either may be left out. A comma inside a name needs quotes.
"""

from __future__ import annotations

import csv
import re
import shutil
from collections.abc import Iterable, Sequence
from datetime import date
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

from monitor.errors import DataError
from monitor.news.names import listings
from monitor.records import Alias, AliasKind, Company

if TYPE_CHECKING:
    from _csv import Reader as _Reader

COLUMNS = ("id", "name", "ticker", "aliases", "full", "former", "brands", "people")
_KINDS = {
    "ticker": AliasKind.TICKER,
    "aliases": AliasKind.SHORT,
    "full": AliasKind.FULL,
    "former": AliasKind.FORMER,
    "brands": AliasKind.BRAND,
    "people": AliasKind.PERSON,
}
_TIMED = re.compile(r"(?P<name>.*?)\s*@\s*(?P<first>[^@|]*?)\.\.(?P<last>[^@|]*)")


def load_watchlist(path: Path) -> tuple[Company, ...]:
    """The companies of a UTF-8 CSV file: a watch list as above, or a listing.

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


def read(text: str) -> tuple[Company, ...]:
    """The companies of such a file's text. Raises DataError."""
    return _companies(Path("text"), csv.reader(StringIO(text, newline="")))


def save(path: Path, companies: Iterable[Company]) -> None:
    """Write the file whole: who reads it meanwhile has the old one or the new one."""
    beside = path.with_name(f".{path.name}.new")
    beside.write_text(written(companies), encoding="utf-8")
    if path.exists():
        shutil.copymode(path, beside)
    beside.replace(path)


def written(companies: Iterable[Company]) -> str:
    """The companies as such a file; read again, they are the same."""
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for company in companies:
        cells: dict[str, list[str]] = {column: [] for column in _KINDS}
        for alias in company.every_name[1:]:
            column = next(one for one, kind in _KINDS.items() if kind is alias.kind)
            cells[column].append(_timed(alias))
        writer.writerow([company.id, company.name, *("|".join(cells[column]) for column in COLUMNS[2:])])
    return out.getvalue()


def _timed(alias: Alias) -> str:
    if alias.valid_from is None and alias.valid_until is None:
        return alias.name
    return f"{alias.name} @ {alias.valid_from or ''}..{alias.valid_until or ''}"


def _companies(path: Path, reader: _Reader) -> tuple[Company, ...]:
    try:
        header = [name.strip().lower() for name in next(reader, [])]
        if (listing := listings.of(header)) is not None:
            rows = [dict(zip(header, cells, strict=False)) for cells in reader if any(cells)]
            return listing(rows)
        _check(path, header)
        companies: dict[str, Company] = {}
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            where = f"{path}: line {reader.line_num}"
            if len(cells) > len(header):
                raise DataError(
                    f"{where}: {len(cells)} cells under {len(header)} columns; "
                    'put a name with a comma in quotes ("...")'
                )
            company = _company({name: cell.strip() for name, cell in zip(header, cells, strict=False)}, where)
            if not company.id or not company.name:
                raise DataError(f"{where}: a company needs an id and a name")
            if company.id in companies:
                raise DataError(f"{where}: id {company.id!r} is there twice")
            companies[company.id] = company
    except csv.Error as error:
        raise DataError(f"{path}: line {reader.line_num}: {error}") from None
    return tuple(companies.values())


def _check(path: Path, header: Sequence[str]) -> None:
    missing = {"id", "name"} - set(header)
    unknown = set(header) - set(COLUMNS)
    twice = {name for name in header if header.count(name) > 1}
    if missing or unknown or twice:
        wrong = (
            f"lacks {', '.join(sorted(missing))}"
            if missing
            else f"has unknown {', '.join(sorted(unknown))}"
            if unknown
            else f"names {', '.join(sorted(twice))} twice"
        )
        raise DataError(
            f"{path}: line 1: the header {wrong}; expected {','.join(COLUMNS)} (id and name are needed), "
            "or a listing as it was downloaded"
        )


def _company(row: dict[str, str], where: str) -> Company:
    found = {column: _aliases(row.get(column, ""), kind, where) for column, kind in _KINDS.items()}
    plain = tuple(one.name for one in found["aliases"] if one.valid_from is None and one.valid_until is None)
    ticker = next((one.name for one in found["ticker"][:1] if one == Alias(one.name, AliasKind.TICKER)), "")
    rest = found["ticker"][1:] if ticker else found["ticker"]
    timed = [one for one in found["aliases"] if one.name not in plain or one.valid_from or one.valid_until]
    others = [one for column in COLUMNS[4:] for one in found[column]]
    return Company(row["id"], row.get("name", ""), plain, ticker, (*rest, *timed, *others))


def _aliases(cell: str, kind: AliasKind, where: str) -> list[Alias]:
    found = []
    for text in cell.split("|"):
        if not text.strip():
            continue
        if "@" in text and ".." in text:
            timed = _TIMED.fullmatch(text.strip())
            if timed is None or not timed["name"]:
                raise DataError(f'{where}: {text.strip()!r}: write a name for a time as "NAME @ FROM..UNTIL"')
            first, last = _day(timed["first"], text, where), _day(timed["last"], text, where)
            if first and last and first > last:
                raise DataError(f"{where}: {text.strip()!r}: it ends before it begins")
            found.append(Alias(timed["name"], kind, first, last))
        else:
            found.append(Alias(text.strip(), kind))
    return found


def _day(text: str, cell: str, where: str) -> date | None:
    if not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise DataError(f"{where}: {cell.strip()!r}: {text.strip()!r} is no day as 2021-10-28") from None
