"""The file of a backup, read back with suspicion: until it is read, it is anybody's.

It is read a line at a time, with a bound on the length and nesting of a line; the tables and columns must
be this program's, and each value of its column's type. What is wrong is a DataError that names the line.
See `backup` for what the lines are.
"""

from __future__ import annotations

import base64
import binascii
import gzip
import json
import math
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import JSON, BigInteger, Boolean, Column, Float, Integer, LargeBinary, Table

from monitor.errors import DataError, SchemaError
from monitor.store import audit, migrations
from monitor.store.schema import UtcDateTime, judging, leases, metadata, processes

MAX_LINE = 64_000_000
"""Characters of a line; the longest row is an article of the largest answer that is fetched, kept thrice."""

MAX_DEPTH = 50
"""Nested arrays and objects in a JSON column."""

MAX_DIGITS = 40
"""Digits of a whole number; the largest that is stored has 20."""

TABLES = [table for table in metadata.sorted_tables if table not in (judging, leases, processes)]
"""Referred-to tables first. Who is at work is no part of a backup."""
NOT_OURS = "not a backup made by `monitor db backup`"


@dataclass(frozen=True, slots=True)
class Header:
    """A backup's first line."""

    monitor: str
    schema: str
    created_at: str
    audit: audit.Head


def header(path: Path) -> Header:
    """What a backup says of itself. Raises DataError where it is none, SchemaError at another version."""
    with _reading(path) as lines:
        return next(lines).header


def is_one(path: Path) -> bool:
    """Whether the file begins as a backup does, of whatever version."""
    try:
        with gzip.open(path, "rb") as file:
            return file.read(12) == b'{"monitor": '
    except (OSError, EOFError, zlib.error):
        return False


def check(path: Path) -> None:
    """Read all of a backup. Raises DataError where it is damaged, SchemaError at another version."""
    for _ in rows(path):
        pass


def rows(path: Path) -> Iterator[tuple[Table, dict[str, Any]]]:
    """Every row of a backup with its table; the file is checked on the way, its end at the end."""
    counted = {table.name: 0 for table in TABLES}
    table: Table | None = None
    names: list[str] = []
    checks: list[Callable[[Any], Any]] = []
    seen: set[str] = set()
    complete = False
    with _reading(path) as lines:
        _ = next(lines).header
        for line in lines:
            value = line.value
            if complete:
                raise line.wrong("the backup is damaged: it goes on after its end")
            if isinstance(value, list):
                if table is None:
                    raise line.wrong("the backup is damaged: a row before any table")
                if len(value) != len(names):
                    raise line.wrong(f"{table.name}: expected {len(names)} values, found {len(value)}")
                counted[table.name] += 1
                yield (
                    table,
                    {
                        name: line.checked(f"{table.name}.{name}", check, field)
                        for name, check, field in zip(names, checks, value, strict=True)
                    },
                )
            elif isinstance(value, dict) and "table" in value:
                table, names = _table(line, value, seen)
                checks = [_check(table.c[name]) for name in names]
            elif isinstance(value, dict) and "rows" in value:
                if value["rows"] != counted:
                    raise line.wrong("the backup is damaged: it lacks rows, or has too many")
                complete = True
            else:
                raise line.wrong(f"{NOT_OURS}: neither a table, nor a row, nor the end")
    if not complete:
        raise DataError(f"{path}: the backup is cut short")


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of a backup: its number, from 1, and its JSON value."""

    path: Path
    number: int
    value: Any

    def wrong(self, what: str) -> DataError:
        return DataError(f"{self.path}: line {self.number}: {what}")

    def checked(self, name: str, check: Callable[[Any], Any], value: Any) -> Any:
        try:
            return check(value)
        except ValueError as error:
            raise self.wrong(f"{name}: {error}") from None

    @property
    def header(self) -> Header:
        """The line as a backup's first. Raises DataError, SchemaError."""
        said = self.value
        if not isinstance(said, dict) or not all(isinstance(said.get(n), str) for n in ("monitor", "schema")):
            raise self.wrong(NOT_OURS)
        if said["schema"] != migrations.head():
            theirs, program = (audit.clean(said[name], 40) for name in ("schema", "monitor"))
            raise SchemaError(
                f"{self.path}: a backup of schema {theirs} by monitor {program}; this program has schema "
                f"{migrations.head()}: restore it with that version, then `monitor db upgrade`"
            )
        chain = said.get("audit")
        entries, seal = (chain.get("entries"), chain.get("seal")) if isinstance(chain, dict) else (None, None)
        if (
            type(entries) is not int
            or not isinstance(seal, str)
            or not isinstance(said.get("created_at"), str)
        ):
            raise self.wrong(f"{NOT_OURS}: its first line does not say when, and of which audit")
        return Header(said["monitor"], said["schema"], said["created_at"], audit.Head(entries, seal))


@contextmanager
def _reading(path: Path) -> Iterator[Iterator[_Line]]:
    """The lines of the file as they are wanted; whatever is wrong with it is a DataError with its place."""
    number = 0

    def read() -> Iterator[_Line]:
        nonlocal number
        # To the very end, where gzip's own checksum is.
        while line := file.readline(MAX_LINE + 1):
            number += 1
            if len(line) > MAX_LINE:
                raise DataError(f"{path}: line {number}: longer than {MAX_LINE:,} characters")
            yield _Line(
                path,
                number,
                json.loads(line, parse_constant=_refused, parse_float=_finite, parse_int=_integer),
            )
        if not number:
            raise DataError(f"{path}: line 1: {NOT_OURS}: it is empty")

    try:
        with gzip.open(path, "rt", encoding="utf-8", newline="\n") as file:
            yield read()
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path}: line {number + 1}: not a readable backup: {error}") from error
    except (RecursionError, MemoryError) as error:
        raise DataError(f"{path}: line {number}: nested more than {MAX_DEPTH} deep") from error
    except ValueError as error:
        raise DataError(f"{path}: line {number}: {NOT_OURS}: {str(error)[:200]}") from error


def _table(line: _Line, said: Mapping[str, Any], seen: set[str]) -> tuple[Table, list[str]]:
    """The table that a line announces, and the names of its columns in the file's order."""
    table = next((one for one in TABLES if one.name == said["table"]), None)
    if table is None or table.name in seen:
        raise line.wrong(f"{NOT_OURS}: {'a table twice' if table is not None else 'an unknown table'}")
    seen.add(table.name)
    names = said.get("columns")
    if not isinstance(names, list) or sorted(map(str, names)) != sorted(table.c.keys()):
        raise line.wrong(f"{table.name}: expected the columns {', '.join(table.c.keys())}")
    return table, [str(name) for name in names]


def _check(column: Column[Any]) -> Callable[[Any], Any]:
    """What takes a value of the file for one of `column`; it raises ValueError where it is of
    another type."""
    kind = column.type
    if isinstance(kind, JSON):
        return _shallow
    convert: Callable[[Any], Any]
    if isinstance(kind, UtcDateTime):
        convert = _moment
    elif isinstance(kind, LargeBinary):
        convert = _bytes
    elif isinstance(kind, Boolean):
        convert = _only(bool, "true or false")
    elif isinstance(kind, Float):
        convert = _only((int, float), "a number")
    elif isinstance(kind, Integer):
        convert = _whole(63 if isinstance(kind, BigInteger) else 31)
    else:
        convert = _text(getattr(getattr(kind, "impl", kind), "length", None))

    def checked(value: Any) -> Any:
        if value is None and column.nullable:
            return None
        return convert(value)

    return checked


def _only(kinds: type | tuple[type, ...], what: str) -> Callable[[Any], Any]:
    def checked(value: Any) -> Any:
        if not isinstance(value, kinds) or (isinstance(value, bool) and kinds is not bool):
            raise ValueError(f"expected {what}, found {_shown(value)}")
        return value

    return checked


def _whole(bits: int) -> Callable[[Any], int]:
    def checked(value: Any) -> int:
        if type(value) is not int or not -(2**bits) <= value < 2**bits:
            raise ValueError(f"expected a whole number of at most {bits} bits, found {_shown(value)}")
        return value

    return checked


def _text(limit: int | None) -> Callable[[Any], str]:
    def checked(value: Any) -> str:
        if not isinstance(value, str):
            raise ValueError(f"expected text, found {_shown(value)}")
        if limit is not None and len(value) > limit:
            raise ValueError(f"expected at most {limit} characters, found {len(value)}")
        return value

    return checked


def _bytes(value: Any) -> bytes:
    try:
        return base64.b64decode(_text(None)(value), validate=True)
    except binascii.Error:
        raise ValueError("expected base64, found other text") from None


def _moment(value: Any) -> datetime:
    moment = datetime.fromisoformat(value) if isinstance(value, str) and len(value) < 50 else None
    if moment is None or moment.tzinfo is None:
        raise ValueError(f"expected a time with its zone (ISO 8601), found {_shown(value)}")
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"the time {moment} is out of range") from None


def _shallow(value: Any) -> Any:
    """`value`, which is JSON. Raises ValueError where it is nested too deeply."""
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [
            inner
            for one in level
            if isinstance(one, list | dict)
            for inner in (one.values() if isinstance(one, dict) else one)
        ]
        if not level:
            return value
    raise ValueError(f"nested more than {MAX_DEPTH} deep")


def _integer(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise ValueError(f"a number of {len(digits)} digits")
    return int(digits)


def _finite(digits: str) -> float:
    if not math.isfinite(number := float(digits)):
        raise ValueError(f"the number {digits[:40]} is too large")
    return number


def _refused(name: str) -> float:
    raise ValueError(f"{name} is no JSON")


def _shown(value: Any) -> str:
    """What a value is, for a message; what it says may be anybody's text, of any length."""
    return {str: "text", list: "a list", dict: "an object", type(None): "nothing"}.get(
        type(value), f"{value!r}"[:40]
    )
