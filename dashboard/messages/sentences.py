"""All sentences together, and who says them in the reader's language."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from monitor_dashboard.messages import (
    account,
    alerts,
    articles,
    audit,
    card,
    caseload,
    companies,
    figures,
    frame,
    models,
    naming,
    overview,
    queue,
    receivers,
    rules,
    sources,
    stories,
    team,
)

LANGUAGES: Mapping[str, str] = {"en": "English", "zh": "中文"}

PAGES = (
    frame,
    overview,
    alerts,
    caseload,
    card,
    queue,
    articles,
    companies,
    naming,
    stories,
    rules,
    sources,
    receivers,
    models,
    figures,
    audit,
    team,
    account,
)
"""The modules of sentences; no two have the same key."""

MESSAGES: Mapping[str, tuple[str, str]] = {
    key: sentence for page in PAGES for key, sentence in page.SENTENCES.items()
}

Say = Callable[..., str]


def speaker(language: str) -> Say:
    """say(key, **values): the message of that key in `language`, English where it is unknown."""
    index = 1 if language == "zh" else 0

    def say(key: str, **values: object) -> str:
        return MESSAGES[key][index].format(**values) if values else MESSAGES[key][index]

    return say
