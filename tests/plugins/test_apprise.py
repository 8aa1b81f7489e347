"""The Apprise notifier, against a receiver on loopback."""

from __future__ import annotations

import json
import threading
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor import PluginError
from monitor.testing import FakeFetcher, check_notifier, make_delivery
from monitor_plugins.apprise import Apprise, cut, plain

# Apprise's mail plugin asks for a module that Python 3.13 no longer has.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")


@dataclass
class Receiver:
    port: int
    status: int = 200
    got: list[dict[str, Any]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"json://user:s3cret@127.0.0.1:{self.port}/in"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            state.got.append(json.loads(body))
            self.send_response(state.status)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state = Receiver(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield state
    server.shutdown()
    thread.join()
    server.server_close()


def test_keeps_the_contract(receiver: Receiver) -> None:
    check_notifier(Apprise(receiver.url))
    assert len(receiver.got) == 5


def test_title_and_text_arrive(receiver: Receiver) -> None:
    payload = {"title": "Surge · 激增", "text": "9 stories <b>\n- a & b"}
    Apprise(receiver.url).send(make_delivery(payload=payload), FakeFetcher())
    Apprise(receiver.url).send(make_delivery(payload=payload, event="resolved"), FakeFetcher())
    first, second = receiver.got
    assert (first["title"], first["message"], first["type"]) == (*payload.values(), "warning")
    assert second["type"] == "success"


def test_a_receiver_that_does_not_take_it_is_an_error_without_secrets(receiver: Receiver) -> None:
    receiver.status = 500
    with pytest.raises(PluginError, match="JSON did not take the message") as caught:
        Apprise(receiver.url).send(make_delivery(), FakeFetcher())
    assert "s3cret" not in str(caught.value)
    assert "s3cret" not in repr(Apprise(receiver.url))


def test_a_long_message_is_cut_to_fit(receiver: Receiver) -> None:
    payload = {"title": "标题" * 2000, "text": "内容" * 5000}
    Apprise(receiver.url).send(make_delivery(payload=payload), FakeFetcher())
    (got,) = receiver.got
    assert got["title"].endswith("…") and got["message"].endswith("…")
    assert 1900 < len((got["title"] + got["message"]).encode()) <= 2000


@pytest.mark.parametrize("url", ["", "wecombot:KEY", "not a url"])
def test_what_is_no_url_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="expected an Apprise URL"):
        Apprise(url)


def test_a_scheme_apprise_does_not_know_is_named_without_the_rest() -> None:
    with pytest.raises(PluginError, match="this nosuch:// notifier") as caught:
        Apprise("nosuch://s3cret").send(make_delivery(), FakeFetcher())
    assert "s3cret" not in str(caught.value)


def test_a_limit_too_small_for_a_message_is_refused() -> None:
    with pytest.raises(ValueError, match="max_bytes: expected at least 100"):
        Apprise("json://127.0.0.1", max_bytes=99)


@pytest.mark.parametrize(
    "ringing",
    [
        "@all",
        "@everyone",
        "＠所有人",
        "<!channel>",
        "<@U123>",
        "<at user_id='all'>@all</at>",
        "[CQ:at,qq=all]",
    ],
)
def test_a_headline_rings_nobody(ringing: str) -> None:
    told = plain(f"Shares fall {ringing} today")
    assert ringing not in told
    assert told.replace("\u2060", "") == f"Shares fall {ringing} today", "it looks the same"


@given(st.text(), st.integers(100, 300))
def test_cutting_keeps_within_bytes_and_takes_from_the_end_only(text: str, room: int) -> None:
    sound = plain(text)
    short = cut(sound, room)
    assert len(short.encode()) <= room
    assert short == sound or sound.startswith(short[:-1])


def test_cutting_does_not_tear_characters_apart() -> None:
    for padding in range(12):
        for whole in ("é́", "👨\u200d👩\u200d👧", "❤\ufe0f"):
            short = cut("x" * padding + whole * 60, 100)
            rest = short[:-1].lstrip("x")
            assert rest == whole * (len(rest) // len(whole)), unicodedata.name(whole[0])
