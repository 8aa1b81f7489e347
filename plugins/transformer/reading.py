"""Texts made ready for the network: tokenised, their n-grams read, cut into batches.

A core reads some thousand headlines a second: far more than two cores judge, and far fewer than a GPU
can. For a GPU, texts are therefore read in processes of their own, which send back arrays, so that the
process that owns it has little to do for a text but hand it on. They import no PyTorch.
"""

from __future__ import annotations

import math
import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass

import numpy as np
import structlog
import tokenizers
from numpy.typing import NDArray

from monitor_plugins.transformer.batching import ahead, batches
from monitor_plugins.transformer.grams import Joined, read
from monitor_plugins.transformer.rows import Row, Stack, tokenize

CHUNK = 1024  # texts tokenised at a time
LARGEST = 8 * CHUNK  # and by one process at a time: more fill a GPU's batches no better
_STRANGE = 0.5  # share of a text's tokens unknown to the vocabulary from which it is not supported

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Asked:
    """A cleaned text, the companies asked about in it, and its place among the texts given."""

    place: int
    text: str
    names: Sequence[str] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """A batch: places, rows, n-grams (None: not read) and why each text is not supported ("": it is)."""

    places: NDArray[np.int64]
    rows: Stack
    grams: Joined | None
    unsupported: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.places)

    def __getitem__(self, part: slice) -> Block:
        start, stop, _ = part.indices(len(self))
        near = np.searchsorted(self.rows.owners, (start, stop))
        return Block(
            self.places[part],
            self.rows.part(start, stop),
            self.grams and Joined(self.grams.texts.part(start, stop), self.grams.companies.part(*near)),
            self.unsupported[part],
        )


@dataclass(frozen=True, slots=True)
class Reader:
    """How texts are read: at most `max_tokens` of each, n-grams into so many `buckets` (0: none), batches
    of at most `budget` tokens, padding included."""

    tokenizer: tokenizers.Tokenizer
    max_tokens: int
    padding: int
    buckets: int
    budget: int

    def blocks(self, some: Sequence[Asked], grams: bool = True) -> Iterator[Block]:
        """The texts in batches, in order of length within each `CHUNK`."""
        for start in range(0, len(some), CHUNK):
            yield from self.chunk(some[start : start + CHUNK], grams)

    def chunk(self, some: Sequence[Asked], grams: bool = True) -> Iterator[Block]:
        """The texts in batches, in order of length."""
        texts, names = [one.text for one in some], [one.names for one in some]
        grams = grams and self.buckets > 0
        rows = tokenize(self.tokenizer, texts, self.max_tokens, names)
        for chosen in batches([len(row.ids) for row in rows], self.budget):
            wide = (
                [read(texts[i], names[i], self.buckets) for i in chosen] if grams and self.buckets else None
            )
            yield Block(
                np.array([some[i].place for i in chosen], dtype=np.int64),
                Stack.of([rows[i] for i in chosen], self.padding),
                Joined.of(wide) if wide else None,
                tuple(self._reason(texts[i], rows[i]) for i in chosen),
            )

    def _reason(self, text: str, row: Row) -> str:
        if not any(character.isalnum() for character in text):
            return "no text"
        unknown = self.tokenizer.token_to_id("<unk>")
        if sum(token == unknown for token in row.ids) > _STRANGE * max(1, len(row.ids) - 2):
            return "written in characters the model does not know"
        return ""


class Readers:
    """A reader, and so many processes that do its work where there is enough of it (0: none)."""

    def __init__(self, reader: Reader, processes: int) -> None:
        self.reader = reader
        self.processes = processes
        self._pool: ProcessPoolExecutor | None = None
        self._lock = threading.Lock()

    def blocks(self, some: Sequence[Asked], grams: bool = True) -> Iterator[Block]:
        """The texts in batches, the following ones made ready meanwhile."""
        if self.processes and len(some) > CHUNK:
            return self._elsewhere(some, grams)
        return ahead(self.reader.blocks(some, grams))

    def _elsewhere(self, some: Sequence[Asked], grams: bool) -> Iterator[Block]:
        """What processes that died leave is read here; the next call starts new ones."""
        with self._lock:
            if self._pool is None:
                context = multiprocessing.get_context("spawn")
                self._pool = ProcessPoolExecutor(self.processes, context, _begin, (self.reader,))
            pool = self._pool
        size = min(LARGEST, max(CHUNK, math.ceil(len(some) / (2 * self.processes))))
        sent: deque[tuple[Sequence[Asked], Future[list[Block]]]] = deque()
        for start in range(0, len(some), size):
            chunk = some[start : start + size]
            sent.append((chunk, _send(pool, chunk, grams)))
            if len(sent) > 2 * self.processes:
                yield from self._received(pool, *sent.popleft(), grams)
        while sent:
            yield from self._received(pool, *sent.popleft(), grams)

    def _received(
        self, pool: ProcessPoolExecutor, chunk: Sequence[Asked], future: Future[list[Block]], grams: bool
    ) -> Sequence[Block]:
        try:
            return future.result()
        except BrokenProcessPool as error:
            log.warning("texts are read by the process that judges them", reason=str(error))
            with self._lock:
                if self._pool is pool:
                    self._pool = None
            return list(self.reader.chunk(chunk, grams))


def _send(pool: ProcessPoolExecutor, chunk: Sequence[Asked], grams: bool) -> Future[list[Block]]:
    try:
        return pool.submit(_read, chunk, grams)
    except BrokenProcessPool as error:
        broken: Future[list[Block]] = Future()
        broken.set_exception(error)
        return broken


# --- in a process of their own ----------------------------------------------------------

_reader: Reader


def _begin(reader: Reader) -> None:
    global _reader
    _reader = reader
    os.environ["TOKENIZERS_PARALLELISM"] = "false"  # there is a process for every core
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that judges
    threading.Thread(target=_follow, daemon=True).start()


def _follow() -> None:
    """End with the process that judges, even one that was killed: it could not have said so."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(0)


def _read(chunk: Sequence[Asked], grams: bool) -> list[Block]:
    return list(_reader.chunk(chunk, grams))
