"""Receivers and their queues."""

from __future__ import annotations

from collections.abc import Mapping

SENTENCES: Mapping[str, tuple[str, str]] = {
    "receivers.none": (
        "Nobody is told of alerts: add a table `[notifiers.NAME]` to config.toml.",
        "预警没有接收方：请在 config.toml 中加入 `[notifiers.NAME]`。",
    ),
    "receivers.enabled": ("Receivers", "接收方"),
    "receivers.waiting": ("Messages waiting", "等待发送"),
    "receivers.dead": ("Not delivered", "发送失败"),
    "receivers.fine": ("fine", "正常"),
    "receivers.failing": ("failing", "异常"),
    "receivers.lost": ("messages lost", "有消息未送达"),
    "receivers.off": ("switched off", "已停用"),
    "receivers.gone": ("not in config.toml", "未在 config.toml 中"),
    "receivers.n_waiting": ("{n} waiting since {since}", "{n} 条等待发送，自 {since}"),
    "receivers.n_held": ("{n} alerts held back", "{n} 条预警暂未通知"),
    "receivers.n_dead": ("{n} not delivered", "{n} 条发送失败"),
    "receivers.arrived": ("last arrived: {at}", "上次送达：{at}"),
    "receivers.never": ("never", "从未"),
    "receivers.digest": ("digest at {at}", "定时摘要 {at}"),
    "receivers.heartbeat": ("heartbeat every {minutes} min", "每 {minutes} 分钟报平安"),
    "receivers.test": ("Test", "测试"),
    "receivers.test.help": (
        "Send a message that only tests whether it arrives.",
        "发送一条仅用于测试能否送达的消息。",
    ),
    "receivers.testing": ("Waiting whether it is taken…", "正在等待对方接收……"),
    "receivers.took": ("{receiver} took the test message.", "{receiver} 已收下测试消息。"),
    "receivers.refused": ("{receiver}: {why}", "{receiver}：{why}"),
    "receivers.retry": ("Send again", "重新发送"),
    "receivers.retry.help": (
        "Of each alert the newest message; nothing that has arrived is sent twice.",
        "每个预警只发送最新一条；已送达的不会重复发送。",
    ),
    "receivers.resent": ("{n} messages are sent again.", "已重新发送 {n} 条消息。"),
}
