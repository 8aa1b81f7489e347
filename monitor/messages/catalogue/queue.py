"""The labelling queue."""

SENTENCES = {
    "queue.no_task": ("task {task}: no such task in the queue", "队列中没有任务 {task}"),
    "queue.held": (
        "task {task}: {user} is working on it; take the next one",
        "任务 {task}：{user} 正在处理，请取下一条",
    ),
    "queue.answered": (
        "task {task}: you answered it already; undo takes the answer back",
        "任务 {task}：您已作答；撤销可收回",
    ),
    "queue.said_before": (
        "task {task}: you have said what you think of its text before; somebody else answers this one",
        "任务 {task}：您已对该文本表过态，本题由他人作答",
    ),
    "queue.closed": ("task {task}: it is closed", "任务 {task} 已关闭"),
    "queue.edited": (
        "task {task}: its source changed the text meanwhile; what it says now is asked about instead",
        "任务 {task}：来源已修改正文，现按新正文重新提问",
    ),
    "queue.closed_labelled": (
        "task {task}: {user} labelled it {sentiment} before",
        "任务 {task}：{user} 已先标为{sentiment}",
    ),
    "queue.closed_skipped": ("task {task}: {user} skipped it before", "任务 {task}：{user} 已先跳过"),
    "queue.other_article": (
        "task {task}: it is about another article now than the one you saw",
        "任务 {task} 对应的文章已不是您看到的那一篇",
    ),
    "queue.other_user": (
        "you are not logged in as {user}; log in as {user} and send it again",
        "当前登录的不是 {user}；请以 {user} 登录后重新发送",
    ),
    "queue.no_answer": ("no answer of yours has the key {key}", "没有键为 {key} 的您的回答"),
    "queue.key_reused": (
        "the key {key} was used for another answer; send each answer under a key of its own",
        "键 {key} 已用于另一条回答；每条回答请使用各自的键",
    ),
    "queue.unknown": (
        "{what} {value!r}: expected one of {known}",
        "{what} {value!r} 不在可选项中：{known}",
    ),
    "queue.whole": (
        "task {task} measures models: say the sentiment, the topics (or that there are none) and the"
        " sentiment towards every company; missing: {missing}",
        "任务 {task} 用于衡量模型：请给出情感、主题（或无主题）以及对每家公司的情感；缺少：{missing}",
    ),
    "queue.topics": ("the topics", "主题"),
    "queue.sentiment": ("sentiment", "情感"),
    "queue.topic": ("topic", "主题"),
    "queue.company": ("company", "公司"),
    "queue.seconds": (
        "seconds {seconds}: expected 0 to {most}",
        "用时 {seconds} 秒应在 0 到 {most} 之间",
    ),
    "queue.blind": (
        "you are asked about this article without the model's opinion; answer or give back the task first",
        "该文章正由您盲标，不显示模型判断；请先作答或交还任务",
    ),
}
