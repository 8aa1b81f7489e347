"""What who judges a story blind is not shown of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from monitor.desk import blinding
from monitor.store.articles import ArticleView
from monitor.store.mentions import Towards
from monitor.testing import make_article, make_prediction

MODEL = {"harbour": Towards("negative", 0.9)}
HELD = ArticleView(
    make_article("Harbour Bank falls", story_id=7),
    make_prediction(0.8, 0.1, 0.1, topics={"legal": 0.9}),
    None,
    companies=MODEL,
    sentiment="negative",
    topics=("legal",),
    labelled=False,
)


@pytest.mark.parametrize(("labelled", "sentiment"), [(False, ""), (True, "negative")])
def test_a_label_s_sentiment_alone_is_no_model_s(labelled: bool, sentiment: str) -> None:
    (shown,) = blinding.views([replace(HELD, labelled=labelled)], {7})
    assert (shown.prediction, shown.route, shown.topics) == (None, None, ())
    assert shown.sentiment == sentiment
    assert shown.companies == {"harbour": blinding.UNKNOWN}


def test_other_stories_are_shown_whole() -> None:
    assert blinding.views([HELD], {8}) == [HELD]
    assert blinding.views([HELD], {7}, chosen=True) == []
