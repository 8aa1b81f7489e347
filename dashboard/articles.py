"""Articles: search in both languages, filters, and one article with all that is known of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from monitor.desk import Towards
from monitor.errors import NotFoundError
from monitor.records import SENTIMENTS
from monitor_dashboard import filters, markup
from monitor_dashboard.correction import Judged, correct
from monitor_dashboard.discussion import comments, whole_story
from monitor_dashboard.frame import Frame, article_rows, html

PAGE = 30


def show(frame: Frame) -> None:
    if st.query_params.get("id"):
        _one(frame, filters.number("id"))
    else:
        _search(frame)


def _search(frame: Frame) -> None:
    say, desk = frame.say, frame.desk
    st.title(say("page.articles"))
    topics = {topic.name: frame.topic(topic.name) for topic in desk.topics()}
    companies = {company.id: company.name for company in desk.companies()}
    sources = dict(desk.source_titles())
    words = st.container()
    sentiment, topic, company, source, first, last = st.columns([5, 5, 5, 5, 6, 6])
    asked = {
        "text": filters.typed(words, "text", say("search"), say("search.hint"), say("search.help")),
        "sentiment": _chosen(
            frame, sentiment, "sentiment", "filter.sentiment", {name: say(name) for name in SENTIMENTS}
        ),
        "topic": _chosen(frame, topic, "topic", "topic", topics),
        "company": _chosen(frame, company, "company", "filter.company", companies),
        "source": _chosen(frame, source, "source", "filter.source", sources),
        "since": filters.starts(frame, filters.day(frame, first, "from", say("filter.from"))),
        "until": filters.starts(frame, filters.day(frame, last, "to", say("filter.to")), 1),
    }
    hours = filters.lately(frame)
    before = filters.page("before", (asked, hours))
    if hours:
        bounds = (asked["since"], frame.now - timedelta(hours=hours))
        asked["since"] = max(bound for bound in bounds if isinstance(bound, datetime))
    found = desk.articles(**asked, limit=PAGE + 1, before_id=before)
    since = asked["since"] if isinstance(asked["since"], datetime) else None
    kept_since = desk.texts_kept_since(since) if asked["text"] else None
    if kept_since is not None:
        st.caption(say("articles.kept_since", day=f"{kept_since:%Y-%m-%d}"))
    if not found:
        st.info(say("articles.none"))
        return
    with st.container(border=True):
        article_rows(frame, found[:PAGE], str(asked["company"]))
    filters.turn(frame, "before", before, found[PAGE - 1].article.id if len(found) > PAGE else 0)


def _chosen(frame: Frame, place: DeltaGenerator, name: str, label: str, titles: Mapping[str, str]) -> str:
    return filters.chosen(frame, place, name, frame.say(label), list(titles), lambda one: titles[one])


def _company(frame: Frame, company_id: str, towards: Towards) -> str:
    share = f" {towards.confidence:.0%}" if towards.sentiment else ""
    tag = markup.tag(f"{frame.sentiment(towards.sentiment)}{share}", towards.sentiment)
    return f'<div class="m-event">{tag}<bdi>{markup.escape(frame.company(company_id))}</bdi></div>'


def _one(frame: Frame, article_id: int) -> None:
    say = frame.say
    filters.back(frame, "article.back")
    try:
        detail = frame.desk.article(article_id)
    except NotFoundError:
        st.warning(say("article.missing"))
        return
    article, prediction = detail.article, detail.prediction
    left, right = st.columns([3, 2], gap="medium")
    with left, st.container(border=True):
        tags = markup.tag(say("sample"), "sample") if article.sample else ""
        names = [name for name in (frame.source(article.source), article.author) if name]
        whence = [*(f"<bdi>{markup.escape(name)}</bdi>" for name in names), frame.published(article)]
        html(
            f'<div class="m-meta">{tags}{" · ".join(whence)}</div>'
            f'<div class="m-title">{markup.link(article.title, article.url)}</div>'
            f'<div class="m-text"><bdi>{markup.highlighted(article.text, article.mentions)}</bdi></div>'
        )
        if detail.body_removed_at is not None:
            st.info(say("article.removed", day=f"{detail.body_removed_at:%Y-%m-%d}"))
    with right:
        if prediction is not None:
            with st.container(border=True):
                st.markdown(f"**{say('queue.guess')}**")
                html(markup.bars(prediction.sentiment, {name: say(name) for name in SENTIMENTS}))
                chosen = "".join(markup.tag(frame.topic(name)) for name in prediction.chosen_topics())
                html(f'<div class="m-meta">{say("topics")}: {chosen}</div>')
                if detail.decision is not None:
                    why = f"{say(f'route.{detail.decision.route}')}: {frame.said(detail.decision.reason)}"
                    html(f'<div class="m-why">{markup.escape(why)}</div>')
        if detail.labelled:
            with st.container(border=True):
                st.markdown(f"**{say('article.labelled')}**")
                topics = "".join(markup.tag(frame.topic(name)) for name in detail.topics)
                html(f"{markup.tag(frame.sentiment(detail.sentiment), detail.sentiment)}{topics}")
        if detail.body_removed_at is None:
            correct(frame, Judged.of_detail(detail), f"correct-{article_id}")
        if detail.companies:
            with st.container(border=True):
                st.markdown(f"**{say('article.companies')}**")
                html("".join(_company(frame, one, towards) for one, towards in detail.companies.items()))
        comments(frame, article_id)
        with st.container(border=True):
            st.markdown(f"**{say('article.story')}**")
            if detail.story:
                article_rows(frame, detail.story)
            page = frame.link("stories", id=article.story_id)
            html(f'<div class="m-meta">{markup.leading(say("article.whole_story"), page)}</div>')
            if detail.story:
                whole_story(frame, article.story_id)
