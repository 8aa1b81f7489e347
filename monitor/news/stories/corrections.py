"""Denials, corrections and retractions: what an article does to a story, and what is left of the story.

A rumour and its denial are one matter: the denial attaches to the story and lowers its weight, instead of
telling a second negative story. A denial is told by its subject and may be untrue, so half is left; a
correction says that the news was told wrongly in part; what a publisher takes back counts for nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

REPORT, DENIAL, CORRECTION, RETRACTION = "report", "denial", "correction", "retraction"
ROLES = (REPORT, DENIAL, CORRECTION, RETRACTION)
"""What an article does in its story."""

WHOLE = 1_000_000
"""The weight of a story that nobody took back, in millionths; whole numbers, so that a recount is equal."""
_LEFT = {REPORT: WHOLE, CORRECTION: 750_000, DENIAL: 500_000, RETRACTION: 0}

_RETRACTED = re.compile(
    r"\bretract(?:s|ed|ion)?\b[^.]{0,40}\b(?:story|article|report|item)\b"
    r"|\b(?:story|article|report)\b[^.]{0,30}\bretract(?:ed|ion)"
    r"|\b(?:story|item|alert) (?:withdrawn|killed|deleted)\b|\bwithdraws? (?:story|report|article)\b"
    r"|^(?:withdrawn|kill|retraction)\b"
    r"|撤回(?:此前|该|上述|原)?(?:报道|稿件|消息|文章)|(?:报道|稿件|消息|文章)(?:已)?(?:撤回|撤稿|删除)|撤稿",
    re.IGNORECASE,
)
_CORRECTED = re.compile(
    r"^\W*(?:correct(?:ed|ion|s)|refile|clarification)\b"
    r"|\bcorrects? (?:headline|story|paragraph|figure|earlier|to)"
    r"|^\W*(?:更正|勘误|订正)|(?:更正|补充更正|勘误)(?:公告|说明|启事)|更正[:：]",
    re.IGNORECASE,
)
_DENIED = re.compile(
    r"\bden(?:y|ies|ied) (?!bail|entry|visa|permit|approval|request|motion|appeal|access)\w"
    r"|\bdismiss(?:es|ed) (?:\w+ ){0,3}(?:report|rumou?r|claim|speculation|allegation)s?"
    r"|\brefut(?:e|es|ed)\b|\brebut(?:s|ted)?\b|\bdebunk(?:s|ed)?\b"
    r"|\b(?:report|rumou?r|claim|speculation|allegation)s?\b[^.]{0,30}"
    r"\b(?:false|untrue|unfounded|baseless|fake|not true|inaccurate)\b"
    r"|\bsays? (?:\w+ ){0,3}(?:report|rumou?r)s? (?:is|are|was|were) (?:\w+ )?(?:false|wrong)"
    r"|辟谣|澄清(?!机)|否认|不实(?:信息|传闻|消息|报道|言论)?|不属实|子虚乌有|谣言|系误传|严重失实"
    r"|并非事实|传闻.{0,6}假",
    re.IGNORECASE,
)


def role(line: str) -> str:
    """What a headline does to the news it is about: one of ROLES."""
    if _RETRACTED.search(line):
        return RETRACTION
    if _CORRECTED.search(line):
        return CORRECTION
    if _DENIED.search(line):
        return DENIAL
    return REPORT


def weight(roles: Iterable[str]) -> int:
    """What a story counts, in millionths: what the gravest of its articles leaves. A story that consists of
    denials alone, whose rumour nobody told here, counts as one that was denied."""
    return min((_LEFT[one] for one in roles), default=WHOLE)
