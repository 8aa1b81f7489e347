"""Duels: which run, what they ask, where they stand, and how they ended.

A duel's texts are stored in the order in which they were drawn among those on which its two models
disagree. AHEAD of them are open tasks (lane `duel`, blind) at a time, so that it can end early and what is
left is not asked for nothing. Every label is the outcome of its text; after each, in the label's own
transaction, the test decides (`monitor.evaluation.duel`), and with the decision the challenger is promoted or
refused and the audit trail says so. A label that is taken back while the duel runs is no outcome any more;
one given to a text that was skipped by two analysts never comes, and the next text takes its place.

One duel runs at a time. It is overtaken, and its challenger refused, where another version serves than the
one it was begun against, or another challenger's duel begins. The labels of a running duel train nothing
(`held`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import RowMapping, and_, func, insert, select, update

from monitor.evaluation.duel import Judgement, Rule, Share, Standing, outcome, standing
from monitor.evaluation.paired import Decision
from monitor.messages import Message
from monitor.records import Article, Lane, ModelState, Route, TaskState
from monitor.records import Decision as Routed
from monitor.store import articles as articles_
from monitor.store import audit, models, shadows, tasks
from monitor.store.dialect import Tx
from monitor.store.schema import answers, articles, duel_texts, duels, texts
from monitor.store.schema import tasks as tasks_
from monitor.store.standing import COUNTS, STANDS

AHEAD: Final = 10
"""Tasks of a duel that are open at a time."""
OVERTAKEN: Final = "overtaken"
_SYSTEM: Final = "monitor"


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A text on which the two models disagree: what each says, of `company` where it is about one."""

    article_id: int
    champion: str
    challenger: str
    company: str = ""


@dataclass(frozen=True, slots=True)
class Duel:
    """A duel as it stands. `verdict` is "" while it runs, and superior, not_inferior, worse, undecided or
    overtaken once it has ended; `standing` is None where no label was read yet."""

    id: int
    champion: str
    challenger: str
    judgement: Judgement
    share: Share
    rule: Rule
    started_at: datetime
    ended_at: datetime | None
    verdict: str
    reason: str
    standing: Mapping[str, Any]


def candidates(tx: Tx, since: datetime) -> list[tuple[int, int]]:
    """The (story, article) of every text first seen from `since` on that nobody was taught or measured by:
    no text of its story has a label, it is no audit, and an article carries it still; in one order."""
    carrier = select(func.min(articles.c.id)).where(articles.c.text_id == texts.c.id).scalar_subquery()
    told = select(texts.c.story_id).join(answers, answers.c.text_id == texts.c.id).where(STANDS)
    drawn = (
        select(texts.c.story_id, carrier.label("article"))
        .where(texts.c.drawn_at >= since, ~texts.c.sample, ~texts.c.audited)
        .where(carrier.is_not(None), texts.c.story_id.not_in(told))
        .order_by(texts.c.id)
    )
    return [(row.story_id, row.article) for row in tx.execute(drawn)]


def begin(
    tx: Tx,
    champion: str,
    challenger: str,
    judgement: Judgement,
    share: Share,
    drawn: Sequence[Disagreement],
    rule: Rule,
    now: datetime,
) -> Duel:
    """Begin a duel on the texts `drawn`, in their order; one that runs is overtaken. It ends at once where
    the share alone decides, or nothing is left to ask."""
    if (other := running(tx)) is not None:
        _overtake(tx, other, challenger, now)
    values = {
        "champion": champion,
        "challenger": challenger,
        "judgement": judgement.value,
        "texts": share.texts,
        "disagreements": share.disagreements,
        **asdict(rule),
        "running": True,
        "standing": {},
        "started_at": now,
    }
    id = tx.scalar(insert(duels).values(values).returning(duels.c.id))
    rows = [{"duel_id": id, "place": place, **asdict(one)} for place, one in enumerate(drawn)]
    if rows:
        tx.execute(insert(duel_texts), rows)
    return _step(tx, get(tx, id or 0), now)


def answered(tx: Tx, task_id: int, now: datetime) -> Duel | None:
    """Go on with the duel that asked this task, after an answer or one taken back; None where it has ended
    or the task is no duel's."""
    asked = select(duel_texts.c.duel_id).where(duel_texts.c.task_id == task_id)
    # The duel's row is locked: of two labels at a time the second sees the first.
    row = tx.execute(
        select(duels.c.id).where(duels.c.id.in_(asked), duels.c.running).with_for_update()
    ).first()
    return None if row is None else _step(tx, get(tx, row.id), now)


def recount(tx: Tx, now: datetime) -> None:
    """Go on with the running duel where other labels count than before."""
    duel = running(tx)
    if duel is not None:
        _step(tx, duel, now)


def settle(tx: Tx, now: datetime) -> None:
    """End the running duel where it is overtaken: call it wherever another version begins to serve."""
    duel = running(tx)
    if duel is not None:
        _moot(tx, duel, now)


def get(tx: Tx, id: int) -> Duel:
    """The duel with this id."""
    return _record(tx.execute(select(duels).where(duels.c.id == id)).mappings().one())


def running(tx: Tx) -> Duel | None:
    """The duel that runs."""
    row = tx.execute(select(duels).where(duels.c.running)).mappings().first()
    return None if row is None else _record(row)


def of(tx: Tx, model_id: str) -> Duel | None:
    """The latest duel in which this version was the challenger."""
    mine = select(duels).where(duels.c.challenger == model_id).order_by(duels.c.id.desc()).limit(1)
    row = tx.execute(mine).mappings().first()
    return None if row is None else _record(row)


def held(tx: Tx) -> set[int]:
    """The texts that the running duel asked about: none of them may train before it has ended."""
    asked = select(tasks_.c.text_id).join(duel_texts, duel_texts.c.task_id == tasks_.c.id)
    return set(tx.scalars(asked.join(duels, duels.c.id == duel_texts.c.duel_id).where(duels.c.running)))


def words(duel: Duel) -> str:
    """Where it stands, or how it ended, as a sentence."""
    if duel.verdict:
        return duel.reason
    so_far = {name: duel.standing.get(name, 0) for name in ("labels", "wins", "losses", "ties")}
    low, high = duel.standing.get("interval", (-1.0, 1.0))
    gain = {"gain": 100 * duel.standing.get("gain", 0.0), "low": 100 * low, "high": 100 * high}
    judgement = Message(f"duel.judgement.{duel.judgement}")
    return Message(
        "duel.going", champion=duel.champion, judgement=judgement, most=duel.rule.most, **so_far, **gain
    )


def told(duel: Duel) -> dict[str, Any]:
    """The duel as JSON has it."""
    return {
        "champion": duel.champion,
        "challenger": duel.challenger,
        "judgement": duel.judgement.value,
        "state": "ended" if duel.verdict else "running",
        "verdict": duel.verdict or None,
        "reason": str(words(duel)),
        "texts": duel.share.texts,
        "disagreements": duel.share.disagreements,
        **asdict(duel.rule),
        **duel.standing,
        "started_at": duel.started_at.isoformat(),
        "ended_at": duel.ended_at and duel.ended_at.isoformat(),
    }


# --- steps ---------------------------------------------------------------------------------


def _step(tx: Tx, duel: Duel, now: datetime) -> Duel:
    """Measure where a running duel stands; conclude it, or ask on."""
    if _moot(tx, duel, now):
        return get(tx, duel.id)
    outcomes, readers = _outcomes(tx, duel)
    found = standing(duel.share, outcomes, duel.rule, _left(tx, duel), readers)
    values: dict[str, Any] = {"standing": _plain(found)}
    if found.verdict is not None:
        reason = _reason(duel, found)
        values |= {"running": None, "verdict": found.verdict.value, "reason": reason, "ended_at": now}
        _conclude(tx, duel, found.verdict, reason, now)
    tx.execute(update(duels).where(duels.c.id == duel.id).values(values))
    if found.verdict is None:
        _ask(tx, duel, duel.rule.most - len(outcomes), now)
    return get(tx, duel.id)


def _outcomes(tx: Tx, duel: Duel) -> tuple[list[int], list[str]]:
    """Of the labels that count, in the order in which they were given, and who gave each. One that leaves out
    what the duel is about says nothing of it."""
    said = (answers.c.user, answers.c.sentiment, answers.c.topics, answers.c.companies)
    mine = select(duel_texts, *said)
    mine = mine.join(answers, answers.c.task_id == duel_texts.c.task_id)
    mine = mine.where(duel_texts.c.duel_id == duel.id, COUNTS).order_by(answers.c.id)
    found, readers = [], []
    for row in tx.execute(mine):
        truth: object = row.sentiment
        if duel.judgement is Judgement.TOPIC:
            truth = row.topics
        elif duel.judgement is Judgement.COMPANY:
            truth = row.companies.get(row.company)
        if truth is not None:
            found.append(outcome(truth, row.champion, row.challenger))
            readers.append(row.user)
    return found[: duel.rule.most], readers[: duel.rule.most]


def _left(tx: Tx, duel: Duel) -> int:
    """Texts that are open or not yet asked."""
    open_ = select(func.count()).select_from(duel_texts).join(tasks_, isouter=True)
    waits = (duel_texts.c.task_id.is_(None)) | (tasks_.c.state == TaskState.OPEN.value)
    return tx.scalar(open_.where(duel_texts.c.duel_id == duel.id, waits)) or 0


def _ask(tx: Tx, duel: Duel, wanted: int, now: datetime) -> None:
    """Open tasks until AHEAD are, or as many as labels are `wanted`."""
    mine = duel_texts.c.duel_id == duel.id
    waiting = select(func.count()).select_from(duel_texts).join(tasks_)
    opened = tx.scalar(waiting.where(mine, tasks_.c.state == TaskState.OPEN.value)) or 0
    room = min(AHEAD, wanted) - opened
    following = select(duel_texts.c.place, duel_texts.c.article_id).where(
        mine, duel_texts.c.task_id.is_(None)
    )
    if room <= 0:
        return
    share = min(1.0, duel.rule.most / max(duel.share.disagreements, 1))
    decision = Routed(Route.REVIEW, Message("duel.asked"), share)
    for row in tx.execute(following.order_by(duel_texts.c.place).limit(room)).all():
        task = tasks.ask(tx, row.article_id, Lane.DUEL, decision, 0.0, now)
        if task is not None:
            here = and_(mine, duel_texts.c.place == row.place)
            tx.execute(update(duel_texts).where(here).values(task_id=task.id))


def _conclude(tx: Tx, duel: Duel, verdict: Decision, reason: str, now: datetime) -> None:
    _close(tx, duel, now)
    promoted = verdict in (Decision.SUPERIOR, Decision.NOT_INFERIOR)
    done = "model.refuse"
    if promoted:
        done = "model.promote" if shadows.admit(tx, duel.challenger, reason, now) else "model.shadow"
    else:
        models.refuse(tx, duel.challenger, reason, now)
    version = models.get(tx, duel.challenger)
    detail = {"reason": reason, "parent": duel.champion, "duel": duel.id, "data": version.snapshot}
    audit.write(tx, now, _SYSTEM, done, duel.challenger, detail)


def _moot(tx: Tx, duel: Duel, now: datetime) -> bool:
    """Whether the duel was overtaken by events; then it is ended."""
    if models.contends(tx, duel.challenger, duel.champion):
        return False
    serving = models.champion(tx)
    _overtake(tx, duel, serving.id if serving else "", now)
    return True


def _overtake(tx: Tx, duel: Duel, by: str, now: datetime) -> None:
    reason = Message("duel.overtaken", serving=by)
    _close(tx, duel, now)
    ended = {"running": None, "verdict": OVERTAKEN, "reason": reason, "ended_at": now}
    tx.execute(update(duels).where(duels.c.id == duel.id).values(ended))
    if models.get(tx, duel.challenger).state is ModelState.CHALLENGER:
        models.refuse(tx, duel.challenger, reason, now)


def _close(tx: Tx, duel: Duel, now: datetime) -> None:
    """Withdraw what is still asked."""
    mine = select(duel_texts.c.task_id).where(duel_texts.c.duel_id == duel.id)
    still = tasks_.c.id.in_(mine) & (tasks_.c.state == TaskState.OPEN.value)
    gone = list(tx.scalars(select(tasks_.c.id).where(still)))
    tasks.close(tx, gone, TaskState.WITHDRAWN, now)


def _reason(duel: Duel, found: Standing) -> Message:
    low, high = found.interval
    numbers = Message(
        "duel.numbers",
        n=found.labels,
        judgement=Message(f"duel.judgement.{duel.judgement}"),
        wins=found.wins,
        losses=found.losses,
        ties=found.ties,
        share=duel.share.disagreements / max(duel.share.texts, 1),
        texts=duel.share.texts,
        gain=100 * found.gain,
        low=100 * low,
        high=100 * high,
        level=duel.rule.level,
    )
    assert found.verdict is not None
    most = {"most": 100 * duel.rule.max_drop} if found.verdict is Decision.NOT_INFERIOR else {}
    return Message(f"duel.{found.verdict}", numbers=numbers, **most)


def _plain(found: Standing) -> dict[str, Any]:
    return {
        "labels": found.labels,
        "wins": found.wins,
        "losses": found.losses,
        "ties": found.ties,
        "gain": found.gain,
        "interval": list(found.interval),
        "evidence": {
            "superior": found.superior,
            "not_inferior": found.not_inferior,
            "worse": found.worse,
        },
    }


def _record(row: RowMapping) -> Duel:
    return Duel(
        id=row["id"],
        champion=row["champion"],
        challenger=row["challenger"],
        judgement=Judgement(row["judgement"]),
        share=Share(row["texts"], row["disagreements"]),
        rule=Rule(row["level"], row["max_drop"], row["most"]),
        started_at=row["started_at"],
        ended_at=row["ended_at"],
        verdict=row["verdict"],
        reason=row["reason"],
        standing=row["standing"],
    )


def shown(tx: Tx, article_ids: Sequence[int]) -> list[Article]:
    """The articles of candidates, with what they mention."""
    return articles_.get_many(tx, article_ids)
