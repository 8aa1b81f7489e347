"""What was measured of the model that serves, and what a change of the news does."""

SENTENCES = {
    "drift.raised": ("the news changed: {what}", "新闻发生变化：{what}"),
    "drift.label.fired": (
        "{scope}: the news changed: the model calls {negative_now:.0%} of {now} stories negative, "
        "{negative_before:.0%} of {before} before (p = {p:.1e})",
        "{scope}：新闻发生变化：模型判定 {now} 个事件中 {negative_now:.0%} 为负面，"
        "此前 {before} 个中为 {negative_before:.0%}（p = {p:.1e}）",
    ),
    "drift.label.quiet": (
        "{scope}: sentiments are as before ({negative_now:.0%} of {now} stories negative, "
        "{negative_before:.0%} of {before} before)",
        "{scope}：情感分布与此前一致（{now} 个事件中 {negative_now:.0%} 为负面，"
        "此前 {before} 个中为 {negative_before:.0%}）",
    ),
    "drift.covariate.fired": (
        "{scope}: the texts are of another kind: {now} stories can be told from {before} before "
        "(AUC {auc:.2f}, p = {p:.1e})",
        "{scope}：文本类型发生变化：{now} 个事件可与此前 {before} 个区分（AUC {auc:.2f}，p = {p:.1e}）",
    ),
    "drift.covariate.quiet": (
        "{scope}: texts are of the same kind as before ({now} and {before} stories, AUC {auc:.2f})",
        "{scope}：文本类型与此前一致（{now} 与 {before} 个事件，AUC {auc:.2f}）",
    ),
    "drift.live": (
        "the model is right about {value:.1%} of all texts ({low:.1%} to {high:.1%}), by {labels} audits and "
        "what it says of {unread} unread texts; the audits alone say {plain_low:.1%} to {plain_high:.1%}",
        "模型对全部文本的判断正确率为 {value:.1%}（{low:.1%} 至 {high:.1%}），"
        "依据 {labels} 条抽检及其对 {unread} 条未读文本的判断；"
        "仅凭抽检为 {plain_low:.1%} 至 {plain_high:.1%}",
    ),
    "drift.saved": (
        "{spent} labels do what about {random} random ones do ({low} to {high}; macro-F1 {reached:.3f})",
        "{spent} 条标注相当于约 {random} 条随机标注（{low} 至 {high}；macro-F1 {reached:.3f}）",
    ),
    "drift.saved.open": (
        "{spent} labels do what about {random} random ones do ({low} to more than {most}; "
        "macro-F1 {reached:.3f})",
        "{spent} 条标注相当于约 {random} 条随机标注（{low} 至多于 {most}；macro-F1 {reached:.3f}）",
    ),
    "drift.saved.beyond": (
        "{spent} labels do what more than {most} random ones do (at least {low}; macro-F1 {reached:.3f})",
        "{spent} 条标注相当于多于 {most} 条随机标注（至少 {low}；macro-F1 {reached:.3f}）",
    ),
    "drift.more": (
        "the next {next} labels are expected to gain {gain:.1f} points of macro-F1 ({low:.1f} to {high:.1f})",
        "再标注 {next} 条预计使 macro-F1 提高 {gain:.1f} 个百分点（{low:.1f} 至 {high:.1f}）",
    ),
    "drift.enough": (
        "the next {next} labels are expected to gain at most {high:.1f} points of macro-F1: "
        "labels of another kind would bring more",
        "再标注 {next} 条预计最多使 macro-F1 提高 {high:.1f} 个百分点：标注其他类型的文本更有价值",
    ),
}
