"""One message: a text that knows how it is said in each language."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final, Self

from monitor.messages.catalogue import MESSAGES

LANGUAGES: Final = ("en", "zh")
"""The languages of every message, in the order the catalogue has them."""

_JOINED: Final = {"en": ", ", "zh": "、"}
_MARK: Final = '{"message":'


class Message(str):
    """The English sentence of `key`, and what is needed to say it in another language.

    `values` are what the catalogue's sentence has places for: text, numbers, other messages, or
    sequences of these. Raises KeyError for a key the catalogue lacks or a value a sentence needs.
    """

    __slots__ = ("key", "values")

    key: str
    values: Mapping[str, Any]

    def __new__(cls, key: str, /, **values: Any) -> Self:
        message = super().__new__(cls, _sentence(MESSAGES[key], "en", values))
        message.key = key
        message.values = values
        return message

    def said(self, language: str) -> str:
        """The sentence in `language`; English where that is none of LANGUAGES."""
        return _sentence(MESSAGES[self.key], language if language in LANGUAGES else "en", self.values)

    def encoded(self) -> str:
        """The message as JSON text, from which `decoded` makes it again."""
        return json.dumps({"message": self.key, "values": _plain(self.values)}, ensure_ascii=False)

    @staticmethod
    def decoded(text: str) -> str:
        """The message that `encoded` wrote; any other text as it is.

        A key that this program does not know (an older or newer one wrote it) is told with its values.
        """
        if not text.startswith(_MARK):
            return text
        try:
            found = _revived(json.loads(text))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return text
        return found if isinstance(found, str) else text

    def __reduce__(self) -> tuple[Any, ...]:
        return _made, (self.key, dict(self.values))


def said(text: object, language: str) -> str:
    """`text` in `language` where it is a message, or an error that has a `public` one; else as it is."""
    text = getattr(text, "public", text) if isinstance(text, BaseException) else text
    return text.said(language) if isinstance(text, Message) else str(text)


def _sentence(spellings: tuple[str, str], language: str, values: Mapping[str, Any]) -> str:
    words = {name: _word(value, language) for name, value in values.items()}
    return spellings[LANGUAGES.index(language)].format(**words)


def _word(value: Any, language: str) -> Any:
    """A value as a sentence takes it: numbers stay numbers, so that the catalogue can format them."""
    if isinstance(value, Message):
        return value.said(language)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return _JOINED[language].join(str(_word(one, language)) for one in value)
    return value


def _plain(value: Any) -> Any:
    if isinstance(value, Message):
        return {"message": value.key, "values": _plain(value.values)}
    if isinstance(value, Mapping):
        return {str(name): _plain(inner) for name, inner in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(one) for one in value]
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)


def _revived(value: Any) -> Any:
    if isinstance(value, dict):
        values = {name: _revived(inner) for name, inner in value["values"].items()}
        if value["message"] not in MESSAGES:
            return f"{value['message']} {values}" if values else str(value["message"])
        return Message(value["message"], **values)
    if isinstance(value, list):
        return [_revived(one) for one in value]
    return value


def _made(key: str, values: Mapping[str, Any]) -> Message:
    return Message(key, **values)
