"""Coins: nobody chooses who is audited, samples are nested, and an archive does not bury the desk."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from monitor.acquisition.coins import FIRST_SHARE, PURPOSES, Coins, next_share
from monitor.records import Purpose

KEYS = st.text(min_size=1, max_size=40)
SHARES = st.floats(0, 1)
COINS = Coins(key=b"of this installation", double_read_share=0.2, explore_share=0.05)


@given(KEYS, st.integers(1, 10**6), SHARES)
def test_a_text_has_one_coin_whatever_happens(text: str, story: int, share: float) -> None:
    coin = COINS.toss(text, story, share)
    assert coin == COINS.toss(text, story, share)
    assert 0 <= coin.u < 1 and 0 <= coin.place < 1
    assert coin.audited == (coin.u < share)


@given(KEYS, SHARES, SHARES)
def test_a_larger_share_audits_the_same_texts_and_more(text: str, one: float, other: float) -> None:
    small, large = sorted((one, other))
    assert COINS.toss(text, 1, small).audited <= COINS.toss(text, 1, large).audited


@given(KEYS, KEYS, st.integers(1, 10**6))
def test_the_texts_of_a_story_serve_one_purpose(one: str, other: str, story: int) -> None:
    assert COINS.toss(one, story, 0.1).purpose is COINS.toss(other, story, 0.9).purpose


def test_another_installation_draws_others() -> None:
    theirs = Coins(key=b"of another one")
    same = sum(COINS.toss(str(n), 1, 0.5).audited == theirs.toss(str(n), 1, 0.5).audited for n in range(2000))
    assert 880 < same < 1120  # 1,000 expected, standard deviation 22


def test_coins_are_fair_and_know_nothing_of_each_other() -> None:
    """What an audit serves, whether it is read twice, and its place say nothing of who is drawn."""
    tossed = [COINS.toss(f"text {n}", n, 0.3) for n in range(20_000)]
    audited = [coin for coin in tossed if coin.audited]
    assert abs(len(audited) - 6000) < 5 * 65
    for some in (tossed, audited):
        assert abs(sum(coin.twice for coin in some) / len(some) - 0.2) < 0.03
        assert abs(sum(coin.explored for coin in some) / len(some) - 0.05) < 0.015
        assert abs(sum(coin.place for coin in some) / len(some) - 0.5) < 0.02
        serves = Counter(coin.purpose for coin in some)
        for purpose, share in PURPOSES:
            assert abs(serves[purpose] / len(some) - share) < 0.03
    assert {purpose for purpose, _ in PURPOSES} == set(Purpose)


def test_an_archive_at_once_is_sampled_to_its_end_and_buries_nobody() -> None:
    coins, drawn, shares = Coins(audits_per_day=20), 0.0, []
    for _ in range(0, 100_000, 256):
        shares.append(coins.thinned(FIRST_SHARE, int(drawn)))
        drawn += 256 * shares[-1]
    assert 40 < drawn < 400
    assert shares[0] == FIRST_SHARE and 0 < shares[-1] < FIRST_SHARE
    assert shares == sorted(shares, reverse=True), "so that the sample is nested"


def test_no_audits_wanted_is_none_drawn() -> None:
    assert Coins(audits_per_day=0).thinned(1.0, 0) == 0.0


def test_the_share_follows_the_news_and_the_desk() -> None:
    def share(texts: float, finished: float | None, wanted: float = 20) -> float:
        return next_share(audits_per_day=wanted, texts_per_day=texts, finished_per_day=finished)

    assert share(1000, None) == 0.02, "what is wanted, until the desk has had a week"
    assert share(1000, 20) == 0.02 and share(1000, 90) == 0.02, "never more than is wanted"
    assert share(1000, 8) == 0.01, "a quarter more than the desk finishes"
    assert share(1000, 0) == 0.005, "a desk that was away finds its way back"
    assert share(10, 20) == 1.0
    assert share(0, None) == FIRST_SHARE, "nothing has come yet"


@given(st.floats(0, 1e4), st.floats(0, 1e6), st.none() | st.floats(0, 1e4))
def test_a_share_is_a_share(wanted: float, texts: float, finished: float | None) -> None:
    share = next_share(audits_per_day=wanted, texts_per_day=texts, finished_per_day=finished)
    assert 0 <= share <= 1
    if texts:
        assert share * texts <= wanted * (1 + 1e-9) + 1e-300, "to what a float can tell"
