"""Who hears of an alert: a tree of routes, as Alertmanager has it.

    [alerts] ──┬─ [[routes]] 1 ──┬─ its first route
               │                 └─ its second route
               ├─ [[routes]] 2
               └─ [rules.NAME] receivers

At the top stands [alerts], which every alert matches. An alert goes into the first route that it matches,
and in that into the first within; those that come after are tried only where one says `continue`. Where it
matches none within, it ends at the route itself: so every alert ends somewhere, and whoever hears of none
is told so by an empty list that somebody wrote. The short forms are routes too: `[alerts] notify` are the
receivers of the top, and the `receivers` of a rule a route of its own after all of [[routes]].

A route says who hears (`receivers`), how long an alert gathers before (`wait`), how often it is sent again
(`repeat`), when they are not told (`mutes`), or told of everything at once (`digest`), and who hears of what
nobody has acknowledged (`levels`). What it does not say is as it is above it. Of a receiver to which several
ways lead, the first one counts.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, tzinfo
from fnmatch import fnmatchcase
from typing import TypeVar
from zoneinfo import ZoneInfo

from monitor.alerts import mute_times
from monitor.alerts.mute_times import MuteTime
from monitor.detection.rules import SCOPES
from monitor.records import OPERATION, Alert
from monitor.settings import RouteSettings, Settings
from monitor.settings.rules import SHIPPED

ROOM = 1500
"""Bytes of a message about many alerts, where nothing is known of what its receiver takes: with a title they
fit every service."""

Said = TypeVar("Said")

OPERATING = ("source", "notifiers", "strategies", "detectors", "models", "rule")
"""What operational alerts are about."""

_MATCHERS = ("rules", "severities", "scopes", "companies", "topics")


@dataclass(frozen=True, slots=True)
class Level:
    """Who hears of what nobody has acknowledged, so long after those of the route were told."""

    after: timedelta
    receivers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Route:
    """A route with all that holds for it. `wanted` are, by what of an alert they are about, the patterns of
    which one must fit; `goes_on` says that the routes after it are tried as well."""

    name: str
    receivers: tuple[str, ...] = ()
    wait: timedelta = timedelta(0)
    repeat: timedelta = timedelta(hours=24)
    mutes: tuple[MuteTime, ...] = ()
    through: tuple[str, ...] = ()
    until_worse: bool = False
    digest: str = ""
    levels: tuple[Level, ...] = ()
    wanted: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    goes_on: bool = False
    routes: tuple[Route, ...] = ()

    def matches(self, alert: Alert) -> bool:
        """Whether an alert may go into it."""
        found = {
            "rules": alert.rule,
            "severities": alert.severity,
            "scopes": alert.scope.kind,
            "companies": alert.scope.company,
            "topics": alert.scope.topic,
        }
        return self._fits(found)

    def _fits(self, known: Mapping[str, str]) -> bool:
        """Whether what is known of an alert fits the patterns about it."""
        return all(
            known[what] and any(fnmatchcase(known[what], pattern) for pattern in patterns)
            for what, patterns in self.wanted.items()
            if what in known
        )

    def ends(self, alert: Alert) -> list[tuple[Route, ...]]:
        """Where an alert that matches this route ends: the ways there, from this route on. At least one."""
        found: list[tuple[Route, ...]] = []
        for inner in self.routes:
            if inner.matches(alert):
                found += [(self, *way) for way in inner.ends(alert)]
                if not inner.goes_on:
                    break
        return found or [(self,)]

    def reached(self, rule: str, severity: str) -> list[Route]:
        """Where an alert of a rule, as grave as that, may end, whatever it is about."""
        known = {"rules": rule, "severities": severity}
        found: list[Route] = []
        surely = False
        for inner in self.routes:
            if inner._fits(known):
                found += inner.reached(rule, severity)
                surely = surely or inner.wanted.keys() <= known.keys()
                if inner.wanted.keys() <= known.keys() and not inner.goes_on:
                    return found
        return found if surely else [*found, self]

    def mute(self, severity: str, worse: bool, at: datetime) -> MuteTime | None:
        """The mute time in which news of an alert as grave as that is not told now."""
        if severity in self.through or (worse and self.until_worse):
            return None
        return next((one for one in self.mutes if one.covers(at)), None)


@dataclass(frozen=True, slots=True)
class Hearing:
    """Somebody who hears of an alert: by which routes, and at which level (0 is at once). `digest` is the
    timetable at which they hear of everything together, "" where of each alone."""

    receiver: str
    way: tuple[str, ...]
    route: Route
    level: int = 0
    digest: str = ""

    @property
    def after(self) -> timedelta:
        """How long after those of the route they are told, unless somebody acknowledges it."""
        return self.route.levels[self.level - 1].after if self.level else timedelta(0)


@dataclass(frozen=True, slots=True)
class Receiver:
    """What a receiver's own table says, and how many bytes of text it takes."""

    digest: str = ""
    digest_empty: bool = False
    heartbeat: timedelta | None = None
    room: int = ROOM


@dataclass(frozen=True, slots=True)
class Tree:
    """The routes, and the `receivers` that are enabled. `zone` is the wall of digests; None: the
    machine's."""

    root: Route = field(default_factory=lambda: Route("alerts"))
    receivers: Mapping[str, Receiver] = field(default_factory=dict)
    zone: tzinfo | None = None

    @classmethod
    def plain(cls, names: Iterable[str], **fields: object) -> Tree:
        """Everybody of these hears of every alert at once; `fields` are those of the route."""
        named = tuple(names)
        root = replace(Route("alerts", named), **fields)  # type: ignore[arg-type]
        return cls(root, {name: Receiver() for name in named})

    def hearings(self, alert: Alert) -> list[Hearing]:
        """Who hears of an alert, those first who do at once; each receiver and level once."""
        found: dict[tuple[int, str], Hearing] = {}
        for way in self.root.ends(alert):
            route, names = way[-1], tuple(one.name for one in way)
            for level, receivers in enumerate((route.receivers, *(one.receivers for one in route.levels))):
                for name in receivers:
                    if name in self.receivers:
                        own = self.receivers[name].digest or ("" if level else route.digest)
                        one = Hearing(name, names, route, level, own)
                        found.setdefault((level, name), one)
        return [found[place] for place in sorted(found, key=lambda place: place[0])]

    def hear_of(self, rule: str, severity: str) -> list[str]:
        """Who may hear of alerts of a rule, as grave as that."""
        named = (name for route in self.root.reached(rule, severity) for name in route.receivers)
        return [name for name in dict.fromkeys(named) if name in self.receivers]

    def wait(self, alert: Alert) -> timedelta:
        """How long nobody is told of an alert."""
        return min((way[-1].wait for way in self.root.ends(alert)), default=timedelta(0))

    def digests(self) -> list[tuple[str, str]]:
        """Every receiver and timetable at which it may get a digest."""
        found = [(name, one.digest) for name, one in self.receivers.items() if one.digest]
        for route in every(self.root):
            names = [name for name in route.receivers if name in self.receivers]
            found += [(name, route.digest) for name in names if route.digest]
        return list(dict.fromkeys(one for one in found if one[1]))

    def mutes(self) -> dict[str, MuteTime]:
        """The mute times of any route, by name."""
        return {mute.name: mute for route in every(self.root) for mute in route.mutes}


def every(route: Route) -> Iterator[Route]:
    """A route and all within."""
    yield route
    for inner in route.routes:
        yield from every(inner)


def tree(settings: Settings, rooms: Mapping[str, int] | None = None) -> Tree:
    """The tree that the settings say; `rooms` are the bytes of text that receivers take, where known."""
    enabled = {name: one for name, one in settings.notifiers.items() if one.enabled}
    mutes = {name: mute_times.mute_time(name, said) for name, said in settings.mute_times.items()}
    alerts = settings.alerts
    top = Route(
        "alerts",
        receivers=alerts.notify or tuple(enabled),
        wait=timedelta(minutes=alerts.wait_minutes),
        repeat=timedelta(hours=alerts.repeat_hours),
    )
    own = [
        replace(top, name=f"rules.{name}", receivers=rule.receivers, wanted={"rules": (name,)})
        for name, rule in settings.watched.items()
        if rule.receivers
    ]
    written = [_route(said, str(place), top, mutes) for place, said in enumerate(settings.routes, 1)]
    receivers = {
        name: Receiver(
            one.digest,
            one.digest_empty,
            None if one.heartbeat_minutes is None else timedelta(minutes=one.heartbeat_minutes),
            (rooms or {}).get(name, ROOM),
        )
        for name, one in enabled.items()
    }
    zone = ZoneInfo(settings.jobs.timezone) if settings.jobs.timezone else None
    return Tree(replace(top, routes=(*written, *own)), receivers, zone)


def _route(said: RouteSettings, place: str, above: Route, mutes: Mapping[str, MuteTime]) -> Route:
    levels = None
    if said.escalate is not None:
        levels = tuple(
            Level(timedelta(minutes=one.after_minutes), one.receivers)
            for one in sorted(said.escalate, key=lambda one: one.after_minutes)
        )
    route = Route(
        name=said.name or f"routes {place}",
        receivers=_given(said.receivers, above.receivers),
        wait=above.wait if said.wait_minutes is None else timedelta(minutes=said.wait_minutes),
        repeat=above.repeat if said.repeat_hours is None else timedelta(hours=said.repeat_hours),
        mutes=above.mutes if said.mute is None else tuple(mutes[name] for name in said.mute),
        through=_given(said.through, above.through),
        until_worse=_given(said.until_worse, above.until_worse),
        digest=_given(said.digest, above.digest),
        levels=_given(levels, above.levels),
        wanted={what: patterns for what in _MATCHERS if (patterns := getattr(said, what))},
        goes_on=said.goes_on,
    )
    inner = (_route(one, f"{place}.{number}", route, mutes) for number, one in enumerate(said.routes, 1))
    return replace(route, routes=tuple(inner))


def _given(own: Said | None, above: Said) -> Said:
    return above if own is None else own


# --- mistakes -----------------------------------------------------------------------------------


def mistakes(settings: Settings) -> list[str]:
    """What the tables of routes, rules and mute times name that is not there: a line for each, which says
    where it stands and what to do."""
    known = {
        "notifier": list(settings.notifiers),
        "rule": [*(settings.rules or SHIPPED), OPERATION],
        "scope": [*SCOPES, *OPERATING],
        "topic": [one.name for one in settings.taxonomy],
        "mute time": list(settings.mute_times),
    }
    found = list(_unknown(settings.where("alerts"), "notify", settings.alerts.notify, "notifier", known))
    for name, rule in settings.rules.items():
        found += _unknown(settings.where(f"rules.{name}"), "receivers", rule.receivers, "notifier", known)
    named = {f"mute_times.{name}": mute.holidays for name, mute in settings.mute_times.items()}
    for table, calendar in ({"alerts": settings.alerts.holidays} | named).items():
        if wrong := mute_times.mistake(calendar):
            found.append(f"{settings.where(table)} {wrong}")
    for place, route in enumerate(settings.routes, 1):
        found += _mistaken(route, f"{settings.where('[routes]')} number {place}", known)
    return found


def _mistaken(route: RouteSettings, where: str, known: Mapping[str, Sequence[str]]) -> Iterator[str]:
    where += f" ({route.name})" if route.name else ""
    yield from _unknown(where, "receivers", route.receivers or (), "notifier", known)
    yield from _unknown(where, "mute", route.mute or (), "mute time", known)
    yield from _unknown(where, "rules", route.rules, "rule", known)
    yield from _unknown(where, "scopes", route.scopes, "scope", known)
    yield from _unknown(where, "topics", route.topics, "topic", known)
    for level in route.escalate or ():
        yield from _unknown(where, "escalate", level.receivers, "notifier", known)
        if not level.receivers:
            yield f"{where} escalate: no receivers after {level.after_minutes:g} minutes; name a notifier"
    for place, inner in enumerate(route.routes, 1):
        yield from _mistaken(inner, f"{where}, routes number {place}", known)


def _unknown(
    where: str, key: str, named: Iterable[str], what: str, known: Mapping[str, Sequence[str]]
) -> Iterator[str]:
    """Names, and patterns, that fit nothing there is. A mute time and a notifier are named, not matched."""
    for name in named:
        exact = what in ("notifier", "mute time")
        if name in known[what] or (not exact and any(fnmatchcase(one, name) for one in known[what])):
            continue
        close = difflib.get_close_matches(name, known[what], 1)
        hint = f" (did you mean {close[0]!r}?)" if close else ""
        listed = ", ".join(known[what]) or f"none; add a table [{_TABLES.get(what, what)}.{name}]"
        yield f"{where} {key}: there is no {what} {name!r}{hint}; configured: {listed}"


_TABLES = {"notifier": "notifiers", "mute time": "mute_times", "rule": "rules"}
