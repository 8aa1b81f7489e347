"""Scheduled work, and the processes that do it."""

SENTENCES = {
    "jobs.died": (
        "{holder} stopped before it was done",
        "{holder} 在完成前已停止",
    ),
    "jobs.broke": (
        "it ended in an error that nobody expected ({kind}); the log says more",
        "运行时意外出错（{kind}），详见日志",
    ),
    "jobs.untold": (
        "it ended while the store could not be reached; how is in the log",
        "运行结束时数据库不可用，结果见日志",
    ),
}
