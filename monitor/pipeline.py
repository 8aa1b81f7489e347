"""The ingest line: fetch, normalize, identify, link, classify, route, store.

    poll ─ fetch ─ take_in ─┬─ prepare    pure: items to articles, keys, signatures, mentions
                            ├─ recognise  which are new, edited, or known    (reads)
                            ├─ judge      the model, on the new ones         (no transaction)
                            └─ keep       everything of a chunk at once      (one transaction)

A source's state is stored with the last of its articles, so a crash anywhere repeats a
poll and loses nothing; repeated articles are recognised. Whatever a source does, the
damage ends here: it is recorded against that source, which is tried again later.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any

from monitor.classification import routing
from monitor.classification.judging import Classify, Judged, judge, settle
from monitor.errors import ConflictError, MonitorError, PluginError, StoreError
from monitor.hookspecs import Fetcher, Progress, Source, silent
from monitor.messages import Message
from monitor.news import identity, importing, masking, normalize
from monitor.news.companies import Linker
from monitor.news.dates import DEFAULT, DateReader, Dates, summed
from monitor.news.recognition import Entry, StoryMatcher, Verdict, recognise
from monitor.records import Article, Fetched, Item, PollResult
from monitor.settings import RoutingSettings
from monitor.store import Store, Tx, articles, known, sources, stories
from monitor.store import intake as arriving

CHUNK = 256
"""Articles stored in one transaction."""
BATCH = 2048
"""Items of a file held in memory at a time."""
MAX_ITEMS = 100_000
"""Items of one fetch that are taken; a source that delivers without end is cut off."""
MAX_STATE_BYTES = 1_000_000
ATTEMPTS = 3
"""Times that a chunk is stored before giving way to another process that stores the same."""
FIRST_RETRY = timedelta(minutes=5)
LAST_RETRY = timedelta(hours=6)
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Intake:
    """How the items of one source are taken in.

    `language` is the one the source is configured with, `dates` how it writes its dates; `classify`
    None leaves classification for later. Articles of a `sample` are marked as such. With `mask`, personal
    data are masked in everything that is kept of an item.
    """

    source: str
    linker: Linker
    rules: RoutingSettings
    now: Callable[[], datetime]
    classify: Classify | None = None
    language: str = ""
    sample: bool = False
    dates: Dates = DEFAULT
    mask: bool = False

    def reader(self) -> DateReader:
        """What reads the dates of one fetch, and leaves out those that cannot be true."""
        now = self.now()
        return DateReader(self.dates, now, earliest=normalize.EARLIEST, latest=now + normalize.MAX_AHEAD)


@dataclass
class Taken:
    """Counts of a fetch being taken in, and what the operator should know of it."""

    dates: DateReader
    new: int = 0
    duplicates: int = 0
    warnings: list[str] = field(default_factory=list)
    ids: set[int] = field(default_factory=set)  # stored articles that an item of this fetch is


def poll(
    store: Store,
    source: Source,
    fetcher: Fetcher,
    intake: Intake,
    *,
    interval: timedelta,
) -> PollResult:
    """Fetch a source once and store what is new. Never raises for what the source does.

    Failures are in the result and recorded against the source, which is due again after
    `backoff`; a successful source is due after `interval`.
    """
    name = intake.source
    failures = 0
    try:
        with store.read() as tx:
            status = sources.status(tx, name)
        failures = status.consecutive_failures
        fetched = _fetch(source, status.state, fetcher)
        items, warnings = _usable(fetched)
        taken = Taken(intake.reader(), warnings=warnings)

        def finish(tx: Tx) -> None:
            wait = interval.total_seconds()
            told = [*taken.warnings, *map(masking.mask_line, taken.dates.warnings())]
            sources.succeeded(tx, name, fetched.state, told, intake.now(), wait)

        take_in(store, items, intake, taken, finish)
    except MonitorError as error:
        if error.__cause__ is not None and isinstance(error, PluginError):
            log.warning("the source raised", extra={"source": name}, exc_info=error.__cause__)
        return _failed(store, intake, error, failures + 1, interval)
    except Exception as error:  # one source's items must not stop the others
        log.warning("its items could not be taken in", extra={"source": name}, exc_info=error)
        said = masking.mask_line(str(error))[:300]
        told = MonitorError(f"its items could not be taken in ({type(error).__name__}: {said})")
        return _failed(store, intake, told, failures + 1, interval)
    same = fetched.unchanged
    return PollResult(name, True, len(items) + same, taken.new, taken.duplicates + same)


def backoff(name: str, failures: int, interval: timedelta, retry_after: float | None = None) -> timedelta:
    """How long to leave a source alone after `failures` failures in a row (1 or more).

    Doubles from five minutes (or the interval, if shorter) to six hours, spread by a
    fifth either way so that sources that failed together do not return together; never
    less than the server asked for.
    """
    first = min(interval, FIRST_RETRY)
    wait: timedelta = min(first * 2.0 ** min(failures - 1, 20), LAST_RETRY)
    spread = wait * (0.8 + 0.4 * routing.draw(name, failures))
    return max(spread, timedelta(seconds=retry_after or 0))


def _failed(
    store: Store, intake: Intake, error: MonitorError, failures: int, interval: timedelta
) -> PollResult:
    wait = backoff(intake.source, failures, interval, getattr(error, "retry_after", None))
    told = masking.mask_line(error.told)  # it may quote what the source sent
    try:
        with store.begin() as tx:
            sources.failed(tx, intake.source, told, intake.now(), wait.total_seconds())
    except StoreError as failure:  # the result says it, if the store cannot
        if not isinstance(error, StoreError):
            return PollResult(intake.source, False, error=f"{told}; and it could not be recorded: {failure}")
    return PollResult(intake.source, False, error=str(told))


# --- fetch: the one place where a source plugin is called -----------------------------------


def _fetch(source: Source, state: Mapping[str, Any], fetcher: Fetcher) -> Fetched:
    try:
        fetched = source.fetch(json.loads(json.dumps(dict(state))), fetcher)
        if not isinstance(fetched, Fetched):
            raise PluginError(f"the source returned {type(fetched).__name__}, not monitor.Fetched")
        items = list(islice(fetched.items, MAX_ITEMS))  # a generator runs here
        warnings = [_told(one) for one in islice(fetched.warnings, 20)]
        return Fetched(items, _checked(fetched.state), warnings, max(0, int(fetched.unchanged)))
    except (KeyboardInterrupt, MonitorError):
        raise
    except BaseException as error:  # a plugin may raise SystemExit as well
        said = masking.mask_line(str(error))[:300]
        raise PluginError(f"the source raised {type(error).__name__}: {said}") from error


def _told(warning: object) -> str:
    """A source's warning as it is kept: it may quote what the source was sent."""
    told = masking.mask_line(warning if isinstance(warning, Message) else str(warning))
    return told if isinstance(told, Message) else told[:500]


def _checked(state: Mapping[str, Any]) -> dict[str, Any]:
    try:
        text = json.dumps(dict(state), allow_nan=False)
    except (TypeError, ValueError) as error:
        raise PluginError(f"the source's state is not a JSON object: {error}") from None
    if len(text) > MAX_STATE_BYTES:
        raise PluginError(f"the source's state is longer than {MAX_STATE_BYTES:,} bytes")
    checked: dict[str, Any] = json.loads(text)
    return checked


def _usable(fetched: Fetched) -> tuple[list[Item], list[str]]:
    """The items that become articles, and the fetch's warnings with what became of the others."""
    usable: list[Item] = []
    malformed = empty = 0
    for item in fetched.items:
        if not _is_item(item):
            malformed += 1
        elif normalize.has_words(item):
            usable.append(item)
        else:
            empty += 1
    warnings = list(fetched.warnings)
    if malformed:
        warnings.append(f"{malformed} items were left out: not monitor.Item, or with fields of other types")
    if empty:
        warnings.append(f"{empty} items were left out: neither title nor text")
    if len(fetched.items) >= MAX_ITEMS:
        warnings.append(f"only the first {MAX_ITEMS:,} items were taken")
    return usable, warnings


def _is_item(item: object) -> bool:
    if not isinstance(item, Item):
        return False
    texts = (item.title, item.text, item.url, item.guid, item.author, item.language)
    stated = isinstance(item.published_at, datetime | date | str | None)
    return stated and all(isinstance(text, str) for text in texts)


# --- take in ---------------------------------------------------------------------------------


def take_in(
    store: Store,
    items: Sequence[Item],
    intake: Intake,
    taken: Taken,
    finish: Callable[[Tx], None] = lambda tx: None,
) -> None:
    """Store the items of one document, oldest first; add what became of them to `taken`.

    `finish` runs in the transaction of the last chunk. Raises StoreError, ConflictError.
    """
    entries = _prepare(items, intake, taken.dates)
    taken.duplicates += len(items) - len(entries)
    if len(entries) > CHUNK:  # an item of a later chunk must not lose its article to a look-alike
        with store.read() as tx:
            keys = [entry.article.identity_key for entry in entries]
            taken.ids.update(article.id for article in known.by_key(tx, intake.source, keys).values())
    chunks = list(_chunks(entries)) or [[]]
    for number, chunk in enumerate(chunks, start=1):
        with store.read() as tx:
            verdicts = recognise(tx, chunk, taken.ids)
        judged = _judge(intake, verdicts, taken)
        last = number == len(chunks)
        for attempt in range(1, ATTEMPTS + 1):
            try:
                with store.begin() as tx:
                    _keep(tx, chunk, verdicts, judged, intake, taken)
                    if last:
                        finish(tx)
                break
            except ConflictError:  # nothing was stored, and by now the other process is done
                if attempt == ATTEMPTS:
                    raise


def import_items(
    store: Store, items: Iterable[Item], intake: Intake, taken: Taken | None = None
) -> PollResult:
    """Store the items of a file of any length as those of `intake.source`; again, and all are duplicates.

    What the operator should know is added to `taken.warnings`. Raises StoreError, DataError.
    """
    taken = Taken(intake.reader()) if taken is None else taken
    fetched = 0
    stream = iter(items)
    while batch := list(islice(stream, BATCH)):
        fetched += len(batch)
        take_in(store, batch, intake, taken)
        taken.ids.clear()  # what a document is to a feed, a batch is to a file
    taken.warnings.extend(map(masking.mask_line, taken.dates.warnings()))
    return PollResult(intake.source, True, fetched, taken.new, taken.duplicates)


def import_file(
    store: Store, source: Source, fetcher: Fetcher, intake: Intake, progress: Progress = silent
) -> tuple[PollResult, list[str]]:
    """Store everything that `source` (a `jsonl` instance, say) reads; the counts and the warnings."""
    taken = Taken(intake.reader())
    items = importing.drain(source, fetcher, progress, taken.warnings.append)
    result = import_items(store, items, intake, taken)
    return result, summed(taken.warnings)


def _chunks(entries: Sequence[Entry]) -> Iterator[Sequence[Entry]]:
    for start in range(0, len(entries), CHUNK):
        yield entries[start : start + CHUNK]


def _prepare(items: Sequence[Item], intake: Intake, dates: DateReader) -> list[Entry]:
    """Distinct items as articles, in order of publication."""
    now = intake.now()
    stated = [dates.read(item.published_at) for item in items]
    made = [
        normalize.article(
            replace(item, published_at=at),
            source=intake.source,
            identity_key="",
            now=now,
            language_hint=intake.language,
            sample=intake.sample,
            dates=intake.dates,
            mask=intake.mask,
        )
        for item, at in zip(items, stated, strict=True)
    ]
    told = list(map(normalize.masked_item, items, made)) if intake.mask else items
    distinct = dict(zip(identity.keys(told), zip(told, stated, made, strict=True), strict=True))
    entries = []
    for key, (kept, at, article) in distinct.items():
        mentions = tuple(intake.linker.mentions(article.content))
        article = replace(article, identity_key=key, mentions=mentions)
        signature = identity.signature(article.content)
        entries.append(
            Entry(
                article=article,
                exact_key=identity.exact_key(kept),
                stated_at=article.published_at if at else None,
                signature=signature,
                bands=identity.bands(signature),
            )
        )
    entries.reverse()  # feeds put the newest first
    entries.sort(key=lambda entry: entry.article.published_at)
    return entries


def _judge(intake: Intake, verdicts: Sequence[Verdict], taken: Taken) -> Judged:
    """The model's word on what is to be stored, by position among the chunk's articles to store."""
    fresh = [verdict.article for verdict in verdicts if verdict.article is not None]
    if intake.classify is None or not fresh:
        return Judged()
    judged = judge(intake.classify, fresh)
    if judged.down:
        taken.warnings.append(f"{len(fresh)} articles wait for classification: {judged.down}")
    return judged


def _keep(
    tx: Tx,
    chunk: Sequence[Entry],
    verdicts: Sequence[Verdict],
    judged: Judged,
    intake: Intake,
    taken: Taken,
) -> None:
    """Store a chunk: articles, stories, mentions, predictions, tasks. Raises ConflictError."""
    now = intake.now()
    places = [place for place, verdict in enumerate(verdicts) if verdict.article is not None]
    # Another process may have stored an item since it was recognised.
    again = recognise(tx, chunk, taken.ids)
    fresh = [place for place in places if again[place].article is not None]
    new = [place for place in fresh if again[place].old is None]
    stored = dict(zip(new, _arrive(tx, [(again[place], chunk[place]) for place in new]), strict=True))
    for place in fresh:
        if again[place].old is not None:
            stored[place] = _revise(tx, again[place], chunk[place], now)
    settled = Judged()
    batch: list[Article] = []
    for position, place in enumerate(places):
        if place in stored:
            if position in judged.predictions:
                settled.predictions[len(batch)] = judged.predictions[position]
            if position in judged.failures:
                settled.failures[len(batch)] = judged.failures[position]
            batch.append(stored[place])
    settle(tx, batch, settled, intake.rules, now)
    taken.new += len(new)
    taken.duplicates += len(chunk) - len(new)
    taken.ids.update(article.id for article in stored.values())
    taken.ids.update(verdict.old.id for verdict in again if verdict.old is not None)


def _arrive(tx: Tx, new: Sequence[tuple[Verdict, Entry]]) -> list[Article]:
    """Store new articles, each in the story it tells."""
    matcher = StoryMatcher(tx, [entry for _, entry in new])
    arrivals: list[arriving.Arrival] = []
    for verdict, entry in new:
        assert verdict.article is not None  # that is what makes it new
        story_id, follows = matcher.place(entry.signature)
        article = replace(verdict.article, story_id=story_id)
        arrivals.append(arriving.Arrival(article, entry.signature, entry.bands, follows))
    return arriving.keep(tx, arrivals)


def _revise(tx: Tx, verdict: Verdict, entry: Entry, now: datetime) -> Article:
    assert verdict.article is not None  # that is what makes it an edit
    article = articles.revise(tx, verdict.article, now)
    stories.remember(tx, article.id, entry.signature, entry.bands, article.first_seen_at)
    return article
