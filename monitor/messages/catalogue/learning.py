"""Training, the gate and model versions."""

SENTENCES = {
    "learning.running": (
        "a training is running already ({training}): wait until it is done, or cancel it",
        "训练已在进行（{training}），请等待完成或取消它",
    ),
    "learning.overtaken": (
        "another training took over; {model} was not stored",
        "另一训练已接手，{model} 未保存",
    ),
    "training.none": ("training {training!r}: no such training", "没有训练 {training!r}"),
    "training.not_open": (
        "training {training} is {state}: see `monitor train --status`",
        "训练 {training} {state}：可用 `monitor train --status` 查看",
    ),
    "training.none_open": (
        "no training is running, waiting or interrupted",
        "没有进行中、排队中或已中断的训练",
    ),
    "training.held": (
        "training {training}: another process works in its folder still",
        "训练 {training}：另一进程仍在其文件夹中工作",
    ),
    "training.elsewhere": (
        "training {training}: its folder {folder} is not on this machine: resume it where it began, or"
        " cancel it and train anew",
        "训练 {training}：其文件夹 {folder} 不在本机：请在原机器上恢复，或取消后重新训练",
    ),
    "training.moved_on": (
        "{serving} serves by now, and this training began from {parent}: train anew",
        "现任模型已是 {serving}，而本训练从 {parent} 开始：请重新训练",
    ),
    "training.no_room": (
        "the disk has {free:,.0f} MB free and a training wants {wanted:,.0f} MB: free some, or move"
        " [learning] directory",
        "磁盘剩余 {free:,.0f} MB，训练需要 {wanted:,.0f} MB：请清理空间，或更改 [learning] directory",
    ),
    "training.unreadable": (
        "{file}: what the training was to learn from cannot be read ({reason}): train anew",
        "{file}：无法读取训练所用的数据（{reason}），请重新训练",
    ),
    "training.cancelled": ("the training was cancelled", "训练已取消"),
    "training.cancelled_by": ("cancelled by {user}", "由 {user} 取消"),
    "training.superseded": ("given up for {training}", "由 {training} 取代"),
    "training.died": (
        "its process ended: resumed, it goes on from its last checkpoint",
        "其进程已结束，恢复后将从最近的检查点继续",
    ),
    "training.stopped": (
        "the monitor stops: the training goes on from its last checkpoint after the next start",
        "系统正在停止：下次启动后训练将从最近的检查点继续",
    ),
    "training.why.person": ("asked for by {user}", "由 {user} 发起"),
    "training.why.drift": ("the news has drifted from what the model learnt", "新闻分布偏离模型所学"),
    "training.why.labels": ("{n} new labels", "新增标注 {n} 条"),
    "training.why.cron": ("the timetable's time, and {n} new labels", "到了计划时间，新增标注 {n} 条"),
    "training.state.queued": ("queued", "排队中"),
    "training.state.running": ("running", "进行中"),
    "training.state.cancelling": ("being cancelled", "正在取消"),
    "training.state.cancelled": ("cancelled", "已取消"),
    "training.state.done": ("done", "已完成"),
    "training.state.failed": ("failed", "已失败"),
    "training.state.interrupted": ("interrupted", "已中断"),
    "training.stage.champion": ("loading the champion", "加载现任模型"),
    "training.stage.snapshot": ("taking the labels", "读取标注"),
    "training.stage.fit": ("fitting", "训练模型"),
    "training.stage.remember": ("writing down what the model says now", "记录模型当前的判断"),
    "training.stage.frozen": ("reading the texts", "读取文本"),
    "training.stage.development": (
        "measuring on development texts (score {score:.3f})",
        "在开发集上评估（得分 {score:.3f}）",
    ),
    "training.stage.ngrams": ("fitting the n-grams", "训练 n 元组"),
    "training.stage.gold_champion": ("asking the champion of the gold texts", "现任模型判断评测文本"),
    "training.stage.gold_challenger": ("asking the challenger of the gold texts", "候选模型判断评测文本"),
    "training.stage.behaviours": ("going through the check-list", "检查行为清单"),
    "training.stage.certify": ("asking what the audits certify", "核算抽检认证"),
    "training.stage.conclude": ("storing the version", "保存版本"),
    "learning.broke": (
        "stopped by an error that the log holds",
        "因错误停止，详见日志",
    ),
    "learning.extra": (
        "{way} needs {package}, which is not installed: pip install 'news-monitor[train]'",
        "{way} 需要 {package}，尚未安装：pip install 'news-monitor[train]'",
    ),
    "learning.made": ("{model}: {state}. {reason}", "{model}：{state}。{reason}"),
    "learning.state.challenger": ("challenger", "候选"),
    "learning.state.champion": ("champion", "已上线"),
    "learning.state.retired": ("retired", "已退役"),
    "learning.state.refused": ("refused", "未通过"),
}
