"""What is said of what an alert hangs on, in both languages, and never more than was asked."""

from __future__ import annotations

from dataclasses import replace

from monitor.alerts.counterfactual import sentences
from monitor.detection.causes import Causes, Without
from monitor.news.stories import voices

REUTERS = Without("thomson reuters", 3.0, 5.0, True)
BLOG = Without("source blog", 1.0, 6.0, True)
CAUSES = Causes("company:acme", 1, 7.0, 7.0, 4.0, True, (REUTERS, BLOG), (1, 2), True, True)


def said(found: Causes | None, language: str = "en") -> list[str]:
    return [one.said(language) for one in sentences(found, voices.shipped().title)]


def test_what_stops_it_and_what_does_not() -> None:
    assert said(CAUSES) == [
        "It still fires without any one publisher, also without Reuters.",
        "It still fires without any one story.",
        "It would not fire without these 2 stories together:",
    ]
    assert said(CAUSES, "zh")[0] == "去掉任何一家媒体仍会触发，去掉路透社亦然。"
    stops = replace(CAUSES, publishers=(replace(REUTERS, fires=False), BLOG), without_any_publisher=False)
    assert said(stops)[0] == "It would not fire without Reuters."
    each = (replace(REUTERS, fires=False), replace(BLOG, fires=False))
    assert said(replace(stops, publishers=each))[0].endswith("told nothing: Reuters, blog.")
    many = replace(CAUSES, without_any_publisher=False, without_any_story=False, stories=())
    assert said(many) == [
        "It still fires without Reuters.",
        "It still fires without the 10 stories that weigh most.",
    ]
    assert said(replace(CAUSES, stories=(7,), without_any_story=False))[1:] == [
        "It would not fire without this one story:"
    ]


def test_nothing_is_said_that_was_not_asked() -> None:
    assert said(None) == []
    assert said(replace(CAUSES, fires=False, publishers=(), stories=())) == [
        "What counts in its windows has changed since, and does not reach the cut any more."
    ]
    assert said(replace(CAUSES, publishers=()))[0] == "It still fires without any one story."


def test_a_voice_is_called_what_people_call_it() -> None:
    title = voices.shipped().title
    assert title("thomson reuters") == "Reuters" and title("thomson reuters", "zh") == "路透社"
    assert title("source my feed") == "my feed" and title("publisher the daily", "zh") == "the daily"
    assert title("xinhua", "zh") == "新华社" and title("", "en") == ""
