"""Notifier `apprise`: chat, mail and push through one Apprise URL.

Apprise (https://appriseit.com) knows WeCom, DingTalk, Feishu, Slack, Telegram, mail and a
hundred others. One table of config.toml is one receiver: were several behind one name, a
retry for the one that failed would repeat the message to the others.

Apprise opens its connections itself: [fetch] allow_networks does not govern them.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from typing import ClassVar

from monitor import Delivery, Fetcher, Notifier, PluginError, hookimpl

_MENTION = re.compile(r"[@＠](?=\w)|<(?=[!@#&])|(?<=\[)CQ(?=:)")
_WORD_JOINER = "\u2060"  # invisible, and part of no user name
_ELLIPSIS = "…"
_HOLDS_ON = ("\u200d", "\ufe0e", "\ufe0f")  # joined emoji and variation selectors


@dataclass
class Apprise:
    """Sends title and text to `url`, cut to what the strictest services take."""

    url: str = field(repr=False)  # holds the service's token
    max_bytes: int = 2000  # of title and text in UTF-8: WeCom takes 2,048, Discord 2,000 characters
    timeout_seconds: float = 30.0  # of the whole attempt

    kind: ClassVar[str] = "apprise"

    def __post_init__(self) -> None:
        if "://" not in self.url:
            raise ValueError("url: expected an Apprise URL such as wecombot://KEY; see https://appriseit.com")
        if self.max_bytes < 100:
            raise ValueError(f"max_bytes: expected at least 100, found {self.max_bytes}")

    def send(self, delivery: Delivery, fetcher: Fetcher) -> None:
        # The package of the same name; imported late because it takes a while.
        import apprise

        receiver = apprise.Apprise(asset=apprise.AppriseAsset(app_id="monitor", async_mode=False))
        if not receiver.add(self.url):
            scheme = self.url.partition("://")[0]
            raise PluginError(
                f"apprise does not understand the url of this {scheme}:// notifier; see https://appriseit.com"
            )
        title = cut(plain(str(delivery.payload.get("title", ""))), self.max_bytes // 4)
        text = cut(plain(str(delivery.payload.get("text", ""))), self.max_bytes - len(title.encode()) - 1)
        taken = receiver.notify(
            title=title,
            body=text or title or delivery.event,
            body_format=apprise.NotifyFormat.TEXT,
            notify_type=apprise.NotifyType.SUCCESS
            if delivery.event == "resolved"
            else apprise.NotifyType.WARNING,
            interpret_escapes=False,
            timeout=self.timeout_seconds,
        )
        if not taken:
            service = receiver[0].service_name
            raise PluginError(f"{service} did not take the message; apprise's own log lines say why")


def plain(text: str) -> str:
    """`text` that mentions nobody: a headline must not ring a whole channel (@all, <!channel>)."""
    sound = text.encode("utf-8", "replace").decode()  # no lone surrogates, which no service takes
    return _MENTION.sub(lambda found: found[0] + _WORD_JOINER, sound)


def cut(text: str, max_bytes: int) -> str:
    """`text` in at most `max_bytes` of UTF-8, whole characters with their marks kept together."""
    if len(text.encode()) <= max_bytes:
        return text
    room = max(max_bytes - len(_ELLIPSIS.encode()), 0)
    end = len(text.encode()[:room].decode("utf-8", "ignore"))
    while end and _continues(text, end):
        end -= 1
    return text[:end].rstrip() + _ELLIPSIS


def _continues(text: str, end: int) -> bool:
    """Whether the character at `end` belongs to the one before it."""
    following = text[end]
    return bool(unicodedata.combining(following)) or following in _HOLDS_ON or text[end - 1] == "\u200d"


@hookimpl
def register_notifiers() -> list[type[Notifier]]:
    """The bundled Apprise notifier."""
    return [Apprise]
