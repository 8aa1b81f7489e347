"""Sources and their health."""

from __future__ import annotations

from collections.abc import Mapping

SENTENCES: Mapping[str, tuple[str, str]] = {
    "sources.name": ("Source", "信息源"),
    "sources.kind": ("Kind", "类型"),
    "sources.language": ("Language", "语言"),
    "sources.health": ("Health", "状态"),
    "sources.articles": ("Articles", "文章数"),
    "sources.worker": ("Worker", "工作进程"),
    "sources.success": ("Last success", "上次成功"),
    "sources.next": ("Next poll", "下次抓取"),
    "sources.ok": ("● fine", "● 正常"),
    "sources.failing": ("▲ failing ({n})", "▲ 连续失败 {n} 次"),
    "sources.hangs": ("▲ hangs ({n})", "▲ 连续 {n} 次未应答"),
    "sources.unavailable": ("▲ unavailable", "▲ 不可用"),
    "sources.malformed": ("Not usable", "无法使用"),
    "sources.polled_malformed": ("{n} items could not be used.", "{n} 条内容无法使用。"),
    "sources.more": ("{names} and {n} more", "{names} 等，另有 {n} 个"),
    "sources.never": ("○ not polled yet", "○ 尚未抓取"),
    "sources.off": ("– switched off", "– 已停用"),
    "sources.gone": ("– not in config.toml", "– 未在 config.toml 中"),
    "sources.poll": ("Poll now", "立即抓取"),
    "sources.polled": (
        "{source}: {new} new, {duplicates} known",
        "{source}：新增 {new} 条，已有 {duplicates} 条",
    ),
    "sources.poll_failed": ("{source}: {error}", "{source}：{error}"),
    "sources.polling": ("Fetching {source} …", "正在抓取 {source}…"),
    "sources.fine": ("Fine", "正常"),
    "sources.count": ("Sources", "信息源"),
}
