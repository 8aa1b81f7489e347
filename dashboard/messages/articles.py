"""Articles and their search, and why one is judged as it is."""

from __future__ import annotations

from collections.abc import Mapping

SENTENCES: Mapping[str, tuple[str, str]] = {
    "search": ("Search", "搜索"),
    "search.hint": ("Words in English or Chinese", "输入中文或英文关键词"),
    "search.help": (
        'Every word must occur; the beginning of a word is enough. "Words in quotes" must occur as they are.',
        "所有词都须出现；英文与数字输入开头即可。加引号的词组须原样出现。",
    ),
    "filter.any": ("Any", "不限"),
    "filter.sentiment": ("Sentiment", "情感"),
    "filter.source": ("Source", "信息源"),
    "filter.company": ("Company", "公司"),
    "articles.older": ("Older", "更早"),
    "articles.newest": ("Newest", "最新"),
    "articles.none": ("No article matches. Take a filter away.", "没有匹配的文章，请减少筛选条件。"),
    "articles.kept_since": (
        "Texts of before {day} were removed by retention: no words are found in them.",
        "{day} 之前的正文已按保留期限删除，无法按词语检索。",
    ),
    "article.removed": (
        "The text was removed on {day} by retention. Title, link, dates, judgement and counts stay.",
        "正文已于 {day} 按保留期限删除；标题、链接、时间、判断与计数仍保留。",
    ),
    "article.back": ("All articles", "全部文章"),
    "article.details": ("details", "详情"),
    "article.story": ("Others telling this story", "同一事件的其他报道"),
    "article.its_story": ("story", "事件"),
    "article.whole_story": ("The whole story", "查看整个事件"),
    "article.missing": ("There is no such article.", "没有该文章。"),
    "article.companies": ("Companies", "涉及公司"),
    "article.towards": ("{sentiment} towards {company}", "对{company}：{sentiment}"),
    "article.labelled": ("labelled by an analyst", "已人工标注"),
    "why.target": ("What to explain", "解释对象"),
    "why.article": ("Article", "文章"),
    "why.show": ("Why?", "为什么？"),
    "why.help": (
        "What each word adds to this judgement; takes a few seconds.",
        "逐词显示其对该判断的贡献，约需数秒。",
    ),
    "why.wait": ("Reading …", "正在分析…"),
    "why.failed": ("It cannot be explained now; try again later.", "暂时无法解释，请稍后再试。"),
    "why.for": ("for it", "支持"),
    "why.against": ("against it", "反对"),
    "why.error": ("completeness error {error}", "完备性误差 {error}"),
}
