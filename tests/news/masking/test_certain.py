"""What a form or a check digit makes certain."""

from __future__ import annotations

import pytest
from stdnum import iban

from monitor.news.masking.certain import emails, ibans, ipv6


def covered(finder: object, text: str) -> list[str]:
    return [text[start:end] for _, start, end in finder(text)]  # type: ignore[operator]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("邮箱ann.lee@example.com。", ["ann.lee@example.com"]),
        ("<a-b_c+d%e~f@sub.example.co.uk>", ["a-b_c+d%e~f@sub.example.co.uk"]),
        ("mail=ann@example.com", ["ann@example.com"]),
        ("to bob@example.com.Please answer", ["bob@example.com"]),
        ("to Bob@Example.Com", ["Bob@Example.Com"]),
        ("邮件发到张三@例子.中国也行", ["张三@例子.中国"]),
        ("josé@example.es", ["josé@example.es"]),
        ("はtanaka@example.jpへ", ["tanaka@example.jp"]),
        ("a@b.example、c@d.example", ["a@b.example", "c@d.example"]),
        ("a.b@c.examplea.b@c.example", ["a.b@c.examplea", "b@c.example"]),
        ("ann@xn--fsqu00a.xn--fiqs8s", ["ann@xn--fsqu00a.xn--fiqs8s"]),
        ("100 @ 12.35, 3@4.5, @user, a@b, @@, a@.com, @example.com, user @ example.com", []),
        ("$TSLA @ 250.12", []),
    ],
)
def test_emails(text: str, found: list[str]) -> None:
    assert covered(emails, text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("GB82WEST12345698765432", ["GB82WEST12345698765432"]),
        ("账户GB82 WEST 1234 5698 7654 32已冻结", ["GB82 WEST 1234 5698 7654 32"]),
        ("IBANde89-3704-0044-0532-0130-00.", ["de89-3704-0044-0532-0130-00"]),
        ("NO9386011117947 and more", ["NO9386011117947"]),
        ("GB82WEST12345698765433", []),
        ("GB82WEST123456987654321", []),
        ("XGB82WEST12345698765432", []),
        ("ZZ82WEST12345698765432", []),
        ("US0378331005 5493001KJTIIGC8Y1R12", []),
    ],
)
def test_ibans(text: str, found: list[str]) -> None:
    assert covered(ibans, text) == found


def test_every_example_of_the_registry_is_an_iban() -> None:
    for number in ("FR1420041010050500013M02606", "MT84MALT011000012345MTLCAST001S", "LU280019400644750000"):
        assert iban.is_valid(number)
        assert covered(ibans, f"账户{number}，") == [number]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("at 2001:db8::8a2e:370:7334.", ["2001:db8::8a2e:370:7334"]),
        ("[2001:db8:0:1:1:1:1:1]:443", ["2001:db8:0:1:1:1:1:1"]),
        ("IPv6 fe80::1ff:fe23:4567:890a: seen", ["fe80::1ff:fe23:4567:890a"]),
        ("12:30:45, 1:2:3:4:5:6:7:8, 00:1A:2B:3C:4D:5E, std::vector, a::b, ::1, Foo::bar::baz", []),
        ("2001:db8::8a2e::7334", []),
    ],
)
def test_ipv6(text: str, found: list[str]) -> None:
    assert covered(ipv6, text) == found
