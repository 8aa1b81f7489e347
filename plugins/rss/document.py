"""A feed document's bytes, read into plain values. Runs in the source's child process.

`feedparser` does the reading. It is handed `io.BytesIO` and nothing else: given bytes or
a string it may open a file or a URL that the string names. What is done here beforehand
is to decide the document's encoding, where following RFC 3023 to the letter garbles what
servers really send; and the JSON Feed formats, which feedparser 6 does not read.
"""

from __future__ import annotations

import codecs
import io
import json
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

from monitor import DateReader, Dates, FetchError, Message
from monitor_plugins.rss.references import mended

_BOMS = (  # the longer ones first: UTF-32's begins with UTF-16's
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
)
_BARE_STARTS = (  # "<?" or "<r" without a byte order mark: XML 1.0, appendix F
    (re.compile(rb"\x00\x00\x00<\x00\x00\x00"), "utf-32-be"),
    (re.compile(rb"<\x00\x00\x00[^\x00]\x00\x00\x00"), "utf-32-le"),
    (re.compile(rb"\x00[<\s{]\x00"), "utf-16-be"),
    (re.compile(rb"[<\s{]\x00[^\x00]\x00"), "utf-16-le"),
    (re.compile(rb"\x4c\x6f\xa7\x94"), "cp037"),
)
_JAPANESE_ESCAPE = re.compile(rb"\x1b\$[@B]")
_DECLARATION = re.compile(rb"^\s*<\?xml[^>]{0,300}?encoding\s*=\s*[\"']([A-Za-z0-9._:-]{1,40})[\"']")
_CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([A-Za-z0-9._:-]{1,40})", re.IGNORECASE)
_XML_DECLARATION = re.compile(r"^\s*<\?xml\b[^>]{0,1000}\?>")
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")  # XML 1.0, production 2
_OPML = re.compile(r"<opml\b", re.IGNORECASE)
_WEB_PAGE = re.compile(
    r"(?:\s|<!--.{0,5000}?-->|<\?[^>]{0,500}>)*<(?:!doctype\s+html|html|head|body)\b", re.I | re.S
)

# The label on the left is what servers say, the codec on the right is what they mean
# (https://encoding.spec.whatwg.org/#names-and-labels).
_MEANT = {
    "gb2312": "gb18030",
    "gb_2312-80": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "big5": "big5hkscs",
    "x-sjis": "cp932",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "sjis": "cp932",
    "euc-kr": "cp949",
    "ks_c_5601-1987": "cp949",
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "us-ascii": "ascii",
    "x-user-defined": "utf-8",
    "unicode": "utf-8",
}
_SINGLE_BYTE = re.compile(r"(?:iso-?8859|cp125|windows-125|latin|ascii|cp1252|l1$|koi8|mac)", re.IGNORECASE)
_WESTERN = frozenset({"cp1252", "ascii", "iso-8859-15", "windows-1252"})
# Tried where nothing is declared, or what is declared does not fit.
_GUESSES = ("gb18030", "big5hkscs", "euc_jp", "cp932", "cp949")
_LIKELY = 0.7  # plausibility at which a guess is taken where nothing usable is declared
_CERTAIN = 0.9  # and where a Western encoding is declared, which any bytes at all would fit


def read(
    body: bytes, content_type: str, url: str, dates: Dates | None = None, now: datetime | None = None
) -> dict[str, Any]:
    """`{"items": [...], "warnings": [...], "empty": 0}` of a feed document; items have `Item`'s fields,
    `published_at` as ISO 8601 text or None, and `published_day` where no time of the day is stated, else "".

    `dates` is how the source writes its dates, `now` when it was fetched (the present); `empty` are the items
    that had neither title nor text. Raises FetchError for what is not a feed."""
    if not body.strip(b"\x00 \t\r\n"):
        raise FetchError(Message("feeds.empty"))
    reader = DateReader(dates or Dates(), now or datetime.now(UTC))
    text, warnings = decode(body, content_type)
    if text.lstrip("\ufeff \t\r\n").startswith("{"):
        entries = _json_items(text, url, reader)
    else:
        entries = _xml_items(text, content_type, url, reader, warnings)
    items = []
    empty = 0
    for entry in entries:
        if entry["title"].strip() or entry["text"].strip():
            items.append(entry)
        else:
            empty += 1
    if empty:
        warnings.append(Message("feeds.blank_items", empty=empty, all=empty + len(items)))
    return {"items": items, "warnings": [*warnings, *reader.warnings()], "empty": empty}


# --- encoding ------------------------------------------------------------------------------


def decode(body: bytes, content_type: str) -> tuple[str, list[str]]:
    """A document's text, and what was wrong with its declared encoding.

    In order: a byte order mark; UTF-16, UTF-32 and EBCDIC by their first bytes; UTF-8 where
    the bytes are valid UTF-8 and not plain ASCII, because other encodings' text hardly
    ever is; the charset of the Content-Type header; that of the XML declaration; the
    likeliest East Asian encoding; UTF-8 with the invalid bytes replaced.
    """
    for mark, codec in _BOMS:
        if body.startswith(mark):
            return _replaced(body[len(mark) :], codec)
    for start, codec in _BARE_STARTS:
        if start.match(body):
            return _replaced(body, codec)
    declared = _declared(body, content_type)
    if _JAPANESE_ESCAPE.search(body) and body.isascii():
        return _replaced(body, "iso2022_jp_2")
    strict = [codec for codec in declared if not _SINGLE_BYTE.match(codec)]
    if _is_utf8(body) and not (declared and strict == declared and _only_pairs(body)):
        return _replaced(body, "utf-8") if not _escapes(declared) else _replaced(body, declared[0])
    for codec in strict:
        text = _try(body, codec)
        if text is not None:
            return text, []
    if declared and not strict:
        text = _try(body, declared[0])
        meant = _east_asian(body) if declared[0] in _WESTERN else None
        if meant is not None and meant[0] >= _CERTAIN:
            return meant[1], [
                f"the document is declared as {declared[0]}, which it is not; read as {meant[2]}"
            ]
        if text is not None:
            return text, []
    return _guessed(body, declared)


def _declared(body: bytes, content_type: str) -> list[str]:
    """Codecs that the header and the XML declaration name and Python knows."""
    header = _CHARSET.search(content_type)
    prolog = _DECLARATION.match(body[:1000])
    names = [header[1]] if header else []
    names += [prolog[1].decode("ascii")] if prolog else []
    codecs_named = []
    for name in names:
        codec = _MEANT.get(name.lower(), name.lower())
        try:
            known = codecs.lookup(codec)
        except LookupError:
            continue
        wide = known.name.startswith(("utf-16", "utf-32", "utf-7"))  # already excluded by the bytes
        if known._is_text_encoding and not wide and codec not in codecs_named:
            codecs_named.append(codec)
    return codecs_named


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _escapes(declared: list[str]) -> bool:
    """Whether an encoding is declared whose text is ASCII bytes (ISO-2022-JP, HZ)."""
    return bool(declared) and codecs.lookup(declared[0]).name.startswith(("iso2022", "hz"))


def _only_pairs(body: bytes) -> bool:
    """Whether valid UTF-8 holds two-byte sequences and no longer ones, as GBK may by chance."""
    return not any(byte >= 0xE0 for byte in body) and any(byte >= 0xC0 for byte in body)


def _try(body: bytes, codec: str) -> str | None:
    try:
        text = body.decode(codec)
    except (UnicodeError, LookupError):
        if codec != "cp1252":
            return None
        text = body.decode("latin-1")  # cp1252 leaves five bytes undefined
    return text


def _replaced(body: bytes, codec: str) -> tuple[str, list[str]]:
    text = body.decode(codec, "replace")
    broken = text.count("\ufffd")
    return text, [f"{broken} characters are not valid {codec} and were replaced"] if broken else []


def _guessed(body: bytes, declared: list[str]) -> tuple[str, list[str]]:
    says = f"is declared as {declared[0]}, which it is not" if declared else "declares no encoding"
    damaged = body.decode("utf-8", "replace")
    high = sum(byte >= 0x80 for byte in body)
    if damaged.count("\ufffd") * 10 <= high:
        return damaged, [f"the document {says}; read as UTF-8 with damaged characters replaced"]
    meant = _east_asian(body)
    if meant is not None and meant[0] >= _LIKELY:
        return meant[1], [f"the document {says}; read as {meant[2]}"]
    for codec in (*declared, "utf-8"):
        text = body.decode(codec, "replace")
        if text.count("\ufffd") * 20 <= high:
            return text, [f"the document {says}; read as {codec} with damaged characters replaced"]
    return _try(body, "cp1252") or "", [f"the document {says}; read as Western European"]


def _east_asian(body: bytes) -> tuple[float, str, str] | None:
    """The likeliest East Asian reading: its plausibility, the text and the codec."""
    readings = [(codec, text) for codec in _GUESSES if (text := _try(body, codec)) is not None]
    scored = [(_plausibility(text, codec), text, codec) for codec, text in readings]
    return max(scored, key=lambda each: each[0], default=None)


def _plausibility(text: str, codec: str) -> float:
    """How likely it is that `codec` is what a text was written in, about 0 to 1: the share
    of its non-ASCII characters that are common in East Asian writing."""
    foreign = [char for char in text if ord(char) >= 0x80]
    if not foreign:
        return 0.0
    points = sorted(ord(char) for char in foreign)
    kana = bisect_right(points, 0x30FF) - bisect_left(points, 0x3041)
    score = 0.0
    late = 0  # GB 2312 is in pinyin order: half of Chinese text lies behind "shang", row 0xC9
    for char in foreign:
        point = ord(char)
        if 0x3000 <= point <= 0x30FF or 0xFF00 <= point <= 0xFF60 or 0x2010 <= point <= 0x2026:
            score += 1.0
        elif 0xAC00 <= point <= 0xD7A3:
            score += 0.9
        elif 0x4E00 <= point <= 0x9FFF:
            score += _everyday(char)
            late += codec == "gb18030" and char.encode("gb18030")[0] > 0xC8
    if codec == "gb18030" and (kana * 5 > len(foreign) or (len(foreign) >= 8 and not late)):
        score *= 0.7  # EUC-JP's kana and EUC-KR's hangul share the codes of GB 2312's kana and first rows
    return score / len(foreign)


def _everyday(char: str) -> float:
    try:
        row = char.encode("gb2312")[0]
    except UnicodeEncodeError:
        try:
            row = char.encode("big5")[0]
        except UnicodeEncodeError:
            return 0.1
        return 0.9 if row <= 0xC6 else 0.3
    return 1.0 if row <= 0xD7 else 0.3


# --- XML feeds -----------------------------------------------------------------------------


def _xml_items(
    text: str, content_type: str, url: str, dates: DateReader, warnings: list[str]
) -> Iterator[dict[str, Any]]:
    import feedparser

    if not text.strip():
        raise FetchError(Message("feeds.empty"))
    cleaned = _FORBIDDEN.sub("", _XML_DECLARATION.sub("", text.lstrip("\ufeff \t\r\n"), count=1))
    document = ('<?xml version="1.0" encoding="utf-8"?>\n' + mended(cleaned)).encode("utf-8", "replace")
    headers = {"content-type": "application/xml; charset=utf-8", "content-location": url}
    feed = feedparser.parse(
        io.BytesIO(document), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
    )
    if not feed.entries and not feed.version:
        if _WEB_PAGE.match(cleaned[:20_000]) or "html" in content_type.lower():
            raise FetchError(Message("feeds.web_page"))
        if _OPML.search(cleaned[:20_000]):
            raise FetchError(Message("feeds.opml"))
        raise FetchError(Message("feeds.none"))
    if feed.bozo:
        problem = str(feed.bozo_exception).replace("<unknown>:", "line ")[:200]
        warnings.append(Message("feeds.malformed", problem=problem))
    return (_xml_item(entry, url, dates) for entry in feed.entries)


# In a feed without the one, feedparser gives the other by its name; only what is there counts.
_STATED = ("published", "updated", "created")


def _xml_item(entry: Mapping[str, Any], url: str, dates: DateReader) -> dict[str, Any]:
    texts = [part.get("value") or "" for part in entry.get("content") or ()]
    texts.append(entry.get("summary") or "")
    return {
        "title": entry.get("title") or "",
        "text": max(texts, key=len),
        "url": _web_link(_entry_link(entry), url),
        "guid": entry.get("id") or "",
        "author": (entry.get("author") or "")[:512],
        "publisher": _publisher(entry)[:200],
        **_published(dates, (entry.get(name) for name in _STATED if name in entry)),
        "language": entry.get("language") or "",
    }


def _publisher(entry: Mapping[str, Any]) -> str:
    """Whose feed an aggregator took the entry from: RSS and Atom say it in `source`."""
    source = entry.get("source")
    return (source.get("title") or "") if isinstance(source, Mapping) else ""


def _entry_link(entry: Mapping[str, Any]) -> str:
    """The item's own page: its link, or the first alternate, or a permanent guid."""
    link = entry.get("link") or ""
    if not link:
        links = [
            each.get("href") or "" for each in entry.get("links") or () if each.get("rel") == "alternate"
        ]
        link = next(filter(None, links), "")
    return link


def _published(dates: DateReader, stated: Iterable[object]) -> dict[str, Any]:
    """When an item says that it was published: the first of what is `stated` that can be read."""
    at = next((at for at in map(dates.read, stated) if at is not None), None)
    if isinstance(at, datetime) or at is None:
        return {"published_at": at and at.isoformat(), "published_day": ""}
    start = datetime.combine(at, datetime.min.time(), UTC)
    return {"published_at": start.isoformat(), "published_day": at.isoformat()}


def _web_link(link: str, base: str) -> str:
    """An absolute http(s) address, or ""."""
    try:
        absolute = urljoin(base, link.strip()) if link.strip() else ""
        return absolute if urlsplit(absolute).scheme in ("http", "https") else ""
    except ValueError:
        return ""


# --- JSON Feed (https://www.jsonfeed.org/version/1.1/) ---------------------------------------


def _json_items(text: str, url: str, dates: DateReader) -> Iterator[dict[str, Any]]:
    try:
        feed = json.loads(text.lstrip("\ufeff"), strict=False, parse_int=_number)
    except ValueError as error:
        raise FetchError(Message("feeds.not_json", error=str(error))) from None
    items = feed.get("items")
    if not isinstance(items, list):
        raise FetchError(Message("feeds.no_items"))
    language = _string(feed, "language")
    return (_json_item(item, language, url, dates) for item in items if isinstance(item, dict))


def _number(digits: str) -> int | str:
    """A whole number; one of more digits than Python makes a number of stays text, and its feed is read."""
    return int(digits) if len(digits) <= 100 else digits


def _json_item(item: Mapping[str, Any], language: str, url: str, dates: DateReader) -> dict[str, Any]:
    authors = item.get("authors") or [item.get("author")]
    names = (
        [_string(each, "name") for each in authors if isinstance(each, dict)]
        if isinstance(authors, list)
        else []
    )
    texts = [_string(item, name) for name in ("content_html", "content_text", "summary")]
    return {
        "title": _string(item, "title"),
        "text": max(texts, key=len),
        "url": _web_link(_string(item, "url") or _string(item, "external_url"), url),
        "guid": _string(item, "id"),
        "author": ", ".join(filter(None, names))[:512],
        **_published(dates, (item.get(name) for name in ("date_published", "date_modified"))),
        "language": _string(item, "language") or language,
    }


def _string(mapping: Mapping[str, Any], name: str) -> str:
    """A member as text; JSON Feed asks readers to accept numbers as ids."""
    value = mapping.get(name)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return str(value)
