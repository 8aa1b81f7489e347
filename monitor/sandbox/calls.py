"""What a child does when it is asked, one function for each method of a plugin's protocol.

    build   build an instance once, to see whether its options fit
    fetch   a source's items, in batches, then its state
    send    a notifier's delivery
    needs   the columns that a strategy needs
    select  a strategy's choice, once it has asked for these columns
    fit     what a detector learns of the past, pickled: only a child of the same plugin unpickles it
    test    a detector's scores, by what it learnt

The instance is built anew from its options for every call: a plugin keeps in its object nothing that the
next call needs, because that one may come to another process.
"""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from monitor.errors import PluginError
from monitor.extensions.building import build
from monitor.extensions.loading import Loaded
from monitor.messages import Message
from monitor.records import Fetched, Item
from monitor.sandbox import wire
from monitor.sandbox.channel import Channel, RemoteFetcher
from monitor.selection import Pool, checked, needed

BATCH_ITEMS = 500
BATCH_BYTES = 1_000_000
TOLD = 3  # malformed items that are told one by one
MAX_WARNINGS = 20
MAX_TEXT = 2000
PART_BYTES = 16_000_000
"""What a detector learnt goes to the parent in parts of this length."""
KEPT = 4
"""So much of what detectors learnt stays in a child, so that it is not sent with every test."""


class TooManyItems(Exception):
    """More items than one fetch may deliver."""


def _instance(loaded: Loaded, asked: Mapping[str, Any]) -> Any:
    cls = loaded.classes.get((asked["group"], asked["kind"]))
    if cls is None:
        raise PluginError(Message("plugins.kind_gone", kind=asked["kind"]))
    options, offered = wire.options_of(asked["options"]), wire.options_of(asked["offered"])
    return build(cls, asked["kind"], options, asked["where"], offered)


def _build(loaded: Loaded, asked: Mapping[str, Any], channel: Channel) -> dict[str, Any]:
    _instance(loaded, asked)
    return {}


def _fetch(loaded: Loaded, asked: Mapping[str, Any], channel: Channel) -> dict[str, Any]:
    fetched = _instance(loaded, asked).fetch(asked["state"], RemoteFetcher(channel))
    if not isinstance(fetched, Fetched):
        raise PluginError(Message("plugins.not_fetched", found=kind_of(fetched)))
    told = _deliver(fetched.items, channel, asked["items"])
    warnings = [text_of(one) for _, one in zip(range(MAX_WARNINGS), fetched.warnings, strict=False)]
    return {
        "state": wire.state_of(fetched.state),
        "warnings": warnings,
        "unchanged": max(0, int(fetched.unchanged)),
        "malformed": max(0, int(fetched.malformed)) + told.malformed,
        "reasons": told.reasons,
    }


class _Told:
    """What could not be delivered."""

    def __init__(self) -> None:
        self.malformed = 0
        self.reasons: list[str] = []

    def leave_out(self, number: int, why: str) -> None:
        self.malformed += 1
        if len(self.reasons) < TOLD:
            self.reasons.append(Message("plugins.item", number=number, why=why).encoded())


def _deliver(items: Iterable[object], channel: Channel, most: int) -> _Told:
    """Send the items on, a batch at a time. A generator runs here."""
    told = _Told()
    batch: list[str] = []
    length = 0
    for number, item in enumerate(items):
        if number >= most:
            raise TooManyItems
        text = _plain(item, number, told)
        if not text:
            continue
        batch.append(text)
        length += len(text)
        if len(batch) >= BATCH_ITEMS or length >= BATCH_BYTES:
            _send(batch, channel)
            batch, length = [], 0
    if batch:
        _send(batch, channel)
    return told


def _plain(item: object, number: int, told: _Told) -> str:
    if not isinstance(item, Item):
        told.leave_out(number, Message("plugins.no_item", found=kind_of(item)))
        return ""
    try:
        text = json.dumps(wire.plain_item(item), ensure_ascii=False)
    except Exception as error:  # the fields of a class of the plugin's own
        told.leave_out(number, f"{type(error).__name__}: {error}"[:300])
        return ""
    if len(text) > wire.MAX_ITEM_BYTES:
        told.leave_out(number, Message("plugins.item_long", bytes=wire.MAX_ITEM_BYTES))
        return ""
    return text


def _send(batch: Sequence[str], channel: Channel) -> None:
    body = f"[{','.join(batch)}]".encode("utf-8", "surrogatepass")
    channel.send({"items": len(batch)}, body)


def _notify(loaded: Loaded, asked: Mapping[str, Any], channel: Channel) -> dict[str, Any]:
    from pydantic import TypeAdapter

    from monitor.records import Delivery

    delivery = TypeAdapter(Delivery).validate_python(asked["delivery"])
    _instance(loaded, asked).send(delivery, RemoteFetcher(channel))
    return {}


def _needs(loaded: Loaded, asked: Mapping[str, Any], channel: Channel) -> dict[str, Any]:
    return {"needs": sorted(needed(_instance(loaded, asked)))}


def _select(loaded: Loaded, asked: Mapping[str, Any], channel: Channel) -> dict[str, Any]:
    import numpy as np

    from monitor.sandbox import arrays

    strategy = _instance(loaded, asked)
    pool = Pool(**arrays.unpacked(*channel.ask({"ask": "columns", "with": sorted(needed(strategy))})))
    rng = np.random.default_rng(asked["seed"])
    choice = checked(strategy.select(pool, asked["n"], rng), len(pool), asked["n"])
    return {
        "rows": choice.rows,
        "scores": choice.scores,
        "reasons": [text_of(reason) for reason in choice.reasons],
    }


def _fit(loaded: Loaded, asked: Mapping[str, Any], channel: Channel) -> dict[str, Any]:
    from monitor.sandbox import panels

    detector = _instance(loaded, asked)
    learnt = detector.fit(panels.panel_unpacked(*channel.ask({"ask": "panel"})))
    try:
        content = pickle.dumps(learnt, pickle.HIGHEST_PROTOCOL)
    except MemoryError:
        raise
    except Exception as error:
        told = f"{kind_of(error)}: {text_of(error)}"[:300]
        raise PluginError(Message("plugins.unpicklable", error=told)) from error
    for start in range(0, len(content), PART_BYTES):
        channel.ask({"ask": "keep"}, content[start : start + PART_BYTES])
    return {}


_kept: dict[str, bytes] = {}


def _learnt(digest: str, channel: Channel) -> Any:
    """What the detector learnt, made anew for every call: a test that changes it changes no other."""
    content = _kept.pop(digest, None)
    if content is None:
        _, content = channel.ask({"ask": "learnt"})
    _kept[digest] = content
    while len(_kept) > KEPT:
        del _kept[next(iter(_kept))]
    return pickle.loads(content)


def _test(loaded: Loaded, asked: Mapping[str, Any], channel: Channel) -> dict[str, Any]:
    from monitor.detection.scores import checked
    from monitor.sandbox import panels

    detector = _instance(loaded, asked)
    present = panels.present_unpacked(*channel.ask({"ask": "present"}))
    scores = detector.test(_learnt(asked["learnt"], channel), present)
    header, body = panels.scores_packed(
        checked(scores, present, larger_is_rarer=bool(detector.larger_is_rarer))
    )
    channel.ask({**header, "ask": "scores"}, body)
    return {}


CALLS: Mapping[str, Callable[[Loaded, Mapping[str, Any], Channel], dict[str, Any]]] = {
    "build": _build,
    "fetch": _fetch,
    "send": _notify,
    "needs": _needs,
    "select": _select,
    "fit": _fit,
    "test": _test,
}


def kind_of(value: object) -> str:
    """The name of a value's class."""
    return type(value).__name__


def text_of(value: object) -> str:
    """The text of what a plugin raised or warned; asking for it may fail as well."""
    try:
        return value.encoded() if isinstance(value, Message) else str(value)[:MAX_TEXT]
    except Exception:
        return kind_of(value)
