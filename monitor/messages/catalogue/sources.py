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
    "history.judged": (
        "judged long after it was news: it is part of an archive, and nobody is asked about it",
        "此文来自历史归档，事后才分类，不请任何人复核",
    ),
    "history.source": (
        "history needs the name of its source: --source NAME",
        "历史归档需要指明信息源：--source NAME",
    ),
    "history.options": (
        "--watchlist and --model go with --as-history",
        "--watchlist 和 --model 只能与 --as-history 同用",
    ),
    "history.undated": (
        "{number} rows were left out: they state no time of their own that has come yet",
        "{number} 行没有可用的自身时间，已略过",
    ),
    "history.changed": (
        "{number} rows are articles that are stored with another text: the stored one stands",
        "{number} 行与已存文章相同但正文不同：保留已存的",
    ),
    "history.unjudged": (
        "{number} articles could not be judged, and count nowhere",
        "{number} 篇文章无法分类，不计入任何统计",
    ),
    "history.left": (
        "{done} of {total} rows, {minutes} minutes left",
        "已完成 {done} / {total} 行，约剩 {minutes} 分钟",
    ),
    "history.down": (
        "{done} of {total} rows are done, and the same command goes on from there: {why}",
        "已完成 {done} / {total} 行，再次运行同一命令即可继续：{why}",
    ),
    "history.empty": (
        "none of its {number} rows states a time of its own: without one nothing can be history",
        "其 {number} 行均无自身时间：没有时间就不能作为历史导入",
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
    "sources.unrecorded": (
        "{error}; and it could not be recorded: {failure}",
        "{error}；且无法记录：{failure}",
    ),
}
