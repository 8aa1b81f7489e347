"""Model versions: why one serves, and what is wrong with its files."""

SENTENCES = {
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
