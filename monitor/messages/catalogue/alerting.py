"""What happened to an alert, as its history tells it."""

SENTENCES = {
    "alerting.numbers": (
        "{observed} negative stories, {expected:.3g} expected, p = {p:.2g}",
        "负面事件 {observed} 个，预期 {expected:.3g} 个，p = {p:.2g}",
    ),
    "alerting.late": (
        "seen late, {hours} h after its window ended: {numbers}",
        "事后发现（该时窗结束 {hours} 小时后）：{numbers}",
    ),
    "alerting.worse": ("{numbers}; {before} when last told", "{numbers}；上次通知时为 {before} 个"),
    "alerting.unacknowledged": ("{numbers}; still not acknowledged", "{numbers}；仍无人认领"),
    "alerting.dropped": (
        "the surge was over before it was confirmed",
        "激增在确认之前已经结束",
    ),
    "alerting.over": ("no surge for {windows} windows", "连续 {windows} 个时窗没有激增"),
    "alerting.calm": ("no surge in the newest window", "最近一个时窗没有激增"),
}
