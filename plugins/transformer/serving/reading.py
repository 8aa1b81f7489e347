"""Texts made ready for the network: tokenised, their n-grams read, cut into batches.

A core reads some thousand headlines a second: far more than two cores judge, and far fewer than a GPU
can. For a GPU, texts are therefore read in processes of their own, which send back arrays, so that the
process that owns it has little to do for a text but hand it on. They import no PyTorch.
"""

from __future__ import annotations

import contextlib
import math
import os
import pickle
import queue
import subprocess
import sys
import weakref
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain

import numpy as np
import structlog
import tokenizers
from numpy.typing import NDArray

from monitor import Message
from monitor_plugins.transformer.grams import Joined, read
from monitor_plugins.transformer.network.batching import ahead, batches
from monitor_plugins.transformer.rows import Row, Stack, tokenize

CHUNK = 1024  # texts tokenised at a time
LARGEST = 8 * CHUNK  # and by one process at a time: more fill a GPU's batches no better
_STRANGE = 0.5  # share of a text's tokens unknown to the vocabulary from which it is not supported

DEAD = (OSError, EOFError, pickle.UnpicklingError)
"""What asking a process that is gone raises, or one that went while it answered."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """Cleaned texts, the companies asked about in each, and the places of the texts among all given."""

    places: NDArray[np.int64]
    texts: Sequence[str]
    names: Sequence[Sequence[str]]

    def __len__(self) -> int:
        return len(self.texts)

    def __getitem__(self, part: slice) -> Asked:
        return Asked(self.places[part], self.texts[part], self.names[part])


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

    @classmethod
    def joined(cls, parts: Sequence[Block], padding: int) -> Block:
        """The texts of all parts, one part after the other; n-grams where all have them."""
        grams = [one.grams for one in parts if one.grams is not None]
        return cls(
            np.concatenate([one.places for one in parts]),
            Stack.joined([one.rows for one in parts], padding),
            Joined.joined(grams) if len(grams) == len(parts) else None,
            tuple(chain.from_iterable(one.unsupported for one in parts)),
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

    def blocks(self, some: Asked, grams: bool = True) -> Iterator[Block]:
        """The texts in batches, in order of length within each `CHUNK`."""
        for start in range(0, len(some), CHUNK):
            yield from self.chunk(some[start : start + CHUNK], grams)

    def chunk(self, some: Asked, grams: bool = True) -> Iterator[Block]:
        """The texts in batches, in order of length."""
        texts, names = some.texts, some.names
        grams = grams and self.buckets > 0
        rows = tokenize(self.tokenizer, texts, self.max_tokens, names)
        for chosen in batches([len(row.ids) for row in rows], self.budget):
            wide = [read(texts[i], names[i], self.buckets) for i in chosen] if grams else None
            yield Block(
                some.places[chosen],
                Stack.of([rows[i] for i in chosen], self.padding),
                Joined.of(wide) if wide else None,
                tuple(self._reason(texts[i], rows[i]) for i in chosen),
            )

    def _reason(self, text: str, row: Row) -> str:
        if not any(map(str.isalnum, text)):
            return Message("classifier.no_text")
        unknown = self.tokenizer.token_to_id("<unk>")
        if unknown in row.ids and row.ids.count(unknown) > _STRANGE * max(1, len(row.ids) - 2):
            return Message("classifier.characters")
        return ""


class Helper:
    """A process that reads; it starts with the first texts, and ends when it can no longer be asked."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """None while there is no process."""
        return self._process.pid if self._process else None

    def read(self, some: Asked, grams: bool) -> list[Block]:
        """As `Reader.chunk`. Raises what is in DEAD where the process died, and starts another
        the next time."""
        try:
            process = self._process
            if process is None:
                process = self._process = _start()
                _send(process, self._reader)
            _send(process, (some, grams))
            assert process.stdout is not None
            found: list[Block] = pickle.load(process.stdout)
            return found
        except DEAD:
            self.end()
            raise

    def end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            with contextlib.suppress(OSError), process:
                pass


def _start() -> subprocess.Popen[bytes]:
    # Not by multiprocessing: its processes run the main module again, which may be a page of Streamlit's.
    # In a session of its own, for Ctrl-C is for the process that judges.
    return subprocess.Popen(
        [sys.executable, "-c", f"from {__name__} import serve; serve()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "TOKENIZERS_PARALLELISM": "false"},
        start_new_session=True,
    )


def _send(process: subprocess.Popen[bytes], what: object) -> None:
    assert process.stdin is not None
    pickle.dump(what, process.stdin)
    process.stdin.flush()


def serve() -> None:
    """Read what standard input asks for until it ends."""
    asked, told = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not get among the answers
    reader: Reader = pickle.load(asked)
    with contextlib.suppress(EOFError, BrokenPipeError):
        while True:
            pickle.dump(list(reader.chunk(*pickle.load(asked))), told)
            told.flush()


class Readers:
    """A reader, and so many processes that do its work where there is enough of it (0: none)."""

    def __init__(self, reader: Reader, processes: int) -> None:
        self.reader = reader
        self.helpers = [Helper(reader) for _ in range(processes)]
        self._idle: queue.SimpleQueue[Helper] = queue.SimpleQueue()
        for helper in self.helpers:
            self._idle.put(helper)
            weakref.finalize(self, helper.end)

    def blocks(self, some: Asked, grams: bool = True) -> Iterator[Block]:
        """The texts in batches, the following ones made ready meanwhile."""
        if self.helpers and len(some) > CHUNK:
            return self._elsewhere(some, grams)
        return ahead(self.reader.blocks(some, grams))

    def _elsewhere(self, some: Asked, grams: bool) -> Iterator[Block]:
        most = 2 * len(self.helpers)
        size = min(LARGEST, max(CHUNK, math.ceil(len(some) / most)))
        with ThreadPoolExecutor(len(self.helpers), "reading") as pool:
            sent: deque[Future[list[Block]]] = deque()
            for start in range(0, len(some), size):
                sent.append(pool.submit(self._read, some[start : start + size], grams))
                if len(sent) > most:
                    yield from self._joined(_ready(sent))
            while sent:
                yield from self._joined(_ready(sent))

    def _joined(self, blocks: Sequence[Block]) -> Iterator[Block]:
        """As few blocks as the budget allows: a GPU takes as long to be told of a small one as of a large
        one, and while others read and unpack, three times as long."""
        widths = [one.rows.ids.shape[1] for one in blocks]
        for chosen in batches(widths, self.reader.budget, [len(one) for one in blocks]):
            some = [blocks[i] for i in chosen]
            yield some[0] if len(some) == 1 else Block.joined(some, self.reader.padding)

    def _read(self, some: Asked, grams: bool) -> list[Block]:
        """By the next helper that is idle; here, where it died."""
        helper = self._idle.get()
        try:
            return helper.read(some, grams)
        except DEAD as error:
            log.warning("texts are read by the process that judges them", reason=str(error))
            return list(self.reader.chunk(some, grams))
        finally:
            self._idle.put(helper)


def _ready(sent: deque[Future[list[Block]]]) -> list[Block]:
    """What was sent first, once it is there, and all after it that is there by then."""
    found = list(sent.popleft().result())
    while sent and sent[0].done():
        found += sent.popleft().result()
    return found
