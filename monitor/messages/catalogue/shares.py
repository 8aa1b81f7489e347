"""How many texts are audited, and why as many."""

SENTENCES = {
    "shares.follows": (
        "{wanted:g} audits a day are wanted of {texts:.0f} texts a day; {finished}",
        "每日 {texts:.0f} 条文本中拟抽检 {wanted:g} 条；{finished}",
    ),
    "shares.finished": (
        "the desk finished {number:.1f} a day last week",
        "上周平均每日完成 {number:.1f} 条",
    ),
    "shares.no_week": ("the desk has not had a week yet", "尚不足一周"),
}
