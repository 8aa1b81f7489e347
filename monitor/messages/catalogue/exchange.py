"""Labels that travel between tools."""

SENTENCES = {
    "exchange.flag": ("true or false", "true 或 false"),
    "exchange.number": ("a number from {least} to {most}", "{least} 到 {most} 之间的数"),
    "exchange.moment": (
        "a time with its zone, as 2026-03-14T09:30:00+08:00",
        "带时区的时间，如 2026-03-14T09:30:00+08:00",
    ),
    "exchange.one_of": ("one of {expected}", "下列之一：{expected}"),
    "exchange.by_id": ("an object of sentiments by a company's id", "以公司编号为键、情感为值的对象"),
    "exchange.objects": ("a list of objects", "对象的列表"),
    "exchange.object": ("an object", "对象"),
    "exchange.lines": ("a line for each company, as acme=negative", "每家公司一行，如 acme=negative"),
    "exchange.no_text": (
        "no text: expected one in the column text, or source and identity_key",
        "没有文本：应有 text 列，或 source 与 identity_key 两列",
    ),
    "exchange.no_label": ("no label: expected one in the column label", "没有标注：应有 label 列"),
    "exchange.format": (
        "the format {format!r} is unknown; expected one of {known}",
        "不认识格式 {format}，应为下列之一：{known}",
    ),
    "exchange.folder": (
        "this folder holds no labels: expected one that `datasets` or Argilla saved",
        "该文件夹中没有标注：应为 datasets 或 Argilla 保存的文件夹",
    ),
    "exchange.not_empty": (
        "there is something there already; give a folder that is new or empty",
        "目标已有内容；请指定新的或空的文件夹",
    ),
    "exchange.arrow": ("cannot be read as Arrow: {reason}", "无法按 Arrow 读取：{reason}"),
}
