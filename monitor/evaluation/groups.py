"""How a model version stands, group by group: what has a threshold of its own, and what that is.

Every text is in one group: in that of its language, or of the sentiment that it is given, or in the only
one (`[routing] certify_by`); and, where that is asked for (`certify_companies`), what names watched companies
is in a group of its own, whatever its language or sentiment. A group's texts are accepted by one score, and
by nothing else, so what is certified of a score is certified of what is accepted:

    others          how sure the model is of the sentiment; wrong where that is
    COMPANIES       how sure it is of the judgement that it is least sure of, the article's or that towards a
                    company; wrong where any of them is. The unit is the article with all that it names.

Each group has a standing of its own (`monitor.evaluation.standing`): its certificate, attempts and watch.
Groups whose attempts begin together share what the attempt may spend in equal parts, so all certificates of
all groups and versions hold together with probability 1 - delta, and where the error in each group is at
most alpha, it is in what is accepted of all of them. A group that is not certified goes by the uncertified
threshold. Where the watchdog fires, it stops the group it watched and no other; the chance that any fires
for nothing is divided among them.

All groups are judged at one temperature (`monitor.evaluation.temperature`), which is part of this: promoted
and rolled back with the version. A certificate says nothing of scores at another. So a new one, `coming`, is
fitted where the attempts of all groups begin anew together; they look at scores of that, while what is held
serves at the old; and it comes into force when no group that is certified loses its certificate by it.

    limits      from which score on what is accepted
    regrouped   after the configuration changed: other groups begin anew, but an alarm goes on in each of them
    looked      a look at a group came out
    settled     the coming temperature comes into force, if it may
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from monitor.evaluation import standing
from monitor.evaluation.certificate import Certificate
from monitor.evaluation.standing import Acceptance, Standing
from monitor.messages import Message
from monitor.records import SENTIMENTS, Article, Prediction

ALL = "all"
COMPANIES = "companies"
LEAST_SHARE = 0.05
"""A language that fewer texts have is no group: it could hardly be certified, and would cost others delta."""


@dataclass(frozen=True, slots=True)
class Limits:
    """From which score on a version's judgements are accepted: `parts` by group, `rest` in a group that has
    no certificate. Scores are those at `temperature`."""

    rest: Acceptance
    by: str = ALL
    companies: bool = False
    parts: Mapping[str, Acceptance] = field(default_factory=dict)
    temperature: float = 1.0

    def of(self, group: str) -> Acceptance:
        """What is accepted of a group."""
        return self.parts.get(group, self.rest)


@dataclass(frozen=True, slots=True)
class Groups:
    """How a version stands. `by` is "all", "language" or "class"; `companies` whether what names companies is
    a group of its own; `parts` how each group stands. `temperature` is in force, `coming` what the attempts
    look at."""

    by: str = ALL
    companies: bool = False
    parts: Mapping[str, Standing] = field(default_factory=dict)
    temperature: float = 1.0
    coming: float = 1.0

    @property
    def fired_at(self) -> datetime | None:
        """When the watchdog fired last in a group whose alarm goes on; None where none does."""
        watches = [one.watching for one in self.parts.values() if one.watching is not None]
        return max((one.fired_at for one in watches if one.fired_at is not None), default=None)


def of(by: str, companies: bool, article: Article, label: str) -> str:
    """The group of an article that is given the sentiment `label`."""
    if companies and article.mentions:
        return COMPANIES
    if by == "language":
        return article.language or "unknown"
    return label if by == "class" else ALL


def said(group: str, article: Article, told: Prediction) -> dict[str, str]:
    """What the model says of an article that its group is about: the sentiment, under "", and that towards
    each company that it names, by id, where these count."""
    named = article.named if group == COMPANIES else {}
    return {"": told.label, **{id: _likeliest(told.towards(id))[0] for id in named}}


def least(group: str, article: Article, told: Prediction) -> tuple[str, str, float]:
    """The judgement that the model is least sure of, of those that `said` has: the company's id ("" where it
    is the article's own), what it is judged, and how sure the model is. A number that is none counts as
    least."""
    named = article.named if group == COMPANIES else {}
    found = [("", *_likeliest(told.sentiment)), *((id, *_likeliest(told.towards(id))) for id in named)]
    return min(found, key=lambda one: one[2] if one[2] == one[2] else -1.0)


def limits(groups: Groups, uncertified: float) -> Limits:
    """From which score on what is accepted; from `uncertified` on where there is no certificate."""
    parts = {name: standing.acceptance(one, uncertified) for name, one in groups.parts.items()}
    return Limits(Acceptance(uncertified), groups.by, groups.companies, parts, groups.temperature)


def certified(groups: Groups) -> bool:
    """Whether a certificate decides what is accepted in any group."""
    return any(one.certified for one in limits(groups, 0.0).parts.values())


def told(groups: Groups) -> Message:
    """How the version stands, in a sentence for each group."""
    if not groups.parts:
        return Message("certificate.none")
    if set(groups.parts) == {ALL}:
        return standing.told(groups.parts[ALL])
    each = [
        Message("certificate.group", group=title(groups, name), what=standing.told(one))
        for name, one in groups.parts.items()
    ]
    return Message("certificate.groups", each=each)


def title(groups: Groups | Limits, name: str) -> str:
    """What a group is called; "" for the only one."""
    if name == COMPANIES:
        return Message("certificate.companies")
    if name == ALL:
        return Message("certificate.others") if groups.companies else ""
    return Message(f"sentiment.{name}") if groups.by == "class" else name


def regrouped(groups: Groups, by: str, companies: bool, languages: Collection[str]) -> Groups:
    """With the groups that are asked for now; `languages` are those of which there are texts enough. None
    that was there goes, and none with an alarm is got rid of by asking for others."""
    same = (groups.by, groups.companies) == (by, companies)
    wanted = {"language": sorted(languages), "class": list(SENTIMENTS)}.get(by, [ALL])
    wanted += [COMPANIES] if companies else []
    new = Standing() if same else _alarm(groups)
    parts = {**(groups.parts if same else {})}
    for name in wanted:
        parts.setdefault(name, new)
    return replace(groups, by=by, companies=companies, parts=parts)


def looked(groups: Groups, name: str, look: Certificate, now: datetime) -> Groups:
    """After a look at a group. One at a coming temperature is kept until that is in force."""
    before = groups.parts[name]
    after = replace(before, look=look)
    if look.temperature == groups.temperature:
        after = standing.looked(before, look, now, len(groups.parts))
    return replace(groups, parts={**groups.parts, name: after})


def settled(groups: Groups, now: datetime) -> Groups:
    """After the looks of all groups: the coming temperature is in force, unless a group that is certified
    would lose its certificate by it."""
    if groups.coming == groups.temperature:
        return groups
    looks = {
        name: one.look
        for name, one in groups.parts.items()
        if one.look is not None and one.look.temperature == groups.coming
    }
    for name, one in groups.parts.items():
        serving = standing.acceptance(one, math.inf)
        goes_on = name in looks and looks[name].certified
        if serving.certified and math.isfinite(serving.threshold) and not goes_on:
            return groups
    after = replace(groups, temperature=groups.coming)
    for name, look in looks.items():
        after = looked(after, name, look, now)
    return after


def returned(groups: Groups) -> Groups:
    """The version is put back to serve: a group that was stopped has no certificate now."""
    return replace(groups, parts={name: standing.returned(one) for name, one in groups.parts.items()})


def to_json(groups: Groups) -> dict[str, Any]:
    """As it is kept with a version. `certified` is whether a certificate decides what is accepted in any
    group; `n` how many texts the certificates were made from, `coverage` the share of these that is accepted
    under one; `parts` has everything of each group. The only group's is beside that too."""
    parts = {name: standing.to_json(one) for name, one in groups.parts.items()}
    n = sum(one.get("n", 0) for one in parts.values())
    covered = sum(one["coverage"] * one["n"] for one in parts.values() if one["certified"])
    return {
        "n": n,
        "coverage": covered / n if n else 0.0,
        "threshold": None,
        **(parts[ALL] if set(parts) == {ALL} else {}),
        "certified": certified(groups),
        "reason": str(told(groups)),
        "by": groups.by,
        "companies": groups.companies,
        "temperature": groups.temperature,
        "coming": groups.coming,
        "parts": parts,
    }


def from_json(value: Mapping[str, Any] | None) -> Groups:
    """The groups that `to_json` wrote; those of a version nobody looked at for None."""
    if value is None:
        return Groups()
    return Groups(
        by=value["by"],
        companies=value["companies"],
        parts={name: standing.from_json(one) for name, one in value["parts"].items()},
        temperature=value["temperature"],
        coming=value["coming"],
    )


def last_attempt(groups: Groups) -> int:
    """The number of the last attempt to certify any group; 0 where there was none."""
    made = [made for one in groups.parts.values() for made in (one.held, one.look) if made is not None]
    return max((one.attempt for one in made), default=0)


def _alarm(groups: Groups) -> Standing:
    """The strictest alarm that goes on in any group, without the look that goes on there."""
    fired = [
        one
        for one in groups.parts.values()
        if one.watching is not None and one.watching.fired_at is not None and one.held is not None
    ]
    worst = max(fired, key=lambda one: standing.acceptance(one, -math.inf).threshold, default=Standing())
    return replace(worst, look=None)


def _likeliest(probabilities: Mapping[str, float]) -> tuple[str, float]:
    best = max(probabilities, key=probabilities.__getitem__)
    return best, max(probabilities.values())
