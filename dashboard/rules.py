"""Rules: what is watched for what, what each costs, and what a change of one would do."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from monitor.desk import (
    SCOPES,
    SEVERITIES,
    Compared,
    Comparison,
    Rule,
    RulesView,
    RuleView,
    Sighting,
    Spent,
)
from monitor.errors import MonitorError
from monitor_dashboard import markup
from monitor_dashboard.frame import Frame, failed, html, warn_of

NEW = ""
"""The choice of a rule that is not there yet."""
SHOWN = 30
"""Alerts of one side that are listed."""


def show(frame: Frame) -> None:
    say = frame.say
    st.title(say("page.rules"))
    st.caption(say("rules.help"))
    warn_of(frame, "detectors")
    found = frame.desk.rules()
    with st.container(border=True):
        html(_table(frame, found.rules))
        if any(one.cut is not None and not one.cut.checked for one in found.rules):
            st.caption(say("rules.unchecked"))
    if frame.is_analyst:
        with st.container(border=True):
            st.subheader(say("rules.try"))
            st.caption(say("rules.try.help"))
            _try(frame, found)


def _table(frame: Frame, rules: Sequence[RuleView]) -> str:
    say = frame.say
    columns = [
        *(say("rule"), say("rule.watches"), say("rule.budget"), say("rule.spent")),
        *(say("rule.expected"), say("rule.cut"), say("rule.severity"), say("rule.hears")),
    ]
    rows = []
    for one in rules:
        rule = one.rule
        off = "" if one.enabled else markup.tag(say("rule.off"))
        shipped = "" if one.configured else markup.tag(say("rule.shipped"))
        scopes = ", ".join(say(f"scope.{scope}") for scope in rule.scopes)
        rows.append(
            [
                f"<bdi>{markup.escape(rule.name)}</bdi> {off}{shipped}"
                f"<small>{markup.escape(say('rule.detector', name=rule.detector))}</small>",
                f"{markup.escape(scopes)}<small>{markup.escape(say('rule.least', n=rule.least))}</small>",
                markup.escape(f"{rule.budget:g}"),
                "".join(_spent(frame, spent, rule.budget) for spent in dict.fromkeys(one.spent)),
                "–" if one.expected is None else markup.escape(f"{one.expected:.1f}"),
                _cut(frame, one),
                markup.escape(say(f"severity.{rule.severity}")),
                markup.escape(", ".join(one.hears) or say("rule.nobody")),
            ]
        )
    return markup.grid(say("rules.caption"), columns, rows)


def _spent(frame: Frame, spent: Spent, budget: float) -> str:
    """HTML: openings a week of some weeks; red where they are over the budget. Of less than a week, how many
    there were: a rate would say more than is known."""
    if spent.weeks < 1:
        words = frame.say("rule.spent.young")
        return f"{markup.tag(str(spent.openings))}<small>{markup.escape(words)}</small>"
    kind = "negative" if spent.a_week > budget else ""
    words = frame.say("rule.spent.in", n=spent.openings, weeks=f"{spent.weeks:.0f}")
    return f"{markup.tag(f'{spent.a_week:.1f}', kind)}<small>{markup.escape(words)}</small>"


def _cut(frame: Frame, one: RuleView) -> str:
    say, cut = frame.say, one.cut
    if cut is None:
        return "–"
    value = "∞" if cut.value is None else f"{cut.value:.2f}"
    how = say("rule.checked", weeks=f"{cut.weeks:.0f}") if cut.checked else say("rule.not_checked")
    return f"{markup.escape(value)}<small>{markup.escape(how)}</small>"


def _try(frame: Frame, found: RulesView) -> None:
    say = frame.say
    if not found.weeks:
        st.info(say("rules.nothing"))
        return
    by_name = {one.rule.name: one.rule for one in found.rules if one.enabled}
    name = st.selectbox(
        say("rule"), [*by_name, NEW], format_func=lambda one: one or say("rules.new"), key="rule"
    )
    rule = by_name.get(name) or Rule(NEW, "surge")
    with st.form(f"try-{name}"):
        given = st.text_input(say("rules.name"), max_chars=200) if name == NEW else name
        left, middle, right = st.columns(3)
        detector = left.selectbox(
            say("rules.detector"), found.detectors, index=_place(found.detectors, rule.detector)
        )
        budget = middle.number_input(
            say("rule.budget"), min_value=0.01, max_value=1000.0, value=float(rule.budget), step=0.25
        )
        least = right.number_input(say("rules.least"), min_value=1, max_value=1000, value=rule.least)
        left, middle, right = st.columns([2, 1, 1])
        scopes = left.multiselect(
            say("rule.watches"), SCOPES, list(rule.scopes), format_func=lambda one: say(f"scope.{one}")
        )
        severity = middle.selectbox(
            say("rule.severity"),
            SEVERITIES,
            index=SEVERITIES.index(rule.severity),
            format_func=lambda one: say(f"severity.{one}"),
        )
        weeks = right.selectbox(
            say("rules.weeks"), found.weeks, index=_place(found.weeks, 4), format_func=lambda n: f"{n}"
        )
        asked = st.form_submit_button(say("rules.run"), type="primary", icon=":material/replay:")
    changed = Rule(
        (given or "").strip(), detector, tuple(scopes), float(budget), int(least), severity, rule.receivers
    )
    key = (changed, weeks)
    if asked:
        st.session_state["tried"] = None
        told = _tried(frame, changed, weeks)
        st.session_state["tried"] = (key, told) if told is not None else None
    kept = st.session_state.get("tried")
    if kept is not None and kept[0] == key:
        _result(frame, kept[1], changed)


def _place(options: Sequence[object], wanted: object) -> int:
    return options.index(wanted) if wanted in options else 0


def _tried(frame: Frame, rule: Rule, weeks: int) -> Comparison | None:
    """The comparison, with a bar while it is made; it is ended where the reader leaves."""
    words = frame.say("rules.running")
    bar = st.progress(0.0, text=words)

    def progress(done: float) -> None:
        bar.progress(done, text=words)

    try:
        return frame.desk.try_rules([rule], weeks, progress)
    except MonitorError as error:
        failed(frame, error)
        return None
    finally:
        bar.empty()


def _result(frame: Frame, told: Comparison, changed: Rule) -> None:
    say = frame.say
    for one in told.rules:
        html(_sides(frame, told, one))
        if not one.only_before and not one.only_after:
            st.success(say("rules.same", n=one.both), icon=":material/drag_handle:")
        for key, alerts in (("rules.lost", one.only_before), ("rules.won", one.only_after)):
            if alerts:
                st.markdown(f"**{say(key, n=len(alerts))}**")
                html("".join(_alert(frame, alert) for alert in alerts[:SHOWN]))
                if len(alerts) > SHOWN:
                    st.caption(say("rules.more", n=len(alerts) - SHOWN))
    st.markdown(f"**{say('rules.table')}**")
    st.code(frame.desk.written_rule(changed), language="toml")
    st.caption(say("rules.table.help"))


def _sides(frame: Frame, told: Comparison, one: Compared) -> str:
    say = frame.say
    rows = []
    for key, side in (("rules.before", one.before), ("rules.after", one.after)):
        if side is None:
            rows.append([markup.escape(say(key)), "–", "–", "–", "–"])
            continue
        how = say("rule.checked.short") if side.checked else say("rule.not_checked")
        cut = "–" if side.cut is None else f"{side.cut:.2f}"
        rows.append(
            [
                markup.escape(say(key)),
                markup.escape(f"{side.budget:g}"),
                markup.escape(side.alerts),
                markup.escape(f"{side.alerts_per_week:.2f}"),
                f"{markup.escape(cut)}<small>{markup.escape(how)}</small>",
            ]
        )
    caption = say("rules.compared", rule=one.rule, weeks=f"{told.weeks:.0f}", both=one.both)
    columns = ["", say("rule.budget"), say("page.alerts"), say("rules.a_week"), say("rule.cut")]
    return markup.grid(caption, columns, rows)


def _alert(frame: Frame, one: Sighting) -> str:
    """HTML: an alert as it would have been, by its first story."""
    say, first = frame.say, one.stories[0] if one.stories else None
    story = ""
    if first is not None:
        title = markup.leading(first.title[:200], frame.link("stories", id=first.story_id))
        more = say("rules.stories", n=one.held) if one.held > 1 else ""
        story = f'<div>{title} <span class="m-meta">{markup.escape(more)}</span></div>'
    return (
        f'<div class="m-event"><b>{markup.escape(frame.scope(one.scope))}</b> '
        f'<span class="m-meta">{frame.clock(one.opened_at)} · {say("alert.weight")} {one.observed:.1f} · '
        f"{say('alert.expected')} {frame.mean(one.expected)}</span>{story}</div>"
    )
