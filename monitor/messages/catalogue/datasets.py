"""Files of rows: what was assumed of them, what could not be read and why, and labels in words."""

SENTENCES = {
    "table.at": ("{path}: {where}: {why}", "文件 {path} {where}：{why}"),
    "table.of": ("{path}: {why}", "文件 {path}：{why}"),
    "table.line": ("line {line}", "第 {line} 行"),
    "table.lines": ("lines {first} to {last}", "第 {first} 至 {last} 行"),
    "table.row": ("row {row}", "第 {row} 条"),
    "table.row_on_line": ("row {row} (line {line})", "第 {row} 条（第 {line} 行）"),
    "table.bad": ("{where}: {why}", "位于{where}：{why}"),
    # --- files ---
    "table.unreadable": ("cannot be read: {reason}", "无法读取：{reason}"),
    "table.no_file": ("is not a regular file", "不是普通文件"),
    "table.ending": (
        "the ending {ending!r} is unknown; expected {known}",
        "不认识后缀 {ending}，应为 {known}",
    ),
    "table.no_ending": (
        "the name has no ending that says what the file is; expected {known}",
        "文件名没有说明类型的后缀，应为 {known}",
    ),
    "table.empty": ("the file is empty", "文件是空的"),
    "table.no_rows": ("the file has a header and no rows", "文件只有表头，没有数据行"),
    "table.kind": (
        "the file is {kind}; save it as CSV or JSON lines in UTF-8, or as Parquet, with that ending",
        "文件实际是 {kind}；请另存为 UTF-8 的 CSV 或 JSON Lines，或 Parquet，并使用相应后缀",
    ),
    # --- encodings ---
    "table.encoding_unknown": (
        "there is no encoding {name!r} that can be read here; expected one as utf-8, gb18030, big5 or cp1252",
        "没有可用的编码 {name!r}；请用 utf-8、gb18030、big5 或 cp1252 之类的名称",
    ),
    "table.encoding_mark": (
        "the file marks itself as {found} and is to be read as {asked}: leave the encoding out",
        "文件自带 {found} 标记，却被要求按 {asked} 读取：请不要指定编码",
    ),
    "table.encoding_guessed": (
        "read as {encoding}, which is a guess: if texts look wrong, give the encoding they were written in",
        "按 {encoding} 读取，这是推测：若文字显示不对，请指定写入时所用的编码",
    ),
    "table.encoding_between": (
        "line {line}, byte {byte}: the text may be in any of the encodings {rivals}; "
        "give the encoding, or save as UTF-8",
        "第 {line} 行，第 {byte} 字节：文字的编码可能是 {rivals}；请指定编码，或另存为 UTF-8",
    ),
    "table.encoding_none": (
        "line {line}, byte {byte}: this is {kind}; give the encoding, or save as UTF-8",
        "第 {line} 行，第 {byte} 字节：内容是 {kind}；请指定编码，或另存为 UTF-8",
    ),
    "table.encoding_changed": (
        "what was read before is {before}, what follows looks like {after}; give the encoding",
        "先前的内容是 {before}，后面的却像 {after}；请指定编码",
    ),
    "table.no_text": ("no text in any known encoding", "任何已知编码都无法解读的内容"),
    "table.bytes": ("byte {byte} is not {encoding}", "第 {byte} 字节不是 {encoding}"),
    "table.foreign": ("the line is UTF-8 in a file in {encoding}", "此行是 UTF-8，而文件是 {encoding}"),
    "table.zeros": (
        "{count} zero bytes were left out, the first in line {line}",
        "略去 {count} 个零字节，最早出现在第 {line} 行",
    ),
    # --- rows ---
    "table.waits": (
        "line {line} has no end yet: it is read when the line is finished",
        "第 {line} 行尚未写完：写完后再读取",
    ),
    "table.waits_quote": (
        "line {line} opens a quote that is not closed yet: it is read when the quote is closed",
        "第 {line} 行的引号尚未闭合：闭合后再读取",
    ),
    "table.waits_array": (
        "the array is not finished yet: the rest is read when it is",
        "数组尚未写完：写完后再读取其余部分",
    ),
    "table.too_long": (
        "longer than {limit:,} bytes, which is the most that is read",
        "超过 {limit:,} 字节的读取上限",
    ),
    "table.not_cells": ("not readable as cells: {reason}", "无法解析为单元格：{reason}"),
    "table.open_quote": ("a quote is opened and not closed", "引号没有闭合"),
    "table.many_cells": (
        "{cells} cells under {columns} columns: put texts that hold the separator in double quotes",
        "{columns} 列之下有 {cells} 个单元格：含分隔符的文字请用双引号括起",
    ),
    "table.few_cells": (
        "{count} rows have fewer cells than the header, the first in line {line}; what is missing is empty",
        "{count} 行的单元格少于表头，最早为第 {line} 行；缺少的按空处理",
    ),
    "table.twice": (
        "two columns are named {name!r}; rename one",
        "有两列都叫 {name!r}；请改掉其中一个",
    ),
    "table.not_json": ("not valid JSON ({reason})", "不是有效的 JSON（{reason}）"),
    "table.pretty": (
        "a JSON object over several lines; expected one object a line, or an array of objects",
        "一个跨多行的 JSON 对象；应为每行一个对象，或由对象组成的数组",
    ),
    "table.not_object": (
        "a JSON {kind}, expected an object",
        "是 JSON {kind}，应为对象",
    ),
    "table.name_twice": ("the name {name!r} occurs twice", "名称 {name!r} 出现两次"),
    "table.array_ends": ("the array is not closed", "数组没有闭合"),
    "table.array_goes_on": ("something follows the array", "数组之后还有内容"),
    "table.array_resumed": (
        "a JSON array in {encoding} cannot be read part by part; save it as UTF-8",
        "{encoding} 编码的 JSON 数组无法分段读取；请另存为 UTF-8",
    ),
    "table.not_parquet": ("not a Parquet file ({reason})", "不是 Parquet 文件（{reason}）"),
    "table.out_of_range": (
        "column {column}: {count} values are out of range and were left empty, the first in row {row}",
        "列 {column}：{count} 个值超出范围，按空处理，最早为第 {row} 条",
    ),
    "table.said_missing": (
        "column {column}: {count} cells say NaN, null, None or the like and were taken for empty",
        "列 {column}：{count} 个单元格写的是 NaN、null、None 之类，按空处理",
    ),
    "table.more_bad": ("{count} more could not be read", "另有 {count} 条无法读取"),
    "table.wordless": (
        "{count} rows have neither title nor text and were left out",
        "{count} 行既无标题也无正文，已略去",
    ),
    "table.unusable": (
        "found the columns {columns}; expected at least one of {expected}",
        "列为 {columns}；至少应有 {expected} 之一",
    ),
    # --- cells ---
    "table.cell": (
        "column {column}: {value} is {kind}; expected {expected}",
        "列 {column}：{value} 是{kind}，应为{expected}",
    ),
    "table.cell_text": ("a text", "文字"),
    "table.cell_list": ("a list", "列表"),
    "table.cell_object": ("an object", "对象"),
    "table.cell_bytes": ("bytes that are not UTF-8", "不是 UTF-8 的字节"),
    "table.cell_other": ("a value of another kind", "其他类型的值"),
    # --- labels ---
    "labels.absent": ("label {label}: there is none of that number", "没有编号为 {label} 的标注"),
    "labels.expected": (
        "{sentiments} (or a word for one in English or Chinese; -1, 0 and 1 where a file has only these)",
        "{sentiments}（或 neg、负面 等；若文件只用 -1、0、1 也可）",
    ),
    "labels.unknown": (
        "column {column}: label {value} is unknown; allowed: {expected}",
        "列 {column}：标签 {value} 未知；可用：{expected}",
    ),
    "labels.number": (
        "column {column}: label {value} is a number, which stands for another class in every data set; "
        "name the classes in a column label_text; allowed: {expected}",
        "列 {column}：标签 {value} 是数字，不同数据集含义不同；"
        "请用 label_text 列写出类别名；可用：{expected}",
    ),
    "labels.several": (
        "column {column}: {value} are several labels for one text; expected one",
        "列 {column}：一条文字有多个标签 {value}；应只有一个",
    ),
    "labels.topic": (
        "column {column}: topic {value} is unknown; allowed: {expected}",
        "列 {column}：主题 {value} 未知；可用：{expected}",
    ),
    "labels.whole": ("a label for the whole text", "针对整段文字的标签"),
    "labels.parts": (
        "the annotations are of the kind {kinds}, which mark parts of a text; expected choices for all of it",
        "标注类型为 {kinds}，标的是文字的局部；应为针对整段文字的选择",
    ),
    "labels.pairs": (
        'names of companies with a sentiment each, as [["Acme", "negative"]]',
        '公司名称及各自的情感，如 [["Acme", "negative"]]',
    ),
    "labels.name": ("one name, in a row of its own", "一个名称，各占一行"),
    "labels.scale": (
        "labels -1, 0 and 1 were read as negative, neutral and positive",
        "标签 -1、0、1 按负面、中性、正面读取",
    ),
    "labels.disagree": (
        "{count} texts were left out, because those who labelled them do not agree; the first: {where}",
        "{count} 条文字因标注者意见不一而略去，最早为{where}",
    ),
    "labels.columns": (
        "{where} has the columns {columns}; expected {expected}",
        "{where} 的列为 {columns}；应有 {expected}",
    ),
    "labels.file": ("the file", "文件"),
    "labels.none": (
        "none of its {count} rows has a text and a label for it",
        "{count} 行中没有一行既有文字又有标签",
    ),
    "labels.none_towards": (
        "none of its {count} rows has a text, an entity and a label for it",
        "{count} 行中没有一行同时有文字、公司和标签",
    ),
    # --- what is written ---
    "written.ending": (
        "the ending {ending!r} is unknown; expected {known}",
        "不认识后缀 {ending}，应为 {known}",
    ),
    "written.exists": (
        "exists already; remove it first, or name another file",
        "文件已存在；请先删除，或换一个文件名",
    ),
    "written.failed": ("cannot be written: {reason}", "无法写入：{reason}"),
    "written.bytes": (
        "column {column} holds bytes that are not UTF-8; write .parquet, or leave the column out of the file",
        "列 {column} 含有不是 UTF-8 的字节；请写成 .parquet，或从文件中去掉该列",
    ),
    "written.column": (
        "column {column} cannot be written as Parquet ({reason}); write .jsonl instead",
        "列 {column} 无法写成 Parquet（{reason}）；请改写 .jsonl",
    ),
    "written.mixed": (
        "column {column} holds values of several types and is written as JSON text",
        "列 {column} 的值类型不一，以 JSON 文本写出",
    ),
    "written.apostrophes": (
        "{count} cells were given an apostrophe, so that no spreadsheet runs them; "
        ".jsonl and .parquet hold them as they are",
        "{count} 个单元格前加了撇号，以免被电子表格当作公式执行；.jsonl 与 .parquet 保持原样",
    ),
}
