"""The sources that this process polls: what it holds of what `sharing` gives it, in the store.

    look ─┬─ read    who lives, and who holds which source and host
          ├─ reckon  who should hold what (`sharing.share_out`): every worker comes to the same
          ├─ give    what another should have: taken out of our lanes, and given back once no poll of it runs
          └─ take    what is ours and nobody holds; a group whole, or not at all

A source and a host are leases (`monitor.store.leases`), held as long as their holder lives. A poll commits
under the token of its source's lease (`fence`): a process that was taken for dead and goes on has another's
token against it, and the store refuses what it brings. A group that nobody takes for a lease's length,
because the worker that should have it hangs or has other settings, is taken by whoever knows it, and kept
until workers come or go.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence

import structlog

from monitor.errors import LostError
from monitor.messages import Message
from monitor.schedule import sharing
from monitor.schedule.heart import Heart
from monitor.schedule.sharing import Group
from monitor.store import Store, Tx, leases, processes
from monitor.store.processes import Process

SOURCE = "source:"
HOST = "host:"
ROLES = frozenset({"run", "worker"})
"""What processes do that poll on schedule (`monitor.store.processes.Process.role`)."""

log = structlog.get_logger(__name__)


def refuse_if_held(tx: Tx, source: str, holder: str = "") -> None:
    """Raise LostError where a living process other than `holder` polls the source."""
    if leases.holder(tx, SOURCE + source) not in ("", holder):
        raise LostError(Message("sources.lost"))


def shown(holder: str) -> str:
    """A worker as people are told of it: a name of its own that says nothing of its machine."""
    return holder.split(":", 2)[-1]


def workers(living: Sequence[Process], held: Mapping[str, tuple[str, int]]) -> list[tuple[Process, int]]:
    """Those of the living who poll on schedule, and how many sources each of them polls."""
    polled = Counter(holder for holder, _ in held.values())
    return [(one, polled[one.holder]) for one in living if one.role in ROLES]


def told(store: Store) -> list[str]:
    """For the operator: which processes poll on schedule, where they are, and how many sources each has."""
    with store.read() as tx:
        at_work = workers(processes.all(tx), leases.holders(tx, SOURCE))
    return [
        f"{shown(one.holder)} on {one.host}, process {one.pid} ({one.role}): {number} sources"
        for one, number in at_work
    ] or ["none runs: nothing is polled before `monitor run` or `monitor worker` is started"]


class Holdings:
    """What one process holds of `groups`, which are all that its settings know.

    `leave` takes sources out of what waits to be polled here, and says which of them are at work still.
    """

    def __init__(
        self,
        store: Store,
        heart: Heart,
        groups: Sequence[Group],
        leave: Callable[[Collection[str]], set[str]],
    ) -> None:
        self._store = store
        self._heart = heart
        self._groups = {group.key: group for group in groups}
        self._weights = {group.key: group.weight for group in groups}
        self._leave = leave
        self._looking = threading.Lock()
        self._tokens: Mapping[str, int] = {}  # by source; replaced as a whole
        self._members: frozenset[str] = frozenset()
        self._free: dict[str, float] = {}  # groups that nobody holds: since when, on the steady clock
        self._kept: set[str] = set()  # taken in another's place

    @property
    def sources(self) -> frozenset[str]:
        """The sources that are polled here."""
        return frozenset(self._tokens)

    def fence(self, source: str) -> Callable[[Tx], None]:
        """What a poll that begins now calls in each of its transactions: raises LostError where another
        process has taken the source over since, and keeps others from it until the transaction ends."""
        token = self._tokens.get(source)

        def fence(tx: Tx) -> None:
            if token is None:
                refuse_if_held(tx, source, self._heart.holder)
            elif not leases.holds(tx, SOURCE + source, token, keep=True):
                raise LostError(Message("sources.lost"))

        return fence

    def holds(self, source: str) -> bool:
        """Whether the source is this process's to poll, as the store has it now."""
        token = self._tokens.get(source)
        with self._store.read() as tx:
            return token is not None and leases.holds(tx, SOURCE + source, token)

    def look(self) -> set[str]:
        """Give and take what is due; the sources that are polled here from now on and were not before."""
        with self._looking:
            holder = self._heart.holder
            with self._store.read() as tx:
                living = processes.all(tx)
                held = {kind: leases.holders(tx, kind) for kind in (SOURCE, HOST)}
            self._notice(frozenset(one.holder for one in living if one.role in ROLES))
            whose = {key: _holders(group, held) for key, group in self._groups.items()}
            alone = {key: next(iter(found)) for key, found in whose.items() if len(found) == 1}
            wanted = sharing.share_out(self._weights, self._members, alone)
            ours = {key for key, found in alone.items() if found == holder}
            leaving = {key for key in ours - self._kept if wanted.get(key, holder) != holder}
            late = self._late({key for key, found in whose.items() if not found})
            taking = late | {key for key, found in whose.items() if not found and wanted.get(key) == holder}
            before = self._tokens
            own = {name for key in ours - leaving for name in self._groups[key].sources}
            self._tokens = {name: token for name, (_, token) in held[SOURCE].items() if name in own}
            self._give(holder, leaving)
            taken = self._take(holder, taking)
            self._kept |= {key for key in late if wanted.get(key) != holder}
            self._tokens = {**self._tokens, **taken}
            return {name for name, token in self._tokens.items() if before.get(name) != token}

    def _notice(self, members: frozenset[str]) -> None:
        if members != self._members:
            self._members = members
            self._kept.clear()

    def _late(self, free: set[str]) -> set[str]:
        """Those of the free groups that nobody has taken for a lease's length."""
        now = self._heart.steady()
        self._free = {key: self._free.get(key, now) for key in free}
        late = {key for key, since in self._free.items() if now - since >= self._heart.lease_seconds}
        return late if self._heart.holder in self._members else set()

    def _give(self, holder: str, keys: Collection[str]) -> None:
        """Give groups back of which no poll runs; the others are left to a later look."""
        busy = self._leave([name for key in keys for name in self._groups[key].sources])
        idle = [one for one in map(self._groups.__getitem__, keys) if busy.isdisjoint(one.sources)]
        if idle:
            with self._store.begin() as tx:
                leases.release_all(tx, [name for group in idle for name in _names(group)], holder)
            log.info("sources.given", sources=sum(len(group.sources) for group in idle))

    def _take(self, holder: str, keys: Collection[str]) -> dict[str, int]:
        """Take groups that are free; the token of each source of those that could be taken whole."""
        if not keys:
            return {}
        some = [self._groups[key] for key in sorted(keys)]
        with self._store.begin() as tx:
            tokens = leases.take_all(tx, [name for group in some for name in _names(group)], holder)
            whole = [group for group in some if tokens.keys() >= set(_names(group))]
            rest = [name for group in some if group not in whole for name in _names(group)]
            leases.release_all(tx, [name for name in rest if name in tokens], holder)
        taken = {name: tokens[SOURCE + name] for group in whole for name in group.sources}
        if taken:
            log.info("sources.taken", sources=len(taken))
        return taken


def _names(group: Group) -> list[str]:
    """The leases of a group."""
    return [*(SOURCE + name for name in group.sources), *(HOST + host for host in group.hosts)]


def _holders(group: Group, held: Mapping[str, Mapping[str, tuple[str, int]]]) -> set[str]:
    """Who holds anything of a group: one process, unless settings differ."""
    names = ((SOURCE, group.sources), (HOST, group.hosts))
    return {held[kind][name][0] for kind, some in names for name in some if name in held[kind]}
