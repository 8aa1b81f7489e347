"""Where a name begins and ends."""

from __future__ import annotations

import pytest

from monitor.news.names import bounds


def place(text: str, name: str) -> tuple[str, int, int]:
    start = text.index(name)
    return text, start, start + len(name)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("其中行情分化", "中行"),
        ("人工行为识别", "工行"),
        ("各地组建行动小组", "建行"),
        ("扩大摩擦", "大摩"),
        ("北京东路", "京东"),
        ("京东方发布新品", "京东"),
        ("词汇丰富", "汇丰"),
        ("完美的开局", "美的"),
        ("一碗小米粥", "小米"),
        ("封建行為", "建行"),
        ("数万科研人员", "万科"),
        ("赞美团结精神", "美团"),
    ],
)
def test_names_across_two_words(text: str, name: str) -> None:
    assert bounds.across_words(*place(text, name))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("京东方面尚未回应", "京东"),
        ("工行长春分行", "工行"),
        ("建行行长", "建行"),
        ("蔚来发布新车", "蔚来"),
        ("万科集团公告", "万科"),
        ("腾讯控股", "腾讯"),
        ("宁德时代大涨", "宁德时代"),
        ("收购美团股份", "美团"),
        ("美的发布年报", "美的"),
        ("與騰訊合作", "騰訊"),
    ],
)
def test_names_that_are_words(text: str, name: str) -> None:
    assert not bounds.across_words(*place(text, name))


def test_a_long_name_is_no_accident() -> None:
    assert not bounds.across_words(*place("中国石油化工业", "中国石油化工"))


def test_latin_names_end_where_their_letters_do() -> None:
    assert bounds.inside_latin(*place("Pineapple", "apple"))
    assert bounds.inside_latin(*place("Apples", "Apple"))
    assert not bounds.inside_latin(*place("买入Apple受益", "Apple"))
    assert not bounds.inside_latin(*place("TPGs stake", "TPG"))
    assert bounds.inside_latin(*place("TPGss", "TPG"))


@pytest.mark.parametrize("text", ["https://x.com/Acme/1", "www.Acme.com", "mail ann@Acme.com now"])
def test_names_in_addresses(text: str) -> None:
    assert bounds.inside_address(*place(text, "Acme"))


def test_names_beside_addresses() -> None:
    assert not bounds.inside_address(*place("see Acme (https://x.com)", "Acme"))


def test_everyday_words_are_known() -> None:
    assert bounds.is_word("苹果") and bounds.is_word("蘋果") and bounds.is_word("理想")
    assert not bounds.is_word("华为") and not bounds.is_word("腾讯") and not bounds.is_word("宁德时代")
