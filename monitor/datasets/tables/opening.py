"""A path and what is known of it from before, as a table that is read from there."""

from __future__ import annotations

import gzip
import hashlib
import stat
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from monitor.datasets.tables import encodings
from monitor.datasets.tables.columnar import ParquetTable
from monitor.datasets.tables.delimited import DelimitedTable
from monitor.datasets.tables.encodings import Encoding, UnknownEncoding
from monitor.datasets.tables.lines import BLOCK, Bytes, Lines, Upto, line_end
from monitor.datasets.tables.objects import ArrayTable, LinesTable
from monitor.datasets.tables.table import BadRow, Row, Table
from monitor.errors import DataError
from monitor.messages import Message

_CELLS = (".csv", ".tsv")
_JSON = (".jsonl", ".ndjson", ".json")
_PARQUET = (".parquet", ".pq")
_PACKED = ".gz"
ENDINGS = (*_CELLS, *_JSON, *_PARQUET)
"""Of file names, in small letters or not; those of texts may be followed by .gz."""

_HEAD = 1024  # bytes of the beginning, by which a file that was replaced by another is noticed
_GAINSAYS = 512  # bytes that may contradict what was guessed of those before


class Opened:
    """A table of a file by name: its errors say which file, and its state knows whether it is the same."""

    def __init__(
        self,
        path: Path,
        table: Table,
        known: Callable[[], dict[str, Any]],
        said: Sequence[str],
        *,
        fresh: bool,
    ) -> None:
        self.path = path
        self._table = table
        self._known = known
        self._said = list(said)
        self._fresh = fresh  # read from the beginning, by somebody who has all of it

    @property
    def columns(self) -> Sequence[str]:
        return self._table.columns

    @property
    def classes(self) -> Mapping[str, Sequence[str]]:
        return self._table.classes

    def rows(self) -> Iterator[Row | BadRow]:
        given = False
        with _named(self.path):
            for row in self._table.rows():
                given = True
                yield row
        if self._fresh and not given:
            self._said.append(Message("table.no_rows" if self.columns else "table.empty"))

    def state(self) -> dict[str, Any]:
        return {**self._known(), **self._table.state()}

    def warnings(self) -> list[str]:
        return [*self._said, *self._table.warnings()]


@contextmanager
def open_table(
    path: Path, state: Mapping[str, Any] | None = None, *, encoding: str = "", growing: bool = False
) -> Iterator[Table]:
    """The rows of a file after those that `state` says were read; all of them where it is another file.

    `encoding` is the one the file is in, where nothing in it says so; found out if empty. A file that is
    `growing` may be in the middle of being written: its last line waits until it has an end. Raises
    DataError, naming the file, for one that is not there, of no known kind, or in an unknown encoding.
    """
    state = state or {}
    with _named(path):
        kind, packed = _kind(path)
        codec = _codec(encoding)
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise DataError(Message("table.no_file"))
        stamp = {"path": str(path), "bytes": found.st_size, "changed": found.st_mtime_ns}
    if kind in _PARQUET:
        same = all(state.get(name) == value for name, value in stamp.items())
        done = state.get("offset", 0) if same else 0
        table = ParquetTable(path, done=done if isinstance(done, int) else 0)
        yield Opened(path, table, lambda: stamp, (), fresh=not growing and not done)
        return
    with _named(path):
        file = gzip.open(path, "rb") if packed else path.open("rb")  # noqa: SIM115
    with file:
        with _named(path):
            stop = None if packed else found.st_size
            opened = _text(path, file, kind, stamp, state, codec, stop, growing and not packed)
        yield opened


def read_table(
    path: Path, *, encoding: str = "", warn: Callable[[str], None] = lambda warning: None
) -> Iterator[Row]:
    """All rows of a file that is finished, in order; `warn` is told what was assumed, at the end.

    Raises DataError, naming the file and the row, at the first that cannot be read.
    """
    with open_table(path, encoding=encoding) as table:
        for row in table.rows():
            if isinstance(row, BadRow):
                raise DataError(Message("table.at", path=str(path), where=row.where, why=row.why))
            yield row
        for warning in table.warnings():
            warn(warning)


def _text(
    path: Path,
    file: Bytes,
    kind: str,
    stamp: Mapping[str, Any],
    state: Mapping[str, Any],
    codec: str,
    stop: int | None,
    growing: bool,
) -> Opened:
    array = isinstance(state.get("rows"), int)
    whole = stop is None or array  # such a file is not added to: it is the same, or another
    if not _same(file, stamp, state, whole=whole):
        state, array = {}, False
    offset: int = state.get("offset", 0)
    bound: Bytes = file if stop is None else Upto(file, stop)
    encoding = _encoding(bound, state, codec, json=kind in _JSON, seen=_seen(stamp, state))
    guess = encoding.guessed and (growing or not offset)  # of a file read part by part, told once
    said = [Message("table.encoding_guessed", encoding=encoding.codec)] if guess else []
    table: Table
    columns = [str(name) for name in state.get("columns", ())]
    if array or (not state and kind in _JSON and _is_array(bound, encoding)):
        skip = (offset, state.get("line", 1), state.get("rows", 0))
        closed = state.get("closed") is True
        table = ArrayTable(bound, encoding, growing=growing, skip=skip, closed=closed, columns=columns)

        def known() -> dict[str, Any]:
            read = {"encoding": encoding.codec, "guessed": encoding.guessed, "seen": stamp["bytes"]}
            return {**stamp, "size": stamp["bytes"], **read}

        return Opened(path, table, known, said, fresh=not growing and not offset)
    end = str(state.get("end", "")).encode() or line_end(_begun(bound, encoding.mark), encoding.codec)
    lines = Lines(bound, encoding, offset, state.get("line", 0), end)
    if kind in _CELLS:
        delimiter = str(state.get("delimiter", ""))
        tabs = kind == ".tsv"
        table = DelimitedTable(lines, tabs=tabs, growing=growing, columns=columns, delimiter=delimiter)
    else:
        table = LinesTable(lines, growing=growing, columns=columns, waited=state.get("waits", -1))

    def reached() -> dict[str, Any]:
        return {
            **({} if stop is not None else stamp),
            "path": str(path),
            "offset": lines.offset,
            "size": stop if stop is not None else lines.offset,
            "line": lines.number,
            "head": _head(file, lines.offset),
            "encoding": encoding.codec,
            "guessed": encoding.guessed,
            "seen": stamp["bytes"],
            "end": end.decode(),
        }

    return _Counted(path, table, reached, said, fresh=not growing and not offset, lines=lines)


class _Counted(Opened):
    """A table of lines, which may have held zero bytes."""

    def __init__(self, *given: Any, lines: Lines, fresh: bool) -> None:
        super().__init__(*given, fresh=fresh)
        self._lines = lines

    def warnings(self) -> list[str]:
        lines = self._lines
        zeros = [Message("table.zeros", count=lines.zeros, line=lines.zeros_line)] if lines.zeros else []
        return [*super().warnings(), *zeros]


def _kind(path: Path) -> tuple[str, bool]:
    """The ending that says how the file is read, and whether it is packed. Raises DataError."""
    endings = [ending.lower() for ending in path.suffixes[-2:]]
    packed = bool(endings) and endings[-1] == _PACKED
    ending = (endings[:-1] if packed else endings)[-1:]
    if ending and ending[0] in ENDINGS and not (packed and ending[0] in _PARQUET):
        return ending[0], packed
    known = ", ".join(ENDINGS)
    if not path.suffix:
        raise DataError(Message("table.no_ending", known=known))
    raise DataError(Message("table.ending", ending=path.suffix, known=known))


def _codec(name: str) -> str:
    if not name:
        return ""
    try:
        return encodings.named(name)
    except LookupError:
        raise DataError(Message("table.encoding_unknown", name=name)) from None


def _same(file: Bytes, stamp: Mapping[str, Any], state: Mapping[str, Any], *, whole: bool) -> bool:
    """Whether the file is the one that `state` tells of, perhaps with more at its end."""
    offset, line = state.get("offset"), state.get("line")
    if not isinstance(offset, int) or not isinstance(line, int) or state.get("path") != stamp["path"]:
        return False
    if whole:
        return offset > 0 and all(state.get(name) == value for name, value in stamp.items())
    return 0 < offset <= stamp["bytes"] and state.get("head") == _head(file, offset)


def _head(file: Bytes, offset: int) -> str:
    file.seek(0)
    return hashlib.sha256(file.read(min(offset, _HEAD))).hexdigest()


def _begun(file: Bytes, mark: int) -> bytes:
    file.seek(mark)
    return file.read(BLOCK)


def _is_array(file: Bytes, encoding: Encoding) -> bool:
    begun = _begun(file, encoding.mark)
    return begun.decode(encoding.codec or "ascii", "ignore").lstrip(" \t\r\n").startswith("[")


def _seen(stamp: Mapping[str, Any], state: Mapping[str, Any]) -> bool:
    """Whether the encoding in `state` was found by all that the file holds now."""
    return isinstance(state.get("encoding"), str) and state.get("seen") == stamp["bytes"]


def _encoding(file: Bytes, state: Mapping[str, Any], asked: str, *, json: bool, seen: bool) -> Encoding:
    """How the file is read from where `state` says on; as it says itself where all was `seen`. Raises
    DataError."""
    file.seek(0)
    mark = encodings.marked(file.read(4))
    if mark and asked and mark.codec != asked and mark.codec[:6] != asked[:6]:
        raise DataError(Message("table.encoding_mark", found=mark.codec, asked=asked))
    if mark or asked:
        return mark or Encoding(asked)
    before, offset = str(state.get("encoding", "")), int(state.get("offset", 0))
    if seen or (before and not state.get("guessed")):
        return Encoding(before, guessed=state.get("guessed") is True)
    file.seek(offset)
    blocks = _Blocks(file)
    try:
        found = encodings.sniff(blocks, begins=not offset, json=json)
    except UnknownEncoding as error:
        if before and not error.kind:
            return Encoding(before, guessed=True)
        raise DataError(_unknown(error, offset, int(state.get("line", 0)))) from None
    if not before or found.codec == before:
        return found
    if found.codec and blocks.read >= _GAINSAYS:
        raise DataError(Message("table.encoding_changed", before=before, after=found.codec))
    return Encoding(before, guessed=True)


def _unknown(error: UnknownEncoding, offset: int, line: int) -> Message:
    if error.kind:
        return Message("table.kind", kind=error.kind)
    place = {"line": line + error.line + 1, "byte": offset + error.at + 1}
    if error.rivals:
        return Message("table.encoding_between", **place, rivals=error.rivals)
    return Message("table.encoding_none", **place, kind=Message("table.no_text"))


class _Blocks(Iterator[bytes]):
    """The rest of a file, block by block, and how many bytes that were."""

    def __init__(self, file: Bytes) -> None:
        self._file = file
        self.read = 0

    def __next__(self) -> bytes:
        block = self._file.read(BLOCK)
        self.read += len(block)
        if not block:
            raise StopIteration
        return block


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """What goes wrong within is told with the name of the file."""
    try:
        yield
    except DataError as error:
        raise DataError(Message("table.of", path=str(path), why=error.args[0])) from None
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        why = Message("table.unreadable", reason=reason)
        raise DataError(Message("table.of", path=str(path), why=why)) from None
    except UnicodeDecodeError as error:
        why = Message("table.bytes", byte=error.start + 1, encoding=error.encoding)
        raise DataError(Message("table.of", path=str(path), why=why)) from None
