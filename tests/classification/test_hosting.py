"""One process hosts the model and others ask it, over a unix socket and over loopback."""

from __future__ import annotations

import os
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import pytest

from monitor import Article, Prediction
from monitor.classification import hosting, manifest
from monitor.classification.judging import judge
from monitor.classification.remote import RemoteClassifier
from monitor.classification.wire import Address
from monitor.errors import BusyError, ConfigError, ModelError, UserError
from monitor.records import Attribution, Explanation, Mention
from monitor.testing import FakeClassifier, make_article, make_snapshot

EVEN = {"negative": 0.2, "neutral": 0.3, "positive": 0.5}


@dataclass
class Served:
    """A served classifier whose predictions name the version that made them."""

    version: str = "v1"
    open: threading.Event = field(default_factory=threading.Event)
    entered: threading.Event = field(default_factory=threading.Event)
    broken: str = ""
    trouble: str = ""

    @property
    def serving(self) -> str:
        return "" if self.broken else self.version

    def __post_init__(self) -> None:
        self.open.set()

    def load(self) -> None:
        if self.broken:
            raise ModelError(self.broken)

    def classify(self, articles: Sequence[Article]) -> list[Prediction]:
        self.entered.set()
        assert self.open.wait(30)
        self.load()
        return [
            Prediction(
                EVEN,
                {article.content: 0.5},
                self.version,
                companies={mention.company_id: EVEN for mention in article.mentions},
            )
            for article in articles
        ]

    def explain(self, article: Article, target: str) -> Explanation:
        if target != "sentiment":
            raise UserError(f"target {target!r} is unknown")
        return EXPLANATION


EXPLANATION = Explanation(
    text="profit falls",
    target="sentiment",
    label="negative",
    probability=0.9,
    attributions=(Attribution(0, 6, 0.1), Attribution(7, 12, 0.9)),
    difference=1.0,
    steps=16,
)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A short path: a unix socket's has at most 107 bytes."""
    with tempfile.TemporaryDirectory(prefix="m") as path:
        yield Path(path)


@contextmanager
def hosted(served: Any, address: Address) -> Iterator[RemoteClassifier]:
    """A client of a host that runs in a thread."""
    stop = threading.Event()
    thread = threading.Thread(target=hosting.serve, args=(served, address, stop), daemon=True)
    thread.start()
    client = RemoteClassifier(address, timeout_seconds=30)
    for _ in range(600):
        with socket.socket(socket.AF_UNIX if address.socket else socket.AF_INET) as probe:
            try:
                probe.connect(address.socket or (address.host, address.port))
                break
            except OSError:
                time.sleep(0.05)
    try:
        yield client
    finally:
        served.open.set()
        stop.set()
        thread.join(30)
        assert not thread.is_alive()


def get(address: Address, path: str) -> httpx2.Response:
    transport = httpx2.HTTPTransport(uds=address.socket or None, trust_env=False)
    base = "http://classifier" if address.socket else str(address)
    with httpx2.Client(transport=transport, base_url=base) as client:
        return client.get(path)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.parametrize("kind", ["unix", "loopback"])
def test_predictions_come_back_as_the_model_gave_them(folder: Path, kind: str) -> None:
    address = (
        Address(socket=str(folder / "c.sock"))
        if kind == "unix"
        else Address(host="127.0.0.1", port=free_port())
    )
    served = Served()
    mention = Mention("acme", "Acme", 0, 4)
    asked = [make_article("Acme 亏损", mentions=(mention,)), make_article("half \ud800 a character")]
    with hosted(served, address) as client:
        found = client.classify(asked)
        assert found[0] == served.classify(asked)[0]
        assert list(found[1].topics) == ["half ? a character"]
        assert client.classify([]) == []
        assert client.explain(asked[0], "sentiment") == EXPLANATION
        with pytest.raises(UserError, match="'mood' is unknown"):
            client.explain(asked[0], "mood")
        ready = get(address, "/readyz")
        assert ready.status_code == 200
        assert ready.json() == {"status": "ready", "model": "v1", "trouble": ""}
        page = get(address, "/metrics").text
        assert "classifier_texts_total 2.0" in page and "classifier_queue_texts 0.0" in page
    with pytest.raises(ModelError, match=r"does not answer.*start `monitor worker --role classifier`"):
        client.classify(asked)


def test_clients_are_batched_together_and_a_new_champion_loses_no_request(folder: Path) -> None:
    address, served = Address(socket=str(folder / "c.sock")), Served()
    with hosted(served, address) as client, ThreadPoolExecutor(16) as pool:
        served.open.clear()
        first = pool.submit(client.classify, [make_article("a")])
        assert served.entered.wait(30)
        others = [pool.submit(client.classify, [make_article(f"{i}")]) for i in range(12)]
        while "classifier_queue_texts 12.0" not in get(address, "/metrics").text:
            time.sleep(0.02)
        served.version = "v2"
        served.open.set()
        assert first.result(30)[0].model == "v2"
        assert [list(one.result(30)[0].topics) for one in others] == [[f"{i}"] for i in range(12)]
        page = get(address, "/metrics").text
        assert "classifier_batch_texts_count 2.0" in page and "classifier_batch_texts_sum 13.0" in page


def test_a_full_line_says_come_back_later_and_blames_no_article(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    batcher = hosting.Batcher
    monkeypatch.setattr(
        hosting, "Batcher", lambda classify, observe: batcher(classify, most_waiting=2, observe=observe)
    )
    address, served = Address(socket=str(folder / "c.sock")), Served()
    with hosted(served, address) as client, ThreadPoolExecutor(4) as pool:
        served.open.clear()
        first = pool.submit(client.classify, [make_article("a")])
        assert served.entered.wait(30)
        second = pool.submit(client.classify, [make_article("b"), make_article("c")])
        while "classifier_queue_texts 2.0" not in get(address, "/metrics").text:
            time.sleep(0.02)
        with pytest.raises(BusyError, match="2 texts wait"):
            client.classify([make_article("d")])
        told = judge(client.classify, [make_article("d"), make_article("e")])
        assert (told.predictions, told.failures) == ({}, {}) and "2 texts wait" in told.down
        served.open.set()
        assert len(first.result(30)) + len(second.result(30)) == 3
        assert "classifier_refused_total 2.0" in get(address, "/metrics").text


def test_a_host_without_a_model_is_alive_and_not_ready(folder: Path) -> None:
    address, served = Address(socket=str(folder / "c.sock")), Served(broken="weights are damaged")
    with hosted(served, address) as client:
        assert get(address, "/healthz").status_code == 200
        assert get(address, "/readyz").status_code == 503
        with pytest.raises(ModelError, match="weights are damaged"):
            client.classify([make_article("a")])
        served.broken = ""
        assert len(client.classify([make_article("a")])) == 1
        assert get(address, "/readyz").status_code == 200


def test_what_is_no_request_is_refused(folder: Path) -> None:
    address = Address(socket=str(folder / "c.sock"))
    with (
        hosted(Served(), address),
        httpx2.Client(
            transport=httpx2.HTTPTransport(uds=address.socket), base_url="http://classifier"
        ) as client,
    ):
        for body in (b"", b"[1]", b'{"a"', b'[{"content": "x"}]'):
            assert client.post("/classify", content=body).status_code == 422
        assert client.get("/classify").status_code == 405
        assert client.get("/nothing").status_code == 404


def test_the_socket_is_its_owners_and_is_not_taken_from_a_host_that_lives(folder: Path) -> None:
    path = folder / "sub" / "c.sock"
    address = Address(socket=str(path))
    with hosted(Served(), address):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0
        with pytest.raises(UserError, match="another process hosts the classifier there already"):
            hosting.serve(Served(), address)  # type: ignore[arg-type]
    assert not path.exists()
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    with hosted(Served(), address) as client:
        assert len(client.classify([make_article("a")])) == 1
    with pytest.raises(UserError, match="cannot listen on"):
        hosting.serve(Served(), Address(socket=str(folder / ("x" * 200))))  # type: ignore[arg-type]


def test_addresses_are_of_this_machine(tmp_path: Path) -> None:
    assert str(Address.parse("unix:data/c.sock", tmp_path)) == f"unix:{tmp_path}/data/c.sock"
    assert str(Address.parse("http://127.0.0.1:9000", tmp_path)) == "http://127.0.0.1:9000"
    for text in (
        "unix:",
        "http://example.com:80",
        "http://127.0.0.1",
        "https://127.0.0.1:1",
        "/tmp/c.sock",
        "http://[::1",
    ):
        with pytest.raises(ConfigError, match=r"\[classifier\] host: .* expected unix:PATH or http://127"):
            Address.parse(text, tmp_path)


def test_processes_share_a_hosted_model(folder: Path) -> None:
    """`monitor worker --role classifier` in one process, `monitor classify` in another."""
    FakeClassifier().fit(make_snapshot(), None, folder / "first", lambda what, done, total: None)
    manifest.seal(folder / "first")
    (folder / "mine").mkdir()
    (folder / "mine" / "fake_plugin.py").write_text(
        "from monitor import hookimpl\nfrom monitor.testing import FakeClassifier\n"
        "@hookimpl\ndef register_classifiers():\n    return [FakeClassifier]\n"
    )
    (folder / "config.toml").write_text(
        'plugins_dir = "mine"\n[classifier]\nkind = "fake"\nmodel = "first"\nhost = "unix:data/c.sock"\n'
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MONITOR_")}

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "monitor", *arguments]
        return subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120
        )

    alone = run("classify", "Record profit lifts shares")
    assert alone.returncode == 1 and "does not answer" in alone.stderr
    host = [sys.executable, "-m", "monitor", "worker", "--role", "classifier"]
    with subprocess.Popen(host, cwd=folder, env=environment, stderr=subprocess.PIPE, text=True) as process:
        try:
            deadline = time.monotonic() + 60
            while not (folder / "data" / "c.sock").is_socket() and time.monotonic() < deadline:
                time.sleep(0.05)
            together = run("classify", "Record profit lifts shares")
            assert together.returncode == 0, together.stderr
            assert together.stdout.startswith("positive")
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 0
        finally:
            process.kill()
            assert process.stderr is not None
            process.stderr.read()
    assert not (folder / "data" / "c.sock").exists()
