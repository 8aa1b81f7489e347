"""Notifiers, strategies and detectors that do not work at present, and a model whose certificate is broken,
each named in one sentence.

There are two kinds of the former: what cannot be built (`monitor.extensions.instances`), which this process
knows itself, and what failed when it was called, which the process that called it wrote into the store.
Pages, API and `monitor doctor` tell the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from monitor.evaluation import groups
from monitor.extensions.instances import Instances
from monitor.messages import Message
from monitor.records import DeliveryState
from monitor.registry import FALLBACKS
from monitor.store import Tx, deliveries, failing, models

MANY = 1000


@dataclass(frozen=True, slots=True)
class Trouble:
    """One of them. `since_at` is None for what cannot be built; `fallback` is the bundled kind that does its
    work, "" where nothing does: a notifier's messages wait, and so do the rules of a detector."""

    group: str  # "notifiers" | "strategies" | "detectors" | "models"
    name: str
    what: str
    fallback: str = ""
    since_at: datetime | None = None


def troubles(tx: Tx, instances: Instances) -> list[Trouble]:
    """Everything that is configured and does not work, each once."""
    found: dict[tuple[str, str], Trouble] = {}
    plugins = (*_unavailable(instances), *_failing(tx, instances), *_undelivered(tx, instances))
    for trouble in (*plugins, *_broken(tx)):
        found.setdefault((trouble.group, trouble.name), trouble)
    return list(found.values())


def _unavailable(instances: Instances) -> Iterator[Trouble]:
    for one in instances.unavailable():
        if one.group != "sources":
            why = Message("plugins.unavailable", why=one.why)
            yield Trouble(one.group, one.name, _sentence(one.group, one.name, why), one.fallback)


def _failing(tx: Tx, instances: Instances) -> Iterator[Trouble]:
    wanted = set(instances.wanted)
    for one in failing.all(tx):
        if (one.group, one.name) in wanted:
            what = _sentence(one.group, one.name, one.error)
            yield Trouble(one.group, one.name, what, FALLBACKS.get(one.group, ""), one.failed_at)


def _undelivered(tx: Tx, instances: Instances) -> Iterator[Trouble]:
    """Notifiers whose messages were tried in vain and wait."""
    wanted = set(instances.wanted)
    waiting = [one for one in deliveries.all(tx, (DeliveryState.PENDING,), MANY) if one.attempts]
    for name in sorted({one.notifier for one in waiting}):
        if ("notifiers", name) in wanted:
            its = [one for one in waiting if one.notifier == name]
            last = max(its, key=lambda one: one.attempts)
            why = Message("plugins.undelivered", number=len(its), error=last.last_error)
            yield Trouble("notifiers", name, _sentence("notifiers", name, why), "", last.created_at)


def _broken(tx: Tx) -> Iterator[Trouble]:
    """The model that serves, where audits broke its certificate."""
    serving = models.champion(tx)
    if serving is None:
        return
    stands = groups.from_json(serving.certificate)
    if stands.fired_at is not None:
        what = Message("certificate.trouble", model=serving.id, what=groups.told(stands))
        yield Trouble("models", serving.id, what, "", stands.fired_at)


def _sentence(group: str, name: str, why: str) -> Message:
    if group in FALLBACKS:
        return Message(f"plugins.trouble.{group}", name=name, why=why, fallback=FALLBACKS[group])
    return Message(f"plugins.trouble.{group}", name=name, why=why)
