"""What is told of the dates of a fetch or a file."""

SENTENCES = {
    "dates.unreadable": (
        "{count} dates could not be read and were left out: {texts}; where figures or a time zone may mean"
        " several things, date_order and zones in the source's table say which",
        "有 {count} 个日期无法识别，已略去：{texts}；"
        "若数字顺序或时区缩写有歧义，请在该来源的配置中设置 date_order 和 zones",
    ),
    "dates.untrue": (
        "{count} dates cannot be true (before 1990, or more than a day ahead) and were left out: {texts}",
        "有 {count} 个日期不可能属实（早于 1990 年，或超前一天以上），已略去：{texts}",
    ),
    "dates.assumed": (
        "{count} dates had no time zone and were read in {zone}",
        "有 {count} 个日期未注明时区，已按 {zone} 解读",
    ),
}
