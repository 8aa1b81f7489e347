from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from monitor.web.devices import MAX_ACCOUNTS, Devices

OURS, OTHERS = Devices(b"k" * 32), Devices(b"q" * 32)


def test_a_browser_is_known_for_the_account_that_logged_in_there_and_no_other() -> None:
    cookie = OURS.remembered("", "ada")
    assert OURS.known(cookie, "ada") and OURS.known(cookie, "ada") == OURS.known(cookie, "ada")
    assert not OURS.known(cookie, "bea") and not OURS.known(cookie, "") and not OTHERS.known(cookie, "ada")
    assert "ada" not in cookie
    assert OURS.known(OURS.remembered("", "ada"), "ada") != OURS.known(cookie, "ada"), "each browser its own"


def test_several_people_may_share_a_browser_up_to_a_bound() -> None:
    names = [f"user{number}" for number in range(MAX_ACCOUNTS + 2)]
    cookie = ""
    for name in names:
        cookie = OURS.remembered(cookie, name)
    assert [bool(OURS.known(cookie, name)) for name in names] == [False] * 2 + [True] * MAX_ACCOUNTS
    assert len(cookie) < 1000
    known = OURS.known(cookie, names[3])
    again = OURS.remembered(cookie, names[3])
    assert OURS.known(again, names[3]) == known and sorted(again.split("~")) == sorted(cookie.split("~"))


@given(st.data())
def test_no_change_to_a_cookie_is_taken(data: st.DataObject) -> None:
    cookie = OURS.remembered("", "ada")
    place = data.draw(st.integers(0, len(cookie) - 1))
    changed = cookie[:place] + data.draw(st.characters()) + cookie[place + 1 :]
    assert changed == cookie or not OURS.known(changed, "ada")


@given(st.text(max_size=300), st.text(max_size=20))
def test_any_cookie_is_read_without_an_error_and_replaced_by_a_good_one(cookie: str, name: str) -> None:
    assert not OURS.known(cookie, name)
    assert OURS.known(OURS.remembered(cookie, name), name)
