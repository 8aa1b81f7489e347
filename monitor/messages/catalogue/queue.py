"""The labelling queue."""

SENTENCES = {
    "queue.no_task": ("task {task}: no such task in the queue", "队列中没有任务 {task}"),
    "queue.held": (
        "task {task}: {user} is working on it; take the next one",
        "任务 {task}：{user} 正在处理，请取下一条",
    ),
}
