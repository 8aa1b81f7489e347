"""The store: who has it open."""

SENTENCES = {
    "store.occupied": (
        "the database is in use by {who}: stop that first, then restore (there is no way round it)",
        "数据库正被 {who} 使用：请先停止，再执行恢复（无法绕过）",
    ),
    "store.restoring": (
        "a backup is being restored ({who}): try again when it is done",
        "正在恢复备份（{who}）：请待完成后重试",
    ),
}
