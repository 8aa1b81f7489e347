"""What a model knew stays its own teacher, put right where labels show that it was wrong."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from monitor import SENTIMENTS, Article, Example, Snapshot
from monitor_plugins.transformer import Transformer
from monitor_plugins.transformer.fitting.remembering import FAIRLY, SURE, corrected, put_right, remembered
from monitor_plugins.transformer.fitting.start import begin
from tests.plugins.easy import article, examples, plugin, quiet, snapshot

pytestmark = pytest.mark.usefixtures("one_thread")
NOTHING = Snapshot("0" * 64, (), ())


def test_what_was_right_stays_as_it_was_said() -> None:
    logits = torch.tensor([[3.0, 1.0, 0.0], [0.2, 0.1, 0.0], [0.0, 0.0, 5.0]])  # surer than FAIRLY
    allowed = torch.tensor([[True, False, False], [True, True, True], [False, True, True]])
    assert torch.equal(corrected(logits, allowed), logits)


def test_what_was_right_by_little_is_made_fairly_sure() -> None:
    logits = torch.tensor([[0.2, 0.1, 0.0], [1.0, 1.0, 2.0]])
    allowed = torch.tensor([[True, False, False], [True, False, True]])
    chances, before = corrected(logits, allowed).softmax(1), logits.softmax(1)
    assert chances[0, 0] == pytest.approx(FAIRLY) and chances[1, [0, 2]].sum() == pytest.approx(
        max(FAIRLY, float(before[1, [0, 2]].sum()))
    )
    assert chances[0, 1] / chances[0, 2] == pytest.approx(float(before[0, 1] / before[0, 2]))
    certain = torch.tensor([[200.0, 0.0, -200.0]])
    assert torch.equal(corrected(certain, torch.tensor([[True, False, False]])), certain)


def test_what_was_wrong_is_put_right_and_not_made_certain() -> None:
    logits = torch.tensor([[3.0, 1.0, 0.0], [9.0, 1.0, 2.0]])
    allowed = torch.tensor([[False, False, True], [False, True, True]])
    chances = corrected(logits, allowed).softmax(1)
    rest = (1 - SURE) / 2
    expected = torch.tensor([[rest, rest, SURE], [1 - SURE, SURE / 2, SURE / 2]])
    torch.testing.assert_close(chances, expected)
    assert torch.equal(corrected(logits[:0], allowed[:0]), logits[:0])


def test_topics_are_put_right_one_by_one() -> None:
    found = put_right(torch.tensor([2.0, -2.0, -2.0, 0.5]), torch.tensor([True, False, True, False]))
    torch.testing.assert_close(found.sigmoid()[2:], torch.tensor([SURE, 1 - SURE]))
    assert found[:2].tolist() == [2.0, -2.0]


def test_a_text_without_labels_is_remembered_for_every_head(model: Path) -> None:
    begun = begin(NOTHING, model, "", "next", 0)
    known = examples()[:6]
    said = remembered(begun, [Example(one.text) for one in known], 40)
    assert said.sentiment.shape == (6, len(SENTIMENTS)) and said.company.shape == (0, len(SENTIMENTS))
    right = remembered(begun, known, 40)
    assert torch.equal(said.sentiment, right.sentiment)  # it was fitted on them, and knows them
    flipped = [
        replace(one, sentiment="neutral" if one.sentiment == "positive" else "positive") for one in known
    ]
    assert not torch.equal(remembered(begun, flipped, 40).sentiment, right.sentiment)


def test_topics_are_kept_while_sentiments_are_learnt(model: Path, tmp_path: Path) -> None:
    """Texts that say nothing of topics change what is said of them, and far less where that is remembered."""
    told = [
        Example(one.text, "negative" if one.sentiment == "positive" else "positive") for one in examples()
    ]
    asked = [article(one.text) for one in examples()]
    before = _topics(model, asked)
    moved, learnt = {}, {}
    for remember in (False, True):
        out = tmp_path / f"learnt-{remember}"
        going_on = plugin(tmp_path, epochs=10, learning_rate=2e-3, share=1.0, remember=remember, seed=3)
        metrics = going_on.fit(replace(snapshot(), train=told, development=()), model, out, quiet)
        assert metrics["training"]["remember"] is remember
        moved[remember] = float(np.abs(_topics(out, asked) - before).mean())
        found = Transformer(device="cpu")
        found.load(out, "v")
        guesses = [max(one.sentiment, key=one.sentiment.__getitem__) for one in found.classify(asked)]
        learnt[remember] = np.mean([a == b.sentiment for a, b in zip(guesses, told, strict=True)])
    assert moved[True] < moved[False] / 2
    assert learnt[True] >= learnt[False] - 0.05


def test_what_is_known_already_is_not_made_surer(model: Path, tmp_path: Path) -> None:
    """Labels that say what the model says change nothing: what it knows of other texts would be lost for
    it."""
    asked = [article(one.text) for one in examples()]
    serving = Transformer(device="cpu")
    serving.load(model, "v")
    before = np.array([list(one.sentiment.values()) for one in serving.classify(asked)])
    said = [SENTIMENTS[row.argmax()] for row in before]
    agreeing = [replace(one, sentiment=label) for one, label in zip(examples(), said, strict=True)]
    moved = {}
    for remember in (False, True):
        out = tmp_path / f"learnt-{remember}"
        going_on = plugin(tmp_path, epochs=5, learning_rate=1e-3, share=1.0, remember=remember, seed=3)
        going_on.fit(replace(snapshot(), train=agreeing, development=()), model, out, quiet)
        found = Transformer(device="cpu")
        found.load(out, "v")
        after = np.array([list(one.sentiment.values()) for one in found.classify(asked)])
        moved[remember] = float(np.abs(after - before).mean())
    assert moved[True] < moved[False] / 2


def _topics(folder: Path, asked: list[Article]) -> np.ndarray:
    found = Transformer(device="cpu")
    found.load(folder, "v")
    return np.array([list(one.topics.values()) for one in found.classify(asked)])
