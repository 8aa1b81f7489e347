"""Lists of events that alerts are held against: what is wrong with a row."""

SENTENCES = {
    "events.column": (
        "there is no column {column!r}: a list of events has company and date, and may have aliases, until",
        "缺少 {column} 列：事件表须有 company 和 date 列，另可有 aliases 和 until 列",
    ),
    "events.cell": (
        "{column} is empty: every event has a company and a date",
        "{column} 为空：每个事件都须有公司和日期",
    ),
    "events.date": (
        "{column} {text} is no date: write a day as 2008-09-15, or a moment as 2008-09-15T04:30Z",
        "{column} 的 {text} 不是日期：请写日期如 2008-09-15，或时刻如 2008-09-15T04:30Z",
    ),
    "events.order": (
        "it ends ({ends}) before it begins ({begins})",
        "其结束（{ends}）早于开始（{begins}）",
    ),
}
