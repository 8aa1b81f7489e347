"""What is said around a number."""

from __future__ import annotations

import pytest

from monitor.news.masking.view import View
from monitor.news.masking.words import REACH, Words, read


def around(text: str) -> Words:
    """What is said around the "#" in a text."""
    text = View.of(text).text
    place = text.index("#")
    return Words.before_number(text, read(text), place).and_behind(text, place + 1)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("联系电话：#", "phone"),
        ("Call us on #", "phone"),
        ("telephone #", "phone"),
        ("#（手机）", "phone"),
        ("# rings", "phone"),
        ("卡号 #", "bank_card"),
        ("my credit card #", "bank_card"),
        ("护照号码：#", "passport"),
        ("passport no. #", "passport"),
        ("身份证#", "id_card"),
        ("SSN: #", "ssn"),
        ("ip=#", "ip"),
        ("登录地址 #", "host"),
        ("王先生（#）", "person"),
    ],
)
def test_a_word_names_a_kind(text: str, kind: str) -> None:
    assert around(text).names(kind)


@pytest.mark.parametrize(
    "text",
    [
        "电话会议上 #",
        "手机销量 #",
        "拨付 #",
        "联系汇率 #",
        "call options #",
        "a smartphone #",
        "telecom #",
        "Windows Phone #",
        "他打了电话。营业 #",
        "电话\n说明：他有 #",
        "电话" + "很" * REACH + "#",
        "拨打电话，订单号 #",
        "the hotline's revenue was #",
    ],
)
def test_a_word_that_does_not(text: str) -> None:
    assert not around(text).names("phone")


def test_a_label_may_stand_on_the_line_before() -> None:
    assert around("电话\n#").names("phone")
    assert around("电话：\n （#").names("phone")


@pytest.mark.parametrize(
    "text",
    [
        "#元",
        "# 元",
        "#(万元)",
        "#股",
        "# shares",
        "#%",
        "$#",
        "RMB #",
        "人民币#",
        "超过#",
        "第#",
        "#人次",
        "#点，",
        "#部",
    ],
)
def test_a_figure(text: str) -> None:
    assert around(text).is_figure()


@pytest.mark.parametrize(
    "text", ["#元旦快乐", "#手机", "#股东热线", "#部门", "#点击", "#人工客服", "#sharesight", "预约#"]
)
def test_no_figure(text: str) -> None:
    assert not around(text).is_figure()


def test_right_before() -> None:
    assert around("护照号码是：#").directly("passport")
    assert not around("护照登记的 #").directly("passport")


def test_a_list_says_it_once() -> None:
    text = "x、#"
    assert Words.before_number(text, [], 2, 1, "phone").directly("phone")
    text = "x,营收#"
    assert not Words.before_number(text, [], 4, 1, "phone").names("phone")


def test_the_nearest_word_for_another_number_counts() -> None:
    assert around("电话订单 #").names_another()
    assert not around("订单电话 #").names_another()
