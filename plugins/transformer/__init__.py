"""The fine-tuned classifier: one encoder, a sentiment head and a topic head.

torch and transformers are imported when a model is loaded or fitted, not before.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from monitor import (
    Article,
    Classifier,
    Explanation,
    Message,
    ModelError,
    Prediction,
    Progress,
    Snapshot,
    UserError,
    hookimpl,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from monitor_plugins.transformer.fitting.recipe import Recipe
    from monitor_plugins.transformer.serving.engine import Engine


@dataclass
class Transformer:
    """Serving: `device` ("auto", "cpu", "cuda"; fitting is done there too), `precision` ("auto", "float32",
    "bfloat16", "int8"), `max_tokens` (0: what the model was measured at), `batch_tokens` per forward pass and
    `processes` that read texts (0: what suits the device; for a CPU none), `cached` texts whose results
    are kept, and `threads` (0: PyTorch's choice).

    Fitting, from the serving model or else from `base` (a folder or a name on the Hugging Face
    hub, which gets n-gram layers of `ngrams` rows; 0: none): `method` "top-k" trains the uppermost
    `layers` layers, "lora" adapters of `rank` in them, "full" everything. The learning
    rate is left to the method where it is 0. `adversarial` (FGM's distance) and `consistency`
    (R-Drop's weight) make fitting slower and its task harder; `augment` adds so many changed
    copies of each text; `balance` weighs rare sentiments up. `share` is that of the fitted
    weights in a model fitted from another, the rest being the other's: 1 forgets most of what is not shown.
    With `remember` such a model learns beside the labels what the other says where they do not contradict
    it, and no new n-grams.
    """

    device: str = "auto"
    precision: str = "auto"
    max_tokens: int = 0
    batch_tokens: int = 0
    processes: int = 0
    cached: int = 20_000
    threads: int = 0
    base: str = ""
    method: str = "top-k"
    layers: int = 6
    epochs: float = 3.0
    batch: int = 32
    learning_rate: float = 0.0
    head_learning_rate: float = 0.0
    rank: int = 16
    adversarial: float = 0.0
    consistency: float = 0.0
    augment: float = 0.0
    balance: bool = False
    share: float = 0.75
    remember: bool = False
    patience: int = 4
    ngrams: int = 1 << 18
    seed: int = 0
    kind: ClassVar[str] = "transformer"
    _engine: Engine | None = field(default=None, init=False, repr=False, compare=False)
    _version: str = field(default="", init=False, repr=False, compare=False)
    _checkpoints: Path | None = field(default=None, init=False, repr=False, compare=False)
    _keep_seconds: float = field(default=0.0, init=False, repr=False, compare=False)

    def load(self, model: Path, version: str) -> None:
        """Read the model in folder `model`. Raises ModelError, and then goes on serving the
        one it had."""
        from monitor_plugins.transformer.serving.engine import Engine

        self._set_threads()
        self._engine = Engine.load(
            model,
            self.device,
            self.precision,
            self.max_tokens,
            self.batch_tokens,
            self.cached,
            self.processes,
        )
        self._version = version

    def classify(self, articles: Sequence[Article]) -> Sequence[Prediction]:
        """One prediction per article, in the same order; none is ever missing."""
        engine = self._loaded()
        named = [article.named for article in articles]
        outcome = engine.judge(
            [article.content for article in articles], [list(names.values()) for names in named]
        )

        def likely(row: NDArray[np.float32]) -> dict[str, float]:
            return dict(zip(engine.config.sentiments, map(float, row), strict=True))

        return [
            Prediction(
                sentiment=likely(outcome.sentiment[i]),
                topics=dict(zip(engine.config.topics, map(float, outcome.topics[i]), strict=True)),
                model=self._version,
                unsupported=outcome.unsupported[i] or self._foreign(article.language, engine),
                companies=dict(zip(named[i], map(likely, outcome.company[i]), strict=True)),
                vector=outcome.vectors[i],
            )
            for i, article in enumerate(articles)
        ]

    def keep(self, checkpoints: Path, minutes: float) -> None:
        """See `monitor.Resumable`. Kept are what the frozen layers make of the texts, weights, optimiser,
        step and history; chance needs no keeping, for it is drawn anew from the seed at every step."""
        self._checkpoints, self._keep_seconds = checkpoints, minutes * 60

    def fit(
        self, snapshot: Snapshot, parent: Path | None, out: Path, progress: Progress
    ) -> Mapping[str, Any]:
        """Go on from the model in `parent`, or start from `base`, and write a model to `out`.

        Every topic of an example with topics counts as judged; topics new to the model get a
        row of their own. With few texts batches shrink, so that an epoch has about eight steps.
        """
        from monitor_plugins.transformer.fitting import augment, blend, fit, remembering, start
        from monitor_plugins.transformer.fitting.release import Facts, release
        from monitor_plugins.transformer.network.hardware import choose_device

        started = time.monotonic()
        if not snapshot.train:
            raise ModelError(Message("learning.no_examples"))
        self._set_threads()
        begun = start.begin(snapshot, parent, self.base, out.name, self.seed, self.max_tokens, self.ngrams)
        begun.model.to(choose_device(self.device))
        train = augment.augment(snapshot.train, self.augment, self.seed) if self.augment else snapshot.train
        train = blend.balance(train) if self.balance else train
        recipe = self._recipe(len(train), begun.config.max_tokens, fresh=parent is None)
        if parent is not None:
            recipe = replace(recipe, shares=(self.share,))
        taught = None
        if parent is not None and self.remember:
            taught = remembering.remembered(begun, train, recipe.max_tokens, progress)
        history = fit.fit(
            begun,
            train,
            snapshot.development,
            recipe,
            progress,
            checkpoint=self._checkpoints,
            keep_seconds=self._keep_seconds,
            taught=taught,
            trust=remembering.TRUST,
        )
        # N-grams of the new labels would speak over what is to be remembered.
        blended = {}
        if taught is None:
            blended = blend.add_ngrams(begun, train, snapshot.development, self.seed, progress=progress)
        training = {
            **asdict(recipe),
            "augment": self.augment,
            "balance": self.balance,
            "remember": self.remember,
            "examples": len(snapshot.train),
            "shown": len(train),
            "steps": history.steps,
            "evaluations": history.evaluations,
            "blend": blended,
            "seconds": round(time.monotonic() - started, 1),
        }
        facts = Facts(snapshot.id, training)
        # How sure it was is remembered, too: labels are of what a model doubts, and say little of the rest.
        return release(out, begun, snapshot.development, facts, calibrated=taught is None)

    def pretrain(
        self, texts: Sequence[str], parent: Path | None, out: Path, progress: Progress
    ) -> Mapping[str, Any]:
        """Go on pre-training the encoder of the model in `parent`, or of `base`, on unlabelled texts, and
        write it to the folder `out`, which `base` may then name."""
        from monitor_plugins.transformer.fitting import pretrain, start
        from monitor_plugins.transformer.network.hardware import choose_device

        self._set_threads()
        nothing = Snapshot("", (), ())
        begun = start.begin(nothing, parent, self.base, out.name, self.seed, self.max_tokens, ngrams=0)
        begun.model.to(choose_device(self.device))
        recipe = self._recipe(len(texts), begun.config.max_tokens, fresh=True)
        return pretrain.pretrain(begun, texts, recipe, out, progress)

    def compress(
        self,
        snapshot: Snapshot,
        parents: Sequence[Path],
        out: Path,
        progress: Progress,
        ways: Mapping[str, float],
    ) -> Mapping[str, Any]:
        """Make the model in `parents[0]` smaller; see `monitor.Compressible` and `compress.Ways`. All layers
        that are left are fitted, whatever `layers` says."""
        from monitor_plugins.transformer.compressing.compress import Ways, compress
        from monitor_plugins.transformer.fitting import start
        from monitor_plugins.transformer.network.hardware import choose_device

        known = [one.name for one in fields(Ways)]
        for name in ways:
            if name not in known:
                raise UserError(
                    f"this classifier cannot be made smaller in {name!r}: known {', '.join(known)}"
                )
        self._set_threads()
        begun = start.begin(snapshot, parents[0], "", out.name, self.seed, self.max_tokens)
        begun.model.to(choose_device(self.device))
        recipe = self._recipe(len(snapshot.train), begun.config.max_tokens, fresh=False)
        depth = int(ways.get("layers", 0)) or begun.model.depth
        rate = self.learning_rate or 5e-5
        recipe = replace(recipe, method="top-k", layers=depth, learning_rate=rate)
        teachers = parents if snapshot.train else ()
        return compress(begun, teachers, snapshot, Ways.of(ways), recipe, out, progress)

    def _recipe(self, examples: int, max_tokens: int, *, fresh: bool) -> Recipe:
        """The settings as a recipe for so many examples, from a base if `fresh`, else from a model.

        Adapters start at nothing and take larger steps than weights that mean something already. A model
        that serves gets larger steps than a base: its labels are few, and with a tenth of these rates three
        epochs of 1,000 left it where it was (benchmarks/fitting.py).
        """
        from monitor_plugins.transformer.fitting.recipe import Recipe

        adapters = self.method == "lora"
        rate = 5e-4 if adapters else 1e-4 if fresh else 3e-4
        return Recipe(
            method=self.method,
            layers=self.layers,
            epochs=self.epochs,
            learning_rate=self.learning_rate or rate,
            head_learning_rate=self.head_learning_rate or (1e-4 if adapters and not fresh else 1e-3),
            batch=max(2, min(self.batch, math.ceil(examples / 8))),
            max_tokens=max_tokens,
            evaluations=1,
            patience=self.patience,
            seed=self.seed,
            rank=self.rank,
            adversarial=self.adversarial,
            consistency=self.consistency,
        )

    def _loaded(self) -> Engine:
        if self._engine is None:
            raise ModelError(Message("classifier.no_model"))
        return self._engine

    def _set_threads(self) -> None:
        if self.threads:
            import torch

            torch.set_num_threads(self.threads)

    @staticmethod
    def _foreign(language: str, engine: Engine) -> str:
        if language and language.split("-")[0].lower() not in engine.config.languages:
            return Message("classifier.language", language=language)
        return ""

    def explain(self, article: Article, target: str) -> Explanation:
        """What each word adds to a judgement; see `monitor.Explaining`. Takes a few seconds."""
        from monitor_plugins.transformer.serving.explain import explain

        return replace(explain(self._loaded(), article.content, target), model=self._version)


@hookimpl
def register_classifiers() -> list[type[Classifier]]:
    return [Transformer]
