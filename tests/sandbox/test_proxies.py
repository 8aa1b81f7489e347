"""Sources, notifiers, strategies, detectors in children keep their protocols; what comes back is checked."""

from __future__ import annotations

import inspect
import json
import pickle
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from monitor.errors import BlockedError, ConfigError, DataError, FetchError, LimitError, PluginError
from monitor.extensions import loading
from monitor.extensions.options import Secret
from monitor.hookspecs import Fetcher, Response
from monitor.messages import Message, said
from monitor.records import Item
from monitor.sandbox import arrays, proxies
from monitor.sandbox.channel import RemoteFetcher
from monitor.sandbox.pool import Pool
from monitor.sandbox.proxies import DetectorProxy, Learnt, NotifierProxy, SourceProxy, StrategyProxy
from monitor.testing import FakeFetcher, make_delivery, make_panel, make_pool, make_present
from tests.sandbox.conftest import LIMITS, origin

URL = "https://feed.example/"
GOOD = origin("good")


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


# --- notifiers, strategies -------------------------------------------------------------------------


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


# --- detectors ------------------------------------------------------------------------------------

PANEL = make_panel(series=3, weeks=1)


def detector(pool: Any, kind: str = "ratio", **options: Any) -> DetectorProxy:
    return DetectorProxy(pool, GOOD, "detectors", kind, "mine", options, "", larger_is_rarer=kind == "ratio")


def test_a_detector_scores_in_a_child_what_it_scores_here(pool: Pool) -> None:
    plugin = loading.load(GOOD).classes["detectors", "ratio"]()
    mine = detector(pool)
    present = make_present(PANEL, 7.5)
    here, there = plugin.test(plugin.fit(PANEL), present), mine.test(mine.fit(PANEL), present)
    for name in ("p", "window", "expected", "low", "high"):
        assert getattr(here, name).tolist() == getattr(there, name).tolist()
    assert there.p.dtype == np.float64 and there.window.dtype == np.int64 and len(there.p) == 3
    empty = make_present(
        PANEL, rows=np.arange(0), **dict.fromkeys(("negative", "voices", "volume"), np.zeros((0, 5)))
    )
    assert len(mine.test(mine.fit(PANEL), empty).p) == 0


def test_what_was_learnt_is_bytes_that_outlive_the_child(pools: Callable[..., Pool]) -> None:
    first, second = pools(), pools(calls=1)
    learnt = detector(first).fit(PANEL)
    assert isinstance(learnt.content, bytes) and str(len(learnt.content)) not in repr(learnt)
    again = pickle.loads(pickle.dumps(learnt))
    present = make_present(PANEL)
    wanted = detector(first).test(learnt, present).p.tolist()
    for _ in range(2):  # each in a new process, which has to be sent what was learnt
        assert detector(second).test(again, present).p.tolist() == wanted


def test_what_was_learnt_is_sent_once_and_no_test_changes_it(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    answer = proxies._Testing.answer

    def counted(self: Any, told: Mapping[str, Any], body: bytes) -> Any:
        asked.append(told["ask"])
        return answer(self, told, body)

    monkeypatch.setattr(proxies._Testing, "answer", counted)
    mine = detector(pool, way="count")
    learnt = mine.fit(PANEL)
    first, second, third = (mine.test(learnt, make_present(PANEL)).p.tolist() for _ in range(3))
    assert first == second == third
    assert asked.count("learnt") == 1 and asked.count("present") == asked.count("scores") == 3


def test_a_child_keeps_what_a_few_detectors_learnt(pool: Pool) -> None:
    mine = detector(pool)
    learnt = [mine.fit(make_panel(series=3, weeks=1 + n)) for n in range(6)]
    assert len({one.digest for one in learnt}) == 6
    present = make_present(PANEL)
    wanted = [mine.test(one, present).p.tolist() for one in learnt]
    assert [mine.test(one, present).p.tolist() for one in reversed(learnt)] == wanted[::-1]
    assert len({tuple(one) for one in wanted}) == 6


@pytest.mark.parametrize(
    ("way", "told"),
    [
        ("junk", r"`test` returned str; expected monitor\.Scores"),
        ("nan", "`test` returned p = nan in row 0; expected a number"),
        ("closure", "what `fit` returned cannot be kept: "),
    ],
)
def test_what_is_no_score_is_told_by_the_child(pool: Pool, way: str, told: str) -> None:
    mine = detector(pool, way=way)
    with pytest.raises(PluginError, match=told):
        mine.test(mine.fit(PANEL), make_present(PANEL))


def test_a_p_value_of_more_than_one_is_none(pool: Pool) -> None:
    mine = detector(pool)
    present = make_present(PANEL, 9.0)
    assert mine.test(mine.fit(PANEL), present).p.max() > 1
    wrong = replace(mine, larger_is_rarer=False)
    with pytest.raises(PluginError, match="expected a p-value over 0 and at most 1"):
        wrong.test(mine.fit(PANEL), present)


def test_one_that_learns_too_much_is_refused(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(detector(pool, way="much").fit(PANEL).content) > 70_000_000  # longer than a frame
    monkeypatch.setattr(proxies, "MAX_LEARNT_BYTES", 20_000_000)
    with pytest.raises(PluginError, match="longer than 20 MB, and was not kept"):
        detector(pool, way="much").fit(PANEL)
    detector(pool).fit(PANEL)


class Asking:
    """A pool whose child asks and answers what a test wants."""

    limits = LIMITS

    def __init__(self, *asked: tuple[Any, bytes]) -> None:
        self.asked = asked
        self.refused: list[str] = []

    def call(self, *_: Any, answer: Any, **__: Any) -> Any:
        for told, body in self.asked:
            try:
                answer(told, body)
            except PluginError as error:  # which the child is told, and this one goes on
                self.refused.append(str(error))
        return {}


LEARNT = Learnt(b"x", "1")


def said_scores(**columns: Any) -> tuple[dict[str, Any], bytes]:
    good = {"p": [0.5] * 3, "window": [0] * 3, "expected": [1.0] * 3, "low": [0.0] * 3, "high": [2.0] * 3}
    header, body = arrays.packed({name: np.array(one) for name, one in (good | columns).items()})
    return {**header, "ask": "scores"}, body


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        ({"p": [0.5] * 2}, r"p of shape \(2,\); expected one number for each of 3 rows"),
        ({"p": [[0.5] * 3]}, r"p of shape \(1, 3\)"),
        ({"p": [0.0, 0.5, 0.5]}, "p = 0 in row 0; expected a p-value over 0 and at most 1"),
        ({"p": [0.5, 0.5, float("nan")]}, "p = nan in row 2"),
        ({"p": [True] * 3}, "p of bool; expected an array of float64"),
        ({"p": ["a"] * 3}, "p of <U1; expected an array of float64"),
        ({"window": [0, 5, 0]}, r"window = 5 in row 1; expected the place of a window, 0 to 4"),
        ({"window": [0, 0, -1]}, "window = -1 in row 2"),
        ({"window": [0.0] * 3}, "window of float64; expected an array of int64"),
        ({"expected": [1.0, float("inf"), 1.0]}, "expected = inf in row 1; expected a finite number"),
        ({"low": [0.0, 0.0, 3.0]}, "low = 3 in row 2; expected a number not over `high`"),
    ],
)
def test_scores_that_are_none_are_an_error(columns: Any, told: str) -> None:
    with pytest.raises(PluginError, match=told):
        detector(Asking(said_scores(**columns)), "always").test(LEARNT, make_present(PANEL))


def test_a_child_that_says_nothing_said_no_scores() -> None:
    with pytest.raises(PluginError, match=r"`test` returned NoneType; expected monitor\.Scores"):
        detector(Asking()).test(LEARNT, make_present(PANEL))


@pytest.mark.parametrize("told", [{"ask": "scores"}, {"ask": "scores", "columns": [["p", "f8", [3], []]]}])
def test_columns_that_are_none_are_no_scores(told: Any) -> None:
    with pytest.raises((ValueError, KeyError)):  # which the pool tells as nonsense
        detector(Asking((told, bytes(24)))).test(LEARNT, make_present(PANEL))


def test_a_child_has_no_other_questions() -> None:
    child = Asking(({"ask": "get", "with": {"url": URL}}, b""), ({"ask": "learnt"}, b""))
    learnt = detector(child).fit(PANEL)
    assert (learnt.content, child.refused) == (b"", ["it has no fetcher"] * 2)
    child = Asking(({"ask": "panel"}, b""), said_scores())
    assert detector(child).test(LEARNT, make_present(PANEL)).p.tolist() == [0.5] * 3
    assert child.refused == ["it has no fetcher"]


def test_a_child_that_goes_on_when_it_is_refused_keeps_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proxies, "MAX_LEARNT_BYTES", 5)
    child = Asking(*[({"ask": "keep"}, b"123")] * 3)
    with pytest.raises(LimitError, match="longer than 0 MB"):
        detector(child).fit(PANEL)
    assert len(child.refused) == 2
