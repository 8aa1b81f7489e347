"""Sources, notifiers, strategies, detectors in children keep their protocols; what comes back is checked."""

from __future__ import annotations

import inspect
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from monitor.errors import BlockedError, ConfigError, DataError, FetchError, LimitError, PluginError
from monitor.extensions.options import Secret
from monitor.hookspecs import Fetcher, Response
from monitor.messages import Message, said
from monitor.records import Item, Scope, Signal, Window
from monitor.sandbox import proxies
from monitor.sandbox.channel import RemoteFetcher
from monitor.sandbox.pool import Pool
from monitor.sandbox.proxies import DetectorProxy, NotifierProxy, SourceProxy, StrategyProxy
from monitor.testing import FakeFetcher, make_delivery, make_pool
from tests.sandbox.conftest import LIMITS, origin

URL = "https://feed.example/"
GOOD = origin("good")
START = datetime(2026, 1, 5, tzinfo=UTC)


def source(pool: Pool, kind: str = "good", **options: Any) -> SourceProxy:
    return SourceProxy(pool, GOOD, "sources", kind, "wire", options, "config.toml: [sources.wire]")


# --- sources ------------------------------------------------------------------------------------


def test_a_source_delivers_its_items_and_its_state(pool: Pool) -> None:
    titles = [f"消息 {n}" for n in range(1200)]  # more than a batch
    fetched = source(pool, titles=titles).fetch({"polls": 3}, FakeFetcher())
    assert fetched.items == [Item(title=title, guid=title) for title in titles]
    assert fetched.state == {"polls": 4}
    assert (fetched.malformed, fetched.unchanged, list(fetched.warnings)) == (0, 0, [])


def test_requests_are_made_here(pool: Pool) -> None:
    fetcher = FakeFetcher({URL: Response(200, URL, {"etag": "1"}, "甲\n乙".encode())})
    fetched = source(pool, url=URL, token=Secret("hunter2")).fetch({}, fetcher)
    assert [item.title for item in fetched.items] == ["甲", "乙"]
    (request,) = fetcher.requests
    assert (request.method, request.url, request.headers) == ("GET", URL, {"x-token": "hunter2"})


@pytest.mark.parametrize(
    "error",
    [
        FetchError("the server answered 503", status=503, retry_after=7.0),
        BlockedError("10.0.0.1 is not public"),
        FetchError(Message("plugins.limit_fetched", mb=3)),
    ],
)
def test_what_the_fetcher_raises_passes_through_the_plugin(pool: Pool, error: FetchError) -> None:
    with pytest.raises(type(error)) as caught:
        source(pool, url=URL).fetch({}, FakeFetcher({URL: error}))
    assert str(caught.value) == str(error)
    assert said(caught.value.args[0], "zh") == said(error.args[0], "zh")
    assert (caught.value.status, caught.value.retry_after) == (error.status, error.retry_after)


def test_errors_of_ours_that_a_plugin_raises_stay_what_they_are(pool: Pool) -> None:
    refused = source(pool, "refused")
    with pytest.raises(FetchError, match="429") as caught:
        refused.fetch({}, FakeFetcher())
    assert (caught.value.status, caught.value.retry_after) == (429, 50.0)
    with pytest.raises(DataError, match="the file is not there"):
        refused.fetch({"seen": 1}, FakeFetcher())


def test_answers_are_counted(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proxies, "MAX_FETCHED_BYTES", 5)
    answers = proxies._answers(FakeFetcher({URL: b"123456"}))
    assert answers({"ask": "get", "with": {"url": URL, "headers": {}}}, b"")[1] == b"123456"
    with pytest.raises(FetchError, match="more than 0 MB already"):
        answers({"ask": "get", "with": {"url": URL, "headers": {}}}, b"")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"titles": "x"}, r"config.toml: \[sources.wire\] titles: expected a valid array, found 'x'"),
        ({"colour": "red"}, "unknown key of kind 'good'; known keys: titles, url, token"),
    ],
)
def test_options_that_do_not_fit_are_told_as_ever(pool: Pool, options: dict[str, Any], told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        source(pool, **options).check()


def test_a_secret_that_does_not_fit_is_not_told(pool: Pool) -> None:
    with pytest.raises(ConfigError) as caught:
        source(pool, titles=Secret("hunter2")).check()
    assert "hunter2" not in str(caught.value)


def test_secrets_are_neither_in_the_environment_nor_on_the_command_line(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DESK_TOKEN", "hunter2")
    source(pool, token=Secret("hunter2")).fetch({}, FakeFetcher())
    (child,) = pool.pids
    for what in ("environ", "cmdline"):
        with open(f"/proc/{child}/{what}", "rb") as file:
            found = file.read()
        assert found and b"hunter2" not in found


class Child:
    """A pool whose child says what a test wants; hostile, as a child may be."""

    limits = LIMITS

    def __init__(self, done: Any, batches: Sequence[bytes] = ()) -> None:
        self.done = done
        self.batches = batches

    def call(self, *_: Any, batch: Any = None, **__: Any) -> Any:
        for one in self.batches:
            batch(one)
        return self.done


DONE: Mapping[str, Any] = {"state": {}, "warnings": [], "unchanged": 0, "malformed": 0, "reasons": []}
PLAIN = json.dumps(["t", "", "", "", "", "", "", None])


@pytest.mark.parametrize(
    "done",
    [
        {},
        {**DONE, "state": 7},
        {**DONE, "warnings": 7},
        {**DONE, "malformed": "x"},
        {**DONE, "unchanged": []},
    ],
)
def test_an_answer_that_is_none_is_an_error(done: Any) -> None:
    with pytest.raises(PluginError, match="answered nonsense"):
        source(Child(done)).fetch({}, FakeFetcher())  # type: ignore[arg-type]


def test_items_that_are_none_are_counted_and_the_others_kept() -> None:
    batch = f'[{PLAIN}, 7, ["t"], {PLAIN}, ["t", "", "", "", "", "", "", ["at", "noon"]], {{}}]'.encode()
    done = {**DONE, "malformed": 2, "reasons": ["item 9: strange"]}
    fetched = source(Child(done, [batch])).fetch({}, FakeFetcher())  # type: ignore[arg-type]
    assert (len(fetched.items), fetched.malformed) == (2, 6)
    assert len(fetched.warnings) == 3 and fetched.warnings[0].startswith("item 1: ")


def test_items_beyond_the_limits_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    batch = f"[{', '.join([PLAIN] * (LIMITS.items + 1))}]".encode()
    with pytest.raises(LimitError, match="more than 5000 items"):
        source(Child(DONE, [batch])).fetch({}, FakeFetcher())  # type: ignore[arg-type]
    monkeypatch.setattr(proxies, "MAX_FETCH_BYTES", 10)
    with pytest.raises(LimitError, match="more than 0 MB"):
        source(Child(DONE, [batch])).fetch({}, FakeFetcher())  # type: ignore[arg-type]


# --- notifiers, strategies, detectors -------------------------------------------------------------


def test_a_notifier_posts_through_the_fetcher(pool: Pool) -> None:
    hook = "https://hook.example/"
    notifier = NotifierProxy(pool, GOOD, "notifiers", "good", "desk", {"url": hook}, "")
    fetcher = FakeFetcher({hook: [Response(204, hook, {}, b""), Response(410, hook, {}, b"")]})
    notifier.send(make_delivery(payload={"title": "涨"}), fetcher)
    (request,) = fetcher.requests
    assert request.body.decode() == "delivery-1 opened {'title': '涨'}"
    with pytest.raises(FetchError) as caught:
        notifier.send(make_delivery(), fetcher)
    assert caught.value.status == 410


def test_the_fetcher_in_a_child_has_all_that_the_fetcher_has(pool: Pool) -> None:
    hook = "https://hook.example/"
    fetcher = FakeFetcher({hook: b"an answer"}, hosts={"mail.example": ["127.0.0.1", "::1"]})
    for how in ("status", "addresses"):
        NotifierProxy(pool, GOOD, "notifiers", "good", "desk", {"how": how}, "").send(
            make_delivery(), fetcher
        )
    assert [request.body for request in fetcher.requests] == [b"x", b"127.0.0.1 ::1"]
    assert fetcher.looked_up == [("mail.example", 25)]
    names = {name for name in vars(Fetcher) if not name.startswith("_")}
    for name in names:
        there, here = (inspect.signature(getattr(cls, name)) for cls in (RemoteFetcher, Fetcher))
        assert str(there) == str(here)


def strategy(pool: Any, **options: Any) -> StrategyProxy:
    return StrategyProxy(pool, GOOD, "strategies", "last", "last", options, "")


def test_a_strategy_chooses_rows_and_says_why(pool: Pool) -> None:
    some = make_pool(3, ids=np.array([3, 7, 5]))
    choice = strategy(pool).select(some, 2, np.random.default_rng(0))
    assert (choice.rows, choice.scores) == ([1, 2], [1.0, 2.0])
    assert [said(reason, "zh") for reason in choice.reasons] == ["随机抽取"] * 2


def test_a_strategy_is_sent_the_columns_that_it_needs_and_no_other(pool: Pool) -> None:
    mine = strategy(pool, way="columns")
    assert mine.needs == {"probabilities", "source"}
    values = np.array([[0.5, 0.25, 0.25]], dtype=np.float16)
    some = make_pool(1, probabilities=values, source=np.array(["新华社"]))
    (reason,) = mine.select(some, 1, np.random.default_rng(0)).reasons
    assert reason == "['ids', 'probabilities', 'source'] 新华社 [0.5  0.25 0.25]"


@pytest.mark.parametrize(
    ("way", "told"),
    [
        ("junk", "`select` returned list; expected monitor.Choice"),
        ("nan", "the score nan; expected a finite"),
    ],
)
def test_what_is_no_choice_is_told_by_the_child(pool: Pool, way: str, told: str) -> None:
    with pytest.raises(PluginError, match=told):
        strategy(pool, way=way).select(make_pool(4), 2, np.random.default_rng(0))


WINDOW = Window(Scope("topic", "legal"), START, START + timedelta(hours=1), 40, 30)


def test_a_detector_judges(pool: Pool) -> None:
    detector = DetectorProxy(pool, GOOD, "detectors", "always", "always", {}, "")
    signal = detector.test([WINDOW] * 3, WINDOW)
    assert signal == Signal(WINDOW.scope, "always", 30, 3.5, 1e-9, WINDOW.start_at, WINDOW.end_at)


@pytest.mark.parametrize("done", [{}, {"signal": 7}, {"signal": {"scope": "all"}}])
def test_a_verdict_that_is_none_is_an_error(done: Any) -> None:
    detector = DetectorProxy(Child(done), GOOD, "detectors", "always", "always", {}, "")  # type: ignore[arg-type]
    with pytest.raises(PluginError, match="answered nonsense"):
        detector.test([], WINDOW)


CHOICE: Mapping[str, Any] = {"rows": [0], "scores": [0.5], "reasons": ["why"]}


@pytest.mark.parametrize(
    "done",
    [
        *({}, {"rows": 7, "scores": [], "reasons": []}, {**CHOICE, "reasons": 7}),
        *({**CHOICE, "rows": ["x"]}, {**CHOICE, "rows": [4]}, {**CHOICE, "rows": [True]}),
        *({**CHOICE, "scores": [None]}, {**CHOICE, "scores": []}, {**CHOICE, "reasons": [7]}),
        {"rows": [0, 0], "scores": [1, 1], "reasons": ["a", "b"]},
    ],
)
def test_a_choice_that_is_none_is_an_error(done: Any) -> None:
    with pytest.raises(PluginError):
        strategy(Child(done)).select(make_pool(4), 2, np.random.default_rng(0))


@pytest.mark.parametrize("done", [{}, {"needs": 7}, {"needs": "vectors"}, {"needs": ["everything"]}])
def test_needs_that_are_none_are_an_error(done: Any) -> None:
    with pytest.raises(PluginError):
        _ = strategy(Child(done)).needs


def test_junk_is_told_by_the_child(pool: Pool) -> None:
    detector = DetectorProxy(pool, GOOD, "detectors", "always", "x", {"way": "junk"}, "")
    with pytest.raises(PluginError, match=r"`test` returned str; expected monitor\.Signal or None"):
        detector.test([], WINDOW)
