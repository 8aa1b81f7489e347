"""Form, check digits and words together."""

from __future__ import annotations

import pytest

from monitor.news.masking.finding import find
from monitor.news.masking.rules import Reading

ARTICLE, NAME, LINE, LINK = (
    Reading(),
    Reading(figures=False),
    Reading(figures=False, lone_ip=False),
    Reading(address=True),
)


def kinds(text: str, reading: Reading = ARTICLE) -> list[str]:
    return [f"{kind} {text[start:end]}" for kind, start, end in find(text, reading)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("110105199003072346", ["id-card 110105199003072346"]),
        ("2024-110105199003072346", []),
        ("SN110105199003072346", []),
        ("110105199003072346元", []),
        ("110105490307234", []),
        ("身份证110105490307234", ["id-card 110105490307234"]),
        ("4111111111111111", ["bank-card 4111111111111111"]),
        ("4111-1111-1111-1111", ["bank-card 4111-1111-1111-1111"]),
        ("order 4111111111111111", []),
        ("4111111111111112", []),
        ("卡号436742123456789017", []),
        ("219-09-9998", ["ssn 219-09-9998"]),
        ("part 219-09-9998", []),
        ("219 09 9998", []),
        ("SSN 219 09 9998", ["ssn 219 09 9998"]),
        ("SSN219099998", ["ssn 219099998"]),
        ("000-12-3456", []),
        ("203.0.113.45", ["ip 203.0.113.45"]),
        ("10.1.2.3", []),
        ("10.1.2.3:8080", ["ip 10.1.2.3"]),
        ("server 10.1.2.3", ["ip 10.1.2.3"]),
        ("v203.0.113.45", []),
        ("1.3.6.1.4.1", []),
        ("127.0.0.1 0.0.0.0", []),
        ("IP 256.1.1.1", []),
        ("ssh root@10.1.2.3", ["ip 10.1.2.3"]),
        ("护照E12345678", ["passport E12345678"]),
        ("E12345678", []),
        ("护照123456789", ["passport 123456789"]),
        ("护照丢失 123456789", []),
        ("passportC01X00T47", ["passport C01X00T47"]),
        ("13812345678", []),
        ("电话13812345678", ["phone 13812345678"]),
        ("tel13812345678", ["phone 13812345678"]),
        ("x13812345678", []),
        ("电话13812345678abc", []),
        ("电话1,381,234,567", []),
        ("电话13812345678.50", []),
        ("Call (212) 736-5000 x83449", ["phone (212) 736-5000 x83449"]),
        ("总机010-62345678转8001", ["phone 010-62345678转8001"]),
        ("李女士 13812345678", ["phone 13812345678"]),
        ("总经理13812345678", []),
    ],
)
def test_rules(text: str, found: list[str]) -> None:
    assert kinds(text) == found


def test_in_a_link_a_word_stands_right_before() -> None:
    assert kinds("联系我们 https://a.example/doc/13812345678") == []
    assert kinds("https://a.example/?tel=13812345678") == ["phone 13812345678"]
    assert kinds("/contact/13812345678", LINK) == ["phone 13812345678"]
    assert kinds("http://203.0.113.45:8080/") == ["ip 203.0.113.45"]
    assert kinds("/a/4111111111111111", LINK) == []


def test_who_reads_it_matters() -> None:
    assert kinds("13812345678", NAME) == ["phone 13812345678"]
    assert kinds("13812345678 rows", LINE) == ["phone 13812345678"]
    assert kinds("203.0.113.45 from 203.0.113.46", LINE) == []
    assert kinds("IP: 203.0.113.45", LINE) == ["ip 203.0.113.45"]


def test_a_mask_is_no_find_and_no_word() -> None:
    assert kinds("[phone] 13812345678营收") == ["phone 13812345678"], "it may be the first of a list"
    assert kinds("[phone]收入13812345678") == []
    assert kinds("电话[email]的 13812345678") == []
