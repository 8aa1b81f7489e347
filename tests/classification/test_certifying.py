"""Certifying from the store: which audits count, what a look leaves, and what routing makes of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from monitor.acquisition.coins import Coins
from monitor.classification import certifying, champion, judging
from monitor.errors import ConflictError, ModelError
from monitor.evaluation import groups, standing
from monitor.evaluation.groups import Groups, Limits
from monitor.messages import Message
from monitor.records import Article, Decision, ModelState, ModelVersion, Prediction, Purpose, Route
from monitor.settings import RoutingSettings
from monitor.store import Store, Tx, answers, articles, audit, audits, models, stories, tasks
from monitor.store.schema import shares as shares_table
from monitor.testing import make_prediction

RULES = RoutingSettings(threshold=0.75)
DRAWN = Decision(Route.AUDIT, Message("routing.drawn", share="100%"), 1.0)
COINS = Coins(key=b"k", audits_per_day=1_000_000)
DAY = timedelta(days=1)
DAYS = 90


def version(id: str, now: datetime, state: ModelState = ModelState.CHAMPION) -> ModelVersion:
    return ModelVersion(id, "fake", id, "0" * 64, state, now, promoted_at=now)


class Judge:
    """Gives every text the sentiment it ends with, surer the longer it is."""

    def __init__(self, model: str = "m") -> None:
        self.model = model
        self.asked = 0

    def __call__(self, batch: Sequence[Article]) -> list[Prediction]:
        self.asked += len(batch)
        found = []
        for one in batch:
            sure = 0.6 + 0.39 * (hash_of(one.content) / 1000)
            label = one.content.rsplit(" ", 1)[-1]
            rest = (1 - sure) / 2
            names = ("negative", "neutral", "positive")
            likely = {name: sure if name == label else rest for name in names}
            found.append(replace(make_prediction(**likely), model=self.model))
        return found


def hash_of(text: str) -> int:
    return sum(map(ord, text)) * 7919 % 1000


@pytest.fixture
def audited(article: Callable[..., Article]) -> Callable[..., None]:
    """Stores `n` audited texts and reads them: the model is right of all but every `wrong`-th."""

    def audited(
        tx: Tx, n: int, at: datetime, *, wrong: int = 0, name: str = "text", answered: bool = True
    ) -> None:
        tx.execute(shares_table.insert().values(at=at, share=1.0, reason="a test"))
        for i in range(n):
            said = ("negative", "neutral", "positive")[i % 3]
            text = f"{name} {i} {said}"
            stored = articles.insert(
                tx, article(text, first_seen_at=at, story_id=stories.create(tx, at)), COINS
            )
            task = tasks.open_task(tx, stored.id, DRAWN, 0.5, at, wanted=1)
            assert task is not None
            if answered:
                other = {"negative": "neutral", "neutral": "positive", "positive": "negative"}[said]
                answer = other if wrong and i % wrong == 0 else said
                answers.answer(tx, task.id, "ann", answer, [], at)

    return audited


@pytest.fixture
def begun(sqlite_store: Store, now: datetime, audited: Callable[..., None]) -> Callable[[int], Store]:
    """A store with the version m and so many audits of yesterday, all read, of which m is right."""

    def begun(n: int) -> Store:
        with sqlite_store.begin() as tx:
            models.put(tx, version("m", now))
            audited(tx, n, now - DAY)
        return sqlite_store

    return begun


def look(store: Store, now: datetime, classify: Judge | None = None, model: str = "m") -> str:
    return certifying.look(store, model, classify or Judge(), RULES, DAYS, lambda: now)


def grouped(store: Store, model: str = "m") -> Groups:
    with store.read() as tx:
        return groups.from_json(models.get(tx, model).certificate)


def stands(store: Store, model: str = "m") -> standing.Standing:
    return grouped(store, model).parts.get("all", standing.Standing())


def limit_of(tx: Tx, model: str = "m") -> standing.Acceptance:
    return judging.accepted(tx, [model], RULES)[model].of("all")


def test_without_audits_nothing_is_certified(store: Store, now: datetime) -> None:
    with store.begin() as tx:
        models.put(tx, version("m", now))
    assert look(store, now).startswith("not certifiable yet: too few audits")
    with store.read() as tx:
        assert models.get(tx, "m").certificate is None
        none = Limits(standing.Acceptance(0.75))
        assert judging.accepted(tx, ["m", "other"], RULES) == {"m": none, "other": none}


def test_enough_audits_certify_and_routing_reads_it(now: datetime, begun: Callable[[int], Store]) -> None:
    store = begun(400)
    said = look(store, now)
    assert said.startswith("certified: with 95% confidence at most 5%")
    found = stands(store)
    with store.read() as tx:
        certifies = [one for one in audits.of(tx) if one.purpose is Purpose.CERTIFICATE]
        limit = limit_of(tx)
        shown = models.get(tx, "m").certificate
        [entry] = [one for one in audit.all(tx) if one.action == "model.certify"]
    assert found.held is not None and found.held.n == len(certifies)
    assert limit.certified and limit.threshold == found.held.threshold
    assert shown is not None and shown["certified"] and shown["coverage"] == 1.0
    assert entry.target == "m"
    assert found.held.attempt == 1 and found.held.spent == RULES.delta / 2


def test_the_same_labels_are_looked_at_once(now: datetime, begun: Callable[[int], Store]) -> None:
    store = begun(200)
    look(store, now)
    before = stands(store)
    look(store, now + DAY)
    assert stands(store) == before
    assert before.held is None and before.look is not None and before.look.more > 0


def test_open_audits_say_nothing_and_missing_ones_count_as_wrong(
    sqlite_store: Store, now: datetime, audited: Callable[..., None]
) -> None:
    store = sqlite_store
    with store.begin() as tx:
        models.put(tx, version("m", now))
        audited(tx, 150, now - DAY)
        audited(tx, 60, now - DAY, name="left", answered=False)
        left = [one for one in audits.of(tx) if not one.labels and one.purpose is Purpose.CERTIFICATE]
        for one in left[:5]:
            task = tasks.of(tx, one.article.id)
            assert task is not None
            for user in ("ann", "bob"):
                answers.skip(tx, task.id, user, now)
    look(store, now)
    made = stands(store).look
    assert made is not None
    with store.read() as tx:
        read = [one for one in audits.of(tx) if one.labels and one.purpose is Purpose.CERTIFICATE]
    assert (made.n, made.missing) == (len(read) + 5, 5)
    assert made.steps[-1].errors == 5


def test_a_broken_certificate_is_suspended_and_only_new_audits_end_it(
    now: datetime, begun: Callable[[int], Store], audited: Callable[..., None]
) -> None:
    store = begun(400)
    look(store, now)
    with store.begin() as tx:
        audited(tx, 60, now + DAY, wrong=1, name="bad")
    assert "nothing is accepted until a new certificate" in look(store, now + DAY)
    with store.read() as tx:
        limit = limit_of(tx)
        assert limit.threshold == float("inf")
        [entry] = [one for one in audit.all(tx) if one.action == "model.watchdog"]
        assert entry.target == "m"
    look(store, now + 20 * DAY)
    assert standing.acceptance(stands(store), 0.75).threshold == float("inf"), "waiting ends nothing"
    with store.begin() as tx:
        audited(tx, 500, now + 2 * DAY, name="good")
    assert look(store, now + 21 * DAY).startswith("certified: ")
    held = stands(store).held
    assert held is not None and held.attempt == 2 and held.since == now + DAY


def test_a_stopped_version_that_is_rolled_back_to_serves_uncertified(
    now: datetime,
    begun: Callable[[int], Store],
    audited: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(champion.manifest, "verify", lambda folder, digest: None)
    store = begun(400)
    look(store, now)
    with store.begin() as tx:
        audited(tx, 60, now + DAY, wrong=1, name="bad")
    look(store, now + DAY)
    with store.begin() as tx:
        models.put(tx, version("next", now, ModelState.CHALLENGER))
        models.promote(tx, "next", "better", now + 2 * DAY)
    back = champion.rollback(store, Path("."), now + 3 * DAY, user="ann")
    assert back.id == "m" and back.certificate is not None and not back.certificate["certified"]
    assert standing.acceptance(stands(store), 0.75) == standing.Acceptance(0.75, False)


def test_a_rolled_back_version_has_its_own_certificate_again(
    now: datetime, begun: Callable[[int], Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(champion.manifest, "verify", lambda folder, digest: None)
    store = begun(400)
    look(store, now)
    before = standing.acceptance(stands(store), 0.75)
    with store.begin() as tx:
        models.put(tx, version("next", now, ModelState.CHALLENGER))
        models.promote(tx, "next", "better", now + DAY)
        assert limit_of(tx, "next") == standing.Acceptance(0.75, False)
    champion.rollback(store, Path("."), now + DAY, user="ann")
    assert before.certified and standing.acceptance(stands(store), 0.75) == before


def test_another_version_spends_less(
    sqlite_store: Store, now: datetime, audited: Callable[..., None]
) -> None:
    store = sqlite_store
    with store.begin() as tx:
        models.put(tx, version("m", now))
        models.put(tx, version("next", now, ModelState.CHALLENGER))
        audited(tx, 400, now - DAY)
    look(store, now)
    look(store, now, Judge("next"), "next")
    made = stands(store, "next").look
    assert made is not None and (made.attempt, made.spent) == (2, RULES.delta / 6)
    with store.read() as tx:
        assert certifying.last_attempt(tx) == 2


def test_what_was_judged_already_is_not_asked_again(now: datetime, begun: Callable[[int], Store]) -> None:
    judge = Judge()
    store = begun(100)
    assert judging.classify_pending(store, judge, rules=RULES, now=lambda: now) == 100
    look(store, now, judge)
    assert judge.asked == 100


def test_a_classifier_that_is_down_or_exchanged_certifies_nothing(
    now: datetime, begun: Callable[[int], Store]
) -> None:
    store = begun(50)
    with pytest.raises(ConflictError, match="another model serves"):
        look(store, now, Judge("another"))

    def down(batch: Sequence[Article]) -> list[Prediction]:
        raise ModelError("no memory")

    with pytest.raises(ModelError, match="no memory"):
        certifying.look(store, "m", down, RULES, DAYS, lambda: now)
    assert stands(store) == standing.Standing()


def test_a_challenger_brings_its_certificate_with_it(
    sqlite_store: Store, now: datetime, audited: Callable[..., None]
) -> None:
    store = sqlite_store
    new = version("next", now, ModelState.CHALLENGER)
    with store.begin() as tx:
        models.put(tx, version("m", now))
        assert certifying.first(store, "next", Judge("next"), RULES, DAYS, now) is None
        audited(tx, 400, now - DAY)
    found = certifying.first(store, "next", Judge("next"), RULES, DAYS, now)
    with store.begin() as tx:
        models.put(tx, replace(new, certificate=found))
        models.promote(tx, "next", "better", now)
        models.put(tx, replace(models.get(tx, "next"), certificate=None))
        limit = limit_of(tx, "next")
    assert found is not None and found["certified"] and limit.certified
    assert limit.threshold == found["threshold"]
