"""Bulk work: workers that do not start, die, or do not understand each other."""

SENTENCES = {
    "executor.stopped": ("the monitor is being stopped", "系统正在停止"),
    "executor.pickle": (
        "this work cannot be sent to other processes: {why}",
        "此任务无法发送到其他进程：{why}",
    ),
    "executor.raised": ("a worker raised {kind}: {why}", "工作进程抛出 {kind}：{why}"),
    "executor.start": (
        "a worker cannot be started: {why}",
        "无法启动工作进程：{why}",
    ),
    "executor.died": (
        "{attempts} workers died with batch {batch}, the last one by {how}; what was done before stays. Look "
        "at memory, or choose fewer workers ([bulk] workers)",
        "已有 {attempts} 个工作进程在处理第 {batch} 批时终止（最后一个：{how}），此前的结果均已保留；"
        "请检查内存，或减少 [bulk] workers",
    ),
}
