"""Which passwords are taken: the rule of NIST SP 800-63B-4, 3.1.1.2 (https://pages.nist.gov/800-63-4/sp800-63b.html).

A length, no rule about kinds of characters, no expiry; and a comparison with what guessers try first: common
passwords, words, names, rows of keys, sequences, repetitions and dates, with the usual substitutions and
endings, and what is expected here: the user's name and the product's. The comparison is zxcvbn's (Wheeler,
USENIX Security 2016; MIT), whose lists are 30,000 leaked passwords and 60,000 words and names. A password
that it finds within 100 million guesses is refused: its authors' line between "somewhat guessable" and
"safely unguessable".
"""

from __future__ import annotations

from zxcvbn import zxcvbn

from monitor.errors import UserError
from monitor.messages import Message

MIN_PASSWORD = 10
MAX_PASSWORD = 1024
SAFE_SCORE = 3
"""zxcvbn's score of at least 10^8 guesses."""

_JUDGED = 40  # characters: the estimate's time grows with the cube of the length, and these are plenty
_MIN_OWN = 5  # letters and digits beside the user's name and the product's
_PRODUCT = ("newsmonitor", "monitor", "新闻舆情监测", "舆情监测", "舆情", "新闻")


def check(password: str, name: str) -> None:
    """Raise UserError, saying why, where `password` is not one that user `name` may have."""
    length = len(password)
    if length < MIN_PASSWORD:
        raise UserError(Message("password.short", length=length, least=MIN_PASSWORD))
    if length > MAX_PASSWORD:
        raise UserError(Message("password.long", length=length, most=MAX_PASSWORD))
    words = _expected(name)
    if _own(password, words) < _MIN_OWN:
        raise UserError(Message("password.expected"))
    if zxcvbn(password[:_JUDGED], user_inputs=words)["score"] < SAFE_SCORE:
        raise UserError(Message("password.common"))


def _expected(name: str) -> list[str]:
    """What a guesser tries here before all else, the longest first."""
    named = {part for part in (name.casefold(), *name.casefold().split()) if len(part) >= 3}
    return sorted({*named, *_PRODUCT}, key=len, reverse=True)


def _own(password: str, words: list[str]) -> int:
    """Letters and digits of `password` that belong to none of `words`."""
    left = "".join(char for char in password.casefold() if char.isalnum())
    for word in words:
        left = left.replace("".join(char for char in word if char.isalnum()), "")
    return len(left)
