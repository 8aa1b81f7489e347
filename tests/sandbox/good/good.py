"""Delivers what it is told to, and what it was asked for."""

from dataclasses import dataclass, field

from monitor import Choice, DataError, Fetched, FetchError, Item, Message, Signal, hookimpl


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
    way: str = "always"
    kind = "always"

    def test(self, history, window):
        while self.way == "hang":
            pass
        if self.way == "junk":
            return "a surge"
        seen = len(history) + 0.5
        return Signal(window.scope, self.kind, window.negative, seen, 1e-9, window.start_at, window.end_at)


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
    return [Detector]
