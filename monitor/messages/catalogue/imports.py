"""Labels that come back from other tools: why one cannot be taken."""

SENTENCES = {
    "labels.no_article": (
        "no article in the store has this text; import the articles first with `monitor import`",
        "库中没有该文本的文章；请先用 monitor import 导入文章",
    ),
    "labels.edited": (
        "the text of article {article} of {source} has changed since; label it anew",
        "{source} 的文章 {article} 的文本后来已更改；请重新标注",
    ),
    "labels.nobody": (
        "nobody says whose label it is; give the name with --user, or in the column user",
        "没有说明是谁的标注；请用 --user 或 user 列给出姓名",
    ),
    "labels.future": ("the time {at} lies in the future", "时间 {at} 在未来"),
    "labels.company": (
        "the article does not name the company {company!r}: expected one of {known}",
        "文章没有提到公司 {company}，应为：{known}",
    ),
    "labels.twice": (
        "{user} says otherwise of the same text in {where}; keep one of the two",
        "{user} 在{where}对同一文本给出了不同的标注；请只保留一条",
    ),
    "labels.conflict": (
        "{user} labelled this text {sentiment} on {at}, and otherwise here; keep one of the two",
        "{user} 已于 {at} 将该文本标为{sentiment}，与此处不同；请只保留一条",
    ),
    "labels.taken_back": (
        "{user} took a label of this text back; leave the row out, or label it anew",
        "{user} 已撤销对该文本的标注；请删去此行，或重新标注",
    ),
    "labels.brought": ("labelled elsewhere and imported", "在别处标注后导入"),
}
