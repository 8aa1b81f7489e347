"""Checks that a plugin keeps the contract of `monitor.hookspecs`.

Each raises AssertionError naming the broken sentence, with what the plugin did, and
returns what the plugin returned where a test may want to look further. Whatever the monitor runs in a
child process is also run in one (`monitor.testing.children`).
"""

from __future__ import annotations

import copy
import json
import math
import re
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np

from monitor.errors import FetchError, ModelError, PluginError, UserError
from monitor.hookspecs import (
    Classifier,
    Explaining,
    Fetcher,
    Notifier,
    Response,
    Source,
    Strategy,
    Trainable,
)
from monitor.records import (
    SENTIMENTS,
    Article,
    Delivery,
    Example,
    Fetched,
    Item,
    Mention,
    Prediction,
)
from monitor.selection import Choice, Pool, checked, needed
from monitor.testing.children import in_child, origin_of, rebuilt
from monitor.testing.fakes import (
    EXAMPLES,
    FakeFetcher,
    make_article,
    make_delivery,
    make_pool,
    make_snapshot,
)

_RIVALS = "Acme sees record profit lift; 环球遭调查 as Acme takes its clients"
_TEXTS = (
    "Record profit lifts shares",
    "公司涉嫌造假被调查，股价暴跌",
    "The board meets on Tuesday. " * 400,
    "😀 $ABC +3.5% https://news.example/a?b=c",
    "x",
    _RIVALS,
)
_NAMED = {
    _RIVALS: (
        Mention("acme", "Acme", 0, 4),
        Mention("globex", "环球", 30, 32),
        Mention("acme", "Acme", 39, 43),
    )
}
_TOWARDS = Example(_RIVALS, companies=(("Acme", "positive"), ("环球", "negative")))


def check_source(source: Source, fetcher: Fetcher | None = None) -> Fetched:
    """`source` delivers usable items twice in a row; the first `Fetched` is returned.

    `fetcher` must answer what the source asks for (a `FakeFetcher` with a recorded body);
    a source that fetches nothing needs none. A source that its file registers is also built anew
    from its options and run in a child process, as the monitor does.
    """
    check_kind(source)
    registered = origin_of(source, "sources") is not None
    fetcher = fetcher or FakeFetcher()
    unused = copy.deepcopy(fetcher) if isinstance(fetcher, FakeFetcher) else fetcher
    state: Mapping[str, Any] = {}
    first = _check_fetched(source.fetch(state, fetcher))
    assert state == {}, f"fetch changed the state it was given, to {dict(state)!r}: return a new one"
    stored = json.loads(json.dumps(first.state))
    # The next fetch is another object's, in another process: nothing but the state is kept.
    again = rebuilt(source) if registered else source
    _check_fetched(again.fetch(stored, fetcher))
    assert stored == json.loads(json.dumps(first.state)), (
        "fetch changed the state it was given: return a new one"
    )
    if registered:
        with in_child(source, "sources") as child:
            elsewhere = _check_fetched(child.fetch({}, unused))
        assert len(elsewhere.items) == len(first.items), (
            f"in a process of its own it delivers {len(elsewhere.items)} items, here {len(first.items)}"
        )
    return first


def _check_fetched(fetched: object) -> Fetched:
    assert isinstance(fetched, Fetched), f"fetch returns a Fetched, not {type(fetched).__name__}"
    fetched = replace(fetched, items=list(fetched.items))
    try:
        stored = json.loads(json.dumps(fetched.state, allow_nan=False))
    except (TypeError, ValueError) as error:
        raise AssertionError(f"the state is stored as JSON, and {fetched.state!r} is not: {error}") from error
    assert stored == fetched.state, (
        f"the state changes on its way through JSON: {fetched.state!r} -> {stored!r}"
    )
    assert all(isinstance(one, str) for one in fetched.warnings), "warnings are sentences (str)"
    for number, item in enumerate(fetched.items):
        where = f"item {number}"
        assert isinstance(item, Item), f"{where} is an Item, not {type(item).__name__}"
        for name in ("title", "text", "url", "guid", "author", "language", "publisher"):
            value = getattr(item, name)
            assert isinstance(value, str), f"{where}: {name} is a str, not {type(value).__name__}"
        assert item.title.strip() or item.text.strip(), f"{where} has neither title nor text: leave it out"
        at = item.published_at
        assert isinstance(at, datetime | date | str | None), (
            f"{where}: published_at is a datetime, a date, a str or None, not {type(at).__name__}"
        )
        assert not isinstance(at, datetime) or at.utcoffset() is not None, (
            f"{where}: published_at {at} has no time zone; give an aware time, or the source's own text"
        )
    return fetched


def check_classifier(classifier: Classifier, model: Path | None = None) -> Sequence[Prediction]:
    """`classifier` loads `model` and judges whatever text it is given; predictions are returned.

    A Trainable one is also fitted on a handful of texts, from its base and from that
    result, and what it wrote is loaded. `model` may be None for a Trainable one only.
    """
    check_kind(classifier)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if isinstance(classifier, Trainable):
            _check_trainable(classifier, classifier.load, folder)
            model = model or folder / "second"
        assert model is not None, "give the folder of a model: this classifier is not Trainable"
        classifier.load(model, "checked")
        predictions = _check_predictions(classifier, "checked")
        if isinstance(classifier, Explaining):
            _check_explaining(classifier)
        try:
            classifier.load(folder / "absent", "absent")
        except ModelError:
            pass
        else:
            raise AssertionError("load of a folder that does not exist raises ModelError")
    return predictions


def _check_predictions(classifier: Classifier, version: str) -> Sequence[Prediction]:
    articles = [make_article(text, mentions=_NAMED.get(text, ())) for text in _TEXTS]
    assert list(classifier.classify([])) == [], "classify of no articles returns no predictions"
    predictions = list(classifier.classify(articles))
    assert len(predictions) == len(articles), (
        f"one prediction per article: {len(articles)} articles, {len(predictions)} predictions"
    )
    for article, prediction in zip(articles, predictions, strict=True):
        where = f"prediction for {article.content[:40]!r}"
        assert isinstance(prediction, Prediction), f"{where} is a Prediction, not {type(prediction).__name__}"
        assert set(prediction.sentiment) == set(SENTIMENTS), (
            f"{where}: sentiment has exactly the keys {SENTIMENTS}, not {tuple(prediction.sentiment)}"
        )
        for key, value in [*prediction.sentiment.items(), *prediction.topics.items()]:
            assert math.isfinite(value) and 0 <= value <= 1, f"{where}: {key} = {value} is not in [0, 1]"
        total = sum(prediction.sentiment.values())
        assert abs(total - 1) < 1e-3, f"{where}: sentiment sums to {total}, not 1"
        assert prediction.model == version, f"{where}: model is {prediction.model!r}, loaded as {version!r}"
        _check_companies(article, prediction, where)
    _check_vectors(predictions)
    reverse = list(reversed(list(classifier.classify(articles[::-1]))))
    alone = [classifier.classify([article])[0] for article in articles]
    for how, others in (("in reverse order", reverse), ("alone", alone)):
        for article, one, other in zip(articles, predictions, others, strict=True):
            apart = max(abs(one.sentiment[key] - other.sentiment[key]) for key in SENTIMENTS)
            for company in article.named:
                towards = one.towards(company), other.towards(company)
                apart = max(apart, *(abs(towards[0][key] - towards[1][key]) for key in SENTIMENTS))
            assert apart < 0.02, f"{article.content[:40]!r} classified {how} differs by {apart:.3f}"
    empty = classifier.classify([make_article("")])[0]
    assert empty.unsupported, "an article without text is judged `unsupported`, with the reason"
    return predictions


def _check_vectors(predictions: Sequence[Prediction]) -> None:
    lengths = {len(one.vector) for one in predictions if one.vector}
    assert len(lengths) < 2, f"vectors of one version have one length, not {sorted(lengths)} bytes"
    for prediction in predictions:
        assert len(prediction.vector) % 2 == 0, (
            f"a vector is 16-bit floats, and {len(prediction.vector)} bytes are none"
        )
        assert np.isfinite(np.frombuffer(prediction.vector, "<f2")).all(), "a vector has finite numbers only"


def _check_explaining(classifier: Explaining) -> None:
    for text in (*_TEXTS, ""):
        told = classifier.explain(make_article(text), "sentiment")
        where = f"explanation of {text[:40]!r}"
        assert told.label in SENTIMENTS and 0 <= told.probability <= 1, f"{where}: {told.label!r} is no class"
        places = [(one.start, one.end) for one in told.attributions]
        assert all(start < end for start, end in places), f"{where}: a word has at least one character"
        edges = [0, *(edge for place in places for edge in place), len(told.text)]
        assert edges == sorted(edges), f"{where}: words lie in the text, in order, and overlap nowhere"
        total = sum(one.score for one in told.attributions)
        assert math.isfinite(total), f"{where}: scores are finite numbers"
        apart = abs(total - told.difference)
        assert apart <= told.error * max(1.0, abs(told.difference)) + 1e-6, (
            f"{where}: scores sum to {total}, not to the difference {told.difference}, and the error "
            f"stated is {told.error}"
        )
    try:
        classifier.explain(make_article(_TEXTS[0]), "nonsense")
    except UserError:
        return
    raise AssertionError("explain of a target there is not raises UserError")


def _check_companies(article: Article, prediction: Prediction, where: str) -> None:
    told = set(prediction.companies)
    assert told <= set(article.named), (
        f"{where}: companies has only ids that the article mentions, not {sorted(told - set(article.named))}"
    )
    for company, towards in prediction.companies.items():
        assert set(towards) == set(SENTIMENTS), (
            f"{where}: companies[{company!r}] has exactly the keys {SENTIMENTS}, not {tuple(towards)}"
        )
        for key, value in towards.items():
            assert math.isfinite(value) and 0 <= value <= 1, (
                f"{where}: companies[{company!r}]: {key} = {value} is not in [0, 1]"
            )
        total = sum(towards.values())
        assert abs(total - 1) < 1e-3, f"{where}: companies[{company!r}] sums to {total}, not 1"


def _check_trainable(classifier: Trainable, load: Callable[[Path, str], None], folder: Path) -> None:
    parent = None
    for out in (folder / "first", folder / "second"):
        metrics = classifier.fit(
            make_snapshot((*EXAMPLES, _TOWARDS)), parent, out, lambda what, done, total: None
        )
        assert isinstance(metrics, Mapping), f"fit returns its metrics, not {type(metrics).__name__}"
        json.dumps(dict(metrics), allow_nan=False)
        assert out.is_dir() and any(out.iterdir()), (
            f"fit writes a complete model folder to out, {out.name} is empty"
        )
        parent = out
    load(folder / "second", "fitted")


def check_strategy(strategy: Strategy) -> Choice:
    """`strategy` says what it needs and chooses distinct rows of the pool, each with a score and a reason,
    the same ones from the same `rng`; its choice of 10 out of 60 is returned."""
    check_kind(strategy)
    try:
        names = needed(strategy)
    except PluginError as error:
        raise AssertionError(f"needs: {error}") from error
    full = make_pool().only(names)

    def select(n: int, some: Pool) -> Choice:
        before = copy.deepcopy(some.columns())
        choice = strategy.select(some, n, np.random.default_rng(1))
        assert all(np.array_equal(before[name], column) for name, column in some.columns().items()), (
            "select does not change the pool"
        )
        try:
            return checked(choice, len(some), n)
        except PluginError as error:
            raise AssertionError(f"select({n}) of {len(some)}: {error}") from error

    empty = make_pool(0).only(names)
    for n, some in ((0, full), (1, full), (10, full), (60, full), (100, full), (5, empty)):
        select(n, some)
    assert len(select(100, full).rows) > 0, "a pool that is not empty offers something to label"
    choice = select(10, full)
    assert choice == select(10, full), (
        "the choice depends on nothing but its arguments: the same rng, the same rows"
    )
    if origin_of(strategy, "strategies") is not None:
        rebuilt(strategy)
        with in_child(strategy, "strategies") as child:
            assert child.needs == names, f"in a process of its own it needs {sorted(child.needs)}"
            elsewhere = child.select(full, 10, np.random.default_rng(1))
        assert len(elsewhere.rows) == len(choice.rows), (
            f"in a process of its own it chooses {len(elsewhere.rows)} rows, here {len(choice.rows)}"
        )
    return choice


def check_notifier(notifier: Notifier, delivery: Delivery | None = None) -> FakeFetcher:
    """`notifier` sends each kind of event, the same id again on a retry, and raises where the
    receiver does not take it; the fetcher with the requests it made is returned."""
    check_kind(notifier)
    delivery = delivery or make_delivery()
    before = copy.deepcopy(dict(delivery.payload))
    fetcher = FakeFetcher(otherwise=Response(200, "", {}, b"{}"))
    for event in ("opened", "updated", "resolved", "test", "test"):
        notifier.send(replace(delivery, event=event), fetcher)
    assert dict(delivery.payload) == before, "send does not change the payload"
    if fetcher.requests:
        for request in fetcher.requests:
            told = request.body + repr(dict(request.headers)).encode()
            assert delivery.id.encode() in told, (
                "the receiver is told delivery.id, in a header or the body, so that it can drop a repeat"
            )
        for answer in (Response(503, "", {}, b""), FetchError("connection refused")):
            try:
                notifier.send(delivery, FakeFetcher(otherwise=answer))
            except Exception:  # whatever it raises, the delivery is tried again
                continue
            raise AssertionError("send raises where the receiver did not take the delivery")
    if origin_of(notifier, "notifiers") is not None:
        rebuilt(notifier)
        with in_child(notifier, "notifiers") as child:
            child.send(delivery, FakeFetcher(otherwise=Response(200, "", {}, b"{}")))
    return fetcher


def check_kind(plugin: object) -> None:
    """`kind` names the class as config.toml can say it."""
    kind = getattr(plugin, "kind", None)
    assert isinstance(kind, str) and re.fullmatch(r"[a-z][a-z0-9_-]*", kind), (
        f"kind names the class in config.toml: lower-case letters, digits, _ and -, not {kind!r}"
    )
    assert getattr(type(plugin), "kind", None) == kind, "kind is an attribute of the class"
