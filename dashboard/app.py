"""The frame: who is there, in which language, and which page. Streamlit runs this file for every click."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import streamlit as st

from monitor.desk import desk_for
from monitor_dashboard import markup, theme, zones
from monitor_dashboard.frame import Frame, html, link_to, spoken
from monitor_dashboard.messages import LANGUAGES, speaker
from monitor_dashboard.pages import FIRST, FOR_ADMINISTRATORS, PAGES, UNLISTED, shown

ICON = Path(__file__).with_name("icon.png")  # a named icon would be fetched from a font server


def _is_listed(frame: Frame, name: str) -> bool:
    """Whether the menu shows a page to this reader."""
    return name not in UNLISTED and (frame.is_admin or name not in FOR_ADMINISTRATORS)


def main() -> None:
    language = spoken()
    say = speaker(language)
    st.set_page_config(page_title=say("product"), page_icon=str(ICON), layout="wide")
    html(theme.STYLE)
    desk = desk_for(st.context.cookies.get("monitor_session", ""), st.context.ip_address or "127.0.0.1")
    if desk is None:
        st.info(say("session_over"))
        st.link_button(say("log_in"), link_to("/login"))
        st.stop()
    frame = Frame(desk, language, say, zones.chosen(st.context.timezone))
    st.logo(ICON.with_name("logo.svg"), size="large")
    page = st.navigation(
        [
            st.Page(
                partial(shown, frame, name),
                title=say(f"page.{name}"),
                icon=icon,
                url_path=name,
                default=name == FIRST,
                visibility="visible" if _is_listed(frame, name) else "hidden",
            )
            for name, (_, icon) in PAGES.items()
        ]
    )
    with st.sidebar:
        who = say("signed_in", name=desk.user.name, role=say(f"role.{desk.user.role}"))
        others = [(code, title) for code, title in LANGUAGES.items() if code != language]
        links = [
            f'<a href="{markup.escape(link_to(f"/language/{code}"))}">{title}</a>' for code, title in others
        ]
        links += [f'<a href="/api/docs">{say("api")}</a>', f'<a href="/logout">{say("log_out")}</a>']
        html(
            f'<div class="m-brand">{say("product")}<small>{say("product.sub")}</small></div><br>'
            f'<div class="m-who"><bdi>{markup.escape(who)}</bdi></div>'
            f'<div class="m-links">{"".join(links)}</div>'
        )
        zones.choose(frame, st.context.timezone)
    page.run()


main()
