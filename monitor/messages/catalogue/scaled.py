"""Counts of a version of the model that are scaled to those of another."""

SENTENCES = {
    "scaled.known": (
        "Counts of model {model} are scaled by {ratio} ({low} to {high}), from {articles} articles judged by"
        " both it and {before}.",
        "模型 {model} 的计数乘以 {ratio}（{low} 至 {high}），"
        "依据是它与 {before} 都判断过的 {articles} 篇文章。",
    ),
    "scaled.so_far": (
        "Counts of model {model} are scaled by {ratio} ({low} to {high}), from {articles} articles judged by"
        " both it and {before} so far; {wanted} are wanted, and until then less is taken for a surge.",
        "模型 {model} 的计数乘以 {ratio}（{low} 至 {high}），"
        "目前依据它与 {before} 都判断过的 {articles} 篇文章；需要 {wanted} 篇，在此之前从严判定。",
    ),
    "scaled.unknown": (
        "No article was judged by both {model} and {before} yet. Counts of model {model} stand as they are,"
        " with a margin of {low} to {high} times, until {wanted} were.",
        "尚无文章经 {model} 与 {before} 共同判断。在满 {wanted} 篇之前，模型 {model} 的计数不作换算，"
        "按 {low} 至 {high} 倍的余量处理。",
    ),
}
