"""Rules tried before they are changed, in both languages."""

from __future__ import annotations

SENTENCES = {
    "trying.busy": (
        "another change of rules is being tried; try again once that is done",
        "正在试算另一项规则改动，请待其结束后再试",
    ),
    "trying.long": (
        "it takes longer than {seconds} seconds here: ask about fewer weeks, or run `monitor rules try`",
        "此处试算超过 {seconds} 秒：请减少周数，或运行 `monitor rules try`",
    ),
    "trying.nothing": (
        "nothing has been counted yet, or too much to walk through while you wait: use `monitor rules try`",
        "尚无计数，或数据过多、无法即时试算：请使用 `monitor rules try`",
    ),
    "trying.twice": ("rule {rule!r} is there twice", "规则 {rule!r} 重复"),
    "trying.scopes": (
        "rule {rule!r}: scopes are some of {known}",
        "规则 {rule!r}：范围应取自 {known}",
    ),
    "trying.detector": (
        "rule {rule!r}: there is no detector {detector!r}; known: {known}",
        "规则 {rule!r}：没有检测器 {detector!r}；已有：{known}",
    ),
    "trying.name": (
        "rule {rule!r}: a name has no spaces and no /, and at most 200 characters",
        "规则 {rule!r}：名称不能含空格或 /，最多 200 个字符",
    ),
    "may.try_rules": ("try rules", "试算规则"),
}
