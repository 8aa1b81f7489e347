"""Archives that are brought as history: what became of them, and of what is in them."""

SENTENCES = {
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
        "{done} of {total} rows, {minutes} min left",
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
}
