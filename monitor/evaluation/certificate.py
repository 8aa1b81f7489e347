"""The certificate: below which error a model's accepted judgements are held, and how sure that is.

It says: with probability 1 - delta over the audits that were drawn, of the texts whose score reaches
`threshold` at most `alpha` are judged wrongly. Audits are texts drawn at random whatever a model says of
them, read blind and never trained on; the version that is certified judges them again, so it does not
matter which one served when they were drawn. A text that should have been read and was not (`missing`)
counts as wrong. The reader is taken for right; how often two readers of one text differ stands beside it
(`Reading`).

    once      one look at a sample: exact binomial, or betting where inclusion was unequal; `monitor certify`
    running   looks as often as one likes while audits come in: the wealth of `bounds.below`

`running` is an e-process and not a delta spent look by look, because it is stronger: at an error of a fifth
of alpha it needs 70 accepted labels for an even chance, at two fifths 245, and exact tests after every 20
labels that share delta as 1/(k(k+1)) need 240 and 600 (benchmarks/certificates.py). Group-sequential
boundaries that use up delta exactly are no better than it, need a horizon, and hold for equal inclusion
alone.

Groups (languages, the sentiment that is given, companies) have thresholds of their own, each tested at
delta divided by their number, so that all of them hold together with probability 1 - delta. `once` finds them
beside the one of all texts; `running` is asked group by group (`monitor.evaluation.groups`).

What is not certified says how many more audit labels it takes at the least: the fewest with which some
threshold could pass, if it accepts of the new ones the share it accepts now and all of those are right.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

import numpy as np

from monitor.evaluation import bounds, sequence
from monitor.evaluation.bounds import Bools, Floats, Sample
from monitor.messages import Message

EXACT = "exact binomial, one look"
BETTING = "betting, one look"
RUNNING = "e-process, any number of looks"


@dataclass(frozen=True, slots=True)
class Step:
    """What was found at one threshold: how many texts it accepts (as a share of `coverage`, and how many of
    the sample, stories once), how many of these are wrong, the upper limit of the error, and whether it
    passed."""

    threshold: float
    coverage: float
    accepted: int
    errors: int
    bound: float | None  # with many looks: of the last that passed alone
    passed: bool


@dataclass(frozen=True, slots=True)
class Part:
    """What holds for one group of texts, at its own threshold; None and 0 where nothing does yet."""

    n: int
    threshold: float | None
    coverage: float
    accepted: int
    errors: int
    bound: float | None
    more: int


@dataclass(frozen=True, slots=True)
class Reading:
    """Texts read twice: in how many the two readers `differed`. Where they do, one of them is wrong, so a
    reading is wrong at least half as often; `low` and `high` are its 95% interval."""

    pairs: int
    differed: int
    error: float
    low: float
    high: float

    @classmethod
    def of(cls, pairs: int, differed: int) -> Reading:
        """From how many texts were read twice, and in how many of them the readers differed."""
        low, high = bounds.interval(differed, pairs, 0.05) if pairs else (0.0, 1.0)
        return cls(pairs, differed, differed / pairs / 2 if pairs else 0.0, low / 2, high / 2)


@dataclass(frozen=True, slots=True)
class Certificate:
    """See the module. `threshold` is None where nothing is certified; then `more` says how many audit labels
    are lacking at the least, and 0 where it is certified.

    `n` counts the distinct texts of the sample, `accepted` and `errors` those above the threshold, stories
    once. `coverage` is the share of texts it accepts. `bound` is the upper limit of the error at this
    threshold at risk `spent`, the part of `delta` that was this certificate's to spend. `labels` is the
    SHA-256 of what was read. `steps` are the thresholds in the order of their tests: those that passed before
    are what a watchdog tightens to. `attempt` counts, over all versions, those that spend delta, `shared` the
    groups that share what this one spends; `since` is when the oldest audit that it may use was drawn, and
    `temperature` what the scores were softened by.
    """

    model: str
    made_at: datetime
    method: str
    alpha: float
    delta: float
    spent: float
    n: int
    missing: int
    threshold: float | None
    coverage: float
    accepted: int
    errors: int
    bound: float | None
    more: int
    labels: str
    steps: tuple[Step, ...] = ()
    groups: Mapping[str, Mapping[str, Part]] = field(default_factory=dict)
    reading: Reading | None = None
    attempt: int = 0
    since: datetime | None = None
    shared: int = 1
    temperature: float = 1.0

    @property
    def certified(self) -> bool:
        """Whether there is a threshold that may be relied on."""
        return self.threshold is not None

    @property
    def ladder(self) -> tuple[float, ...]:
        """The thresholds that passed, strictest first; the last is the one that serves."""
        return tuple(step.threshold for step in self.steps if step.passed)


def once(
    sample: Sample,
    *,
    alpha: float,
    delta: float,
    model: str,
    made_at: datetime,
    labels: str = "",
    missing: int = 0,
    groups: Mapping[str, Sequence[str]] | None = None,
    unlabelled: Floats | None = None,
    reading: Reading | None = None,
) -> Certificate:
    """The certificate of one look at a sample, by Learn then Test.

    The grid and the coverage are taken from the scores of `unlabelled` texts, without them from those of the
    sample. `groups` has, by kind, the group of every reading. Raises UserError where alpha or delta is not
    between 0 and 1.
    """
    bounds.checked(alpha, delta)
    scores = sample.score if unlabelled is None else unlabelled
    found, steps = _once(sample, scores, alpha, delta)
    parts = _parts(
        sample, groups, delta, lambda rows, each: _once(sample.where(rows), sample.score[rows], alpha, each)
    )
    return Certificate(
        model=model,
        made_at=made_at,
        method=EXACT if sample.equal else BETTING,
        alpha=alpha,
        delta=delta,
        spent=delta,
        missing=missing,
        labels=labels,
        steps=steps,
        groups=parts,
        reading=reading,
        **asdict(found),
    )


def running(
    sample: Sample,
    thresholds: Sequence[float],
    coverage: Sequence[float],
    *,
    alpha: float,
    delta: float,
    attempt: int,
    since: datetime,
    model: str,
    made_at: datetime,
    labels: str = "",
    missing: int = 0,
    reading: Reading | None = None,
    shared: int = 1,
    temperature: float = 1.0,
) -> Certificate:
    """The certificate of one look of many at a sample that grows.

    Readings stand in the order in which they came in; a later look has the same ones first, and the same
    `thresholds` (strictest first, from `sequence.grid`) with the `coverage` they had then. Weights are to be
    on one scale in all looks. `shared` groups spend what the attempt may, in equal parts. Raises UserError
    where alpha or delta is not between 0 and 1.
    """
    bounds.checked(alpha, delta)
    level = sequence.spent(delta, attempt) / shared
    found, steps = _running(sample, thresholds, coverage, alpha, level)
    return Certificate(
        model=model,
        made_at=made_at,
        method=RUNNING,
        alpha=alpha,
        delta=delta,
        spent=level,
        missing=missing,
        labels=labels,
        steps=steps,
        reading=reading,
        attempt=attempt,
        since=since,
        shared=shared,
        temperature=temperature,
        **asdict(found),
    )


def told(certificate: Certificate) -> Message:
    """What the certificate says, or what is lacking, in one sentence."""
    stated = {"alpha": 100 * certificate.alpha, "confidence": 100 * (1 - certificate.delta)}
    if not certificate.certified:
        return Message("certificate.not_yet", more=certificate.more, n=certificate.n, **stated)
    names = ("threshold", "errors", "accepted", "bound", "coverage")
    return Message("certificate.holds", **stated, **{name: getattr(certificate, name) for name in names})


def _parts(
    sample: Sample,
    groups: Mapping[str, Sequence[str]] | None,
    level: float,
    look: Callable[[Bools, float], tuple[Part, tuple[Step, ...]]],
) -> dict[str, dict[str, Part]]:
    """What a `look` finds of every group by itself, by kind; the groups share the `level` among them."""
    members = _members(sample, groups)
    parts: dict[str, dict[str, Part]] = {}
    for kind, name, rows in members:
        part, _ = look(rows, level / len(members))
        parts.setdefault(kind, {})[name] = part
    return parts


def digest(read: Iterable[tuple[str, str]]) -> str:
    """SHA-256 of the texts and what was read of each, whatever their order."""
    lines = sorted(
        hashlib.sha256(f"{len(text)}:{text}{label}".encode("utf-8", "surrogatepass")).hexdigest()
        for text, label in read
    )
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def to_json(certificate: Certificate) -> dict[str, Any]:
    """The certificate as JSON has it, from which `from_json` makes it again."""
    since = certificate.since
    return {
        **asdict(certificate),
        "made_at": certificate.made_at.isoformat(),
        "since": since and since.isoformat(),
        "steps": [asdict(step) for step in certificate.steps],
    }


def from_json(value: Mapping[str, Any]) -> Certificate:
    """The certificate that `to_json` wrote. Raises KeyError, TypeError or ValueError for anything else."""
    since, reading = value["since"], value["reading"]
    return Certificate(
        **{
            **value,
            "made_at": datetime.fromisoformat(value["made_at"]),
            "since": since and datetime.fromisoformat(since),
            "steps": tuple(Step(**step) for step in value["steps"]),
            "groups": {
                kind: {name: Part(**part) for name, part in some.items()}
                for kind, some in value["groups"].items()
            },
            "reading": reading and Reading(**reading),
        }
    )


# --- one look -----------------------------------------------------------------------------


def _once(sample: Sample, scores: Floats, alpha: float, delta: float) -> tuple[Part, tuple[Step, ...]]:
    thresholds = sequence.grid(scores)
    kept = [sample.accepted(threshold) for threshold in thresholds]
    p_values = [bounds.refuted(one, alpha) for one in kept]
    able = [bounds.lacking(_all_right(one), alpha, delta, once=True) for one in kept]
    start = next((i for i, one in enumerate(able) if not one), len(able))
    passed = sequence.fixed(p_values, start, delta)
    coverage = [float((scores >= threshold).mean()) for threshold in thresholds]
    limits = [bounds.upper_of(one, delta) for one in kept[start:]]
    steps = _steps(thresholds[start:], coverage[start:], kept[start:], passed[start:], limits)
    more = 0 if any(passed) else _more_once(kept, coverage, able, alpha, delta)
    return _part(len(sample), steps, more), steps


def _all_right(sample: Sample) -> Sample:
    return replace(sample, wrong=np.zeros(len(sample), bool))


def _more_once(
    kept: Sequence[Sample], coverage: Sequence[float], able: Sequence[int], alpha: float, delta: float
) -> int:
    """The fewest further audit labels with which the first threshold to be tested passes. Which one is first
    changes with them: each is from where it is able to pass to where a stricter one is, too."""
    found, end = [], math.inf
    for one, share, lacks in zip(kept, coverage, able, strict=True):
        begin = math.ceil(lacks / share - 1e-9)
        enough = max(1, begin, math.ceil(bounds.lacking(one, alpha, delta, once=True) / share - 1e-9))
        if enough < end:
            found.append(enough)
        end = min(end, begin)
    return min(found, default=bounds.fewest(alpha, delta))


# --- many looks ---------------------------------------------------------------------------


def _running(
    sample: Sample, thresholds: Sequence[float], coverage: Sequence[float], alpha: float, delta: float
) -> tuple[Part, tuple[Step, ...]]:
    shares = sequence.beginnings(coverage)
    kept = [sample.accepted(threshold, first=True) for threshold in thresholds]
    p_values = [_ever(one, alpha) for one in kept]
    passed = sequence.fallback(p_values, shares, delta)
    first = next((i for i, share in enumerate(shares) if share), 0)
    last = max((i for i, ok in enumerate(passed) if ok), default=-1)
    limits = [
        bounds.upper_weighted(kept[i], delta, ever=True) if i == last else None
        for i in range(first, len(kept))
    ]
    steps = _steps(thresholds[first:], coverage[first:], kept[first:], passed[first:], limits)
    more = 0 if any(passed) else _more_running(kept, coverage, shares, alpha, delta)
    return _part(len(sample), steps, more), steps


def _more_running(
    kept: Sequence[Sample], coverage: Sequence[float], shares: Sequence[float], alpha: float, delta: float
) -> int:
    """The fewest further audit labels with which one of the beginnings passes."""
    lacking = [
        max(1, math.ceil(bounds.lacking(one, alpha, share * delta, once=False) / covered - 1e-9))
        for one, share, covered in zip(kept, shares, coverage, strict=True)
        if share > 0
    ]
    return min(lacking, default=bounds.fewest(alpha, delta))


def _ever(sample: Sample, alpha: float) -> float:
    """The p-value at any time: one over the most wealth there ever was."""
    if not len(sample):
        return 1.0
    return math.exp(-max(0.0, float(bounds.below(sample.wrong, sample.weight, alpha).max())))


# --- both ---------------------------------------------------------------------------------


def _steps(
    thresholds: Sequence[float],
    coverage: Sequence[float],
    kept: Sequence[Sample],
    passed: Sequence[bool],
    limits: Sequence[float | None],
) -> tuple[Step, ...]:
    return tuple(
        Step(threshold, float(share), len(one), int(one.wrong.sum()), limit, ok)
        for threshold, share, one, ok, limit in zip(thresholds, coverage, kept, passed, limits, strict=True)
    )


def _part(n: int, steps: Sequence[Step], more: int) -> Part:
    passed = [step for step in steps if step.passed]
    if not passed:
        return Part(n, None, 0.0, 0, 0, None, more)
    best = passed[-1]
    return Part(n, best.threshold, best.coverage, best.accepted, best.errors, best.bound, 0)


def _members(sample: Sample, groups: Mapping[str, Sequence[str]] | None) -> list[tuple[str, str, Bools]]:
    found = []
    for kind, names in (groups or {}).items():
        each = np.array(names, dtype=object)
        found += [(kind, str(name), np.asarray(each == name, bool)) for name in sorted(set(names))]
    return found
