"""The one place that makes HTML or Markdown out of text that others wrote.

Whatever comes from a source, a model or a user goes through `escape` (into HTML) or `plain`
(into a Markdown label); a link is made by `link` only, to http and https only.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from html import escape as _escape
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from monitor.desk import name_spans
from monitor.records import SENTIMENTS, Article, Explanation, Mention
from monitor_dashboard.theme import NEGATIVE, POSITIVE, SENTIMENT_COLOURS

FAINT = 0.1
"""Share of the strongest word's score from which a word is shaded."""

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|$~^&=\"':/@])")
_UNFIT = re.compile(r"[\s<>\"'`\\\x00-\x1f\x7f]")  # what no URL holds unencoded
_ARROWS = {"negative": "▼ ", "positive": "▲ "}
_LINKED = re.compile(r"\bwww(?=\\\.)|\\@", re.IGNORECASE)
_WORD_JOINER = "\u2060"
_HIDDEN = re.compile("[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def escape(text: object) -> str:
    """`text` for HTML: no tag, no attribute end, no control or direction-override character."""
    return _escape(_HIDDEN.sub("", str(text)), quote=True)


def plain(text: object) -> str:
    """`text` for a Markdown label, shown as written: no markup, link, formula, icon or emoji code."""
    line = " ".join(_HIDDEN.sub("", str(text)).split())
    # A backslash stops Markdown, and directives such as :red[..]; emoji codes (:100:) are
    # replaced after parsing, and only a character between the colons stops that. So are addresses of pages
    # and mailboxes made links (micromark-extension-gfm-autolink-literal).
    escaped = _MARKDOWN.sub(r"\\\1", line).replace("\\:", f"\\:{_WORD_JOINER}")
    return _LINKED.sub(lambda found: found[0] + _WORD_JOINER, escaped)


def one_line(text: object) -> str:
    """`text` for a table's cell: one line, without control and direction-override characters."""
    return " ".join(_HIDDEN.sub(" ", str(text)).split())


def web_address(url: str) -> str:
    """`url` where it is http or https with a host, and nothing else, else ""."""
    url = url.strip()
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and parts.hostname and not _UNFIT.search(url)
    except ValueError:
        return ""
    return url if good else ""


def link(text: object, url: str) -> str:
    """HTML: `text`, linked to `url` where that is a web address."""
    address = web_address(url)
    inner = f"<bdi>{escape(text)}</bdi>"
    if not address:
        return inner
    return f'<a href="{escape(address)}" target="_blank" rel="noopener noreferrer">{inner}</a>'


def tag(text: object, kind: str = "") -> str:
    """HTML: a small rounded label; `kind` is one of the style sheet's."""
    style = f" m-{kind}" if re.fullmatch("[a-z]+", kind) else ""
    return f'<span class="m-tag{style}">{escape(text)}</span>'


def explained_by(words: object, more: object) -> str:
    """HTML: a line of words that shows more where the pointer rests on it or the keyboard stops at it."""
    mark = '<span class="m-more" aria-hidden="true">?</span>' if more else ""
    return f'<div class="m-figure" tabindex="0" title="{escape(more)}">{escape(words)}{mark}</div>'


def towards(name: object, sentiment: str) -> str:
    """HTML: a company as a label that shows the sentiment towards it, by an arrow and by colour."""
    return tag(f"{_ARROWS.get(sentiment, '')}{name}", sentiment)


def table(caption: object, columns: Sequence[object], rows: Sequence[tuple[object, Sequence[str]]]) -> str:
    """HTML: a table that a screen reader reads as one. `caption` and `columns` are text, as are the heads of
    the `rows`; their cells are made with `cell`."""
    return _ruled("m-table", caption, columns, [(escape(head), "".join(cells)) for head, cells in rows])


def grid(
    caption: object, columns: Sequence[object], rows: Sequence[Sequence[str]], *, narrow: bool = False
) -> str:
    """HTML: a table over the whole width; a `narrow` one has little room between its columns, and no bars.
    `caption` and `columns` are text; the cells of the `rows` are HTML (`escape`, `leading`, `share`), the
    first of each the row's head."""
    style = "m-table m-grid m-narrow" if narrow else "m-table m-grid"
    lines = [(head, "".join(f"<td>{one}</td>" for one in cells)) for head, *cells in rows]
    return _ruled(style, caption, columns, lines)


def _ruled(style: str, caption: object, columns: Sequence[object], rows: Sequence[tuple[str, str]]) -> str:
    """HTML: a table of rows, the head and the cells of each made already."""
    heads = "".join(f'<th scope="col">{escape(one)}</th>' for one in columns)
    lines = "".join(f'<tr><th scope="row">{head}</th>{cells}</tr>' for head, cells in rows)
    told = f"<caption>{escape(caption)}</caption>" if caption else ""
    return (
        f'<div class="m-scroll" tabindex="0"><table class="{style}">{told}'
        f"<thead><tr>{heads}</tr></thead><tbody>{lines}</tbody></table></div>"
    )


def leading(text: object, address: str) -> str:
    """HTML: `text` that leads to a page of ours (`Frame.link`), plain where there is no address."""
    inner = f"<bdi>{escape(text)}</bdi>"
    return f'<a href="{address}">{inner}</a>' if address else inner


def share(part: float) -> str:
    """HTML: a share as a number over a bar."""
    width = min(1.0, max(0.0, part))
    bar = f'<i style="width:{width:.0%};background:{NEGATIVE}"></i>'
    return f'<span class="m-share"><b>{part:.0%}</b><span class="m-track">{bar}</span></span>'


def portion(part: int, whole: int) -> str:
    """A part of a whole in percent; a dash where there is no whole."""
    return f"{part / whole:.0%}" if whole else "–"


def course(parts: Sequence[float]) -> str:
    """HTML: shares over time as small bars."""
    bars = "".join(f'<i style="height:{max(min(1.0, max(0.0, part)) * 100, 4):.0f}%"></i>' for part in parts)
    return f'<span class="m-course" aria-hidden="true">{bars}</span>'


def cell(text: object, more: object = "", shade: float = 0.0, kind: str = "") -> str:
    """HTML: a cell of a `table`, with what stands smaller below; shaded by a share in the colour of `kind`
    (right or wrong)."""
    below = f"<small>{escape(more)}</small>" if more else ""
    share = min(1.0, max(0.0, shade))
    style = (
        f' class="m-cell m-{kind}" style="--share:{share * 45:.0f}%"' if kind in ("right", "wrong") else ""
    )
    return f"<td{style}>{escape(text)}{below}</td>"


def dot(sentiment: str) -> str:
    """HTML: a dot in the sentiment's colour."""
    return f'<span class="m-dot" style="background:{SENTIMENT_COLOURS.get(sentiment, "#d8dee5")}"></span>'


def highlighted(text: str, mentions: Sequence[Mention]) -> str:
    """HTML: `text` with the aliases of `mentions` marked, wherever they stand in it."""
    parts, end = [], 0
    for start, stop in name_spans(text, mentions):
        parts += [escape(text[end:start]), f"<mark>{escape(text[start:stop])}</mark>"]
        end = stop
    return "".join(parts) + escape(text[end:])


def explained(told: Explanation) -> str:
    """HTML: the text of an explanation; what speaks for the judgement is shaded green over a solid
    line, what speaks against it red over a dotted one, the stronger the darker, with the score as
    a tooltip."""
    most = max((abs(one.score) for one in told.attributions), default=0.0) or 1.0
    parts, end = [], 0
    for one in told.attributions:
        share = abs(one.score) / most
        if share < FAINT:
            continue
        kind, colour = ("for", POSITIVE) if one.score > 0 else ("against", NEGATIVE)
        parts += [
            escape(told.text[end : one.start]),
            f'<span class="m-{kind}" style="background:{colour}{round(share * 150):02x}" '
            f'title="{one.score:+.2f}">{escape(told.text[one.start : one.end])}</span>',
        ]
        end = one.end
    return "".join(parts) + escape(told.text[end:])


def bars(probabilities: Mapping[str, float], titles: Mapping[str, str]) -> str:
    """HTML: one bar per sentiment with its probability."""
    rows = []
    for name in SENTIMENTS:
        share = min(1.0, max(0.0, float(probabilities.get(name, 0.0))))
        bar = f'<i style="width:{share:.0%};background:{SENTIMENT_COLOURS[name]}"></i>'
        rows.append(
            f'<div class="m-bar"><span>{escape(titles[name])}</span>'
            f'<span class="m-track">{bar}</span><b>{share:.0%}</b></div>'
        )
    return "".join(rows)


def is_zone(name: str) -> bool:
    """Whether this is the name of a time zone."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def zone_of(name: str | None) -> ZoneInfo:
    """The browser's time zone, UTC where it says none that is known."""
    return ZoneInfo(name if name and is_zone(name) else "UTC")


def moment(at: datetime | None, zone: ZoneInfo, now: datetime | None = None) -> str:
    """`at` in `zone`: the clock time alone where that is unmistakable."""
    if at is None:
        return "–"
    local = at.astimezone(zone)
    near = now is not None and abs(now.astimezone(UTC) - at) < timedelta(hours=20)
    return local.strftime("%H:%M" if near else "%Y-%m-%d %H:%M")


def offset(at: datetime, zone: ZoneInfo) -> str:
    """How far `zone` is from UTC at that time: UTC, UTC+8, UTC-3:30."""
    apart = at.astimezone(zone).utcoffset() or timedelta(0)
    minutes = round(abs(apart).total_seconds() / 60)
    sign = "-" if apart < timedelta(0) else "+"
    part = f":{minutes % 60:02d}" if minutes % 60 else ""
    return f"UTC{sign}{minutes // 60}{part}" if minutes else "UTC"


def published(article: Article, zone: ZoneInfo, now: datetime | None = None) -> str:
    """When an article was published: the day alone, on everybody's clock, where no time is stated."""
    day = article.published_day
    return moment(article.published_at, zone, now) if day is None else day.isoformat()
