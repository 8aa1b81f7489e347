"""A discrete-event simulation of the way of an article: from its publication to the message of its alert.

    published - polled - [stage 1 - stage 2 - ... each a queue with servers] - watch - outbox - message

Sources are polled every `interval`, at moments of their own, and bring what was published since: a bundle,
which goes from stage to stage as one, as the articles of a poll do in the ingest line. A stage serves bundles
in order of arrival, `servers` at a time, each for `base + each * articles` seconds. The watch and the outbox
take all that waits, every so often. Any article may be the one that opens an alert; so the way of every
article is told, and an alert's is that of its last one.

Pure: seeds are passed in, and time is simpy's own. Laws that hold here whatever the figures (what comes in
goes out; Little's law, L = lambda W, on every path; M/M/1 and M/D/1 by their closed forms) are in
tests/benchmarks/test_queues.py.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import simpy
from numpy.typing import NDArray

Events = Generator[simpy.Event, Any, Any]


@dataclass(frozen=True, slots=True)
class Stage:
    """One step of the line: `base` seconds for each bundle and `each` for each article of it. Where
    `memoryless`, these are means and the service is exponential (for the oracles of queueing theory)."""

    name: str
    servers: int
    base: float
    each: float
    memoryless: bool = False

    def seconds(self, articles: int, dice: np.random.Generator) -> float:
        """How long one bundle is served."""
        mean = self.base + self.each * articles
        return float(dice.exponential(mean)) if self.memoryless else mean


@dataclass(frozen=True, slots=True)
class Beat:
    """What is done every so often with all that waits: begun `every` seconds after the last beginning, as
    soon as that is noticed (each `noticed` seconds), and taking `base + each * articles` seconds."""

    every: float
    noticed: float
    base: float
    each: float = 0.0


@dataclass(frozen=True, slots=True)
class Trouble:
    """From second `at`, `servers` of a stage do nothing for `seconds`. Where `dies`, what they did at that
    moment begins anew with another server; else it is finished first, as before a model is exchanged."""

    stage: str
    at: float
    seconds: float
    servers: int
    dies: bool


@dataclass(frozen=True, slots=True)
class Silence:
    """From second `at`, a `share` of the sources is not polled for `seconds`: who had them is dead, and until
    it is known nobody else has them. What they publish meanwhile comes with the next poll."""

    at: float
    seconds: float
    share: float

    def until(self, source: float, second: float) -> float:
        """When the source at this place (0 to 1 among all) may be polled that is due now."""
        silent = source < self.share and self.at <= second < self.at + self.seconds
        return self.at + self.seconds if silent else second


@dataclass(frozen=True, slots=True)
class Burst:
    """From second `at`, `times` as much is published for `seconds`."""

    at: float
    seconds: float
    times: float

    def factor(self, moments: NDArray[np.float64]) -> NDArray[np.float64]:
        """How many times as much is published at each of these seconds."""
        within = (moments >= self.at) & (moments < self.at + self.seconds)
        return np.where(within, self.times, 1.0)


@dataclass(frozen=True, slots=True)
class Line:
    """An installation: `rate` articles a second from `sources` sources, polled every `interval` seconds."""

    rate: float
    sources: int
    interval: float
    stages: tuple[Stage, ...]
    watch: Beat
    outbox: Beat


@dataclass(frozen=True, slots=True)
class Bundle:
    """What a poll brought: when each article was published, and when it was polled."""

    published: NDArray[np.float64]
    polled: float


@dataclass
class Queue:
    """A stage at work, and what Little's law is about: `area` is the integral over time of how many bundles
    are in it, `stayed` the sum of their stays. Its servers come and go through `change`."""

    env: simpy.Environment
    stage: Stage
    dice: np.random.Generator
    came: int = 0
    left: int = 0
    area: float = 0.0
    stayed: float = 0.0
    most: int = 0
    busy: float = 0.0
    servers: simpy.PreemptiveResource = field(init=False)
    _since: float = 0.0

    def __post_init__(self) -> None:
        self.servers = simpy.PreemptiveResource(self.env, self.stage.servers)

    def pass_through(self, articles: int) -> Events:
        """The stay of one bundle: waiting and being served, again from the start if its server dies."""
        began = self.env.now
        self._count(1)
        self.came += 1
        needed = self.stage.seconds(articles, self.dice)
        while True:
            with self.servers.request(priority=1) as place:
                yield place
                start = self.env.now
                try:
                    yield self.env.timeout(needed)
                except simpy.Interrupt:
                    continue
                finally:
                    self.busy += self.env.now - start
            break
        self._count(-1)
        self.left += 1
        self.stayed += self.env.now - began

    def suffer(self, trouble: Trouble) -> Events:
        """One server's part of a trouble."""
        yield self.env.timeout(trouble.at)
        with self.servers.request(priority=0, preempt=trouble.dies) as place:
            yield place
            yield self.env.timeout(trouble.seconds)

    @property
    def inside(self) -> int:
        return self.came - self.left

    def _count(self, change: int) -> None:
        inside = self.came - self.left
        self.area += inside * (self.env.now - self._since)
        self._since = self.env.now
        self.most = max(self.most, inside + change)

    def settle(self) -> None:
        """Bring `area` up to now."""
        self._count(0)


@dataclass
class _Gate:
    """The watch or the outbox: takes all that waits at each beat, and hands it on."""

    env: simpy.Environment
    beat: Beat
    phase: float
    hand_on: Callable[[list[Bundle]], None]
    waiting: list[Bundle] = field(default_factory=list)

    def take(self, bundles: list[Bundle]) -> None:
        self.waiting += bundles

    def keep(self) -> Events:
        yield self.env.timeout(self.phase)
        while True:
            began = self.env.now
            taken, self.waiting = self.waiting, []
            yield self.env.timeout(self.beat.base + self.beat.each * sum(len(one.published) for one in taken))
            if taken:
                self.hand_on(taken)
            noticed = self.beat.noticed
            due = max(began + self.beat.every, self.env.now)
            next_look = began + math.ceil((due - began) / noticed) * noticed
            yield self.env.timeout(max(next_look - self.env.now, 0.0))


@dataclass(frozen=True, slots=True)
class Found:
    """What a run found: for each article published after the warm-up, when it was published, and the seconds
    from then to its poll (`polled`) and to the message (`seconds`); and the stages' queues."""

    published: NDArray[np.float64]
    seconds: NDArray[np.float64]
    polled: NDArray[np.float64]
    queues: tuple[Queue, ...]
    came: int
    told: int

    def quantile(self, share: float, of: NDArray[np.float64] | None = None) -> float:
        """Of the seconds to the message, or of others."""
        values = self.seconds if of is None else of
        return float(np.quantile(values, share)) if len(values) else math.nan


def run(
    line: Line,
    seconds: float,
    seed: int,
    *,
    burst: Burst | None = None,
    troubles: Sequence[Trouble] = (),
    silence: Silence | None = None,
    warm: float = 0.0,
    patience: float = 86_400.0,
) -> Found:
    """Let articles be published for so many `seconds`, and wait until all are told, at most `patience`
    seconds more. What was published before second `warm` is left out of what is found."""
    dice = np.random.default_rng(seed)
    env = simpy.Environment()
    queues = tuple(Queue(env, stage, np.random.default_rng([seed, n])) for n, stage in enumerate(line.stages))
    published: list[NDArray[np.float64]] = []
    taken: list[NDArray[np.float64]] = []
    polled: list[NDArray[np.float64]] = []
    counted = {"came": 0, "told": 0}
    over = env.event()
    polls_end = seconds + line.interval + (silence.seconds if silence is not None else 0.0)

    def told(bundles: list[Bundle]) -> None:
        for bundle in bundles:
            counted["told"] += len(bundle.published)
            of = bundle.published[bundle.published >= warm]
            published.append(of)
            taken.append(env.now - of)
            polled.append(bundle.polled - of)
        end()

    def end() -> None:
        if env.now >= polls_end and counted["told"] == counted["came"] and not over.triggered:
            over.succeed()

    def last_poll() -> Events:
        yield env.timeout(polls_end)
        end()

    outbox = _Gate(env, line.outbox, float(dice.uniform(0, line.outbox.every)), told)
    watch = _Gate(env, line.watch, float(dice.uniform(0, line.watch.every)), outbox.take)
    env.process(outbox.keep())
    env.process(watch.keep())

    def way(bundle: Bundle) -> Events:
        for queue in queues:
            yield from queue.pass_through(len(bundle.published))
        watch.take([bundle])

    def source(place: float) -> Events:
        last, each = 0.0, line.rate / line.sources
        yield env.timeout(float(dice.uniform(0, line.interval)))
        while last < seconds:
            if silence is not None:
                yield env.timeout(silence.until(place, env.now) - env.now)
            until = min(env.now, seconds)
            moments = _between(last, until, each, burst, dice)
            last = env.now
            if len(moments):
                counted["came"] += len(moments)
                env.process(way(Bundle(moments, env.now)))
            yield env.timeout(line.interval)

    env.process(last_poll())
    for number in range(line.sources):
        env.process(source(number / line.sources))
    for trouble in troubles:
        queue = next(one for one in queues if one.stage.name == trouble.stage)
        for _ in range(min(trouble.servers, queue.stage.servers)):
            env.process(queue.suffer(trouble))
    env.run(until=simpy.AnyOf(env, [over, env.timeout(seconds + patience)]))
    for queue in queues:
        queue.settle()
    return Found(
        _joined(published),
        _joined(taken),
        _joined(polled),
        queues=queues,
        came=counted["came"],
        told=counted["told"],
    )


def _joined(parts: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    return np.concatenate(parts) if parts else np.empty(0)


def _between(
    begin: float, end: float, rate: float, burst: Burst | None, dice: np.random.Generator
) -> NDArray[np.float64]:
    """Moments of publication between two seconds: a Poisson process, thinned where nothing bursts."""
    times = burst.times if burst is not None else 1.0
    number = int(dice.poisson(rate * times * max(end - begin, 0.0)))
    moments: NDArray[np.float64] = np.sort(dice.uniform(begin, end, number))
    if burst is None or not number:
        return moments
    return moments[dice.random(number) * times < burst.factor(moments)]
