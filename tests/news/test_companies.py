"""The watch list's file, and finding its companies in texts."""

from __future__ import annotations

import gc
import sys
import unicodedata
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import companies
from monitor.errors import DataError
from monitor.news.companies import Doubt, Linker, load_watchlist
from monitor.records import Alias, AliasKind, Company, Mention, Part

COMPANIES = (
    Company("apple", "Apple", ("Apple Inc.", "苹果公司"), "AAPL"),
    Company("costco", "Costco Wholesale", ("好市多",), "COST"),
    Company("ford", "Ford Motor", (), "F"),
    Company("vanke", "万科", ("万科企业", "万科Ａ", "China Vanke"), "000002"),
    Company("tencent", "腾讯控股", ("腾讯", "Tencent"), "0700"),
    Company("citic", "CITIC Securities", ("中信证券",), "600030"),
    Company("bank", "Bank", (), ""),
    Company("boa", "Bank of America", (), ""),
)
LINKER = Linker(COMPANIES)


def named(text: str) -> list[tuple[str, str]]:
    """Company and the words that name it; offsets are checked on the way."""
    found = LINKER.mentions(text)
    assert all(0 <= one.start < one.end <= len(text) for one in found)
    return [(one.company_id, text[one.start : one.end]) for one in found]


@pytest.mark.parametrize(
    ("text", "companies"),
    [
        ("Apple and Tencent rise", [("apple", "Apple"), ("tencent", "Tencent")]),
        ("Apple Inc. rises", [("apple", "Apple Inc.")]),
        ("APPLE LEADS STOCKS LOWER", [("apple", "APPLE")]),
        ("an apple a day", []),
        ("Pineapple and Applebee are others", []),
        ("苹果公司与腾讯合作", [("apple", "苹果公司"), ("tencent", "腾讯")]),
        ("腾讯控股大涨", [("tencent", "腾讯控股")]),
        ("万科企业发布公告", [("vanke", "万科企业")]),
        ("万科A涨停", [("vanke", "万科A")]),
        ("买入万科Apple受益", [("vanke", "万科"), ("apple", "Apple")]),
        ("COST beats, cost of living falls, Cost", [("costco", "COST")]),
        ("AAPL, $AAPL; NASDAQ:AAPL", [("apple", "AAPL")] * 3),
        ("xAAPL AAPLx AAPL1", []),
        ("$F and NYSE:F but not an F grade", [("ford", "F"), ("ford", "F")]),
        ("600030 and 6000301", [("citic", "600030")]),
        ("0700.HK and (0700) but not 0700 hours", [("tencent", "0700"), ("tencent", "0700")]),
        ("Bank of America is a Bank", [("boa", "Bank of America"), ("bank", "Bank")]),
        ("", []),
    ],
)
def test_names_in_texts(text: str, companies: list[tuple[str, str]]) -> None:
    assert named(text) == companies


def test_the_mention_says_what_stands_in_the_text() -> None:
    assert LINKER.mentions("萬科A") == [Mention("vanke", "萬科A", 0, 3, Part.SUBJECT)]


def test_names_count_on_the_days_they_were_valid() -> None:
    old = Alias("Facebook Inc.", AliasKind.FORMER, valid_until=date(2021, 10, 28))
    new = Alias("Meta Platforms", AliasKind.FULL, valid_from=date(2021, 10, 28))
    linker = Linker([Company("meta", "Zuckerberg's firm", names=(old, new))])
    text = "Facebook Inc. is now Meta Platforms"
    for on, named in (
        (date(2021, 10, 27), ["Facebook Inc."]),
        (date(2021, 10, 28), ["Facebook Inc.", "Meta Platforms"]),
        (date(2021, 10, 29), ["Meta Platforms"]),
        (None, ["Facebook Inc.", "Meta Platforms"]),
    ):
        assert [one.alias for one in linker.mentions(text, on)] == named


def test_finds_say_why_they_are_no_mentions() -> None:
    watched = [
        Company("jd", "京东"),
        Company("boe", "京东方"),
        Company("boc", "中行"),
        Company("gap", "Gap", (), "NYSE:GAP"),
        Company("hm", "小米"),
    ]
    linker = Linker(watched)
    for text, doubt in (
        ("其中行情分化", Doubt.ACROSS_WORDS),
        ("京东方发布新品", Doubt.ACROSS_WORDS),
        ("The gap widens", Doubt.CASE),
        ("Gap between rich and poor", Doubt.COMMON_WORD),
        ("GAP.L rises", Doubt.OTHER_MARKET),
        ("Gapping", Doubt.LONGER_WORD),
        ("the Gap Band", Doubt.LONGER_NAME),
        ("一碗小米粥", Doubt.ACROSS_WORDS),
        ("京东健康", Doubt.LONGER_NAME),
    ):
        found = linker.finds(text)
        assert doubt in {one.doubt for one in found}, (text, found)


HARD = Path(__file__).parents[2] / "benchmarks" / "sets"


def test_the_tuned_half_of_the_hard_set_holds() -> None:
    """The figures of both halves are the benchmark's; here only that the tuned one does not slip."""
    tally = companies.measured(HARD, "tuned")
    assert tally.precision >= 0.97 and tally.recall >= 0.95


def test_a_name_that_two_companies_share_is_both() -> None:
    linker = Linker([Company("a", "Orion"), Company("b", "Orion"), Company("c", "Nova", ("Orion",))])
    assert [one.company_id for one in linker.mentions("Orion wins")] == ["a", "b", "c"]


def test_offsets_hold_where_lower_case_is_longer() -> None:
    text = "İİİ Tencent"
    (found,) = LINKER.mentions(text)
    assert text[found.start : found.end] == "Tencent"


@given(
    st.lists(
        st.sampled_from(["Apple", "腾讯", "Bank of America", " ", "x", "。", "万科", "İ", "\n", "AAPL"]),
        max_size=20,
    )
)
def test_mentions_never_overlap_and_come_in_order(parts: list[str]) -> None:
    text = unicodedata.normalize("NFKC", "".join(parts))
    found = LINKER.mentions(text)
    for before, after in pairwise(found):
        assert before.end <= after.start


def test_an_empty_list_finds_nothing() -> None:
    assert Linker([]).mentions("Apple") == []


def test_a_long_list_costs_no_more_than_a_short_one() -> None:
    text = "Company Number 00007 sued Company Number 00099. " * 20

    def calls(names: int) -> int:
        linker = Linker([Company(str(n), f"Company Number {n:05}") for n in range(names)])
        counted: list[str] = []
        gc.disable()  # what is told of a collection is no work of the linker's
        sys.setprofile(lambda frame, event, argument: counted.append(event))
        try:
            found = linker.mentions(text)
        finally:
            sys.setprofile(None)
            gc.enable()
        assert len(found) == 40
        return len(counted)

    assert calls(20_000) == calls(100)


# --- the file ------------------------------------------------------------------------------------


def written(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


def test_the_file_is_read(tmp_path: Path) -> None:
    rows = [
        "id,name,ticker,aliases",
        "apple,Apple,AAPL,Apple Inc.| 苹果 |",
        "",
        'jd,"京东, 集团",,',
        "x,X Corp",
    ]
    text = "\r\n".join(rows)
    for encoding in ("utf-8", "utf-8-sig"):
        assert load_watchlist(written(tmp_path / "w.csv", text, encoding)) == (
            Company("apple", "Apple", ("Apple Inc.", "苹果"), "AAPL"),
            Company("jd", "京东, 集团"),
            Company("x", "X Corp"),
        )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "line 1: the header lacks id, name"),
        ("name,ticker\n", "line 1: the header lacks id"),
        ("id,name,id\n", "line 1: the header names id twice"),
        ("id,name,former\na,A,B @ 2020..x\n", "line 2: 'B @ 2020..x': '2020' is no day as 2021-10-28"),
        ("id,name,former\na,A,B @ 2020-01-02..2020-01-01\n", "it ends before it begins"),
        ("id,name,former\na,A,@ ..2020-01-01\n", 'write a name for a time as "NAME @ FROM..UNTIL"'),
        ("id,name,sector\n", "line 1: the header has unknown sector"),
        ("id,name\n,Apple\n", "line 2: a company needs an id and a name"),
        ("id,name\na,Apple\na,Again\n", "line 3: id 'a' is there twice"),
        ("id,name\na,Apple, Inc.\n", "line 2: 3 cells under 2 columns"),
    ],
)
def test_mistakes_are_named_with_file_and_line(tmp_path: Path, text: str, reason: str) -> None:
    path = written(tmp_path / "watch.csv", text)
    with pytest.raises(DataError) as caught:
        load_watchlist(path)
    assert str(path) in str(caught.value) and reason in str(caught.value)


def test_other_encodings_and_missing_files_are_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="save it as UTF-8"):
        load_watchlist(written(tmp_path / "w.csv", "id,name\na,苹果公司\n", "gb18030"))
    with pytest.raises(DataError, match="no such file"):
        load_watchlist(tmp_path / "missing.csv")


def test_the_starter_list_is_sound() -> None:
    linker = Linker(load_watchlist(Path(__file__).parents[2] / "watchlist.csv"))
    found = {
        one.company_id
        for one in linker.mentions("Tesla与宁德时代、贵州茅台；JPMorgan, 工商银行, Halvorsen Bank")
    }
    assert found == {"tesla", "catl", "moutai", "jpmorgan", "icbc", "halvorsen"}
