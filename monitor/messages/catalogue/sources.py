"""Sources: what became of a poll, and why one cannot be polled."""

SENTENCES = {
    "sources.none": (
        "there is no source {source!r} in the settings; known: {known}",
        "配置中没有信息源 {source!r}；已有：{known}",
    ),
    "sources.none_yet": (
        "there is no source {source!r} in the settings; known: none",
        "配置中没有信息源 {source!r}；尚未配置任何信息源",
    ),
    "sources.off": (
        "source {source!r} is switched off; set enabled = true in [sources.{source}]",
        "信息源 {source!r} 已停用；在 [sources.{source}] 中设 enabled = true 可启用",
    ),
    "sources.malformed": ("{number} items could not be used", "{number} 条内容无法使用"),
    "sources.wordless": (
        "{number} items were left out: neither title nor text",
        "{number} 条内容既无标题也无正文，已略过",
    ),
    "sources.all_malformed": (
        "none of its {number} items could be used, and it will be asked for them again: {why}",
        "{number} 条内容均无法使用，将再次获取：{why}",
    ),
    "sources.unjudged": (
        "{number} articles wait for classification: {why}",
        "{number} 篇文章等待分类：{why}",
    ),
    "sources.untaken": (
        "its items could not be taken in ({kind}: {text})",
        "其内容无法接收（{kind}：{text}）",
    ),
    "sources.lost": (
        "another worker polls this source by now; nothing of this poll was stored",
        "该信息源已由另一个工作进程抓取；本次抓取未保存任何内容",
    ),
    "sources.asked": (
        "the worker that polls it, {worker}, was asked to and has not done so yet; it stays asked",
        "已请求负责该信息源的工作进程 {worker} 抓取，尚未完成；请求仍然有效",
    ),
    "sources.unrecorded": (
        "{error}; and it could not be recorded: {failure}",
        "{error}；且无法记录：{failure}",
    ),
}
