"""One attempt: the child that it runs in, what the child can see, and how it ends."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Collection, Sequence
from pathlib import Path

import psutil
import pytest

from monitor import BlockedError, FetchError, Message, PluginError
from monitor.testing import FakeFetcher
from monitor_plugins.apprise import sending
from tests.plugins.apprise.receivers import http, receiver

LETTER = sending.Letter("json://user:canarypass@host.example/canarypath", "Title", "Text", "warning")


def here(port: int) -> sending.Letter:
    return sending.Letter(f"json://user:canarypass@127.0.0.1:{port}/canarypath", "Title", "Text", "warning")


def test_the_fetcher_is_asked_for_every_connection_with_the_ports_of_what_is_spoken() -> None:
    asked: list[tuple[str, int, Collection[int]]] = []

    class Judge(FakeFetcher):
        def addresses(self, host: str, port: int, *, own_ports: Collection[int] = ()) -> Sequence[str]:
            asked.append((host, port, own_ports))
            raise BlockedError(Message("fetcher.blocked", host=host, reason="no"))

    for url in ("json://host.example", "mailto://user:canarypass@host.example", "irc://host.example/#x"):
        with pytest.raises(BlockedError, match=r"host\.example was not connected to: no"):
            sending.send(sending.Letter(url, "Title", "Text", "warning"), Judge(), 20)
    assert [(host, port) for host, port, _ in asked] == [
        ("host.example", 80),
        ("host.example", 25),
        ("host.example", 6667),
    ]
    web, mail, irc = (own for _, _, own in asked)
    assert (set(web), set(mail)) == (set(), {25, 465, 587}) and 6667 in irc and 25 not in irc


def test_a_judged_address_is_connected_to_under_the_name_that_was_judged() -> None:
    judge = FakeFetcher(hosts={"host.example": ["127.0.0.1"]})
    with receiver(http(b"ok")) as server:
        url = f"json://host.example:{server.port}/in"
        sending.send(sending.Letter(url, "Title", "Text", "warning"), judge, 20)
    assert [request.headers["host"] for request in server.requests] == [f"host.example:{server.port}"]
    assert judge.looked_up == [("host.example", server.port)]


def test_a_fetcher_that_raises_what_it_may_not_is_an_error_and_no_hang() -> None:
    class Broken(FakeFetcher):
        def addresses(self, host: str, port: int, *, own_ports: Collection[int] = ()) -> Sequence[str]:
            raise RuntimeError("broken")

    with pytest.raises(FetchError, match="RuntimeError: broken"):
        sending.send(LETTER, Broken(), 20)


def test_a_resolver_that_hangs_does_not_hold_the_attempt() -> None:
    done = threading.Event()

    class Slow(FakeFetcher):
        def addresses(self, host: str, port: int, *, own_ports: Collection[int] = ()) -> Sequence[str]:
            done.wait(60)
            raise FetchError("too late")

    with pytest.raises(FetchError, match="had not taken the message after 1 seconds"):
        sending.send(LETTER, Slow(), 1)
    done.set()


def test_without_a_fetcher_this_machine_alone_is_reached() -> None:
    with receiver(http(b"ok")) as server:
        sending.send(here(server.port), None, 20)
    assert len(server.requests) == 1
    with pytest.raises(BlockedError, match="without a fetcher only this machine is reached"):
        sending.send(LETTER, None, 20)


def test_the_environment_tells_the_child_neither_proxies_nor_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    with receiver(http(b"ok")) as proxy, receiver(http(b"ok")) as server:
        for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        monkeypatch.setenv("NO_PROXY", "")
        monkeypatch.setenv("CHAT_URL", LETTER.url)
        with sending._Child() as child:
            of_child = Path("/proc") / str(child._process.pid)
            environment, command = ((of_child / name).read_bytes() for name in ("environ", "cmdline"))
        sending.send(here(server.port), FakeFetcher(), 20)
    assert (len(server.requests), len(proxy.requests)) == (1, 0)
    assert b"PROXY" not in environment.upper() and b"canary" not in environment + command


def test_a_password_file_of_the_user_is_not_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    home = tmp_path_factory.mktemp("home")
    (home / ".netrc").write_text("machine 127.0.0.1 login somebody password else\n")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("NETRC", str(home / ".netrc"))
    with receiver(http(b"ok")) as server:
        url = f"json://127.0.0.1:{server.port}/in"
        sending.send(sending.Letter(url, "Title", "Text", "warning"), FakeFetcher(), 20)
    assert "authorization" not in server.requests[0].headers


def test_a_receiver_that_never_answers_ends_the_attempt() -> None:
    silent = receiver(b"", hold=True)
    with silent as server, pytest.raises(FetchError, match="had not taken the message after 1 sec") as caught:
        sending.send(here(server.port), FakeFetcher(), 1)
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("import os; os._exit(7)", "ended unexpectedly (exit status 7)"),
        ("import os; os.kill(os.getpid(), 9)", "ended unexpectedly (exit status -9)"),
        ("raise SystemExit(3)", "ended unexpectedly (exit status 3)"),
        ("print('never mind')", "ended unexpectedly (exit status 0)"),
        (
            "import sys, socket; socket.socket(fileno=int(sys.argv[1])).sendall(b'nonsense\\n')",
            "ended unexpectedly",
        ),
    ],
)
def test_a_child_that_dies_is_told(monkeypatch: pytest.MonkeyPatch, code: str, told: str) -> None:
    monkeypatch.setattr(sending, "BOOT", code)
    with pytest.raises(PluginError) as caught:
        sending.send(LETTER, FakeFetcher(), 20)
    assert told in str(caught.value) and str(caught.value).startswith("the process that sends to json://")


def test_a_child_that_hangs_before_it_begins_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "BOOT", "import time; time.sleep(600)")
    monkeypatch.setattr(sending, "START_SECONDS", 0.2)
    with pytest.raises(FetchError, match="had not taken"):
        sending.send(LETTER, FakeFetcher(), 20)


def test_nothing_is_left_of_a_child() -> None:
    before, children = set(os.listdir("/proc/self/fd")), psutil.Process().children()
    with receiver(http(b"ok")) as server:
        for _ in range(3):
            sending.send(here(server.port), FakeFetcher(), 20)
    assert psutil.Process().children() == children
    assert len(set(os.listdir("/proc/self/fd")) - before) <= 1


@pytest.mark.parametrize("begun", [False, True])
def test_the_child_ends_with_its_parent(begun: bool) -> None:
    with receiver(b"", hold=True) as server:
        child = sending._Child()
        if begun:
            letter = here(server.port)
            task = {"url": letter.url, "title": "", "body": "Text", "type": letter.kind, "seconds": 200}
            child._send(task)
            assert child._receive(time.monotonic() + 60) == {"ready": True}
            assert child._receive(time.monotonic() + 60) == {"ask": ["127.0.0.1", server.port]}
            child._send({"addresses": ["127.0.0.1"]})
            assert server.heard.wait(60), "it waits for an answer"
        child._channel.close()
        assert child._process.wait(60) == 1


def test_what_is_shown_of_a_letter_is_not_its_url() -> None:
    assert "canary" not in repr(LETTER)
    assert LETTER.scheme == "json"
