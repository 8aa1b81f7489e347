"""What happened to an alert, as its history tells it."""

SENTENCES = {
    "alerting.numbers": (
        "{voices} negative voices in {hours} h; all weigh {observed:.3g}, {expected} expected, p = {p:.2g}",
        "{hours} 小时内 {voices} 个负面声音；全部声音加权 {observed:.3g}，预期{expected}，p = {p:.2g}",
    ),
    "alerting.usual": ("{figure}", " {figure}"),
    "alerting.under": ("under {least}", "不足 {least}"),
    "alerting.scored": (
        "{voices} negative voices in {hours} h; all weigh {observed:.3g}, {expected} expected,"
        " score {score:.3g} over {cut:.3g}",
        "{hours} 小时内 {voices} 个负面声音；全部声音加权 {observed:.3g}，预期{expected}，"
        "得分 {score:.3g}，阈值 {cut:.3g}",
    ),
    "alerting.late": (
        "seen late, {hours} h after its window ended: {numbers}",
        "事后发现（该时窗结束 {hours} 小时后）：{numbers}",
    ),
    "alerting.beside": (
        "{numbers}; nobody was told, for {rule} told of the same ({alert})",
        "{numbers}；未另行通知，因规则 {rule} 已就同一事件发出通知（{alert}）",
    ),
    "alerting.silent": (
        "{numbers}; nobody was told: explained by the silence of {sources}",
        "{numbers}；未通知任何人：可由 {sources} 的静默解释",
    ),
    "alerting.silenced": ("nobody was told: silence {silence}", "未通知任何人：静默 {silence}"),
    "alerting.worse": ("{numbers}; {before} when last told", "{numbers}；上次通知时为 {before} 个"),
    "alerting.unacknowledged": ("{numbers}; still not acknowledged", "{numbers}；仍无人认领"),
    "alerting.over": ("nothing rose for {hours} hours", "连续 {hours} 小时没有上升"),
    "alerting.calm": ("nothing rose in the last {hours} hours", "最近 {hours} 小时没有上升"),
    "alerting.verdict": ("{kind}; {note}", "{kind}；{note}"),
    "alerting.verdict.useful": ("useful", "有用"),
    "alerting.verdict.noise": ("noise", "误报"),
    "alerting.verdict.wrong_company": ("wrong company", "公司有误"),
    "alerting.verdict.duplicate": ("a duplicate", "重复"),
    "alerting.verdict.wrong_label": ("wrong label", "标注有误"),
    "alerting.detector_failed": (
        "a detector failed, and its rules found nothing: {why}",
        "检测器失败，其规则没有结果：{why}",
    ),
}
