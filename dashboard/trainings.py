"""The training on the models page: how far it is or how it ended, whoever asked and wherever it runs."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeVar

import streamlit as st

from monitor.errors import MonitorError
from monitor.messages import Message
from monitor.records import ACTIVE, Training, TrainingState
from monitor_dashboard import markup
from monitor_dashboard.frame import Frame, attempt, failed, html

EVERY_SECONDS = 3
"""How often a training that is under way is looked at again."""

T = TypeVar("T")


def show(frame: Frame) -> None:
    """The training that is open, or how the last one ended; nothing where there was none."""
    found = frame.desk.trainings(1)
    if not found:
        return
    if found[0].state in ACTIVE:
        st.fragment(partial(_under_way, frame), run_every=EVERY_SECONDS)()
        return
    _told(frame, found[0])


def begin(frame: Frame) -> None:
    """The button that asks for one."""
    label, hint = frame.say("models.train"), frame.say("models.train.help")
    is_open = any(training.state in ACTIVE for training in frame.desk.trainings(1))
    if st.button(label, type="primary", icon=":material/model_training:", help=hint, disabled=is_open):
        attempt(frame, lambda: frame.desk.train("dashboard"), "models.started")


def confirmed(
    frame: Frame,
    label: str,
    key: str,
    act: Callable[[], T],
    done: Callable[[T], str],
    hint: str = "",
) -> None:
    """A button that asks once more before it does something; `done` says what it did."""
    what = frame.say(label)
    with st.popover(what, key=f"{label}-{key}", help=hint or None):
        sure = frame.say("models.confirm", what=what.lower())
        if not st.button(sure, key=f"{label}-{key}-yes", type="primary"):
            return
        try:
            result = act()
        except MonitorError as error:
            failed(frame, error)
            return
    st.toast(markup.plain(done(result)))
    st.rerun()


def _under_way(frame: Frame) -> None:
    """Looked at again by itself; once the training has ended, the page is."""
    found = frame.desk.trainings(1)
    if not found or found[0].state not in ACTIVE:
        st.rerun()
    training = found[0]
    _heading(frame, training, frame.say("training.title"))
    if training.state is TrainingState.QUEUED:
        st.caption(frame.say("training.waits"))
    else:
        share = training.done / training.total if training.total else 0.0
        text = f"{frame.said(training.stage)}: {_left(frame, training)}" if training.stage else ""
        st.progress(min(max(share, 0.0), 1.0), text=markup.plain(text))
    if frame.is_admin and training.state is not TrainingState.CANCELLING:
        _cancel(frame, training)


def _told(frame: Frame, training: Training) -> None:
    """How a training ended: a success as one, a refusal as the verdict that it is."""
    _heading(frame, training, frame.say("training.last"))
    outcome = markup.plain(frame.said(training.outcome))
    if training.verdict == "promoted":
        st.success(outcome, icon=":material/check_circle:")
    elif training.state is TrainingState.FAILED:
        st.error(outcome, icon=":material/error:")
    elif training.state is TrainingState.INTERRUPTED:
        st.warning(outcome, icon=":material/pause_circle:")
        if frame.is_admin:
            with st.container(horizontal=True):
                hint = frame.say("training.resume.help")
                act, done = partial(frame.desk.resume, training.id), partial(_did, frame, "training.resumed")
                confirmed(frame, "training.resume", training.id, act, done, hint)
                _cancel(frame, training)
    else:
        st.info(outcome, icon=":material/gavel:" if training.verdict else ":material/cancel:")


def _heading(frame: Frame, training: Training, title: str) -> None:
    state = frame.said(Message(f"training.state.{training.state}"))
    by = frame.say(
        "training.by",
        why=frame.said(training.why),
        user=f"{training.asked_by} ({training.address})" if training.address else training.asked_by,
        via=frame.say(f"training.via.{training.via}"),
        at=frame.clock(training.asked_at),
    )
    tried = f" · {frame.say('training.tried', n=training.attempts)}" if training.attempts > 1 else ""
    html(
        f'<div class="m-title">{markup.tag(state)}{markup.escape(title)}</div>'
        f'<div class="m-meta">{markup.escape(by + tried)}</div>'
    )


def _left(frame: Frame, training: Training) -> str:
    minutes = training.minutes_left
    if minutes is None:
        return frame.say("training.unknown")
    return frame.say("training.soon") if minutes < 1 else frame.say("training.left", n=round(minutes))


def _cancel(frame: Frame, training: Training) -> None:
    hint = frame.say("training.cancel.help")
    act, done = partial(frame.desk.cancel, training.id), partial(_did, frame, "training.cancelled")
    confirmed(frame, "training.cancel", training.id, act, done, hint)


def _did(frame: Frame, key: str, training: Training) -> str:
    return frame.say(key, id=training.id)
