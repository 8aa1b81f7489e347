"""What a headline states."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.news.stories import facts


@pytest.mark.parametrize(
    ("written", "bare"),
    [
        ("UPDATE 1-Bank raises rates", "Bank raises rates"),
        ("BREAKING: Bank raises rates", "Bank raises rates"),
        ("【快讯】蓝桥控股停牌", "蓝桥控股停牌"),
        ("快讯|蓝桥控股停牌", "蓝桥控股停牌"),
        ("Bank raises rates (Reuters)", "Bank raises rates"),
        ("Bank raises rates - AP", "Bank raises rates"),
        ("关于股份质押的公告（更新）", "关于股份质押的公告"),
        ("Bank raises rates\nThe bank said on Monday", "Bank raises rates"),
        ("BREAKING:", "BREAKING:"),
    ],
)
def test_what_sources_put_around_a_headline_goes(written: str, bare: str) -> None:
    assert facts.headline(written) == bare


@pytest.mark.parametrize(
    ("line", "side"),
    [
        ("Bank raises rates", ("direction", 1)),
        ("央行下调利率", ("direction", -1)),
        ("Sales fall short of forecasts", ("expectation", -1)),
        ("营收不及预期", ("expectation", -1)),
        ("控股股东解除质押部分股份", ("pledge", -1)),
        ("控股股东质押部分股份", ("pledge", 1)),
        ("关于公司股票复牌的公告", ("trading", -1)),
        ("股东拟增持股份", ("holding", 1)),
        ("Regulator rejects merger", ("consent", -1)),
    ],
)
def test_sides(line: str, side: tuple[str, int]) -> None:
    found = facts.read(line).sides
    assert side in found and (side[0], -side[1]) not in found


def test_a_longer_term_hides_the_shorter_in_it() -> None:
    assert not any(axis == "direction" for axis, _ in facts.read("Profit falls short of hopes").sides)
    assert not any(axis == "direction" for axis, _ in facts.read("Tariffs of up to 38%").sides)


def test_both_sides_of_an_axis_are_none() -> None:
    assert not any(axis == "direction" for axis, _ in facts.read("Shares fall as costs rise").sides)


def test_names_are_heads_firms_and_capitals() -> None:
    assert "青禾农业" in facts.read("青禾农业:关于股份冻结的公告").names
    assert facts.read("国家统计局:8月PPI同比下降1.8%").names == {"ppi"} - {"ppi"}
    assert "宏宇化工" in facts.read("关于对宏宇化工股份有限公司予以监管警示的决定").names
    assert {"oakfield"} <= facts.read("Retailer Oakfield files for bankruptcy").names


def test_us_is_a_country_only_in_capitals() -> None:
    assert "us" in facts.read("US cuts tariffs").actors
    assert "us" not in facts.read("Join us for results").actors


@given(st.text(max_size=300))
def test_any_text_is_read(text: str) -> None:
    line = facts.headline(text)
    found = facts.read(line)
    assert not any((axis, -side) in found.sides for axis, side in found.sides)
    facts.tokens(line)
