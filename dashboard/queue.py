"""Queue: one article, one key. The work is done in the browser, by `components.queue`."""

from __future__ import annotations

import streamlit as st

from monitor_dashboard import guidance
from monitor_dashboard.components import queue
from monitor_dashboard.frame import Frame, warn_of


def show(frame: Frame) -> None:
    st.title(frame.say("page.queue"))
    if frame.is_analyst:
        warn_of(frame, "strategies")
        queue.show(frame)
        guidance.beside(frame)
    else:
        st.info(frame.say("queue.role"))
