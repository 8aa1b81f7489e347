"""Where a classified article goes: accepted, reviewed, audited or explored; and why.

An audit was drawn before the model said anything, from everything, so that the answers on it measure the
model without the bias of asking about what it is unsure of; it goes before every other route. What is
explored was drawn from what is accepted, so that the model also learns from where it is wrongly sure
(Attenberg and Provost, KDD 2010).
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass

from monitor.messages import Message
from monitor.records import Decision, Prediction, Route


@dataclass(frozen=True, slots=True)
class Draw:
    """What was drawn for a text before it was judged (`monitor.acquisition.coins`): the shares are the
    probabilities, 0 to 1. `relabel` says that an analyst labelled what the article said before an edit."""

    audited: bool = False
    share: float = 0.0
    explored: bool = False
    explore_share: float = 0.0
    relabel: bool = False


UNDRAWN = Draw()


@dataclass(frozen=True, slots=True)
class Judgement:
    """The judgement that a route hangs on: `label` at `confidence`, of the article or, where `towards` names
    one, towards a company."""

    label: str
    confidence: float
    towards: str = ""


def decide(
    prediction: Prediction,
    draw: Draw = UNDRAWN,
    *,
    threshold: float,
    certified: bool = False,
    group: str = "",
    least: Judgement | None = None,
) -> Decision:
    """The route of an article and the reason, as a message. `threshold` lies in [0, 1], or is infinite
    where nothing is accepted; `certified` says whether the model's certificate sets it, and `group` of what
    ("": of everything). It is held against the sentiment, or against the judgement that the model is `least`
    sure of."""
    if draw.audited:
        return Decision(Route.AUDIT, Message("routing.drawn", share=_percent(draw.share)), draw.share)
    if prediction.unsupported:
        return Decision(Route.REVIEW, Message("routing.unjudged", why=prediction.unsupported))
    least = least or Judgement(prediction.label, prediction.confidence)
    sentiment = Message(f"sentiment.{least.label}")
    if least.towards:
        sentiment = Message("routing.towards", sentiment=sentiment, company=least.towards)
    sure = {"confidence": _percent(least.confidence), "sentiment": sentiment}
    # A NaN is under every threshold, hence the negation.
    if not least.confidence >= threshold:
        if threshold == math.inf:
            return Decision(Route.REVIEW, Message("routing.suspended", **sure, of=_of(group)))
        limit = _limit(threshold, certified, group)
        return Decision(Route.REVIEW, Message("routing.asked", **sure, threshold=limit))
    if draw.relabel:
        return Decision(Route.REVIEW, Message("routing.edited"))
    if draw.explored:
        reason = Message("routing.explored", **sure, share=_percent(draw.explore_share))
        return Decision(Route.EXPLORE, reason, draw.explore_share)
    limit = _limit(threshold, certified, group)
    return Decision(Route.ACCEPT, Message("routing.accepted", **sure, threshold=limit))


def spread(name: str, number: int) -> float:
    """A number in [0, 1) that looks uniform over names and depends on nothing else."""
    digest = hashlib.sha256(f"{number}:{name}".encode()).digest()
    return int.from_bytes(digest[:6], "big") / 2**48


def _limit(threshold: float, certified: bool, group: str) -> Message:
    name = "certified" if certified else "uncertified"
    return Message(f"routing.{name}", threshold=_percent(threshold), of=_of(group))


def _of(group: str) -> str:
    return Message("routing.of", group=group) if group else ""


def _percent(share: float) -> str:
    """One decimal only where whole percents would hide it: 74.96% must not read as 75%."""
    if share != share:
        return "?%"
    whole = f"{share:.0%}"
    return whole if abs(share - round(share, 2)) < 1e-9 else f"{int(share * 1000) / 10:.1f}%"
