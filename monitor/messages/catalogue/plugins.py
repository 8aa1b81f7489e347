"""Plugins: what ended one, and why one cannot be used."""

SENTENCES = {
    "plugins.unavailable": ("unavailable: {why}", "不可用：{why}"),
    "plugins.file": ("{file}: {error}", "插件 {file}：{error}"),
    "plugins.loading": ("it is still being loaded", "正在加载"),
    "plugins.no_directory": (
        "plugins_dir cannot be read ({error}); make the directory or remove the setting",
        "无法读取 plugins_dir（{error}）；请创建该目录或删除此设置",
    ),
    "plugins.unknown_kind": (
        "no plugin provides kind {kind!r}; known: {known}; not loaded: {lost}",
        "没有插件提供类型 {kind!r}；已知：{known}；未加载：{lost}",
    ),
    "plugins.limit_load": (
        "importing it took more than {seconds} seconds and was stopped; [plugins] load_seconds allows more",
        "导入超过 {seconds} 秒，已终止；可用 [plugins] load_seconds 放宽",
    ),
    "plugins.limit_time": (
        "it took more than {seconds} seconds and was stopped; [plugins] call_seconds allows more",
        "运行超过 {seconds} 秒，已终止；可用 [plugins] call_seconds 放宽",
    ),
    "plugins.limit_memory": (
        "it took more than {mb} MB of memory and was stopped; [plugins] memory_mb allows more",
        "占用内存超过 {mb} MB，已终止；可用 [plugins] memory_mb 放宽",
    ),
    "plugins.limit_items": (
        "it delivered more than {items} items and was stopped, and none was kept; let it deliver fewer at "
        "a time, or [plugins] max_items allows more",
        "一次交付超过 {items} 条，已终止且未保存任何一条；请分批交付，或用 [plugins] max_items 放宽",
    ),
    "plugins.limit_bytes": (
        "it delivered items of more than {mb} MB and was stopped, and none was kept",
        "一次交付的条目超过 {mb} MB，已终止且未保存任何一条",
    ),
    "plugins.limit_fetched": (
        "it was given answers of more than {mb} MB already",
        "已获取的内容超过 {mb} MB",
    ),
    "plugins.killed": ("its process was ended by {signal}", "其进程被 {signal} 终止"),
    "plugins.ended": (
        "its process ended unexpectedly (exit status {status})",
        "其进程意外退出（退出码 {status}）",
    ),
    "plugins.nonsense": (
        "its process answered nonsense and was stopped ({error})",
        "其进程的应答无法识别，已终止（{error}）",
    ),
    "plugins.no_process": ("no process could be started for it: {error}", "无法为其启动进程：{error}"),
    "plugins.no_fetcher": ("it has no fetcher", "它没有 fetcher"),
    "plugins.stopped": ("the monitor is being stopped", "系统正在停止"),
    "plugins.raised": ("it raised {kind}: {text}", "它引发了 {kind}：{text}"),
    "plugins.raised_bare": ("it raised {kind}", "它引发了 {kind}"),
    "plugins.kind_gone": (
        "the plugin does not provide kind {kind!r} any more",
        "插件不再提供类型 {kind!r}",
    ),
    "plugins.not_fetched": (
        "`fetch` returned {found}; expected monitor.Fetched",
        "`fetch` 返回了 {found}，应为 monitor.Fetched",
    ),
    "plugins.not_scores": (
        "`test` returned {found}; expected monitor.Scores",
        "`test` 返回了 {found}，应为 monitor.Scores",
    ),
    "plugins.scores_kind": (
        "`test` returned {column} of {found}; expected an array of {kind}",
        "`test` 返回的 {column} 为 {found}，应为 {kind} 数组",
    ),
    "plugins.scores_shape": (
        "`test` returned {column} of shape {found}; expected one number for each of {rows} rows",
        "`test` 返回的 {column} 形状为 {found}，应为 {rows} 行各一个数",
    ),
    "plugins.scores_value": (
        "`test` returned {column} = {found} in row {row}; expected {wanted}",
        "`test` 返回的第 {row} 行 {column} = {found}，应为{wanted}",
    ),
    "plugins.scores_number": ("a number", "一个数"),
    "plugins.scores_p": ("a p-value over 0 and at most 1", "大于 0 且不超过 1 的 p 值"),
    "plugins.scores_window": ("the place of a window, 0 to {last}", "窗口的序号（0 至 {last}）"),
    "plugins.scores_finite": ("a finite number", "有限的数"),
    "plugins.scores_band": ("a number not over `high`", "不大于 `high` 的数"),
    "plugins.unpicklable": (
        "what `fit` returned cannot be kept: {error}",
        "`fit` 的返回值无法保存：{error}",
    ),
    "plugins.needs": (
        "it needs {package}, which is not installed: pip install 'news-monitor[{extra}]'",
        "它需要 {package}，尚未安装：pip install 'news-monitor[{extra}]'",
    ),
    "plugins.limit_learnt": (
        "what `fit` returned is longer than {mb} MB, and was not kept",
        "`fit` 的返回值超过 {mb} MB，未保存",
    ),
    "plugins.trouble.notifiers": ("notifier {name}: {why}", "通知渠道 {name}：{why}"),
    "plugins.trouble.strategies": (
        "strategy {name}: {why}; {fallback} orders the queue meanwhile",
        "选样策略 {name}：{why}；暂由 {fallback} 排序队列",
    ),
    "plugins.trouble.detectors": (
        "detector {name}: {why}; the rules that name it find nothing meanwhile",
        "检测器 {name}：{why}；使用它的规则暂时不会发现异常",
    ),
    "plugins.undelivered": (
        "{number} messages wait; the last attempt failed: {error}",
        "{number} 条消息等待发送；上次尝试失败：{error}",
    ),
    "plugins.no_answer": (
        "it has not answered for {seconds} seconds; the others go on",
        "已 {seconds} 秒无应答；其他通知照常发送",
    ),
    "plugins.state": ("its state is not a JSON object: {error}", "其状态不是 JSON 对象：{error}"),
    "plugins.state_long": (
        "its state is longer than {bytes:,} bytes",
        "其状态超过 {bytes:,} 字节",
    ),
    "plugins.item": ("item {number}: {why}", "第 {number} 条：{why}"),
    "plugins.no_item": ("expected monitor.Item, found {found}", "应为 monitor.Item，实为 {found}"),
    "plugins.item_long": ("longer than {bytes:,} bytes", "超过 {bytes:,} 字节"),
}
