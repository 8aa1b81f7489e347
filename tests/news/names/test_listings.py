"""Listings of exchanges, as they are downloaded."""

from __future__ import annotations

from pathlib import Path

from monitor.news.companies import Linker, load_watchlist
from monitor.news.names import listings
from monitor.records import Alias, AliasKind, Company


def read(path: Path, text: str) -> tuple[Company, ...]:
    path.write_text(text, encoding="utf-8")
    return load_watchlist(path)


def test_a_shares(tmp_path: Path) -> None:
    found = read(
        tmp_path / "a.csv",
        "ts_code,symbol,name,industry\n000002.SZ,000002,万科Ａ,地产\n000005.SZ,000005,*ST 星源股,环保\n"
        "000606.SZ,000606,ST顺利,软件\n"
        "688001.SH,688001,华兴源创-U,设备\n",
    )
    assert found == (
        Company("000002.SZ", "万科A", ("万科",), "000002.SZ"),
        Company("000005.SZ", "*ST 星源股", ("星源股",), "000005.SZ"),
        Company("000606.SZ", "ST顺利", (), "000606.SZ"),
        Company("688001.SH", "华兴源创-U", ("华兴源创",), "688001.SH"),
    )


def test_the_secs_tickers(tmp_path: Path) -> None:
    found = read(
        tmp_path / "s.csv",
        "cik_str,ticker,title\n1,AAPL,Apple Inc.\n2,BRK-A,BERKSHIRE HATHAWAY INC\n"
        "2,BRK-B,BERKSHIRE HATHAWAY INC\n3,BAC,BANK OF AMERICA CORP /DE/\n",
    )
    assert found == (
        Company("AAPL", "Apple", (), "AAPL.US", (Alias("Apple Inc.", AliasKind.FULL),)),
        Company(
            "BRK-A",
            "Berkshire Hathaway",
            (),
            "BRK.A.US",
            (Alias("Berkshire Hathaway Inc", AliasKind.FULL), Alias("BRK.B.US", AliasKind.TICKER)),
        ),
        Company("BAC", "Bank of America", (), "BAC.US", (Alias("Bank of America Corp", AliasKind.FULL),)),
    )


def test_the_sp500(tmp_path: Path) -> None:
    found = read(
        tmp_path / "p.csv",
        "Symbol,Security,GICS Sector,CIK\nMMM,3M,Industrials,66740\nGOOGL,Alphabet Inc. (Class A),C,1\n"
        "GOOG,Alphabet Inc. (Class C),C,1\n",
    )
    assert [(one.id, one.name, [alias.name for alias in one.names]) for one in found] == [
        ("MMM", "3M", []),
        ("GOOGL", "Alphabet", ["Alphabet Inc.", "GOOG.US"]),
    ]


def test_a_listing_is_a_watch_list(tmp_path: Path) -> None:
    companies = read(tmp_path / "a.csv", "ts_code,symbol,name\n600519.SH,600519,贵州茅台\n")
    (found,) = Linker(companies).mentions("贵州茅台创新低")
    assert found.company_id == "600519.SH"


def test_a_short_name_is_no_abbreviation_of_a_country(tmp_path: Path) -> None:
    text = "Symbol,Security\nUSB,U.S. Bancorp\nFITB,Fifth Third Bancorp\n"
    bank, other = read(tmp_path / "p.csv", text)
    assert (bank.name, bank.names, other.name) == ("U.S. Bancorp", (), "Fifth Third")
    assert not Linker([bank]).mentions("U.S. stocks fell on Monday.")
    assert listings.short("The Goldman Sachs Group, Inc.") == "Goldman Sachs"


def test_other_headers_are_none() -> None:
    assert listings.of(["id", "name"]) is None
