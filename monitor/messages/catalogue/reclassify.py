"""The archive judged again under a version: what stops it, and how it ended."""

SENTENCES = {
    "reclassify.running": (
        "the archive is being judged again already (number {id}, under {model}): wait for it, or give it "
        "up with `monitor reclassify --cancel`",
        "归档正在重新分类（编号 {id}，模型 {model}）：请等待其完成，或用 `monitor reclassify --cancel` 放弃",
    ),
    "reclassify.unfinished": (
        "number {id}, under {model}, was not finished: go on with `monitor reclassify --resume`, or give it "
        "up with `monitor reclassify --cancel`",
        "编号 {id}（模型 {model}）尚未完成：用 `monitor reclassify --resume` 继续，"
        "或用 `monitor reclassify --cancel` 放弃",
    ),
    "reclassify.none_open": (
        "nothing was interrupted, and nothing runs: begin with `monitor reclassify`",
        "没有中断或进行中的重新分类：请用 `monitor reclassify` 开始",
    ),
    "reclassify.lost": (
        "number {id} is not this process's any more: somebody gave it up, or goes on with it",
        "编号 {id} 已不属于本进程：已被放弃，或由其他进程继续",
    ),
    "reclassify.overtaken": (
        "number {id} was stopped: {serving} began to serve meanwhile. What {model} judged stays; begin anew "
        "to judge the archive under {serving}",
        "编号 {id} 已停止：期间 {serving} 已上线。{model} 的结果保留；如需按 {serving} 重新分类，请重新开始",
    ),
    "reclassify.down": (
        "the classifier does not work: {why}. What was judged stays; go on with "
        "`monitor reclassify --resume`",
        "分类器不可用：{why}。已有结果保留；请用 `monitor reclassify --resume` 继续",
    ),
    "reclassify.damaged": (
        "{model} cannot judge the archive: {why}",
        "{model} 无法用于重新分类：{why}",
    ),
    "reclassify.refused": (
        "{model} was refused and judges nothing: choose another version (`monitor models list`)",
        "{model} 已被拒用，不能用于分类：请选择其他版本（`monitor models list`）",
    ),
    "reclassify.retired": (
        "{model} is retired: what it said once is kept already. Let it serve first "
        "(`monitor models promote`) to judge the archive under it",
        "{model} 已下线，其过去的结果仍保留。如需按它重新分类，请先重新上线（`monitor models promote`）",
    ),
    "reclassify.source": (
        "no article is of the source {source}; sources with articles: {known}",
        "信息源 {source} 没有文章；有文章的信息源：{known}",
    ),
    "reclassify.left": (
        "left unfinished; `monitor reclassify --resume` goes on with it",
        "未完成；可用 `monitor reclassify --resume` 继续",
    ),
    "reclassify.died": (
        "the process ended; `monitor reclassify --resume` goes on with it",
        "进程已结束；可用 `monitor reclassify --resume` 继续",
    ),
    "reclassify.given_up": ("given up by {user}", "由 {user} 放弃"),
    "reclassify.beside": (
        "{serving} serves, not {model}: what is counted of the past is from now on {model}'s, of the present "
        "{serving}'s, and no rule knows of it",
        "当前上线的是 {serving}，而非 {model}：此后历史计数来自 {model}，当前计数来自 {serving}，"
        "规则并不知晓",
    ),
}
