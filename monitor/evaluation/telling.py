"""What was measured of the model that serves, in a sentence for the desk. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from monitor.messages import Message


def sentence(kind: str, scope: str, fired: bool, values: Mapping[str, Any]) -> Message:
    """One result of `evaluation.measured` as people read it: where a number came from and how sure it is."""
    if kind == "live":
        return Message("drift.live", **_figure(values["accuracy"]))
    if kind == "savings":
        return _savings(values)
    if kind == "hint":
        points = {name: 100 * values[name] for name in ("gain", "low", "high")}
        key = "drift.enough" if values["stop"] else "drift.more"
        return Message(key, next=values["next"], labels=values["labels"], **points)
    told = {"scope": scope, "before": values["before"], "now": values["now"], "p": values["p_value"]}
    state = "fired" if fired else "quiet"
    if kind == "covariate":
        return Message(f"drift.covariate.{state}", **told, auc=values["auc"])
    negative = values["shares"]["negative"]
    shares = {"negative_before": negative["before"], "negative_now": negative["now"]}
    return Message(f"drift.label.{state}", **told, **shares)


def _figure(figure: Mapping[str, Any]) -> dict[str, Any]:
    names = ("value", "low", "high", "plain_low", "plain_high", "labels", "unread")
    return {name: figure[name] for name in names}


def _savings(values: Mapping[str, Any]) -> Message:
    told = {"spent": values["spent"], "reached": values["reached"]["value"], "most": values["most"]}
    low = values["low"] if values["low"] is not None else values["most"]
    if values["random"] is None:
        return Message("drift.saved.beyond", **told, low=low)
    if values["high"] is None:
        return Message("drift.saved.open", **told, random=values["random"], low=low)
    return Message("drift.saved", **told, random=values["random"], low=low, high=values["high"])
