"""The guidelines: how texts are labelled, with examples, in versions of which none is ever changed.

A label keeps the version that was in force when it was given, so that it can be told which labels an older
rule made.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import func, insert, select

from monitor.errors import NotFoundError
from monitor.messages import Message
from monitor.store.dialect import Tx
from monitor.store.schema import guidelines


@dataclass(frozen=True, slots=True)
class LabelExample:
    """A text that shows what a label means: `label` is a sentiment or a topic's name."""

    label: str
    text: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Guideline:
    """One version; `version` 0 stands for there being none yet."""

    version: int = 0
    at: datetime | None = None
    user: str = ""
    text: str = ""  # Markdown
    examples: tuple[LabelExample, ...] = ()


def newest(tx: Tx) -> int:
    """The version that is in force; 0 where there is none."""
    return tx.scalar(select(func.max(guidelines.c.version))) or 0


def get(tx: Tx, version: int = 0) -> Guideline:
    """A version; the one in force for 0, and an empty one where there is none. Raises NotFoundError."""
    wanted = version or newest(tx)
    row = tx.execute(select(guidelines).where(guidelines.c.version == wanted)).mappings().first()
    if row is None:
        if version:
            raise NotFoundError(Message("guidelines.none", version=version))
        return Guideline()
    examples = tuple(LabelExample(**one) for one in row["examples"])
    return Guideline(row["version"], row["at"], row["user"], row["text"], examples)


def versions(tx: Tx) -> list[Guideline]:
    """Every version, the newest first, without its examples."""
    found = select(guidelines).order_by(guidelines.c.version.desc())
    return [Guideline(row.version, row.at, row.user, row.text) for row in tx.execute(found)]


def add(tx: Tx, user: str, text: str, examples: Sequence[LabelExample], now: datetime) -> Guideline:
    """A new version, in force from now on. Two at the same moment: one fails with StoreError and can be
    repeated."""
    version = newest(tx) + 1
    row = {"version": version, "at": now, "user": user, "text": text}
    tx.execute(insert(guidelines).values(**row, examples=[asdict(one) for one in examples]))
    return get(tx, version)
