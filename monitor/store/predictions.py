"""What models say of articles; one prediction per article is current."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, delete, insert, select, update

from monitor.detection.rollups import NEGATIVE, WHOLE
from monitor.errors import NotFoundError
from monitor.messages import Message
from monitor.records import Decision, Prediction, Route, likeliest
from monitor.store import dialect, rollups, texts
from monitor.store.dialect import Tx
from monitor.store.schema import (
    answers,
    article_topics,
    articles,
    company_sentiments,
    mentions,
    predictions,
    stories,
)
from monitor.store.standing import COUNTS


def put(
    tx: Tx,
    article_id: int,
    prediction: Prediction,
    decision: Decision,
    topics: Sequence[str],
    now: datetime,
) -> None:
    """Store `prediction` as the article's current one, replacing the same model's earlier one.

    `topics` are those chosen from its probabilities. Raises NotFoundError for an unknown article.
    """
    # Two processes may classify the same article; the row lock puts them in line.
    if (
        tx.scalar(select(articles.c.id).where(articles.c.id == article_id).with_for_update(key_share=True))
        is None
    ):
        raise NotFoundError(Message("articles.none", article=article_id))
    # What was judged before and is judged again, edited or by another model, is no news.
    judged = select(predictions.c.model).where(predictions.c.article_id == article_id)
    first = tx.scalar(judged.limit(1)) is None
    withdraw(tx, article_id, now)
    anew = {"current": True, "superseded_at": None}
    values = {**row(prediction, decision, topics, now), **anew}
    statement = dialect.insert(tx, predictions).values(
        article_id=article_id, model=prediction.model, **values
    )
    tx.execute(statement.on_conflict_do_update(index_elements=["article_id", "model"], set_=values))
    tx.execute(update(articles).where(articles.c.id == article_id).values(pending=False))
    settle(tx, article_id, now, fresh=first)


def put_beside(
    tx: Tx, article_id: int, prediction: Prediction, route: Route, reason: str, now: datetime
) -> None:
    """Store what a version says of an article beside its current prediction, with where it would have sent
    it; nothing but what is about this version reads it. Said before, it stays as it was said."""
    statement = dialect.insert(tx, predictions).values(
        article_id=article_id,
        model=prediction.model,
        **row(prediction, Decision(route, reason), prediction.chosen_topics(), now),
        current=False,
    )
    tx.execute(statement.on_conflict_do_nothing(index_elements=["article_id", "model"]))


def current(tx: Tx, article_id: int) -> tuple[Prediction, Decision] | None:
    """The article's current prediction and where it was routed."""
    return of(tx, [article_id]).get(article_id)


def of(tx: Tx, article_ids: Sequence[int]) -> dict[int, tuple[Prediction, Decision]]:
    """The current predictions of several articles; those without one are left out."""
    rows = tx.execute(
        select(predictions).where(predictions.c.article_id.in_(article_ids), predictions.c.current)
    )
    return {row.article_id: record(row._mapping) for row in rows}


def by(tx: Tx, article_ids: Sequence[int], model: str) -> dict[int, Prediction]:
    """What a model said of several articles, current or not; those it was not asked about are left out."""
    found = {}
    for first in range(0, len(article_ids), 1000):
        some = article_ids[first : first + 1000]
        asked = (predictions.c.article_id.in_(some), predictions.c.model == model)
        for row in tx.execute(select(predictions).where(*asked)):
            found[row.article_id] = record(row._mapping)[0]
    return found


def record(row: RowMapping) -> tuple[Prediction, Decision]:
    """A row of `predictions` as records."""
    prediction = Prediction(
        sentiment=row["sentiment"],
        topics=row["topics"],
        model=row["model"],
        unsupported=row["unsupported"],
        companies=row["companies"],
        temperature=row["temperature"],
    )
    return prediction, Decision(route=Route(row["route"]), reason=row["reason"])


def row(prediction: Prediction, decision: Decision, topics: Sequence[str], now: datetime) -> dict[str, Any]:
    """What is stored of a prediction made `now`, beside its article and version."""
    return {
        "sentiment": dict(prediction.sentiment),
        "topics": dict(prediction.topics),
        "companies": {company: dict(towards) for company, towards in prediction.companies.items()},
        "chosen": list(topics),
        "label": prediction.label,
        "confidence": prediction.confidence,
        "temperature": prediction.temperature,
        "unsupported": prediction.unsupported,
        "route": decision.route.value,
        "reason": decision.reason,
        "created_at": now,
    }


def withdraw(tx: Tx, article_id: int, now: datetime) -> None:
    """Leave the article without a current prediction; call `settle` after. What was said stays, with the
    time until which it was current."""
    tx.execute(
        update(predictions)
        .where(predictions.c.article_id == article_id, predictions.c.current)
        .values(current=False, superseded_at=now)
    )


def settle_text(tx: Tx, text_id: int, now: datetime) -> None:
    """`settle` every article that carries this text."""
    for article_id in texts.copies(tx, text_id):
        settle(tx, article_id, now)


def settle(tx: Tx, article_id: int, now: datetime, *, fresh: bool = False) -> None:
    """Write down what counts for an article: the label that counts, else the current prediction.

    To be called in the transaction of every change to either, or to the article's mentions.
    Keeping the result beside the article lets pages, counts and trends read it without joining
    labels and predictions.

    A label is about the text, and so about every article that carries it: the one that was decided between
    several, else the newest. It is about the companies it judges by themselves, and about a
    company too where the article mentions no other. Else what the prediction says of a company
    stands, and a company it says nothing of fares as the article does. The counts follow at the end of the
    transaction, as of `now`; `fresh` as `rollups.touch` says.
    """
    rollups.touch(tx, [article_id], now, fresh=fresh)
    label = tx.execute(
        select(answers.c.sentiment, answers.c.topics, answers.c.companies)
        .join(articles, articles.c.text_id == answers.c.text_id)
        .where(
            articles.c.id == article_id,
            COUNTS,
        )
        .order_by(answers.c.gold.desc(), answers.c.id.desc())
        .limit(1)
    ).first()
    prediction = tx.execute(
        select(
            predictions.c.label,
            predictions.c.confidence,
            predictions.c.chosen,
            predictions.c.companies,
            predictions.c.sentiment,
        ).where(predictions.c.article_id == article_id, predictions.c.current)
    ).first()
    sentiment, confidence, topics = "", 0.0, []
    said: Mapping[str, float] = {}
    if prediction:
        sentiment, confidence, topics = prediction.label, prediction.confidence, prediction.chosen
        said = prediction.sentiment
    if label:
        sentiment, confidence = label.sentiment, 1.0
        topics = topics if label.topics is None else label.topics
        said = {sentiment: 1.0}
    settled = {"sentiment": sentiment, "confidence": confidence}
    weighed = {**settled, "negative": millionths(said)}
    tx.execute(update(articles).where(articles.c.id == article_id).values(weighed))
    tx.execute(update(stories).where(stories.c.article_id == article_id).values(settled))
    tx.execute(delete(article_topics).where(article_topics.c.article_id == article_id))
    if topics:
        rows = [{"article_id": article_id, "topic": topic} for topic in dict.fromkeys(topics)]
        tx.execute(insert(article_topics), rows)
    tx.execute(delete(company_sentiments).where(company_sentiments.c.article_id == article_id))
    if not sentiment:
        return
    named = select(mentions.c.company_id).where(mentions.c.article_id == article_id).distinct()
    companies = tx.scalars(named).all()
    judged = prediction.companies if prediction and not (label and len(companies) == 1) else {}
    labelled = label.companies if label else {}
    rows = []
    for company in companies:
        likely = judged.get(company, said)
        if company in labelled:
            likely = {labelled[company]: 1.0}
        best = likeliest(likely)
        towards = {"article_id": article_id, "company_id": company, "sentiment": best}
        towards["confidence"] = likely[best]
        rows.append({**towards, "negative": millionths(likely)})
    if rows:
        tx.execute(insert(company_sentiments), rows)


def millionths(likely: Mapping[str, float]) -> int:
    """The weight of a judgement in the counts."""
    return round(likely.get(NEGATIVE, 0.0) * WHOLE)
