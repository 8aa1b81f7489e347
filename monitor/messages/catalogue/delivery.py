"""The outbox."""

SENTENCES = {
    "delivery.unknown": (
        "delivery {delivery}: no such delivery in the outbox",
        "发件箱中没有消息 {delivery}",
    ),
    "delivery.no_notifier": (
        "there is no enabled notifier {notifier!r} any more: add [notifiers.{notifier}] to config.toml,"
        " then retry",
        "已没有启用的通知器 {notifier!r}：请在 config.toml 中加入 [notifiers.{notifier}] 后重试",
    ),
}
