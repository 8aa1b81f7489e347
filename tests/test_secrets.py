"""No secret leaves by the log: every command runs for real, at debug, with a secret in every setting, beside
a plugin that tells all it knows in every way a library has; and every line of every log is looked at."""

from __future__ import annotations

import base64
import http.cookiejar
import json
import os
import re
import signal
import subprocess
import sys
import time
import unicodedata
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from monitor.classification import manifest
from monitor.records import Delivery, DeliveryState
from monitor.store import alerts, deliveries, open_store
from monitor.testing import FakeClassifier, make_snapshot
from tests.alarms import alarm

HOOK = "whsec_" + base64.b64encode(b"canaryWebhookSecret123456").decode()
CANARIES = {
    "PIN": 'canary-pin "quoted" 密码',
    "password": "canary horse battery",
    "wrong": "canary wrong battery",
    "api key": "canary-api-key-77",
    "feed token": "canary-token-1",
    "feed password": "canary-Pass!word",
    "path": "T0CANARY9/B1CANARY22",
    "MONITOR_INSTALLATION_KEY": "ca" * 32,
    "HOOK": HOOK,
}

PLUGIN = """
import logging, os, subprocess, sys, threading, warnings
from contextlib import suppress
from dataclasses import dataclass
from monitor import Fetched, Item, hookimpl
from monitor.testing import FakeClassifier

@dataclass
class Noisy:
    pin: str = ""
    api_key: str = ""
    kind = "noisy"

    def fetch(self, state, fetcher):
        noise(self.pin, self.api_key)
        return Fetched([Item(title="Record profit lifts shares", guid="1")], {})

@dataclass
class NoisyClassifier(FakeClassifier):  # in the monitor's own process; a source is in a child
    pin: str = ""
    api_key: str = ""
    kind = "noisy"

    def load(self, model, version):
        noise(self.pin, self.api_key)
        super().load(model, version)

def noise(*secrets):
    for secret in secrets:
        print("printed", secret, file=sys.stderr)
        os.write(2, f"written {secret}\\x1b[31m\\u202e\\n".encode())
        with suppress(PermissionError):  # in a child
            subprocess.run([sys.executable, "-c", "import sys; print(sys.argv[1], file=sys.stderr)", secret])
        warnings.warn(f"warned of {secret}\\nsecond line")
        own = logging.getLogger("own.library")
        own.addHandler(logging.StreamHandler())
        own.propagate = False
        own.warning("logged %s", secret)
        own.debug("debugged %r", {"Authorization": "Bearer " + secret, "body": secret.encode()})
        own.error("bad %d", secret)

        def fail():
            raise RuntimeError(f"thread with {secret}")

        thread = threading.Thread(target=fail)
        thread.start()
        thread.join()

@hookimpl
def register_sources():
    return [Noisy]

@hookimpl
def register_classifiers():
    return [NoisyClassifier]
"""

CONFIG = f"""
plugins_dir = "mine"
[web]
port = 0
[log]
level = "debug"
path = "logs/monitor.log"
[classifier]
kind = "noisy"
model = "first"
pin = "env:PIN"
api_key = "{CANARIES["api key"]}"
[sources.noisy]
kind = "noisy"
pin = "env:PIN"
api_key = "{CANARIES["api key"]}"
[sources.feed]
kind = "rss"
url = "http://127.0.0.1:9/feed?token={CANARIES["feed token"]}&lang=en"
[sources.other]
kind = "rss"
url = "http://ann:{urllib.parse.quote(CANARIES["feed password"])}@127.0.0.1:9/feed"
[fetch]
allow_networks = ["127.0.0.1/32"]
[notifiers.hook]
kind = "webhook"
url = "http://127.0.0.1:9/hooks/{CANARIES["path"]}"
secret = "env:HOOK"
[jobs]
poll_seconds = 5
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("secrets")
    (folder / "mine").mkdir()
    (folder / "mine" / "noisy_plugin.py").write_text(PLUGIN)
    (folder / "config.toml").write_text(CONFIG)
    FakeClassifier().fit(make_snapshot(), None, folder / "first", lambda what, done, total: None)
    manifest.seal(folder / "first")
    return folder


@pytest.fixture(scope="module")
def environ() -> dict[str, str]:
    return {**os.environ, **{name: CANARIES[name] for name in ("PIN", "HOOK", "MONITOR_INSTALLATION_KEY")}}


def checked(text: str, *secrets: str) -> list[dict[str, Any]]:
    """The lines of a log, each looked at."""
    found = []
    for line in text.splitlines():
        said = json.loads(line)
        assert isinstance(said, dict) and said.keys() >= {"event", "level", "logger", "at"}, line
        assert len(line) <= 32_000
        assert not any(unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp") for c in line), line
        assert "canary" not in line.lower(), line
        for secret in (*CANARIES.values(), *secrets):
            assert secret not in line and json.dumps(secret)[1:-1] not in line, line
        found.append(said)
    return found


@pytest.fixture(scope="module")
def run(project: Path, environ: dict[str, str]) -> Any:
    """Runs a command; its standard output, and the lines of its log, which are checked."""

    def run(*arguments: str, typed: str = "", code: int = 0) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "monitor", *arguments],
            input=typed,
            capture_output=True,
            text=True,
            cwd=project,
            env=environ,
        )
        assert done.returncode == code, done.stderr
        checked(done.stderr)
        return done.stdout

    return run


@pytest.fixture(scope="module")
def token(run: Any) -> str:
    run("users", "add", "ada", "--role", "admin", "--password-stdin", typed=f"{CANARIES['password']}\n")
    return str(run("users", "token", "ada")).strip()


COMMANDS = [
    *(
        "poll",
        "plugins",
        "doctor",
        "queue stats",
        "audit list",
        "audit verify",
        "audit export",
        "models list",
    ),
    *("classify profit", "alerts list", "users list", "users tokens ada", "db backup b.gz", "db upgrade"),
    *("queue export --out l.jsonl", "models check", "explain profit", "db restore b.gz --yes"),
]


def test_no_command_tells_a_secret(run: Any, token: str, project: Path) -> None:
    for command in COMMANDS:
        run(*command.split(), code=1 if command == "poll" else 0)  # of three sources two are unreachable
    for mistake in ("polll", "poll none", "models show none", "import none.csv", "db restore none"):
        run(*mistake.split(), code=2)
    text = (project / "logs" / "monitor.log").read_text("utf-8")
    lines = checked(text, token)
    heard = {line["logger"] for line in lines}
    assert heard >= {"stderr", "own.library", "py.warnings", "monitor", "sqlalchemy.engine.Engine"}
    child = [line["line"] for line in lines if line["event"] == "plugin.said"]
    for printed in ("printed ***", "logged ***", "RuntimeError: thread with ***"):
        assert printed in child, printed
    events = [line["event"] for line in lines]
    for event in (
        "printed ***",
        "written ***\x1b[31m\u202e",
        "***",
        "logged ***",
        "uncaught error in a thread",
    ):
        assert event in events, event
    assert (project / "logs" / "monitor.log").stat().st_mode & 0o777 == 0o600


ROLES = {"run": "run", "web": "web", "worker": "worker", "classifier": "worker --role classifier"}
SAYS = {"run": "job done", "web": "web.serving", "worker": "job done", "classifier": "classifier.hosted"}
"""What each is to have said before it is stopped."""


@contextmanager
def serving(role: str, project: Path, environ: dict[str, str]) -> Iterator[str]:
    """A process that goes on running until the end of the block: its address, "" of a worker. Its standard
    error goes to the file ROLE.err."""
    with (
        open(project / f"{role}.err", "w") as err,
        subprocess.Popen(
            [sys.executable, "-m", "monitor", *ROLES[role].split()],
            stdout=subprocess.PIPE,
            stderr=err,
            text=True,
            cwd=project,
            env=environ | ({"MONITOR_CLASSIFIER__HOST": "unix:c.sock"} if role == "classifier" else {}),
        ) as process,
    ):
        try:
            assert process.stdout is not None
            lines = iter(process.stdout.readline, "")
            found = (re.search(r"http://127\.0\.0\.1:\d+", line) for line in lines)
            yield next(match[0] for match in found if match) if role in ("run", "web") else ""
        finally:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=60)


def told_of(project: Path, role: str, event: str) -> bool:
    """Whether the process has said `event` within half a minute."""
    for _ in range(300):
        if event in (project / f"{role}.err").read_text("utf-8"):
            return True
        time.sleep(0.1)
    return False


def asked(url: str, token: str) -> str:
    """Logs in, asks for all sorts of things with right and wrong secrets, and logs out; the session."""
    jar = http.cookiejar.CookieJar()
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))

    def ask(path: str, data: dict[str, str] | None = None, **headers: str) -> None:
        body = urllib.parse.urlencode(data).encode() if data else None
        request = urllib.request.Request(url + path, data=body, headers=headers)
        try:
            browser.open(request).read()
        except urllib.error.HTTPError as error:
            error.read()

    for password in (CANARIES["wrong"], CANARIES["password"]):
        ask("/login", {"name": "ada", "password": password})
    session = next(cookie.value for cookie in jar if cookie.name == "monitor_session")
    for path in (
        "/",
        "/api/overview",
        "/api/sources",
        "/api/deliveries",
        "/metrics",
        "/api/audit",
        "/nowhere",
    ):
        ask(path)
        ask(path, Authorization=f"Bearer {token}")
        ask(path, Authorization="Bearer canary-bad-token")
    ask("/setup/canary-set-up-link-that-is-none?token=canary-in-a-query")
    ask("/api/articles?since=canary-is-no-time")
    ask("/logout", {"x": "1"})
    assert session
    return session


@pytest.mark.parametrize("role", ROLES)
def test_no_process_tells_a_secret(role: str, project: Path, environ: dict[str, str], token: str) -> None:
    store = open_store(f"sqlite:///{project}/data/monitor.db")
    now = datetime.now(UTC)
    with store.begin() as tx:
        alerts.put(tx, alarm("a1", now))
        waiting = Delivery(f"d-{role}", "a1", "hook", "opened", {"x": 1}, DeliveryState.PENDING, 0, now, now)
        deliveries.add(tx, waiting)
    store.close()
    with serving(role, project, environ) as url:
        session = asked(url, token) if url else ""
        assert told_of(project, role, SAYS[role])
    written = (project / f"{role}.err").read_text("utf-8")
    assert checked(written, token, *filter(None, [session]))


def test_the_log_of_all_of_them_has_no_secret(project: Path, token: str) -> None:
    """The last one of this file: whatever the tests before made the processes write."""
    for log in (project / "logs").iterdir():
        checked(log.read_text("utf-8"), token)
