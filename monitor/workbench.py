"""The workbench: models made beside the served ones, from files and folders.

Nothing made here is registered, judged by a gate or served. What comes out is a folder: measure it
with `monitor evaluate --model`, start a training from it, or name it in config.toml.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import structlog

from monitor.classification import manifest
from monitor.datasets import labelled, snapshots
from monitor.errors import UserError
from monitor.evaluation.measuring import checked
from monitor.hookspecs import Classifier, Compressible, Pretrainable, Progress, Trainable, silent
from monitor.news import masking
from monitor.records import Example
from monitor.store import Store, articles

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Workbench:
    """`make` makes a classifier of the configured kind with further options, which has loaded nothing;
    `serving` is the folder of the model that serves; `topics` are those of the configuration."""

    make: Callable[..., Classifier]
    serving: Callable[[], Path]
    topics: Sequence[str]

    def fit(
        self,
        data: Sequence[Path],
        out: Path,
        progress: Progress = silent,
        *,
        base: str = "",
        tasks: Sequence[str] = labelled.TASKS,
        options: Mapping[str, Any] | None = None,
        encoding: str = "",
    ) -> dict[str, Any]:
        """Fit a model on what the files `data` say of `tasks` and write it to the new folder `out`; its
        metrics. `encoding` as in `open_table`.

        It starts from `base`, a model folder or else what the classifier takes for its `base`
        option; from the serving model if empty. Raises UserError where the classifier cannot be
        fitted or there is nothing to learn from.
        """
        challenger, parent = self._begin(out, base, options)
        if not isinstance(challenger, Trainable):
            raise _cannot(challenger, "trained")
        snapshot = snapshots.build(self.examples(data, tasks, encoding))
        if not snapshot.train:
            raise UserError("nothing to learn from: the files have no example of what is to be learnt")
        metrics = challenger.fit(snapshot, parent, out, progress)
        return _sealed(metrics, out, challenger.kind)

    def pretrain(
        self,
        texts: Iterable[str],
        out: Path,
        progress: Progress = silent,
        *,
        base: str = "",
        options: Mapping[str, Any] | None = None,
    ) -> Mapping[str, Any]:
        """Go on pre-training an encoder on `texts`, and write it to the new folder `out`; its metrics.
        `base` as in `fit`."""
        classifier, parent = self._begin(out, base, options)
        if not isinstance(classifier, Pretrainable):
            raise _cannot(classifier, "pre-trained")
        read = list(texts)
        if not read:
            raise UserError("nothing to learn from: the archive is empty; give texts with --data FILE")
        return classifier.pretrain(read, parent, out, progress)

    def compress(
        self,
        data: Sequence[Path],
        out: Path,
        progress: Progress = silent,
        *,
        ways: Mapping[str, float],
        model: Path | None = None,
        teachers: Sequence[Path] = (),
        texts: Iterable[str] = (),
        options: Mapping[str, Any] | None = None,
        encoding: str = "",
    ) -> dict[str, Any]:
        """Make a smaller model of the one in folder `model` (the serving one) and write it to the new
        folder `out`; its metrics. `ways` as in `Compressible.compress`.

        It learns from the labelled files `data` and from its teachers' judgement of them and of the
        unlabelled `texts`; teachers are the model itself and the folders `teachers`.
        """
        _new(out)
        classifier = self.make(**options or {})
        if not isinstance(classifier, Compressible):
            raise _cannot(classifier, "compressed")
        known = self.examples(data, labelled.TASKS, encoding)
        named = {example.text for example in known}
        read = [Example(text) for text in dict.fromkeys(texts) if text not in named]
        snapshot = snapshots.build([*known, *read])
        parents = [model or self.serving(), *teachers]
        metrics = classifier.compress(snapshot, parents, out, progress, ways)
        return _sealed(metrics, out, classifier.kind)

    def examples(self, files: Iterable[Path], tasks: Sequence[str], encoding: str = "") -> list[Example]:
        """What the labelled files say of `tasks`, without personal data; what was assumed of them goes to
        the log. Raises UserError."""
        read: list[Example] = []
        for path in files:
            found = labelled.read(path, self.topics, encoding=encoding)
            for warning in found.warnings:
                log.warning("a labelled file was read with an assumption", file=str(path), reason=warning)
            read += [replace(example, text=masking.mask(example.text)) for example in found.examples]
        return labelled.keep(read, tasks)

    def _begin(
        self, out: Path, base: str, options: Mapping[str, Any] | None
    ) -> tuple[Classifier, Path | None]:
        """A classifier to fit into the new folder `out`, and the model folder it starts from, if any."""
        _new(out)
        chosen = dict(options or {})
        if not base:
            return self.make(**chosen), self.serving()
        if Path(base, manifest.NAME).is_file():
            return self.make(**chosen), Path(base)
        return self.make(**{**chosen, "base": base}), None


def passages(
    store: Store, files: Iterable[Path] = (), *, archive: bool = True, encoding: str = ""
) -> Iterator[str]:
    """The texts of the archive, then those of the files, labelled or not, without personal data. Raises
    UserError."""
    if archive:
        with store.read() as tx:
            yield from articles.contents(tx)
    for file in files:
        yield from map(masking.mask, labelled.passages(file, encoding=encoding))


def _new(out: Path) -> None:
    if out.exists():
        raise UserError(f"{out}: exists already; remove it first, or name another folder")


def _sealed(metrics: Mapping[str, Any], out: Path, kind: str) -> dict[str, Any]:
    found: dict[str, Any] = checked(metrics, kind)
    manifest.seal(out)
    return found


def _cannot(classifier: Classifier, what: str) -> UserError:
    return UserError(f"the classifier {classifier.kind!r} cannot be {what}: configure another kind")
