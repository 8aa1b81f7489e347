"""The models page: pass rates of the check-list beside the champion's."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest


def page() -> None:
    from types import SimpleNamespace

    import streamlit as st

    from monitor_dashboard.messages import speaker
    from monitor_dashboard.models import _behaviour

    rates = {
        "cases": 5,
        "passed": 0.8,
        "capabilities": {"negation": {"cases": 2, "passed": 0.5}, "puns": {"cases": 3, "passed": 1.0}},
    }
    frame = SimpleNamespace(say=speaker(st.session_state["language"]))
    _behaviour(frame, {**rates, "champion": {"capabilities": {"negation": {"cases": 2, "passed": 1.0}}}})
    _behaviour(frame, rates)


@pytest.mark.parametrize(("language", "name"), [("en", "Negation"), ("zh", "否定")])
def test_behaviours_stand_beside_the_champions(language: str, name: str) -> None:
    app = AppTest.from_function(page)
    app.session_state["language"] = language
    app.run(timeout=60)
    assert not app.exception
    assert "80%" in app.expander[0].label and "5" in app.expander[0].label
    beside, alone = (frame.value for frame in app.dataframe)
    assert beside.iloc[:, 0].tolist() == [name, "puns"], "a capability without a title is named as it is"
    assert beside.iloc[:, 2].tolist() == [0.5, 1.0]
    assert beside.iloc[0, 3] == 1.0 and beside.iloc[:, 3].isna().tolist() == [False, True]
    assert alone.iloc[:, 3].isna().all()
