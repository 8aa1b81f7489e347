"""Companies: how they are written about, and what they are called."""

from __future__ import annotations

from collections.abc import Mapping

SENTENCES: Mapping[str, tuple[str, str]] = {
    "page.companies": ("Companies", "公司"),
    "company": ("Company", "公司"),
    "companies.search.hint": ("A name, an alias or a ticker", "名称、别名或代码"),
    "companies.caption": (
        "Those with open alerts first, then those with most negative stories.",
        "有未结预警的在前，其次按负面事件数排序。",
    ),
    "companies.alerts": ("Open alerts", "未结预警"),
    "companies.none": ("No watched company has that in a name.", "没有名称匹配的公司。"),
    "companies.nobody": ("The watch list is empty.", "关注列表为空。"),
    "companies.most": (
        "The first {n} are shown; search for others.",
        "仅显示前 {n} 家，其余请搜索。",
    ),
    "companies.panel": ("Companies with most bad news", "负面最多的公司"),
    "companies.all": ("All companies", "全部公司"),
    "companies.back": ("All companies", "全部公司"),
    "company.missing": (
        "This company is not on the watch list.",
        "该公司不在关注列表中。",
    ),
    "company.course": ("Negative stories over time", "负面事件走势"),
    "company.quiet": ("Nothing names it in this period.", "该时段没有提及该公司的事件。"),
    "company.usual": (
        "Dashed: the mean of the {weeks} weeks before, {level} in {hours} h. In the band, {low} to {high}, "
        "lay 95% of them. Bars above it are red. An alert asks for more: the week's shape and the volume of "
        "all news count there.",
        "虚线：此前 {weeks} 周的均值，每 {hours} 小时 {level}。色带（{low} 到 {high}）含其中 95%；"
        "超出者为红色。预警的判断更严：还考虑每周的规律与全部新闻的总量。",
    ),
    "company.no_usual": (
        "What is usual is not known yet: less than a week was counted before this period.",
        "常态尚不可知：此时段之前的计数不足一周。",
    ),
    "company.stories": ("Stories, newest first", "事件（最新在前）"),
    "company.all_stories": ("All stories", "全部事件"),
    "company.no_alerts": ("There was never an alert about it.", "从未有过关于它的预警。"),
    "company.articles": ("Articles that name it", "提及它的文章"),
    "company.negative": ("Those negative about it", "对它负面的文章"),
    "company.alerts": ("Alerts about it", "关于它的预警"),
    "company.peers": ("Peers", "相关公司"),
    "company.beside": ("Named beside it most often", "最常一同提及"),
    "company.rivals": ("Most of the topic {topic}", "同属主题“{topic}”"),
    "company.names": ("Names", "名称"),
    "name": ("Name", "名称"),
    "name.kind": ("Kind", "类型"),
    "name.valid": ("Valid", "有效期"),
    "name.always": ("always", "始终"),
    "name.over": ("not now", "现已不用"),
    "kind.short": ("short name", "简称"),
    "kind.full": ("full name", "全称"),
    "kind.former": ("former name", "曾用名"),
    "kind.ticker": ("ticker", "股票代码"),
    "kind.brand": ("brand", "品牌"),
    "kind.person": ("person", "人物"),
}
