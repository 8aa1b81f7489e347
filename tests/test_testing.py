"""The fakes behave as what they stand for, and the checks catch plugins that do not."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from monitor.errors import FetchError, ModelError
from monitor.hookspecs import Response, Trainable
from monitor.records import SENTIMENTS, Example, Fetched, Item, Mention, Prediction, likeliest
from monitor.selection import Choice
from monitor.testing import (
    EXAMPLES,
    Clock,
    FakeClassifier,
    FakeFetcher,
    FakeNotifier,
    FakeSource,
    check_classifier,
    check_notifier,
    check_source,
    check_strategy,
    make_article,
    make_delivery,
    make_prediction,
    make_snapshot,
)

URL = "https://feed.example/rss"


# --- fakes ----------------------------------------------------------------------------------


def test_the_clock_stands_until_it_is_told() -> None:
    clock = Clock()
    start = clock()
    assert clock() == start and start.utcoffset() == timedelta(0)
    assert clock.advance(hours=2) == clock() == start + timedelta(hours=2)


def test_the_fetcher_answers_in_turn_and_the_last_for_good() -> None:
    fetcher = FakeFetcher({URL: [FetchError("down"), b"first", "second"]})
    with pytest.raises(FetchError, match="down"):
        fetcher.get(URL)
    assert [fetcher.get(URL).body for _ in range(3)] == [b"first", b"second", b"second"]
    assert [request.url for request in fetcher.requests] == [URL] * 4


def test_the_fetcher_refuses_as_the_real_one_does() -> None:
    fetcher = FakeFetcher({URL: Response(302, URL, {}, b"")})
    with pytest.raises(FetchError, match="404") as caught:
        fetcher.get("https://other.example/")
    assert caught.value.status == 404
    assert fetcher.get(URL).status == 302
    with pytest.raises(FetchError, match="302"):
        fetcher.post(URL, b"{}")


def test_the_fetcher_answers_conditional_requests() -> None:
    fetcher = FakeFetcher({URL: Response(200, URL, {"etag": '"1"', "last-modified": "Monday"}, b"body")})
    assert fetcher.get(URL, {"If-None-Match": '"1"'}).status == 304
    assert fetcher.get(URL, {"If-Modified-Since": "Monday"}).status == 304
    assert fetcher.get(URL, {"If-None-Match": '"0"'}).body == b"body"


def test_the_source_counts_its_fetches_and_fails_on_demand() -> None:
    source = FakeSource([Item(title="a")])
    first = source.fetch({}, FakeFetcher())
    assert source.fetch(first.state, FakeFetcher()).state == {"fetches": 2}
    source.error = FetchError("down")
    with pytest.raises(FetchError):
        source.fetch({}, FakeFetcher())
    assert source.states == [{}, {"fetches": 1}, {}]


def test_the_notifier_fails_as_often_as_it_is_told() -> None:
    notifier, delivery = FakeNotifier(failures=2), make_delivery()
    for _ in range(2):
        with pytest.raises(FetchError):
            notifier.send(delivery, FakeFetcher())
    notifier.send(delivery, FakeFetcher())
    assert notifier.sent == [delivery] and len(notifier.attempts) == 3


def test_the_classifier_knows_its_examples_before_it_loads_anything() -> None:
    classifier = FakeClassifier()
    judged = classifier.classify([make_article(example.text) for example in EXAMPLES])
    assert [one.label for one in judged] == [example.sentiment for example in EXAMPLES]
    assert [one.chosen_topics()[:1] for one in judged] == [example.topics for example in EXAMPLES]
    assert classifier.classify([make_article("zzz qqq")])[0].confidence < 0.5


def test_the_classifier_thinks_of_a_company_what_it_thinks_of_the_clause_that_names_it() -> None:
    text = "Record profit lifts Acme; 环球遭调查，股价暴跌"
    named = (Mention("acme", "Acme", 20, 24), Mention("globex", "环球", 26, 28))
    rivals, plain = FakeClassifier().classify([make_article(text, mentions=named), make_article(text)])
    assert {company: likeliest(told) for company, told in rivals.companies.items()} == {
        "acme": "positive",
        "globex": "negative",
    }
    assert plain.companies == {} and plain.towards("acme") == plain.sentiment


def test_the_classifier_learns_and_builds_on_its_parent(tmp_path: Path) -> None:
    classifier = FakeClassifier()
    assert isinstance(classifier, Trainable)
    seen: list[tuple[str, float, float]] = []
    first = make_snapshot([*EXAMPLES, *[Example("glimmer", "positive")] * 3])
    classifier.fit(first, None, tmp_path / "a", lambda *step: seen.append(step))
    classifier.fit(make_snapshot([Example("gloom", "negative")] * 3), tmp_path / "a", tmp_path / "b", _quiet)
    classifier.load(tmp_path / "b", "b")
    glimmer, gloom = classifier.classify([make_article("glimmer"), make_article("gloom")])
    assert (glimmer.label, gloom.label, gloom.model) == ("positive", "negative", "b")
    assert seen[-1][1:] == (12, 12)


@pytest.mark.parametrize("content", ["", "[]", "{}", "{"])
def test_the_classifier_refuses_what_is_no_model(tmp_path: Path, content: str) -> None:
    (tmp_path / "words.json").write_text(content, encoding="utf-8")
    with pytest.raises(ModelError, match=r"words\.json is not a model"):
        FakeClassifier().load(tmp_path, "x")


def test_makers_take_any_field() -> None:
    assert make_article("a", language="zh", id=4).language == "zh"
    assert make_article("a").content_hash == make_article("a").content_hash != make_article("b").content_hash
    assert make_prediction(1, 1, 2).sentiment == {"negative": 0.25, "neutral": 0.25, "positive": 0.5}
    assert make_prediction(topics={"legal": 0.9}).topics == {"legal": 0.9}
    assert make_delivery(event="resolved").event == "resolved"
    assert make_snapshot(gold=EXAMPLES[:1]).gold == EXAMPLES[:1]


def _quiet(what: str, done: float, total: float) -> None:
    pass


# --- checks: each fake passes ---------------------------------------------------------------


def test_the_fakes_pass_the_checks(tmp_path: Path) -> None:
    assert len(check_source(FakeSource([Item(title="a")])).items) == 1
    assert len(check_classifier(FakeClassifier())) == 6
    FakeClassifier().fit(make_snapshot(), None, tmp_path / "model", _quiet)
    assert check_classifier(FakeClassifier(), tmp_path / "model")[0].model == "checked"
    assert check_notifier(FakeNotifier()).requests == []


# --- checks: broken plugins do not ----------------------------------------------------------


@dataclass
class Broken:
    """A source whose answer a test chooses."""

    answer: Callable[[Mapping[str, Any]], object]
    kind = "broken"

    def fetch(self, state: Mapping[str, Any], fetcher: object) -> Any:
        return self.answer(state)


def moved(state: Mapping[str, Any]) -> Fetched:
    assert isinstance(state, dict)
    state["seen"] = True
    return Fetched([])


@pytest.mark.parametrize(
    "answer, told",
    [
        (lambda state: [Item(title="a")], "returns a Fetched, not list"),
        (lambda state: Fetched([{"title": "a"}]), "item 0 is an Item, not dict"),
        (lambda state: Fetched([Item(url="https://a.example")]), "neither title nor text"),
        (lambda state: Fetched([Item(title="a", published_at=datetime(2026, 1, 1))]), "no time zone"),
        (lambda state: Fetched([], {"at": datetime(2026, 1, 1)}), "stored as JSON"),
        (lambda state: Fetched([], {"at": float("nan")}), "stored as JSON"),
        (lambda state: Fetched([], {1: 2}), "changes on its way through JSON"),
        (lambda state: Fetched([], {}, [ValueError("x")]), "warnings are sentences"),
        (moved, "changed the state"),
    ],
)
def test_check_source_catches(answer: Callable[[Mapping[str, Any]], object], told: str) -> None:
    with pytest.raises(AssertionError, match=told):
        check_source(Broken(answer), FakeFetcher())


def test_check_source_fetches_again_with_the_stored_state() -> None:
    def forgetful(state: Mapping[str, Any]) -> Fetched:
        return Fetched([Item(title="a")] if not state else [Item()], {"n": 1})

    with pytest.raises(AssertionError, match="neither title nor text"):
        check_source(Broken(forgetful), FakeFetcher())


@pytest.mark.parametrize("kind", ["", "With Space", "Upper", None, 3])
def test_a_kind_that_config_could_not_name(kind: object) -> None:
    source = FakeSource()
    source.kind = kind  # type: ignore[assignment,misc]
    with pytest.raises(AssertionError, match="kind names the class"):
        check_source(source, FakeFetcher())


class Judge(FakeClassifier):
    """A classifier whose predictions a test bends."""

    def __init__(self, bend: Callable[[list[Prediction]], Any]) -> None:
        super().__init__()
        self.bend = bend

    def classify(self, articles: Sequence[Any]) -> Any:
        return self.bend(super().classify(articles)) if articles else []


def each(change: Callable[[Prediction], Prediction]) -> Callable[[list[Prediction]], list[Prediction]]:
    return lambda judged: [change(one) for one in judged]


def towards(likely: Mapping[str, float]) -> Callable[[list[Prediction]], list[Prediction]]:
    return each(lambda one: replace(one, companies=dict.fromkeys(one.companies, likely)))


@pytest.mark.parametrize(
    "bend, told",
    [
        (lambda judged: judged[:-1], "one prediction per article: 6 articles, 5"),
        (each(lambda one: replace(one, sentiment={"negative": 1.0})), "exactly the keys"),
        (each(lambda one: replace(one, sentiment=dict.fromkeys(SENTIMENTS, 0.5))), "sums to 1.5"),
        (
            each(lambda one: replace(one, sentiment=dict.fromkeys(SENTIMENTS, float("nan")))),
            r"not in \[0, 1\]",
        ),
        (each(lambda one: replace(one, topics={"legal": 1.2})), r"legal = 1.2 is not in \[0, 1\]"),
        (each(lambda one: replace(one, companies={"nobody": one.sentiment})), r"mentions, not \['nobody'\]"),
        (towards({"negative": 1.0}), r"companies\['acme'\] has exactly the keys"),
        (towards(dict.fromkeys(SENTIMENTS, 0.5)), r"companies\['acme'\] sums to 1.5"),
        (towards(dict.fromkeys(SENTIMENTS, -0.1)), r"companies\['acme'\]: negative = -0.1 is not in"),
        (each(lambda one: replace(one, model="other")), "model is 'other', loaded as 'checked'"),
        (each(lambda one: replace(one, unsupported="")), "without text is judged `unsupported`"),
        (lambda judged: [judged[0]] * len(judged), "differs by"),
        (
            lambda judged: [replace(judged[0], vector=b"\0\0"), *judged[1:]],
            r"one length, not \[2, 64\] bytes",
        ),
        (each(lambda one: replace(one, vector=b"\0\0\0")), "16-bit floats, and 3 bytes are none"),
        (each(lambda one: replace(one, vector=b"\0\x7c")), "finite numbers only"),
    ],
)
def test_check_classifier_catches(bend: Callable[[list[Prediction]], Any], told: str) -> None:
    with pytest.raises(AssertionError, match=told):
        check_classifier(Judge(bend))


def test_check_classifier_wants_missing_models_refused(tmp_path: Path) -> None:
    class Careless(FakeClassifier):
        def load(self, model: Path, version: str) -> None:
            self.version = version

    with pytest.raises(AssertionError, match="does not exist raises ModelError"):
        check_classifier(Careless())


def test_check_classifier_looks_at_what_fit_leaves() -> None:
    class Writeless(FakeClassifier):
        def fit(self, *arguments: Any) -> Mapping[str, Any]:
            return {}

    class Mute(FakeClassifier):
        def fit(self, *arguments: Any) -> Any:
            super().fit(*arguments)

    with pytest.raises(AssertionError, match="writes a complete model folder"):
        check_classifier(Writeless())
    with pytest.raises(AssertionError, match="returns its metrics, not NoneType"):
        check_classifier(Mute())


@dataclass
class Picker:
    """A strategy that picks rows by a function of a test's."""

    pick: Callable[[list[int], int, np.random.Generator], Any]
    kind = "picker"
    needs = ("probabilities",)

    def select(self, pool: Any, n: int, rng: np.random.Generator) -> Any:
        rows = self.pick(list(range(len(pool))), n, rng)
        return Choice(rows, [1.0] * len(rows), ["why"] * len(rows))


def test_check_strategy_passes_the_least_there_is() -> None:
    assert check_strategy(Picker(lambda rows, n, rng: rows[:n])).rows == list(range(10))


@pytest.mark.parametrize(
    "pick, told",
    [
        (lambda rows, n, rng: rows[:1] * n, "twice"),
        (lambda rows, n, rng: [60, 61][:n], "expected one of 0 to 60"),
        (lambda rows, n, rng: rows[: n + 1], "at most"),
        (lambda rows, n, rng: [], "something to label"),
        (lambda rows, n, rng: np.random.default_rng().permutation(rows).tolist()[:n], "the same rows"),
    ],
)
def test_check_strategy_catches(pick: Callable[..., Any], told: str) -> None:
    with pytest.raises(AssertionError, match=told):
        check_strategy(Picker(pick))


def test_check_strategy_notices_a_changed_pool() -> None:
    class Taker(Picker):
        def select(self, pool: Any, n: int, rng: np.random.Generator) -> Any:
            pool.probabilities[:] = 0
            return super().select(pool, n, rng)

    with pytest.raises(AssertionError, match="select does not change the pool"):
        check_strategy(Taker(lambda rows, n, rng: rows[:n]))


def test_check_strategy_asks_what_it_needs() -> None:
    class Greedy(Picker):
        needs = ("everything",)  # type: ignore[assignment]

    with pytest.raises(AssertionError, match="there is no such column"):
        check_strategy(Greedy(lambda rows, n, rng: rows[:n]))


@dataclass
class Poster:
    """A notifier that posts; a test chooses what, and whether it hides failures."""

    body: str = "{id}"
    quiet: bool = False
    kind = "poster"

    def send(self, delivery: Any, fetcher: Any) -> None:
        try:
            fetcher.post("https://hook.example/", self.body.format(id=delivery.id).encode())
        except FetchError:
            if not self.quiet:
                raise


def test_check_notifier_passes_one_that_tells_its_id() -> None:
    assert len(check_notifier(Poster()).requests) == 5


def test_check_notifier_catches() -> None:
    with pytest.raises(AssertionError, match=r"told delivery\.id"):
        check_notifier(Poster(body="hello"))
    with pytest.raises(AssertionError, match="raises where the receiver"):
        check_notifier(Poster(quiet=True))
