"""Raw item to article: plain text, canonical URL, UTC times, language, content hash.

Two texts come out. `title` and `text` are for the reader: markup removed, nothing else
changed. `content` is for models, hashing and name matching: Unicode NFKC (full-width
``Ａ`` is ``A``) without control and format characters, of bounded length.

With `mask` both are without personal data, and so is everything made of them (`monitor.news.masking`).
"""

from __future__ import annotations

import hashlib
import html
import html.entities
import re
import unicodedata
from datetime import UTC, date, datetime, timedelta

from monitor.news import masking
from monitor.news.dates import DEFAULT, Dates
from monitor.news.languages import detect_language
from monitor.news.urls import canonical_url
from monitor.records import Article, Item

MAX_TITLE = 1_000
"""Characters of a title that are kept."""
MAX_TEXT = 200_000
"""Characters of a text that are kept for the reader."""
MAX_CONTENT = 20_000
"""Characters of title and text that models, hashing and name matching see."""
MAX_MARKUP = 5 * MAX_TEXT
"""Characters of what a source sent that are read at all."""
MAX_MARKS = 8
"""Combining marks kept on one character; more are a defacement, and quadratic to normalise."""
MAX_AHEAD = timedelta(days=1)
"""How far a stated time may lie in the future before it is taken for a mistake."""

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
"""A stated time before this is a mistake too."""

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
        cite code col colgroup command data datalist del dfn em embed font frame frameset html i img input
        ins kbd keygen label legend link map mark marquee menu meta meter nobr noframes option optgroup
        output param picture progress q rp rt ruby s samp select small source span strike strong sub
        summary sup textarea time title track tt u var video wbr
        """,
    )
)
_UNCLOSED = _HIDDEN - {"script", "style"}  # of these, what has no end hides nothing
_TAGS = _BLOCKS | _HIDDEN | _INLINE
_SPACES = re.compile(r"[^\S\n]+")
_WORD_END = re.compile(r"[^\W\d_](?=\s+[^\W\d_])|[^\x00-\x7f\d]")  # of one that no number follows
_LINE_EDGES = re.compile(r" ?\n ?")
_BLANK_LINES = re.compile(r"\n{3,}")
_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]"
)
_LINE_ENDS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")


def article(
    item: Item,
    *,
    source: str,
    identity_key: str,
    now: datetime,
    language_hint: str = "",
    sample: bool = False,
    history: bool = False,
    dates: Dates = DEFAULT,
    mask: bool = False,
) -> Article:
    """The article that `item` of `source` makes, first seen at `now`, not stored yet.

    `dates` is how the source writes its dates; what cannot be read or cannot be true becomes `now`.
    `language_hint` is the language the source is configured with; it decides where the
    text is too short to tell. A sample's `first_seen_at` is its `published_at`, so that
    trends have a past to show; so is that of `history`, and where only a day is stated the end of that
    day, for nothing may be known before it could be. With `mask`, personal data are masked before anything
    is cut off, so that no half of a number stays.
    """
    title = " ".join(_plain(item.title).split("\n"))
    text = _plain(item.text)
    if not title and not text:
        # Nothing but markup, an image say: what the source sent is all there is to show.
        title = " ".join(_readable(_beginning(item.title)).split())
        text = "" if title else _tidied(_readable(_beginning(item.text)))
    author = " ".join(_plain(item.author).split())
    publisher = " ".join(_plain(item.publisher).split())
    url = item.url
    if mask:
        title, text = masking.mask_together((title, text), (MAX_TITLE, MAX_TEXT))
        author = masking.mask_name(author)
        publisher = masking.mask_name(publisher)
        url = masking.mask_address(url)
    title, text = title[:MAX_TITLE].strip(), text[:MAX_TEXT].rstrip()
    body = content(title, text)
    stated = dates.read(item.published_at, now).at
    published, day = _published(stated, dates, now)
    return Article(
        source=source,
        title=title,
        text=text,
        content=body,
        url=canonical_url(url),
        author=author[:512].rstrip(),
        publisher=publisher[:200].rstrip(),
        language=detect_language(body, item.language or language_hint),
        published_at=published,
        first_seen_at=published if sample else _seen(published, day, dates, now) if history else now,
        identity_key=identity_key,
        content_hash=content_hash(body),
        sample=sample,
        history=history,
        published_day=day,
    )


def masked_item(item: Item, article: Article) -> Item:
    """What `article`, made of `item` with `mask`, still tells of it: all that its keys may be made of, for
    a digest of few digits is soon guessed."""
    return Item(
        title=article.title,
        text=article.text,
        url=masking.mask_address(item.url),
        guid=masking.mask_name(item.guid),
    )


def has_words(item: Item) -> bool:
    """Whether an item has a title or a text, and so becomes an article."""
    return bool(_readable(item.title).strip() or _readable(item.text).strip())


def _published(stated: datetime | date | None, dates: Dates, now: datetime) -> tuple[datetime, date | None]:
    """A stated time in UTC, and the day where that is all that is stated; `now` where nothing is, or where
    it cannot be true."""
    if stated is None:
        return now, None
    try:
        at = stated if isinstance(stated, datetime) else dates.start(stated)
    except OverflowError:
        return now, None
    if not EARLIEST <= at <= now + MAX_AHEAD:
        return now, None
    return at, None if isinstance(stated, datetime) else stated


def first_seen(stated: datetime | date, dates: Dates, now: datetime) -> datetime:
    """When what an archive states to be of this moment, or day, could be seen first."""
    return _seen(*_published(stated, dates, now), dates, now)


def _seen(published: datetime, day: date | None, dates: Dates, now: datetime) -> datetime:
    """When what is stated to be of `published` could be seen."""
    return published if day is None else min(dates.start(day + timedelta(days=1)) - timedelta(minutes=1), now)


# --- text --------------------------------------------------------------------------------


def plain_text(markup: str) -> str:
    """HTML as the text a reader sees: no tags, scripts or comments; entities decoded;
    paragraphs and line breaks as newlines. Text without markup keeps its lines.

    Only names that HTML knows count as tags, so "a<b and c>d" stays what it is. The
    result is text, not safe HTML: whoever shows it must escape it.
    """
    return _plain(markup)[:MAX_TEXT]


def _plain(markup: str) -> str:
    """`plain_text`, however long it is that MAX_MARKUP characters give."""
    markup = _readable(_beginning(markup))
    if "<" not in markup:
        return _tidied(decoded(markup))
    parts: list[str] = []
    position = 0
    hidden = ""  # the element whose content is left out
    endless: set[str] = set()  # elements that nothing closes from here on
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
        elif name in _HIDDEN and not closing and not match[0].endswith("/>"):
            if name in _UNCLOSED and name not in endless and not _closes(markup, name, position):
                endless.add(name)
            hidden = "" if name in endless else name
        elif name in _BLOCKS:
            parts.append("\v")
    if not hidden:
        parts.append(markup[position:])
    text = decoded("".join(parts))
    if found_tag:  # in HTML a newline is a space
        text = text.replace("\n", " ")
    return _tidied(text.replace("\v", "\n"))


def _beginning(markup: str) -> str:
    """The first MAX_MARKUP characters, up to the end of a word: half a number could not be masked."""
    if len(markup) <= MAX_MARKUP:
        return markup
    tail = MAX_MARKUP - 300
    ends = [match.end() for match in _WORD_END.finditer(markup, tail, MAX_MARKUP)]
    return markup[: ends[-1] if ends else MAX_MARKUP]


_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_SURROGATES = re.compile(
    r"&#(?:[xX]([dD][89abAB][0-9a-fA-F]{2})|(5[56][0-9]{3}));&#(?:[xX]([dD][c-fC-F][0-9a-fA-F]{2})|(5[67][0-9]{3}));"
)


def decoded(text: str) -> str:
    """`text` with its entities as characters. Only what ends in ";" is one: "&section=2" of an address and
    the "R&D" of a name stay, although HTML reads "&sect" and "&reg" where they begin a word."""
    if "&" not in text:
        return text
    if "&#" in text:
        text = _SURROGATES.sub(_paired, text)
    return _ENTITY.sub(lambda match: _entity(match[0]), text)


def _entity(written: str) -> str:
    known = written[1] == "#" or written[1:] in html.entities.html5
    return html.unescape(written) if known else written


def _paired(match: re.Match[str]) -> str:
    """The character that two references to halves of it mean (an emoji written as UTF-16)."""
    high = int(match[1], 16) if match[1] else int(match[2])
    low = int(match[3], 16) if match[3] else int(match[4])
    if not (0xD800 <= high <= 0xDBFF and 0xDC00 <= low <= 0xDFFF):
        return match[0]
    return chr(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))


def _closes(markup: str, name: str, position: int) -> bool:
    """Whether an element that opened before `position` is closed behind it."""
    return bool(re.compile(f"</{name}[\\s/>]", re.IGNORECASE).search(markup, position))


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
