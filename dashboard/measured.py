"""How the serving model does now: live accuracy, drift, and what labels bring; a part of the models page."""

from __future__ import annotations

import streamlit as st

from monitor_dashboard import markup
from monitor_dashboard.frame import Frame


def show(frame: Frame) -> None:
    """The newest look, what fired first; nothing where there was none."""
    say, found = frame.say, frame.desk.measured()
    if not found:
        st.caption(say("measured.none"))
        return
    drifted = [one for one in found if one.fired]
    st.caption(say("measured.at", at=frame.clock(found[0].at), id=found[0].model))
    for one in drifted:
        st.warning(markup.plain(frame.said(one.sentence)), icon=":material/trending_up:")
    for one in found:
        if one.kind in ("live", "savings", "hint"):
            st.markdown(markup.plain(frame.said(one.sentence)))
    quiet = [one for one in found if one.kind in ("label", "covariate") and not one.fired]
    if quiet:
        with st.expander(say("measured.quiet", n=len(quiet))):
            for one in quiet:
                st.markdown(markup.plain(frame.said(one.sentence)))
