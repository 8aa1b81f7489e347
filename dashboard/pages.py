"""The pages: their addresses in the order of the menu, what shows each, and its icon.

The web application answers 404 for any other address, so a page exists by standing here.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping

from monitor.errors import MonitorError, StoreError
from monitor_dashboard import (
    account,
    alerts,
    articles,
    audit,
    companies,
    models,
    overview,
    queue,
    receivers,
    rules,
    sources,
    stories,
    team,
)
from monitor_dashboard.frame import Frame, failed

PAGES: Mapping[str, tuple[Callable[[Frame], None], str]] = {
    "overview": (overview.show, ":material/monitoring:"),
    "alerts": (alerts.show, ":material/notifications_active:"),
    "queue": (queue.show, ":material/rule:"),
    "team": (team.show, ":material/group:"),
    "articles": (articles.show, ":material/article:"),
    "companies": (companies.show, ":material/apartment:"),
    "stories": (stories.show, ":material/newsmode:"),
    "rules": (rules.show, ":material/tune:"),
    "sources": (sources.show, ":material/rss_feed:"),
    "receivers": (receivers.show, ":material/outgoing_mail:"),
    "models": (models.show, ":material/model_training:"),
    "audit": (audit.show, ":material/history:"),
    "account": (account.show, ":material/person:"),
}
FOR_ADMINISTRATORS = ("audit",)
UNLISTED = ("stories",)
"""Pages that other pages lead to, and the menu does not."""

FIRST = "overview"
"""The page at /."""


def shown(frame: Frame, name: str) -> None:
    """Show a page, under the note that what it counts is sample data while that is so."""
    try:
        with contextlib.suppress(StoreError):  # the page meets the same, and says so where it has to
            frame.sample_note()
        PAGES[name][0](frame)
    except MonitorError as error:
        failed(frame, error)


ADDRESSES = frozenset("" if name == FIRST else name for name in PAGES)
"""Where there is a page, without slashes."""
