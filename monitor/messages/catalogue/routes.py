"""Who was told of an alert, why, and who was not."""

SENTENCES = {
    "routes.since": (
        "open since {at} UTC; not told before: {why}",
        "自 {at} UTC 起触发；此前未通知：{why}",
    ),
    "routes.mute": ("mute time {name}", "免打扰时段 {name}"),
    "routes.mute_until": ("mute time {name} until {until} UTC", "免打扰时段 {name}，至 {until} UTC"),
    "routes.digest": ("its digest of {timetable}", "定时摘要 {timetable}"),
    "routes.silence": ("silence {silence}", "静默 {silence}"),
    "routes.held": ("{receivers}: not told yet: {why}", "{receivers}：暂未通知：{why}"),
    "routes.unacknowledged": (
        "{receivers}: told again, for nobody has acknowledged it",
        "{receivers}：因无人认领，再次通知",
    ),
    "routes.worse": ("much worse than when told last", "较上次通知时明显恶化"),
    "routes.caught_up": ("{receivers}: told late: {why}", "{receivers}：延后通知：{why}"),
    "routes.escalated": (
        "{receivers}: level {level}, for nobody had acknowledged it {minutes:g} minutes after it was told",
        "{receivers}：第 {level} 级，通知后 {minutes:g} 分钟内无人认领",
    ),
    "routes.still": ("nobody has acknowledged it", "尚无人认领"),
    "routes.summed": (
        "{receivers}: told in a summary, for it was over when {why} ended",
        "{receivers}：已在汇总中通知，因 {why} 结束时预警已解除",
    ),
    "routes.digested": ("{receivers}: told in a digest", "{receivers}：已在定时摘要中通知"),
    "routes.dropped": (
        "{receivers}: not told, for it is no receiver of this alert any more",
        "{receivers}：未通知，因其不再是该预警的接收方",
    ),
    "routes.folded": (
        "{receiver}: {number} messages that waited for hours are one, the newest",
        "{receiver}：{number} 条积压多时的消息合并为最新一条",
    ),
    "routes.stands_for": (
        "It stands for {number} earlier messages that did not arrive.",
        "本条代替此前未送达的 {number} 条消息。",
    ),
    "delivery.folded": ("a newer message stands for it: {delivery}", "已由更新的消息 {delivery} 代替"),
    "delivery.arrived": (
        "delivery {delivery}: it has arrived; nothing is sent twice",
        "消息 {delivery} 已送达，不再重复发送",
    ),
    "delivery.waits": (
        "delivery {delivery}: it waits and will be sent by itself",
        "消息 {delivery} 正在等待，将自动发送",
    ),
    "delivery.stood_for": (
        "delivery {delivery}: a newer message stands for it; send that one",
        "消息 {delivery} 已由更新的消息代替；请发送更新的那条",
    ),
    "delivery.overtaken": (
        "delivery {delivery}: what came after it about the same alert has arrived; it would be out of order",
        "关于同一预警的后续消息已送达，消息 {delivery} 若再发送将次序颠倒",
    ),
    "receivers.none": (
        "there is no enabled receiver {receiver!r}; enabled: {known}",
        "没有已启用的接收方 {receiver!r}；已启用：{known}",
    ),
    "receivers.nobody": ("none", "无"),
    "receivers.raised": ("it raised {kind}; the log says more", "其抛出 {kind}；详见日志"),
}
