"""The card of an alert says what is stored, each story once, and nothing of stories that are judged blind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from monitor.alerts.similar import Likeness
from monitor.desk import cards
from monitor.detection import cells
from monitor.detection.budget import Cut
from monitor.doctor import stored
from monitor.records import Article, ModelState, ModelVersion, Role, Verdict, VerdictKind
from monitor.store import Store, articles, models, past, quotes, turns, verdicts, walked
from monitor.store.alerts import get
from monitor.store.schema import ratios
from tests.desk.surges import NOW, Surge, surge


@pytest.fixture
def room(sqlite_store: Store, tmp_path: Path, article: Callable[..., Article]) -> Surge:
    return surge(sqlite_store, tmp_path, article)


def test_every_story_once_newest_first_with_who_tells_it(room: Surge) -> None:
    detail = room.desk(Role.VIEWER).alert("a1")
    card = detail.card
    assert [one.article_id for one in card.stories] == [room.ids[2], room.ids[1], room.ids[0]]
    assert card.in_all == 3 and card.companies == {"acme": 3} and card.topics == {"legal": 3}
    last = card.stories[-1]
    assert last.voices == ["source blog", "source wire"] and last.reach == 2 and card.reach == 4
    assert last.first_at == NOW - timedelta(minutes=50) == card.first_at and card.first == "source blog"
    assert card.models == ["v1"] and last.url == "https://blog.example/0"
    assert last.quote is not None and last.quote.text == "It fell." and last.quote.negative == 0.8
    assert card.stories[0].quote is None, "nobody asked yet, and the title stands"
    assert [(one.id, one.title) for one in card.needed] == [(room.story_id, "Acme is sued")]
    assert "It still fires without any one publisher, also without The Blog." in card.counterfactual
    leading = cards.leading_story(card)
    assert leading is not None and leading.id == room.story_id


def test_what_is_quoted_is_in_the_text_that_is_stored(room: Surge) -> None:
    with room.monitor.store.begin() as tx:
        piece = articles.get(tx, room.ids[0])
        articles.revise(
            tx, replace(piece, content="Short", content_hash="other", text="", title="Short"), NOW
        )
        assert quotes.missing(tx, room.ids, "acme") == room.ids[2::-1]
        card = cards.card(tx, get(tx, "a1"), set())
    assert all(one.quote is None for one in card.stories)


def test_what_is_quoted_is_as_its_source_wrote_it_where_that_is_in_the_same_place(room: Surge) -> None:
    with room.monitor.store.read() as tx:
        piece = articles.get(tx, room.ids[0])
    wide = replace(piece, title="净利下降，停牌", text="正文。", content="净利下降,停牌\n正文。")
    said = quotes.Quote(piece.text_id, "acme", 0, 7, 0.9, "v1")
    found = cards._quoted(wide, said)
    assert found is not None and found.text == "净利下降，停牌"
    longer = replace(wide, title="㎏净利下降，停牌", content="kg净利下降,停牌\n正文。")
    moved = cards._quoted(longer, replace(said, start=2, end=9))
    assert moved is not None and moved.text == "净利下降,停牌"
    assert cards._quoted(wide, replace(said, end=99)) is None and cards._quoted(wide, None) is None


def test_stories_that_are_judged_blind_are_left_out_with_what_it_hangs_on(room: Surge) -> None:
    with room.monitor.store.read() as tx:
        card = cards.card(tx, get(tx, "a1"), {room.story_id})
        nothing = cards.card(tx, replace(get(tx, "a1"), article_ids=()), set())
    assert room.story_id not in {one.id for one in card.stories} and card.in_all == 2
    assert card.causes is None and card.counterfactual == [] and card.needed == []
    assert nothing.stories == [] and nothing.first == "" and cards.leading_story(nothing) is None


def test_similar_alerts_say_how_they_ended(room: Surge) -> None:
    with room.monitor.store.begin() as tx:
        verdicts.give(tx, Verdict("a0", "bo", VerdictKind.NOISE, NOW))
    [one] = room.desk().alert("a1").similar
    assert (one.alert.id, one.likeness, one.alert.resolved_by) == ("a0", Likeness.COMPANY, "bo")
    assert [said.kind for said in one.verdicts] == [VerdictKind.NOISE]
    assert room.desk().alert("a0").similar == [], "nothing of later"


def test_a_card_says_how_many_of_what_is_as_rare_would_be_false(room: Surge) -> None:
    """Of an alert whose score is that of a p-value, and whose rule's tests are still known."""
    with room.monitor.store.begin() as tx:
        alert = get(tx, "a1")
        assert cards.card(tx, alert, set()).q_value is None
        cut = Cut(alert.rule, cells.cell(alert.end_at), 4.0, checked=False, weeks=1.0, openings=0)
        walked.keep(tx, NOW, {alert.rule: {}}, [(cut, 10_000)], {}, 0)
        assert alert.p_value is not None
        found = cards.card(tx, alert, set()).q_value
        assert found == pytest.approx(min(10.0**-alert.score * 10_000, 1.0)) and found < 1
        assert cards.card(tx, replace(alert, p_value=None), set()).q_value is None


def test_the_card_says_by_what_the_counts_of_a_new_version_were_scaled(
    room: Surge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(past, "first", lambda tx: cells.hour(NOW - timedelta(days=30)))
    store = room.monitor.store
    with store.begin() as tx:
        alert = get(tx, "a1")
        assert cards.card(tx, alert, set()).scaled == []
        for id, at in (("v0", alert.start_at - timedelta(days=9)), ("v1", alert.start_at)):
            models.put(tx, ModelVersion(id, "fake", "p", "d", ModelState.CHALLENGER, at))
            models.promote(tx, id, "by hand", at)
        [said] = cards.card(tx, alert, set()).scaled
        assert said.startswith("No article was judged by both v1 and v0 yet.")
        turn = turns.newest(tx)
        assert turn is not None
        text = articles.get(tx, room.ids[0]).text_id
        turns.keep(tx, turn, [(text, 0.3, 0.4)], alert.start_at - timedelta(hours=1))
        tx.execute(update(ratios).values(ratio=0.82, variance=0.0006, articles=640))
        [said] = cards.card(tx, alert, set()).scaled
        before = replace(alert, end_at=alert.start_at - timedelta(hours=2))
        assert cards.card(tx, before, set()).scaled == []
    monitor = room.monitor
    asked = stored.examinations(store, monitor.settings, monitor.instances, alert.end_at)
    (check,) = asked["counts"]()
    assert (check.state, check.what) == ("ok", str(said)) and "monitor reclassify" in check.todo
    assert said == (
        "Counts of model v1 are scaled by 0.82 (0.78 to 0.86), from 640 articles judged by both it and v0."
    )
