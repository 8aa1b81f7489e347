"""Services as they answer, each over TLS under its own name: what reaches them, and what is made of it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from monitor import FetchError, Message
from monitor_plugins.apprise import plain, sending, services
from tests.plugins.apprise import harness
from tests.plugins.apprise.receivers import CA, Answer, Request, http, receiver
from tests.plugins.apprise.test_services import NEED_CRYPTOGRAPHY, OTHER_PROTOCOLS, URLS

TITLE, TEXT = "SurgeTitle", "SurgeText"


def says(**told: Any) -> bytes:
    return http(told)


def by_path(**answers: bytes) -> Answer:
    """The answer whose name stands in the path, and `other`."""
    return lambda request: next(
        (answer for word, answer in answers.items() if word in request.path), answers["other"]
    )


SLACK_BOT = "slack://xoxb-1234-1234-abc124/#general"
TELEGRAM = "tgram://123456789:abcdefg_hijklmnop/987654321"

# What each of them answers to a message that it takes, after its documentation.
TAKES: Mapping[str, Answer | bytes] = {
    URLS["json"]: http(b"whatever"),
    URLS["jsons"]: http(b"", "204 No Content"),
    URLS["xml"]: http(b"", "202 Accepted"),
    URLS["form"]: http(b"<html>"),
    URLS["slack"]: http(b"ok"),
    SLACK_BOT: says(ok=True, channel={"id": "C1", "name": "general"}, ts="1.2"),
    URLS["discord"]: http(b"", "204 No Content"),
    TELEGRAM: says(ok=True, result={"message_id": 1}),
    URLS["wecombot"]: says(errcode=0, errmsg="ok"),
    URLS["dingtalk"]: says(errcode=0, errmsg="ok"),
    URLS["feishu"]: says(code=0, msg="success", data={}),
    URLS["lark"]: says(StatusCode=0, StatusMessage="success"),
    URLS["wechat"]: by_path(
        gettoken=http({"errcode": 0, "access_token": "fresh", "expires_in": 7200}), other=http({"errcode": 0})
    ),
    URLS["pushplus"]: says(code=200, msg="ok", data="1"),
    URLS["wxpusher"]: says(code=1000, msg="ok", success=True),
    URLS["schan"]: says(code=0, message="", data={"pushid": "1"}),
    URLS["bark"]: says(code=200, message="success"),
    URLS["pushdeer"]: says(code=0, content={"result": []}),
    URLS["workflow"]: http(b"", "202 Accepted"),
    URLS["gotify"]: says(id=1, message=TEXT),
    URLS["ntfy"]: says(id="1", event="message"),
    URLS["pover"]: says(status=1, request="r"),
    URLS["matrix"]: by_path(
        login=http({"access_token": "fresh", "user_id": "@user:host.example", "home_server": "host.example"}),
        join=http({"room_id": "!room:host.example"}),
        other=http({"event_id": "$1"}),
    ),
    URLS["mmost"]: http(b"ok"),
    URLS["rocket"]: by_path(
        login=http({"status": "success", "data": {"authToken": "fresh", "userId": "u"}}),
        other=http({"success": True, "status": "success"}),
    ),
    URLS["gchat"]: says(name="spaces/x/messages/y"),
    URLS["opsgenie"]: http({"result": "Request will be processed", "requestId": "r"}, "202 Accepted"),
    URLS["pagerduty"]: http({"status": "success", "dedup_key": "k"}, "202 Accepted"),
    URLS["splunk"]: says(result="success", entity_id="e"),
    URLS["twilio"]: http({"sid": "SM1", "status": "queued"}, "201 Created"),
    URLS["webex"]: says(id="1"),
    URLS["zulip"]: says(result="success", id=1),
    URLS["line"]: says(),
    URLS["nctalk"]: http(b"", "201 Created"),
    URLS["synology"]: says(success=True),
    URLS["onebot"]: says(status="ok", retcode=0),
    URLS["signal"]: http({"timestamp": "1"}, "201 Created"),
    URLS["mailgun"]: says(id="<1@host.example>", message="Queued."),
    URLS["sendgrid"]: http(b"", "202 Accepted"),
    URLS["o365"]: by_path(
        oauth2=http({"access_token": "fresh", "expires_in": 3599}), other=http(b"", "202 Accepted")
    ),
    URLS["ses"]: http(b"<SendRawEmailResponse/>"),
    URLS["sns"]: http(b"<PublishResponse/>"),
    URLS["ifttt"]: http(b"Congratulations!"),
    URLS["kook"]: says(code=0, message="ok", data={"msg_id": "1"}),
}


def name(url: str) -> str:
    return "slack-bot" if url == SLACK_BOT else url.partition("://")[0]


Heard = tuple[harness.Told, Sequence[Request]]


def send(cases: Sequence[tuple[str, Answer | bytes]], hold: bool = False, **message: str) -> list[Heard]:
    """Send one message to each URL, whose service answers so, and hangs up unless it is to `hold` on; all
    of them from one process."""
    with ExitStack() as stack:
        servers = [stack.enter_context(receiver(answer, hold)) for _, answer in cases]
        ports = [server.port for server in servers]
        found = harness.run([url for url, _ in cases], ports=ports, ca=CA, **message)
    for told, server in zip(found, servers, strict=True):
        assert {address for address, _ in told.connected} <= {harness.PUBLIC}
        assert {request.host for request in server.requests} <= {host for host, _ in told.asked}
        assert told.outcome.get("stopped") == []
    return [(told, server.requests) for told, server in zip(found, servers, strict=True)]


def error(url: str, told: harness.Told) -> FetchError:
    assert told.outcome["taken"] is False
    found = sending._error(told.outcome, sending.Letter(url, "", "", "warning"), [])
    assert isinstance(found, FetchError)
    return found


def test_the_documentation_says_how_each_service_was_tried() -> None:
    page = (Path(__file__).parents[3] / "docs" / "alerts.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (.+?) \| (`.+) \|$", page.partition("## Which services")[2], re.MULTILINE)
    listed = {how: set(re.findall(r"`([a-z0-9]+)`", names)) for how, names in rows[:8]}
    tried, mail, repeated, asked, lacking, *refused = listed.values()
    assert tried == {url.partition("://")[0] for url in TAKES}
    assert mail | asked == OTHER_PROTOCOLS and lacking == NEED_CRYPTOGRAPHY
    assert tried | repeated | lacking == services.HTTP
    assert set().union(*refused) == services.REFUSED.keys()
    assert sum(map(len, listed.values())) == len(set().union(*listed.values())), "each once"


@pytest.fixture(scope="module")
def taken() -> dict[str, Heard]:
    return dict(zip(TAKES, send(list(TAKES.items()), title=TITLE, body=TEXT), strict=True))


@pytest.mark.parametrize("url", TAKES, ids=name)
def test_a_service_that_answers_as_it_does_takes_the_message(taken: dict[str, Heard], url: str) -> None:
    told, requests = taken[url]
    assert told.outcome["taken"], told.outcome
    assert len(requests) >= len(told.outcome["facts"]), "and some log out afterwards"
    if name(url) != "ses":  # whose text is a mail in base64
        assert any(TEXT.encode() in request.body for request in requests)


REFUSALS: list[tuple[str, dict[str, Any], str]] = [
    (URLS["wecombot"], {"errcode": 45009, "errmsg": "api freq out of limit"}, "and 45009 as its reason"),
    (URLS["dingtalk"], {"errcode": 310000, "errmsg": "keywords not in content"}, "and 310000 as its reason"),
    (URLS["feishu"], {"code": 19024, "msg": "Key Words Not Found"}, "and 19024 as its reason"),
    (URLS["schan"], {"code": 40001, "message": "no"}, "and 40001 as its reason"),
    (SLACK_BOT, {"ok": False, "error": "channel_not_found"}, "and channel_not_found as its reason"),
    (TELEGRAM, {"ok": False, "error_code": 400, "description": "chat not found"}, "and 400 as its reason"),
    (URLS["wechat"], {"errcode": 40013}, "and 40013 as its reason"),
    (URLS["pushplus"], {"code": 900}, "and 900 as its reason"),
]


@pytest.fixture(scope="module")
def refused() -> list[Heard]:
    return send([(url, http(told)) for url, told, _ in REFUSALS])


@pytest.mark.parametrize("number", range(len(REFUSALS)), ids=[name(url) for url, _, _ in REFUSALS])
def test_a_service_that_says_no_in_its_body_has_not(refused: list[Heard], number: int) -> None:
    (told, _), (url, _, reason) = refused[number], REFUSALS[number]
    found = error(url, told)
    assert str(found).endswith(reason) and "answered 200 OK" in str(found)
    assert found.status is None, "the status is no refusal of this one message"


def test_the_wish_to_wait_is_handed_on() -> None:
    answer = http({"retry_after": 1.5}, "429 Too Many Requests", "Retry-After: 7")
    [(told, _)] = send([(URLS["discord"], answer)])
    found = error(URLS["discord"], told)
    assert (found.status, found.retry_after) == (429, 7)
    assert str(found) == "Discord did not take the message: discord.com answered 429 Too Many Requests"
    assert isinstance(found.args[0], Message)


MOVED = [
    (URLS[scheme] + ("&" if "?" in URLS[scheme] else "?") + "redirect=yes", status)
    for scheme in ("json", "discord", "wecombot", "slack", "ntfy")
    for status in (301, 302, 303, 307, 308)
]


@pytest.fixture(scope="module")
def moved() -> list[Heard]:
    place = "Location: https://elsewhere.example/in"
    return send([(url, http(b"", f"{status} Elsewhere", place)) for url, status in MOVED])


@pytest.mark.parametrize("number", range(len(MOVED)), ids=[f"{name(url)}-{status}" for url, status in MOVED])
def test_no_redirect_is_followed(moved: list[Heard], number: int) -> None:
    (told, requests), (url, status) = moved[number], MOVED[number]
    found = error(url, told)
    assert len(requests) == 1 and found.status == status
    assert "no redirect is followed" in str(found) and "elsewhere" not in str(found)


def test_a_server_without_a_certificate_for_its_name_is_not_sent_to() -> None:
    url = "jsons://user:canarypass@other.example/canarypath"
    [(told, requests)] = send([(url, http(b"ok"))])
    assert not requests
    assert "no secure connection to other.example" in str(error(url, told))


BODIES = {
    "Brotli": b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 5\r\n\r\n\x0b\x02\x80ok",
    "no gzip": b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\nok",
    "cut": b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nok",
    "chunks that are none": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nok",
    "long": b"HTTP/1.1 200 OK\r\nContent-Length: 3000000\r\n\r\n" + b"x" * 3_000_000,
}
BODY_CASES = [
    (scheme, kind) for scheme in ("json", "discord", "wecombot", "feishu", "workflow") for kind in BODIES
]


@pytest.fixture(scope="module")
def bodies() -> list[Heard]:
    return send([(URLS[scheme], BODIES[kind]) for scheme, kind in BODY_CASES])


@pytest.mark.parametrize("number", range(len(BODY_CASES)), ids=["-".join(case) for case in BODY_CASES])
def test_a_2xx_is_taken_whatever_its_body(bodies: list[Heard], number: int) -> None:
    told, requests = bodies[number]
    assert told.outcome["taken"] and len(requests) == 1


def test_a_2xx_whose_body_does_not_end_is_taken() -> None:
    answers = [b"HTTP/1.1 200 OK\r\n\r\nok", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok"]
    for told, requests in send([(URLS["json"], answer) for answer in answers], hold=True):
        assert told.outcome["taken"] and len(requests) == 1


# --- what a headline may not do ------------------------------------------------------------------

HEADLINE = (
    "<!channel> <@U1> <http://evil.example|Bank> [Bank](http://evil.example) @everyone &amp; <b>x</b>"
    ' <at user_id="all"></at> <users/all> @**all** https://news.example/@all'
)
CHATS = [
    URLS["slack"],
    URLS["slack"] + "?blocks=yes",
    *(URLS[scheme] for scheme in ("discord", "mmost", "rocket", "dingtalk", "feishu", "gchat", "zulip")),
    TELEGRAM,
]


@pytest.fixture(scope="module")
def headlines() -> dict[str, str]:
    """What reaches each chat, as its own parser has it."""
    answers = [(url, TAKES[url.partition("?")[0]]) for url in CHATS]
    heard = send(answers, title=plain(HEADLINE), body=plain(HEADLINE))
    found = {}
    for url, (_, requests) in zip(CHATS, heard, strict=True):
        [body] = [request.body.decode() for request in requests if b"Bank" in request.body]
        found[url] = body.encode().decode("unicode_escape") if "\\u" in body else body
    return found


@pytest.mark.parametrize("url", CHATS, ids=name)
def test_no_chat_is_sent_anything_that_rings_or_leads_away(headlines: dict[str, str], url: str) -> None:
    for active in ("<!channel>", "<@U1>", "<http", "](http", "@everyone", "<users/", "<at ", "@**", "/@all"):
        assert active not in headlines[url]


@pytest.mark.parametrize("url", CHATS[:2], ids=["attachment", "blocks"])
def test_slack_is_sent_escapes(headlines: dict[str, str], url: str) -> None:
    """https://docs.slack.dev/messaging/formatting-message-text"""
    told = headlines[url]
    assert "&lt;\u2060!channel&gt;" in told and "&lt;b&gt;x&lt;/b&gt;" in told and "&amp;amp;" in told


def test_telegram_is_sent_no_tags(headlines: dict[str, str]) -> None:
    assert "<b>x</b>" not in headlines[TELEGRAM]
