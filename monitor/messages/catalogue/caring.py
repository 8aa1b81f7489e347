"""What people do with alerts: whose they are, how grave, and what could not be done with several at once."""

SENTENCES = {
    "caring.over": (
        "alert {alert} is resolved; only a comment can still be written",
        "预警 {alert} 已结束，只能再写评论",
    ),
    "caring.assigned": ("it is {user}'s now", "现由 {user} 负责"),
    "caring.unassigned": ("it was {user}'s, and is nobody's now", "原由 {user} 负责，现无人负责"),
    "caring.regraded": ("{before} → {after}: {why}", "{before} → {after}：{why}"),
    "caring.no_reason": (
        "say why its severity is another: the reason stands in its history",
        "请说明调整严重程度的理由：理由会记入处理记录",
    ),
    "caring.empty": ("a comment says something: give its text", "评论不能为空：请填写内容"),
    "caring.no_owner": (
        "user {user!r} cannot own an alert: it takes an analyst who is not disabled",
        "用户 {user!r} 不能负责预警：须为未停用的分析员",
    ),
    "caring.nothing_chosen": ("choose at least one alert", "请至少选择一个预警"),
    "caring.too_many": (
        "{number} alerts at once: at most {most}",
        "一次最多处理 {most} 个预警，现有 {number} 个",
    ),
    "caring.unknown": (
        "{action!r} cannot be done with alerts: expected one of {known}",
        "不能对预警执行 {action!r}：应为 {known} 之一",
    ),
    "caring.no_sort": (
        "alerts cannot be sorted by {sort!r}: expected one of {known}",
        "预警不能按 {sort!r} 排序：应为 {known} 之一",
    ),
    "caring.grade.info": ("for information", "提示"),
    "caring.grade.warning": ("warning", "警告"),
    "caring.grade.critical": ("critical", "严重"),
    "may.assign_alerts": ("assign alerts", "分派预警"),
    "may.comment_on_alerts": ("comment on alerts", "评论预警"),
    "may.change_the_severity_of_alerts": ("change the severity of alerts", "调整预警的严重程度"),
}
