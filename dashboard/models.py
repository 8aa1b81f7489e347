"""Models: which one serves, how good each is, and changing it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from monitor.records import ModelEvent, ModelState, ModelVersion
from monitor_dashboard import markup, measured, portraits, trainings
from monitor_dashboard.figures import figures
from monitor_dashboard.frame import Frame, html, warn_of


def show(frame: Frame) -> None:
    say, desk = frame.say, frame.desk
    st.title(say("page.models"))
    warn_of(frame, "models")
    versions, events = desk.models(), desk.model_events()
    champion = next((v for v in versions if v.state is ModelState.CHAMPION), None)
    with st.container(border=True):
        st.subheader(say("models.champion"))
        if champion is None:
            st.caption(say("models.none"))
        else:
            _version(frame, champion, events.get(champion.id, ()))
            measured.show(frame)
        st.caption(f"{say('models.new_labels')}: {desk.new_labels():,}")
        trainings.show(frame)
        if frame.is_admin:
            _actions(frame, versions)
        else:
            st.caption(say("models.admin"))
    portraits.version(frame, sorted(versions, key=lambda version: version is not champion))
    portraits.curve(frame, portraits.heads(desk.measured()))
    portraits.asking(frame)
    others = [version for version in versions if version is not champion]
    if others:
        st.subheader(say("models.versions"))
    for version in others:
        with st.container(border=True):
            words, button = st.columns([6, 1], vertical_alignment="center")
            with words:
                _version(frame, version, events.get(version.id, ()))
            if frame.is_admin and version.state is not ModelState.REFUSED:
                with button:
                    act = partial(desk.promote, version.id)
                    trainings.confirmed(frame, "models.promote", version.id, act, partial(_now, frame))
    with st.expander(say("plugins")):
        _plugins(frame)


def _version(frame: Frame, version: ModelVersion, events: Sequence[ModelEvent]) -> None:
    origin = frame.say("models.parent", id=version.parent) if version.parent else version.kind
    html(
        f'<div class="m-title">{markup.tag(frame.say(f"state.{version.state}"), version.state)}'
        f"{markup.escape(version.id)}</div>"
        f'<div class="m-meta">{frame.clock(version.created_at)} · {markup.escape(origin)} · '
        f"{markup.escape(version.digest[:12])}"
        "</div>"
    )
    if lineage := _lineage(frame, version):
        html(f'<div class="m-meta">{markup.escape(lineage)}</div>')
    # The gate's verdict, and beside it what decided since.
    for reason in dict.fromkeys(filter(None, (version.reason, *(one.reason for one in events[-1:])))):
        html(f'<div class="m-why">{markup.escape(frame.said(reason))}</div>')
    _certificate(frame, version)
    for user, n in frame.desk.doubted(version.id).items():
        st.warning(markup.plain(frame.say("models.doubted", n=n, user=user)), icon=":material/gpp_maybe:")
    if version.state is ModelState.CHALLENGER and (duel := frame.desk.duel(version.id)):
        st.info(markup.plain(frame.said(duel["reason"])), icon=":material/swords:")
    if version.state is ModelState.CHALLENGER and (shadow := frame.desk.shadow(version.id)):
        st.info(markup.plain(frame.said(shadow["reason"])), icon=":material/contrast:")
    told = figures(frame.say, version.metrics)
    if told:
        html("".join(markup.explained_by(figure.words, figure.metrics) for figure in told))
    behaviour = version.metrics.get("behaviour")
    if isinstance(behaviour, Mapping):
        _behaviour(frame, behaviour)
    if events:
        _trail(frame, events)


def _certificate(frame: Frame, version: ModelVersion) -> None:
    """What is certified, for each group of texts that has a threshold of its own; and the temperature."""
    certificate = version.certificate or {}
    parts = list(certificate.get("parts", {}).values())
    for part in parts if len(parts) > 1 else [certificate]:
        mark = "certified" if part.get("certified") else "uncertified"
        group = markup.tag(frame.said(part["title"])) if part.get("title") else ""
        html(
            f'<div class="m-why">{group}{markup.tag(frame.say(f"certificate.{mark}"))}'
            f"{markup.escape(frame.said(part.get('reason', '')))}</div>"
        )
        if clock := _clock(frame, part):
            html(f'<div class="m-meta">{markup.escape(clock)}</div>')
    if version.temperature != 1:
        told = frame.say("certificate.temperature", temperature=f"{version.temperature:.2f}")
        html(f'<div class="m-meta">{markup.escape(told)}</div>')


def _lineage(frame: Frame, version: ModelVersion) -> str:
    """The data behind a version: how many texts of each side of its snapshot, and by whom; "" where it was
    made elsewhere."""
    say, examples = frame.say, version.metrics.get("examples")
    if not isinstance(examples, Mapping) or not version.snapshot:
        return ""
    parts = []
    for side in ("train", "development", "gold"):
        counts = dict(examples.get(side, {}))
        number = counts.pop("all", 0)
        names = ", ".join(
            f"{say('lineage.analysts') if name == 'analysts' else name} {n:,}" for name, n in counts.items()
        )
        parts.append(say(f"lineage.{side}", n=f"{number:,}") + (f" ({names})" if names else ""))
    return say("lineage", sides=" · ".join(parts), id=version.snapshot[:12])


def _clock(frame: Frame, certificate: Mapping[str, Any]) -> str:
    """When a certificate was made, and what its watch has seen since; "" where there is none in force."""
    made, watching = certificate.get("made_at"), certificate.get("watching") or {}
    if not certificate.get("held") or not made:
        return ""
    at = frame.clock(datetime.fromisoformat(made))
    seen = {"labels": watching.get("labels", 0), "errors": watching.get("errors", 0)}
    return frame.say("certificate.clock", at=at, **seen)


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


def _trail(frame: Frame, events: Sequence[ModelEvent]) -> None:
    """What happened to a version, and whose doing it was."""
    say = frame.say
    with st.expander(say("models.trail", n=len(events))):
        html(
            "".join(
                f'<div class="m-event"><strong>{say(f"models.event.{one.event}")}</strong>'
                f'<span class="m-meta"> · {frame.clock(one.at)} · '
                f"<bdi>{markup.escape(one.user)}</bdi></span>"
                f'<div class="m-why">{markup.escape(frame.said(one.reason))}</div></div>'
                for one in events
            )
        )


def _actions(frame: Frame, versions: list[ModelVersion]) -> None:
    say = frame.say
    with st.container(horizontal=True):
        trainings.begin(frame)
        if any(version.state is ModelState.RETIRED for version in versions):
            hint = say("models.rollback.help")
            trainings.confirmed(frame, "models.rollback", "", frame.desk.rollback, partial(_now, frame), hint)


def _now(frame: Frame, version: ModelVersion) -> str:
    return frame.say("models.promoted", id=version.id)


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
