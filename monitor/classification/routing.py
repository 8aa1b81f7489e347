"""Where a classified article goes: accepted, reviewed, or audited; and why.

An audit draws articles that would have been accepted, at random, so that the labels on
them measure the model without the bias of labelling only what it is unsure of.
"""

from __future__ import annotations

import hashlib

from monitor.messages import Message
from monitor.records import Decision, Prediction, Route


def decide(
    prediction: Prediction, content_hash: str, *, threshold: float, audit_share: float, seed: int = 0
) -> Decision:
    """The route of an article and the reason, as a message.

    `threshold` and `audit_share` lie in [0, 1]. The audit is drawn from a hash of
    (`content_hash`, `seed`), so that the same article is decided the same again, on every
    machine, and a repeated delivery is never drawn twice.
    """
    if prediction.unsupported:
        return Decision(Route.REVIEW, Message("routing.unjudged", why=prediction.unsupported))
    confidence = prediction.confidence
    sure = {"confidence": _percent(confidence), "sentiment": Message(f"sentiment.{prediction.label}")}
    # A NaN is under every threshold, hence the negation.
    if not confidence >= threshold:
        return Decision(Route.REVIEW, Message("routing.asked", **sure, threshold=_percent(threshold)))
    if draw(content_hash, seed) < audit_share:
        return Decision(Route.AUDIT, Message("routing.drawn", **sure, share=_percent(audit_share)))
    return Decision(Route.ACCEPT, Message("routing.accepted", **sure, threshold=_percent(threshold)))


def draw(content_hash: str, seed: int) -> float:
    """A number in [0, 1) that looks uniform over contents and depends on nothing else."""
    digest = hashlib.sha256(f"{seed}:{content_hash}".encode()).digest()
    return int.from_bytes(digest[:6], "big") / 2**48


def _percent(share: float) -> str:
    """One decimal only where whole percents would hide it: 74.96% must not read as 75%."""
    if share != share:
        return "?%"
    whole = f"{share:.0%}"
    return whole if abs(share - round(share, 2)) < 1e-9 else f"{int(share * 1000) / 10:.1f}%"
