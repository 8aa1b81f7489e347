"""Rules: what they watch and cost, and a change tried before it is made."""

from __future__ import annotations

from collections.abc import Mapping

SENTENCES: Mapping[str, tuple[str, str]] = {
    "page.rules": ("Rules", "规则"),
    "rules.help": (
        "A rule says what is watched and how many false alerts a week it may cost. Its cut follows.",
        "规则说明监测对象及每周可承受的误报数，阈值由此得出。",
    ),
    "rules.caption": ("Numbers of alerts are per week.", "预警数均为每周。"),
    "rules.unchecked": (
        "A cut that is not checked was found on fewer than 26 weeks of the past.",
        "未检验的阈值：所依据的历史不足 26 周。",
    ),
    "rule": ("Rule", "规则"),
    "rule.detector": ("by {name}", "检测器 {name}"),
    "rule.watches": ("Watches", "监测范围"),
    "rule.least": ("{n} negative voices at least", "至少 {n} 个负面声音"),
    "rule.budget": ("Budget", "预算"),
    "rule.spent": ("Spent", "已用"),
    "rule.spent.young": ("in less than a week", "不足一周"),
    "rule.spent.in": ("{n} in {weeks} weeks", "{weeks} 周内 {n} 次"),
    "rule.expected": ("Expected", "预期"),
    "rule.cut": ("Cut", "阈值"),
    "rule.checked": ("checked on {weeks} weeks", "已按 {weeks} 周检验"),
    "rule.checked.short": ("checked", "已检验"),
    "rule.not_checked": ("not checked", "未检验"),
    "rule.severity": ("Severity", "严重程度"),
    "rule.hears": ("Hears of it", "接收者"),
    "rule.nobody": ("nobody", "无"),
    "rule.off": ("off", "停用"),
    "rule.shipped": ("shipped", "内置"),
    "scope.both": ("a topic of a company", "公司的某一主题"),
    "scope.company": ("a company", "公司"),
    "scope.topic": ("a topic", "主题"),
    "scope.all": ("all news", "全部新闻"),
    "rules.try": ("Try a change", "试算改动"),
    "rules.try.help": (
        "See what a change would have opened in the last weeks before anything is saved.",
        "保存之前，先看改动在最近几周会触发哪些预警。",
    ),
    "rules.nothing": (
        "Nothing has been counted yet, or too much to walk through while you wait: use `monitor rules try`.",
        "尚无计数，或数据过多、无法即时试算：请使用 `monitor rules try`。",
    ),
    "rules.new": ("a new rule", "新规则"),
    "rules.name": ("Name", "名称"),
    "rules.detector": ("Detector", "检测器"),
    "rules.least": ("Least negative voices", "最少负面声音"),
    "rules.weeks": ("Weeks", "周数"),
    "rules.run": ("Try it", "试算"),
    "rules.running": ("Walking through the past …", "正在回放历史…"),
    "rules.compared": (
        "{rule} over the last {weeks} weeks; {both} alerts are in both",
        "{rule}，最近 {weeks} 周；两者共有 {both} 个预警",
    ),
    "rules.before": ("Before", "改动前"),
    "rules.after": ("After", "改动后"),
    "rules.a_week": ("A week", "每周"),
    "rules.same": ("The same alerts as before: {n}.", "预警与之前相同：{n} 个。"),
    "rules.lost": ("Only before ({n})", "仅改动前（{n}）"),
    "rules.won": ("Only after ({n})", "仅改动后（{n}）"),
    "rules.more": ("and {n} more", "另有 {n} 个"),
    "rules.stories": ("of {n} stories", "共 {n} 个事件"),
    "rules.table": ("To keep it", "如需采用"),
    "rules.table.help": (
        "Put this table into config.toml in place of the rule's, and restart the monitor. config.toml is the "
        "operator's file, so it is not written from here. Once it names a rule, the shipped ones run only if "
        "they stand there too.",
        "请将此表写入 config.toml 替换原规则，然后重启系统。config.toml 由运维人员管理，此处不会写入。"
        "其中一旦写有规则，内置规则须同样写入才会运行。",
    ),
}
