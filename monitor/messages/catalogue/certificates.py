"""Certificates: what error is held, and what is lacking where none is."""

SENTENCES = {
    "certificate.holds": (
        "certified: with {confidence:g}% confidence at most {alpha:g}% of what is accepted, from"
        " {threshold:.4f} up, is wrong; {errors} of {accepted} audited ones were, so at most {bound:.2%};"
        " {coverage:.1%} of the texts are accepted",
        "已认证：置信度 {confidence:g}%，得分不低于 {threshold:.4f} 的自动接受内容中，错误至多 {alpha:g}%；"
        "经审核的 {accepted} 条中有 {errors} 条错误，即至多 {bound:.2%}；{coverage:.1%} 的文章会被接受",
    ),
    "certificate.not_yet": (
        "not certifiable yet: {more} more audit labels are needed at the least, to show with {confidence:g}%"
        " confidence that at most {alpha:g}% of what is accepted is wrong ({n} are there)",
        "尚不能认证：至少还需要 {more} 条审核标注，才能以 {confidence:g}% 的置信度说明自动接受内容的错误"
        "至多 {alpha:g}%（现有 {n} 条）",
    ),
    "certificate.repeated": (
        "{count} rows repeat a text: a text counts once",
        "{count} 行重复了其他行的文字：同一文字只计一次",
    ),
    "certificate.contradicted": (
        "{count} texts have several labels that contradict each other: each counts once, and as wrong",
        "{count} 条文字有互相矛盾的标签：各计一次，并按错误计",
    ),
    "certificate.unlabelled": (
        "{count} rows without a label or text are left out: the bound holds for such texts only if chance"
        " decided which ones have a label",
        "{count} 行没有标签或文字，已略去：只有在哪些文字有标签是随机决定时，此上限才适用于它们",
    ),
    "certificate.drawn": (
        "{count} of {all} distinct texts were drawn at random",
        "从 {all} 条不同文字中随机抽取了 {count} 条",
    ),
}
