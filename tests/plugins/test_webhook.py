"""The webhook notifier, verified by the specification's own library."""

from __future__ import annotations

import base64
import json
import random
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import httpcore2
import pytest
import standardwebhooks
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from monitor import FetchError, Message, Response
from monitor.fetcher import HttpFetcher
from monitor.testing import FakeFetcher, Request, check_notifier, make_delivery
from monitor_plugins.webhook import Webhook, sign, signing_key

KEY = random.Random(1).randbytes(32)
SECRET = "whsec_" + base64.b64encode(KEY).decode()
URL = "https://hooks.example/in/tok3n-in-the-path?key=s3cret"


def sent(**fields: object) -> Request:
    fetcher = FakeFetcher(otherwise=Response(204, "", {}, b""))
    Webhook(URL, SECRET).send(make_delivery(**fields), fetcher)
    (request,) = fetcher.requests
    return request


def test_keeps_the_contract() -> None:
    check_notifier(Webhook(URL, SECRET))


def test_the_library_verifies_what_is_sent() -> None:
    request = sent(payload={"title": "负面舆情激增", "observed": 9, "surrogate": "\ud800"})
    assert request.url == URL and request.headers["content-type"] == "application/json"
    assert request.headers["webhook-id"] == "delivery-1"
    told = standardwebhooks.Webhook(SECRET).verify(request.body, dict(request.headers))
    assert told == {
        "type": "alert.opened",
        "timestamp": "2026-01-05T09:00:00+00:00",
        "data": {"title": "负面舆情激增", "observed": 9, "surrogate": "?"},
    }


OTHER = "whsec_" + base64.b64encode(random.Random(2).randbytes(32)).decode()


@pytest.mark.parametrize("known", [SECRET, OTHER])
def test_while_a_secret_is_changed_a_receiver_verifies_with_either(known: str) -> None:
    fetcher = FakeFetcher(otherwise=Response(204, "", {}, b""))
    Webhook(URL, OTHER, old_secret=SECRET).send(make_delivery(), fetcher)
    (request,) = fetcher.requests
    assert standardwebhooks.Webhook(known).verify(request.body, dict(request.headers))
    fetcher = FakeFetcher(otherwise=Response(204, "", {}, b""))
    Webhook(URL, OTHER).send(make_delivery(), fetcher)
    (request,) = fetcher.requests
    with pytest.raises(standardwebhooks.WebhookVerificationError):
        standardwebhooks.Webhook(SECRET).verify(request.body, dict(request.headers))


def test_a_weak_old_secret_is_refused_by_its_name() -> None:
    with pytest.raises(ValueError, match=r"^old_secret: expected whsec_"):
        Webhook(URL, SECRET, old_secret="secret")


def test_what_is_about_no_single_alert_has_a_type_of_its_own() -> None:
    assert json.loads(sent(alert_id="", event="digest").body)["type"] == "monitor.digest"


def test_a_retry_has_the_same_id_and_body_and_a_new_time() -> None:
    with time_machine.travel(datetime(2026, 1, 5, 9, tzinfo=UTC), tick=False):
        first = sent()
    with time_machine.travel(datetime(2026, 1, 5, 12, tzinfo=UTC), tick=False):
        second = sent()
        standardwebhooks.Webhook(SECRET).verify(second.body, dict(second.headers))
    assert (first.body, first.headers["webhook-id"]) == (second.body, second.headers["webhook-id"])
    assert int(second.headers["webhook-timestamp"]) - int(first.headers["webhook-timestamp"]) == 3 * 3600


@given(st.data())
def test_whatever_is_changed_on_the_way_is_refused(data: st.DataObject) -> None:
    request = sent()
    verifier = standardwebhooks.Webhook(SECRET)
    body, headers = bytearray(request.body), dict(request.headers)
    what = data.draw(st.sampled_from(["body", "webhook-id", "webhook-timestamp", "webhook-signature"]))
    if what == "body":
        place = data.draw(st.integers(0, len(body) - 1))
        body[place] = data.draw(st.integers(32, 126).filter(lambda byte: byte != body[place]))
    elif what == "webhook-timestamp":
        headers[what] = str(int(headers[what]) + data.draw(st.sampled_from([-1000, -1, 1, 1000])))
    else:
        # Short of the signature's last digit, some bits of which mean nothing in base64.
        place = data.draw(st.integers(0, len(headers[what]) - 3))
        changed = "x" if headers[what][place] != "x" else "y"
        headers[what] = headers[what][:place] + changed + headers[what][place + 1 :]
    with pytest.raises((standardwebhooks.WebhookVerificationError, ValueError)):
        verifier.verify(bytes(body), headers)


def test_an_old_message_played_again_is_refused() -> None:
    with time_machine.travel(datetime.now(UTC) - timedelta(minutes=6)):
        request = sent()
    with pytest.raises(standardwebhooks.WebhookVerificationError, match="too old"):
        standardwebhooks.Webhook(SECRET).verify(request.body, dict(request.headers))


@given(st.binary(max_size=200), st.integers(0, 2**33))
def test_signatures_agree_with_the_library(body: bytes, at: int) -> None:
    text = body.decode("utf-8", "replace")
    theirs = standardwebhooks.Webhook(SECRET).sign("msg_1", datetime.fromtimestamp(at, UTC), text)
    assert sign(KEY, "msg_1", str(at), text.encode()) == theirs


@pytest.mark.parametrize(
    "weak",
    [
        "",
        "whsec_",
        "password",
        "whsec_cGFzc3dvcmQ=",
        "whsec_not base64 at all!!!!!!!!!!!!!!!!!",
        "whsec_" + base64.b64encode(b"a" * 32).decode(),
        "whsec_" + base64.b64encode(b"abc" * 10).decode(),
        "whsec_" + base64.b64encode(KEY[:23]).decode(),
        "whsec_" + base64.b64encode(KEY * 3).decode(),
        base64.b64encode(KEY).decode(),
        "whsec_密钥",
    ],
)
def test_a_weak_secret_is_refused_without_repeating_it(weak: str) -> None:
    with pytest.raises(ValueError, match=r"secrets\.token_bytes") as caught:
        Webhook(URL, weak)
    assert len(weak) < 8 or weak not in str(caught.value)


def test_a_random_key_of_any_allowed_size_is_taken() -> None:
    rng = random.Random(2)
    for size in [24, 32, 64] * 300:
        key = rng.randbytes(size)
        assert signing_key("whsec_" + base64.b64encode(key).decode()) == key


@pytest.mark.parametrize(
    "url",
    [
        *("", "hooks.example/x", "file:///etc/passwd", "https://", "https:///s3cret"),
        *("https://h:s3cret/x", "https://h:0/s3cret", "https://h:99999/s3cret", "https://[s3cret/x"),
    ],
)
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="url: expected") as caught:
        Webhook(url, SECRET)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("char", [" ", "\t", "\n", "\x00", "\x7f", "\x85", "\xa0", "\\"])
def test_an_address_that_parsers_disagree_on_is_refused(char: str) -> None:
    with pytest.raises(ValueError, match="url: an address holds no blank") as caught:
        Webhook(f"https://hooks.example/s3cret{char}x", SECRET)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("user", ["s3cret@", "user:s3cret@", ":@", "user%40:s3cret@"])
def test_a_password_in_the_address_is_refused_at_the_start(user: str) -> None:
    with pytest.raises(ValueError, match="url: an address with a user name or password") as caught:
        Webhook(f"https://{user}hooks.example/x", SECRET)
    assert "s3cret" not in str(caught.value)


ANSWERS = {
    "Brotli": b"Content-Encoding: br\r\nContent-Length: 3\r\n\r\n\x0b\x02\x80",
    "no gzip": b"Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\nok",
    "cut": b"Content-Length: 50\r\n\r\nok",
    "long": b"Content-Length: 21000000\r\n\r\n" + b"x" * 100_000,
    "two lengths": b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nok",
    "nothing": b"",
}


@pytest.mark.parametrize("name", ANSWERS)
def test_a_receiver_that_answers_2xx_has_the_message(name: str) -> None:
    backend = httpcore2.MockBackend([b"HTTP/1.1 200 OK\r\n" + ANSWERS[name]])
    fetcher = HttpFetcher(backend=backend, resolver=lambda host, port: ["93.184.216.34"])
    Webhook("http://hooks.example/in", SECRET).send(make_delivery(), fetcher)


def test_a_redirect_is_refused_and_says_where_it_points() -> None:
    answer = b"HTTP/1.1 308 Moved\r\nLocation: https://new.example/in/tok3n/\r\nContent-Length: 0\r\n\r\n"
    backend = httpcore2.MockBackend([answer])
    fetcher = HttpFetcher(backend=backend, resolver=lambda host, port: ["93.184.216.34"])
    with pytest.raises(
        FetchError, match=r"308 Permanent Redirect and points to https://new\.example;"
    ) as caught:
        Webhook("http://hooks.example/in/tok3n", SECRET).send(make_delivery(), fetcher)
    assert caught.value.status == 308 and "tok3n" not in str(caught.value)
    assert isinstance(caught.value.args[0], Message), "in the reader's language"


def test_a_message_that_holds_the_path_is_hidden_and_one_that_holds_its_words_is_not() -> None:
    webhook = Webhook("https://desk.example/desk/server", SECRET)
    unreached = "fetcher.unreached"
    for message, shown in (
        (Message(unreached, host="desk.example", error="no"), "no connection to desk.example: no"),
        (Message("fetcher.answered", status="500"), "the server answered 500"),
        (Message(unreached, host="desk.example", error="/desk/server"), "no connection to desk.example: …"),
    ):
        with pytest.raises(FetchError) as caught:
            webhook.send(make_delivery(), FakeFetcher(otherwise=FetchError(message)))
        assert str(caught.value).startswith(shown)
        assert isinstance(caught.value.args[0], Message) is ("…" not in shown)


@pytest.mark.parametrize("spelling", [str, repr, quote, lambda text: quote(text, safe=""), unquote])
def test_no_spelling_of_the_path_is_told(spelling: Callable[[str], str]) -> None:
    for url in (
        "https://hooks.example/密钥/tok%3Fn?key=s3%26cret",
        "https://hooks.example/a/T0K3N.x#frag-s3cret",
    ):
        path = url.partition("hooks.example")[2]
        told = [spelling(url), spelling(path), *(spelling(part) for part in path.split("/") if len(part) > 3)]
        for text in told:
            with pytest.raises(FetchError) as caught:
                Webhook(url, SECRET).send(
                    make_delivery(), FakeFetcher(otherwise=FetchError(f"at {text}: no"))
                )
            shown = str(caught.value)
            assert shown.startswith("at ") and shown.endswith(": no")
            for secret in ("密钥", "%E5%AF%86", "tok", "s3", "cret", "T0K3N", "\\u5bc6"):
                assert secret not in shown


def test_neither_repr_nor_errors_show_secrets() -> None:
    webhook = Webhook(URL, SECRET)
    assert repr(webhook) == "Webhook()"
    refusal = FetchError(f"{URL} answered HTTP 429", status=429, retry_after=60)
    for error in (
        refusal,
        FetchError("https://HOOKS.example:443/in/tok3n-in-the-path?key=s3cret: timed out"),
    ):
        with pytest.raises(FetchError) as caught:
            webhook.send(make_delivery(), FakeFetcher(otherwise=error))
        assert "tok3n" not in str(caught.value) and "s3cret" not in str(caught.value)
        assert (caught.value.status, caught.value.retry_after) == (error.status, error.retry_after)
        assert caught.value.__cause__ is None
    assert str(caught.value).endswith("timed out")


def test_a_number_json_does_not_have_is_an_error_here_not_there() -> None:
    with pytest.raises(ValueError, match="JSON"):
        json.loads(sent(payload={"p": float("nan")}).body)


def test_the_receiver_in_the_documentation_works_as_written() -> None:
    page = (Path(__file__).parents[2] / "docs" / "alerts.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"^```python file=receiver.py\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    names: dict[str, Any] = {}
    exec(code, names)
    request = sent(payload={"observed": 9, "expected": 1.25})
    headers = dict(request.headers)
    assert names["accept"](SECRET, request.body, headers) == "alert.opened: 9.0, where 1.2 is usual"
    assert names["accept"](SECRET, request.body, headers) == "seen before"
    with pytest.raises(standardwebhooks.WebhookVerificationError):
        names["accept"](SECRET, request.body + b" ", headers)
