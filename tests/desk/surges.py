"""A store with an alert about a company: three stories, one of them told by two, and an alert before it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from monitor.app import Monitor
from monitor.desk import Desk
from monitor.detection.causes import Causes, Without
from monitor.records import AlertState, Article, Decision, Mention, Role, Route, Scope, User
from monitor.store import Store, alerts, articles, memberships, predictions, quotes, stories
from monitor.store.quotes import Quote
from monitor.testing import make_prediction
from tests.alarms import alarm
from tests.monitors import monitor_of

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ACME = Scope("company", "acme")
CAUSES = Causes("company:acme", 1, 8.6, 8.6, 4.2, True, (Without("source blog", 0.9, 5.0, True),), (1,), True)


@dataclass
class Surge:
    """The alert `a1`, its articles in order, and the story that two tell."""

    monitor: Monitor
    ids: list[int]
    story_id: int

    def desk(self, role: Role = Role.ANALYST, name: str = "ann") -> Desk:
        return Desk(self.monitor, User(1, name, role, NOW))


def surge(store: Store, folder: Path, article: Callable[..., Article]) -> Surge:
    """A monitor over it, with two sources, of which one has a title."""
    sources = '[sources.blog]\nkind = "rss"\nurl = "https://blog.example/"\ntitle = "The Blog"\n'
    monitor = monitor_of(sources, store, folder, lambda: NOW)
    ids, told = [], []
    with store.begin() as tx:
        for number in range(4):
            at = NOW - timedelta(minutes=50 - 10 * number)
            story = told[0] if number == 3 else stories.create(tx, at)
            told.append(story)
            title = "Acme is sued" if number in (0, 3) else f"Acme trouble {number}"
            piece = articles.insert(
                tx,
                replace(
                    article(
                        title=title,
                        text="It fell. Nobody answered.",
                        content=f"{title}\nIt fell. Nobody answered.",
                        source="blog" if number != 3 else "wire",
                        url=f"https://blog.example/{number}",
                        first_seen_at=at,
                        published_at=at,
                        mentions=(Mention("acme", "Acme", 0, 4),),
                    ),
                    story_id=story,
                ),
            )
            stories.join(tx, story, piece.source, at)
            said = make_prediction(0.9, 0.1, model="v1")
            predictions.put(tx, piece.id, said, Decision(Route.ACCEPT, ""), ["legal"], at)
            ids.append(piece.id)
        alerts.put(tx, alarm("a1", NOW, scope=ACME), ids)
        alerts.hang_on(tx, "a1", replace(CAUSES, stories=(told[0],)))
        first = articles.get(tx, ids[0])
        start = first.content.index("It fell.")
        quotes.keep(tx, [Quote(first.text_id, "acme", start, start + 8, 0.8, "v1")])
        before = NOW - timedelta(days=3)
        past = alarm("a0", before, scope=ACME, state=AlertState.RESOLVED, resolved_at=NOW, resolved_by="bo")
        alerts.put(tx, past, ids[1:2])
        assert memberships.told(tx, [told[0]])
    return Surge(monitor, ids, told[0])
