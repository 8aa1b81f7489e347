"""Identity keys, edits against reused keys, and near-duplicates."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.news.identity import (
    HASHES,
    STORY_THRESHOLD,
    apart,
    bands,
    exact_key,
    keys,
    resemblance,
    same_item,
    signature,
    similarity,
)
from monitor.news.normalize import content_hash
from monitor.records import Article, Item

short = st.sampled_from(["", "a", "b", " "])
items = st.builds(Item, title=short, text=short, url=short, guid=short)

STORY = (
    "Halvorsen Bank fined after regulators find failings in its money laundering controls. "
    "The lender said that it would not appeal and had set the sum aside in the spring."
)
CHINESE = "蓝桥控股因涉嫌信息披露违规被立案调查，公司股价周一开盘跌停，多家机构下调评级。"


# --- keys --------------------------------------------------------------------------------------


@given(st.lists(items, max_size=8))
def test_equal_keys_mean_equal_items(document: list[Item]) -> None:
    found = keys(document)
    assert len(found) == len(document)
    for i, first in enumerate(document):
        for j, second in enumerate(document):
            if found[i] == found[j]:
                assert exact_key(first) == exact_key(second)
            if first == second:
                assert found[i] == found[j]


@given(st.lists(items, max_size=8), st.randoms())
def test_keys_do_not_depend_on_the_order(document: list[Item], rng: random.Random) -> None:
    order = list(range(len(document)))
    rng.shuffle(order)
    shuffled = keys([document[i] for i in order])
    assert [shuffled[order.index(i)] for i in range(len(document))] == keys(document)


def test_an_edit_keeps_the_key_of_a_guid_or_an_address() -> None:
    by_guid = Item(title="a", guid="1"), Item(title="b", guid="1", url="https://x.example/")
    by_url = (
        Item(title="a", url="https://x.example/1?utm_source=a"),
        Item(title="b", url="https://x.example/1"),
    )
    for before, after in (by_guid, by_url):
        assert keys([before]) == keys([after])


def test_items_that_share_a_guid_get_keys_of_their_own() -> None:
    first, second = Item(title="a", guid="same"), Item(title="b", guid="same")
    assert len(set(keys([first, second]))) == 2
    assert keys([first, second]) == [exact_key(first), exact_key(second)]
    assert keys([first, first]) == keys([first]) * 2


def test_fragments_tell_items_of_one_page_apart() -> None:
    page = "https://x.example/live"
    assert len(set(keys([Item(title="a", url=page + "#1"), Item(title="a", url=page + "#2")]))) == 2


@given(
    st.lists(st.text(max_size=3), min_size=4, max_size=4),
    st.lists(st.text(max_size=3), min_size=4, max_size=4),
)
def test_exact_keys_never_confuse_fields(one: list[str], other: list[str]) -> None:
    first, second = Item(*one), Item(*other)
    assert (exact_key(first) == exact_key(second)) == (first == second)


# --- edits ---------------------------------------------------------------------------------------


def edited(old: Article, **changes: object) -> Article:
    content = str(changes.get("content", old.content))
    return replace(old, **{"content_hash": str(hash(content)), **changes})


@pytest.mark.parametrize("text", [STORY, CHINESE])
def test_an_edited_text_is_the_same_item(article: Callable[..., Article], text: str) -> None:
    old = article(text)
    later = old.published_at + timedelta(hours=1)
    assert same_item(old, edited(old, content=text + " Correction: it was on Friday.", published_at=later))
    assert same_item(old, edited(old, content=text[: len(text) * 2 // 3], published_at=later))


def test_a_new_headline_over_the_same_text_is_the_same_item(article: Callable[..., Article]) -> None:
    old = article("The text.", title="Shares fall", content="Shares fall")
    assert same_item(old, edited(old, title="Markets tumble", content="Markets tumble"))


def test_of_an_article_whose_text_was_removed_the_time_is_enough(article: Callable[..., Article]) -> None:
    whole = article(STORY, title="Bank fined")
    old = replace(whole, text="", content="Bank fined")
    new = edited(old, title="Regulator acts", text="Other words", content="Regulator acts\nOther words")
    assert same_item(old, new)
    later = old.published_at + timedelta(days=1)
    assert not same_item(old, replace(new, published_at=later)), "a key that is used again"
    headline = replace(old, content_hash=content_hash("Bank fined"))
    assert not same_item(headline, new), "it never had a text"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (STORY, "Apple unveils a phone with a larger screen and a longer lasting battery"),
        (CHINESE, "央行维持利率不变"),
    ],
)
def test_other_news_under_a_reused_key_is_not(article: Callable[..., Article], old: str, new: str) -> None:
    before = article(old)
    for moment in (before.published_at, before.published_at + timedelta(days=1)):
        assert not same_item(
            before, edited(before, title=new[:60], text=new, content=new, published_at=moment)
        )


# --- stories -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (STORY, STORY.upper()),
        (STORY, STORY.replace(".", " !").replace(",", "")),
        (STORY, STORY + " (Wire)"),
        (CHINESE, CHINESE.replace("，", " ").replace("。", "！")),
        (CHINESE, "【快讯】" + CHINESE),
    ],
)
def test_reprints_are_alike(first: str, second: str) -> None:
    one, two = signature(first), signature(second)
    assert similarity(one, two) >= STORY_THRESHOLD
    assert set(bands(one)) & set(bands(two))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (STORY, CHINESE),
        (
            STORY,
            "Vantor Motors recalls forty thousand cars over faulty brakes and halts production in two plants",
        ),
        (CHINESE, "远山能源与青禾农业签署战略合作协议，双方将在生物质发电领域展开合作，首期投资五亿元。"),
        ("Meridian Steel raises its dividend", "Oakfield Retail closes forty shops"),
    ],
)
def test_different_news_is_not_alike(first: str, second: str) -> None:
    assert similarity(signature(first), signature(second)) < 0.3


def test_the_estimate_is_near_the_true_similarity() -> None:
    words = [f"word{n:03}" for n in range(200)]
    one, two = " ".join(words[:150]), " ".join(words[50:])
    grams = [{text[i : i + 5] for i in range(len(text) - 4)} for text in (one, two)]
    true = len(grams[0] & grams[1]) / len(grams[0] | grams[1])
    assert abs(similarity(signature(one), signature(two)) - true) < 4 * 0.0625


def test_signatures_are_fixed_for_ever() -> None:
    """Stored signatures must stay comparable; a change of these numbers needs a migration."""
    assert signature("银行 bank")[:3] == [1563633007, 671270410, 1089889843]
    assert signature("银行 bank")[HASHES:] == [1, 1094781258, 1477649848, 3312440832]
    assert len(set(bands(signature(STORY)))) == 16
    assert all(len(band) <= 40 for band in bands(signature(STORY)))


@pytest.mark.parametrize("text", ["", " \n", "!!! ...", "🙂"])
def test_a_text_without_letters_is_like_nothing(text: str) -> None:
    assert signature(text) == [] and bands([]) == []
    assert similarity(signature(text), signature(text)) == 0.0


@given(st.text(max_size=300))
def test_a_text_is_like_itself(text: str) -> None:
    found = signature(text)
    assert all(0 <= value < 2**32 for value in found[:HASHES])
    assert similarity(found, found) == (1.0 if found else 0.0)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (
            "Central bank raises benchmark interest rates by 25 basis points",
            "Central bank lowers benchmark interest rates by 25 basis points",
        ),
        (
            "中国人民银行决定上调金融机构存款准备金率0.5个百分点",
            "中国人民银行决定下调金融机构存款准备金率0.5个百分点",
        ),
        (
            "青禾农业:关于控股股东所持公司部分股份被司法冻结的公告",
            "麦田零售:关于控股股东所持公司部分股份被司法冻结的公告",
        ),
        ("关于控股股东部分股份质押的公告", "关于控股股东部分股份解除质押的公告"),
        (
            "Halvorsen Bank Q1 2026 Earnings Call Transcript",
            "Halvorsen Bank Q2 2026 Earnings Call Transcript",
        ),
        ("Oakfield Retail says it will pay the fine", "Oakfield Retail says it will not pay the fine"),
    ],
)
def test_notices_of_one_form_resemble_each_other_and_are_two_stories(first: str, second: str) -> None:
    one, two = signature(first), signature(second)
    assert resemblance(one, two) > 0.5 and apart(one, two) and apart(two, one)
    assert similarity(one, two) < STORY_THRESHOLD


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Halvorsen Bank fined over controls", "UPDATE 1-Halvorsen Bank fined over controls"),
        ("Halvorsen Bank fined over controls", "Halvorsen Bank Fined Over Controls (Reuters)"),
        ("蓝桥控股:因涉嫌信息披露违规被立案", "【快讯】蓝桥控股:因涉嫌信息披露违规被立案。"),
    ],
)
def test_what_a_source_puts_around_a_headline_makes_no_other_story(first: str, second: str) -> None:
    assert not apart(signature(first), signature(second))


def test_a_body_may_get_another_headline_and_newer_figures_but_no_opposite() -> None:
    plain = signature(f"Halvorsen Bank fined 57 million\n{STORY * 3}")
    assert not apart(plain, signature(f"Watchdog punishes lender\n{STORY * 3}"))
    assert not apart(plain, signature(f"Halvorsen Bank fined 58 million\n{STORY * 3}"))
    notice = "notice on the freezing of shares held by the controlling shareholder"
    one, other = (signature(f"{name}: {notice}\n{STORY * 3}") for name in ("Oakfield", "Brightwater"))
    assert apart(one, other)
    up, down = (signature(f"Shares of lender {word}\n{STORY * 3}") for word in ("rise", "fall"))
    assert apart(up, down)


@given(st.text(max_size=80), st.text(max_size=80))
def test_being_apart_is_symmetric_and_no_text_is_apart_from_itself(first: str, second: str) -> None:
    one, two = signature(first), signature(second)
    assert similarity(one, two) == similarity(two, one)
    if one:
        assert not apart(one, one)
