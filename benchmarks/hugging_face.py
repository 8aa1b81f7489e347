"""The model as Hugging Face's `pipeline` serves it, for `benchmarks/classify.py` to measure against."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers
from transformers.modeling_outputs import SequenceClassifierOutput

from monitor_plugins.transformer.network import folder
from monitor_plugins.transformer.network.building import build
from monitor_plugins.transformer.network.encoder import Batch, pool
from monitor_plugins.transformer.rows import tokenize
from monitor_plugins.transformer.serving.engine import Engine


class MeanPooled(transformers.BertPreTrainedModel):
    """Hugging Face's BERT and a linear layer on the mean of its states: transformers' own classifier
    for BERT reads the first token instead, and would need other weights."""

    def __init__(self, config: Any) -> None:
        super().__init__(config)
        self.bert = transformers.BertModel(config, add_pooling_layer=False)
        self.classifier = torch.nn.Linear(config.hidden_size, len(config.id2label))
        self.post_init()  # type: ignore[no-untyped-call]

    def forward(self, input_ids: Any, attention_mask: Any) -> SequenceClassifierOutput:
        hidden = self.bert(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        return SequenceClassifierOutput(logits=self.classifier(pool(hidden, attention_mask.bool())))


def export(engine: Engine, model: Path, out: Path) -> Path:
    """The encoder and the sentiment head as transformers stores a model."""
    found = folder.read(model)
    theirs, _ = build(found, model)
    config = theirs.body.config
    config.id2label = dict(enumerate(found.config.sentiments))
    config.label2id = {name: i for i, name in enumerate(found.config.sentiments)}
    mean_pooled = MeanPooled(config)
    mean_pooled.bert.load_state_dict(theirs.body.state_dict())
    mean_pooled.classifier.load_state_dict(theirs.sentiment.state_dict())
    mean_pooled.save_pretrained(out)
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_object=engine.tokenizer,
        pad_token=engine.tokenizer.id_to_token(found.config.padding),
        model_max_length=engine.max_tokens,
        model_input_names=["input_ids", "attention_mask"],
    )
    tokenizer.save_pretrained(out)
    return out


def piped(exported: Path, device: torch.device, batch: int) -> Callable[[Sequence[str]], np.ndarray]:
    """`pipeline` on the exported model; `batch` 0: one call for each text."""
    transformers.utils.logging.set_verbosity(logging.CRITICAL)
    transformers.utils.logging.disable_progress_bar()
    model: Any = MeanPooled.from_pretrained(exported)
    tokenizer = transformers.AutoTokenizer.from_pretrained(exported)
    classify: Any = transformers.pipeline(
        "text-classification", model=model, tokenizer=tokenizer, device=device
    )
    labels: dict[str, int] = model.config.label2id

    def judge(texts: Sequence[str]) -> np.ndarray:
        asked = {"top_k": None, "truncation": True}
        said: list[Any]
        if batch:
            said = classify(list(texts), batch_size=batch, **asked)
        else:
            said = [classify(text, **asked) for text in texts]
        found = np.zeros((len(texts), len(labels)), np.float32)
        for row, scores in zip(found, said, strict=True):
            for one in scores:
                row[labels[one["label"]]] = one["score"]
        return found

    return judge


def check(baseline: Callable[[Sequence[str]], np.ndarray], engine: Engine, texts: Sequence[str]) -> None:
    """Raise unless `pipeline` says what the engine's encoder and sentiment head say."""
    rows = tokenize(engine.tokenizer, texts, engine.max_tokens)
    batch = Batch.of(rows, engine.config.padding).to(next(engine.model.parameters()).device)
    with torch.inference_mode():
        logits = engine.model.sentiment(pool(engine.model.states(batch), batch.mask))
        difference = np.abs(baseline(texts) - logits.softmax(1).cpu().numpy()).max()
    if difference > 1e-3:
        raise RuntimeError(
            f"pipeline and the engine differ by {difference:.4f} on the same texts and weights"
        )
