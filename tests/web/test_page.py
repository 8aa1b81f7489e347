from __future__ import annotations

import pytest

from monitor.messages import LANGUAGES, MESSAGES
from monitor.web import page


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_loads_nothing_runs_nothing_and_is_not_kept(language: str) -> None:
    answer = page.page(language, "<form></form>", links={"en": "?lang=en", "zh": '?lang=zh&next="'})
    html = bytes(answer.body).decode()
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"
    assert "<script" not in html and "http:" not in html and "https:" not in html
    assert f'lang="{language}"' in html and 'next=&quot;"' in html


def test_a_notice_says_what_happened_and_leads_on() -> None:
    answer = page.notice("zh", "unknown", "<b>gone</b>", 404, ("/a?b=1&c=2", "home"))
    html = bytes(answer.body).decode()
    assert answer.status_code == 404 and "页面不存在" in html and "&lt;b&gt;gone" in html
    assert 'href="/a?b=1&amp;c=2">返回首页' in html


def test_every_language_has_a_name() -> None:
    assert set(page.LANGUAGE_NAMES) == set(LANGUAGES)
    assert {MESSAGES[key][0] for key in MESSAGES if key == "page.product"} == {"News Monitor"}
