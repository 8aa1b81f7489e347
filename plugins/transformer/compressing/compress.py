"""A smaller model from a larger one: drop, prune, factor, trim, then teach what is left.

Each way is on its own or with others, in this order: the vocabulary is trimmed (`vocabulary`), layers
are dropped, heads and neurons zeroed (`prune`), and the feed-forward maps factored (`factored`). The
student that remains learns from labels and from its teachers' judgement of the same texts and of any
without labels: the mean of their logits (`targets.distance`). Teachers are the model it was
made of and whichever others are given, of the same topics; each reads the texts with its own tokenizer.

8-bit arithmetic is no matter of the stored model: the serving engine rounds what it loads.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from monitor import Example, ModelError, Progress, Snapshot
from monitor_plugins.transformer.compressing import prune, vocabulary
from monitor_plugins.transformer.fitting import fit, release
from monitor_plugins.transformer.fitting.recipe import Recipe
from monitor_plugins.transformer.fitting.start import Start
from monitor_plugins.transformer.fitting.targets import Targets, score
from monitor_plugins.transformer.fitting.texts import Texts
from monitor_plugins.transformer.names import clean
from monitor_plugins.transformer.network import factored, folder
from monitor_plugins.transformer.network.building import build
from monitor_plugins.transformer.network.encoder import Batch, Encoder, Logits

_LOOKED_AT = 256  # texts by which layers are ranked


@dataclass(frozen=True, slots=True)
class Ways:
    """What to make smaller: `layers` and `vocabulary` (tokens) to keep, shares of the `heads` and
    `neurons` of every layer to remove, the `rank` of feed-forward maps. 0: as it is."""

    layers: int = 0
    heads: float = 0.0
    neurons: float = 0.0
    rank: int = 0
    vocabulary: int = 0

    @classmethod
    def of(cls, ways: Mapping[str, float]) -> Ways:
        """From numbers as they are given; what counts something is whole."""
        whole = {name: int(value) for name, value in ways.items() if name not in ("heads", "neurons")}
        return cls(heads=ways.get("heads", 0.0), neurons=ways.get("neurons", 0.0), **whole)


def compress(
    begun: Start,
    teachers: Sequence[Path],
    snapshot: Snapshot,
    ways: Ways,
    recipe: Recipe,
    out: Path,
    progress: Progress,
) -> dict[str, Any]:
    """Make the model of `begun` smaller, teach it, and write it to the folder `out`; its metrics.

    `metrics["training"]["compressed"]` tells what was removed, and size and development scores before, after
    the cuts (`cut`) and after teaching. Without training texts nothing is taught. Raises ModelError.
    """
    if not any(asdict(ways).values()):
        raise ModelError("nothing to compress: name at least one of layers, heads, neurons, rank, vocabulary")
    if ways.vocabulary and not (snapshot.train or snapshot.development):
        raise ModelError("a vocabulary is trimmed to the texts it is used for: give some")
    if teachers and not snapshot.train:
        raise ModelError("teachers need texts to teach on: give some")
    device = next(begun.model.parameters()).device
    before = _scores(begun, snapshot.development)
    whole = size(begun.model)
    removed = cut(begun, snapshot, ways)
    after = _scores(begun, snapshot.development)
    history, taught, names = fit.History(), None, list[str]()
    if teachers:
        taught, names = teach(teachers, snapshot.train, begun.config.topics, device, progress)
    if snapshot.train:
        history = fit.fit(
            begun,
            snapshot.train,
            snapshot.development,
            recipe,
            progress,
            taught=taught,
        )
    training = {
        **asdict(recipe),
        "compressed": {
            **asdict(ways),
            **removed,
            "teachers": names,
            "weights": {"before": whole, "after": size(begun.model)},
            "scores": {"before": before, "cut": after},
        },
        "examples": len(snapshot.train),
        "steps": history.steps,
        "evaluations": history.evaluations,
    }
    return release.release(out, begun, snapshot.development, release.Facts(snapshot.id, training))


def cut(begun: Start, snapshot: Snapshot, ways: Ways) -> dict[str, Any]:
    """Remove what `ways` says from the model of `begun`, in place; what was."""
    model, removed = begun.model, Counter[str]()
    if ways.vocabulary:
        texts = [clean(example.text) for example in (*snapshot.train, *snapshot.development)]
        removed["tokens"] = trim(begun, texts, ways.vocabulary)
    kept: list[int] = []
    if ways.layers:
        looked = _batches(begun, (snapshot.development or snapshot.train)[:_LOOKED_AT])
        before = model.depth
        kept = prune.drop_layers(model, ways.layers, looked)
        removed["layers"] = before - len(kept)
    if ways.heads:
        removed["heads"] = prune.prune_heads(model, ways.heads)
    if ways.neurons:
        removed["neurons"] = prune.prune_neurons(model, ways.neurons)
    if ways.rank:
        factored.factor(model.body, ways.rank)
    begun.config = replace(
        begun.config,
        rank=ways.rank or begun.config.rank,
        architecture={**begun.config.architecture, "num_hidden_layers": model.depth},
    )
    return {"removed": dict(removed), "kept_layers": kept}


def trim(begun: Start, texts: Sequence[str], keep: int) -> int:
    """Trim the vocabulary of `begun` to `keep` tokens, in place; how many went."""
    import tokenizers

    before: int = begun.model.body.get_input_embeddings().num_embeddings
    text, kept = vocabulary.trim(begun.tokenizer_text, vocabulary.count(begun.tokenizer, texts), keep)
    vocabulary.shrink(begun.model.body, kept)
    begun.tokenizer_text, begun.tokenizer = text, tokenizers.Tokenizer.from_str(text)
    padding = kept.index(begun.config.padding)
    architecture = {**begun.config.architecture, "vocab_size": len(kept), "pad_token_id": padding}
    begun.config = replace(begun.config, padding=padding, architecture=architecture)
    return before - len(kept)


def teach(
    teachers: Sequence[Path],
    examples: Sequence[Example],
    topics: Sequence[str],
    device: torch.device,
    progress: Progress,
) -> tuple[Logits, list[str]]:
    """The mean of the teachers' logits of the examples, and the teachers' ids. Raises ModelError where one
    knows other topics."""
    total, names = list[np.ndarray](), list[str]()
    for i, path in enumerate(teachers):
        progress("teachers", i, len(teachers))
        found = folder.read(path)
        if tuple(found.config.topics) != tuple(topics):
            raise ModelError(f"{path}: knows other topics than the model to teach, and cannot teach it")
        model, tokenizer = build(found, path)
        config = found.config
        names.append(config.id)
        texts = Texts(examples, tokenizer, config.padding, config.max_tokens, config.ngrams)
        logits = texts.predict(model.to(device))
        total = [a + b for a, b in zip(total, logits, strict=True)] if total else list(logits)
    progress("teachers", len(teachers), len(teachers))
    return Logits(*(torch.from_numpy(one / len(teachers)) for one in total)), names


def size(model: Encoder) -> int:
    """Weights that are not zero."""
    return sum(int(parameter.count_nonzero()) for parameter in model.parameters())


def _scores(begun: Start, development: Sequence[Example]) -> dict[str, float]:
    if not development:
        return {}
    config = begun.config
    texts = Texts(development, begun.tokenizer, config.padding, config.max_tokens, config.ngrams)
    wanted = Targets.of(development, config.topics, {})
    return score(*texts.predict(begun.model), development, wanted)


def _batches(begun: Start, examples: Sequence[Example]) -> list[Batch]:
    if not examples:
        raise ModelError("layers are ranked by what they do to texts: give some with --data FILE")
    texts = Texts(examples, begun.tokenizer, begun.config.padding, begun.config.max_tokens, 0)
    order = np.argsort(texts.lengths, kind="stable")
    device = next(begun.model.parameters()).device
    return [
        Batch.of([texts.rows[i] for i in order[start : start + 32]], begun.config.padding).to(device)
        for start in range(0, len(order), 32)
    ]
