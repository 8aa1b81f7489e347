"""What does not work, as operational alerts say it."""

SENTENCES = {
    "operating.unread": (
        "{source} has not answered since {at}; it is asked every {minutes} minutes: {error}",
        "{source} 自 {at} 起没有应答（每 {minutes} 分钟读取一次）：{error}",
    ),
    "operating.quiet": (
        "{source} answers, and has brought nothing new since {at}; in four weeks it was never silent for"
        " more than {hours} h",
        "{source} 有应答，但自 {at} 起没有新内容；过去四周其间隔从未超过 {hours} 小时",
    ),
    "operating.silent_all": (
        "{number} of {sources} sources are silent: {names}. Look at the network first",
        "{sources} 个来源中有 {number} 个没有新内容：{names}。请先检查网络",
    ),
    "operating.dead": (
        "{number} messages to {receiver} could not be delivered in three days and were given up: {error}",
        "发往 {receiver} 的 {number} 条消息三天内未能送达，已放弃：{error}",
    ),
    "operating.overspent": (
        "rule {rule} opened {opened} alerts in {weeks} weeks; its budget of {budget:g} false ones a week lets"
        " one expect {most} at most where nothing real happens. Judge what it told (useful, noise)",
        "规则 {rule} 在 {weeks} 周内开启了 {opened} 条告警；按每周 {budget:g} 条误报的预算，"
        "若无真实事件至多应有 {most} 条。请评价它的告警（有用、噪声）",
    ),
    "operating.over": ("it has worked for {minutes} minutes", "已恢复正常 {minutes} 分钟"),
}
