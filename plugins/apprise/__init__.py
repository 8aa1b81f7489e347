"""Notifier `apprise`: chat, mail and push through one Apprise URL.

Apprise (https://appriseit.com) knows WeCom, DingTalk, Feishu, Slack, Telegram, mail and a
hundred others. One table of config.toml is one receiver: were several behind one name, a
retry for the one that failed would repeat the message to the others.

Apprise opens its connections itself, so it runs in a process that has none but those which
the monitor's fetcher judged: [fetch] allow_networks governs it. A service that cannot be
held to that is refused by name.

    services    which services are sent to, which are refused, and why
    sending     one attempt: the child process, its questions, its end, the error told
    child       what runs there: Apprise
    guard       its sockets: judged addresses, and nothing else
    transport   its HTTP and mail: no proxy, no redirect, the status decides
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from typing import ClassVar

from monitor import Delivery, Fetcher, Notifier, hookimpl
from monitor_plugins.apprise import sending, services

SECONDS = (1, 240)
"""Bounds of `timeout_seconds`: no attempt lasts as long as one of a notifier that hangs
(`monitor.alerts.couriers`)."""

# What a chat service takes for a mention of people or channels, or for a link whose text is not its
# address: a headline that says "@all" must not ring, and one that says "[bank](https://evil)" must not lead
# away. Slack and Discord: <!...>, <@...>, <https:...|...>; Feishu: <at ...>; Google Chat: <users/...>;
# Zulip: @**...**; Markdown: ](...), ][...], ]: ...; Kook: (met)...(met); OneBot: [CQ:...].
_ACTIVE = re.compile(
    r"[@＠](?=\S)|<(?=[!@#&:]|at\b|users/|[a-z][\w+.-]*:)|\](?=[(\[:])|\((?=(?:met|rol|chn)\))|(?<=\[)CQ(?=:)",
    re.IGNORECASE,
)
_LINK = re.compile(r"https?://\S+", re.IGNORECASE)
_WORD_JOINER = "\u2060"  # invisible, and part of no user name
_ELLIPSIS = "…"
_KINDS = {"resolved": "success"} | dict.fromkeys(("digest", "summary", "heartbeat", "test"), "info")
"""Of Apprise's notification types: a warning where it is none of these."""
_HOLDS_ON = ("\u200d", "\ufe0e", "\ufe0f")  # joined emoji and variation selectors


@dataclass
class Apprise:
    """Sends title and text to `url`, cut to what the strictest services take."""

    url: str = field(repr=False)  # holds the service's token
    max_bytes: int = 2000  # of title and text in UTF-8: WeCom takes 2,048, Discord 2,000 characters
    timeout_seconds: float = 30.0  # of the whole attempt, from the first connection to the last answer

    kind: ClassVar[str] = "apprise"

    def __post_init__(self) -> None:
        scheme, found, _ = self.url.partition("://")
        if not found or not scheme:
            raise ValueError("url: expected an Apprise URL such as wecombot://KEY; see https://appriseit.com")
        if self.max_bytes < 100:
            raise ValueError(f"max_bytes: expected at least 100, found {self.max_bytes}")
        if not SECONDS[0] <= self.timeout_seconds <= SECONDS[1]:
            raise ValueError(
                f"timeout_seconds: expected {SECONDS[0]} to {SECONDS[1]}, found {self.timeout_seconds:g}"
            )
        scheme = scheme.strip().lower()
        # Apprise knows the web addresses of some services, too; the child sees whose this one is.
        refusal = None if scheme in ("http", "https") else services.refusal(scheme)
        if refusal:
            raise ValueError(f"url: {refusal}")

    def send(self, delivery: Delivery, fetcher: Fetcher | None) -> None:
        """Raises FetchError or PluginError, which tell nothing of `url` but its scheme, unless the receiver
        took the message. Without a fetcher, this machine alone is reached."""
        title = cut(line(plain(str(delivery.payload.get("title", "")))), self.max_bytes // 4)
        text = cut(plain(str(delivery.payload.get("text", ""))), self.max_bytes - len(title.encode()) - 1)
        kind = _KINDS.get(delivery.event, "warning")
        letter = sending.Letter(self.url, title, text or title or delivery.event, kind)
        sending.send(letter, fetcher, self.timeout_seconds)


def plain(text: str) -> str:
    """`text` that does nothing: it mentions nobody, links nowhere, and has no control characters but
    line breaks and tabs."""
    sound = text.encode("utf-8", "replace").decode()  # no lone surrogates, which no service takes
    sound = "".join(" " if _controls(c) else c for c in sound.replace("\r\n", "\n").replace("\r", "\n"))
    # An address stays one: its @ is spelled as RFC 3986, section 2.1, allows, and nothing is put into it.
    sound = _LINK.sub(lambda found: found[0].replace("@", "%40"), sound)
    return _ACTIVE.sub(lambda found: found[0] + _WORD_JOINER, sound)


def line(text: str) -> str:
    """`text` in one line: a title becomes the header of a mail and of some requests."""
    return " ".join(text.split())


def cut(text: str, max_bytes: int) -> str:
    """`text` in at most `max_bytes` of UTF-8, whole characters with their marks kept together."""
    if len(text.encode()) <= max_bytes:
        return text
    room = max(max_bytes - len(_ELLIPSIS.encode()), 0)
    end = len(text.encode()[:room].decode("utf-8", "ignore"))
    while end and _continues(text, end):
        end -= 1
    return text[:end].rstrip() + _ELLIPSIS


def _controls(char: str) -> bool:
    return unicodedata.category(char) in ("Cc", "Zl", "Zp") and char not in "\n\t"


def _continues(text: str, end: int) -> bool:
    """Whether the character at `end` belongs to the one before it."""
    following = text[end]
    return bool(unicodedata.combining(following)) or following in _HOLDS_ON or text[end - 1] == "\u200d"


@hookimpl
def register_notifiers() -> list[type[Notifier]]:
    """The bundled Apprise notifier."""
    return [Apprise]
