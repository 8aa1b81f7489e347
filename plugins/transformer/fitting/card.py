"""The model card: README.md of a model folder, in Hugging Face's shape."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from monitor_plugins.transformer.network.folder import Config


def card(config: Config, metrics: Mapping[str, Any], data_sets: Sequence[tuple[str, str, str]]) -> str:
    """The card of a model: base, data with licences, figures, limits, how it was fitted."""
    development = metrics["development"]
    languages = "\n".join(f"- {language}" for language in config.languages)
    scores = "\n".join(f"| {name} | {value:.4f} |" for name, value in development["scores"].items())
    errors = "".join(
        f"- expected calibration error, {name}: {development[key]:.4f}\n"
        for name, key in (
            ("sentiment", "sentiment_calibration_error"),
            ("topics", "topics_calibration_error"),
            ("sentiment towards companies", "company_calibration_error"),
        )
        if key in development
    )
    beside = near = ""
    if config.ngrams:
        beside = f", and beside them a linear layer of {config.ngrams:,} hashed n-grams"
        near = ", beside another\nlinear layer, of n-grams of what is said of it (its name is not read)"
    data = "\n".join(f"| {title} | {language} | {licence} |" for title, language, licence in data_sets)
    data_table = f"| data set | language | licence |\n|---|---|---|\n{data}\n\n" if data else ""
    parent = f"It was fitted starting from model `{metrics['parent']}`.\n\n" if metrics["parent"] else ""
    training = json.dumps(metrics["training"], ensure_ascii=False, indent=1, sort_keys=True)
    unlicensed = (
        "Some of the data sets state no licence. Whether a model fitted on them may be used for your\n"
        "purpose is for you to judge; it can be fitted again without them.\n\n"
        if any(licence == "none stated" for _, _, licence in data_sets)
        else ""
    )
    return f"""---
language:
{languages}
library_name: transformers
pipeline_tag: text-classification
base_model: {config.base or "unknown"}
tags:
- finance
- sentiment
- topics
---
# {config.id}

Judges the sentiment ({", ".join(config.sentiments)}) and the topics of a financial headline or short
news text, and the sentiment towards each company named in it. One encoder, mean pooling, a softmax
head for the sentiment and a sigmoid head of {len(config.topics)} topics{beside}; towards a company, a softmax
head of one hidden layer on the mean over the tokens that name it and the mean over all{near}.

Topics: {", ".join(config.topics)}.

Base encoder: {config.base or "unknown"}. {parent}

## Data

{data_table}{unlicensed}Data snapshot (SHA-256 of its content): `{metrics["data"]}`.

## Figures

Measured on the development split ({development["examples"]} texts; near-duplicates are all on one
side of the split), on the weights as stored here, at {config.max_tokens} tokens. Sentiment: macro-F1. Topics:
how often the best-scoring topic, of those the set's annotators could choose, is right. Company:
how often the sentiment towards a company is (for negative_entity: whether it is negative).

| set | score |
|---|---|
{scores}

{errors}
The split also chose the best evaluation during fitting, what part the n-grams have in the sum, and
the temperatures ({json.dumps(metrics["temperatures"])}), so the figures are somewhat favourable.

## Limits

- Languages: {", ".join(config.languages)}. Anything else is marked unsupported.
- Reads the first {config.max_tokens} tokens; what follows is not seen.
- A company whose name is not found as it was given is judged like the whole text.
- The sets draw the line of "neutral" differently; the model has learnt a blend of them.
- Not investment advice, and no measure of market returns.

## Fitting

```json
{training}
```

Weights are stored in 4 bits where that is lossless and in 8 bits elsewhere, and are unpacked on loading.
manifest.json holds the SHA-256 of every file; a folder that differs from it is refused.
"""
