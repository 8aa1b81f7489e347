"""Raw item to article: plain text, canonical URL, UTC times, language, content hash.

Two texts come out. `title` and `text` are for the reader: markup removed, nothing else
changed. `content` is for models, hashing and name matching: Unicode NFKC (full-width
``Ａ`` is ``A``) without control and format characters, of bounded length.
"""

from __future__ import annotations

import hashlib
import html
import re
import unicodedata
from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit, urlunsplit

from monitor.records import Article, Item

if TYPE_CHECKING:
    from lingua import LanguageDetector

MAX_TITLE = 1_000
"""Characters of a title that are kept."""
MAX_TEXT = 200_000
"""Characters of a text that are kept for the reader."""
MAX_CONTENT = 20_000
"""Characters of title and text that models, hashing and name matching see."""
MAX_URL = 4_096
MAX_MARKS = 8
"""Combining marks kept on one character; more are a defacement, and quadratic to normalise."""
MAX_AHEAD = timedelta(days=1)
"""How far a stated time may lie in the future before it is taken for a mistake."""

_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)

# A tag may hold ">" in a quoted attribute. Possessive, and never past the next "<": linear.
_MARKUP = re.compile(
    r"<!--|<!\[CDATA\[|<[!?][^<>]*>"
    r"|<(?P<close>/?)(?P<name>[A-Za-z][A-Za-z0-9:-]{0,30})"
    r"(?=[\s/>])(?>[^<>\"']+|\"[^\"<]*\"|'[^'<]*')*+>"
    r"|<(?P<close2>/?)(?P<name2>[A-Za-z][A-Za-z0-9:-]{0,30})(?=[\s/>])[^<>]*>"
)
_BLOCKS = frozenset(
    re.findall(
        r"\w+",
        """
        address article aside blockquote br center dd details dialog div dl dt fieldset figcaption
        figure footer form h1 h2 h3 h4 h5 h6 header hr li main nav ol p pre section table tbody td
        tfoot th thead tr ul
        """,
    )
)
_HIDDEN = frozenset({"script", "style", "template", "noscript", "iframe", "object", "head", "svg", "math"})
_INLINE = frozenset(
    re.findall(
        r"\w+",
        """
        a abbr acronym applet area audio b base basefont bdi bdo big blink body button canvas caption
        cite code col colgroup data datalist del dfn em embed font html i img input ins kbd label
        legend link map mark marquee menu meta meter nobr option optgroup output param picture progress
        q rp rt ruby s samp select small source span strike strong sub summary sup textarea time title
        track tt u var video wbr
        """,
    )
)
_TAGS = _BLOCKS | _HIDDEN | _INLINE
_SPACES = re.compile(r"[^\S\n]+")
_LINE_EDGES = re.compile(r" ?\n ?")
_BLANK_LINES = re.compile(r"\n{3,}")
_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]"
)
_LINE_ENDS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")

# Parameters that say how a reader came, not what is read.
_TRACKING = re.compile(
    r"(?:utm_\w+|mc_[ce]id|[gdwy]?clid|gclsrc|[fm]bclid|msclkid|yclid|gbraid|wbraid|igshid|igsh|twclid|ttclid"
    r"|_hs(?:enc|mi)|mkt_tok|vero_id|oly_(?:anon|enc)_id|wickedid|spm|scm|share_token|cmpid|ncid|ocid|guccounter"
    r"|guce_referr\w*|sr_share|ref_src|ref_url|at_(?:medium|campaign|link_\w+)|traffic_source|_ga|_gl)",
    re.IGNORECASE,
)
_DEFAULT_PORTS = {"http": 80, "https": 443}


def article(
    item: Item,
    *,
    source: str,
    identity_key: str,
    now: datetime,
    language_hint: str = "",
    sample: bool = False,
) -> Article:
    """The article that `item` of `source` makes, first seen at `now`, not stored yet.

    `language_hint` is the language the source is configured with; it decides where the
    text is too short to tell. A sample's `first_seen_at` is its `published_at`, so that
    trends have a past to show.
    """
    title = " ".join(plain_text(item.title).split("\n"))[:MAX_TITLE].strip()
    text = plain_text(item.text)
    if not title and not text:
        # Nothing but markup, an image say: what the source sent is all there is to show.
        title = " ".join(_readable(item.title).split())[:MAX_TITLE]
        text = "" if title else _tidied(_readable(item.text)[:MAX_TEXT])
    body = content(title, text)
    published = _published(item.published_at, now)
    return Article(
        source=source,
        title=title,
        text=text,
        content=body,
        url=canonical_url(item.url),
        author=" ".join(plain_text(item.author).split())[:512],
        language=detect_language(body, item.language or language_hint),
        published_at=published,
        first_seen_at=published if sample else now,
        identity_key=identity_key,
        content_hash=content_hash(body),
        sample=sample,
    )


def has_words(item: Item) -> bool:
    """Whether an item has a title or a text, and so becomes an article."""
    return bool(_readable(item.title).strip() or _readable(item.text).strip())


def _published(stated: datetime | None, now: datetime) -> datetime:
    """A stated time in UTC; `now` where none is stated or it cannot be true."""
    if stated is None:
        return now
    try:
        stated = (stated if stated.tzinfo else stated.replace(tzinfo=UTC)).astimezone(UTC)
    except OverflowError:
        return now
    return stated if _EARLIEST <= stated <= now + MAX_AHEAD else now


# --- text --------------------------------------------------------------------------------


def plain_text(markup: str) -> str:
    """HTML as the text a reader sees: no tags, scripts or comments; entities decoded;
    paragraphs and line breaks as newlines. Text without markup keeps its lines.

    Only names that HTML knows count as tags, so "a<b and c>d" stays what it is. The
    result is text, not safe HTML: whoever shows it must escape it.
    """
    markup = _readable(markup[: 5 * MAX_TEXT])
    if "<" not in markup:
        return _tidied(html.unescape(markup) if "&" in markup else markup)[:MAX_TEXT]
    parts: list[str] = []
    position = 0
    hidden = ""  # the element whose content is left out
    found_tag = False
    for match in _MARKUP.finditer(markup):
        if match.start() < position:
            continue  # inside a comment
        name = (match["name"] or match["name2"] or "").lower()
        if name and not _is_tag(name, match[0]):
            continue
        closing = bool(match["close"] or match["close2"])
        if not hidden:
            parts.append(markup[position : match.start()])
        position = match.end()
        if not name:
            position = _after_comment(markup, match[0], position)
            continue
        found_tag = True
        if hidden:
            hidden = "" if closing and name == hidden else hidden
        elif name in _HIDDEN and not closing:
            hidden = name
        elif name in _BLOCKS:
            parts.append("\v")
    if not hidden:
        parts.append(markup[position:])
    text = html.unescape("".join(parts))
    if found_tag:  # in HTML a newline is a space
        text = text.replace("\n", " ")
    return _tidied(text.replace("\v", "\n"))[:MAX_TEXT]


def _is_tag(name: str, text: str) -> bool:
    """Whether HTML knows `name`; "<b and c>" in a formula is no tag for want of an attribute."""
    rest = text.lstrip("</")[len(name) :].strip("/> \n\t")
    return name in _TAGS and (len(name) > 1 or not rest or "=" in rest)


def _after_comment(markup: str, opening: str, position: int) -> int:
    if opening == "<!--":
        end = markup.find("-->", position)
        return len(markup) if end < 0 else end + 3
    return position


def _readable(text: str) -> str:
    """`text` without what no reader sees: control characters, lone surrogates, text direction overrides."""
    return _UNPRINTABLE.sub("", _LINE_ENDS.sub("\n", text)) if not text.isprintable() else text


def _tidied(text: str) -> str:
    text = _SPACES.sub(" ", _readable(text))
    if "\n" in text:
        text = _BLANK_LINES.sub("\n\n", _LINE_EDGES.sub("\n", text))
    return text.strip()


def content(title: str, text: str) -> str:
    """Title and text as one, in the form models see; of what it gave before it makes the same.

    A title that the text repeats is not doubled, in whatever width or spacing either is written.
    """
    head, body = _normal(title), _normal(text)
    joined = body if body.startswith(head) else f"{head}\n{body}" if body else head
    return joined[:MAX_CONTENT].rstrip()


def _normal(text: str) -> str:
    text = text[:MAX_CONTENT]
    if not text.replace("\n", "").isprintable():  # first, so that what they held apart is joined for good
        text = _LINE_ENDS.sub("\n", text)
        text = "".join(
            char for char in text if char in "\n\t" or unicodedata.category(char) not in ("Cc", "Cf", "Cs")
        )
    if not text.isascii():
        text = unicodedata.normalize("NFKC", _unstacked(text))
    return _tidied(text)[:MAX_CONTENT]


def _unstacked(text: str) -> str:
    """At most MAX_MARKS combining marks in a row."""
    kept: list[str] = []
    marks = 0
    for char in text:
        marks = marks + 1 if unicodedata.combining(char) else 0
        if marks <= MAX_MARKS:
            kept.append(char)
    return "".join(kept) if len(kept) < len(text) else text


def content_hash(content: str) -> str:
    """SHA-256 of `content`, in hexadecimal: equal wherever the same text appears."""
    return hashlib.sha256(content.encode("utf-8")).hexdigest()


# --- address -----------------------------------------------------------------------------


def canonical_url(url: str, base: str = "") -> str:
    """One form for the addresses of one page; "" for what is not an http(s) address.

    Lower-case host, no user information, default port, fragment or tracking parameters;
    everything else is kept as it is, order included, because servers tell it apart.
    """
    cleaned = url.strip()
    if " " in cleaned or not cleaned.isprintable():
        cleaned = "".join(char for char in cleaned if char.isprintable() and char != " ")
    try:
        parts = urlsplit(urljoin(base, cleaned) if base else cleaned)
        port = parts.port
    except ValueError:
        return ""
    host = (parts.hostname or "").rstrip(".")
    scheme = parts.scheme.lower()
    if scheme not in _DEFAULT_PORTS or not host:
        return ""
    netloc = f"[{host}]" if ":" in host else host
    if port is not None and port != _DEFAULT_PORTS[scheme]:
        netloc += f":{port}"
    query = "&".join(
        pair for pair in parts.query.split("&") if pair and not _TRACKING.fullmatch(pair.partition("=")[0])
    )
    canonical = urlunsplit((scheme, netloc, parts.path or "/", query, ""))
    return canonical if len(canonical) <= MAX_URL else ""


# --- language ------------------------------------------------------------------------------

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


def detect_language(text: str, hint: str = "") -> str:
    """ISO 639-1 code of the language of `text`, "" where nobody can tell.

    The script decides where it can: Han characters, kana, hangul, Cyrillic. `hint`, what
    the source says of itself, decides for a Latin text that is short or plain ASCII. The
    rest goes to lingua (https://github.com/pemistahl/lingua-py) restricted to the Latin
    languages that financial news comes in.
    """
    hint = hint.strip().lower().replace("_", "-").partition("-")[0]
    hint = hint if len(hint) == 2 and hint.isascii() and hint.isalpha() else ""
    sample = text[:_EXAMINED]
    if sample.isascii():
        scripts = Counter(latin=sum(map(str.isalpha, sample)))
    else:
        scripts = Counter(_script(char) for char in sample if char.isalpha())
    han, kana, hangul, latin = scripts["han"], scripts["kana"], scripts["hangul"], scripts["latin"]
    letters = latin + scripts["cyrillic"] + scripts["other"]
    east = han + kana + hangul
    if east and east * 3 >= letters:  # one such character says as much as three letters
        return "ja" if kana * 10 >= east else "ko" if hangul > han else "zh"
    if scripts["cyrillic"] * 2 > letters:
        return "ru" if hint in _LATIN | {""} else hint
    if latin * 2 <= letters or latin < _SHORT:
        return hint if hint not in ("zh", "ja", "ko") or not latin else ""
    if sample.isascii() and hint in _LATIN:
        return hint
    words = _WORDS.findall(sample.lower())
    if len(_ENGLISH.intersection(words)) >= 2 and sum(word in _ENGLISH for word in words) * 12 >= len(words):
        return "en"
    return _detected(sample, hint)


def _script(char: str) -> str:
    point = ord(char)
    if point < 0x250 or 0x1E00 <= point <= 0x1EFF:
        return "latin"
    if 0x3400 <= point <= 0x9FFF or 0xF900 <= point <= 0xFAFF or 0x20000 <= point <= 0x323AF:
        return "han"
    if 0x3041 <= point <= 0x30FF:
        return "kana"
    if 0xAC00 <= point <= 0xD7A3:
        return "hangul"
    return "cyrillic" if 0x400 <= point <= 0x52F else "other"


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
