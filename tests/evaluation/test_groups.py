"""Groups of texts: which there are, that their thresholds hold together, what ends and comes into force."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from monitor.evaluation import certificate, groups, sequence, standing, watchdog
from monitor.evaluation.bounds import Floats, Sample
from monitor.evaluation.certificate import Certificate
from monitor.evaluation.groups import ALL, COMPANIES, Groups, Limits
from monitor.evaluation.standing import Acceptance, Standing
from monitor.records import Article, Mention, Prediction
from monitor.testing import make_article

NOW = datetime(2026, 5, 1, tzinfo=UTC)
DAY = timedelta(days=1)
ALPHA, DELTA = 0.05, 0.05
SCORES = np.tile(np.linspace(0.5, 1, 100), 4)
BAD = Sample.of(np.full(60, 0.95), np.ones(60, bool))
COVERAGE = [(i + 1) / sequence.STEPS for i in range(sequence.STEPS)]


def made(
    errors: int = 0, *, attempt: int = 1, temperature: float = 1.0, since: datetime = NOW - 45 * DAY
) -> Certificate:
    """A look at 400 readings of which the least sure are wrong; it certifies where these are few."""
    wrong = np.zeros(len(SCORES), bool)
    wrong[np.argsort(SCORES)[:errors]] = True
    thresholds = (0.9, 0.75, 0.5)
    return certificate.running(
        Sample.of(SCORES, wrong),
        thresholds,
        [float((one <= SCORES).mean()) for one in thresholds],
        alpha=ALPHA,
        delta=DELTA,
        attempt=attempt,
        since=since,
        model="m",
        made_at=NOW,
        labels=f"{errors} {attempt} {temperature}",
        temperature=temperature,
    )


def by_language(**looks: Certificate) -> Groups:
    found = Groups("language", parts=dict.fromkeys(looks, Standing()))
    for name, look in looks.items():
        found = groups.looked(found, name, look, NOW)
    return found


def fired(before: Groups, name: str) -> Groups:
    after = standing.watched(before.parts[name], BAD, NOW + DAY)
    return replace(before, parts={**before.parts, name: after})


# --- which group a text is in -------------------------------------------------------------


def article(*named: str, language: str = "en") -> Article:
    content = " and ".join(named) or "nobody"
    places = [content.find(name) for name in named]
    return replace(
        make_article(content),
        language=language,
        mentions=tuple(
            Mention(name.lower(), name, at, at + len(name)) for name, at in zip(named, places, strict=True)
        ),
    )


@pytest.mark.parametrize(
    ("by", "companies", "named", "group"),
    [
        ("all", False, (), "all"),
        ("all", True, (), "all"),
        ("all", True, ("Acme",), COMPANIES),
        ("language", False, ("Acme",), "zh"),
        ("class", True, (), "negative"),
        ("class", True, ("Acme",), COMPANIES),
    ],
)
def test_every_text_is_in_one_group(by: str, companies: bool, named: tuple[str, ...], group: str) -> None:
    assert groups.of(by, companies, article(*named, language="zh"), "negative") == group


def test_a_text_of_no_language_is_in_a_group_too() -> None:
    assert groups.of("language", False, article(language=""), "negative") == "unknown"


SURE = {"negative": 0.9, "neutral": 0.05, "positive": 0.05}
UNSURE = {"negative": 0.2, "neutral": 0.2, "positive": 0.6}


def test_with_companies_the_judgement_that_is_least_sure_counts() -> None:
    told = Prediction(SURE, {}, "m", companies={"acme": UNSURE})
    both = article("Acme", "Bolt")
    assert groups.least(COMPANIES, both, told) == ("acme", "positive", 0.6)
    assert groups.least(ALL, both, told) == ("", "negative", 0.9)
    assert groups.said(COMPANIES, both, told) == {"": "negative", "acme": "positive", "bolt": "negative"}
    assert groups.said(ALL, both, told) == {"": "negative"}


def test_what_is_no_number_is_the_least_sure() -> None:
    told = Prediction(SURE, {}, "m", companies={"acme": dict.fromkeys(SURE, math.nan)})
    company, _, confidence = groups.least(COMPANIES, article("Acme"), told)
    assert company == "acme" and math.isnan(confidence)


# --- the guarantee ------------------------------------------------------------------------


def group_looks(score: Floats, wrong: np.ndarray, names: np.ndarray, shared: int) -> dict[str, Certificate]:  # type: ignore[type-arg]
    """What is certified of each group in the first attempt, at any look there ever was."""
    thresholds = sequence.grid(np.linspace(0, 1, 1000))
    return {
        str(name): certificate.running(
            Sample.of(score[names == name], wrong[names == name]),
            thresholds,
            COVERAGE,
            alpha=ALPHA,
            delta=DELTA,
            attempt=1,
            since=NOW,
            model="",
            made_at=NOW,
            shared=shared,
        )
        for name in np.unique(names)
    }


@pytest.mark.parametrize("rates", [(0.0505, 0.0505, 0.0505), (0.005, 0.0505, 0.2)])
def test_in_at_most_delta_of_runs_any_group_is_certified_that_should_not_be(
    rates: tuple[float, ...],
) -> None:
    """Whoever looks after every label, at groups of unequal size: the error of some of them is just above
    alpha at every threshold, in the second case beside one that is good and would hide it in a whole."""
    rng, runs, n = np.random.default_rng(0), 300, 900
    bad = {str(i) for i, rate in enumerate(rates) if rate > ALPHA}
    ever = good = whole = 0
    for _ in range(runs):
        names = rng.choice(3, n, p=(0.5, 0.3, 0.2)).astype(str)
        score = rng.random(n)
        wrong = rng.random(n) < np.array(rates)[names.astype(int)]
        found = group_looks(score, wrong, names, 3)
        passed = {name for name, one in found.items() if one.certified}
        ever += bool(passed & bad)
        good += "0" in passed
        # Where no group that should not be is certified, the accepted texts of all keep to alpha together.
        accepted = np.zeros(n, bool)
        for name in passed:
            accepted |= (names == name) & (score >= (found[name].threshold or 0.0))
        true = np.array(rates)[names.astype(int)][accepted]
        whole += bool(accepted.any() and true.mean() > ALPHA)
    most = DELTA / 2  # what the first attempt may spend
    for count in (ever, whole):
        assert count / runs <= most + 2 * (most / runs) ** 0.5
    if rates[0] < ALPHA:
        assert good / runs > 0.9


def test_groups_that_share_an_attempt_need_more_labels_each() -> None:
    empty = Sample.of(np.zeros(0), np.zeros(0, bool))
    how = {"alpha": ALPHA, "delta": DELTA, "attempt": 1, "since": NOW, "model": "", "made_at": NOW}
    lacks = [certificate.running(empty, (0.5,), [1.0], shared=n, **how).more for n in (1, 2, 3)]  # type: ignore[arg-type]
    assert lacks == sorted(set(lacks))


def test_groups_share_the_false_alarms_of_the_watchdog() -> None:
    stood = by_language(en=made(), zh=made())
    watches = [one.watching for one in stood.parts.values()]
    assert [one and one.level for one in watches] == [watchdog.LEVEL / 2] * 2


# --- what is accepted ---------------------------------------------------------------------


def test_each_group_has_its_threshold_or_the_uncertified_one() -> None:
    found = groups.limits(by_language(en=made(), zh=made(errors=30), fr=made(errors=300)), 0.8)
    assert found.of("en") == Acceptance(0.5, True) and found.of("zh") == Acceptance(0.75, True)
    assert found.of("fr") == found.of("de") == Acceptance(0.8, False)
    assert groups.limits(Groups(), 0.8) == Limits(Acceptance(0.8))


def test_a_watchdog_stops_its_own_group() -> None:
    after = fired(by_language(en=made(), zh=made()), "en")
    found = groups.limits(after, 0.8)
    assert found.of("en") == Acceptance(math.inf, True) and found.of("zh") == Acceptance(0.5, True)
    assert after.fired_at == NOW + DAY and by_language(en=made()).fired_at is None
    back = groups.limits(groups.returned(after), 0.8)
    assert back.of("en") == Acceptance(0.8, False) and back.of("zh") == Acceptance(0.5, True)


def test_it_says_how_each_group_stands() -> None:
    told = groups.told(by_language(en=made(), zh=made(errors=300)))
    assert "[en] certified: " in told and "[zh] not certifiable yet: " in told
    assert "【zh】尚不能认证" in told.said("zh")
    assert groups.told(Groups()).startswith("not certifiable yet")
    whole = Groups(parts={ALL: standing.looked(Standing(), made(), NOW)})
    assert groups.told(whole).startswith("certified: ")
    with_companies = replace(whole, companies=True, parts={**whole.parts, COMPANIES: Standing()})
    assert "[texts that name no company] certified" in groups.told(with_companies)
    assert "[texts that name companies] not certifiable" in groups.told(with_companies)
    assert groups.title(Groups("class"), "negative") == "negative"


# --- the configuration changes ------------------------------------------------------------


def test_other_groups_begin_anew() -> None:
    whole = groups.looked(Groups(parts={ALL: Standing()}), ALL, made(), NOW)
    assert groups.regrouped(whole, ALL, False, ["en"]) == whole
    after = groups.regrouped(whole, "language", True, ["zh", "en"])
    assert after.parts == {"en": Standing(), "zh": Standing(), COMPANIES: Standing()}
    assert list(groups.regrouped(whole, "class", False, []).parts) == ["negative", "neutral", "positive"]


def test_a_language_that_comes_up_is_a_group_and_stays_one() -> None:
    before = by_language(en=made())
    after = groups.regrouped(before, "language", False, ["en", "zh"])
    assert after.parts == {**before.parts, "zh": Standing()}
    assert groups.regrouped(after, "language", False, ["zh"]).parts == after.parts


def test_no_alarm_is_got_rid_of_by_asking_for_other_groups() -> None:
    """Neither by going to others, nor by coming back."""
    stopped = fired(by_language(en=made(), zh=made()), "zh")
    whole = groups.regrouped(stopped, ALL, False, [])
    assert groups.limits(whole, 0.75).of(ALL).threshold == math.inf
    back = groups.regrouped(whole, "language", False, ["en", "zh"])
    assert {one.threshold for one in groups.limits(back, 0.75).parts.values()} == {math.inf}
    # A certificate from audits drawn after it fired ends it.
    ended = groups.looked(back, "en", made(attempt=2, since=NOW + DAY), NOW + 9 * DAY)
    assert groups.limits(ended, 0.75).of("en") == Acceptance(0.5, True)


# --- the temperature ----------------------------------------------------------------------


def test_a_first_temperature_is_in_force_at_once() -> None:
    before = Groups(parts={ALL: Standing()}, coming=1.5)
    before = groups.looked(before, ALL, made(temperature=1.5), NOW)
    assert before.parts[ALL].held is None, "nothing is certified at a temperature that is not in force"
    after = groups.settled(before, NOW)
    assert after.temperature == 1.5 and after.parts[ALL].held == made(temperature=1.5)
    assert groups.limits(after, 0.75).temperature == 1.5


def test_a_new_temperature_waits_for_the_certificates_at_it() -> None:
    """What is certified at the old one serves, at that, until all of it is certified at the new one."""
    before = replace(by_language(en=made(), zh=made(), fr=made(errors=300)), coming=1.5)
    assert groups.settled(before, NOW) == before
    one = groups.looked(before, "en", made(errors=30, attempt=2, temperature=1.5), NOW)
    assert groups.settled(one, NOW) == one
    assert groups.limits(one, 0.8).of("en") == Acceptance(0.5, True)
    assert groups.limits(one, 0.8).temperature == 1.0
    both = groups.looked(one, "zh", made(attempt=2, temperature=1.5), NOW)
    after = groups.settled(both, NOW)
    found = groups.limits(after, 0.8)
    assert found.temperature == 1.5
    assert (found.of("en"), found.of("zh")) == (Acceptance(0.75, True), Acceptance(0.5, True))
    assert found.of("fr") == Acceptance(0.8, False)
    assert {one.held.temperature for one in after.parts.values() if one.held} == {1.5}


def test_a_group_that_is_suspended_does_not_hold_a_new_temperature_up() -> None:
    before = fired(replace(by_language(en=made(), zh=made()), coming=1.5), "zh")
    after = groups.settled(groups.looked(before, "en", made(attempt=2, temperature=1.5), NOW), NOW)
    assert after.temperature == 1.5
    assert groups.limits(after, 0.8).of("zh").threshold == math.inf, "the alarm goes on"


# --- as it is kept ------------------------------------------------------------------------


def test_it_survives_json() -> None:
    for one in (
        Groups(),
        Groups("class", True, coming=1.2, temperature=0.9),
        fired(by_language(en=made(), zh=made(errors=300)), "en"),
    ):
        assert groups.from_json(json.loads(json.dumps(groups.to_json(one)))) == one
    assert groups.from_json(None) == Groups()


def test_what_is_shown_of_the_only_group_is_its_certificate() -> None:
    shown = groups.to_json(groups.looked(Groups(parts={ALL: Standing()}), ALL, made(), NOW))
    assert shown["certified"] and shown["threshold"] == 0.5 and shown["n"] == 400 and shown["coverage"] == 1.0
    assert (shown["alpha"], shown["delta"], shown["model"]) == (ALPHA, DELTA, "m")


def test_what_is_shown_of_several_groups_is_all_of_them() -> None:
    shown = groups.to_json(by_language(en=made(), zh=made(errors=300)))
    assert shown["certified"] and shown["threshold"] is None and shown["n"] == 800
    assert shown["coverage"] == 0.5
    assert [one["threshold"] for one in shown["parts"].values()] == [0.5, None]
    assert groups.last_attempt(groups.from_json(shown)) == 1 and groups.last_attempt(Groups()) == 0
