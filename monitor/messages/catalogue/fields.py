"""What is wrong with a field of a request. Keys are pydantic's types of errors, values its limits."""

_NUMBER = ("expected a whole number", "应为整数")
_TIME = (
    "expected a date and time with its offset, such as 2026-03-02T09:00:00Z",
    "应为带时区的日期时间，例如 2026-03-02T09:00:00Z",
)

SENTENCES = {
    "field.missing": ("is missing", "缺失"),
    "field.extra_forbidden": ("is not known here; leave it out", "未知字段，请去掉"),
    "field.json_invalid": ("is not JSON", "不是 JSON"),
    "field.model_attributes_type": ("expected an object", "应为对象"),
    "field.list_type": ("expected a list", "应为列表"),
    "field.string_type": ("expected text", "应为文本"),
    "field.string_unicode": ("holds half a character", "含有不完整的字符"),
    "field.string_too_long": ("is longer than {max_length} characters", "超过 {max_length} 个字符"),
    "field.string_too_short": ("is shorter than {min_length} characters", "少于 {min_length} 个字符"),
    "field.string_pattern_mismatch": ("does not have the form {pattern}", "不符合格式 {pattern}"),
    "field.too_long": ("has more than {max_length} entries", "超过 {max_length} 项"),
    "field.literal_error": ("expected {expected}", "应为 {expected}"),
    "field.enum": ("expected {expected}", "应为 {expected}"),
    "field.bool_parsing": ("expected true or false", "应为 true 或 false"),
    "field.bool_type": ("expected true or false", "应为 true 或 false"),
    "field.int_parsing": _NUMBER,
    "field.int_type": _NUMBER,
    "field.int_from_float": _NUMBER,
    "field.int_parsing_size": ("is too large a number", "数字过大"),
    "field.greater_than_equal": ("must be at least {ge}", "不得小于 {ge}"),
    "field.less_than_equal": ("must be at most {le}", "不得大于 {le}"),
    "field.moment": _TIME,
}
