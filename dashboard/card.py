"""The evidence card of an alert: what it hangs on, its stories with the sentence that made each negative, and
how alerts like it ended."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from monitor.desk import AlertDetail, CardStory, Quoted, Similar
from monitor.records import Attribution, Explanation
from monitor_dashboard import markup
from monitor_dashboard.explanation import asked_for, explain_one_of
from monitor_dashboard.frame import Frame, article_rows, html
from monitor_dashboard.storylines import telling

VOICES = 4
"""Voices of a story that are named, the first ones."""


def hangs_on(frame: Frame, detail: AlertDetail) -> None:
    """What the alert hangs on: in sentences, and publisher by publisher; and by what counts were scaled."""
    say, card = frame.say, detail.card
    if card.scaled:
        html("".join(f'<div class="m-event">{markup.escape(frame.said(one))}</div>' for one in card.scaled))
    if not card.counterfactual:
        return
    with st.container(border=True):
        st.subheader(say("card.hangs_on"), help=say("card.hangs_on.help"))
        told = "".join(
            f'<div class="m-event">{markup.escape(frame.said(one))}</div>' for one in card.counterfactual
        )
        links = "".join(
            f'<div class="m-event">· {markup.leading(one.title, frame.link("stories", id=one.id))}</div>'
            for one in card.needed
        )
        html(f"<div>{told}{links}</div>")
        if card.causes is not None and card.causes.publishers:
            with st.expander(say("card.publishers")):
                html(_publishers(frame, detail))


def stories(frame: Frame, detail: AlertDetail) -> DeltaGenerator:
    """The stories, newest first, and all articles that count; the place below them where `why` belongs."""
    say, card, alert = frame.say, detail.card, detail.alert
    with st.container(border=True):
        st.subheader(f"{say('card.stories')} ({card.in_all})")
        html(_summary(frame, detail) + "".join(_story(frame, detail, one) for one in card.stories))
        if card.in_all > len(card.stories):
            st.caption(say("card.more", n=card.in_all - len(card.stories)))
        with st.expander(f"{say('alert.evidence')} ({len(detail.evidence)})"):
            article_rows(frame, detail.evidence, alert.scope.company)
        return st.container()


def why(frame: Frame, detail: AlertDetail) -> None:
    """Words of a story explained, when somebody asks: last on the page, for it takes seconds. Then the page
    is made anew, so that the sentence above shows them too."""
    alert = detail.alert
    leading = {story.article_id for story in detail.card.stories}
    views = [view for view in detail.evidence if view.article.id in leading]
    keys = {id: f"why-{alert.id}-{id}" for id in leading}
    before = {id: asked_for(key, id) for id, key in keys.items()}
    explain_one_of(frame, views, f"why-{alert.id}", alert.scope.company)
    if any(asked_for(key, id) is not before[id] for id, key in keys.items()):
        st.rerun()


def similar(frame: Frame, detail: AlertDetail) -> None:
    """Past alerts that resemble it, and how they ended."""
    with st.container(border=True):
        st.subheader(frame.say("card.similar"))
        rows = "".join(_similar(frame, one) for one in detail.similar)
        html(rows or f'<div class="m-meta">{frame.say("none_yet")}</div>')


def _summary(frame: Frame, detail: AlertDetail) -> str:
    """Who wrote first, reach, companies and topics of them together."""
    say, card = frame.say, detail.card
    parts = []
    if card.first:
        named = {"who": frame.voice(card.first), "at": frame.clock(card.first_at)}
        parts.append(markup.escape(say("card.first_of_all", **named)))
    parts.append(markup.escape(say("card.reach", n=card.reach)))
    tags = [markup.tag(f"{frame.company(id)} {n}") for id, n in list(card.companies.items())[:5]]
    tags += [markup.tag(f"{frame.topic(name)} {n}") for name, n in list(card.topics.items())[:4]]
    return f'<div class="m-meta">{" · ".join(parts)}</div><div class="m-meta">{"".join(tags)}</div>'


def _story(frame: Frame, detail: AlertDetail, story: CardStory) -> str:
    say = frame.say
    company = detail.alert.scope.company
    named, voices = [frame.voice(voice) for voice in story.voices[:VOICES]], len(story.voices)
    others = [frame.company(id) for id in story.companies if id != company][:3]
    tags = "".join(markup.tag(name) for name in [*others, *map(frame.topic, list(story.topics)[:2])])
    told = telling(frame, voices)
    listed = ", ".join([*named[1:], *(["…"] if voices > VOICES else [])])
    first = say("card.first", who=named[0], at=frame.clock(story.first_at)) if named else ""
    about = [first, f"{told}: {listed}" if listed else told, say("card.reach", n=story.reach)]
    if story.quote is not None:
        about.insert(0, say("card.negative", p=f"{story.quote.negative:.0%}"))
    links = [
        f'<a href="{frame.link("stories", id=story.id)}">{say("card.story")}</a>',
        f'<a href="{frame.link("articles", id=story.article_id)}">{say("article.details")}</a>',
    ]
    if frame.is_analyst:
        correct = frame.link("articles", id=story.article_id, correct="yes")
        links.append(f'<a href="{correct}">{say("correct.link")}</a>')
    meta = " · ".join(f"<bdi>{markup.escape(one)}</bdi>" for one in about if one)
    return (
        f'<div class="m-story">{markup.dot("negative")}{markup.link(story.title, story.url)}'
        f"{_quote(frame, detail, story)}"
        f'<div class="m-meta">{tags}{meta} · {" · ".join(links)}</div></div>'
    )


def _quote(frame: Frame, detail: AlertDetail, story: CardStory) -> str:
    """The sentence with its link; nothing where the title says it already."""
    quote = story.quote
    if quote is None or quote.text.strip(" .。") == story.title.strip(" .。"):
        return ""
    told = asked_for(f"why-{detail.alert.id}-{story.article_id}", story.article_id)
    words = _highlighted(quote, told)
    link = frame.link("articles", id=story.article_id)
    return f'<div class="m-why"><a class="m-quote" href="{link}"><bdi>{words}</bdi></a></div>'


def _highlighted(quote: Quoted, told: Explanation | None) -> str:
    """The sentence; what speaks for the judgement and against it is marked, once somebody asked."""
    within = None if told is None else part(told, quote.text)
    return markup.escape(quote.text) if within is None else markup.explained(within)


def part(told: Explanation, sentence: str) -> Explanation | None:
    """What an explanation says of one sentence of its text; None where that is not in it."""
    start = told.text.find(sentence)
    if start < 0:
        return None
    end = start + len(sentence)
    inside = tuple(
        Attribution(one.start - start, one.end - start, one.score)
        for one in told.attributions
        if start <= one.start and one.end <= end
    )
    return replace(told, text=sentence, attributions=inside)


def _publishers(frame: Frame, detail: AlertDetail) -> str:
    """A table: what is left of the score without each publisher."""
    say, causes = frame.say, detail.card.causes
    assert causes is not None
    rows = [
        (
            frame.voice(one.name),
            [
                markup.cell(f"{one.weight:.1f}"),
                markup.cell(f"{one.score:.1f}"),
                markup.cell(say("card.fires" if one.fires else "card.stops")),
            ],
        )
        for one in causes.publishers
    ]
    columns = [say("card.without"), say("alert.weight"), say("card.score"), say("card.then")]
    return markup.table(say("card.publishers.help", cut=f"{causes.cut:.1f}"), columns, rows)


def _similar(frame: Frame, one: Similar) -> str:
    say, alert = frame.say, one.alert
    title = markup.escape(frame.scope(alert.scope))
    tag = markup.tag(say(f"card.like.{one.likeness}"))
    ended = say("card.closed", user=alert.resolved_by) if alert.resolved_by else say("card.calmed")
    said = "".join(markup.tag(f"{say(f'verdict.{v.kind}')} · {v.user}") for v in one.verdicts)
    when = frame.clock(alert.opened_at)
    figures = when if alert.operational else say("card.like.figures", voices=alert.voices, at=when)
    return (
        f'<div class="m-story"><a href="{frame.link("alerts", id=alert.id)}">{title}</a>'
        f'<div class="m-meta">{tag}{markup.escape(alert.rule)} · {markup.escape(figures)} · '
        f"<bdi>{markup.escape(ended)}</bdi> {said}</div></div>"
    )
