"""A model folder's network, built and filled."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import tokenizers
import torch

from monitor import ModelError
from monitor_plugins.transformer.network import factored, folder
from monitor_plugins.transformer.network.bert import Bert, Shape
from monitor_plugins.transformer.network.encoder import Encoder


def build(found: folder.Model, path: Path) -> tuple[Encoder, tokenizers.Tokenizer]:
    """The network with the model's weights in it, and its tokenizer. Raises ModelError."""
    import transformers

    architecture = dict(found.config.architecture)
    kind = architecture.pop("model_type")
    try:
        config = transformers.AutoConfig.for_model(kind, **architecture)
        with torch.random.fork_rng(devices=[]):
            body = transformers.AutoModel.from_config(config, dtype=torch.float32)
            if found.config.rank:
                factored.shape(body, found.config.rank)
        model = Encoder(body, len(found.config.topics), found.config.ngrams)
    except Exception as error:  # whatever a wrong architecture makes transformers raise
        raise ModelError(f"{path / 'config.json'}: architecture cannot be built ({error})") from None
    _check(model, found, path)
    model.load_state_dict({name: torch.from_numpy(np.array(value)) for name, value in found.tensors.items()})
    return model, _tokenizer(found, config.vocab_size, path)


def build_for_serving(found: folder.Model, path: Path) -> tuple[Encoder, tokenizers.Tokenizer]:
    """As `build`, without transformers where the network is of BERT's kind, and with the very arrays of
    `found` for weights."""
    shape = Shape.of(found.config.architecture)
    if shape is None:
        return build(found, path)
    try:
        with torch.random.fork_rng(devices=[]):
            body = Bert(shape)
            if found.config.rank:
                factored.shape(body, found.config.rank)
            model = Encoder(body, len(found.config.topics), found.config.ngrams)
    except (RuntimeError, ValueError, TypeError) as error:
        raise ModelError(f"{path / 'config.json'}: architecture cannot be built ({error})") from None
    _check(model, found, path)
    weights = {name: torch.from_numpy(value) for name, value in found.tensors.items()}
    model.load_state_dict(weights, assign=True)
    return model, _tokenizer(found, shape.vocab_size, path)


def capture(model: Encoder) -> dict[str, Any]:
    """The network's weights as float32 arrays, as a model folder holds them."""
    return {name: value.detach().float().cpu().numpy() for name, value in model.state_dict().items()}


def _check(model: Encoder, found: folder.Model, path: Path) -> None:
    wanted = model.state_dict()
    for name in sorted(wanted.keys() | found.tensors.keys()):
        mine = tuple(wanted[name].shape) if name in wanted else None
        stored = found.tensors[name].shape if name in found.tensors else None
        if mine != stored:
            raise ModelError(
                f"{path / 'model.safetensors'}: tensor {name} has shape {stored}, "
                f"and config.json asks for {mine}"
            )


def _tokenizer(found: folder.Model, known: int, path: Path) -> tokenizers.Tokenizer:
    try:
        tokenizer = tokenizers.Tokenizer.from_str(found.tokenizer)
    except Exception as error:  # the tokenizers library raises bare Exception
        raise ModelError(f"{path / 'tokenizer.json'}: not a tokenizer ({error})") from None
    if tokenizer.get_vocab_size() > known:
        raise ModelError(
            f"{path / 'tokenizer.json'}: {tokenizer.get_vocab_size()} tokens, and the encoder knows {known}"
        )
    return tokenizer
