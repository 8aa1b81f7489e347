"""Mail through the sending child, to servers on this machine that take, refuse and cheat."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor import BlockedError, FetchError, PluginError
from monitor.testing import FakeFetcher, make_delivery
from monitor_plugins.apprise import Apprise, line, plain
from tests.plugins.apprise.receivers import CA, TLS

pytestmark = pytest.mark.filterwarnings(
    "ignore:'imghdr' is deprecated:DeprecationWarning",  # Apprise's mail plugin
    "ignore:Requiring AUTH while not requiring TLS:UserWarning",  # aiosmtpd, of a server that is to be tried
)


class Post:
    """What a mail server was sent; `verdicts` are its replies to the text of mails, in turn."""

    def __init__(self, *verdicts: str) -> None:
        self.mails: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.encrypted: list[bool] = []
        self.verdicts = list(verdicts)
        self.port = 0

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.verdicts:
            return self.verdicts.pop(0)
        assert isinstance(envelope.content, bytes)
        mail = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        self.recipients += envelope.rcpt_tos
        self.encrypted.append(server.transport.get_extra_info("ssl_object") is not None)
        return "250 taken"


def context() -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(TLS / "server.pem")
    return made


@contextmanager
def server(post: Post, *, implicit: bool = False, **options: Any) -> Iterator[Post]:
    """aiosmtpd on a free port of this machine, with TLS from the first byte where `implicit`."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def start() -> asyncio.Server:
        secure = context() if implicit else None
        return await loop.create_server(lambda: SMTP(post, loop=loop, **options), "127.0.0.1", 0, ssl=secure)

    async def stop(listening: asyncio.Server) -> None:
        listening.close()
        rest = asyncio.all_tasks() - {asyncio.current_task()}
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)
        await loop.shutdown_default_executor()

    listening = asyncio.run_coroutine_threadsafe(start(), loop).result(30)
    post.port = listening.sockets[0].getsockname()[1]
    try:
        yield post
    finally:
        asyncio.run_coroutine_threadsafe(stop(listening), loop).result(30)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(30)
        loop.close()


def allow(server: Any, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
    return AuthResult(success=data.login == b"user" and data.password == b"canarypass")


@pytest.fixture
def here() -> FakeFetcher:
    """A judge for whom mail.example and host.example are this machine."""
    return FakeFetcher(hosts={"mail.example": ["127.0.0.1"], "host.example": ["127.0.0.1"]})


@pytest.fixture(autouse=True)
def trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(CA))


def url(post: Post, scheme: str = "mailto", host: str = "mail.example", more: str = "") -> str:
    return (
        f"{scheme}://user:canarypass@{host}:{post.port}?from=monitor@host.example&to=desk@host.example{more}"
    )


@pytest.mark.parametrize("form", ["text", "html"])
def test_a_mail_arrives_as_it_was_written(here: FakeFetcher, form: str) -> None:
    payload = {"title": "Surge · 负面舆情激增", "text": "9 stories\n. a dot\n.\n- <b>法务</b> & more"}
    with server(Post(), auth_require_tls=False, authenticator=allow) as post:
        Apprise(url(post, more=f"&format={form}")).send(make_delivery(payload=payload), here)
    [mail] = post.mails
    assert mail["subject"] == payload["title"] and mail["to"] == "desk@host.example"
    body = mail.get_body((form.replace("text", "plain"),))
    assert body is not None
    told = body.get_content()
    shown = {"text": "- <b>法务</b> & more", "html": "- &lt;b&gt;法务&lt;/b&gt; &amp; more"}[form]
    for part in ("9 stories", ". a dot", shown):
        assert part in told.replace("&nbsp;", " ")
    assert post.recipients == ["desk@host.example"]
    assert here.looked_up == [("mail.example", post.port)]


@pytest.mark.parametrize("mode", ["starttls", "ssl"])
def test_mailtos_is_encrypted_and_its_name_is_verified(here: FakeFetcher, mode: str) -> None:
    implicit = mode == "ssl"
    options: dict[str, Any] = {"tls_context": context(), "require_starttls": True}
    if implicit:
        options = {"auth_require_tls": False}  # aiosmtpd does not see that it is there already
    with server(Post(), implicit=implicit, authenticator=allow, **options) as post:
        Apprise(url(post, "mailtos", more=f"&mode={mode}")).send(make_delivery(), here)
        assert post.encrypted == [True]
        wrong = FakeFetcher(hosts={"wrong.example": ["127.0.0.1"]})
        with pytest.raises(FetchError, match=r"no secure connection to wrong\.example"):
            Apprise(url(post, "mailtos", "wrong.example", f"&mode={mode}")).send(make_delivery(), wrong)
    assert len(post.mails) == 1


def test_a_server_that_hides_its_starttls_gets_no_mail_and_no_password(here: FakeFetcher) -> None:
    """As somebody in between does, who strips the offer (reliability: STARTTLS stripping)."""
    plain_only = server(Post(), auth_require_tls=False, authenticator=allow)
    with plain_only as post, pytest.raises(FetchError, match=r"no encryption \(STARTTLS\)") as caught:
        Apprise(url(post, "mailtos")).send(make_delivery(), here)
    assert not post.mails and "canarypass" not in str(caught.value)


def test_mailtos_that_asks_for_the_clear_is_refused(here: FakeFetcher) -> None:
    plain_only = server(Post(), auth_require_tls=False, authenticator=allow)
    with plain_only as post, pytest.raises(PluginError, match="mode=insecure would send in the clear"):
        Apprise(url(post, "mailtos", more="&mode=insecure")).send(make_delivery(), here)
    assert not post.mails and not here.looked_up


@pytest.mark.parametrize("verdict", ["451 try again later", "452 no room", "550 no", "554 looks like spam"])
def test_a_mail_that_is_refused_is_told_with_the_servers_code(here: FakeFetcher, verdict: str) -> None:
    with server(Post(verdict), auth_require_tls=False, authenticator=allow) as post:
        with pytest.raises(FetchError) as caught:
            Apprise(url(post)).send(make_delivery(), here)
        assert str(caught.value) == (
            f"the mail server mail.example did not take the message: it answered {verdict[:3]}"
        )
        assert caught.value.status is None, "no code of mail is taken for one of HTTP"
        Apprise(url(post)).send(make_delivery(), here)
    assert len(post.mails) == 1, "the next attempt succeeds"


def test_a_wrong_password_is_told_without_it(here: FakeFetcher) -> None:
    def deny(*arguments: Any) -> AuthResult:
        return AuthResult(success=False, handled=False)

    strict = server(Post(), auth_require_tls=False, authenticator=deny)
    with strict as post, pytest.raises(FetchError, match="answered 535") as caught:
        Apprise(url(post)).send(make_delivery(), here)
    assert "canarypass" not in str(caught.value) and not post.mails


def test_a_password_that_is_not_taken_in_the_clear_is_told(here: FakeFetcher) -> None:
    with server(Post(), authenticator=allow) as post, pytest.raises(FetchError, match="try mailtos://"):
        Apprise(url(post)).send(make_delivery(), here)


def test_a_mail_server_must_be_one_that_may_be_reached() -> None:
    refusing = FakeFetcher(hosts={"mail.example": BlockedError("the address 10.0.0.1 is not public")})
    with pytest.raises(BlockedError, match=r"10\.0\.0\.1 is not public"):
        Apprise("mailtos://user:canarypass@mail.example").send(make_delivery(), refusing)
    assert refusing.looked_up == [("mail.example", 587)]


@contextmanager
def raw(talk: Callable[[socket.socket], None]) -> Iterator[int]:
    """A server that says what it likes, and hangs up."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        try:
            one, _ = listener.accept()
            with one:
                talk(one)
        except OSError:
            return

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(10)


def dialogue(end: bytes) -> Callable[[socket.socket], None]:
    """Takes a mail as servers do, answers its text so, and hangs up."""

    def talk(one: socket.socket) -> None:
        one.sendall(b"220 mail.example\r\n")
        lines = one.makefile("rb")
        for command in lines:
            if command.upper().startswith(b"DATA"):
                one.sendall(b"354 go on\r\n")
                while lines.readline() not in (b".\r\n", b""):
                    pass
                one.sendall(end)
                return
            one.sendall(b"250 ok\r\n")

    return talk


def test_a_server_that_hangs_up_after_taking_a_mail_has_taken_it(here: FakeFetcher) -> None:
    with raw(dialogue(b"250 taken\r\n")) as port:
        Apprise(f"mailto://mail.example:{port}?from=a@host.example&to=b@host.example").send(
            make_delivery(), here
        )


def test_a_server_that_hangs_up_before_has_not(here: FakeFetcher) -> None:
    with raw(dialogue(b"")) as port, pytest.raises(FetchError, match=r"to mail\.example, or it broke"):
        Apprise(f"mailto://mail.example:{port}?from=a@host.example&to=b@host.example").send(
            make_delivery(), here
        )


def test_what_is_put_in_after_starttls_before_the_handshake_is_not_read(here: FakeFetcher) -> None:
    """CVE-2011-0411: a reply that somebody in between injects must not count behind the handshake."""

    def talk(one: socket.socket) -> None:
        one.sendall(b"220 mail.example\r\n")
        lines = one.makefile("rb")
        lines.readline()
        one.sendall(b"250-mail.example\r\n250 STARTTLS\r\n")
        lines.readline()
        one.sendall(b"220 go on\r\n250 injected\r\n250 injected\r\n")
        with context().wrap_socket(one, server_side=True) as secure:
            secure.recv(1024)

    with raw(talk) as port, pytest.raises(FetchError):
        Apprise(f"mailtos://mail.example:{port}?from=a@host.example&to=b@host.example").send(
            make_delivery(), here
        )


@settings(max_examples=500)
@given(st.text(st.characters(codec="utf-8", categories=None), max_size=60))
def test_no_title_writes_a_second_header(title: str) -> None:
    """All that a mail's subject is made from is one line of printable text."""
    subject = line(plain(title))
    assert "\n" not in subject and "\r" not in subject and len(subject.splitlines()) <= 1
    mail = EmailMessage(policy=policy.SMTP)
    mail["Subject"] = subject
    mail["To"] = "desk@host.example"
    again = message_from_bytes(bytes(mail), policy=policy.default)
    assert sorted(again.keys()) == ["Subject", "To"]


@pytest.mark.parametrize(
    "title",
    [
        "a\r\nBcc: evil@host.example",
        "a\nBcc: evil@host.example",
        "a\r\n\r\nbody",
        "a\x0bBcc: e",
        "a\u2028Bcc: e",
    ],
)
def test_a_title_with_line_breaks_stays_a_title(here: FakeFetcher, title: str) -> None:
    with server(Post(), auth_require_tls=False, authenticator=allow) as post:
        Apprise(url(post)).send(make_delivery(payload={"title": title, "text": "text"}), here)
    [mail] = post.mails
    assert "bcc" not in mail and post.recipients == ["desk@host.example"]
    assert mail["subject"] == " ".join(title.replace("@", "@\u2060").split())
