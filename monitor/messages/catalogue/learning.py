"""Training, the gate and model versions."""

SENTENCES = {
    "learning.running": (
        "a training is running already ({holder}): wait until it is done",
        "训练已在进行（{holder}），请等待完成",
    ),
    "learning.overtaken": (
        "another training took over; {model} was not stored",
        "另一训练已接手，{model} 未保存",
    ),
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
