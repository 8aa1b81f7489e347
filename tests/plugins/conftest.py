"""What the tests of the classifier share: encoders small enough to fit within a second, and one fitted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from monitor_plugins.transformer import Transformer
from tests.plugins.easy import examples, plugin, quiet, snapshot

SPECIAL = ("<s>", "<pad>", "</s>", "<unk>")


@pytest.fixture(scope="module")
def one_thread() -> Iterator[None]:
    """So small a network only waits for its threads."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def word_tokenizer() -> Callable[..., Any]:
    """Makes a tokenizer of the words in some texts, which cuts Chinese into characters."""
    import tokenizers

    def made(texts: Iterable[str], *special: str) -> tokenizers.Tokenizer:
        tokenizer = tokenizers.Tokenizer(tokenizers.models.WordLevel(unk_token="<unk>"))
        tokenizer.normalizer = tokenizers.normalizers.NFKC()
        tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Sequence(
            [
                tokenizers.pre_tokenizers.Whitespace(),
                tokenizers.pre_tokenizers.Split(tokenizers.Regex("[一-鿿]"), "isolated"),
            ]
        )
        trainer = tokenizers.trainers.WordLevelTrainer(special_tokens=[*SPECIAL, *special])
        tokenizer.train_from_iterator(texts, trainer)
        tokenizer.post_processor = tokenizers.processors.TemplateProcessing(
            single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
        )
        return tokenizer

    return made


@pytest.fixture(scope="session")
def write_base(
    tmp_path_factory: pytest.TempPathFactory, word_tokenizer: Callable[..., Any]
) -> Callable[..., Path]:
    """Writes a random encoder and a tokenizer of the words in some texts to a folder as the hub has them."""
    import torch
    import transformers

    def written(name: str, texts: Iterable[str], *special: str, **measures: int) -> Path:
        path = tmp_path_factory.mktemp("base") / name
        tokenizer = word_tokenizer(texts, *special)
        torch.manual_seed(0)
        config = transformers.BertConfig(
            **{
                "vocab_size": tokenizer.get_vocab_size(),
                "hidden_size": 32,
                "num_hidden_layers": 2,
                "num_attention_heads": 2,
                "intermediate_size": 64,
                "max_position_embeddings": 40,
                "pad_token_id": 1,
                **measures,
            }
        )
        transformers.BertModel(config).save_pretrained(path)
        tokenizer.save(str(path / "tokenizer.json"))
        return path

    return written


@pytest.fixture(scope="module")
def base(write_base: Callable[..., Path]) -> Path:
    """A random encoder and a word-level tokenizer, in a folder as the hub has them."""
    return write_base("tiny-encoder", [example.text for example in examples()])


@pytest.fixture(scope="module")
def model(base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model fitted on texts that are easy to tell apart."""
    out = tmp_path_factory.mktemp("models") / "first-1"
    plugin(base).fit(snapshot(), None, out, quiet)
    return out


@pytest.fixture(scope="module")
def loaded(model: Path) -> Transformer:
    found = Transformer(device="cpu")
    found.load(model, "v1")
    return found
