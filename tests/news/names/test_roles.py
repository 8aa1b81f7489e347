"""What a company is to a text."""

from __future__ import annotations

import pytest

from monitor.news.companies import Linker
from monitor.records import Alias, AliasKind, Company, Part

LINKER = Linker(
    [
        Company("nvidia", "Nvidia"),
        Company("intel", "Intel Corp"),
        Company("tsmc", "TSMC", ("台积电",)),
        Company("citi", "Citigroup", ("花旗",)),
        Company("tesla", "Tesla", names=(Alias("Elon Musk", AliasKind.PERSON),)),
        Company("icbc", "工商银行"),
        Company("ccb", "建设银行"),
        Company("boc", "交通银行"),
        Company("moutai", "贵州茅台"),
        Company("citics", "中信证券"),
    ]
)


@pytest.mark.parametrize(
    ("text", "roles"),
    [
        ("Nvidia raises prices", {"nvidia": "subject"}),
        ("Analysts at Citigroup cut Nvidia to sell", {"citi": "bystander", "nvidia": "subject"}),
        ("Citigroup analysts like Nvidia", {"citi": "bystander", "nvidia": "subject"}),
        ("中信证券研报称,贵州茅台批价企稳", {"citics": "bystander", "moutai": "subject"}),
        ("据中信证券测算,贵州茅台领先", {"citics": "bystander", "moutai": "subject"}),
        ("Nvidia supplier TSMC lifts output", {"nvidia": "bystander", "tsmc": "subject"}),
        ("Elon Musk sold a house", {"tesla": "bystander"}),
        (
            "银行板块普涨,工商银行、建设银行、交通银行创新高",
            {"icbc": "sector", "ccb": "sector", "boc": "sector"},
        ),
        (
            "Chip stocks fell, with Nvidia, Intel Corp and TSMC lower",
            {"nvidia": "sector", "intel": "sector", "tsmc": "sector"},
        ),
        ("工商银行与建设银行签约", {"icbc": "subject", "ccb": "subject"}),
    ],
)
def test_roles(text: str, roles: dict[str, str]) -> None:
    assert {one.company_id: one.role for one in LINKER.mentions(text)} == roles


def test_there_are_three() -> None:
    assert [part.value for part in Part] == ["subject", "bystander", "sector"]
