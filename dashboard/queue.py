"""Queue: one article, one key. 1 negative, 2 neutral, 3 positive, S skip, Z undo."""

from __future__ import annotations

import streamlit as st

from monitor.desk import TaskView
from monitor.errors import ConflictError, MonitorError, NotFoundError
from monitor.records import SENTIMENTS, likeliest
from monitor_dashboard import markup
from monitor_dashboard.explanation import explain
from monitor_dashboard.frame import Frame, failed, html

_ICONS = {
    "negative": ":material/trending_down:",
    "neutral": ":material/trending_flat:",
    "positive": ":material/trending_up:",
}


def show(frame: Frame) -> None:
    say = frame.say
    st.title(say("page.queue"))
    if not frame.is_analyst:
        st.info(say("queue.role"))
        return
    _figures(frame)
    message = st.session_state.pop("queue-message", None)
    if message:
        st.toast(message)
    task = _current(frame)
    article_column, answer_column = st.columns([3, 2], gap="medium")
    with answer_column:
        _answers(frame, task)
    with article_column:
        if task is None:
            st.success(say("queue.empty"), icon=":material/done_all:")
        else:
            _article(frame, task)


def _current(frame: Frame) -> TaskView | None:
    """The task on the desk; a new one is claimed where there is none."""
    pile: list[TaskView] = st.session_state.setdefault("queue-pile", [])
    if not pile:
        pile.extend(frame.desk.tasks(1))
    return pile[0] if pile else None


def _figures(frame: Frame) -> None:
    say, stats = frame.say, frame.desk.queue_stats()
    columns = st.columns(3)
    columns[0].metric(say("queue.left"), f"{stats['open']:,}", border=True)
    columns[1].metric(say("queue.mine"), f"{stats['by_user'].get(frame.desk.user.name, 0):,}", border=True)
    columns[2].metric(say("queue.labels"), f"{stats['labels']:,}", border=True)


def _article(frame: Frame, view: TaskView) -> None:
    say, article = frame.say, view.article
    tags = markup.tag(say("sample"), "sample") if article.sample else ""
    tags += "".join(markup.tag(frame.company(company)) for company in article.named)
    marked = markup.highlighted(article.title, article.mentions)
    source = markup.link(frame.source(article.source), article.url)
    with st.container(border=True, key="queue-article"):
        html(
            f'<div class="m-meta">{tags}{source} · {frame.published(article)}</div>'
            f'<div class="m-title"><bdi>{marked}</bdi></div>'
            f'<div class="m-text"><bdi>{markup.highlighted(article.text, article.mentions)}</bdi></div>'
        )


def _answers(frame: Frame, view: TaskView | None) -> None:
    say = frame.say
    with st.container(border=True):
        st.markdown(f"**{say('queue.question')}**")
        for key, sentiment in enumerate(SENTIMENTS, start=1):
            st.button(
                say(sentiment),
                key=f"queue-{sentiment}",
                icon=_ICONS[sentiment],
                shortcut=str(key),
                width="stretch",
                disabled=view is None,
                on_click=_label,
                args=(frame, sentiment),
            )
        with st.container(horizontal=True):
            st.button(
                say("queue.skip"),
                key="queue-skip",
                shortcut="S",
                icon=":material/skip_next:",
                disabled=view is None,
                width="stretch",
                on_click=_skip,
                args=(frame,),
            )
            st.button(
                say("queue.undo"),
                key="queue-undo",
                shortcut="Z",
                icon=":material/undo:",
                width="stretch",
                on_click=_undo,
                args=(frame,),
            )
        st.caption(say("queue.keys"))
    if view is None:
        return
    if st.toggle(say("queue.topics"), key="queue-with-topics"):
        _topics(frame, view)
    blind = st.toggle(say("queue.blind"), key="queue-blind", help=say("queue.blind.help"))
    if blind:
        return
    with st.container(border=True):
        if view.prediction is not None:
            st.markdown(f"**{say('queue.guess')}**")
            html(markup.bars(view.prediction.sentiment, {name: say(name) for name in SENTIMENTS}))
            chosen = "".join(markup.tag(frame.topic(name)) for name in view.prediction.chosen_topics())
            html(f'<div class="m-meta">{say("topics")}: {chosen}</div>')
            named = "".join(
                markup.towards(frame.company(company), likeliest(view.prediction.towards(company)))
                for company in view.article.named
            )
            if named:
                html(f'<div class="m-meta">{say("queue.towards")}: {named}</div>')
            explain(frame, view.article, view.prediction.chosen_topics(), "queue-why")
        why = f"{say(f'lane.{view.task.lane}')}: {frame.said(view.task.reason)}"
        html(f'<div class="m-meta">{say("queue.why")}</div><div class="m-why">{markup.escape(why)}</div>')


def _topics(frame: Frame, view: TaskView) -> None:
    names = [topic.name for topic in frame.desk.topics()]
    guessed = view.prediction.chosen_topics() if view.prediction else ()
    blind = st.session_state.get("queue-blind", False)
    st.pills(
        frame.say("topics"),
        names,
        selection_mode="multi",
        default=[] if blind else [name for name in guessed if name in names],
        format_func=frame.topic,
        key=f"queue-topics-{view.task.id}",
        label_visibility="collapsed",
    )


def _label(frame: Frame, sentiment: str) -> None:
    task = st.session_state["queue-pile"].pop(0).task
    topics = st.session_state.get(f"queue-topics-{task.id}")
    judged = st.session_state.get("queue-with-topics") and topics is not None
    try:
        frame.desk.label(task.id, sentiment, topics if judged else None)
        message = frame.say("queue.labelled", sentiment=frame.say(sentiment))
    except (ConflictError, NotFoundError):
        message = frame.say("queue.taken")
    except MonitorError as error:
        failed(frame, error)
        return
    st.session_state["queue-message"] = message


def _skip(frame: Frame) -> None:
    task = st.session_state["queue-pile"].pop(0).task
    try:
        frame.desk.skip(task.id)
        message = frame.say("queue.skipped")
    except (ConflictError, NotFoundError):
        message = frame.say("queue.taken")
    st.session_state["queue-message"] = message


def _undo(frame: Frame) -> None:
    view = frame.desk.undo()
    if view is None:
        st.session_state["queue-message"] = frame.say("queue.nothing_to_undo")
        return
    st.session_state.setdefault("queue-pile", []).insert(0, view)
    st.session_state["queue-message"] = frame.say("queue.undone")
