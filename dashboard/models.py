"""Models: which one serves, how good each is, and changing it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from monitor.errors import MonitorError
from monitor.records import ModelState, ModelVersion
from monitor_dashboard import markup
from monitor_dashboard.figures import figures
from monitor_dashboard.frame import Frame, failed, html


def show(frame: Frame) -> None:
    say, desk = frame.say, frame.desk
    st.title(say("page.models"))
    versions = desk.models()
    champion = next((v for v in versions if v.state is ModelState.CHAMPION), None)
    with st.container(border=True):
        st.subheader(say("models.champion"))
        if champion is None:
            st.caption(say("models.none"))
        else:
            _version(frame, champion)
        _training(frame)
        if frame.is_admin:
            _actions(frame, versions)
        else:
            st.caption(say("models.admin"))
    others = [version for version in versions if version is not champion]
    if others:
        st.subheader(say("models.versions"))
    for version in others:
        with st.container(border=True):
            words, button = st.columns([6, 1], vertical_alignment="center")
            with words:
                _version(frame, version)
            if frame.is_admin and version.state is not ModelState.REFUSED:
                with button:
                    _confirmed(frame, "models.promote", version.id, partial(desk.promote, version.id))
    with st.expander(say("plugins")):
        _plugins(frame)


def _version(frame: Frame, version: ModelVersion) -> None:
    origin = frame.say("models.parent", id=version.parent) if version.parent else version.kind
    html(
        f'<div class="m-title">{markup.tag(frame.say(f"state.{version.state}"), version.state)}'
        f"{markup.escape(version.id)}</div>"
        f'<div class="m-meta">{frame.clock(version.created_at)} · {markup.escape(origin)} · '
        f"{markup.escape(version.digest[:12])}"
        + (
            f'</div><div class="m-why">{markup.escape(frame.said(version.reason))}</div>'
            if version.reason
            else "</div>"
        )
    )
    if version.state is ModelState.CHALLENGER and (duel := frame.desk.duel(version.id)):
        st.info(markup.plain(frame.said(duel["reason"])), icon=":material/swords:")
    told = figures(frame.say, version.metrics)
    if told:
        html("".join(markup.explained_by(figure.words, figure.metrics) for figure in told))
    behaviour = version.metrics.get("behaviour")
    if isinstance(behaviour, Mapping):
        _behaviour(frame, behaviour)


def _behaviour(frame: Frame, rates: Mapping[str, Any]) -> None:
    """Pass rates of the check-list, beside those of the champion it was compared with."""
    say, before = frame.say, rates.get("champion", {}).get("capabilities", {})
    rows = [
        (_capability(frame, name), one["cases"], one["passed"], before.get(name, {}).get("passed"))
        for name, one in rates.get("capabilities", {}).items()
    ]
    columns = [say(f"behaviour.{column}") for column in ("name", "cases", "passed", "champion")]
    with st.expander(say("behaviour.title", passed=f"{rates['passed']:.0%}", cases=rates["cases"])):
        shares = st.column_config.NumberColumn(format="percent")
        st.dataframe(
            pd.DataFrame(rows, columns=columns),
            hide_index=True,
            column_config={columns[2]: shares, columns[3]: shares},
        )


def _capability(frame: Frame, name: str) -> str:
    try:
        return frame.say(f"behaviour.{name}")
    except KeyError:
        return name


def _training(frame: Frame) -> None:
    say, run = frame.say, frame.desk.training()
    st.caption(f"{say('models.new_labels')}: {frame.desk.new_labels():,}")
    if run is None:
        return
    if run.state == "running":
        st.info(say("models.training", at=frame.clock(run.started_at)), icon=":material/hourglass_top:")
        return
    at = frame.clock(run.finished_at or run.started_at)
    detail = markup.plain(frame.said(run.detail) or run.state)
    show_run = st.error if run.state == "failed" else st.info
    show_run(say("models.trained", at=at, detail=detail))


def _actions(frame: Frame, versions: list[ModelVersion]) -> None:
    say = frame.say
    with st.container(horizontal=True):
        label, hint = say("models.train"), say("models.train.help")
        if st.button(label, type="primary", icon=":material/model_training:", help=hint):
            try:
                frame.desk.train()
            except MonitorError as error:
                failed(frame, error)
            else:
                st.toast(say("models.started"))
                st.rerun()
        if any(version.state is ModelState.RETIRED for version in versions):
            _confirmed(frame, "models.rollback", "", frame.desk.rollback, say("models.rollback.help"))


def _confirmed(frame: Frame, label: str, key: str, act: Callable[[], ModelVersion], hint: str = "") -> None:
    """A button that asks once more before it changes what serves."""
    what = frame.say(label)
    with st.popover(what, key=f"{label}-{key}", help=hint or None):
        sure = frame.say("models.confirm", what=what.lower())
        if not st.button(sure, key=f"{label}-{key}-yes", type="primary"):
            return
        try:
            version = act()
        except MonitorError as error:
            failed(frame, error)
            return
    st.toast(markup.plain(frame.say("models.promoted", id=version.id)))
    st.rerun()


def _kind(frame: Frame, kind: str) -> str:
    """What a plugin brings ("source rss"), the group in the reader's language."""
    group, _, name = kind.partition(" ")
    return f"{_named(frame, 'group', group)} {name}".strip()


def _named(frame: Frame, of: str, name: str) -> str:
    try:
        return frame.say(f"plugins.{of}.{name}")
    except KeyError:
        return name


def _plugins(frame: Frame) -> None:
    rows = []
    for plugin in frame.desk.plugins():
        state = frame.say("sources.ok")
        if plugin.state == "loading":
            state = frame.say("plugins.loading")
        elif plugin.error:
            state = frame.say("plugins.disabled", error=frame.said(plugin.error))
        kinds = ", ".join(_kind(frame, kind) for kind in plugin.kinds)
        rows.append((plugin.name, _named(frame, "origin", plugin.origin), plugin.version, kinds, state))
    columns = [frame.say(f"plugins.{column}") for column in ("name", "origin", "version", "kinds", "state")]
    st.dataframe(pd.DataFrame(rows, columns=columns), hide_index=True)
