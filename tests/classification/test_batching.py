"""Requests that come together are judged together, and each gets its own answer."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor import Article, Prediction
from monitor.classification.batching import Batch, Batcher
from monitor.errors import BusyError, ModelError
from monitor.testing import make_article

EVEN = {"negative": 0.2, "neutral": 0.3, "positive": 0.5}


def judge(articles: Sequence[Article]) -> list[Prediction]:
    """Each article's content as the model's name, so that an answer tells whose it is."""
    if any(article.content == "poison" for article in articles):
        raise ValueError("a bad text")
    return [Prediction(EVEN, {}, article.content) for article in articles]


class Gate:
    """A model that waits until it is opened, and counts the texts of its calls."""

    def __init__(self) -> None:
        self.open = threading.Event()
        self.entered = threading.Event()
        self.calls: list[int] = []

    def __call__(self, articles: Sequence[Article]) -> list[Prediction]:
        self.entered.set()
        assert self.open.wait(30)
        self.calls.append(len(articles))
        return judge(articles)


def named(*contents: str) -> list[Article]:
    return [make_article(content) for content in contents]


@pytest.fixture
def started() -> Iterator[Callable[[Batcher], Batcher]]:
    running: list[Batcher] = []

    def start(batcher: Batcher) -> Batcher:
        running.append(batcher)
        batcher.start()
        return batcher

    yield start
    for batcher in running:
        batcher.stop()


@settings(deadline=None, max_examples=30)
@given(
    st.lists(st.lists(st.sampled_from("abcdefg"), max_size=5), max_size=12),
    st.integers(1, 8),
)
def test_everybody_gets_their_own_answers_in_order(requests: list[list[str]], most: int) -> None:
    batcher = Batcher(judge, most_texts=most)
    batcher.start()
    with ThreadPoolExecutor(6) as pool:
        asked = [pool.submit(batcher.classify, named(*contents)) for contents in requests]
        found = [[one.model for one in answer.result(30)] for answer in asked]
    batcher.stop()
    assert found == [[make_article(c).content for c in contents] for contents in requests]


def test_what_gathers_while_one_is_in_work_goes_together(started: Callable[[Batcher], Batcher]) -> None:
    gate, seen = Gate(), []
    batcher = started(Batcher(gate, most_texts=5, observe=seen.append))
    with ThreadPoolExecutor(8) as pool:
        first = pool.submit(batcher.classify, named("a"))
        assert gate.entered.wait(30)
        others = [pool.submit(batcher.classify, named("b", "c")) for _ in range(3)]
        while batcher.waiting < 6:
            threading.Event().wait(0.005)
        gate.open.set()
        assert [len(one.result(30)) for one in (first, *others)] == [1, 2, 2, 2]
    assert gate.calls == [1, 4, 2], "at most five texts at a time, requests whole"
    assert [(one.requests, one.texts) for one in seen] == [(1, 1), (2, 4), (1, 2)]
    assert all(isinstance(one, Batch) and one.waited >= 0 and one.seconds >= 0 for one in seen)


def test_a_bad_request_fails_alone(started: Callable[[Batcher], Batcher]) -> None:
    gate = Gate()
    batcher = started(Batcher(gate))
    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(batcher.classify, named("a"))
        assert gate.entered.wait(30)
        bad = pool.submit(batcher.classify, named("b", "poison"))
        good = pool.submit(batcher.classify, named("c"))
        while batcher.waiting < 3:
            threading.Event().wait(0.005)
        gate.open.set()
        assert len(first.result(30)) == len(good.result(30)) == 1
        with pytest.raises(ValueError, match="a bad text"):
            bad.result(30)


def test_a_full_line_refuses_at_once_and_an_empty_one_takes_anything(
    started: Callable[[Batcher], Batcher],
) -> None:
    gate = Gate()
    batcher = started(Batcher(gate, most_waiting=3))
    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(batcher.classify, named(*"abcdefgh"))
        assert gate.entered.wait(30)
        second = pool.submit(batcher.classify, named(*"abcde"))
        while batcher.waiting < 5:
            threading.Event().wait(0.005)
        with pytest.raises(BusyError, match="5 texts wait"):
            batcher.classify(named("z"))
        gate.open.set()
        assert (len(first.result(30)), len(second.result(30))) == (8, 5)
    assert len(batcher.classify(named("z"))) == 1


def test_a_wrong_number_of_answers_is_an_error(started: Callable[[Batcher], Batcher]) -> None:
    batcher = started(Batcher(lambda articles: judge(articles)[:-1]))
    with pytest.raises(ModelError, match="1 predictions for 2 articles"):
        batcher.classify(named("a", "b"))
    assert batcher.classify([]) == []


def test_stopping_finishes_what_is_in_line() -> None:
    gate = Gate()
    batcher = Batcher(gate)
    batcher.start()
    with ThreadPoolExecutor(3) as pool:
        first = pool.submit(batcher.classify, named("a"))
        assert gate.entered.wait(30)
        second = pool.submit(batcher.classify, named("b"))
        while batcher.waiting < 1:
            threading.Event().wait(0.005)
        stopping = pool.submit(batcher.stop)
        gate.open.set()
        assert len(first.result(30)) == len(second.result(30)) == 1
        stopping.result(30)
    with pytest.raises(BusyError, match="wait for the classifier"):
        batcher.classify(named("c"))


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt(), GeneratorExit()])
def test_a_model_that_asks_to_exit_ends_nobody(
    started: Callable[[Batcher], Batcher], error: BaseException
) -> None:
    def choosy(articles: Sequence[Article]) -> Sequence[Prediction]:
        if any("poison" in article.content for article in articles):
            raise error
        return judge(articles)

    batcher = started(Batcher(choosy))
    with ThreadPoolExecutor(2) as pool:
        bad = pool.submit(batcher.classify, named("poison"))
        with pytest.raises(ModelError, match=f"the classifier raised {type(error).__name__}"):
            bad.result(30)
        assert len(pool.submit(batcher.classify, named("a")).result(30)) == 1


def test_who_watches_the_batches_cannot_stop_them(started: Callable[[Batcher], Batcher]) -> None:
    def blind(batch: object) -> None:
        raise ValueError("no")

    batcher = started(Batcher(judge, observe=blind))
    with ThreadPoolExecutor(1) as pool:
        for _ in range(2):
            assert len(pool.submit(batcher.classify, named("a")).result(30)) == 1
