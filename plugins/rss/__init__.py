"""Source `rss`: a feed read over HTTP (RSS 0.9-2.0, RDF, Atom, CDF, JSON Feed).

    [sources.example]
    kind = "rss"
    url = "https://example.com/feed.xml"

The body is parsed where it is read: a source runs in a child process with limits on memory and time,
which hostile feeds run into. Unchanged feeds cost one conditional request. Dates are read by
`monitor.Dates`, as the source's `timezone`, `date_order` and `zones` say.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, ClassVar

from monitor import Dates, Fetched, Fetcher, FetchError, Item, Response, Source, hookimpl
from monitor_plugins.rss.document import read

# Some servers answer 304 for ever: to a stale ETag, or to a Last-Modified of the year 2041.
# After so many in a row, or a day, the feed is asked for unconditionally.
MAX_UNCHANGED = 24
MAX_UNCHANGED_SECONDS = 86_400

_ACCEPT = (
    "application/rss+xml, application/atom+xml, application/feed+json, application/rdf+xml;q=0.9, "
    "application/xml;q=0.8, text/xml;q=0.8, application/json;q=0.7, */*;q=0.5"
)


@dataclass
class Rss:
    """A feed at `url`. Raises FetchError when it cannot be fetched or is not a feed.

    `state` holds the validators of the last complete read: `etag`, `modified`, when it
    was made (`read_at`, POSIX seconds), how many `items` it gave, and how many 304 came
    since (`unchanged`).
    """

    url: str
    timezone: str = "UTC"
    date_order: str = ""
    zones: Mapping[str, str] = field(default_factory=dict)
    kind: ClassVar[str] = "rss"

    def fetch(self, state: Mapping[str, Any], fetcher: Fetcher) -> Fetched:
        """The feed's items, newest state included; no items where it has not changed."""
        now = datetime.now(UTC)
        response = fetcher.get(self.url, {"accept": _ACCEPT, **_validators(self.url, state, now.timestamp())})
        if response.status == 304:
            unchanged = {**state, "unchanged": _number(state, "unchanged") + 1}
            return Fetched([], unchanged, unchanged=int(_number(state, "items")))
        dates = Dates(self.timezone, self.date_order, self.zones)
        document = _read(response, dates, now)
        fresh = {
            "url": self.url,
            "etag": response.headers.get("etag", ""),
            "modified": response.headers.get("last-modified", ""),
            "read_at": now.timestamp(),
            "unchanged": 0,
            "items": len(document["items"]),
        }
        items = [_item(entry) for entry in document["items"]]
        return Fetched(items, fresh, document["warnings"], malformed=document["empty"])


def _read(response: Response, dates: Dates, now: datetime) -> dict[str, Any]:
    """The document; whatever it makes the parser raise, it is the document that cannot be read."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the parser's about itself
            return read(response.body, response.headers.get("content-type", ""), response.url, dates, now)
    except (FetchError, MemoryError):
        raise
    except RecursionError:
        raise FetchError("it is nested too deeply to be read") from None
    except Exception as error:
        raise FetchError(f"reading it failed ({type(error).__name__}: {str(error)[:300]})") from error


def _validators(url: str, state: Mapping[str, Any], now: float) -> dict[str, str]:
    """Headers that make the request conditional; none where the last read is too long ago."""
    age = now - _number(state, "read_at")
    stale = not 0 <= age < MAX_UNCHANGED_SECONDS or _number(state, "unchanged") >= MAX_UNCHANGED
    if stale or state.get("url") != url:
        return {}
    headers = {}
    if state.get("etag"):
        headers["if-none-match"] = str(state["etag"])
    if state.get("modified"):
        headers["if-modified-since"] = str(state["modified"])
    return headers


def _number(state: Mapping[str, Any], name: str) -> float:
    value = state.get(name, 0)
    return value if isinstance(value, int | float) else 0


def _item(entry: Mapping[str, Any]) -> Item:
    fields = dict(entry)
    day, at = fields.pop("published_day"), fields.pop("published_at")
    return Item(**fields, published_at=date.fromisoformat(day) if day else at and datetime.fromisoformat(at))


@hookimpl
def register_sources() -> list[type[Source]]:
    return [Rss]
