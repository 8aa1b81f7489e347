"""A source, notifier, strategy or detector whose plugin runs in a child.

Each is what its protocol asks for (`monitor.hookspecs`), so that the lines call it as they call any other,
and holds nothing but where the plugin is and its options. Everything that comes back is checked here.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from monitor import selection
from monitor.detection.panels import Panel, Present, Scores
from monitor.errors import FetchError, LimitError, PluginError
from monitor.extensions.loading import Origin
from monitor.hookspecs import Fetcher
from monitor.messages import Message
from monitor.records import Delivery, Fetched, Item
from monitor.sandbox import wire
from monitor.sandbox.pool import Pool
from monitor.sandbox.process import Answer
from monitor.selection import Choice, checked, needed

if TYPE_CHECKING:
    import numpy as np

MAX_FETCH_BYTES = 128_000_000
"""Bytes of the items of one fetch."""
MAX_FETCHED_BYTES = 500_000_000
"""Bytes of all answers that one call may be given."""
MAX_LEARNT_BYTES = 256_000_000
"""Bytes of what a detector learns of the past."""
TOLD = 3


@dataclass(frozen=True)
class _Proxy:
    """An instance: `kind` of the plugin at `origin`, with these options, and with those `offered` that its
    class declares. `name` and `where` are what the log and errors call it."""

    pool: Pool
    origin: Origin
    group: str
    kind: str
    name: str
    options: Mapping[str, Any]
    where: str
    offered: Mapping[str, Any] = field(default_factory=dict)

    def check(self) -> None:
        """Build it once. Raises ConfigError where the options do not fit, PluginError where it cannot."""
        self.pool.call(self.origin, self._message("build"), who=self.name)

    def _message(self, do: str, **given: Any) -> dict[str, Any]:
        named = {"do": do, "group": self.group, "kind": self.kind, "where": self.where}
        options = {
            "options": wire.plain_options(self.options),
            "offered": wire.plain_options(self.offered),
        }
        return {**named, **options, **given}


class SourceProxy(_Proxy):
    """A source in a child."""

    def fetch(self, state: Mapping[str, Any], fetcher: Fetcher) -> Fetched:
        """What the plugin fetches. Raises LimitError, and what the plugin raises."""
        items = _Items()
        message = self._message("fetch", state=dict(state), items=self.pool.limits.items)
        done = self.pool.call(
            self.origin, message, answer=_answers(fetcher), batch=items.take, who=f"source {self.name}"
        )
        if items.number > self.pool.limits.items:
            raise LimitError(Message("plugins.limit_items", items=self.pool.limits.items))
        try:
            reasons = [*items.reasons, *map(str, done["reasons"])][:TOLD]
            warnings = [Message.decoded(str(one)) for one in (*done["warnings"], *reasons)]
            malformed = int(done["malformed"]) + items.malformed
            return Fetched(items.items, done["state"], warnings, int(done["unchanged"]), malformed)
        except (KeyError, TypeError, ValueError) as error:
            raise _nonsense(error) from None


class NotifierProxy(_Proxy):
    """A notifier in a child."""

    def send(self, delivery: Delivery, fetcher: Fetcher) -> None:
        """Deliver, or raise: LimitError, and what the plugin raises."""
        message = self._message("send", delivery=wire.plain(delivery))
        self.pool.call(self.origin, message, answer=_answers(fetcher), who=f"notifier {self.name}")


class StrategyProxy(_Proxy):
    """A query strategy in a child."""

    @property
    def needs(self) -> frozenset[str]:
        """The columns that the plugin says it needs. Raises PluginError where it says something else."""
        done = self.pool.call(self.origin, self._message("needs"), who=f"strategy {self.name}")
        return needed(SimpleNamespace(needs=done.get("needs")))

    def select(self, pool: selection.Pool, n: int, rng: np.random.Generator) -> Choice:
        """The plugin's choice; it draws from a generator whose seed comes from `rng`. It is sent the columns
        that it asks for and no others."""
        message = self._message("select", n=n, seed=int(rng.integers(2**62)))
        done = self.pool.call(self.origin, message, answer=_columns(pool), who=f"strategy {self.name}")
        try:
            choice = Choice(done["rows"], done["scores"], [_revived(reason) for reason in done["reasons"]])
        except (KeyError, TypeError, ValueError) as error:
            raise _nonsense(error) from None
        return checked(choice, len(pool), n)


@dataclass(frozen=True, slots=True)
class Learnt:
    """What a detector in a child learnt: a pickle of that child's, which nobody opens here. It goes back with
    every test, unless the child still has what `digest` names."""

    content: bytes = field(repr=False)
    digest: str


@dataclass(frozen=True)
class DetectorProxy(_Proxy):
    """A detector in a child; `larger_is_rarer` as its class says."""

    larger_is_rarer: bool = False

    def fit(self, past: Panel) -> Learnt:
        """What the plugin learns, as bytes. Raises LimitError where they are too many."""
        learnt = _Learning(past)
        self.pool.call(self.origin, self._message("fit"), answer=learnt.answer, who=f"detector {self.name}")
        return learnt.found()

    def test(self, fitted: Learnt, present: Present) -> Scores:
        """The plugin's scores, checked. Raises PluginError where they are none."""
        from monitor.detection.scores import checked

        tested = _Testing(fitted, present)
        message = self._message("test", learnt=fitted.digest)
        self.pool.call(self.origin, message, answer=tested.answer, who=f"detector {self.name}")
        return checked(tested.scores, present, larger_is_rarer=self.larger_is_rarer)


class _Learning:
    """Hands a child the panel, and takes what it learnt of it, in parts."""

    def __init__(self, past: Panel) -> None:
        self._past = past
        self._parts: list[bytes] = []
        self._bytes = 0

    def answer(self, told: Mapping[str, Any], body: bytes) -> tuple[Mapping[str, Any], bytes]:
        from monitor.sandbox import panels

        if told["ask"] == "panel":
            return panels.panel_packed(self._past)
        if told["ask"] != "keep":
            raise PluginError(Message("plugins.no_fetcher"))
        self._bytes += len(body)
        self._refuse_much()
        self._parts.append(body)
        return {}, b""

    def found(self) -> Learnt:
        """All of it. Raises LimitError, also where the child went on after it was refused."""
        self._refuse_much()
        content = b"".join(self._parts)
        return Learnt(content, hashlib.sha256(content).hexdigest())

    def _refuse_much(self) -> None:
        if self._bytes > MAX_LEARNT_BYTES:
            self._parts.clear()
            raise LimitError(Message("plugins.limit_learnt", mb=MAX_LEARNT_BYTES // 1_000_000))


class _Testing:
    """Hands a child the present, and what it learnt if it asks for it; takes its scores."""

    def __init__(self, fitted: Learnt, present: Present) -> None:
        self.scores: Scores | None = None
        self._fitted = fitted
        self._present = present

    def answer(self, told: Mapping[str, Any], body: bytes) -> tuple[Mapping[str, Any], bytes]:
        from monitor.sandbox import panels

        if told["ask"] == "present":
            return panels.present_packed(self._present)
        if told["ask"] == "learnt":
            return {}, self._fitted.content
        if told["ask"] != "scores":
            raise PluginError(Message("plugins.no_fetcher"))
        self.scores = panels.scores_unpacked(told, body)
        return {}, b""


class _Items:
    """The items of one fetch, as they come."""

    def __init__(self) -> None:
        self.items: list[Item] = []
        self.malformed = 0
        self.reasons: list[str] = []
        self._bytes = 0

    @property
    def number(self) -> int:
        """Items that came."""
        return len(self.items) + self.malformed

    def take(self, body: bytes) -> None:
        """A batch. Raises LimitError where there is too much, ValueError for what is none."""
        self._bytes += len(body)
        if self._bytes > MAX_FETCH_BYTES:
            raise LimitError(Message("plugins.limit_bytes", mb=MAX_FETCH_BYTES // 1_000_000))
        for plain in json.loads(body.decode("utf-8", "surrogatepass")):
            try:
                self.items.append(wire.item_of(plain))
            except (TypeError, ValueError) as error:
                self.malformed += 1
                if len(self.reasons) < TOLD:
                    self.reasons.append(Message("plugins.item", number=self.number - 1, why=str(error)))


def _columns(pool: selection.Pool) -> Answer:
    """Answers a child's request for columns of the pool; a name that there is not gets no answer."""

    def answer(told: Mapping[str, Any], body: bytes) -> tuple[Mapping[str, Any], bytes]:
        from monitor.sandbox import arrays

        if told["ask"] != "columns":
            raise PluginError(Message("plugins.no_fetcher"))
        names = needed(SimpleNamespace(needs=told["with"]))
        return arrays.packed(pool.only(names).columns())

    return answer


def _revived(reason: Any) -> Any:
    return Message.decoded(reason) if isinstance(reason, str) else reason


def _answers(fetcher: Fetcher) -> Answer:
    """Answers a child's requests by `fetcher`, which judges their addresses, and counts what it gives."""
    given = 0

    def answer(told: Mapping[str, Any], body: bytes) -> tuple[Mapping[str, Any], bytes]:
        nonlocal given
        asked = dict(told["with"])
        if told["ask"] == "addresses":
            return {"addresses": list(fetcher.addresses(**asked))}, b""
        if given > MAX_FETCHED_BYTES:
            raise FetchError(Message("plugins.limit_fetched", mb=MAX_FETCHED_BYTES // 1_000_000))
        response = fetcher.post(body=body, **asked) if told["ask"] == "post" else fetcher.get(**asked)
        given += len(response.body)
        head = {"status": response.status, "url": response.url, "headers": dict(response.headers)}
        return head, response.body

    return answer


def _nonsense(error: Exception) -> PluginError:
    return PluginError(Message("plugins.nonsense", error=str(error)[:200]))
