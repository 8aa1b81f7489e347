"""A classifier of this process stands in while the one elsewhere is away."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from monitor import Article, Prediction
from monitor.classification import remote
from monitor.classification.remote import RemoteClassifier
from monitor.classification.standby import Standby
from monitor.classification.wire import Address, sent
from monitor.errors import AwayError, BusyError, ConfigError, ModelError
from monitor.operation import models
from monitor.records import Explanation
from monitor.store import Store
from monitor.testing import Clock, make_article, make_prediction
from tests.monitors import monitor_of


@dataclass
class Elsewhere:
    """Answers, or raises what it is told to; `asked` counts."""

    error: Exception | None = None
    model: str = "there"
    asked: int = 0

    def classify(self, articles: Sequence[Article]) -> Sequence[Prediction]:
        self.asked += 1
        if self.error is not None:
            raise self.error
        return [make_prediction(model=self.model) for _ in articles]

    def explain(self, article: Article, target: str) -> Explanation:
        raise NotImplementedError


@dataclass
class Seconds:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


def test_local_while_away_and_asked_again_after_a_while() -> None:
    there, clock = Elsewhere(), Seconds()
    one = Standby(there, lambda: Elsewhere(model="here"), again_seconds=5, steady=clock)

    def who() -> str:
        return one.classify([make_article("profit")])[0].model

    assert who() == "there"
    there.error = AwayError("gone")
    assert [who(), who()] == ["here", "here"]
    assert there.asked == 2
    clock.now = 5
    assert [who(), who()] == ["here", "here"]
    assert there.asked == 3
    there.error = None
    assert who() == "here"
    clock.now = 10
    assert [who(), who()] == ["there", "there"]
    assert there.asked == 5


@pytest.mark.parametrize("error", [BusyError("full"), ModelError("damaged")])
def test_what_is_not_away_is_raised(error: Exception) -> None:
    one = Standby(Elsewhere(error), Elsewhere, again_seconds=5, steady=Seconds())
    with pytest.raises(type(error)):
        one.classify([make_article("profit")])


@dataclass
class Proxy:
    """Answers as what stands before replicas does, one answer after the other."""

    answers: list[tuple[int, bytes]] = field(default_factory=list)

    def __enter__(self) -> Address:
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                status, body = proxy.answers.pop(0)
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None: ...

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        return Address(host="127.0.0.1", port=self._server.server_port)

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


GONE = (500, b"Internal Server Error")


def test_what_died_on_its_way_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "FIRST_PAUSE_SECONDS", 0.001)
    fine = (200, sent([make_prediction()]))
    with Proxy([GONE, (503, b"no replica"), fine, GONE]) as address:
        patient = RemoteClassifier(address, patience_seconds=30)
        assert len(patient.classify([make_article("profit")])) == 1
        with pytest.raises(AwayError, match="answered 500"):
            RemoteClassifier(address).classify([make_article("profit")])


def test_who_stays_away_is_asked_once_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else every poll of a source would wait as long as the first one."""
    monkeypatch.setattr(remote, "FIRST_PAUSE_SECONDS", 0.03)
    proxy = Proxy([GONE] * 9)
    with proxy as address:
        patient = RemoteClassifier(address, patience_seconds=0.04)
        for left in (7, 6, 5):
            with pytest.raises(AwayError):
                patient.classify([make_article("profit")])
            assert len(proxy.answers) == left


def test_a_full_proxy_is_busy_and_not_away() -> None:
    dropped = (503, b"Request dropped due to backpressure (num_queued_requests=9)")
    with Proxy([dropped]) as address, pytest.raises(BusyError):
        RemoteClassifier(address, patience_seconds=30).classify([make_article("profit")])


@pytest.mark.parametrize(
    "text",
    ["https://127.0.0.1:8000", "http://10.2.0.1:8000", "http://serve:8000", "http://127.0.0.1", "unix:x"],
)
def test_only_loopback_and_named_networks_are_asked(text: str) -> None:
    with pytest.raises(ConfigError, match=r"\[cluster\] http"):
        Address.served(text, ("10.1.0.0/16",))


def test_a_named_network_is_asked() -> None:
    assert Address.served("http://10.1.2.3:8000", ("10.1.0.0/16",)) == Address(host="10.1.2.3", port=8000)
    assert str(Address.served("http://[::1]:8000", ())) == "http://[::1]:8000"


@pytest.mark.parametrize("away", ["wait", "local"])
def test_the_settings_choose_what_is_done_while_the_cluster_is_away(
    sqlite_store: Store, tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch, away: str
) -> None:
    monkeypatch.setattr(models, "PATIENCE_SECONDS", 0.0)
    text = f'[classifier]\nhost = "ray"\n[cluster]\nhttp = "http://127.0.0.1:1"\naway = "{away}"\n'
    monitor = monitor_of(text, sqlite_store, tmp_path, clock)
    monkeypatch.setattr(monitor, "served", Elsewhere(model="here"))
    if away == "local":
        assert monitor.classifying.classify([make_article("profit")])[0].model == "here"
    else:
        with pytest.raises(AwayError, match="articles wait until it does"):
            monitor.classifying.classify([make_article("profit")])
