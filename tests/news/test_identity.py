"""Identity keys, edits against reused keys, and near-duplicates."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.news.identity import STORY_THRESHOLD, bands, exact_key, keys, same_item, signature, similarity
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
    assert len(signature(STORY)) == 64 and len(set(bands(signature(STORY)))) == 16
    assert all(len(band) <= 40 for band in bands(signature(STORY)))


@pytest.mark.parametrize("text", ["", " \n", "!!! ...", "🙂"])
def test_a_text_without_letters_is_like_nothing(text: str) -> None:
    assert signature(text) == [] and bands([]) == []
    assert similarity(signature(text), signature(text)) == 0.0


@given(st.text(max_size=300))
def test_a_text_is_like_itself(text: str) -> None:
    found = signature(text)
    assert all(0 <= value < 2**32 for value in found)
    assert similarity(found, found) == (1.0 if found else 0.0)
