"""Certifying from the store: which audits count, what a look leaves, and what routing makes of it."""

from __future__ import annotations

import itertools
import math
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
from monitor.records import (
    SENTIMENTS,
    Article,
    Decision,
    Mention,
    ModelState,
    ModelVersion,
    Prediction,
    Purpose,
    Route,
)
from monitor.settings import RoutingSettings
from monitor.store import (
    Store,
    Tx,
    answers,
    articles,
    audit,
    audits,
    judged,
    models,
    pools,
    predictions,
    stories,
    tasks,
)
from monitor.store.schema import shares as shares_table
from monitor.testing import FakeClassifier, make_prediction

RULES = RoutingSettings(threshold=0.75)
DRAWN = Decision(Route.AUDIT, Message("routing.drawn", share="100%"), 1.0)
COINS = Coins(key=b"k", audits_per_day=1_000_000)
DAY = timedelta(days=1)
DAYS = 90
OTHER = {"negative": "neutral", "neutral": "positive", "positive": "negative"}


def version(id: str, now: datetime, state: ModelState = ModelState.CHAMPION) -> ModelVersion:
    return ModelVersion(id, "fake", id, "0" * 64, state, now, promoted_at=now)


class Judge:
    """Gives every text the sentiment it ends with, surer or less sure by its letters; likewise towards every
    company that it names, but where it is `wrong` of these."""

    def __init__(self, model: str = "m", *, wrong: str = "") -> None:
        self.model = model
        self.wrong = wrong
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
            said = replace(make_prediction(**likely), model=self.model)
            if self.wrong and self.wrong in one.content:
                turned = {**likely, label: rest, OTHER[label]: sure}
                said = replace(said, companies=dict.fromkeys(one.named, turned))
            found.append(said)
        return found


def hash_of(text: str) -> int:
    return sum(map(ord, text)) * 7919 % 1000


@pytest.fixture
def audited(article: Callable[..., Article]) -> Callable[..., None]:
    """Stores `n` audited texts and reads them: the model is right of all but every `wrong`-th."""

    def audited(
        tx: Tx,
        n: int,
        at: datetime,
        *,
        wrong: int = 0,
        name: str = "text",
        answered: bool = True,
        language: str = "en",
        company: str = "",
    ) -> None:
        tx.execute(shares_table.insert().values(at=at, share=1.0, reason="a test"))
        for i in range(n):
            said = ("negative", "neutral", "positive")[i % 3]
            text = f"{company or name} {i} {said}"
            made = article(text, first_seen_at=at, story_id=stories.create(tx, at))
            named = (Mention("acme", company, 0, len(company)),) if company else ()
            stored = articles.insert(tx, replace(made, language=language, mentions=named), COINS)
            task = tasks.open_task(tx, stored.id, DRAWN, 0.5, at, wanted=1)
            assert task is not None
            if answered:
                answer = OTHER[said] if wrong and i % wrong == 0 else said
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


def look(
    store: Store,
    now: datetime,
    classify: Judge | None = None,
    model: str = "m",
    rules: RoutingSettings = RULES,
) -> str:
    return certifying.look(store, model, classify or Judge(), rules, DAYS, lambda: now)


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


# --- thresholds by group ------------------------------------------------------------------

LOOSE = RULES.model_copy(update={"alpha": 0.2})  # takes a quarter of the labels
BY_LANGUAGE = LOOSE.model_copy(update={"certify_by": "language"})
BY_CLASS = LOOSE.model_copy(update={"certify_by": "class"})
COMPANIES = LOOSE.model_copy(update={"certify_companies": True})


def publish(tx: Tx, article: Callable[..., Article], text: str, now: datetime, **values: object) -> Article:
    """An article that is not audited."""
    made = article(text, first_seen_at=now, story_id=stories.create(tx, now))
    return articles.insert(tx, replace(made, **values), Coins(audits_per_day=0, explore_share=0))  # type: ignore[arg-type]


def decided(store: Store, now: datetime, ids: Sequence[int], rules: RoutingSettings) -> list[Decision]:
    judging.classify_pending(store, Judge(), rules=rules, now=lambda: now)
    with store.read() as tx:
        found = predictions.of(tx, ids)
    return [found[id][1] for id in ids]


def test_languages_have_thresholds_of_their_own_and_routing_reads_them(
    sqlite_store: Store, now: datetime, audited: Callable[..., None], article: Callable[..., Article]
) -> None:
    """English is certified; of Chinese every third audit is read otherwise, so it goes by the threshold that
    is not certified, and both say so."""
    store = sqlite_store
    with store.begin() as tx:
        models.put(tx, version("m", now))
        audited(tx, 200, now - DAY, name="english")
        audited(tx, 200, now - DAY, name="chinese", wrong=3, language="zh")
    said = look(store, now, rules=BY_LANGUAGE)
    assert "[en] certified: " in said and "[zh] not certifiable yet: " in said
    found = grouped(store)
    assert list(found.parts) == ["en", "zh"]
    en, zh = found.parts["en"], found.parts["zh"]
    assert en.held is not None and en.held.shared == 2 and en.held.spent == RULES.delta / 2 / 2
    assert zh.held is None and zh.look is not None and zh.look.more > 0 and zh.look.attempt == 1
    with store.begin() as tx:
        [entry] = [one for one in audit.all(tx) if one.action == "model.certify"]
        first, second = (
            publish(tx, article, f"another {name} sentence positive", now + DAY, language=name)
            for name in ("en", "zh")
        )
    assert entry.detail["group"] == "en"
    in_english, in_chinese = decided(store, now + DAY, [first.id, second.id], BY_LANGUAGE)
    assert "(certified for en)" in in_english.reason
    assert "(not certified for zh)" in in_chinese.reason and "75%" in in_chinese.reason


def test_the_watchdog_stops_the_language_that_it_watched(
    sqlite_store: Store, now: datetime, audited: Callable[..., None]
) -> None:
    store = sqlite_store
    with store.begin() as tx:
        models.put(tx, version("m", now))
        audited(tx, 200, now - DAY, name="english")
        audited(tx, 200, now - DAY, name="chinese", language="zh")
    look(store, now, rules=BY_LANGUAGE)
    with store.begin() as tx:
        audited(tx, 60, now + DAY, wrong=1, name="bad", language="zh")
    look(store, now + DAY, rules=BY_LANGUAGE)
    with store.read() as tx:
        limits = judging.accepted(tx, ["m"], BY_LANGUAGE)["m"]
        [entry] = [one for one in audit.all(tx) if one.action == "model.watchdog"]
    assert limits.of("zh").threshold == float("inf") and entry.detail["group"] == "zh"
    assert limits.of("en").certified and limits.of("en").threshold < 1
    before = grouped(store)
    look(store, now + 2 * DAY, rules=LOOSE)
    with store.read() as tx:
        assert limit_of(tx).threshold == float("inf"), "other groups do not end it"
    with store.begin() as tx:
        audited(tx, 240, now + 2 * DAY, name="good", language="zh")
    look(store, now + 3 * DAY, rules=BY_LANGUAGE)
    after = grouped(store)
    assert before.fired_at == now + DAY
    assert groups.limits(after, 0.75).of("zh").certified
    assert math.isfinite(groups.limits(after, 0.75).of("zh").threshold)


def test_a_few_texts_make_no_language(
    sqlite_store: Store, now: datetime, audited: Callable[..., None]
) -> None:
    """Neither the first that comes, nor one that hardly any text is in: they would cost the others delta."""
    store = sqlite_store
    with store.begin() as tx:
        models.put(tx, version("m", now))
        audited(tx, 10, now - DAY, name="japanese", language="ja")
    assert look(store, now, rules=BY_LANGUAGE).startswith("not certifiable yet: too few audits")
    assert grouped(store).parts == {}
    with store.begin() as tx:
        audited(tx, 250, now - DAY, name="english")
    look(store, now, rules=BY_LANGUAGE)
    with store.read() as tx:
        limits = judging.accepted(tx, ["m"], BY_LANGUAGE)["m"]
    assert list(limits.parts) == ["en"] and limits.of("ja") == standing.Acceptance(0.75)
    found = grouped(store).parts["en"].look
    assert found is not None and found.shared == 1


def test_before_anybody_looked_the_configured_groups_route(sqlite_store: Store) -> None:
    with sqlite_store.read() as tx:
        found = judging.accepted(tx, ["m"], COMPANIES)["m"]
    assert found.companies and found.of("companies") == standing.Acceptance(0.75)


def test_classes_have_thresholds_of_their_own(
    sqlite_store: Store, now: datetime, audited: Callable[..., None]
) -> None:
    """What is called negative is read otherwise every time."""
    store = sqlite_store
    with store.begin() as tx:
        models.put(tx, version("m", now))
        audited(tx, 600, now - DAY, wrong=3)
    look(store, now, rules=BY_CLASS)
    with store.read() as tx:
        limits = judging.accepted(tx, ["m"], BY_CLASS)["m"]
    assert {name: one.certified for name, one in limits.parts.items()} == {
        "negative": False,
        "neutral": True,
        "positive": True,
    }


def test_what_names_companies_has_a_threshold_of_its_own(
    sqlite_store: Store, now: datetime, audited: Callable[..., None], article: Callable[..., Article]
) -> None:
    """The model is right of what names nobody and wrong towards a company: only the former is certified."""
    store = sqlite_store
    wrong = Judge(wrong="Acme")
    with store.begin() as tx:
        models.put(tx, version("m", now))
        audited(tx, 200, now - DAY)
        audited(tx, 180, now - DAY, company="Acme")
    said = look(store, now, wrong, rules=COMPANIES)
    assert "[texts that name no company] certified: " in said
    assert "[texts that name companies] not certifiable yet: " in said
    found = grouped(store)
    part = found.parts["companies"].look
    assert part is not None and part.steps[-1].errors == part.steps[-1].accepted == part.n
    # Right towards it, too, and it is certified, by the article and all that it names.
    with store.begin() as tx:
        models.put(tx, version("next", now, ModelState.CHALLENGER))
    look(store, now, Judge("next"), "next", COMPANIES)
    with store.read() as tx:
        limits = judging.accepted(tx, ["next"], COMPANIES)["next"]
    assert limits.of("companies").certified and limits.of("all").certified


def test_an_article_goes_by_the_company_that_the_model_is_least_sure_of(
    sqlite_store: Store, now: datetime, article: Callable[..., Article]
) -> None:
    named = (Mention("acme", "Acme", 0, 4), Mention("bolt", "Bolt", 9, 13))
    sure, unsure = make_prediction(0.9, 0.05, 0.05), {"negative": 0.2, "neutral": 0.2, "positive": 0.6}
    one = replace(article("Acme and Bolt"), mentions=named)
    said = replace(sure, companies={"bolt": unsure})
    with sqlite_store.begin() as tx:
        plain = judging.accepted(tx, ["m"], LOOSE)["m"]
        asked = judging.accepted(tx, ["m"], COMPANIES)["m"]
    _, decision = judging.routed(one, said, asked)
    assert decision.route is Route.REVIEW
    assert decision.reason == (
        "60% sure of positive towards Bolt; asked below 75% (not certified for texts that name companies)"
    )
    assert "对 Bolt 为正面" in Message.decoded(decision.reason.encoded()).said("zh")  # type: ignore[attr-defined]
    assert judging.routed(one, said, plain)[1].route is Route.ACCEPT, "only where that is asked for"
    assert judging.routed(one, sure, asked)[1].route is Route.ACCEPT
    assert judging.routed(replace(one, mentions=()), said, asked)[1].route is Route.ACCEPT


# --- the temperature ----------------------------------------------------------------------


def calibrates(store: Store) -> list[int]:
    with store.read() as tx:
        return [one.article.id for one in audits.of(tx) if one.purpose is Purpose.CALIBRATION]


def test_the_temperature_is_fitted_on_calibration_audits_and_is_in_force_everywhere(
    sqlite_store: Store, now: datetime, audited: Callable[..., None], article: Callable[..., Article]
) -> None:
    """The model is sure and every third reading says otherwise: it is made less sure, wherever it is read."""
    store = sqlite_store
    with store.begin() as tx:
        models.put(tx, version("m", now))
        audited(tx, 240, now - DAY, wrong=3)
    assert len(calibrates(store)) >= 30
    look(store, now)
    with store.read() as tx:
        found = models.get(tx, "m")
        [entry] = [one for one in audit.all(tx) if one.action == "model.calibrate"]
        limits = judging.accepted(tx, ["m"], RULES)["m"]
    assert found.temperature > 1.2 and found.temperature == grouped(store).temperature == limits.temperature
    assert entry.detail == {"from": 1.0, "to": found.temperature}
    made = stands(store).look
    assert made is not None and made.temperature == found.temperature
    # What it says from now on is softer, where it is stored, routed and measured.
    with store.begin() as tx:
        stored = publish(tx, article, "another sentence positive", now + DAY)
    [raw] = Judge()([stored])
    [decision] = decided(store, now + DAY, [stored.id], RULES)
    with store.read() as tx:
        said, _ = predictions.of(tx, [stored.id])[stored.id]
        columns = judged.since(tx, "m", now)
    assert said == raw.tempered(found.temperature) and said.confidence < raw.confidence
    assert f"{int(said.confidence * 100)}" in decision.reason
    assert columns.probabilities[0].max() == pytest.approx(said.confidence)


def test_what_was_stored_at_another_temperature_is_read_at_that_in_force(
    sqlite_store: Store, now: datetime, audited: Callable[..., None], article: Callable[..., Article]
) -> None:
    store = sqlite_store
    with store.begin() as tx:
        models.put(tx, version("m", now))
        audited(tx, 240, now - DAY, wrong=3)
        for i in range(9):
            publish(tx, article, f"unread {i} positive", now)
    judge = Judge()
    judging.classify_pending(store, judge, rules=RULES, now=lambda: now)  # at 1
    look(store, now, judge)
    again = sqlite_store
    with again.read() as tx:
        present = models.get(tx, "m").temperature
        columns = judged.since(tx, "m", now - 2 * DAY)
        stored = predictions.by(tx, columns.article_ids.tolist(), "m")
        pooled = pools.waiting(tx)
    assert {one.temperature for one in stored.values()} == {1.0} and present > 1.2
    assert pooled
    for waits in pooled:
        assert max(waits.sentiment.values()) == pytest.approx(stored[waits.id].tempered(present).confidence)
    for row, id in enumerate(columns.article_ids.tolist()):
        expected = stored[id].tempered(present).confidence
        assert columns.probabilities[row].max() == pytest.approx(expected)
    # And the certificate is made of scores at it, whichever was in force when they were stored.
    made = stands(store).look
    assert made is not None
    with store.read() as tx:
        drawn = [one for one in audits.of(tx) if one.purpose is not Purpose.CERTIFICATE]
    scores = {stored[one.article.id].tempered(present).confidence for one in drawn}
    assert all(any(abs(step.threshold - one) < 1e-9 for one in scores) for step in made.steps)


def test_few_calibration_audits_leave_the_model_as_sure_as_it_is(
    now: datetime, begun: Callable[[int], Store]
) -> None:
    store = begun(100)
    assert len(calibrates(store)) < 30
    look(store, now)
    assert stands(store).look is not None and grouped(store).temperature == 1.0


def test_a_temperature_goes_and_comes_back_with_its_version(
    sqlite_store: Store, now: datetime, audited: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(champion.manifest, "verify", lambda folder, digest: None)
    store = sqlite_store
    with store.begin() as tx:
        models.put(tx, version("m", now))
        audited(tx, 240, now - DAY, wrong=3)
    look(store, now)
    with store.read() as tx:
        before = models.get(tx, "m").temperature
    # The challenger's own is fitted before it serves, and is promoted with it.
    found = certifying.first(store, "next", Judge("next"), RULES, DAYS, now)
    assert found is not None and found["temperature"] == pytest.approx(before)
    with store.begin() as tx:
        models.put(tx, replace(version("next", now, ModelState.CHALLENGER), certificate=found))
        models.promote(tx, "next", "better", now + DAY / 2)
        assert judging.accepted(tx, ["next"], RULES)["next"].temperature == pytest.approx(before)
    back = champion.rollback(store, Path("."), now + DAY, user="ann")
    assert back.id == "m" and back.temperature == before


def test_a_certificate_lasts_until_there_is_one_at_the_new_temperature(
    sqlite_store: Store, now: datetime, audited: Callable[..., None]
) -> None:
    """The first attempt has too few calibration audits for a temperature. When the next begins there are
    enough: its looks are at a new one, which is in force with the certificate that they make, not before."""
    store = sqlite_store
    with store.begin() as tx:
        models.put(tx, version("m", now))
        audited(tx, 80, now - DAY)
    look(store, now, rules=LOOSE)
    with store.begin() as tx:
        audited(tx, 250, now + DAY, name="more")
    look(store, now + DAY, rules=LOOSE)
    first = grouped(store)
    assert first.temperature == 1.0 and first.parts["all"].held is not None
    later = now + 50 * DAY
    with store.begin() as tx:
        audited(tx, 40, later - DAY, name="fresh")
    look(store, later, rules=LOOSE)
    second = grouped(store)
    assert second.coming < 0.9, "it is always right, and could be surer"
    assert second.temperature == 1.0 and second.parts["all"].held == first.parts["all"].held
    with store.read() as tx:
        assert limit_of(tx).certified
    with store.begin() as tx:
        audited(tx, 200, later, name="many")
    look(store, later + DAY, rules=LOOSE)
    third = grouped(store)
    held = third.parts["all"].held
    assert held is not None and held.attempt == 2
    assert third.temperature == held.temperature == second.coming


def test_end_to_end_with_the_fake_classifier(
    sqlite_store: Store, now: datetime, article: Callable[..., Article]
) -> None:
    """Naive Bayes is far too sure of what it cannot know. Its audits say so, and what it said it was sure of
    goes to analysts from then on."""
    store = sqlite_store
    classifier = FakeClassifier()
    texts = [
        " ".join(words)
        for words in itertools.product(
            ("profit", "loss", "growth", "fraud"), ("profit", "loss", "growth", "fraud"), ("bank", "oil")
        )
    ]
    with store.begin() as tx:
        models.put(tx, version("fake", now))
        tx.execute(shares_table.insert().values(at=now - DAY, share=1.0, reason="a test"))
        for i in range(240):
            made = article(f"{texts[i % len(texts)]} {i}", first_seen_at=now - DAY)
            made = replace(made, story_id=stories.create(tx, now - DAY))
            stored = articles.insert(tx, made, COINS)
            task = tasks.open_task(tx, stored.id, DRAWN, 0.5, now - DAY, wanted=1)
            assert task is not None
            answers.answer(tx, task.id, "ann", SENTIMENTS[hash_of(made.content) % 3], [], now - DAY)
    raw = classifier.classify([article("profit growth bank")])[0]
    rules = RULES.model_copy(update={"threshold": raw.confidence - 0.01})
    certifying.look(store, "fake", classifier.classify, rules, DAYS, lambda: now)
    with store.begin() as tx:
        temperature = models.get(tx, "fake").temperature
        stored = publish(tx, article, "profit growth bank", now + DAY)
    assert temperature > 1.5
    judging.classify_pending(store, classifier.classify, rules=rules, now=lambda: now + DAY)
    with store.read() as tx:
        said, decision = predictions.of(tx, [stored.id])[stored.id]
    assert said.label == raw.label and said.temperature == temperature
    assert said.confidence < rules.threshold and decision.route is Route.REVIEW
