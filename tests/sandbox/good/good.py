"""Delivers what it is told to, and what it was asked for."""

from dataclasses import dataclass, field

import numpy as np

from monitor import Choice, DataError, Fetched, FetchError, Item, Message, Scores, hookimpl


@dataclass
class Source:
    titles: list[str] = field(default_factory=lambda: ["good news"])
    url: str = ""
    token: str = ""
    kind = "good"

    def fetch(self, state, fetcher):
        if self.url:
            answer = fetcher.get(self.url, {"x-token": self.token})
            self.titles = answer.body.decode().splitlines()
        items = [Item(title=title, guid=title) for title in self.titles]
        return Fetched(items, {"polls": state.get("polls", 0) + 1})


@dataclass
class Notifier:
    url: str = "https://hook.example/"
    hang: bool = False
    how: str = "post"
    kind = "good"

    def send(self, delivery, fetcher):
        while self.hang:
            pass
        if self.how == "status":
            assert fetcher.post(self.url, b"x", {"a": "b"}, status_only=True).body == b""
            return
        if self.how == "addresses":
            fetcher.post(self.url, " ".join(fetcher.addresses("mail.example", 25, own_ports=(25,))).encode())
            return
        fetcher.post(self.url, f"{delivery.id} {delivery.event} {delivery.payload}".encode())


@dataclass
class Strategy:
    way: str = "last"
    kind = "last"
    needs = ("probabilities", "source")

    def select(self, pool, n, rng):
        while self.way == "hang":
            pass
        if self.way == "junk":
            return [-1]
        if self.way == "nan":
            return Choice([0], [float("nan")], ["why"])
        if self.way == "columns":
            return Choice([0], [1.0], [f"{sorted(pool.columns())} {pool.source[0]} {pool.probabilities[0]}"])
        rows = sorted(range(len(pool)), key=lambda row: -pool.ids[row])[:n]
        return Choice(rows, [float(row) for row in rows], [Message("acquisition.lot")] * len(rows))


@dataclass
class Detector:
    """By how much the present is more than the past had in as many hours."""

    way: str = ""
    kind = "ratio"
    larger_is_rarer = True

    def fit(self, past):
        while self.way == "hang":
            pass
        if self.way == "closure":
            return lambda: past
        if self.way == "much":
            return bytes(70_000_000)
        return {"rate": past.negative.sum(axis=1) / max(past.negative.shape[1], 1), "tests": 0}

    def test(self, fitted, present):
        if self.way == "junk":
            return "a surge"
        if self.way == "count":
            fitted["tests"] += 1
        expected = fitted["rate"][present.rows, None] * np.array(present.lengths, dtype=float)
        ratio = present.negative / (expected + 1)
        window = ratio.argmax(axis=1)
        row = np.arange(len(window))
        value = ratio[row, window] + fitted["tests"]
        mean = expected[row, window]
        if self.way == "nan":
            value = np.full(len(value), np.nan)
        return Scores(value, window, mean, mean / 2, mean * 2)


@dataclass
class Rare(Detector):
    """The same, as a number that falls from 1."""

    kind = "always"
    larger_is_rarer = False

    def test(self, fitted, present):
        scores = Detector.test(self, fitted, present)
        return scores if isinstance(scores, str) else Scores(1 / (1 + scores.p), *scores_but_p(scores))


def scores_but_p(scores):
    return scores.window, scores.expected, scores.low, scores.high


class Refused:
    """Raises errors of the monitor's own."""

    kind = "refused"

    def fetch(self, state, fetcher):
        if state:
            raise DataError("the file is not there")
        raise FetchError("the server answered 429", status=429, retry_after=50.0)


@hookimpl
def register_sources():
    return [Source, Refused]


@hookimpl
def register_notifiers():
    return [Notifier]


@hookimpl
def register_strategies():
    return [Strategy]


@hookimpl
def register_detectors():
    return [Detector, Rare]
