"""Bulk work done batch by batch, wherever there is room: in this process, in children of it, on a cluster.

    with executor.map(work, cut(rows, 256)) as results:
        for result in results:
            ...

Enters: work that can be pickled, and batches. Leaves: one result for each batch, in the order of the batches.
The room knows nothing of articles, models or the store: what a batch is, and what becomes of its result, is
the caller's. `local` has `inline` and `processes`, `clusters` has `ray`, `chosen` makes the one that [bulk]
names.

What holds of every executor, so that it is a matter of speed alone which one is chosen:

- Batches are cut before it is known who does them, and a batch's result depends on the batch and the number
  of threads only. So results are the same to the bit on one machine.
- Batches are taken as they are needed, `AHEAD` for each worker at most: a file larger than memory streams.
- `Work.open` is called once in each worker, and loads what all its batches need: a model, say.
- A worker that dies gives its batches to another one. A batch with which `ATTEMPTS` workers died ends the
  work with a WorkerError that names it. An error that the work itself raises is raised as it is, at the place
  of its batch, and nothing is tried again.
- Where the `with` ends, for whatever reason, nothing runs any more: no child, and no task of a cluster. What
  the caller did with earlier results is done, and no later one comes.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from itertools import islice
from typing import Any, ClassVar, Protocol, TypeVar

from monitor.errors import WorkerError
from monitor.hookspecs import Progress, silent
from monitor.messages import Message

Batch = TypeVar("Batch")
Result = TypeVar("Result")
Told = TypeVar("Told", covariant=True)
Item = TypeVar("Item")
Taken = TypeVar("Taken", contravariant=True)

AHEAD = 2
"""Batches that a worker is given at a time: the next one is there when it is done with one."""
ATTEMPTS = 3
"""Workers that may die with a batch before the work is given up."""


class Work(Protocol[Taken, Told]):
    """What is done with every batch. It is pickled and sent to the workers, so it holds names of files and
    settings rather than what is read from them, and its class stands in a module, not in a function."""

    def open(self) -> Callable[[Taken], Told]:
        """Load what the batches need, in the worker, once; what does a batch. What a batch is, and what it
        becomes, can be pickled too."""
        ...


@dataclass(frozen=True, slots=True)
class Each:
    """`Work` that needs nothing loaded: a function at the top of a module."""

    function: Callable[[Any], Any]

    def open(self) -> Callable[[Any], Any]:
        return self.function


def _go_on() -> None:
    """Nothing asks to stop."""


@dataclass(frozen=True, slots=True)
class Watch:
    """Who looks on: `progress` is told (title, batches done, `total`) after each, `check` is asked every half
    second at least and stops the work by raising, StoppedError say."""

    title: str = ""
    total: int = 0
    progress: Progress = silent
    check: Callable[[], None] = _go_on


UNWATCHED = Watch()


class Executor(Protocol):
    """Does bulk work. `threads` is how many each worker may compute with."""

    kind: ClassVar[str]

    @property
    def workers(self) -> int: ...

    @property
    def threads(self) -> int: ...

    def map(
        self, work: Work[Batch, Result], batches: Iterable[Batch], watch: Watch = UNWATCHED
    ) -> AbstractContextManager[Iterator[Result]]:
        """One result for each batch, in order, as the caller asks for them. Raises WorkerError where workers
        cannot be started or die again and again, whatever the work raises, and whatever `batches` raises."""
        ...


def cut(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """Batches of `size` items; the last one may have fewer."""
    rest = iter(items)
    while some := list(islice(rest, size)):
        yield some


def opened(work: Work[Batch, Result], threads: int) -> Callable[[Batch], Result]:
    """`work`, ready to do batches with `threads` threads each: what every worker of every executor calls, so
    that none computes in another way than the others."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(threads):
        do = work.open()

    def limited(batch: Batch) -> Result:
        with threadpool_limits(threads):
            return do(batch)

    return limited


def pickled(work: Work[Any, Any]) -> bytes:
    """`work` as it is sent to workers. Raises WorkerError where it cannot be."""
    try:
        return pickle.dumps(work)
    except Exception as error:  # pickle raises what the object's own methods do
        raise WorkerError(Message("executor.pickle", why=f"{type(error).__name__}: {error}")) from error


def portable(error: Exception) -> Exception:
    """`error` if it arrives in another process as what it is, else a WorkerError that says the same."""
    with suppress(Exception):  # whatever its own methods raise
        if type(pickle.loads(pickle.dumps(error))) is type(error):
            return error
    return WorkerError(Message("executor.raised", kind=type(error).__name__, why=str(error)))


def died(batch: int, how: str) -> WorkerError:
    """What is told of a batch, counted from 1, with which ATTEMPTS workers died, the last one of `how`."""
    return WorkerError(Message("executor.died", batch=batch, attempts=ATTEMPTS, how=how))
