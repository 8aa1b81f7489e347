"""Which language a text is in: by its script where that decides, else by a model of languages.

A source's language is a hint. It decides between languages that a text's script leaves open, and never
for one that is not written in that script: an Arabic headline of an English source is not English.

    Han only      Japanese or Korean where the source is and every character is known there; else Chinese.
                  Characters that only one country writes (价 is 価 in Japan) decide without a hint
    Latin         the hint for short or plain ASCII texts; else words, else lingua among the languages
                  that financial news comes in (https://github.com/pemistahl/lingua-py)
    others        the language mostly written in the script, or the hint where that is written in it, too
    no letters    the hint
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lingua import LanguageDetector

_SHORT = 12  # letters below which a Latin text cannot outvote the hint
_EXAMINED = 400  # characters looked at
_LATIN = frozenset({"en", "de", "fr", "es", "it", "pt"})
_ENGLISH = frozenset(
    re.findall(
        r"\w+",
        """
        the and of to for with after from says that by at are its over than amid into has have would
        """,
    )
)
_WORDS = re.compile(r"[a-z]+")

# Script -> the languages written in it, the one taken without a hint first.
_WRITTEN: Mapping[str, tuple[str, ...]] = {
    "cyrillic": (
        "ru",
        "uk",
        "bg",
        "be",
        "sr",
        "mk",
        "kk",
        "ky",
        "mn",
        "tg",
        "tt",
        "ba",
        "ce",
        "cv",
        "os",
        "uz",
        "az",
    ),
    "arabic": ("ar", "fa", "ur", "ps", "ku", "ug", "sd", "ks", "az"),
    "hebrew": ("he", "yi", "iw"),
    "greek": ("el",),
    "armenian": ("hy",),
    "georgian": ("ka",),
    "devanagari": ("hi", "mr", "ne", "sa", "ks", "sd"),
    "bengali": ("bn", "as"),
    "gurmukhi": ("pa",),
    "gujarati": ("gu",),
    "oriya": ("or",),
    "tamil": ("ta",),
    "telugu": ("te",),
    "kannada": ("kn",),
    "malayalam": ("ml",),
    "sinhala": ("si",),
    "thai": ("th",),
    "lao": ("lo",),
    "tibetan": ("bo", "dz"),
    "burmese": ("my",),
    "ethiopic": ("am", "ti"),
    "khmer": ("km",),
    "mongolian": ("mn",),
    "thaana": ("dv",),
}
_RANGES: tuple[tuple[int, int, str], ...] = (  # https://www.unicode.org/charts/
    *((0x0000, 0x024F, "latin"), (0x1E00, 0x1EFF, "latin"), (0xFF21, 0xFF5A, "latin")),
    *((0x3400, 0x9FFF, "han"), (0xF900, 0xFAFF, "han"), (0x20000, 0x323AF, "han"), (0x3005, 0x3007, "han")),
    *((0x3041, 0x30FF, "kana"), (0x31F0, 0x31FF, "kana"), (0xFF66, 0xFF9D, "kana"), (0x3105, 0x312F, "han")),
    *((0xAC00, 0xD7A3, "hangul"), (0x1100, 0x11FF, "hangul"), (0x3131, 0x318E, "hangul")),
    *((0x0400, 0x052F, "cyrillic"), (0x0370, 0x03FF, "greek"), (0x1F00, 0x1FFF, "greek")),
    *((0x0530, 0x058F, "armenian"), (0x0590, 0x05FF, "hebrew"), (0x0600, 0x06FF, "arabic")),
    *(
        (0x0750, 0x077F, "arabic"),
        (0x08A0, 0x08FF, "arabic"),
        (0xFB50, 0xFDFF, "arabic"),
        (0xFE70, 0xFEFE, "arabic"),
    ),
    *((0x0780, 0x07BF, "thaana"), (0x0900, 0x097F, "devanagari"), (0x0980, 0x09FF, "bengali")),
    *((0x0A00, 0x0A7F, "gurmukhi"), (0x0A80, 0x0AFF, "gujarati"), (0x0B00, 0x0B7F, "oriya")),
    *((0x0B80, 0x0BFF, "tamil"), (0x0C00, 0x0C7F, "telugu"), (0x0C80, 0x0CFF, "kannada")),
    *((0x0D00, 0x0D7F, "malayalam"), (0x0D80, 0x0DFF, "sinhala"), (0x0E00, 0x0E7F, "thai")),
    *((0x0E80, 0x0EFF, "lao"), (0x0F00, 0x0FFF, "tibetan"), (0x1000, 0x109F, "burmese")),
    *((0x10A0, 0x10FF, "georgian"), (0x1200, 0x139F, "ethiopic"), (0x1780, 0x17FF, "khmer")),
    (0x1800, 0x18AF, "mongolian"),
)
# Letters that one language of its script has and the one taken otherwise has not.
_TELLING: Mapping[str, Mapping[str, str]] = {
    "cyrillic": {"kk": "әғқңұһ", "be": "ў", "uk": "ґєії", "sr": "ђћ", "mk": "ѓѕќ"},
    "arabic": {"ur": "ٹڈڑے", "fa": "پچژگ"},
}
_EAST_ASIAN = frozenset({"zh", "ja", "ko"})
_NOT_LATIN = _EAST_ASIAN | {language for known in _WRITTEN.values() for language in known} - {
    "sr",
    "uz",
    "az",
    "ku",
}


def detect_language(text: str, hint: str = "") -> str:
    """ISO 639-1 code of the language of `text`, "" where nobody can tell.

    `hint`, what the source says of itself, decides where the script leaves it open.
    """
    hint = hint.strip().lower().replace("_", "-").partition("-")[0]
    hint = hint if len(hint) == 2 and hint.isascii() and hint.isalpha() else ""
    sample = text[:_EXAMINED]
    if sample.isascii():
        scripts = Counter({"latin": sum(map(str.isalpha, sample))})
    else:
        scripts = Counter(_script(char) for char in sample if char.isalpha())
    letters = scripts.total()
    east = scripts["han"] + scripts["kana"] + scripts["hangul"]
    if not letters:
        return hint
    if east * 4 >= letters:  # one such character says as much as three letters
        return _east_asian(sample, scripts, hint)
    most, count = scripts.most_common(1)[0]
    if most in _WRITTEN and count * 2 > letters - east:
        return hint if hint in _WRITTEN[most] else _by_letters(sample, most)
    latin = scripts["latin"]
    if latin * 2 <= letters or latin < _SHORT:
        return hint if _is_written(hint, scripts) else ""
    if sample.isascii() and hint in _LATIN:
        return hint
    words = _WORDS.findall(sample.lower())
    if len(_ENGLISH.intersection(words)) >= 2 and sum(word in _ENGLISH for word in words) * 12 >= len(words):
        return "en"
    if hint and hint not in _LATIN and hint not in _NOT_LATIN:
        return hint  # a Latin language that no model here knows
    return _detected(sample, hint)


def _is_written(language: str, scripts: Counter[str]) -> bool:
    """Whether a language is written in one of these scripts, the East Asian ones apart."""
    if language not in _NOT_LATIN and scripts["latin"]:
        return True
    return any(scripts[script] for script, known in _WRITTEN.items() if language in known)


@cache
def _script(char: str) -> str:
    point = ord(char)
    return next((script for first, last, script in _RANGES if first <= point <= last), "other")


def _by_letters(text: str, script: str) -> str:
    """The language of a script that a letter of its own tells, or the one mostly written in it."""
    lower = text.lower()
    for language, letters in _TELLING.get(script, {}).items():
        if any(letter in lower for letter in letters):
            return language
    return _WRITTEN[script][0]


def _east_asian(text: str, scripts: Counter[str], hint: str) -> str:
    han = {char for char in text if _script(char) == "han"}
    chinese = any(not _in(char, "cp932") and (_in(char, "gb2312") or _in(char, "big5")) for char in han)
    kana, hangul = scripts["kana"], scripts["hangul"]
    east = scripts["han"] + kana + hangul
    if kana and (kana * (2 if chinese else 10) >= east or not (chinese or hangul or hint == "zh")):
        return "ja"
    if hangul * 2 > scripts["han"] or (hangul and hint == "ko"):
        return "ko"
    if chinese:
        return "zh"
    if hint in ("ja", "ko") and all(_in(char, "cp932" if hint == "ja" else "euc_kr") for char in han):
        return hint
    japanese = sum(not (_in(char, "gb2312") or _in(char, "big5")) for char in han)  # 経, 価, 続
    return "ja" if japanese >= 2 else "zh"


@cache
def _in(char: str, codec: str) -> bool:
    """Whether a character is in a national standard, and so in use in that country."""
    try:
        char.encode(codec)
    except UnicodeEncodeError:
        return False
    return True


def _detected(text: str, hint: str) -> str:
    best, second, *_ = _detector().compute_language_confidence_values(text)
    if best.value >= 0.5 or best.value >= 2 * second.value:
        return str(best.language.iso_code_639_1.name).lower()
    return hint if hint in _LATIN else ""


@cache
def _detector() -> LanguageDetector:
    # Its models take a second or more to load, so the first text that needs them pays, and no import.
    from lingua import IsoCode639_1, LanguageDetectorBuilder

    codes = [getattr(IsoCode639_1, code.upper()) for code in sorted(_LATIN)]
    return LanguageDetectorBuilder.from_iso_codes_639_1(*codes).build()
