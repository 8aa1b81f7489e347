"""Texts made ready: in batches that can be cut, by this process or by others that may die."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from monitor_plugins.transformer.rows import Row, Stack, tokenize
from monitor_plugins.transformer.serving import reading
from monitor_plugins.transformer.serving.reading import Asked, Block, Reader, Readers

WORDS = ("harbour", "foods", "profit", "jumps", "falls", "远", "山")
PADDING = 1


@pytest.fixture(scope="module")
def reader(word_tokenizer: Callable[..., Any]) -> Reader:
    return Reader(word_tokenizer(WORDS), max_tokens=12, padding=PADDING, buckets=64, budget=60)


@pytest.fixture(scope="module")
def readers(reader: Reader) -> Readers:
    return Readers(reader, 2)


def asked(n: int) -> Asked:
    rng = np.random.default_rng(0)
    texts = [" ".join(rng.choice(WORDS, rng.integers(1, 15))) for _ in range(n)]
    names = [(text.split()[0], "远山")[: i % 3] for i, text in enumerate(texts)]
    return Asked(3 * np.arange(n), texts, names)


def each(blocks: Iterator[Block]) -> dict[int, tuple[Any, ...]]:
    """What was read of the text in each place."""
    found: dict[int, tuple[Any, ...]] = {}
    for block in blocks:
        for i, place in enumerate(block.places.tolist()):
            one = block[i : i + 1]
            assert place not in found
            said = one.grams and [
                array.tolist()
                for bags in (one.grams.texts, one.grams.companies)
                for array in (bags.rows, bags.times, bags.lengths)
            ]
            ids = one.rows.ids[0].tolist()
            assert one.rows.lengths.tolist() == [len(ids)], "padding was cut off"
            found[place] = (ids, one.rows.owners.tolist(), one.rows.names.tolist(), said, one.unsupported)
    return found


@given(st.lists(st.integers(1, 6), min_size=1, max_size=8), st.data())
def test_a_part_of_a_stack_is_the_stack_of_a_part(lengths: list[int], data: st.DataObject) -> None:
    rows = [Row(list(range(10, 10 + n)), [[0]] * (i % 3)) for i, n in enumerate(lengths)]
    start = data.draw(st.integers(0, len(rows) - 1))
    stop = data.draw(st.integers(start + 1, len(rows)))
    part, wanted = Stack.of(rows, PADDING).part(start, stop), Stack.of(rows[start:stop], PADDING)
    for name in ("ids", "lengths", "owners", "names"):
        assert np.array_equal(getattr(part, name), getattr(wanted, name)), name


@given(st.integers(1, 40), st.integers(1, 4), st.booleans())
def test_blocks_joined_are_the_same_texts(reader: Reader, number: int, times: int, grams: bool) -> None:
    blocks = list(reader.blocks(asked(number), grams)) * times
    joined = Block.joined(blocks, PADDING)
    assert joined.places.tolist() == [place for one in blocks for place in one.places.tolist()]
    assert (joined.grams is not None) == grams
    stops = np.cumsum([len(one) for one in blocks])
    for one, stop in zip(blocks, stops.tolist(), strict=True):
        assert each(iter([joined[stop - len(one) : stop]])) == each(iter([one]))


def test_every_text_is_read_once_as_it_is_alone(reader: Reader) -> None:
    some = asked(60)
    found = each(reader.blocks(some))
    assert sorted(found) == some.places.tolist()
    for i, place in enumerate(some.places.tolist()):
        assert found[place] == each(reader.blocks(some[i : i + 1]))[place]
        [row] = tokenize(reader.tokenizer, some.texts[i : i + 1], reader.max_tokens, some.names[i : i + 1])
        ids, owners, names, _, unsupported = found[place]
        assert ids == row.ids and owners == [0] * len(some.names[i]) and unsupported == ("",)
        assert [np.flatnonzero(weights).tolist() for weights in names] == [
            places or list(range(len(ids))) for places in row.mentions
        ]


def test_batches_keep_to_the_budget_and_may_lack_ngrams(reader: Reader) -> None:
    for block in reader.blocks(asked(60)):
        assert len(block) == 1 or block.rows.ids.size <= reader.budget
    assert all(block.grams is None for block in reader.blocks(asked(5), grams=False))


def test_what_cannot_be_judged_is_said_so(reader: Reader) -> None:
    found = each(reader.blocks(Asked(np.arange(3), ["!?", "ξένος", "profit"], [()] * 3)))
    assert [found[i][-1] for i in range(3)] == [
        ("no text",),
        ("written in characters the model does not know",),
        ("",),
    ]


# --- in other processes -----------------------------------------------------------------


def test_what_is_ready_is_joined_within_the_budget(reader: Reader) -> None:
    blocks = list(reader.blocks(asked(60)))
    wide = Readers(replace(reader, budget=4 * reader.budget), 0)
    joined = list(wide._joined(blocks))
    assert len(joined) < len(blocks) / 2
    assert all(one.rows.ids.size <= wide.reader.budget for one in joined)
    assert each(iter(joined)) == each(iter(blocks))


def pids(readers: Readers) -> list[int]:
    return [helper.pid for helper in readers.helpers if helper.pid is not None]


def test_other_processes_read_the_same(reader: Reader, readers: Readers) -> None:
    few, many = asked(50), asked(3 * reading.CHUNK)
    assert each(readers.blocks(few)) == each(reader.blocks(few))
    assert not pids(readers), "few texts are read here"
    assert each(readers.blocks(many)) == each(reader.blocks(many))
    assert len(pids(readers)) == 2
    assert all(block.grams is None for block in readers.blocks(many, grams=False))


def test_what_processes_that_died_leave_is_read_here(reader: Reader, readers: Readers) -> None:
    many = asked(3 * reading.CHUNK)
    wanted = each(readers.blocks(many))
    dead = pids(readers)
    for child in dead:
        os.kill(child, signal.SIGKILL)
    with structlog.testing.capture_logs() as logs:
        assert each(readers.blocks(many)) == wanted
    assert {one["event"] for one in logs} == {"texts are read by the process that judges them"}
    assert 1 <= len(logs) <= 2
    with structlog.testing.capture_logs() as logs:
        assert each(readers.blocks(many)) == wanted
    assert not logs and len(pids(readers)) == 2 and not {*pids(readers)} & {*dead}, "new ones have started"


def test_processes_that_cannot_start_are_done_without(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    many = asked(2 * reading.CHUNK)
    with structlog.testing.capture_logs() as logs:
        assert each(Readers(reader, 1).blocks(many)) == each(reader.blocks(many))
    assert logs and all("/nowhere/python" in one["reason"] for one in logs)


def test_processes_end_with_their_readers(reader: Reader) -> None:
    own = Readers(reader, 1)
    assert each(own.blocks(asked(reading.CHUNK + 1)))
    [child] = pids(own)
    del own
    gc.collect()
    assert gone([child])


def test_processes_end_with_one_that_was_killed() -> None:
    program = (
        "import sys, time\n"
        "import numpy, tokenizers\n"
        "from monitor_plugins.transformer.serving.reading import CHUNK, Asked, Reader, Readers\n"
        "words = tokenizers.models.WordLevel({'<unk>': 0, 'profit': 1}, unk_token='<unk>')\n"
        "readers = Readers(Reader(tokenizers.Tokenizer(words), 9, 1, 64, 60), 2)\n"
        "n = 3 * CHUNK\n"
        "list(readers.blocks(Asked(numpy.arange(n), ['profit'] * n, [()] * n)))\n"
        "print(*(one.pid for one in readers.helpers), 'torch' in sys.modules, flush=True)\n"
        "time.sleep(60)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    *found, torch = process.stdout.readline().split()
    process.kill()
    process.wait()
    process.stdout.close()
    assert len(found) == 2 and gone([int(one) for one in found])
    assert torch == "False", "reading needs no PyTorch"


def gone(pids: Sequence[int]) -> bool:
    """Whether all have ended within ten seconds, whoever is to bury them."""
    for _ in range(100):
        if not any(alive(pid) for pid in pids):
            return True
        time.sleep(0.1)
    return False


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"
