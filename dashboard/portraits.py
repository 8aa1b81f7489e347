"""How good a version is, where it errs and how sure it is; how good all are by what they were taught; and
what orders the queue. Parts of the models page.

Every picture has its numbers beside it as a table, for who does not see it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from monitor.desk import Point, Portrait
from monitor.records import SENTIMENTS, ModelVersion
from monitor_dashboard import charts, markup
from monitor_dashboard.frame import Frame, html

AUDITS, GOLD = "audits", "gold"
METRICS = ("accuracy", "macro_f1")
TASKS = ("precision", "recall")


def version(frame: Frame, versions: Sequence[ModelVersion]) -> None:
    """One of the versions, to choose: figures beside another's, errors, calibration."""
    say = frame.say
    if not versions:
        return
    st.subheader(say("figures.title"))
    ids = [one.id for one in versions]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.selectbox(say("figures.version"), ids, format_func=lambda id: _named(frame, versions, id))
        found = frame.desk.figures(chosen)
        both = {AUDITS: found.audits, GOLD: found.gold}
        sources = [source for source in (AUDITS, GOLD) if both[source] is not None]
        if not sources:
            return _nothing(frame)
        source = sources[0]
        if len(sources) > 1:
            source = st.segmented_control(
                say("figures.source"),
                sources,
                default=sources[0],
                format_func=lambda one: say(f"figures.of.{one}"),
                required=True,
            )
    shown = both[source]
    assert shown is not None
    st.caption(_whence(frame, shown))
    other, against = (
        (found.serving, found.serving_audits) if source == AUDITS else (found.before, found.before_gold)
    )
    beside, errors, sure = st.tabs([say(f"figures.{part}") for part in ("beside", "errors", "sure")])
    with beside:
        _beside(frame, chosen, shown, other, against)
    with errors:
        _errors(frame, shown)
    with sure:
        _sure(frame, shown)
    return None


def curve(frame: Frame, measured: Mapping[str, Sequence[Mapping[str, float]]]) -> None:
    """The learning curve over versions; and of heads on growing parts of the labels, where it was measured
    (`measured`: by what was drawn)."""
    say, points = frame.say, frame.desk.learning_curve()
    if not points and not measured:
        return
    st.subheader(say("curve.title"))
    if points:
        metric = st.segmented_control(
            say("curve.metric"),
            METRICS,
            default=METRICS[0],
            format_func=lambda one: say(f"curve.{one}"),
            required=True,
            label_visibility="collapsed",
        )
        st.altair_chart(charts.learning(frame, points, metric))
        st.caption(say("curve.help"))
        with st.expander(say("figures.table")):
            html(_points(frame, points))
    if measured:
        st.markdown(f"**{say('curve.heads')}**")
        st.altair_chart(charts.gains(frame, measured))
        st.caption(say("curve.heads.help"))
        with st.expander(say("figures.table")):
            html(_heads(frame, measured))


def asking(frame: Frame) -> None:
    """What orders the queue, and what became of the policies that were trained."""
    say, found = frame.say, frame.desk.asking()
    with st.expander(say("asking.title", strategy=found.serves)):
        if found.serves != found.kind:
            st.markdown(markup.plain(say("asking.rests", kind=found.kind, serves=found.serves)))
        elif found.strategy != found.kind:
            st.markdown(markup.plain(say("asking.named", strategy=found.strategy, kind=found.kind)))
        if not found.policies:
            st.caption(say("asking.none"))
        for one in found.policies:
            tags = markup.tag(say("asking.better" if one.better else "asking.not_better"))
            tags += markup.tag(say("asking.in_use")) if one.named else ""
            html(
                f'<div class="m-event"><strong>{markup.escape(one.id)}</strong> {tags}'
                f'<span class="m-meta">{markup.escape(one.made_at[:10])}</span>'
                f'<div class="m-why">{markup.escape(frame.said(one.verdict))}</div></div>'
            )


def heads(measured: Sequence[Any]) -> dict[str, Sequence[Mapping[str, float]]]:
    """The curves of heads in the newest look (`Desk.measured`), by what was drawn."""
    names = {"hint": "chosen", "savings": "random"}
    return {
        names[one.kind]: one.values["curve"]
        for one in measured
        if one.kind in names and one.values.get("curve")
    }


# --- parts --------------------------------------------------------------------------------------


def _named(frame: Frame, versions: Sequence[ModelVersion], id: str) -> str:
    state = next(one.state for one in versions if one.id == id)
    return f"{id} ({frame.say(f'state.{state}')})"


def _nothing(frame: Frame) -> None:
    st.info(frame.say("figures.none"))


def _whence(frame: Frame, found: Portrait) -> str:
    said = frame.say(f"figures.whence.{found.source}", n=f"{found.texts:,}")
    return f"{said} {frame.say('figures.missing', n=found.missing)}" if found.missing else said


def _beside(frame: Frame, id: str, shown: Portrait, other: str, against: Portrait | None) -> None:
    say = frame.say
    names = ["accuracy", "macro_f1", *(f"{task}.{label}" for label in SENTIMENTS for task in TASKS)]
    columns = [say("figures.figure"), id, say("figures.interval")]
    if against is not None:
        columns += [other, say("figures.interval")]
    rows = []
    for name in names:
        cells = [*_figure(shown, name), *(_figure(against, name) if against is not None else ())]
        rows.append((_worded(frame, name), cells))
    off = [markup.cell(f"{shown.ece:.1%}"), markup.cell("")]
    off += [markup.cell(f"{against.ece:.1%}"), markup.cell("")] if against is not None else []
    rows.append((say("figures.ece"), off))
    told = f"figures.against.{shown.source}" if against is not None else "figures.alone"
    html(markup.table(say(told, other=other), columns, rows))


def _worded(frame: Frame, name: str) -> str:
    task, _, label = name.partition(".")
    return (
        frame.say(f"figures.{task}", sentiment=frame.sentiment(label).lower())
        if label
        else frame.say(f"figures.{name}")
    )


def _figure(found: Portrait, name: str) -> tuple[str, str]:
    one = found.figures.get(name)
    if one is None:
        return markup.cell("–"), markup.cell("")
    return markup.cell(f"{one.value:.1%}"), markup.cell(f"{one.low:.1%} – {one.high:.1%}")


def _errors(frame: Frame, shown: Portrait) -> None:
    say = frame.say
    titles = [frame.sentiment(name).lower() for name in SENTIMENTS]
    columns = ["", *(say("errors.said", sentiment=one) for one in titles), say("errors.all")]
    rows = []
    for row, title in enumerate(titles):
        counts, shares = shown.confusion[row], shown.shares[row]
        cells = [
            markup.cell(
                f"{count:,}",
                f"{shares[column]:.1%}" if shares else "–",
                shares[column] if shares else 0.0,
                "right" if row == column else "wrong",
            )
            for column, count in enumerate(counts)
        ]
        rows.append((say("errors.is", sentiment=title), [*cells, markup.cell(f"{sum(counts):,}")]))
    html(markup.table(say("errors.help"), columns, rows))


def _sure(frame: Frame, shown: Portrait) -> None:
    say = frame.say
    st.altair_chart(charts.calibration(frame, shown.bins))
    st.caption(say("calibration.help", ece=f"{shown.ece:.1%}", n=f"{shown.texts:,}"))
    columns = [
        *(say(f"calibration.{name}") for name in ("bin", "sure", "right")),
        *(say(f"figures.{name}") for name in ("interval", "texts")),
    ]
    rows = [
        (
            f"{one.low:.0%} – {one.high:.0%}",
            [
                markup.cell(f"{one.confidence:.1%}"),
                markup.cell(f"{one.right.value:.1%}"),
                markup.cell(f"{one.right.low:.1%} – {one.right.high:.1%}"),
                markup.cell(f"{one.texts:,}"),
            ],
        )
        for one in shown.bins
    ]
    with st.expander(say("figures.table")):
        html(markup.table(say("calibration.described"), columns, rows))


def _points(frame: Frame, points: Sequence[Point]) -> str:
    say = frame.say
    columns = [
        *(say(f"figures.{name}") for name in ("version", "source", "texts")),
        *(say(f"curve.{name}") for name in ("taught", "by_analysts", "accuracy", "macro_f1")),
    ]
    rows = []
    for point in points:
        for one in point.measures:
            macro = one.macro_f1, one.macro_f1_low, one.macro_f1_high
            cells = [
                markup.cell(say(f"figures.of.{one.source}")),
                markup.cell(f"{one.texts:,}"),
                markup.cell(f"{point.taught:,}"),
                markup.cell(f"{point.by_analysts:,}"),
                markup.cell(f"{one.accuracy:.1%}", f"{one.accuracy_low:.1%} – {one.accuracy_high:.1%}"),
                markup.cell("–")
                if None in macro
                else markup.cell(f"{macro[0]:.1%}", f"{macro[1]:.1%} – {macro[2]:.1%}"),
            ]
            rows.append((point.model, cells))
    return markup.table(say("curve.title"), columns, rows)


def _heads(frame: Frame, measured: Mapping[str, Sequence[Mapping[str, float]]]) -> str:
    say = frame.say
    columns = [say("figures.source"), say("curve.labels"), say("curve.macro_f1"), say("curve.nine_in_ten")]
    rows = [
        (
            say(f"curve.{name}"),
            [
                markup.cell(f"{one['labels']:,}"),
                markup.cell(f"{one['value']:.1%}"),
                markup.cell(f"{one['low']:.1%} – {one['high']:.1%}"),
            ],
        )
        for name, some in measured.items()
        for one in some
    ]
    return markup.table(say("curve.heads"), columns, rows)
