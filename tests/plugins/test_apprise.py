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

from monitor import BlockedError, FetchError, Message, PluginError
from monitor.fetcher import HttpFetcher
from monitor.testing import FakeFetcher, check_notifier, make_delivery
from monitor_plugins.apprise import Apprise, cut, line, plain


@dataclass
class Receiver:
    port: int
    status: int = 200
    waits: float = 0.0
    headers: dict[str, str] = field(default_factory=dict)
    got: list[dict[str, Any]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"json://user:s3cret@127.0.0.1:{self.port}/in"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    stopped = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            state.got.append(json.loads(body))
            stopped.wait(state.waits)
            self.send_response(state.status)
            for name, value in state.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state = Receiver(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield state
    stopped.set()
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
    with pytest.raises(FetchError, match="JSON did not take the message") as caught:
        Apprise(receiver.url).send(make_delivery(), FakeFetcher())
    assert str(caught.value).endswith("127.0.0.1 answered 500 Internal Server Error")
    assert caught.value.status == 500 and isinstance(caught.value.args[0], Message)
    assert "s3cret" not in str(caught.value)
    assert "s3cret" not in repr(Apprise(receiver.url))


def test_a_receiver_that_is_slow_is_waited_for(receiver: Receiver) -> None:
    """Apprise by itself gives up after four seconds, and so would tell every attempt as failed."""
    receiver.waits = 4.5
    Apprise(receiver.url, timeout_seconds=60).send(make_delivery(), FakeFetcher())
    assert len(receiver.got) == 1


def test_a_timeout_that_the_url_sets_itself_stands(receiver: Receiver) -> None:
    receiver.waits = 3
    with pytest.raises(FetchError, match=r"127\.0\.0\.1 did not answer in time"):
        Apprise(receiver.url + "?rto=0.2", timeout_seconds=60).send(make_delivery(), FakeFetcher())


def test_a_receiver_that_may_fail_is_told_to_have_failed(receiver: Receiver) -> None:
    receiver.status = 500
    with pytest.raises(FetchError, match="answered 500"):
        Apprise(receiver.url + "?optional=yes").send(make_delivery(), FakeFetcher())


def test_several_receivers_behind_one_url_are_refused(receiver: Receiver) -> None:
    with pytest.raises(PluginError, match="several receivers"):
        Apprise(f"{receiver.url}, {receiver.url}").send(make_delivery(), FakeFetcher())
    assert receiver.got == []


# --- every hop is judged -------------------------------------------------------------------------


def test_the_fetchers_networks_govern_it(receiver: Receiver) -> None:
    with pytest.raises(
        BlockedError, match=r'permit it with \[fetch\] allow_networks = \["127\.0\.0\.1/32"\]'
    ):
        Apprise(receiver.url).send(make_delivery(), HttpFetcher())
    assert receiver.got == []
    Apprise(receiver.url).send(make_delivery(), HttpFetcher(allow_networks=["127.0.0.0/8"]))
    assert len(receiver.got) == 1


@pytest.mark.parametrize("found", [["127.0.0.1"], ["93.184.216.34", "127.0.0.1"], ["::ffff:127.0.0.1"]])
def test_a_name_with_a_private_address_is_refused(receiver: Receiver, found: list[str]) -> None:
    url = receiver.url.replace("127.0.0.1", "chat.example")
    with pytest.raises(BlockedError, match=r"chat\.example was not connected to"):
        Apprise(url).send(make_delivery(), HttpFetcher(resolver=lambda host, port: found))
    assert receiver.got == []


def test_a_name_is_resolved_once_for_the_judgement_and_the_connection(receiver: Receiver) -> None:
    """Rebinding: the second answer, which would lead elsewhere, is never asked for."""
    answers = [["127.0.0.1"], ["127.0.0.2"], ["127.0.0.2"]]
    url = receiver.url.replace("127.0.0.1", "chat.example")
    fetcher = HttpFetcher(allow_networks=["127.0.0.1/32"], resolver=lambda host, port: answers.pop(0))
    Apprise(url).send(make_delivery(), fetcher)
    assert len(receiver.got) == 1 and len(answers) == 2


@pytest.mark.parametrize("more", ["", "?redirect=yes"])
def test_a_redirect_is_not_followed(receiver: Receiver, more: str) -> None:
    receiver.status, receiver.headers = 307, {"location": "/elsewhere"}
    with pytest.raises(FetchError, match="answered 307 Temporary Redirect, and no redirect is followed"):
        Apprise(receiver.url + more).send(make_delivery(), FakeFetcher())
    assert len(receiver.got) == 1


@pytest.mark.parametrize(
    "url", ["dbus://", "syslog://", "rsyslog://127.0.0.1", "mqtt://127.0.0.1/a", "GROWL://x"]
)
def test_a_service_that_cannot_be_held_to_it_is_refused_by_name(url: str) -> None:
    with pytest.raises(ValueError, match=f"url: {url.partition('://')[0].lower()}:// is not sent to: it "):
        Apprise(url)


def test_a_web_address_of_a_service_is_that_service() -> None:
    judge = FakeFetcher(hosts={"hooks.slack.com": BlockedError("asked, and refused")})
    with pytest.raises(BlockedError, match="asked, and refused"):
        Apprise("https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ").send(
            make_delivery(), judge
        )
    with pytest.raises(PluginError, match="does not understand the url of this https:// notifier"):
        Apprise("https://example.com/s3cret").send(make_delivery(), judge)


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


def test_a_scheme_nobody_knows_is_named_without_the_rest() -> None:
    with pytest.raises(ValueError, match="url: nosuch:// is no service that this version sends to") as caught:
        Apprise("nosuch://s3cret")
    assert "s3cret" not in str(caught.value)


def test_a_url_that_apprise_does_not_understand_is_named_without_the_rest() -> None:
    with pytest.raises(PluginError, match="does not understand the url of this slack:// notifier") as caught:
        Apprise("slack://s3cret").send(make_delivery(), FakeFetcher())
    assert "s3cret" not in str(caught.value)


def test_a_limit_too_small_for_a_message_is_refused() -> None:
    with pytest.raises(ValueError, match="max_bytes: expected at least 100"):
        Apprise("json://127.0.0.1", max_bytes=99)


@pytest.mark.parametrize("seconds", [0, -1, 0.5, 241, float("inf"), float("nan")])
def test_a_timeout_that_cannot_be_kept_is_refused(seconds: float) -> None:
    with pytest.raises(ValueError, match="timeout_seconds: expected 1 to 240"):
        Apprise("json://127.0.0.1", timeout_seconds=seconds)


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
        "@**all**",
        "<users/all>",
        "<!subteam^S1>",
        '<at user_id="all">',
        "(met)all(met)",
        "<https://evil.example|bank>",
        "[bank](https://evil.example)",
        "![](https://evil.example/x.png)",
        "[bank][1]",
        "[1]: https://evil.example",
    ],
)
def test_a_headline_rings_nobody(ringing: str) -> None:
    told = plain(f"Shares fall {ringing} today")
    assert ringing not in told
    assert told.replace("\u2060", "") == f"Shares fall {ringing} today", "it looks the same"


def test_an_address_stays_one() -> None:
    told = plain("see https://news.example/@desk/1?to=a@b.example and (http://news.example/a_b)")
    assert told == "see https://news.example/%40desk/1?to=a%40b.example and (http://news.example/a_b)"


def test_control_characters_do_nothing() -> None:
    assert plain("a\x1b[31mb\x00\x08c\r\nd\re\tf\x85g") == "a [31mb  c\nd\ne\tf g"
    assert line("a\r\nBcc: b\u2028c") == "a Bcc: b c"


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
