"""What an alert hangs on, in sentences: "still fires without Reuters", "would not fire without this story".

Each is what the rule would do (`detection.causes`), about this alert's own series and windows.
"""

from __future__ import annotations

from collections.abc import Callable

from monitor.detection.causes import MOST, Causes
from monitor.messages import Message

Title = Callable[[str, str], str]
"""What people call a voice, in a language."""


def sentences(found: Causes | None, title: Title) -> list[Message]:
    """What is to be said of an alert; nothing where nobody asked yet."""
    if found is None:
        return []
    if not found.fires:
        return [Message("counterfactual.moved")]
    return [*_publishers(found, title), *_stories(found)]


def _publishers(found: Causes, title: Title) -> list[Message]:
    stop = [_named(one.name, title) for one in found.publishers if not one.fires]
    left = sorted((one for one in found.publishers if one.fires), key=lambda one: one.weight, reverse=True)
    if stop:
        key = "not_without" if len(stop) == 1 else "not_without_each"
        return [Message(f"counterfactual.{key}", what=stop)]
    if not left:
        return []
    heaviest = _named(left[0].name, title)
    key = "any_publisher" if found.without_any_publisher else "without"
    return [Message(f"counterfactual.{key}", what=heaviest)]


def _stories(found: Causes) -> list[Message]:
    if len(found.stories) == 1:
        return [Message("counterfactual.one_story")]
    told = [Message("counterfactual.any_story")] if found.without_any_story else []
    if found.stories:
        return [*told, Message("counterfactual.stories", n=len(found.stories))]
    return [*told, Message("counterfactual.many_stories", n=MOST)]


def _named(voice: str, title: Title) -> Message:
    return Message("counterfactual.publisher", en=title(voice, "en"), zh=title(voice, "zh"))
