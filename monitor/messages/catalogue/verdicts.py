"""What is wrong with what somebody says of an alert."""

SENTENCES = {
    "verdicts.other": (
        "say which alert it repeats: another one than {alert}",
        "请指明它与哪个预警重复：须为 {alert} 以外的预警",
    ),
    "verdicts.article": (
        "say which of its articles is judged wrong: {article} is none of the alert's",
        "请指明哪篇文章的判断有误：{article} 不是该预警的文章",
    ),
    "verdicts.empty": ("alert {alert} has no story that could be joined", "预警 {alert} 没有可合并的事件"),
    "verdicts.no_rule": (
        "nobody can tell what a smaller budget would have spared: {alert} has no rule of today's with a cut",
        "无法得知更小的预算会省去什么：{alert} 所属规则现已不存在或没有阈值",
    ),
}
