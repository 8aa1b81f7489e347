"""Encodings: what is certain, what is guessed and how often rightly, and what is refused."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.datasets.tables import encodings
from monitor.datasets.tables.encodings import Encoding, UnknownEncoding, foreign, named, sniff

SIMPLIFIED = (
    "青禾农业三季度亏损扩大，股价跌停",
    "云岭银行不良贷款率上升，计提拨备增加",
    "监管部门对海川证券立案调查",
    "东江重工中标二十亿元轨道交通订单",
    "央行下调存款准备金率零点二五个百分点",
    "远山光伏拟发行可转债募资扩产",
    "南屏医药新药临床试验未达预期",
    "两市成交额突破一万亿元，券商股领涨",
    "董事长辞职，公司称经营正常",
    "“去库存”压力仍大：钢价续跌（附图）",
    "净利润同比下降37.5%，现金流转负",
    "港口罢工致铁矿石发运受阻",
)
TRADITIONAL = (
    "台積電業績下滑，外資調降評等",
    "金管會對海川證券處以罰鍰",
    "鋼價續跌，庫存壓力仍大",
    "央行升息半碼，房貸族壓力增加",
    "遠山電子財報優於預期，股價漲停",
    "董事長請辭，公司強調營運正常",
    "港股通資金連續五日淨流出",
    "航運類股重挫，運價指數創新低",
    "壽險業匯損擴大，淨值縮水",
    "新藥臨床試驗未達標，投資人求償",
    "離岸風電標案延後開標",
    "銀行逾放比上升至百分之一",
)
WESTERN = (
    "Nestlé cuts its “guidance” again",
    "Société Générale’s profit falls – shares drop 6%",
    "Crédit Agricole to shed 900 jobs… unions protest",
    "Münchener Rück raises its dividend to €15",
    "São Paulo exchange halts trading in Açúcar Verde",
    "Zürich regulator fines Bär & Söhne £4m",
    "“No comment,” says L’Étoile’s chairman",
    "Citroën recalls 40,000 vans over a brake fault",
    "Ørsted and Brüel agree terms – sources",
    "Bank’s outlook cut to ‘negative’ on loan losses",
    "Malmö shipyard’s orders double",
    "Café chain Olé! seeks €30m",
)
KOREAN = (
    "한국은행 기준금리 동결, 물가 우려 지속",
    "청하전자 3분기 영업이익 급감",
    "외국인 매도에 코스피 하락 마감",
    "대형 은행 부실채권 비율 상승",
    "신약 임상 실패에 주가 급락",
    "조선업 수주 잔고 사상 최대",
)
JAPANESE = (
    "日銀が政策金利を引き上げ、円高が進む",
    "遠山電機の四半期決算は減益となった",
    "東京株式市場で日経平均が続落した",
    "半導体メーカーが工場の新設を発表",
    "金融庁が証券会社に業務改善を命令",
    "新車のリコールで株価が急落",
)
RUSSIAN = (
    "Центральный банк повысил ключевую ставку",
    "Акции горной компании упали на пять процентов",
    "Чистая прибыль банка снизилась вдвое",
    "Регулятор начал проверку страховщика",
    "Экспорт зерна достиг рекорда",
    "Совет директоров отложил выплату дивидендов",
)
GUESSED = [  # texts, the encoding they are written in, what it is found to be
    (SIMPLIFIED, "gbk", "gb18030"),
    (SIMPLIFIED, "gb18030", "gb18030"),
    (TRADITIONAL, "big5", "cp950"),
    (TRADITIONAL, "cp950", "cp950"),
    (TRADITIONAL, "gb18030", "gb18030"),
    (WESTERN, "cp1252", "cp1252"),
    (KOREAN, "cp949", "cp949"),
    (JAPANESE, "cp932", "cp932"),
    (JAPANESE, "euc_jp", "euc_jp"),
    (RUSSIAN, "cp1251", "cp1251"),
    (SIMPLIFIED, "utf-16-le", "utf-16-le"),
    (SIMPLIFIED, "utf-16-be", "utf-16-be"),
    (WESTERN, "utf-16-le", "utf-16-le"),
    (SIMPLIFIED, "utf-32-le", "utf-32-le"),
]


def sheet(texts: Sequence[str], encoding: str) -> bytes:
    return ("title,label\r\n" + "".join(f'"{text}",neutral\r\n' for text in texts)).encode(encoding)


@pytest.mark.parametrize(("texts", "written", "found"), GUESSED)
def test_a_file_of_one_headline_or_of_many_is_guessed_right(
    texts: Sequence[str], written: str, found: str
) -> None:
    """The confusion table: 144 single headlines, 720 pairs and 14 whole files, all of them right."""
    for count in (1, 2, len(texts)):
        table = Counter(sniff([sheet(some, written)]) for some in combinations(texts, count))
        assert set(table) == {Encoding(found, guessed=True)}, (count, table)


@pytest.mark.parametrize("texts", [SIMPLIFIED, TRADITIONAL, WESTERN, KOREAN, JAPANESE, RUSSIAN])
def test_utf_8_is_certain(texts: Sequence[str]) -> None:
    for text in texts:
        assert sniff([sheet([text], "utf-8")]) == Encoding("utf-8")


@pytest.mark.parametrize("written", ["utf-8-sig", "utf-16", "utf-32"])
def test_a_mark_is_certain(written: str) -> None:
    found = sniff([sheet(SIMPLIFIED[:1], written)])
    assert not found.guessed and found.mark
    assert sheet(SIMPLIFIED[:1], written)[found.mark :].decode(found.codec).startswith("title")


def test_gb18030_has_a_mark_too() -> None:
    assert sniff(["\ufeff标题\n".encode("gb18030")]) == Encoding("gb18030", mark=4)


def test_ascii_is_undecided() -> None:
    assert sniff([b"title\nMill closes\n"]) == Encoding("") == sniff([])


def test_where_blocks_are_cut_changes_nothing() -> None:
    data = sheet(SIMPLIFIED, "gbk")
    for size in (1, 2, 3, 7, 64):
        assert sniff(data[at : at + size] for at in range(0, len(data), size)) == sniff([data])
    data = sheet(["a" * 100_000, *SIMPLIFIED], "utf-8")
    assert sniff(data[at : at + 1000] for at in range(0, len(data), 1000)) == Encoding("utf-8")


def test_a_damaged_line_does_not_make_utf_8_another_encoding() -> None:
    data = sheet(SIMPLIFIED, "utf-8")
    assert sniff([data + b"cut \xe9\x9d,x\n"]) == Encoding("utf-8")
    assert sniff([data[:-30]]) == Encoding("utf-8")  # somebody is still writing it


@pytest.mark.parametrize("text", ["利润", "茅台"])
def test_what_may_be_two_encodings_is_refused_with_both(text: str) -> None:
    with pytest.raises(UnknownEncoding) as caught:
        sniff([f"title\n{text}\n".encode("gbk")])
    assert "gb18030" in caught.value.rivals and len(caught.value.rivals) == 2
    assert (caught.value.at, caught.value.line) == (6, 1)


def test_json_is_taken_for_utf_8_where_it_may_be() -> None:
    data = '{"title": "αβ"}\n'.encode()
    with pytest.raises(UnknownEncoding, match="utf-8, gb18030"):
        sniff([data])
    assert sniff([data], json=True) == Encoding("utf-8", guessed=True)


@pytest.mark.parametrize(
    ("data", "kind"),
    [(b"PK\x03\x04rest", "Excel"), (b"PAR1", "Parquet"), (b"\x1f\x8b\x08", "gzip"), (b"%PDF-1.7", "PDF")],
)
def test_what_is_no_text_is_called_what_it_is(data: bytes, kind: str) -> None:
    with pytest.raises(UnknownEncoding, match=kind):
        sniff([data])


def test_noise_is_refused() -> None:
    noise = random.Random(1)
    for _ in range(20):
        with pytest.raises(UnknownEncoding):
            sniff([noise.randbytes(500)])


@pytest.mark.parametrize(("texts", "written"), [(SIMPLIFIED, "gbk"), (TRADITIONAL, "big5")])
def test_a_few_lines_that_are_not_in_it_do_not_make_a_file_another_encoding_s(
    texts: Sequence[str], written: str
) -> None:
    data = sheet(texts, written)
    for line in ("净利润下降\n".encode(), b"cut \xb9\xf3\xd6\n", b"\xff\xff\n"):
        assert sniff([data + line]) == sniff([data])


@pytest.mark.parametrize(
    ("text", "written", "kind"),
    [
        ("日銀が利上げ", "iso2022_jp", "ISO-2022"),
        ("青禾农业亏损扩大", "hz", "HZ"),
        ("青禾农业亏损扩大", "utf-7", "UTF-7"),
        ("Nestlé cuts", "utf-7", "UTF-7"),
    ],
)
def test_encodings_that_look_like_ascii_are_refused(text: str, written: str, kind: str) -> None:
    with pytest.raises(UnknownEncoding, match=kind):
        sniff([f"title,text\n{text},x\n".encode(written)])


def test_ascii_that_looks_like_such_an_encoding_is_ascii() -> None:
    text = b"title\n+12% to 3 - a C++ firm - up +more- than ~{50}~ \x1b[1mbold\x1b[0m\n"
    assert sniff([text]) == Encoding("")


def test_zero_bytes_alone_make_no_utf_16() -> None:
    assert sniff([b"title,text\nA,\x00\x00B\n" + b"C,D\n" * 9]) == Encoding("")


def test_names_of_encodings() -> None:
    assert [named(name) for name in ("GBK", "gb2312", "utf8", "UTF-16", "Big5", "latin1", "utf-8-sig")] == [
        *("gb18030", "gb18030", "utf-8", "utf-16-le", "big5", "iso8859-1", "utf-8")
    ]
    for name in ("utf-7", "iso2022_jp", "cp037", "base64", "hz", "no-such"):
        with pytest.raises(LookupError):
            named(name)


def test_a_utf_8_line_in_a_file_of_another_encoding_is_noticed() -> None:
    assert foreign("青禾农业".encode()) and not foreign(b"plain") and not foreign("Nestlé".encode("cp1252"))
    assert not any(foreign(text.encode("gbk")) for text in SIMPLIFIED)


hanzi = st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5)


@given(
    st.lists(st.text(hanzi, min_size=1, max_size=6), min_size=1, max_size=4),
    st.sampled_from(["gbk", "utf-8"]),
)
def test_no_text_is_taken_for_certain_in_an_encoding_it_is_not_in(texts: list[str], written: str) -> None:
    data = sheet(texts, written)
    try:
        found = sniff([data])
    except UnknownEncoding:
        return
    assert found.guessed or data.decode(found.codec) == data.decode(written)


@given(st.binary(max_size=200))
def test_any_bytes_have_an_encoding_that_reads_them_or_none(data: bytes) -> None:
    try:
        found = sniff([data])
    except UnknownEncoding:
        return
    if found.codec and found.codec != "utf-8":  # of UTF-8 single lines may be damaged
        encodings._begun(data[found.mark :], found.codec)
