"""What people say of an alert goes where it belongs, once each, with who and when."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from monitor.detection import cells
from monitor.detection.budget import Cut
from monitor.errors import AccessError, ConflictError, NotFoundError, UserError
from monitor.records import Article, Lane, Role, VerdictKind
from monitor.store import Store, alerts, arrangements, articles, audit, feedback, tasks, verdicts, walked
from tests.alarms import alarm
from tests.desk.surges import NOW, Surge, surge


@pytest.fixture
def room(sqlite_store: Store, tmp_path: Path, article: Callable[..., Article]) -> Surge:
    return surge(sqlite_store, tmp_path, article)


def test_the_last_word_stands_and_the_history_and_the_audit_have_every_one(room: Surge) -> None:
    desk = room.desk()
    desk.judge_alert("a1", VerdictKind.NOISE, " rotation ")
    said = desk.judge_alert("a1", VerdictKind.USEFUL, other="a0", article=room.ids[0])
    assert (said.other_id, said.article_id) == ("", 0), "what the kind does not name is not kept"
    room.desk(name="bo").judge_alert("a1", VerdictKind.WRONG_COMPANY)
    detail = desk.alert("a1")
    assert [(one.user, one.kind) for one in detail.feedback] == [
        ("ann", VerdictKind.USEFUL),
        ("bo", VerdictKind.WRONG_COMPANY),
    ]
    told = [(one.user, one.event, one.note) for one in detail.events]
    assert told[0] == ("ann", "feedback", "noise; rotation") and told[1][2] == "useful"
    with room.monitor.store.read() as tx:
        written = [one for one in audit.page(tx) if one.action == "alert.feedback"]
        assert set(verdicts.useful(tx)) == set(room.ids)
    assert len(written) == 3 and written[-1].detail["kind"] == "noise"


def test_a_duplicate_puts_its_leading_story_into_that_of_the_other(room: Surge) -> None:
    desk = room.desk()
    for wrong in ("", "a1"):
        with pytest.raises(ConflictError, match="which alert it repeats"):
            desk.judge_alert("a1", VerdictKind.DUPLICATE, other=wrong)
    with pytest.raises(NotFoundError):
        desk.judge_alert("a1", VerdictKind.DUPLICATE, other="missing")
    assert desk.alert("a1").feedback == ()
    desk.judge_alert("a1", VerdictKind.DUPLICATE, other="a0")
    with room.monitor.store.read() as tx:
        stays = articles.get(tx, room.ids[1]).story_id
        assert arrangements.standing(tx, room.story_id) == stays != room.story_id
        assert {articles.get(tx, id).story_id for id in (room.ids[0], room.ids[3])} == {stays}
        assert [one.action for one in audit.page(tx, 2)] == ["alert.feedback", "story.merge"]
    desk.judge_alert("a1", VerdictKind.DUPLICATE, other="a0")  # said again, nothing is left to join
    with room.monitor.store.read() as tx:
        assert [one.action for one in audit.page(tx, 1)] == ["alert.feedback"]


def test_an_alert_without_stories_repeats_none(room: Surge) -> None:
    with room.monitor.store.begin() as tx:
        alerts.put(tx, alarm("empty", NOW))
    with pytest.raises(Exception, match="no story"):
        room.desk().judge_alert("a1", VerdictKind.DUPLICATE, other="empty")


def test_a_wrong_label_asks_whoever_is_next(room: Surge) -> None:
    desk = room.desk()
    for wrong in (0, 10**6):
        with pytest.raises(ConflictError, match="judged wrong"):
            desk.judge_alert("a1", VerdictKind.WRONG_LABEL, article=wrong)
    desk.judge_alert("a1", VerdictKind.WRONG_LABEL, "calm", article=room.ids[2])
    with room.monitor.store.begin() as tx:
        [task] = tasks.next_tasks(tx, "bo", 5, NOW)
        assert task.lane is Lane.REQUEST and task.article_id == room.ids[2] and "calm" in task.reason
        [kept] = feedback.page(tx)
        assert kept.article_id == room.ids[2] and kept.user == "ann"
    assert desk.alert("a1").feedback[0].article_id == room.ids[2]


def test_who_may_say_something(room: Surge) -> None:
    with pytest.raises(AccessError):
        room.desk(Role.VIEWER).judge_alert("a1", VerdictKind.USEFUL)
    with pytest.raises(NotFoundError):
        room.desk().judge_alert("missing", VerdictKind.USEFUL)
    with pytest.raises(UserError, match="note"):
        room.desk().judge_alert("a1", VerdictKind.USEFUL, "x" * 2001)


def test_what_smaller_budgets_would_have_spared(room: Surge) -> None:
    desk = room.desk(Role.VIEWER)
    with pytest.raises(NotFoundError, match="smaller budget"):
        desk.spared("a1")
    cell = cells.cell(NOW)
    found = [
        Cut("surge", since, value, checked=False, weeks=2.0, openings=0)
        for since, value in ((cell - 500, 9.9), (cell - 10, 8.5), (cell + 50, 1.5))
    ]
    with room.monitor.store.begin() as tx:
        walked.keep(tx, NOW, {"surge": {}}, [(cut, 3) for cut in found], {}, 0)
    tried = desk.spared("a1")
    assert tried[0].cut == pytest.approx(8.5) and [one.told for one in tried] == [True, False, False, False]
    with room.monitor.store.begin() as tx:
        alerts.put(tx, alarm("other", NOW, rule="gone"))
    with pytest.raises(NotFoundError, match="other"):
        desk.spared("other")
