"""How processes talk of articles and predictions to a classifier that one of them hosts."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import ConfigDict, TypeAdapter

from monitor.errors import ConfigError
from monitor.messages import Message
from monitor.records import Article, Explanation, Prediction


@dataclass(frozen=True, slots=True)
class Asked:
    """The body of /explain."""

    article: Article
    target: str


@dataclass(frozen=True, slots=True)
class Address:
    """Where the classifier is hosted: a unix socket, or a port of this machine or of a network that the
    settings name."""

    socket: str = ""
    host: str = ""
    port: int = 0

    @classmethod
    def parse(cls, text: str, directory: Path) -> Address:
        """``unix:PATH`` (relative to `directory`) or ``http://127.0.0.1:PORT``. Raises ConfigError."""
        if text.startswith("unix:") and len(text) > len("unix:"):
            return cls(socket=str(directory / text.removeprefix("unix:")))
        try:
            parts = urlsplit(text)
            local = ipaddress.ip_address(parts.hostname or "").is_loopback
            if parts.scheme == "http" and local and parts.port and parts.path in ("", "/"):
                return cls(host=str(parts.hostname), port=parts.port)
        except ValueError:
            pass
        raise ConfigError(
            f"[classifier] host: {text!r} is not an address a classifier can be hosted at; "
            "expected unix:PATH or http://127.0.0.1:PORT"
        )

    @classmethod
    def served(cls, text: str, networks: Sequence[str]) -> Address:
        """``http://HOST:PORT``, HOST an address of loopback or of `networks`. Raises ConfigError."""
        try:
            parts = urlsplit(text)
            host = ipaddress.ip_address(parts.hostname or "")
            within = host.is_loopback or any(host in ipaddress.ip_network(one) for one in networks)
            if parts.scheme == "http" and within and parts.port and parts.path in ("", "/"):
                return cls(host=str(host), port=parts.port)
        except ValueError:
            pass
        raise ConfigError(
            f"[cluster] http: {text!r} is not an address that Ray Serve may answer at; expected "
            "http://HOST:PORT, HOST an address of loopback or of [cluster] networks"
        )

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"unix:{self.socket}" if self.socket else f"http://{host}:{self.port}"


def written(text: str) -> str:
    """A reason as it travels: what is a message arrives as one, to be said in every reader's language."""
    return text.encoded() if isinstance(text, Message) else text


def sent(predictions: Sequence[Prediction]) -> bytes:
    """Predictions as JSON; vectors in base64."""
    told = [replace(one, unsupported=written(one.unsupported)) for one in predictions]
    return PREDICTIONS.dump_json(told)


def received(predictions: Sequence[Prediction]) -> list[Prediction]:
    """Predictions as `sent` sends them, with their messages."""
    return [replace(one, unsupported=Message.decoded(one.unsupported)) for one in predictions]


ARTICLES: TypeAdapter[list[Article]] = TypeAdapter(list[Article])
PREDICTIONS: TypeAdapter[list[Prediction]] = TypeAdapter(
    list[Prediction], config=ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")
)
EXPLANATION: TypeAdapter[Explanation] = TypeAdapter(Explanation)
ASKED: TypeAdapter[Asked] = TypeAdapter(Asked)
