"""What is kept, and how long."""

SENTENCES = {
    "retention.clock": (
        "nothing was removed: the clock says {now}, which is {days} days away from what the store's own "
        "clock counted since the last look, at {last}. If the clock is wrong, set it; if it is right (as "
        "after a long stop), say so once: `monitor db prune --clock-is-right`",
        "未删除任何内容：时钟显示 {now}，自上次检查（{last}）以来与数据库自身时钟相差 {days} 天。若时钟有误，"
        "请校正；若时钟无误（如长时间停机之后），请确认一次：`monitor db prune --clock-is-right`",
    ),
    "retention.still": (
        "nothing was removed: the clock says {now}, and the newest article or poll is of {last}, {days} days "
        "before. If the clock is right, say so once: `monitor db prune --clock-is-right`",
        "未删除任何内容：时钟显示 {now}，而最新的文章或抓取时间为 {last}，相差 {days} 天。若时钟无误，"
        "请确认一次：`monitor db prune --clock-is-right`",
    ),
    "retention.busy": (
        "another process removes what is old ({who}): wait until it is done",
        "另一个进程（{who}）正在删除过期内容：请待其完成",
    ),
    "retention.removed": (
        "the text of article {article} was removed on {day}, as [retention] bodies_days says",
        "文章 {article} 的正文已于 {day} 按 [retention] bodies_days 删除",
    ),
    "retention.replay": (
        "{what} of {since} to {until} were removed, as [retention] {kind}_days says: with them a replay can "
        "begin on {until} at the earliest (`--from {until}`)",
        "{since} 至 {until} 的{what}已按 [retention] {kind}_days 删除：此类回放最早只能从 {until} 开始"
        "（`--from {until}`）",
    ),
    "retention.bodies": ("the texts of articles", "文章正文"),
    "retention.predictions": ("what versions said that serve no more", "已停用模型版本的判断"),
}
