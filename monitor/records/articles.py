"""Articles, and what they are about: topics and companies."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from monitor.records.mentions import Mention


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic of the taxonomy: a stable `name` and its titles."""

    name: str
    en: str
    zh: str


@dataclass(frozen=True, slots=True)
class Article:
    """One item as published, normalised.

    `title` and `text` are what the source wrote, as plain text, for the reader, without personal
    data where these are masked; `content` is the same under NFKC with control and format
    characters removed, for the model.
    `identity_key` identifies the item within its source; `content_hash` (SHA-256, hex)
    identifies its content anywhere. `id` is 0 until stored. `story_id` is 0 until assigned, and moves when
    stories are joined or split; `block_id` is the story that its text alone put it in, and never moves: what
    is drawn at random is drawn by it. `history`: brought from an archive, long after it was news. `backlog`:
    it came when nobody could tell any more when it was news (`detection.coverage`).
    `mentions` are the watched companies that `content` names, in reading order. `published_day` is the
    day that the source states where it states no time; `published_at` is then when that day began there.
    """

    source: str  # its name in config.toml
    title: str  # for the reader
    text: str  # for the reader
    content: str  # both, for the model
    url: str  # canonical
    author: str
    language: str  # ISO 639-1, "" where unknown
    published_at: datetime  # aware, UTC; `first_seen_at` where the source states none
    first_seen_at: datetime  # aware, UTC
    identity_key: str  # of the item within its source
    content_hash: str  # of `content`: SHA-256, hex
    sample: bool = False  # made up, by the bundled sample
    id: int = 0  # 0: not stored
    text_id: int = 0  # of its distinct text, which other articles may have too; 0: not stored
    story_id: int = 0  # 0: in no story yet
    revision: int = 0  # edits before this one
    mentions: tuple[Mention, ...] = ()  # in reading order
    published_day: date | None = None  # the day, where the source states no time
    publisher: str = ""  # who printed it, where the source names them
    block_id: int = 0  # 0: in no story yet
    history: bool = False  # brought from an archive: it teaches, asks and warns of nothing
    backlog: bool = False  # it came with what had piled up: counted, and no news

    @classmethod
    def unstored(
        cls,
        content: str,
        at: datetime,
        *,
        source: str = "",
        language: str = "",
        mentions: tuple[Mention, ...] = (),
    ) -> Article:
        """A text that no source published and that is only to be judged."""
        return cls(source, "", content, content, "", "", language, at, at, "", "", mentions=mentions)

    @property
    def named(self) -> dict[str, str]:
        """The companies it names, by id, each with the name that stands first in `content`."""
        found: dict[str, str] = {}
        for mention in self.mentions:
            found.setdefault(mention.company_id, mention.alias)
        return found
