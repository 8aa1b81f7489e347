"""The watch list's file, edited by one at a time."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from monitor.errors import DataError
from monitor.news.names.watchlist import load_watchlist
from monitor.premises.watchlist import Listed, rewrite
from monitor.records import Company


def test_a_list_that_is_not_there_begins_empty(tmp_path: Path) -> None:
    acme = Company("acme", "Acme", ("阿克美",))
    assert rewrite(tmp_path / "watchlist.csv", lambda listed: {**listed, "acme": acme}) == (acme,)
    assert load_watchlist(tmp_path / "watchlist.csv") == (acme,)


def test_what_the_change_refuses_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "watchlist.csv"
    path.write_text("id,name\nacme,Acme\n", encoding="utf-8")

    def refuse(listed: Listed) -> Listed:
        raise KeyError(*listed)

    with pytest.raises(KeyError, match="acme"):
        rewrite(path, refuse)
    assert path.read_text(encoding="utf-8") == "id,name\nacme,Acme\n"
    path.write_text("id\nacme\n", encoding="utf-8")
    with pytest.raises(DataError, match="line 1"):
        rewrite(path, lambda listed: listed)
    assert path.read_text(encoding="utf-8") == "id\nacme\n"


def test_two_who_edit_at_once_both_are_heard(tmp_path: Path) -> None:
    path = tmp_path / "watchlist.csv"

    def add(number: int) -> None:
        rewrite(path, lambda listed: {**listed, f"c{number}": Company(f"c{number}", f"Name {number}")})

    threads = [threading.Thread(target=add, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {one.id for one in load_watchlist(path)} == {f"c{number}" for number in range(8)}
