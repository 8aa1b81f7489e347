"""What every page is handed, and the parts that more than one page shows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import urlencode, urlsplit
from zoneinfo import ZoneInfo

import streamlit as st

from monitor.desk import OPERATING, ArticleView, Desk, scope_names, told, voice_title
from monitor.errors import MonitorError
from monitor.messages import said
from monitor.records import LEAST_EXPECTED, Article, Role, Scope
from monitor_dashboard import markup
from monitor_dashboard.messages import LANGUAGES, Say


@dataclass(frozen=True)
class Frame:
    """One visitor's view: their desk, language and time zone."""

    desk: Desk
    language: str
    say: Say
    zone: ZoneInfo
    boxes: set[str] = field(default_factory=set)  # errors that this page shows already

    @property
    def now(self) -> datetime:
        return datetime.now(UTC)

    @property
    def is_analyst(self) -> bool:
        return self.desk.user.role in (Role.ANALYST, Role.ADMIN)

    @property
    def is_admin(self) -> bool:
        return self.desk.user.role is Role.ADMIN

    def sample_note(self) -> None:
        """While what is counted is the bundled sample, a line that says so."""
        if number := self.desk.samples():
            tag = markup.tag(self.say("sample"), "sample")
            note = self.say("sample.note", n=f"{number:,}")
            html(f'<div class="m-note">{tag}{markup.escape(note)}</div>')

    def link(self, page: str, **asked: object) -> str:
        """HTML: the address of a page, which shows times in the zone that this reader chose."""
        chosen = {"tz": st.query_params["tz"]} if "tz" in st.query_params else {}
        return markup.escape(f"/{page}?{urlencode({**asked, **chosen})}")

    def time(self, at: datetime | None) -> str:
        """`at` on the visitor's clock."""
        return markup.moment(at, self.zone, self.now)

    def clock(self, at: datetime | None) -> str:
        """`at` on the visitor's clock, with the zone that the clock is in."""
        return f"{self.time(at)} {self.zone_label(at)}" if at else "–"

    def zone_label(self, at: datetime | None = None) -> str:
        """The visitor's zone as an offset at that time (now if none is given): UTC+8."""
        return markup.offset(at or self.now, self.zone)

    def titled(self, column: str) -> str:
        """The title of a column or a chart of times, with the zone they are in."""
        return f"{self.say(column)} ({self.zone_label()})"

    def published(self, article: Article) -> str:
        """When an article was published: on the visitor's clock, with its zone, or the day alone."""
        told = markup.published(article, self.zone, self.now)
        return told if article.published_day else f"{told} {self.zone_label(article.published_at)}"

    def topic(self, name: str) -> str:
        """A topic's title in the visitor's language."""
        for topic in self.desk.topics():
            if topic.name == name:
                return topic.zh if self.language == "zh" else topic.en
        return name

    def company(self, company_id: str) -> str:
        """A company's name."""
        return next((c.name for c in self.desk.companies() if c.id == company_id), company_id)

    def source(self, name: str) -> str:
        """A source's title."""
        return self.desk.source_titles().get(name, name)

    def voice(self, voice: str) -> str:
        """What people call a voice."""
        return voice_title(voice, self.language, self.desk.source_titles())

    def scope(self, scope: Scope) -> str:
        """What a count, or an operational alert, is about, in words."""
        if scope.kind in OPERATING:
            return scope_names(scope, {})[self.language == "zh"]
        company = self.company(scope.company) if scope.company else ""
        topic = self.topic(scope.topic) if scope.topic else ""
        return " · ".join(part for part in (company, topic) if part) or self.say("all")

    def mean(self, number: float) -> str:
        """How many are usual: never none at all."""
        return f"{number:.1f}" if number >= LEAST_EXPECTED else self.say("little")

    def band(self, low: float, high: float) -> dict[str, str]:
        """From where to where what is usual scatters, as sentences take it."""
        return {"low": f"{low:.1f}" if low >= LEAST_EXPECTED else "0", "high": self.mean(high)}

    def said(self, text: object) -> str:
        """A message or an error in the visitor's language; what others wrote, as they wrote it."""
        return said(text, self.language)

    def sentiment(self, name: str) -> str:
        """A sentiment's title."""
        return self.say(name or "unjudged")


def html(body: str) -> None:
    """Show HTML made with `markup`; nothing where there is none."""
    if body:
        st.html(body)


def failed(frame: Frame, error: MonitorError) -> None:
    """Show what may be told of an error, as text, in the visitor's language: once on a page, however many
    parts of it meet the same outage."""
    public = error.public
    if public in frame.boxes:
        return
    frame.boxes.add(public)
    st.error(markup.plain(frame.said(told(error))), icon=":material/error:")


def attempt(frame: Frame, act: Callable[[], object], told: str = "") -> None:
    """Do what a button is for, and show the page anew with the sentence `told` (a key); where it cannot be
    done, say why."""
    try:
        act()
    except MonitorError as error:
        failed(frame, error)
        return
    if told:
        st.toast(frame.say(told))
    st.rerun()


def broken(error: Exception) -> bool:
    """Show, in place of what Streamlit would, that a page or a button ended in an error nobody caught."""
    st.error(markup.plain(said(told(error), spoken())), icon=":material/error:")
    return True


def spoken() -> str:
    """The visitor's language: chosen on a page, else the browser's, else English."""
    asked = st.context.cookies.get("monitor_language") or (st.context.locale or "en")[:2]
    return asked if asked in LANGUAGES else "en"


def here() -> str:
    """The address of the page that is shown, with its query."""
    path = urlsplit(st.context.url or "").path or "/"
    asked = [(name, value) for name in st.query_params for value in st.query_params.get_all(name)]
    return f"{path}?{urlencode(asked)}" if asked else path


def link_to(door: str) -> str:
    """The address of `door` (/login, /language/zh), which leads back to the page that is shown."""
    return f"{door}?{urlencode({'next': here()})}"


def warn_of(frame: Frame, *groups: str) -> None:
    """Name what does not work at present, of these groups of plugins."""
    for trouble in frame.desk.troubles():
        if trouble.group in groups:
            st.warning(markup.plain(frame.said(trouble.what)), icon=":material/extension_off:")


def article_rows(frame: Frame, views: Sequence[ArticleView], company: str = "") -> None:
    """A list of articles: title, sentiment, source, time, companies, topics. With a `company`, the
    sentiment is the one towards it."""
    rows = []
    for view in views:
        article = view.article
        sentiment, words = view.sentiment, frame.sentiment(view.sentiment)
        labelled = view.labelled
        if company in view.companies:
            sentiment = view.companies[company].sentiment
            named = {"sentiment": frame.sentiment(sentiment), "company": frame.company(company)}
            words = frame.say("article.towards", **named)
            labelled = labelled and view.companies[company].confidence == 1.0
        tags = [markup.tag(words, sentiment)]
        tags += [markup.tag(frame.say("article.labelled"))] if labelled else []
        tags += [markup.tag(frame.say("sample"), "sample")] if article.sample else []
        others = [(one, towards) for one, towards in view.companies.items() if one != company]
        tags += [markup.towards(frame.company(one), towards.sentiment) for one, towards in others[:4]]
        tags += [markup.tag(frame.topic(topic)) for topic in view.topics[:3]]
        title = article.title or article.text[:120]
        links = [
            f'<a href="{frame.link("articles", id=article.id)}">{frame.say("article.details")}</a>',
            f'<a href="{frame.link("stories", id=article.story_id)}">{frame.say("article.its_story")}</a>',
        ]
        if frame.is_analyst:
            correct = frame.link("articles", id=article.id, correct="yes")
            links.append(f'<a href="{correct}">{frame.say("correct.link")}</a>')
        rows.append(
            f'<div class="m-story">{markup.dot(sentiment)}{markup.link(title, article.url)}'
            f'<div class="m-meta">{"".join(tags)}<bdi>{markup.escape(frame.source(article.source))}</bdi>'
            f" · {frame.clock(article.first_seen_at)} · "
            f"{' · '.join(links)}</div></div>"
        )
    html("".join(rows))
