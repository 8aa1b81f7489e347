"""/queue, /tasks, /history: what an analyst is asked, and what they answered."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from monitor.desk import Circumstances
from monitor.desk.views import TaskView
from monitor.errors import AccessError, NotFoundError, TakenError
from monitor.records import Label
from monitor.store.readings import Given
from monitor.web.api.asking import AtDesk, AtOwnDesk
from monitor.web.api.bodies import Answer, Skip, Tasks, Undo
from monitor.web.api.parameters import MAX_ID, Id, Key
from monitor.web.routes import Answering, raises

router = APIRouter(route_class=Answering)
TAKEN = raises(NotFoundError, TakenError)


@router.get("/queue", tags=["queue"])
def queue(desk: AtDesk) -> dict[str, Any]:
    """Counts of tasks, by state and by lane with the probability they were drawn with; of labels; and of the
    audits, which measure the model."""
    return dict(desk.queue_stats())


@router.get("/tasks", tags=["queue"], responses=raises(AccessError))
def tasks(
    desk: AtOwnDesk, n: Annotated[int, Query(ge=1, le=100)] = 10, blind: bool = False
) -> list[TaskView]:
    """The next tasks, claimed for the asking user for a quarter of an hour; asked again, the same ones,
    for longer. `blind`: without the model's opinion, which the user is then shown nowhere (analyst)."""
    return desk.tasks(n, blind=blind)


@router.post("/tasks/hold", tags=["queue"], responses=raises(AccessError))
def hold(body: Tasks, desk: AtOwnDesk) -> list[int]:
    """Keep claimed tasks for longer, a quarter of an hour from now; those that are still one's own
    (analyst)."""
    return desk.hold(body.tasks)


@router.post("/tasks/release", tags=["queue"], status_code=204)
def release(body: Tasks, desk: AtOwnDesk) -> None:
    """Give claimed tasks back, for others to take (analyst)."""
    desk.release(body.tasks)


@router.post("/tasks/{task_id}/label", tags=["queue"], responses=TAKEN)
def label(task_id: Id, body: Answer, desk: AtOwnDesk, key: Key = "") -> Label:
    """Answer a task (analyst); 409 where somebody else was first: `became` says who, and what they said."""
    how = Circumstances(body.suggested, body.seconds, key)
    return desk.label(task_id, body.sentiment, body.topics, body.companies, how, article=body.article)


@router.post("/tasks/{task_id}/skip", tags=["queue"], status_code=204, responses=TAKEN)
def skip(task_id: Id, desk: AtOwnDesk, body: Skip | None = None, key: Key = "") -> None:
    """Leave a task unanswered, with a `note` why (analyst); 409 as for a label."""
    view = body or Skip()
    how = Circumstances(view.suggested, view.seconds, key, view.note)
    desk.skip(task_id, how, article=view.article)


@router.post("/tasks/undo", tags=["queue"], responses=raises(NotFoundError))
def undo(desk: AtOwnDesk, body: Undo | None = None, key: Key = "") -> TaskView | None:
    """Take one's own last answer or skip back, or the one that `of` names: the reopened task, or null
    (analyst)."""
    return desk.undo(key, body.of if body else "")


@router.get("/history", tags=["queue"], responses=raises(AccessError))
def history(
    desk: AtOwnDesk,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    before_id: Annotated[int, Query(ge=0, le=MAX_ID)] = 0,
) -> list[Given]:
    """One's own answers, taken back or not, newest first, each with the model versions that learnt from it
    (analyst)."""
    return desk.history(limit, before_id)


@router.post("/history/{answer_id}/undo", tags=["queue"], status_code=204, responses=raises(NotFoundError))
def take_back(answer_id: Id, desk: AtOwnDesk) -> None:
    """Take one of one's own answers back, however long ago it was given (analyst)."""
    desk.take_back(answer_id)
