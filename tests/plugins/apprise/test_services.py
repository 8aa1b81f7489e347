"""Every service that Apprise knows: refused by name, or held to the judgement. The network is a stub."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from apprise.manager_plugins import NotificationManager

from monitor import FetchError
from monitor_plugins.apprise import sending, services
from tests.plugins.apprise import harness
from tests.plugins.apprise.receivers import CA, Request, http, receiver

# Apprise's mail plugin asks for a module that Python 3.13 no longer has.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")

NEED_CRYPTOGRAPHY = {"fcm", "session", "sessions", "sogs", "vapid"}
OTHER_PROTOCOLS = services.MAIL | services.SOCKETS


def _urls() -> dict[str, str]:
    lines = (Path(__file__).parent / "urls.txt").read_text(encoding="utf-8").splitlines()
    rows = [line.split(" ") for line in lines if not line.startswith("#")]
    return {scheme: f"{scheme}://{rest}" for *schemes, rest in rows for scheme in schemes}


URLS = _urls()
"""Scheme -> an Apprise URL; those that need a package that a plain install lacks among them."""

USABLE = {scheme: url for scheme, url in URLS.items() if scheme not in NEED_CRYPTOGRAPHY}


def secrets(url: str) -> list[str]:
    """The parts of a URL that stand for tokens, names and passwords: all but its hosts and plain words."""
    parts = re.findall(r"[A-Za-z0-9_-]{6,}", url.partition("://")[2])
    return [part for part in parts if part not in ("example", "public_key", "us-east-1", "X-Token")]


def letter(scheme: str) -> sending.Letter:
    return sending.Letter(URLS[scheme], "Title", "Text", "warning")


def test_the_lists_name_every_service_that_apprise_knows_and_no_other() -> None:
    """A new Apprise brings new services: look how each connects, and put it into `services`."""
    manager = NotificationManager()
    manager.load_modules()
    known: set[str] = set()
    for plugin in manager.plugins(include_disabled=True):
        for value in (plugin.protocol, plugin.secure_protocol):
            known |= {value} if isinstance(value, str) else set(value or ())
    sent_to = services.HTTP | services.MAIL | services.SOCKETS
    assert sent_to | services.REFUSED.keys() == known
    assert not sent_to & services.REFUSED.keys()
    assert set(URLS) == sent_to, "and a URL of each is tried"


def test_what_is_on_no_list_is_refused() -> None:
    assert services.refusal("json") is None
    assert str(services.refusal("dbus")).startswith(
        "dbus:// is not sent to: it shows or writes on the machine"
    )
    assert str(services.refusal("brandnew")) == (
        "brandnew:// is no service that this version sends to; docs/alerts.md lists them"
    )


@pytest.fixture(scope="module")
def refused() -> dict[str, harness.Told]:
    """One message to every service, where no host may be connected to."""
    return dict(zip(URLS, harness.run(list(URLS.values()), hidden=["cryptography"]), strict=True))


@pytest.mark.parametrize("scheme", sorted(USABLE))
def test_every_service_asks_before_it_connects(refused: dict[str, harness.Told], scheme: str) -> None:
    told = refused[scheme]
    assert told.asked, "it was about to connect"
    assert not told.connected, "and did not, for it was refused"
    assert told.outcome["taken"] is False
    assert told.outcome["stopped"] == [], "it tried nothing beside"


@pytest.mark.parametrize("scheme", sorted(NEED_CRYPTOGRAPHY))
def test_a_service_that_lacks_a_package_says_which(refused: dict[str, harness.Told], scheme: str) -> None:
    assert refused[scheme].outcome == {"trouble": "url", "packages": ["cryptography"]}
    error = sending._error(refused[scheme].outcome, letter(scheme), [])
    assert str(error) == f"{scheme}:// needs Python packages that are not installed: cryptography"


def test_with_the_package_they_connect_to_nobody_unasked() -> None:
    pytest.importorskip("cryptography", reason="cryptography comes with the extra cluster")
    for told in harness.run([URLS[scheme] for scheme in sorted(NEED_CRYPTOGRAPHY)]):
        assert not told.connected and not told.outcome.get("taken")
        assert "cryptography" not in told.outcome.get("packages", ())


@pytest.fixture(scope="module")
def repeated() -> dict[str, harness.Told]:
    """One message to every service that speaks HTTP, each to a server that repeats what it was sent and
    refuses it; its requests came over the connections that were judged."""

    def repeat(request: Request) -> bytes:
        path, _, query = request.path.partition("?")
        told = {"code": query.rpartition("=")[2] or path.rpartition("/")[2]}
        told |= {"error": request.headers.get("x-token", ""), "status": request.body.decode("latin-1")}
        told |= {"message": str(request.headers), "errcode": request.headers.get("authorization", "")}
        return http(told, f"403 {request.path}")

    urls = {scheme: url for scheme, url in USABLE.items() if scheme not in OTHER_PROTOCOLS}
    with receiver(repeat) as server:
        ports = [server.port] * len(urls)
        found = dict(zip(urls, harness.run(list(urls.values()), ports=ports, ca=CA), strict=True))
    asked = {host for told in found.values() for host, _ in told.asked}
    assert {request.host for request in server.requests} <= asked, "nothing came by another way"
    return found


@pytest.mark.parametrize("scheme", sorted(set(USABLE) - OTHER_PROTOCOLS))
def test_an_error_tells_nothing_of_the_url_even_where_the_server_repeats_it(
    repeated: dict[str, harness.Told], scheme: str
) -> None:
    told = repeated[scheme]
    assert told.connected and {address for address, _ in told.connected} == {harness.PUBLIC}
    assert told.outcome["stopped"] == []
    error = sending._error(told.outcome, letter(scheme), [])
    assert isinstance(error, FetchError) and error.status == 403
    shown = [str(error), repr(error), error.args[0].encoded(), repr(letter(scheme))]
    leaked = [secret for secret in secrets(URLS[scheme]) for text in shown if secret.lower() in text.lower()]
    hosts = {host for host, _ in told.asked}
    assert [secret for secret in leaked if not any(secret.lower() in host for host in hosts)] == []


def test_the_canaries_are_there_to_be_found() -> None:
    assert secrets(URLS["json"]) == ["canarypass", "canarypath", "canaryheader", "canaryfield"]
    assert len([scheme for scheme in USABLE if secrets(URLS[scheme])]) > 200


# --- what a body says beyond the status --------------------------------------------------------

DENIALS: Sequence[tuple[str, dict[str, object]]] = [
    ("wecombot", {"errcode": 45009, "errmsg": "api freq out of limit"}),
    ("dingtalk", {"errcode": 310000, "errmsg": "keywords not in content"}),
    ("feishu", {"code": 19024, "msg": "Key Words Not Found"}),
    ("feishu", {"StatusCode": 9499, "StatusMessage": "Bad Request"}),
    ("lark", {"code": 11232, "msg": "frequency limited"}),
    ("schan", {"code": 40001, "message": "bad pushtoken"}),
    ("bark", {"code": 400, "message": "failed to get device token"}),
    ("pushdeer", {"code": 80501, "error": "token"}),
    ("synology", {"success": False, "error": {"code": 407}}),
    ("qq", {"success": False, "code": 500}),
]


@pytest.mark.parametrize(("scheme", "told"), DENIALS)
def test_a_service_that_says_no_with_200_has_not_taken_it(scheme: str, told: dict[str, object]) -> None:
    assert services.denies([scheme, f"{scheme}s"], told)


@pytest.mark.parametrize(
    ("scheme", "told"),
    [
        ("wecombot", {"errcode": 0, "errmsg": "ok"}),
        ("feishu", {"code": 0, "msg": "success", "data": {}}),
        ("feishu", {"StatusCode": 0, "StatusMessage": "success", "Extra": None}),
        ("bark", {"code": 200, "message": "success"}),
        ("wecombot", {}),
        ("json", {"errcode": 1, "code": 500, "success": False}),
    ],
)
def test_a_service_that_says_yes_or_nothing_has(scheme: str, told: dict[str, object]) -> None:
    assert not services.denies([scheme], told)
