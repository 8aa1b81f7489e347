"""What companies are called: a name tried on what is stored, and the watch list edited by administrators."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import streamlit as st

from monitor.desk import AliasPreview, Match, NameView
from monitor.errors import MonitorError
from monitor.records import Alias, AliasKind, Company
from monitor_dashboard import filters, markup
from monitor_dashboard.frame import Frame, failed, html
from monitor_dashboard.trainings import confirmed

KINDS = tuple(AliasKind)
MOST = 200
"""Characters of a name."""
SHOWN = 8
"""Examples of each sort."""


def edit(frame: Frame, company: Company) -> None:
    """A name tried, and for an administrator added; names and the company taken away."""
    with st.expander(frame.say("naming.try"), icon=":material/label:"):
        _try(frame, company)
    if frame.is_admin:
        with st.expander(frame.say("naming.remove"), icon=":material/label_off:"):
            _remove(frame, company)


def _try(frame: Frame, company: Company) -> None:
    st.caption(frame.say("naming.try.help"))
    tried = _asked(frame, company.id)
    if tried is None or _preview(frame, tried, company.id) is None or not frame.is_admin:
        return
    act = partial(frame.desk.keep_company, _named(company, tried))
    _confirmed(frame, "naming.add", f"{company.id}-{tried.name}", act, "naming.added")


def _remove(frame: Frame, company: Company) -> None:
    say = frame.say
    others = list(dict.fromkeys(company.every_name))[1:]
    if others:
        chosen = st.selectbox(say("name"), range(len(others)), format_func=lambda n: _title(frame, others[n]))
        act = partial(frame.desk.keep_company, _unnamed(company, others[chosen]))
        _confirmed(frame, "naming.remove.do", f"{company.id}-{chosen}", act, "naming.removed")
    st.caption(say("naming.drop.help"))
    drop = partial(_drop, frame, company.id)
    _confirmed(frame, "naming.drop", company.id, drop, "naming.dropped")


def add_company(frame: Frame) -> None:
    """A company put on the watch list, after a look at what its name would have matched."""
    say = frame.say
    with st.expander(say("naming.new"), icon=":material/add_business:"):
        st.caption(say("naming.new.help"))
        left, middle, right = st.columns(3)
        id = left.text_input(say("naming.id"), max_chars=100, key="new-id").strip()
        name = middle.text_input(say("name"), max_chars=MOST, key="new-name").strip()
        ticker = right.text_input(say("kind.ticker"), max_chars=MOST, key="new-ticker").strip()
        short = st.text_input(say("naming.short"), max_chars=2000, key="new-aliases")
        if not id or not name:
            return
        if any(one.id == id for one in frame.desk.companies()):
            st.warning(say("naming.taken"))
            return
        aliases = tuple(dict.fromkeys(one.strip() for one in short.split("|") if one.strip()))
        for one in dict.fromkeys((name, *aliases)):
            _preview(frame, Alias(one))
        act = partial(_add, frame, Company(id, name, aliases, ticker))
        _confirmed(frame, "naming.new.do", id, act, "naming.kept")


def _asked(frame: Frame, key: str) -> Alias | None:
    """The name that is typed, with its kind and its days."""
    say = frame.say
    left, right = st.columns([3, 2])
    name = left.text_input(say("name"), max_chars=MOST, key=f"try-name-{key}").strip()
    kind = right.selectbox(
        say("name.kind"), KINDS, format_func=lambda one: say(f"kind.{one}"), key=f"try-kind-{key}"
    )
    left, right = st.columns(2)
    first = left.date_input(say("filter.from"), value=None, format="YYYY-MM-DD", key=f"try-from-{key}")
    last = right.date_input(say("filter.to"), value=None, format="YYYY-MM-DD", key=f"try-to-{key}")
    return Alias(name, kind, first or None, last or None) if name else None


def _preview(frame: Frame, tried: Alias, company_id: str = "") -> AliasPreview | None:
    """What the name would have matched, and what it would have got wrong; None where it cannot be one."""
    say = frame.say
    try:
        with st.spinner(say("naming.reading")):
            told = frame.desk.preview_alias(tried.name, company_id, tried.kind)
    except MonitorError as error:
        failed(frame, error)
        return None
    figures = {"name": told.alias, "matched": told.matched, "read": told.read, "days": told.days}
    words = say("naming.matched", **figures, new=told.new)
    more = "" if told.complete else f" {say('naming.incomplete')}"
    html(f'<div class="m-event"><b>{markup.escape(words)}</b>{markup.escape(more)}</div>')
    html("".join(_match(frame, one) for one in told.examples[:SHOWN]))
    if told.refused:
        parts = [f"{say(f'doubt.{reason}')}: {number}" for reason, number in told.refused.items()]
        html(f'<div class="m-event"><b>{markup.escape(say("naming.refused"))}</b> {", ".join(parts)}</div>')
        html("".join(_match(frame, one) for one in told.refused_examples[:SHOWN]))
    return told


def _match(frame: Frame, one: Match) -> str:
    say = frame.say
    tags = markup.tag(say(f"doubt.{one.reason}"), "negative") if one.reason else ""
    tags += markup.tag(say("naming.already")) if one.already else ""
    page = frame.link("articles", id=one.article_id)
    return f'<div class="m-event">{tags}{markup.leading(f"… {one.around} …", page)}</div>'


def _confirmed(frame: Frame, label: str, key: str, act: Callable[[], object], done: str) -> None:
    confirmed(frame, label, key, act, lambda _: frame.say(done))


def _add(frame: Frame, company: Company) -> None:
    frame.desk.keep_company(company)
    filters.put("id", company.id)


def _drop(frame: Frame, company_id: str) -> None:
    frame.desk.drop_company(company_id)
    filters.put("id", "")


def _title(frame: Frame, alias: Alias) -> str:
    return " · ".join(part for part in (alias.name, frame.say(f"kind.{alias.kind}"), days(alias)) if part)


def days(name: Alias | NameView) -> str:
    """From when to when a name holds; "" where it always does."""
    bounds = (name.valid_from, name.valid_until)
    return " – ".join(str(day or "") for day in bounds) if any(bounds) else ""


def _named(company: Company, alias: Alias) -> Company:
    """The company with a further name."""
    if alias == Alias(alias.name):
        return replace(company, aliases=(*company.aliases, alias.name))
    return replace(company, names=(*company.names, alias))


def _unnamed(company: Company, alias: Alias) -> Company:
    """The company without a name that it has, wherever it stands."""
    return replace(
        company,
        aliases=tuple(one for one in company.aliases if Alias(one) != alias),
        ticker="" if alias == Alias(company.ticker, AliasKind.TICKER) else company.ticker,
        names=tuple(one for one in company.names if one != alias),
    )
