"""Where fitting starts: a model that serves, or a pre-trained encoder."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import tokenizers
import torch
import transformers

from monitor import SENTIMENTS, TOPICS, ModelError, Snapshot
from monitor_plugins.transformer.network import folder
from monitor_plugins.transformer.network.building import build
from monitor_plugins.transformer.network.encoder import ABSENT, Encoder

NGRAMS = 1 << 18  # rows of new n-gram layers
_LOCAL = ("_name_or_path", "dtype", "torch_dtype", "transformers_version", "id2label", "label2id")


@dataclass(slots=True)
class Start:
    """A network to fit, and all else a model folder needs."""

    config: folder.Config
    model: Encoder
    tokenizer: tokenizers.Tokenizer
    tokenizer_text: str
    tokenizer_config: str
    parent: str = ""


def begin(
    snapshot: Snapshot,
    parent: Path | None,
    base: str,
    name: str,
    seed: int,
    max_tokens: int = 0,
    ngrams: int = NGRAMS,
) -> Start:
    """The network to fit on `snapshot`, whose model is to be called `name`. Raises ModelError.

    A first model knows the topics of its examples, and where they have none the default ones.
    """
    check(snapshot)
    torch.manual_seed(seed)
    named = {topic for one in (*snapshot.train, *snapshot.development) for topic in one.topics or ()}
    if parent is not None:
        return _from_model(parent, sorted(named), name, max_tokens)
    if not base:
        raise ModelError("no model to start from: name an encoder (a folder, or one on the hub) in `base`")
    topics = sorted(named) or [topic.name for topic in TOPICS]
    return from_base(base, topics, name, max_tokens or 128, ngrams)


def check(snapshot: Snapshot) -> None:
    """Raises ModelError for a label that is no sentiment."""
    for example in (*snapshot.train, *snapshot.development):
        towards = [sentiment for _, sentiment in example.companies]
        for sentiment in (example.sentiment, *towards):
            if sentiment is not None and sentiment.removeprefix("!") not in SENTIMENTS:
                raise ModelError(
                    f"example {example.text[:40]!r} has the sentiment {sentiment!r}: "
                    f"expected one of {', '.join(SENTIMENTS)}"
                )


def from_base(base: str, topics: Iterable[str], name: str, max_tokens: int, ngrams: int = NGRAMS) -> Start:
    """New heads on the encoder in folder `base`, or of that name on the hub."""
    names = tuple(topics)
    transformers.utils.logging.disable_progress_bar()
    transformers.utils.logging.set_verbosity_error()
    try:
        body: Any = transformers.AutoModel.from_pretrained(base, dtype=torch.float32)
        text, extra = _tokenizer(base)
    except (OSError, ValueError) as error:
        reason = " ".join(str(error).split())[:300]
        raise ModelError(
            f"base = {base!r} cannot be loaded: give a folder with config.json, model.safetensors and "
            f"tokenizer.json, or make the hub reachable ({reason})"
        ) from None
    architecture = {key: value for key, value in body.config.to_dict().items() if key not in _LOCAL}
    config = folder.Config(
        id=name,
        architecture=architecture,
        topics=names,
        max_tokens=min(max_tokens, body.config.max_position_embeddings - 2),
        padding=body.config.pad_token_id or 0,
        ngrams=ngrams,
        base=Path(base).name if Path(base).is_dir() else base,
    )
    return Start(config, Encoder(body, len(names), ngrams), tokenizers.Tokenizer.from_str(text), text, extra)


def _tokenizer(base: str) -> tuple[str, str]:
    """tokenizer.json and tokenizer_config.json of a base encoder."""
    if Path(base).is_dir():
        extra = Path(base) / "tokenizer_config.json"
        return (
            (Path(base) / "tokenizer.json").read_text(encoding="utf-8"),
            extra.read_text(encoding="utf-8") if extra.is_file() else "{}",
        )
    tokenizer: Any = transformers.AutoTokenizer.from_pretrained(base)
    return tokenizer.backend_tokenizer.to_str(), "{}"


def _from_model(parent: Path, named: list[str], name: str, max_tokens: int) -> Start:
    found = folder.read(parent)
    model, tokenizer = build(found, parent)
    new = [topic for topic in named if topic not in found.config.topics]
    if new:
        head = torch.nn.Linear(model.topics.in_features, len(found.config.topics) + len(new))
        with torch.no_grad():
            head.weight.zero_()
            head.bias.fill_(ABSENT)
            head.weight[: -len(new)] = model.topics.weight
            head.bias[: -len(new)] = model.topics.bias
        model.topics = head
        if model.ngrams is not None:
            model.ngrams.text = model.ngrams.text.widen(len(new))
    config = replace(
        found.config,
        id=name,
        topics=(*found.config.topics, *new),
        max_tokens=max_tokens or found.config.max_tokens,
    )
    return Start(config, model, tokenizer, found.tokenizer, found.tokenizer_config, found.config.id)
