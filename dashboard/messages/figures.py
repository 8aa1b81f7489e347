"""What is known of one version: figures, errors, behaviour, and what orders the queue."""

from __future__ import annotations

from collections.abc import Mapping

SENTENCES: Mapping[str, tuple[str, str]] = {
    "figures.title": ("How good a version is", "版本表现"),
    "figures.version": ("Version", "版本"),
    "figures.source": ("Measured on", "测量来源"),
    "figures.of.audits": ("blind audits", "盲审抽检"),
    "figures.of.gold": ("gold of its gate", "评测金标"),
    "figures.whence.audits": (
        "From {n} texts drawn at random after this version was made, which it judged as they came in and "
        "analysts read blind. It cannot have learnt from them.",
        "依据该版本生成之后随机抽取的 {n} 条文本：到达时由该版本判断，并由分析员盲审；该版本不可能学过它们。",
    ),
    "figures.whence.gold": (
        "From the {n} gold labels of its gate, as it was measured before it served; none of them taught it.",
        "依据其上线评测所用的 {n} 条金标（上线前测得），均未用于训练。",
    ),
    "figures.missing": (
        "{n} more that two analysts skipped count as errors in the figures.",
        "另有 {n} 条被两位分析员跳过，在指标中计为错误。",
    ),
    "figures.none": (
        "Nothing is known of this version yet: no audit drawn since it was made was read, and no gate kept "
        "counts of it.",
        "该版本尚无可用数据：生成后抽取的抽检尚无人判读，也没有评测计数。",
    ),
    "figures.beside": ("Side by side", "并列比较"),
    "figures.errors": ("Where it errs", "错在哪里"),
    "figures.sure": ("How sure it is", "把握程度"),
    "figures.figure": ("Figure", "指标"),
    "figures.interval": ("95% interval", "95% 区间"),
    "figures.from": ("from", "下限"),
    "figures.to": ("to", "上限"),
    "figures.texts": ("Texts", "文本数"),
    "figures.table": ("As a table", "以表格显示"),
    "figures.alone": ("There is no other version to compare it with on these.", "没有可在此比较的其他版本。"),
    "figures.against.audits": (
        "Beside {other}, which serves now, on the audits of its own time: other texts, so small differences "
        "say nothing.",
        "与当前服务的 {other} 比较；两者的抽检文本不同，微小差异没有意义。",
    ),
    "figures.against.gold": (
        "Beside {other}, which served when the gate judged, on the same texts.",
        "与评测时服务的 {other} 在同一批文本上比较。",
    ),
    "figures.accuracy": ("Right, of all articles (accuracy)", "判断正确的比例（准确率）"),
    "figures.macro_f1": ("Mean of the three sentiments (macro-F1)", "三类情感的平均（宏平均 F1）"),
    "figures.precision": (
        "Right, of those it calls {sentiment} (precision)",
        "判为{sentiment}者中正确的比例（精确率）",
    ),
    "figures.recall": (
        "Found, of those that are {sentiment} (recall)",
        "实为{sentiment}者中被找出的比例（召回率）",
    ),
    "figures.ece": ("How far its confidence is off (ECE)", "把握与正确率的偏差（ECE）"),
    "errors.help": (
        "Texts by what they are and what the model says; below each count its share of the row.",
        "按实际类别与模型判断统计的文本数；数字下方为占该行的比例。",
    ),
    "errors.is": ("Is {sentiment}", "实为{sentiment}"),
    "errors.said": ("Says {sentiment}", "判为{sentiment}"),
    "errors.all": ("Texts", "合计"),
    "calibration.bin": ("Confidence", "把握区间"),
    "calibration.sure": ("How sure the model is", "模型把握"),
    "calibration.right": ("How often it is right", "实际正确率"),
    "calibration.described": (
        "How often the model is right by how sure it is, with 95% intervals",
        "按模型把握分组的实际正确率（95% 区间）",
    ),
    "calibration.help": (
        "On the dashed line it is as often right as it is sure; below it is too sure. Lines are 95% "
        "intervals. Calibration error (ECE): {ece}, from {n} texts.",
        "虚线上表示把握与正确率一致，虚线下表示过于自信；竖线为 95% 区间。"
        "校准误差（ECE）：{ece}，基于 {n} 条文本。",
    ),
    "curve.title": ("Learning curve", "学习曲线"),
    "curve.metric": ("Figure", "指标"),
    "curve.accuracy": ("Accuracy", "准确率"),
    "curve.macro_f1": ("Macro-F1", "宏平均 F1"),
    "curve.taught": ("Texts it was taught here", "本地训练文本数"),
    "curve.by_analysts": ("labelled by analysts", "其中分析员标注"),
    "curve.help": (
        "A point for each version of which something is known. Versions are measured on different texts, so "
        "what differs by less than the intervals is alike; the gate compares two on the same texts. What was "
        "trained elsewhere stands at 0.",
        "每个有数据的版本为一个点。各版本的测量文本不同，差异在区间之内即不可区分；"
        "同一批文本上的比较见评测。在别处训练的版本位于 0。",
    ),
    "curve.heads": ("What more labels bring", "更多标注的收益"),
    "curve.heads.help": (
        "Not the versions themselves: a simple head on the vectors of the version that serves, fitted on "
        "growing parts of the labels and measured on audits; lines hold nine in ten repeats.",
        "并非各版本本身：在当前服务模型的向量上，用逐步增加的标注拟合简单分类头，并在抽检上测量；"
        "竖线含十分之九的重复结果。",
    ),
    "curve.chosen": ("labels that were asked for", "主动选取的标注"),
    "curve.random": ("labels drawn at random", "随机抽取的标注"),
    "curve.labels": ("Labels", "标注数"),
    "curve.nine_in_ten": ("Nine in ten repeats", "十分之九的重复"),
    "asking.title": ("What the queue asks for: {strategy}", "队列选取策略：{strategy}"),
    "asking.rests": (
        "The configuration names a {kind}, and none that is better than {serves}: so {serves} orders the "
        "queue.",
        "配置指定了 {kind}，但没有优于 {serves} 的版本，因此由 {serves} 排序。",
    ),
    "asking.named": ("{strategy}, of kind {kind}", "{strategy}（类型 {kind}）"),
    "asking.none": (
        "No policy was trained yet (`monitor policy train`).",
        "尚未训练选取策略（`monitor policy train`）。",
    ),
    "asking.better": ("better than margin", "优于 margin"),
    "asking.not_better": ("margin serves", "由 margin 服务"),
    "asking.in_use": ("named in the configuration", "配置所指定"),
    "models.parent": ("from {id}", "源自 {id}"),
    "models.admin": ("Only an administrator changes which model serves.", "仅管理员可更改服务模型。"),
    "figure.sentiment": (
        "Of 100 articles, it agrees with the analysts on {n} about the sentiment.",
        "每 100 篇文章中，有 {n} 篇的情感判断与分析员一致。",
    ),
    "figure.topics": (
        "Of 100 articles, its first topic is one of the analysts' topics in {n}.",
        "每 100 篇文章中，有 {n} 篇的首选主题与分析员一致。",
    ),
    "figure.company": (
        "Of 100 mentions of a company, it agrees with the analysts on {n} about the sentiment towards it.",
        "每 100 次提及公司，有 {n} 次对该公司的情感判断与分析员一致。",
    ),
    "figure.both": (
        "Of 100 topics that it or the analysts name, {n} are named by both.",
        "模型与分析员给出的每 100 个主题中，有 {n} 个是双方一致的。",
    ),
    "figure.sure": (
        "How sure it says it is differs by {n} of 100 from how often it is right.",
        "它自称的把握与实际正确率平均相差 {n} 个百分点。",
    ),
    "figure.developed.sentiment": (
        "Sentiment, on {sets} sets of texts from its development: {low} to {high} of 100, each class counting"
        " alike.",
        "情感：在开发所用的 {sets} 个数据集上为每 100 条对 {low} 至 {high} 条（各类别同等计）。",
    ),
    "figure.developed.sentiment.one": (
        "Sentiment, on texts from its development: {n} of 100, each class counting alike.",
        "情感：在开发所用的数据上为每 100 条对 {n} 条（各类别同等计）。",
    ),
    "figure.developed.topics": (
        "Topics, on {sets} sets of texts from its development: right in {low} to {high} of 100.",
        "主题：在开发所用的 {sets} 个数据集上每 100 条对 {low} 至 {high} 条。",
    ),
    "figure.developed.topics.one": (
        "Topics, on texts from its development: right in {n} of 100.",
        "主题：在开发所用的数据上每 100 条对 {n} 条。",
    ),
    "figure.developed.company": (
        "Companies, on {sets} sets of texts from its development: right in {low} to {high} of 100.",
        "公司：在开发所用的 {sets} 个数据集上每 100 条对 {low} 至 {high} 条。",
    ),
    "figure.developed.company.one": (
        "Companies, on texts from its development: right in {n} of 100.",
        "公司：在开发所用的数据上每 100 条对 {n} 条。",
    ),
    "behaviour.title": ("Check-list: {passed} of {cases} behaviours", "行为清单：{cases} 项中通过 {passed}"),
    "behaviour.name": ("Behaviour", "行为"),
    "behaviour.cases": ("Cases", "用例数"),
    "behaviour.passed": ("Passed", "通过率"),
    "behaviour.champion": ("Champion", "对照模型"),
    "behaviour.negation": ("Negation", "否定"),
    "behaviour.narrowing": ("Losses narrow, declines slow", "亏损收窄、降幅放缓"),
    "behaviour.mixed": ("Good and bad in one text", "好坏参半"),
    "behaviour.entities": ("Another name changes nothing", "更换名称不影响判断"),
    "behaviour.numbers": ("Another number changes nothing", "更换数字不影响判断"),
    "behaviour.sarcasm": ("Sarcasm", "反讽"),
    "behaviour.bilingual": ("The same in both languages", "中英文一致"),
    "behaviour.companies": ("Two companies, two sentiments", "两家公司，两种情感"),
    "behaviour.plain": ("Plain statements", "直白陈述"),
    "state.champion": ("serving", "服务中"),
    "state.challenger": ("challenger", "候选"),
    "state.retired": ("retired", "已退役"),
    "state.refused": ("refused", "未通过"),
}
