"""Names of companies: tried, added and taken away."""

from __future__ import annotations

from collections.abc import Mapping

SENTENCES: Mapping[str, tuple[str, str]] = {
    "naming.try": ("Try another name", "试用新名称"),
    "naming.try.help": (
        "See what it would have matched in the last 30 days, and what it would have got wrong.",
        "查看该名称在最近 30 天会匹配哪些文章，以及会误配什么。",
    ),
    "naming.reading": ("Reading what is stored …", "正在读取已存文章…"),
    "naming.matched": (
        "{name}: in {matched} of {read} articles of {days} days, {new} of them by no other name",
        "{name}：{days} 天 {read} 篇中匹配 {matched} 篇，其中 {new} 篇仅凭此名称",
    ),
    "naming.incomplete": ("Older ones were not read.", "更早的未读取。"),
    "naming.refused": ("No name there:", "未视作公司名："),
    "naming.already": ("named already", "已由其他名称匹配"),
    "naming.add": ("Add this name", "添加此名称"),
    "naming.added": ("The name holds from now on.", "名称已生效。"),
    "naming.remove": ("Take names away", "移除名称"),
    "naming.remove.do": ("Take this name away", "移除此名称"),
    "naming.removed": ("The name holds no more.", "名称已移除。"),
    "naming.drop": ("Stop watching this company", "不再关注该公司"),
    "naming.drop.help": (
        "What named it stays stored, and counts no more for it from now on.",
        "已存内容保留，此后不再为其计数。",
    ),
    "naming.dropped": ("It is not watched any more.", "已不再关注。"),
    "naming.new": ("Add a company", "添加公司"),
    "naming.new.help": (
        "Other processes find it from their next start; `monitor companies relink` finds it in stored news.",
        "其他进程下次启动时生效；`monitor companies relink` 可在已存文章中补充匹配。",
    ),
    "naming.id": ("Id, for good", "编号（不可更改）"),
    "naming.short": ("Short names, with | between", "简称，用 | 分隔"),
    "naming.taken": ("A company of this id is on the list.", "该编号已在列表中。"),
    "naming.new.do": ("Watch this company", "关注该公司"),
    "naming.kept": ("It is watched from now on.", "已开始关注。"),
    "doubt.longer_word": ("part of a longer word", "较长单词的一部分"),
    "doubt.across_words": ("across two words", "跨越两个词"),
    "doubt.case": ("not in its case", "大小写不符"),
    "doubt.common_word": ("an everyday word", "常用词"),
    "doubt.no_market": ("a symbol without its market", "代码缺少市场"),
    "doubt.other_market": ("of another market", "其他市场的代码"),
    "doubt.number": ("a number", "数字"),
    "doubt.longer_name": ("in a longer name", "较长名称的一部分"),
    "doubt.other_company": ("in another company's name", "另一公司的名称"),
    "doubt.not_valid": ("not its name then", "当时并非其名称"),
}
