"""Model versions: what the gate says of one, why it serves, and what is wrong with its files."""

_OF = {
    "topics": ("topic accuracy", "主题准确率"),
    "company": ("accuracy towards companies", "对公司情感的准确率"),
}

SENTENCES = {
    "gate.few": (
        "only {n} gold labels and {least} are needed to tell the models apart: label more articles, or lower"
        " [learning] min_gold",
        "评测标注只有 {n} 条，至少需要 {least} 条才能区分两个模型："
        "请标注更多文章，或调低 [learning] min_gold",
    ),
    "gate.no_numbers": (
        "the challenger gives probabilities that are not numbers in [0, 1]",
        "候选模型给出的概率不在 0 到 1 之间",
    ),
    "gate.one_class": ("it calls every gold text {sentiment}", "它把所有评测文本都判为{sentiment}"),
    "gate.alone": (
        "no champion to compare with; macro-F1 {score:.3f} on {n} gold labels",
        "没有可比较的现任模型；在 {n} 条评测标注上 macro-F1 为 {score:.3f}",
    ),
    "gate.refused": ("{problem}: {numbers}", "{problem}：{numbers}"),
    "gate.passed": ("not worse than the champion: {numbers}", "不逊于现任模型：{numbers}"),
    "gate.f1": ("macro-F1 may fall by {most:.3f} at most", "macro-F1 最多可下降 {most:.3f}"),
    "gate.recall": (
        "recall of {sentiment} falls from {before:.3f} to {after:.3f}",
        "{sentiment}的召回率从 {before:.3f} 降到 {after:.3f}",
    ),
    "gate.falls": (
        "{what} falls from {before:.3f} to {after:.3f}",
        "{what}从 {before:.3f} 降到 {after:.3f}",
    ),
    "gate.what.topics": _OF["topics"],
    "gate.what.company": _OF["company"],
    "gate.numbers": (
        "macro-F1 {after:.3f} against the champion's {before:.3f} on {n} gold labels (difference"
        " {difference:+.3f}, 95% interval {low:+.3f} to {high:+.3f}; {gained} texts gained, {lost} lost)",
        "在 {n} 条评测标注上 macro-F1 为 {after:.3f}，现任模型为 {before:.3f}（相差 {difference:+.3f}，"
        "95% 区间 {low:+.3f} 至 {high:+.3f}；新判对 {gained} 条，新判错 {lost} 条）",
    ),
    "gate.behaviour": (
        "it passes {after:.3f} of the {cases} cases of the check-list, the champion {before:.3f}, and"
        " [learning] max_behaviour_drop is {most:.3f}",
        "它通过了行为清单 {cases} 项中的 {after:.3f}，现任模型为 {before:.3f}，"
        "而 [learning] max_behaviour_drop 为 {most:.3f}",
    ),
    "gate.overtaken": (
        "{serving} was promoted meanwhile; compared with {parent}",
        "其间 {serving} 已上线；本次是与 {parent} 比较的",
    ),
    "champion.first": ("the first model", "首个模型"),
    "champion.configured": ("configured in place of {model}", "按配置替换 {model}"),
    "champion.in_place": ("in place of {model}, which was refused", "代替已被拒用的 {model}"),
    "champion.replaced": ("{model} was refused", "{model} 已被拒用"),
    "champion.retired": ("{model} serves now", "{model} 已上线"),
    "champion.rolled_back": ("in place of {model}, which was rolled back", "回退 {model} 后重新上线"),
    "champion.by": ("promoted by {user}", "由 {user} 上线"),
    "manifest.wrote_none": (
        "{folder}: the classifier wrote no model there",
        "{folder}：分类器没有在此写入模型",
    ),
    "manifest.damaged": (
        "{file}: damaged: expected SHA-256 {expected}, found {found}",
        "{file}：已损坏：SHA-256 应为 {expected}，实为 {found}",
    ),
    "manifest.missing": (
        "{file}: missing; expected SHA-256 {expected}",
        "{file}：缺失；SHA-256 应为 {expected}",
    ),
    "manifest.none": (
        "{file}: not a manifest of format {format}",
        "{file}：不是格式 {format} 的清单",
    ),
    "manifest.long": (
        "{file}: not a manifest of format {format}: over {most:,} bytes",
        "{file}：不是格式 {format} 的清单：超过 {most:,} 字节",
    ),
    "manifest.no_folder": ("{folder}: no such model folder", "{folder}：没有这个模型文件夹"),
    "manifest.unread": ("{folder}: cannot be read: {error}", "{folder}：无法读取：{error}"),
    "classifier.raised": (
        "the classifier raised {kind}; the log says more",
        "分类器出错（{kind}），详见日志",
    ),
    "classifier.count": (
        "the classifier returned {found} predictions for {wanted} articles, or something else",
        "分类器对 {wanted} 篇文章返回了 {found} 个结果，或返回了别的内容",
    ),
    "classifier.gave": (
        "the classifier gave {found} predictions for {wanted} articles",
        "分类器对 {wanted} 篇文章给出了 {found} 个结果",
    ),
    "classifier.busy": (
        "{waiting} texts wait for the classifier already; try again later",
        "已有 {waiting} 条文本在等待分类，请稍后再试",
    ),
    "classifier.down": (
        "{n} or more articles wait for a classifier that works: {why}",
        "至少 {n} 篇文章在等待可用的分类器：{why}",
    ),
    "classifier.silent": (
        "the classifier hosted at {address} does not answer ({reason}): start `monitor worker --role"
        " classifier`, or leave [classifier] host empty",
        "位于 {address} 的分类器没有应答（{reason}）：请启动 `monitor worker --role classifier`，"
        "或将 [classifier] host 留空",
    ),
    "classifier.answered": (
        "the classifier hosted at {address} answered {status}",
        "位于 {address} 的分类器应答 {status}",
    ),
    "classifier.unusable": (
        "the classifier hosted at {address} gave no usable answer ({reason}): run the same version of the"
        " monitor there",
        "位于 {address} 的分类器应答不可用（{reason}）：请在该处运行同一版本",
    ),
    "classifier.no_model": (
        "no model is loaded: `monitor models list` shows which there are",
        "尚未加载模型：可用 `monitor models list` 查看已有模型",
    ),
    "classifier.language": (
        "language {language!r} is not one the model was trained on",
        "模型未针对语言 {language!r} 训练",
    ),
    "classifier.no_text": ("no text", "没有文本"),
    "classifier.characters": (
        "written in characters the model does not know",
        "所用文字是模型不认识的",
    ),
    "classifier.not_named": (
        "{name!r} does not stand in the text: give the company's name as it does",
        "文中没有 {name!r}：请按文中的写法给出公司名称",
    ),
    "classifier.target": (
        "target {target!r} is unknown: expected sentiment, sentiment:CLASS (CLASS one of {classes}),"
        " company:NAME (a name in the text), or topics:NAME (NAME one of {topics})",
        "解释对象 {target!r} 不可用：应为 sentiment、sentiment:CLASS（CLASS 为 {classes} 之一）、"
        "company:NAME（文中的名称）或 topics:NAME（NAME 为 {topics} 之一）",
    ),
    "learning.nothing": (
        "nothing to learn from: label tasks in the queue, or give a file with --data",
        "没有可学习的内容：请在队列中标注，或用 --data 提供文件",
    ),
    "learning.no_examples": (
        "the snapshot has no training examples: label some tasks first",
        "快照中没有训练样例：请先标注一些任务",
    ),
    "learning.untrainable": (
        "the classifier {kind!r} cannot be trained: configure another kind",
        "分类器 {kind!r} 不能训练：请配置其他类型",
    ),
}
