"""The plugin contract, on one page.

A plugin is a Python file (or an installed package under the entry-point group
``monitor``) that implements one or more of the five hooks below. A hook takes no
arguments and returns classes. A class names itself with ``kind``; config.toml names
instances of it; the monitor builds each instance from its own table:

    # my_source.py, in the directory that `plugins_dir` names
    from dataclasses import dataclass
    from monitor import Fetched, Item, hookimpl

    @dataclass
    class Hello:
        greeting: str = "hello"
        kind = "hello"

        def fetch(self, state, fetcher):
            return Fetched([Item(title=self.greeting, guid="1")], state)

    @hookimpl
    def register_sources():
        return [Hello]

    # config.toml
    # [sources.my_hello]
    # kind = "hello"
    # greeting = "good morning"

A dataclass's fields are its configuration: unknown keys and wrong types are refused
with the file, table and key. Constructors only store; heavy work belongs in `fetch`,
`load`, `send`. Whatever a plugin does is recorded against its instance and never
stops the others: all but classifiers, and what is bundled and no source, run in processes of
their own, with limits on time, memory and items, built anew for every call (docs/plugins.md).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, runtime_checkable

import pluggy

from monitor.detection.panels import Detector as Detector  # the one protocol that arrays belong to
from monitor.records import Article, Delivery, Explanation, Fetched, Prediction, Snapshot
from monitor.selection import Choice, Episode, Pool

if TYPE_CHECKING:
    import numpy as np

PROJECT = "monitor"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)

Progress = Callable[[str, float, float], None]
"""Called as progress(what, done, total); `total` is 0 where unknown."""


def silent(what: str, done: float, total: float) -> None:
    """A `Progress` that nobody watches."""


@dataclass(frozen=True, slots=True)
class Response:
    """An HTTP answer: final `url` after redirects, lower-case header names, and the body unpacked, whether
    it was labelled gzip or deflate, or is a gzip file."""

    status: int
    url: str  # after redirects
    headers: Mapping[str, str]  # by lower-case name
    body: bytes  # decoded


class Fetcher(Protocol):
    """The only way out to the network. It refuses addresses that are not public or allowed,
    bounds size and time, and follows redirects itself."""

    def get(self, url: str, headers: Mapping[str, str] | None = None) -> Response:
        """Answer of a GET. 304 is returned as it is; other statuses >= 400 raise FetchError."""
        ...

    def post(
        self,
        url: str,
        body: bytes,
        headers: Mapping[str, str] | None = None,
        *,
        status_only: bool = False,
    ) -> Response:
        """Answer of a POST; a status outside 200-299 raises FetchError. Redirects are not followed.

        With `status_only` the status line decides: whatever follows a 2xx, the message is taken, and the
        answer has no body. For a receiver whose body says more than its status, leave it out.
        """
        ...

    def addresses(self, host: str, port: int, *, own_ports: Collection[int] = ()) -> Sequence[str]:
        """Addresses of `host` that may be connected to at `port`, for a client that speaks another
        protocol than HTTP: it connects to one of these, and asks again for every connection. Raises
        BlockedError where one of them may not be reached. `own_ports` are the protocol's own among those
        that the web is kept from, such as 25, 465 and 587 for mail."""
        ...


class Source(Protocol):
    """Delivers items."""

    kind: ClassVar[str]

    def fetch(self, state: Mapping[str, Any], fetcher: Fetcher) -> Fetched:
        """The items there are now, and the state for the next call ({} at the first)."""
        ...


class Classifier(Protocol):
    """Judges sentiment and topics and, where it can, the sentiment towards companies."""

    kind: ClassVar[str]

    def load(self, model: Path, version: str) -> None:
        """Read the model in folder `model`; predictions carry `version`. Raises ModelError."""
        ...

    def classify(self, articles: Sequence[Article]) -> Sequence[Prediction]:
        """One prediction per article, in the same order. `article.mentions` are the watched companies
        an article names; `Prediction.companies` may hold the sentiment towards each, and a company
        it leaves out fares as the article does.

        A classifier that judges by a vector hands it on in `Prediction.vector`, for it has it at hand: query
        strategies that look for what is new, the watch over drift and the savings meter live on these
        vectors, and a classifier without them does without these."""
        ...


@runtime_checkable
class Trainable(Protocol):
    """A classifier that can be fitted."""

    def fit(
        self, snapshot: Snapshot, parent: Path | None, out: Path, progress: Progress
    ) -> Mapping[str, Any]:
        """Fit on `snapshot.train`, starting from the model in `parent` (None: from the base
        encoder), calibrate on `snapshot.development`, write a complete model folder to
        `out`, and return its metrics (a JSON object)."""
        ...


@runtime_checkable
class Resumable(Protocol):
    """A classifier whose fitting, stopped at any point, goes on from where it last wrote down that it was.
    One that is not begins again."""

    def keep(self, checkpoints: Path, minutes: float) -> None:
        """Said before `fit`: write a checkpoint to the folder `checkpoints` about every so many minutes, each
        whole or not at all, and begin from the last one there, if it is of the same fit (data, parent,
        options). What a fit that went on makes is what one that was never stopped would have made. The
        folder exists, may be empty, and is removed when the training ends."""
        ...


@runtime_checkable
class Explaining(Protocol):
    """A classifier that can say why."""

    def explain(self, article: Article, target: str) -> Explanation:
        """Why `article` is judged as it is. `target` is ``sentiment`` (of the likeliest class),
        ``sentiment:CLASS``, ``topics:NAME`` or ``company:NAME``, the company by a name that
        stands in the text. May be called while `classify` is at work in another thread. Raises
        UserError, telling the known ones, for any other target."""
        ...


@runtime_checkable
class Pretrainable(Protocol):
    """A classifier whose encoder can learn from texts that nobody labelled."""

    def pretrain(
        self, texts: Sequence[str], parent: Path | None, out: Path, progress: Progress
    ) -> Mapping[str, Any]:
        """Go on from the encoder of the model in `parent` (None: the configured base), write an
        encoder to the folder `out` that fitting can start from, and return its metrics."""
        ...


@runtime_checkable
class Compressible(Protocol):
    """A classifier whose models can be made smaller."""

    def compress(
        self,
        snapshot: Snapshot,
        parents: Sequence[Path],
        out: Path,
        progress: Progress,
        ways: Mapping[str, float],
    ) -> Mapping[str, Any]:
        """Make the model in `parents[0]` smaller and write it to the folder `out`; its metrics. What is
        left learns from `snapshot.train`, its labels and what all of `parents` make of its texts.

        `ways` says what becomes how small: `layers` and `vocabulary` to keep, shares of `heads` and
        `neurons` to remove, the `rank` of wide maps. Raises UserError for one it does not know.
        """
        ...


class Strategy(Protocol):
    """Chooses which articles analysts should label next."""

    kind: ClassVar[str]
    needs: ClassVar[Collection[str]]
    """The columns of the pool that it looks at (`monitor.Pool`); the others are None when `select` is
    called."""

    def select(self, pool: Pool, n: int, rng: np.random.Generator) -> Choice:
        """At most `n` distinct rows of `pool`, most wanted first, each with a score and a reason in words.
        The same pool and the same `rng` give the same choice."""
        ...


@runtime_checkable
class Learnable(Protocol):
    """A query strategy that learns: a policy. What it learnt is a file, versioned and gated as a model is."""

    def fit(self, episodes: Sequence[Episode], out: Path, progress: Progress) -> Mapping[str, Any]:
        """Learn from labelled history, write what was learnt to the folder `out`, and return its metrics."""
        ...

    def load(self, folder: Path) -> None:
        """Choose by what `fit` wrote. Raises ModelError where it cannot be read."""
        ...


class Notifier(Protocol):
    """Delivers messages."""

    kind: ClassVar[str]

    def send(self, delivery: Delivery, fetcher: Fetcher) -> None:
        """Deliver, or raise; the monitor retries with the same `delivery.id`."""
        ...


@hookspec
def register_sources() -> list[type[Source]]:  # type: ignore[empty-body]
    """Return source classes."""


@hookspec
def register_classifiers() -> list[type[Classifier]]:  # type: ignore[empty-body]
    """Return classifier classes."""


@hookspec
def register_strategies() -> list[type[Strategy]]:  # type: ignore[empty-body]
    """Return query-strategy classes."""


@hookspec
def register_detectors() -> list[type[Detector]]:  # type: ignore[empty-body]
    """Return detector classes."""


@hookspec
def register_notifiers() -> list[type[Notifier]]:  # type: ignore[empty-body]
    """Return notifier classes."""
