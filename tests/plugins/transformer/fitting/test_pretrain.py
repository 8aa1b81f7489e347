"""Masked language modelling: whole words are hidden, and guessing them gets easier."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tokenizers
import torch
from hypothesis import given
from hypothesis import strategies as st

from monitor import ModelError, Pretrainable
from monitor_plugins.transformer import Transformer
from monitor_plugins.transformer.compressing import prune
from monitor_plugins.transformer.fitting import objective, pretrain
from monitor_plugins.transformer.fitting.pretrain import MASK, Passage, mask, passages
from monitor_plugins.transformer.fitting.start import from_base
from monitor_plugins.transformer.network.encoder import Encoder

COMPANIES = ("Harbour Foods", "Northwind", "云港航运", "金石矿业")
PHRASES = (
    "profit jumps as orders grow",
    "shares fall after the probe",
    "净利润同比增长",
    "遭到证监会立案调查",
)
TEXTS = [f"{company} {phrase} {n}" for company in COMPANIES for phrase in PHRASES for n in range(8)]


def quiet(what: str, done: float, total: float) -> None:
    return None


@pytest.fixture(scope="module")
def base(write_base: Callable[..., Path]) -> Path:
    """A random encoder whose tokenizer cuts Chinese into characters."""
    return write_base("tiny", TEXTS, MASK)


def plugin(base: Path, **settings: object) -> Transformer:
    given = {"method": "full", "epochs": 6, "learning_rate": 3e-3, "head_learning_rate": 3e-3, "threads": 1}
    return Transformer(device="cpu", base=str(base), **(given | settings))  # type: ignore[arg-type]


def cut(tokenizer: tokenizers.Tokenizer, one: Passage) -> list[str]:
    """The passage's words."""
    tokens = [tokenizer.id_to_token(token) for token in one.ids.tolist()]
    return [
        "".join(token for token, word in zip(tokens, one.words.tolist(), strict=True) if word == number)
        for number in range(one.words.max() + 1)
    ]


def test_a_word_is_all_its_tokens(base: Path) -> None:
    tokenizer = tokenizers.Tokenizer.from_file(str(base / "tokenizer.json"))
    [one, mixed] = passages(tokenizer, ["云港航运遭到证监会立案调查", "", "Northwind profit"], 40)
    assert "".join(cut(tokenizer, one)) == "云港航运遭到证监会立案调查"
    assert "证监会" in cut(tokenizer, one) and "调查" in cut(tokenizer, one)
    assert mixed.words.tolist() == [-1, 0, 1, -1]
    assert not passages(tokenizer, ["  "], 40)
    tokenizer.post_processor = tokenizers.processors.Sequence([])
    assert not passages(tokenizer, ["", "  "], 40), "nor where nothing stands around a text"


LENGTHS = st.lists(st.lists(st.integers(1, 4), min_size=1, max_size=30), min_size=1, max_size=5)


def passage(sizes: list[int]) -> Passage:
    """One of words of so many tokens each, none of them hidden by chance as itself."""
    words = np.concatenate([[-1], np.repeat(np.arange(len(sizes)), sizes), [-1]])
    return Passage(1000 + np.arange(len(words)), words)


@given(LENGTHS, st.integers(0, 99))
def test_hidden_words_are_hidden_whole_and_the_rest_stays(several: list[list[int]], seed: int) -> None:
    some = [passage(sizes) for sizes in several]
    ids, hidden = mask(some, 4, 900, np.random.default_rng(seed))
    stops = np.cumsum([len(one.ids) for one in some])[:-1]
    for one, now, gone in zip(some, np.split(ids, stops), np.split(hidden, stops), strict=True):
        assert (now == one.ids)[~gone].all()
        words = set(one.words[gone].tolist())
        assert words == set(one.words.tolist()) - set(one.words[~gone].tolist()), "whole words"
        assert len(words) == max(1, round(0.15 * (one.words.max() + 1)))


def test_most_hidden_words_become_a_mask_and_some_stay() -> None:
    some = [passage([1] * 100)] * 200
    ids, hidden = mask(some, 4, 900, np.random.default_rng(0))
    kinds = ids[hidden]
    shares = [np.mean(kinds == 4), np.mean((kinds < 900) & (kinds != 4)), np.mean(kinds >= 1000)]
    assert shares == pytest.approx([0.8, 0.1, 0.1], abs=0.03)


def test_reading_makes_guessing_easier_and_the_encoder_can_be_fitted(base: Path, tmp_path: Path) -> None:
    reading: Pretrainable = plugin(base, epochs=25, learning_rate=1e-2, head_learning_rate=1e-2)
    assert isinstance(reading, Pretrainable)
    done: list[float] = []
    found = reading.pretrain(TEXTS * 2, None, tmp_path / "read", lambda what, step, total: done.append(step))
    assert found["texts"] + found["held_out"] == len(TEXTS), "the same text twice is one"
    assert done == list(range(1, found["steps"] + 1))
    losses = [one["loss"] for one in found["evaluations"]]
    assert losses[-1] < losses[0] - 0.2
    before, after = (
        from_base(str(path), ["deal"], "x", 40, 0).model.state_dict() for path in (base, tmp_path / "read")
    )
    changed = {
        name for name in before if name.startswith("body.") and not torch.equal(before[name], after[name])
    }
    assert changed and "body.embeddings.word_embeddings.weight" not in changed


def test_with_adapters_only_they_are_fitted(base: Path, tmp_path: Path) -> None:
    plugin(base, method="lora", rank=2, layers=1, epochs=2).pretrain(TEXTS, None, tmp_path / "read", quiet)
    before, after = (
        from_base(str(path), ["deal"], "x", 40, 0).model.state_dict() for path in (base, tmp_path / "read")
    )
    changed = [
        name for name in before if name.startswith("body.") and not torch.equal(before[name], after[name])
    ]
    assert len(changed) == 6 and all(".layer.1." in name and name.endswith("weight") for name in changed)
    for name in changed:
        assert torch.linalg.matrix_rank(after[name] - before[name], atol=1e-5) <= 2


@pytest.mark.parametrize("method", ["full", "lora"])
def test_what_is_pruned_stays_pruned(base: Path, tmp_path: Path, method: str) -> None:
    start = from_base(str(base), ["deal"], "x", 40, 0)
    prune.prune_heads(start.model, 0.5)
    prune.prune_neurons(start.model, 0.5)
    pruned = tmp_path / "pruned"
    start.model.body.save_pretrained(pruned)
    (pruned / "tokenizer.json").write_bytes((base / "tokenizer.json").read_bytes())
    plugin(pruned, method=method, rank=2, layers=1, epochs=2).pretrain(TEXTS, None, tmp_path / "read", quiet)
    before, after = (
        from_base(str(path), ["deal"], "x", 40, 0).model.state_dict() for path in (pruned, tmp_path / "read")
    )
    fitted = [name for name in before if "encoder.layer.1." in name and before[name].ndim == 2]
    assert len(fitted) == 6
    for name in fitted:
        assert (after[name][before[name] == 0] == 0).all(), name
        assert not torch.equal(after[name], before[name]), name


def test_the_same_seed_reads_the_same_way(base: Path, tmp_path: Path) -> None:
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        plugin(base, epochs=1, seed=seed).pretrain(TEXTS, None, tmp_path / name, quiet)
    a, b, c = ((tmp_path / name / "model.safetensors").read_bytes() for name in "abc")
    assert a == b != c


def test_a_batch_is_read_in_parts_that_fit(
    base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []
    guess = pretrain._guess

    def watched(model: Encoder, guesser: pretrain.Guesser, some: list[Passage], *rest: Any) -> Any:
        sizes.append(sum(len(one.ids) for one in some))
        return guess(model, guesser, some, *rest)

    monkeypatch.setattr(pretrain, "_guess", watched)
    monkeypatch.setattr(pretrain, "HELD", 0.0)
    monkeypatch.setattr(objective, "ON_CPU", 60)
    found = plugin(base, epochs=1, batch=16).pretrain(TEXTS, None, tmp_path / "read", quiet)
    assert len(sizes) > 2 * found["steps"]
    assert max(sizes) <= 60


def test_mistakes_are_told(base: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="too few"):
        plugin(base).pretrain(["one"], None, tmp_path / "out", quiet)
    with pytest.raises(ModelError, match="exists already"):
        plugin(base).pretrain(TEXTS, None, base, quiet)
    with pytest.raises(ModelError, match="name an encoder"):
        Transformer(device="cpu").pretrain(TEXTS, None, tmp_path / "out", quiet)
    bare = tmp_path / "bare"
    bare.mkdir()
    for name in ("config.json", "model.safetensors"):
        (bare / name).write_bytes((base / name).read_bytes())
    (bare / "tokenizer.json").write_text((base / "tokenizer.json").read_text().replace(MASK, "<other>"))
    with pytest.raises(ModelError, match="no token <mask>"):
        plugin(bare).pretrain(TEXTS, None, tmp_path / "out", quiet)
    assert not (tmp_path / "out").exists()
