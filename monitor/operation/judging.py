"""Judging: articles classified, texts tried out, judgements explained."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace

from monitor.classification import judging, manifest
from monitor.errors import ModelError
from monitor.executor import Watch
from monitor.hookspecs import Progress, silent
from monitor.news import normalize
from monitor.operation.bulk import Judge, Version
from monitor.operation.models import Models
from monitor.records import Article, Decision, Explanation, Item, ModelVersion, Prediction
from monitor.store import models


class Judging(Models):
    """Says what an article or a text is judged to be, and why."""

    def classify_pending(self, progress: Progress = silent) -> int:
        """Classify the stored articles that have no prediction yet; how many were. Raises ModelError."""
        classify, rules = self.classifying.classify, self.settings.routing
        holder = self.heart.holder if "heart" in self.__dict__ else ""
        return judging.classify_pending(
            self.store, classify, rules=rules, now=self.now, holder=holder, progress=progress
        )

    def softened(self, said: Mapping[int, Prediction]) -> dict[int, Prediction]:
        """Probabilities as they are shown everywhere else."""
        with self.store.read() as tx:
            limits = judging.accepted(tx, [one.model for one in said.values()], self.settings.routing)
        return {place: one.tempered(limits[one.model].temperature) for place, one in said.items()}

    def article_of(self, text: str) -> Article:
        """A text as an article that is stored nowhere."""
        article = normalize.article(Item(text=text), source="", identity_key="", now=self.now())
        return replace(
            article, mentions=tuple(self.linker.mentions(article.content, article.published_at.date()))
        )

    def classify_text(self, text: str) -> tuple[Prediction, Decision]:
        """What the champion says of a text, and where an article with it would go."""
        return self.classify_texts([text])[0]

    def classify_texts(self, texts: Sequence[str]) -> list[tuple[Prediction, Decision]]:
        """`classify_text` of many at once."""
        asked = [self.article_of(text) for text in texts]
        found = self.classifying.classify(asked)
        with self.store.read() as tx:
            limits = judging.accepted(tx, [one.model for one in found], self.settings.routing)
        return [
            judging.routed(article, one, limits[one.model]) for article, one in zip(asked, found, strict=True)
        ]

    @contextmanager
    def classify_many(
        self, chunks: Iterable[Sequence[str]]
    ) -> Iterator[Iterator[Sequence[tuple[Prediction, Decision]]]]:
        """`classify_texts` of chunk after chunk, each by a worker that loaded the champion itself. Raises
        WorkerError."""
        version = self.whole_champion()
        ahead: deque[list[Article]] = deque()

        def asked() -> Iterator[list[Article]]:
            for texts in chunks:
                ahead.append([self.article_of(text) for text in texts])
                yield ahead[-1]

        with self.store.read() as tx:
            limits = judging.accepted(tx, [version.id], self.settings.routing)[version.id]
        work = Judge(Version.of(self.settings, self.folder_of(version), version.id))
        with self.bulk.map(work, asked(), Watch(check=self._check)) as results:
            yield (
                [
                    judging.routed(article, one, limits)
                    for article, one in zip(ahead.popleft(), found, strict=True)
                ]
                for found in results
            )

    def whole_champion(self) -> ModelVersion:
        """The version that serves, with its folder verified; one that is damaged is replaced as where it is
        loaded. Raises ModelError."""
        self.served.register()
        with self.store.read() as tx:
            version = models.champion(tx)
        if version is not None:
            with suppress(ModelError):
                manifest.verify(self.folder_of(version), version.digest)
                return version
        return self.served.load().version

    def explain_text(self, text: str, target: str) -> Explanation:
        """Why the champion judges a text as it does; `target` as in `monitor.Explaining`."""
        return self.explain(self.article_of(text), target)

    def explain(self, article: Article, target: str) -> Explanation:
        """Why the champion judges an article as it does, with the probability that it is shown to have."""
        told = self.classifying.explain(article, target)
        if target.partition(":")[0] != "sentiment":
            return told
        with self.store.read() as tx:
            limits = judging.accepted(tx, [told.model], self.settings.routing)
        temperature = limits[told.model].temperature
        if temperature == 1:
            return told
        said = self.classifying.classify([article])[0].tempered(temperature)
        return replace(told, probability=said.sentiment[told.label])
