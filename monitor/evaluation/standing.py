"""How a model version stands with one group of texts (`monitor.evaluation.groups`; all of them, where there
is but one): its certificate, the look that goes on, and the watch over what is accepted.

A version is looked at in attempts (`sequence.spent`). An attempt has a beginning, thresholds and a least
share, which stay; it uses the audits drawn since half of the time that labels count (`audit_days`) before it
began, and ends when the oldest of these are too old. Then the next begins, and meanwhile the certificate that
is held stays in force. Where the watchdog fires, the next attempt begins with the audits drawn from that
moment on, and only a certificate made of those ends the alarm. A version that was stopped and is put back to
serve has no certificate until then.

    looked      a look came out: what is held, and what is watched, now
    watched     audits came in: whether the certificate still holds
    acceptance  from which score on articles are accepted, and whether that is certified

All of it is kept as one JSON value (`to_json`), whose outer keys are the certificate's own.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from monitor.evaluation import certificate, watchdog
from monitor.evaluation.bounds import Floats, Sample
from monitor.evaluation.certificate import Certificate
from monitor.messages import Message

CERTIFYING = 0.4
"""The share of audits that serve certificates (`monitor.acquisition.coins.PURPOSES`)."""


@dataclass(frozen=True, slots=True)
class Watching:
    """The watch over a certificate: over the audits drawn from `since` on. `threshold` may serve, None where
    acceptance is suspended. `fired_at` is when it first fired. `void` says that the version was put back to
    serve after it had been stopped. `level` is the chance that it ever fires for nothing: groups share it."""

    since: datetime
    threshold: float | None
    labels: int = 0
    errors: int = 0
    wealth: float = 1.0
    fired_at: datetime | None = None
    void: bool = False
    level: float = watchdog.LEVEL


@dataclass(frozen=True, slots=True)
class Standing:
    """`held` is the certificate in force, `look` the last look of the attempt that goes on, `watching` the
    watch over `held`. Weights are scaled to `least`: a text drawn with a smaller share counts as if it were
    that share's (`weights`)."""

    held: Certificate | None = None
    look: Certificate | None = None
    watching: Watching | None = None
    least: float = 1.0


@dataclass(frozen=True, slots=True)
class Acceptance:
    """From which score on articles are accepted (infinity: none is), and whether a certificate says so."""

    threshold: float
    certified: bool = False


def weights(shares: Floats, least: float) -> Floats:
    """What audits drawn with these shares weigh: least / share, and 1 at most. So texts of days on which
    hardly any was drawn, as when an archive is imported at once, count for less than they are, and a few of
    them do not make all others count for nothing."""
    return np.minimum(1.0, least / shares)


def scale(shares: Floats) -> float:
    """The share that an attempt's weights are scaled to: four in five of its audits had more."""
    return float(np.quantile(shares, 0.2)) if len(shares) else 1.0


def acceptance(standing: Standing, uncertified: float) -> Acceptance:
    """What is accepted: from the certificate's threshold on, or where there is none from `uncertified` on;
    nothing while the watchdog has suspended it."""
    held, watching = standing.held, standing.watching
    if held is None or held.threshold is None or (watching is not None and watching.void):
        return Acceptance(uncertified)
    if watching is None:
        return Acceptance(held.threshold, True)
    return Acceptance(math.inf if watching.threshold is None else watching.threshold, True)


def told(standing: Standing) -> Message:
    """How the version stands, in a sentence."""
    held, watching, look = standing.held, standing.watching, standing.look
    if held is not None and watching is not None and watching.void:
        return Message("certificate.void", at=_day(watching.fired_at))
    if held is not None and watching is not None and watching.fired_at is not None:
        at = {"at": _day(watching.fired_at), "errors": watching.errors, "labels": watching.labels}
        if watching.threshold is None:
            return Message("certificate.suspended", **at)
        return Message("certificate.tightened", **at, threshold=watching.threshold)
    if held is not None:
        return certificate.told(held)
    if look is None:
        return Message("certificate.none")
    return Message(
        "certificate.of_audits", what=certificate.told(look), audits=math.ceil(look.more / CERTIFYING)
    )


def due(standing: Standing, now: datetime, audit_days: int) -> bool:
    """Whether a new attempt is to begin: there is none, its oldest labels have become too old, or it
    began before the watchdog fired."""
    look, watching = standing.look, standing.watching
    if look is None or look.since is None:
        return True
    fired = watching.fired_at if watching is not None else None
    return now - look.since > timedelta(days=audit_days) or (fired is not None and look.since < fired)


def beginning(standing: Standing, now: datetime, audit_days: int) -> datetime:
    """From when on an attempt that begins now uses audits."""
    since = now - timedelta(days=audit_days) / 2
    fired = standing.watching.fired_at if standing.watching is not None else None
    return since if fired is None else max(since, fired)


def current(standing: Standing, now: datetime, audit_days: int) -> Standing:
    """Without a certificate whose labels have all become too old. An alarm stays."""
    held, watching = standing.held, standing.watching
    fired = watching is not None and watching.fired_at is not None
    if held is None or fired or now - held.made_at <= timedelta(days=audit_days):
        return standing
    return replace(standing, held=None, watching=None)


def looked(standing: Standing, look: Certificate, now: datetime, groups: int = 1) -> Standing:
    """After a look at one of so many `groups`. A certificate that goes on in the same attempt changes nothing
    of the watch but the threshold; one from audits drawn after the watchdog fired ends the alarm."""
    after = replace(standing, look=look)
    if not look.certified:
        return after
    watching, held = standing.watching, standing.held
    if watching is not None and watching.fired_at is not None:
        if look.since is None or look.since < watching.fired_at:
            return after
        watching = None
    if watching is None or held is None or held.attempt != look.attempt:
        watching = Watching(now, look.threshold, level=watchdog.LEVEL / groups)
    return replace(after, held=look, watching=replace(watching, threshold=look.threshold))


def watched(standing: Standing, sample: Sample, now: datetime) -> Standing:
    """After audits came in: `sample` has all that were drawn since the watch began. What fired stays fired,
    and a threshold that was left is not gone back to."""
    held, watching = standing.held, standing.watching
    if held is None or watching is None or watching.void or watching.threshold is None:
        return standing
    serving = watching.threshold
    ladder = [one for one in held.ladder if one >= serving]
    found = watchdog.find(sample, ladder, held.alpha, watching.level)
    seen = found.watches[0] if found.watches else watchdog.watch(sample, serving, held.alpha, watching.level)
    after = replace(watching, labels=seen.labels, errors=seen.errors, wealth=min(seen.wealth, 1e12))
    if found.fired:
        after = replace(after, threshold=found.threshold, fired_at=watching.fired_at or now)
    return replace(standing, watching=after)


def returned(standing: Standing) -> Standing:
    """The version is put back to serve: what was stopped has no certificate now."""
    watching = standing.watching
    if watching is None or watching.fired_at is None or watching.threshold is not None:
        return standing
    return replace(standing, watching=replace(watching, void=True))


def to_json(standing: Standing) -> dict[str, Any]:
    """As it is kept with a version: the certificate in force, or else the last look, and around it the
    rest. `certified` is whether a certificate decides what is accepted."""
    shown = standing.held or standing.look
    watching = standing.watching
    value: dict[str, Any] = {} if shown is None else certificate.to_json(shown)
    return {
        "certified": acceptance(standing, 0.0).certified,
        "reason": str(told(standing)),
        **value,
        "held": standing.held is not None,
        "least": standing.least,
        "look": None if standing.look is None else certificate.to_json(standing.look),
        "watching": None
        if watching is None
        else {
            **asdict(watching),
            "since": watching.since.isoformat(),
            "fired_at": watching.fired_at and watching.fired_at.isoformat(),
        },
    }


_AROUND = frozenset({"certified", "reason", "held", "least", "look", "watching"})


def from_json(value: Mapping[str, Any] | None) -> Standing:
    """The standing that `to_json` wrote; that of a version nobody looked at for None."""
    if value is None:
        return Standing()
    inner = {name: one for name, one in value.items() if name not in _AROUND}
    watching = value["watching"]
    return Standing(
        held=certificate.from_json(inner) if value["held"] else None,
        look=value["look"] and certificate.from_json(value["look"]),
        watching=watching
        and Watching(
            **{
                **watching,
                "since": datetime.fromisoformat(watching["since"]),
                "fired_at": watching["fired_at"] and datetime.fromisoformat(watching["fired_at"]),
            }
        ),
        least=value["least"],
    )


def _day(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC" if moment else ""
