"""The record that travels: one label, the text that it is about, and how it came about.

Its text is the article's `content`, which is what the model reads and what an article is known by anywhere;
`source` and `identity_key` name the article where it is from. `circumstances` is that part of a label which
other tools have no place for, as a JSON object; `Exchanged.with_circumstances` puts it back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from math import isfinite
from typing import Any

from monitor.datasets import sentiments
from monitor.datasets.tables import CellError, refused, shown
from monitor.messages import Message
from monitor.records import Article, Label, Lane, Prediction, likeliest

LONGEST_SECONDS = 86_400.0
"""The longest that anybody is believed to have read one text (seconds)."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What the model says of a text, as other tools show it."""

    model: str  # the version's id
    sentiment: str
    confidence: float  # its probability


@dataclass(frozen=True, slots=True)
class Exchanged:
    """One analyst's label of one text. `labelled_at` is None, and `user`, `lane` "", where a file does not
    say; the same holds for what names the article. `named` are the companies that the text names, by id,
    each as it stands there."""

    text: str  # the article's content
    sentiment: str
    user: str = ""
    topics: tuple[str, ...] | None = None  # None: not judged; (): none of them
    companies: Mapping[str, str] = field(default_factory=dict)  # id -> sentiment towards it, where judged
    labelled_at: datetime | None = None
    suggested: bool = False  # the model's opinion was in view
    seconds: float | None = None  # the text was in view
    gold: bool = False
    lane: str = ""  # why it was asked
    inclusion: float | None = None  # the probability of the draw
    guideline: int = 0  # the version of the labelling rules that was in force; 0: none
    note: str = ""  # why, in the analyst's words
    article_id: int = 0  # where it is from
    source: str = ""
    identity_key: str = ""  # of the article within its source
    title: str = ""
    language: str = ""
    url: str = ""
    named: Mapping[str, str] = field(default_factory=dict)
    suggestion: Suggestion | None = None

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """Names as they stand in the text, and the sentiment towards each: what is learnt of companies. The
        label is the sentiment towards the only one, too (see `snapshots.towards`)."""
        judged = [(self.named[id], towards) for id, towards in self.companies.items() if id in self.named]
        if judged or len(self.named) != 1:
            return judged
        return [(next(iter(self.named.values())), self.sentiment)]

    @property
    def circumstances(self) -> dict[str, Any]:
        """What other tools have no place for, as a JSON object."""
        return {
            "user": self.user,
            "labelled_at": self.labelled_at.isoformat() if self.labelled_at else None,
            "suggested": self.suggested,
            "seconds": self.seconds,
            "gold": self.gold,
            "lane": self.lane,
            "inclusion": self.inclusion,
            "guideline": self.guideline,
            "note": self.note,
            "topics_judged": self.topics is not None,
        }

    def with_circumstances(self, found: Mapping[str, Any]) -> Exchanged:
        """This label as it came about. Raises CellError for a value that cannot be."""
        judged = flag(found.get("topics_judged"), "topics_judged")
        return replace(
            self,
            user=text(found.get("user"), "user") or self.user,
            labelled_at=moment(found.get("labelled_at"), "labelled_at") or self.labelled_at,
            suggested=flag(found.get("suggested"), "suggested"),
            seconds=seconds(found.get("seconds")),
            gold=flag(found.get("gold"), "gold"),
            lane=lane(found.get("lane")),
            inclusion=inclusion(found.get("inclusion")),
            guideline=whole(found.get("guideline"), "guideline"),
            note=text(found.get("note"), "note"),
            topics=self.topics if self.topics else () if judged else None,
        )


def of(label: Label, article: Article, prediction: Prediction | None = None) -> Exchanged:
    """A label of the store with the article it is about and what the model says of it."""
    said = None
    if prediction is not None:
        best = likeliest(prediction.sentiment)
        said = Suggestion(prediction.model, best, prediction.sentiment[best])
    return Exchanged(
        text=article.content,
        sentiment=label.sentiment,
        user=label.user,
        topics=label.topics,
        companies=dict(label.companies),
        labelled_at=label.created_at,
        suggested=label.suggested,
        seconds=label.seconds,
        gold=label.gold,
        lane=label.lane.value,
        inclusion=label.inclusion,
        guideline=label.guideline,
        note=label.note,
        article_id=article.id,
        source=article.source,
        identity_key=article.identity_key,
        title=article.title,
        language=article.language,
        url=article.url,
        named=article.named,
        suggestion=said,
    )


ABOUT = ("title", "language", "source", "url", "identity_key", "article_id")
"""What is known of a text's article, by field."""


def unlabelled(
    words: str, cells: Mapping[str, Any], named: Mapping[str, Any], suggestion: Suggestion | None
) -> Exchanged:
    """What a file says of a text, as a label that says nothing yet: `cells` hold ABOUT. Raises CellError."""
    if not words.strip():
        raise CellError(Message("exchange.no_text"))
    return Exchanged(
        text=words,
        sentiment="",
        article_id=whole(cells.get("article_id"), "article_id"),
        source=text(cells.get("source"), "source"),
        identity_key=text(cells.get("identity_key"), "identity_key"),
        title=text(cells.get("title"), "title"),
        language=text(cells.get("language"), "language"),
        url=text(cells.get("url"), "url"),
        named={str(id): text(name, "named") for id, name in named.items()},
        suggestion=suggestion,
    )


# --- cells: JSON values, or the text of CSV ---------------------------------------------------


def text(value: Any, column: str) -> str:
    """A cell as the text it is, to the last blank; "" for none. Raises CellError."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise refused(column, value, Message("table.cell_text"))
    return value


def flag(value: Any, column: str) -> bool:
    """Whether a cell says yes; no where it is empty. Raises CellError."""
    said = value.strip().lower() if isinstance(value, str) else value
    if said in (None, "", False, "false", "no", "0", 0):
        return False
    if said in (True, "true", "yes", "1", 1):
        return True
    raise refused(column, value, Message("exchange.flag"))


def number(value: Any, column: str, least: float, most: float) -> float | None:
    """A cell as a number of [least, most]; None where it is empty. Raises CellError."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    try:
        found = float(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else None
    except (ValueError, OverflowError):
        found = None
    if found is None or not isfinite(found) or not least <= found <= most:
        raise refused(column, value, Message("exchange.number", least=f"{least:g}", most=f"{most:g}"))
    return found


def seconds(value: Any) -> float | None:
    """How long a text was in view. Raises CellError."""
    return number(value, "seconds", 0.0, LONGEST_SECONDS)


def inclusion(value: Any) -> float | None:
    """The probability of a draw. Raises CellError."""
    return number(value, "inclusion", 0.0, 1.0)


def whole(value: Any, column: str) -> int:
    """A whole number, of an article or a version; 0 for none. Raises CellError."""
    found = number(value, column, 0, 2**63 - 1)
    if found is None:
        return 0
    if not found.is_integer():
        raise refused(column, value, Message("exchange.number", least="0", most="2^63"))
    return int(value)


def moment(value: Any, column: str) -> datetime | None:
    """A time with its zone, in ISO 8601; None where there is none. Raises CellError."""
    found = value
    if isinstance(value, str):
        if not value.strip():
            return None
        try:
            found = datetime.fromisoformat(value.strip())
        except ValueError:
            found = value
    if found is None:
        return None
    if not isinstance(found, datetime) or found.tzinfo is None:
        raise refused(column, value, Message("exchange.moment"))
    return found.astimezone(UTC)


def lane(value: Any) -> str:
    """A lane's name, or "". Raises CellError."""
    found = text(value, "lane").strip()
    if found and found not in list(Lane):
        raise refused("lane", value, Message("exchange.one_of", expected=[one.value for one in Lane]))
    return found


def sentiment(value: Any, column: str) -> str:
    """A sentiment in any spelling that labelled files may have. Raises CellError; also for none."""
    try:
        found = sentiments.read(value)
    except ValueError:
        found = None
    if not isinstance(found, str):
        expected = sentiments.expected()
        raise CellError(Message("labels.unknown", column=column, value=shown(value), expected=expected))
    return found


def chosen(names: Sequence[Any], allowed: Sequence[str], column: str) -> tuple[str, ...]:
    """Topics by name, in their order, each once. Raises CellError for one that does not exist."""
    known = {name.lower(): name for name in allowed}
    found: dict[str, None] = {}
    for name in names:
        said = text(name, column).strip()
        if said.lower() not in known:
            raise CellError(Message("labels.topic", column=column, value=repr(said), expected=list(allowed)))
        found[known[said.lower()]] = None
    return tuple(found)


def towards(value: Any, column: str) -> dict[str, str]:
    """Sentiments by a company's id. Raises CellError."""
    if not isinstance(value, Mapping):
        raise refused(column, value, Message("exchange.by_id"))
    return {str(id): sentiment(one, column) for id, one in value.items()}
