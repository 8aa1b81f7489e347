"""Denials, corrections and retractions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.news.stories import corrections


@pytest.mark.parametrize(
    ("line", "role"),
    [
        ("Tesla denies report of layoffs", "denial"),
        ("京东否认收购传闻", "denial"),
        ("蓝桥控股:董事长失联传闻不实", "denial"),
        ("青禾农业发布澄清公告", "denial"),
        ("远山能源辟谣", "denial"),
        ("Bank dismisses takeover rumours", "denial"),
        ("Report of default is false, Luoda says", "denial"),
        ("CORRECTED-Fed raises rates", "correction"),
        ("Correction: Fed raises rates", "correction"),
        ("更正:央行上调利率", "correction"),
        ("关于年度报告的更正公告", "correction"),
        ("Paper retracts story on Halvorsen", "retraction"),
        ("STORY WITHDRAWN on Halvorsen merger", "retraction"),
        ("本报撤回此前报道", "retraction"),
        ("Judge denies bail to founder", "report"),
        ("Court denied appeal by bank", "report"),
        ("Market correction deepens", "report"),
        ("Fed raises rates", "report"),
        ("央行上调利率", "report"),
    ],
)
def test_roles(line: str, role: str) -> None:
    assert corrections.role(line) == role


@given(st.lists(st.sampled_from(corrections.ROLES)), st.sampled_from(corrections.ROLES))
def test_no_article_makes_a_story_weigh_more(roles: list[str], one: str) -> None:
    weight = corrections.weight(roles)
    assert isinstance(weight, int) and 0 <= weight <= corrections.WHOLE
    assert corrections.weight([*roles, one]) <= weight


def test_reports_alone_leave_a_story_whole() -> None:
    assert corrections.weight([]) == corrections.weight(["report"] * 9) == corrections.WHOLE
    assert corrections.weight(["report", "retraction"]) == 0
