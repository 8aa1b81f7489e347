"""The fine-tuned classifier: one encoder, a sentiment head and a topic head.

torch and transformers are imported when a model is loaded or fitted, not before.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from monitor import Article, Classifier, ModelError, Prediction, Progress, Snapshot, hookimpl

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from monitor_plugins.transformer.engine import Engine


@dataclass
class Transformer:
    """Serving: `device` ("auto", "cpu", "cuda"), `precision` ("auto", "float32", "bfloat16"),
    `max_tokens` (0: what the model was measured at), `batch_tokens` per forward pass, and
    `threads` (0: PyTorch's choice).

    Fitting, from the serving model or else from `base` (a folder or a name on the Hugging Face
    hub, which gets an n-gram layer of `ngrams` rows; 0: none): `method` "top-k" trains the
    uppermost `layers` layers, "full" all of them. The learning rates are meant for going on
    from a fitted model, and the n-gram layer is fitted once, from a base.
    """

    device: str = "auto"
    precision: str = "auto"
    max_tokens: int = 0
    batch_tokens: int = 2048
    threads: int = 0
    base: str = ""
    method: str = "top-k"
    layers: int = 6
    epochs: float = 3.0
    batch: int = 32
    learning_rate: float = 3e-5
    head_learning_rate: float = 1e-4
    patience: int = 4
    ngrams: int = 1 << 18
    seed: int = 0
    kind: ClassVar[str] = "transformer"
    _engine: Engine | None = field(default=None, init=False, repr=False, compare=False)
    _version: str = field(default="", init=False, repr=False, compare=False)

    def load(self, model: Path, version: str) -> None:
        """Read the model in folder `model`. Raises ModelError, and then goes on serving the
        one it had."""
        from monitor_plugins.transformer.engine import Engine

        self._set_threads()
        self._engine = Engine.load(model, self.device, self.precision, self.max_tokens, self.batch_tokens)
        self._version = version

    def classify(self, articles: Sequence[Article]) -> Sequence[Prediction]:
        """One prediction per article, in the same order; none is ever missing."""
        engine = self._loaded()
        outcome = engine.judge([article.content for article in articles])
        return [
            Prediction(
                sentiment=dict(zip(engine.config.sentiments, map(float, sentiment), strict=True)),
                topics=dict(zip(engine.config.topics, map(float, topics), strict=True)),
                model=self._version,
                unsupported=reason or self._foreign(article.language, engine),
            )
            for article, sentiment, topics, reason in zip(
                articles, outcome.sentiment, outcome.topics, outcome.unsupported, strict=True
            )
        ]

    def embed(self, articles: Sequence[Article]) -> NDArray[np.float32]:
        """Sentence vectors of length 1: the mean of the last layer over the tokens."""
        return self._loaded().embed([article.content for article in articles])

    def fit(
        self, snapshot: Snapshot, parent: Path | None, out: Path, progress: Progress
    ) -> Mapping[str, Any]:
        """Go on from the model in `parent`, or start from `base`, and write a model to `out`.

        Every topic of an example with topics counts as judged; topics new to the model get a
        row of their own. With few texts batches shrink, so that an epoch has about eight steps.
        """
        from monitor_plugins.transformer import blend, fit, start
        from monitor_plugins.transformer.release import Facts, release

        started = time.monotonic()
        if not snapshot.train:
            raise ModelError("the snapshot has no training examples: label some tasks first")
        self._set_threads()
        begun = start.begin(snapshot, parent, self.base, out.name, self.seed, self.max_tokens, self.ngrams)
        recipe = fit.Recipe(
            method=self.method,
            layers=self.layers,
            epochs=self.epochs,
            learning_rate=self.learning_rate,
            head_learning_rate=self.head_learning_rate,
            batch=max(2, min(self.batch, math.ceil(len(snapshot.train) / 8))),
            max_tokens=begun.config.max_tokens,
            evaluations=1,
            patience=self.patience,
            seed=self.seed,
        )
        history = fit.fit(
            begun.model,
            begun.tokenizer,
            begun.config.padding,
            begun.config.topics,
            snapshot.train,
            snapshot.development,
            recipe,
            progress,
        )
        blended: Mapping[str, Any] = {}
        if parent is None:
            blended = blend.add_ngrams(
                begun.model,
                begun.tokenizer,
                begun.config,
                snapshot.train,
                snapshot.development,
                self.seed,
            )
        training = {
            **asdict(recipe),
            "examples": len(snapshot.train),
            "steps": history.steps,
            "evaluations": history.evaluations,
            "blend": blended,
            "seconds": round(time.monotonic() - started, 1),
        }
        facts = Facts(snapshot.id, training, parent=begun.parent)
        return release(
            out,
            begun.config,
            begun.model,
            begun.tokenizer_text,
            begun.tokenizer_config,
            snapshot.development,
            facts,
        )

    def _loaded(self) -> Engine:
        if self._engine is None:
            raise ModelError("no model is loaded: `monitor models list` shows which there are")
        return self._engine

    def _set_threads(self) -> None:
        if self.threads:
            import torch

            torch.set_num_threads(self.threads)

    @staticmethod
    def _foreign(language: str, engine: Engine) -> str:
        if language and language.split("-")[0].lower() not in engine.config.languages:
            return f"language {language!r} is not one the model was trained on"
        return ""


@hookimpl
def register_classifiers() -> list[type[Classifier]]:
    return [Transformer]
