"""What an example says, what it leaves open, and how far off an answer is."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from monitor import SENTIMENTS, Example
from monitor_plugins.transformer.fitting.targets import Targets, loss, macro_f1, score
from monitor_plugins.transformer.network.encoder import Logits

pytestmark = pytest.mark.usefixtures("one_thread")


def test_an_example_counts_only_for_what_is_known_of_it() -> None:
    known = Targets.of(
        [
            Example("a", "negative"),
            Example("b", "!negative", companies=(("x", "negative"),)),
            Example("c", None, ("deal",), origin="set"),
            Example("d", None, (), companies=(("x", "!negative"),)),
        ],
        ("deal", "earnings"),
        {"set": frozenset({"deal"})},
    )
    assert known.allowed.tolist() == [[True, False, False], [False, True, True], [True] * 3, [True] * 3]
    assert known.judged.tolist() == [[0, 0], [0, 0], [1, 0], [1, 1]]
    assert known.company.tolist() == [[True, False, False], [False, True, True]]
    assert known.owners.tolist() == [1, 3]
    sentiment = torch.tensor([[0.3, -1.0, 2.0]] * 4, requires_grad=True)
    topics = torch.tensor([[0.5, -0.2]] * 4, requires_grad=True)
    company = torch.tensor([[0.3, -1.0, 2.0]] * 2, requires_grad=True)
    loss(Logits(sentiment, topics, company), known).backward()
    assert sentiment.grad is not None and topics.grad is not None and company.grad is not None
    assert (sentiment.grad.abs().sum(1) > 0).tolist() == [True, True, False, False]
    assert (topics.grad != 0).tolist() == [[False, False], [False, False], [True, False], [True, True]]
    assert (company.grad.abs().sum(1) > 0).all()


def test_the_loss_of_a_case_by_hand() -> None:
    companies = (("x", "positive"), ("y", "negative"))
    one = Targets.of(
        [Example("a", "!negative", ("deal", "legal"), companies=companies, weight=2)],
        ("deal", "legal", "fx"),
        {},
    )
    value = loss(Logits(torch.zeros(1, 3), torch.zeros(1, 3), torch.zeros(2, 3)), one)
    assert float(value) == pytest.approx(2 * (-np.log(2 / 3) + 3 * np.log(2) + 2 * np.log(3)))


@given(st.lists(st.integers(0, 3), min_size=1, max_size=8), st.data())
def test_targets_of_some_are_the_targets_of_those(counts: list[int], data: st.DataObject) -> None:
    known = [
        Example(f"{i}", SENTIMENTS[i % 3], companies=tuple((f"{n}", SENTIMENTS[n]) for n in range(count)))
        for i, count in enumerate(counts)
    ]
    chosen = data.draw(st.lists(st.integers(0, len(known) - 1), min_size=1, max_size=9))
    some = Targets.of(known, ("deal",), {})[torch.tensor(chosen)]
    wanted = Targets.of([known[i] for i in chosen], ("deal",), {})
    for name in ("allowed", "topics", "judged", "weight", "company", "owners"):
        assert torch.equal(getattr(some, name), getattr(wanted, name)), name


def test_scores_of_a_case_by_hand() -> None:
    known = [
        Example("a", "negative", origin="s", companies=(("x", "positive"), ("y", "negative"))),
        Example("b", "!negative", origin="t", companies=(("x", "!negative"),)),
        Example("c", None, ("deal",), origin="s"),
    ]
    sentiment = np.array([[3, 0, 0], [0, 0, 3], [9, 9, 9]])
    company = np.array([[0, 0, 3], [0, 3, 0], [3, 0, 0]])
    found = score(
        sentiment, np.array([[0, 0], [0, 0], [1, 2]]), company, known, Targets.of(known, ("deal", "fx"), {})
    )
    assert found == {
        "s.sentiment": 1,
        "s.topics": 0,
        "s.company": 0.5,
        "t.sentiment": 1,
        "t.company": 0,
    }


def test_macro_f1_of_a_case_by_hand() -> None:
    truth, guesses = np.array([0, 0, 1, 1]), np.array([0, 1, 1, 2])
    assert macro_f1(truth, guesses) == pytest.approx((2 / 3 + 1 / 2) / 2)
