"""What a change of the news does."""

SENTENCES = {
    "drift.raised": ("the news changed: {what}", "新闻发生变化：{what}"),
}
