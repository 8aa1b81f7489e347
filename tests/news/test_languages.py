"""The language of a text, in every script, with and without a hint."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.news.languages import detect_language


@pytest.mark.parametrize(
    ("text", "hint", "language"),
    [
        ("贵州茅台股价上涨", "", "zh"),
        ("贵州茅台股价上涨", "en", "zh"),
        ("Apple发布新款iPhone，股价上涨", "", "zh"),
        ("日本銀行の金利は据え置き", "", "ja"),
        ("한국은행 기준금리 동결", "", "ko"),
        ("Банк России сохранил ставку", "", "ru"),
        ("AAPL +3%", "", ""),
        ("AAPL +3%", "en-US", "en"),
        ("AAPL +3%", "zh", ""),
        ("Shares of the bank fell after the report", "", "en"),
        ("Tesla Q3 EPS $0.72 vs $0.60 estimate", "en", "en"),
        ("1234 5678", "zh_CN", "zh"),
        ("", "xx-not", "xx"),
        ("", "english", ""),
        ("", "", ""),
    ],
)
def test_languages_that_need_no_model(
    monkeypatch: pytest.MonkeyPatch, text: str, hint: str, language: str
) -> None:
    monkeypatch.setattr("monitor.news.languages._detector", lambda: pytest.fail("lingua was asked"))
    assert detect_language(text, hint) == language


OTHERS = {
    "ar": "أرباح البنك تتراجع بشكل حاد",
    "fa": "سود بانک به شدت کاهش پیدا کرد",
    "ur": "بینک کا منافع بہت کم ہو گیا ہے",
    "he": "הבנק דיווח על הפסד גדול",
    "el": "Η τράπεζα ανακοίνωσε ζημίες",
    "hi": "बैंक का मुनाफा घटा",
    "bn": "ব্যাংকের মুনাফা কমেছে",
    "ta": "வங்கியின் லாபம் குறைந்தது",
    "th": "ธนาคารกลาง ขึ้นดอกเบี้ย",
    "lo": "ທະນາຄານກາງ",
    "km": "ធនាគារជាតិ",
    "my": "ဗဟိုဘဏ်",
    "ka": "ბანკის მოგება",
    "hy": "Բանկի շահույթը",
    "am": "የባንክ ትርፍ",
    "ru": "Банк России сохранил ставку",
    "uk": "Прибуток банку різко впав у кварталі",
    "kk": "Банктің пайдасы төмендеді",
    "sr": "Добит банке је опала, саопштио је ђурђевдан",
    "ko": "한국은행 기준금리 동결",
    "zh": "贵州茅台股价上涨",
    "ja": "日本銀行は利上げを見送った",
}


@pytest.mark.parametrize("hint", ["", "en", "de", "zh", "ja", "ru", "xx", "vi"])
@pytest.mark.parametrize("language", OTHERS)
def test_no_hint_beats_a_script_that_its_language_is_not_written_in(language: str, hint: str) -> None:
    found = detect_language(OTHERS[language], hint)
    assert found == (hint if hint == "ru" and language in ("uk", "kk", "sr") else language)
    assert detect_language(f"{OTHERS[language]} ETF 3%", hint) == found


@pytest.mark.parametrize(
    ("text", "hint", "language"),
    [
        ("日経平均株価続落", "ja", "ja"),
        ("東京株式市場大幅下落", "ja", "ja"),
        ("日経平均株価続落", "", "ja"),  # 経, 価 and 続 are written so in Japan only
        ("日経平均株価続落", "zh", "ja"),
        ("東京株式市場大幅下落", "", "zh"),
        ("東京株式市場大幅下落", "en", "zh"),
        ("贵州茅台股价上涨", "ja", "zh"),
        ("贵州茅台股价上涨", "ko", "zh"),
        ("臺灣證券交易所", "zh", "zh"),
        ("你好嗎", "ja", "zh"),
        ("韓國銀行金利", "ko", "ko"),
        ("韓國銀行金利", "", "zh"),
        ("韓銀 기준금리 동결", "", "ko"),
        ("尹대통령訪美", "", "ko"),
        ("优の良品发布新品", "", "zh"),
        ("東京五輪組織委員会の会長辞任", "", "ja"),
        ("ソニー決算", "zh", "ja"),
        ("プロフィット", "en", "ja"),
        ("Apple苹果", "en", "zh"),
        ("Alibaba (阿里巴巴) shares fell in Hong Kong after the report", "zh", "en"),
        ("Банк VTB reports", "en", "en"),
        ("Прибыль Apple", "en", "ru"),
        ("Прибыль упала", "bg", "bg"),
        ("AAPL +3%", "ru", ""),
        ("AAPL +3%", "ar", ""),
        ("AAPL +3%", "vi", "vi"),
        ("12.5% 3,000", "ja", "ja"),
        ("12.5%", "", ""),
        ("📈📉", "en", "en"),
        ("Zysk banku spadł w trzecim kwartale o połowę", "pl", "pl"),
        ("Shares of the bank fell after the report", "pl", "en"),
        ("ꮳꮃꭹ ꭶꮼꮒꭿꮝꮧ", "en", ""),
    ],
)
def test_what_the_script_leaves_open_the_hint_decides(text: str, hint: str, language: str) -> None:
    assert detect_language(text, hint) == language


@given(st.text(max_size=40), st.text("enzhjarukoxX-_ ", max_size=5))
def test_any_text_has_a_language_or_none(text: str, hint: str) -> None:
    found = detect_language("".join(char for char in text if not ("a" <= char.lower() <= "z")), hint)
    assert found == "" or (len(found) == 2 and found.isascii() and found.islower())


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Die Aktie der Bank fällt nach der Gewinnwarnung deutlich", "de"),
        ("La banque relève ses prévisions après un trimestre record", "fr"),
        ("Quarterly earnings beat estimates, dividend raised", "en"),
    ],
)
def test_other_latin_languages_are_told_apart(text: str, language: str) -> None:
    assert detect_language(text) == language
