"""The gate's verdicts on a challenger, its guards, and the duels of two models."""

SENTENCES = {
    "gate.superior": ("better than the champion: {numbers}", "优于现任模型：{numbers}"),
    "gate.not_inferior": (
        "not inferior to the champion by more than {most:.1f} points: {numbers}",
        "与现任模型相比至多逊色 {most:.1f} 个百分点：{numbers}",
    ),
    "gate.worse": ("worse than the champion: {numbers}", "逊于现任模型：{numbers}"),
    "gate.undecided": (
        "the gold labels do not say which model is better: {numbers}",
        "评测标注无法判断哪个模型更好：{numbers}",
    ),
    "gate.harmful": ("it does harm: {harm}; over all, {numbers}", "它造成损害：{harm}；总体而言，{numbers}"),
    "gate.no_gold": ("there are no gold labels yet", "尚无评测标注"),
    "gate.numbers": (
        "right on {after:.1%} of {n} gold texts, the champion on {before:.1%} ({gained} gained, {lost} lost);"
        " difference {difference:+.1f} points, between {low:+.1f} and {high:+.1f} (the lower bound errs in at"
        " most {spent:.2%}, the upper in {level:.2%}; use {use} of these labels)",
        "在 {n} 条评测文本上判对 {after:.1%}，现任模型为 {before:.1%}"
        "（新判对 {gained} 条，新判错 {lost} 条）；相差 {difference:+.1f} 个百分点，"
        "区间 {low:+.1f} 至 {high:+.1f}"
        "（下限出错概率至多 {spent:.2%}，上限至多 {level:.2%}；这些标注第 {use} 次使用）",
    ),
    "gate.no_numbers": (
        "the challenger gives probabilities that are not numbers in [0, 1]",
        "候选模型给出的概率不在 0 到 1 之间",
    ),
    "gate.one_class": ("it calls every gold text {sentiment}", "它把所有评测文本都判为{sentiment}"),
    "gate.alone": (
        "no champion to compare with; right on {share:.1%} of {n} gold texts",
        "没有可比较的现任模型；在 {n} 条评测文本上判对 {share:.1%}",
    ),
    "gate.overtaken": (
        "{serving} was promoted meanwhile; compared with {parent}",
        "其间 {serving} 已上线；本次是与 {parent} 比较的",
    ),
    "gate.harm": (
        "{what} falls from {before:.1%} to {after:.1%} (p = {p:.2g})",
        "{what}从 {before:.1%} 降到 {after:.1%}（p = {p:.2g}）",
    ),
    "gate.few": (
        "{what}: too few to tell ({n} differ)",
        "{what}：数量太少，无法判断（{n} 条不同）",
    ),
    "gate.fine": (
        "{what}: no harm shown ({before:.1%} before, {after:.1%} after)",
        "{what}：未见损害（之前 {before:.1%}，之后 {after:.1%}）",
    ),
    "duel.superior": ("better than the champion in the duel: {numbers}", "在对决中优于现任模型：{numbers}"),
    "duel.not_inferior": (
        "not inferior to the champion by more than {most:.1f} points in the duel: {numbers}",
        "在对决中与现任模型相比至多逊色 {most:.1f} 个百分点：{numbers}",
    ),
    "duel.worse": ("worse than the champion in the duel: {numbers}", "在对决中逊于现任模型：{numbers}"),
    "duel.undecided": (
        "undecided after the duel, so the champion stays: {numbers}",
        "对决未分胜负，现任模型留任：{numbers}",
    ),
    "duel.overtaken": (
        "the duel ended early: {serving} serves now, or another challenger took its place",
        "对决提前结束：现由 {serving} 服务，或已有另一候选模型接替",
    ),
    "duel.numbers": (
        "of {n} texts on which they disagree about the {judgement} it won {wins}, lost {losses} and tied"
        " {ties}; they disagree on {share:.1%} of {texts} texts; gain {gain:+.1f} points, between {low:+.1f}"
        " and {high:+.1f} (each bound errs in at most {level:.1%})",
        "在二者对{judgement}判断不同的 {n} 条文本上，胜 {wins}、负 {losses}、平 {ties}；"
        "{texts} 条文本中有 {share:.1%} 判断不同；增益 {gain:+.1f} 个百分点，"
        "区间 {low:+.1f} 至 {high:+.1f}（每一端出错概率至多 {level:.1%}）",
    ),
    "duel.going": (
        "in a duel with {champion} about the {judgement}: {labels} of at most {most} labels, {wins} won,"
        " {losses} lost, {ties} tied; gain so far {gain:+.1f} points, between {low:+.1f} and {high:+.1f}",
        "正与 {champion} 就{judgement}对决：已标注 {labels} 条（至多 {most} 条），"
        "胜 {wins}、负 {losses}、平 {ties}；"
        "目前增益 {gain:+.1f} 个百分点，区间 {low:+.1f} 至 {high:+.1f}",
    ),
    "duel.asked": (
        "two models disagree on it; asked for the duel between them",
        "两个模型对它的判断不同；为二者的对决而问",
    ),
    "shadow.going": (
        "fit to serve, it judges everything beside {champion} for {hours:g} hours first: so far {articles}"
        " articles, {differ} judged otherwise, negative {old} by the champion and {new} by it, accepted"
        " {before} and {after}; of {audits} audits it alone has {wins} right, the champion alone {losses};"
        " it failed on {failed}",
        "可以上任，先与 {champion} 并行判断 {hours:g} 小时：目前 {articles} 篇，判断不同 {differ} 篇，"
        "负面：现任 {old}、该模型 {new}，自动接受：{before}、{after}；{audits} 条抽检中只有它判对 {wins} 条，"
        "只有现任判对 {losses} 条；失败 {failed} 篇",
    ),
    "shadow.passed": (
        "nothing spoke against it in {hours:g} hours beside {champion}: {articles} articles, {differ} judged"
        " otherwise, negative {old} by the champion and {new} by it, accepted {before} and {after}; of"
        " {audits} audits it alone had {wins} right, the champion alone {losses}; it failed on {failed}",
        "与 {champion} 并行判断 {hours:g} 小时，未见问题：{articles} 篇中判断不同 {differ} 篇，"
        "负面：现任 {old}、该模型 {new}，自动接受：{before}、{after}；{audits} 条抽检中只有它判对 {wins} 条，"
        "只有现任判对 {losses} 条；失败 {failed} 篇",
    ),
    "shadow.fails": (
        "beside the champion it failed on {failed} of {n} articles",
        "与现任模型并行时，{n} 篇中有 {failed} 篇判断失败",
    ),
    "shadow.collapsed": (
        "beside the champion it called all of {n} articles {sentiment}, and the champion did not",
        "与现任模型并行时，它把 {n} 篇全部判为{sentiment}，而现任模型并非如此",
    ),
    "shadow.worse": (
        "worse than the champion on the {n} audits of its shadow: it alone had {wins} right, the champion"
        " alone {losses}",
        "在并行期间的 {n} 条抽检上逊于现任模型：只有它判对 {wins} 条，只有现任判对 {losses} 条",
    ),
    "shadow.overtaken": (
        "its shadow ended early: {serving} serves now, or another version took its place",
        "并行判断提前结束：现由 {serving} 服务，或已有另一版本接替",
    ),
    "shadow.broken": ("the model could not be loaded: {why}", "无法加载该模型：{why}"),
    "duel.judgement.sentiment": ("sentiment", "情感"),
    "duel.judgement.topic": ("topic", "主题"),
    "duel.judgement.company": ("sentiment towards companies", "对公司的情感"),
    "gate.what.recall": ("recall of {sentiment}", "{sentiment}的召回率"),
    "gate.what.language": ("accuracy in language {language}", "语言 {language} 的准确率"),
    "gate.what.topics": ("topic accuracy", "主题准确率"),
    "gate.what.company": ("accuracy towards companies", "对公司情感的准确率"),
    "gate.what.calibration": ("calibration (1 minus overconfidence)", "校准度（1 减过度自信）"),
    "gate.what.behaviour": ("the check-list's share passed", "行为清单的通过率"),
    "gate.what.capability": (
        "the check-list's share passed for {capability}",
        "行为清单中 {capability} 的通过率",
    ),
}
