"""The ingest line: fetch, normalize, identify, link, classify, route, store.

    poll ─ fetch ─ take_in ─┬─ prepare    pure: items to articles, keys, signatures, mentions
                            ├─ recognise  which are new, edited, or known    (reads)
                            ├─ judge      the model, on the new ones         (no transaction)
                            └─ keep       everything of a chunk at once      (one transaction)

A source's state is stored with the last of its articles, so a crash anywhere repeats a
poll and loses nothing; repeated articles are recognised. Whatever a source does, the
damage ends here: it is recorded against that source, which is tried again later. A poll that ran
into a limit, or of whose items none could be used, stores nothing and leaves the state where it was.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import islice

from monitor import failures
from monitor.acquisition.coins import Coins
from monitor.classification.judging import Classify, Judged, judge, settle
from monitor.detection import cells
from monitor.detection.coverage import Reading
from monitor.errors import ConflictError, LimitError, LostError, PluginError, StoppedError
from monitor.hookspecs import Fetcher, Progress, Source, silent
from monitor.messages import Message
from monitor.news import fetching, gathering, identity, importing, masking, normalize
from monitor.news.companies import Linker
from monitor.news.dates import DEFAULT, DateReader, Dates, summed
from monitor.news.recognition import Entry, StoryMatcher, Verdict, recognise
from monitor.news.stories import voices
from monitor.records import Article, Item, Pace, PollResult
from monitor.sandbox.process import gently
from monitor.settings import RoutingSettings
from monitor.store import Store, Tx, arrangements, articles, known, polls, relatives, sources, stories, tasks
from monitor.store import intake as arriving

CHUNK = 256
"""Articles stored in one transaction."""
BATCH = 2048
"""Items of a file held in memory at a time."""
ATTEMPTS = 3
"""Times that a chunk is stored before giving way to another process that stores the same."""
log = logging.getLogger(__name__)


def unfenced(tx: Tx) -> None:
    """The `fence` of what nobody else brings in."""


@dataclass(frozen=True)
class Intake:
    """How the items of one source are taken in.

    `language` is the one the source is configured with, `dates` how it writes its dates; `classify`
    None leaves classification for later. `key` is the installation's, which coins are tossed with.
    Articles of a `sample` are marked as such. With `mask`, personal
    data are masked in everything that is kept of an item. Items of `history` were first seen when they were
    published (`monitor.archive`). `reading` says when the source was read; None is a file, of which all is
    backlog (`detection.coverage`). `fence` is called in every transaction that stores something of the
    source, and raises LostError where another process polls it by now (`schedule.holdings`).
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
    key: bytes = b""
    history: bool = False
    reading: Reading | None = None
    fence: Callable[[Tx], None] = unfenced

    @property
    def coins(self) -> Coins:
        """What decides at random which texts are audited."""
        return self.rules.coins(self.key)

    def piled_up(self, article: Article, *, dated: bool) -> bool:
        """Whether an article is backlog."""
        if self.history or self.sample:  # of these, the time is what they say
            return False
        if self.reading is None:
            return True
        seen = article.first_seen_at
        counts_at = cells.counted_at(article.published_at, article.published_day, seen)
        return self.reading.backlog(counts_at, seen, dated=dated)

    def reader(self) -> DateReader:
        """What reads the dates of one fetch, and leaves out those that cannot be true."""
        now = self.now()
        return DateReader(self.dates, now, earliest=normalize.EARLIEST, latest=now + normalize.MAX_AHEAD)


@dataclass
class Taken:
    """Counts of a fetch being taken in, and what the operator should know of it.

    `dates` reads all its dates, so that what is assumed of them is told once; the first part brings it.
    """

    new: int = 0
    duplicates: int = 0
    malformed: int = 0
    warnings: list[str] = field(default_factory=list)
    ids: set[int] = field(default_factory=set)  # stored articles that an item of this fetch is
    dates: DateReader | None = None

    def told(self) -> list[str]:
        """The warnings, with those of its dates; without what is personal."""
        dates = self.dates.warnings() if self.dates else []
        return [*self.warnings, *map(masking.mask_line, dates)]


def poll(
    store: Store,
    source: Source,
    fetcher: Fetcher,
    intake: Intake,
    *,
    interval: timedelta,
    slow_seconds: float = 10.0,
    clock: Callable[[], float] = time.monotonic,
) -> PollResult:
    """Fetch a source once and store what is new. Never raises for what the source does.

    Failures are in the result and recorded against the source, which is due again after
    `failures.backoff`; a successful source is due after `interval`. A source is late whose fetch took more
    than `slow_seconds` by `clock`. Of a poll that another process has taken over nothing is recorded. Raises
    StoppedError, and records nothing.
    """
    try:
        return _polled(store, source, fetcher, intake, interval, slow_seconds, clock)
    except LostError as error:
        log.warning("the source is polled elsewhere", extra={"source": intake.source})
        return PollResult(intake.source, False, error=error.told)


def _polled(
    store: Store,
    source: Source,
    fetcher: Fetcher,
    intake: Intake,
    interval: timedelta,
    slow_seconds: float,
    clock: Callable[[], float],
) -> PollResult:
    name = intake.source
    in_a_row = malformed = 0
    pace = Pace.QUICK
    try:
        with store.read() as tx:
            status = sources.status(tx, name)
            first_at = sources.first_read(tx, name)
        in_a_row = status.consecutive_failures
        intake = replace(intake, reading=Reading(first_at, status.last_success_at, interval))
        began = clock()
        token = gently.set(status.pace is Pace.HUNG)
        try:
            fetched = fetching.fetch(source, status.state, fetcher)
        finally:
            gently.reset(token)
            pace = Pace.LATE if clock() - began > slow_seconds else Pace.QUICK
        items, malformed, warnings = fetching.usable(fetched)
        if malformed and not items:
            raise PluginError(Message("sources.all_malformed", number=malformed, why=warnings[1:]))
        taken = Taken(warnings=warnings)

        def finish(tx: Tx) -> None:
            now, wait = intake.now(), interval.total_seconds()
            told = taken.told()
            sources.succeeded(tx, name, fetched.state, told, now, wait, malformed=malformed, pace=pace)
            polls.note(tx, name, now, read=True, new=taken.new)

        take_in(store, items, intake, taken, finish)
    except (StoppedError, LostError):
        raise
    except Exception as error:  # one source must not stop the others, whatever its items do
        failures.note(name, error)
        pace = Pace.HUNG if isinstance(error, LimitError) else pace
        wait = interval if malformed else failures.wait(name, in_a_row + 1, interval, error)
        told = failures.told(error)
        return failures.failed(store, name, intake.now(), told, wait, malformed, pace, intake.fence)
    same = fetched.unchanged
    return PollResult(name, True, len(items) + same, taken.new, taken.duplicates + same, malformed=malformed)


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
    taken.dates = taken.dates or intake.reader()
    entries = prepare(items, intake, taken.dates)
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
                    intake.fence(tx)
                    _keep(tx, chunk, verdicts, judged, intake, taken)
                    if last:
                        finish(tx)
                break
            except ConflictError:  # nothing was stored, and by now the other process is done
                if attempt == ATTEMPTS:
                    raise
    gathering.work(store, intake.now)


def import_items(
    store: Store, items: Iterable[Item], intake: Intake, taken: Taken | None = None
) -> PollResult:
    """Store the items of a file of any length as those of `intake.source`; again, and all are duplicates.

    What the operator should know is added to `taken.warnings`. Raises StoreError, DataError.
    """
    taken = Taken() if taken is None else taken
    fetched = 0
    stream = iter(items)
    while batch := list(islice(stream, BATCH)):
        fetched += len(batch)
        take_in(store, batch, intake, taken)
        taken.ids.clear()  # what a document is to a feed, a batch is to a file
    taken.warnings = taken.told()
    return PollResult(intake.source, True, fetched, taken.new, taken.duplicates, malformed=taken.malformed)


def import_file(
    store: Store, source: Source, fetcher: Fetcher, intake: Intake, progress: Progress = silent
) -> tuple[PollResult, list[str]]:
    """Store everything that `source` (a `jsonl` instance, say) reads; the counts and the warnings."""
    taken = Taken()

    def left_out(number: int) -> None:
        taken.malformed += number

    items = importing.drain(source, fetcher, progress, taken.warnings.append, left_out)
    result = import_items(store, items, intake, taken)
    return result, summed(taken.warnings)


def _chunks(entries: Sequence[Entry]) -> Iterator[Sequence[Entry]]:
    for start in range(0, len(entries), CHUNK):
        yield entries[start : start + CHUNK]


def prepare(items: Sequence[Item], intake: Intake, dates: DateReader) -> list[Entry]:
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
            history=intake.history,
            dates=intake.dates,
            mask=intake.mask,
        )
        for item, at in zip(items, stated, strict=True)
    ]
    told = list(map(normalize.masked_item, items, made)) if intake.mask else items
    distinct = dict(zip(identity.keys(told), zip(told, stated, made, strict=True), strict=True))
    entries = []
    for key, (kept, at, article) in distinct.items():
        mentions = tuple(intake.linker.mentions(article.content, article.published_at.date()))
        article = replace(
            article,
            identity_key=key,
            mentions=mentions,
            backlog=intake.piled_up(article, dated=at is not None),
        )
        signature = identity.signature(article.content)
        entries.append(
            Entry(
                article=article,
                exact_key=identity.exact_key(kept),
                stated_at=article.published_at if at else None,
                signature=signature,
                bands=identity.bands(signature),
                voice=voices.shipped().voice(article.source, article.publisher, article.url, article.content),
                role=gathering.role(article),
                keys=gathering.keys(article),
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
        taken.warnings.append(Message("sources.unjudged", number=len(fresh), why=judged.down))
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
    arrived = arrive(tx, [(again[place], chunk[place]) for place in new], intake.coins)
    stored = dict(zip(new, arrived, strict=True))
    for place in fresh:
        if again[place].old is not None:
            stored[place] = _revise(tx, again[place], chunk[place], now, intake.coins)
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


def arrive(tx: Tx, new: Sequence[tuple[Verdict, Entry]], coins: Coins) -> list[Article]:
    """Store new articles, each in the story it tells."""
    matcher = StoryMatcher(tx, [entry for _, entry in new])
    arrivals: list[arriving.Arrival] = []
    for verdict, entry in new:
        assert verdict.article is not None  # that is what makes it new
        place = matcher.place()
        article = replace(verdict.article, story_id=place.story_id, block_id=place.block_id)
        told = (place.voice, place.follows, entry.role, entry.keys)
        arrivals.append(arriving.Arrival(article, entry.signature, entry.bands, *told))
    return arriving.keep(tx, arrivals, coins)


def _revise(tx: Tx, verdict: Verdict, entry: Entry, now: datetime, coins: Coins) -> Article:
    assert verdict.article is not None  # that is what makes it an edit
    article = articles.revise(tx, verdict.article, now, coins)
    if verdict.old is not None and article.text_id != verdict.old.text_id:
        tasks.outdated(tx, verdict.old.text_id, now)
    stories.remember(tx, article.id, entry.signature, entry.bands, article.first_seen_at)
    kept = relatives.Kept(article.id, article.first_seen_at, entry.keys)
    relatives.keep(tx, kept)
    arrangements.acts(tx, article.id, entry.role, now)
    return article
