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
    "certificate.none": (
        "not certifiable yet: too few audits have been drawn and read",
        "尚不能认证：已抽取并审核的文章太少",
    ),
    "certificate.of_audits": (
        "{what}; that is about {audits} audits, for not all of them serve certificates",
        "{what}；约合 {audits} 次抽检，因为只有一部分用于认证",
    ),
    "certificate.tightened": (
        "the certificate was being broken ({errors} of {labels} accepted audits wrong, {at}): only what"
        " scores {threshold:.4f} or more is accepted until a new certificate",
        "证书正被打破（{at}，自动接受的 {labels} 条审核中有 {errors} 条错误）：在取得新证书之前，"
        "只接受得分不低于 {threshold:.4f} 的内容",
    ),
    "certificate.suspended": (
        "the certificate was broken ({errors} of {labels} accepted audits wrong, {at}): nothing is accepted"
        " until a new certificate",
        "证书已被打破（{at}，自动接受的 {labels} 条审核中有 {errors} 条错误）：在取得新证书之前"
        "不自动接受任何内容",
    ),
    "certificate.void": (
        "not certified: it was stopped by the watchdog at {at}, and serves again without a certificate",
        "未认证：它于 {at} 被监察停用，现重新上线，没有证书",
    ),
    "certificate.groups": ("{each}", "{each}"),
    "certificate.group": ("[{group}] {what}", "【{group}】{what}"),
    "certificate.companies": ("texts that name companies", "涉及公司的文章"),
    "certificate.others": ("texts that name no company", "不涉及公司的文章"),
    "certificate.exchanged": (
        "another model serves than {model}: the next look is about it",
        "现任模型已不是 {model}：下一次查看将针对新的模型",
    ),
    "certificate.trouble": ("model {model}: {what}", "模型 {model}：{what}"),
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
