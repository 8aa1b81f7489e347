"""Our own labels as rows that `monitor train --data` reads back to the same examples.

A row says of itself that its text is normalised: title and text are one already, and the text is taken as
it is, to the last blank. `companies` are those of the example that the label makes
(`snapshots.from_labels`): pairs of a name that stands in the text and the sentiment towards it.
"""

from __future__ import annotations

from typing import Any

from monitor.datasets.snapshots import towards
from monitor.records import Article, Label


def row(label: Label, article: Article) -> dict[str, Any]:
    """One label with its text, as a JSON object. `title`, `language`, `source` and what follows are for
    people; what is learnt is in the others."""
    return {
        "article_id": article.id,
        "text": article.content,
        "normalised": True,
        "label": label.sentiment,
        "topics": None if label.topics is None else list(label.topics),
        "companies": [list(pair) for pair in towards(article, label)],
        "title": article.title,
        "language": article.language,
        "source": article.source,
        "url": article.url,
        "user": label.user,
        "suggested": label.suggested,
        "gold": label.gold,
        "labelled_at": label.created_at.isoformat(),
    }
