"""What the desk refuses, and why: roles, values out of range, things that are not there or not any more."""

SENTENCES = {
    "role.viewer": ("a viewer", "访客"),
    "role.analyst": ("an analyst", "分析员"),
    "role.admin": ("an admin", "管理员"),
    "desk.role": (
        "{user} is {role}; to {what} takes {needed}",
        "{user} 的角色是{role}；{what}需要{needed}",
    ),
    "may.read": ("read", "查看"),
    "may.acknowledge_alerts": ("acknowledge alerts", "确认预警"),
    "may.resolve_alerts": ("resolve alerts", "结束预警"),
    "may.judge_alerts": ("judge alerts", "评价预警"),
    "may.silence_alerts": ("silence alerts", "静默预警"),
    "may.send_messages_again": ("send messages again", "重发消息"),
    "may.test_receivers": ("test receivers", "测试接收方"),
    "may.take_tasks": ("take tasks", "领取任务"),
    "may.label": ("label", "标注"),
    "may.correct_a_judgement": ("correct a judgement", "更正判断"),
    "may.read_feedback": ("read feedback", "查看反馈"),
    "may.close_feedback": ("close feedback", "处理反馈"),
    "may.write_the_guidelines": ("write the guidelines", "编写标注规范"),
    "may.comment": ("comment", "评论"),
    "may.decide_between_readings": ("decide between readings", "裁决分歧"),
    "may.see_how_analysts_do": ("see how analysts do", "查看分析员表现"),
    "may.set_the_skills_of_analysts": ("set the skills of analysts", "设置分析员技能"),
    "may.export_labels": ("export labels", "导出标注"),
    "may.import_labels": ("import labels", "导入标注"),
    "may.skip_tasks": ("skip tasks", "跳过任务"),
    "may.poll_sources": ("poll sources", "抓取信息源"),
    "may.promote_models": ("promote models", "启用模型"),
    "may.roll_models_back": ("roll models back", "回退模型"),
    "may.train_models": ("train models", "训练模型"),
    "may.list_users": ("list users", "查看用户"),
    "may.add_users": ("add users", "添加用户"),
    "may.disable_users": ("disable users", "停用用户"),
    "may.create_tokens": ("create tokens", "创建令牌"),
    "may.revoke_tokens": ("revoke tokens", "撤销令牌"),
    "may.see_the_tokens_of_others": ("see the tokens of others", "查看他人的令牌"),
    "may.revoke_the_tokens_of_others": ("revoke the tokens of others", "撤销他人的令牌"),
    "may.change_the_password": ("change the password", "更改密码"),
    "may.edit_the_watch_list": ("edit the watch list", "编辑关注列表"),
    "may.read_the_audit": ("read the audit", "查看审计记录"),
    "watched.text": (
        "the text has {length} characters; give 1 to {most}",
        "文本有 {length} 个字符；应为 1 到 {most} 个",
    ),
    "watched.alias": (
        "the alias has {length} characters; give 1 to {most}",
        "别名有 {length} 个字符；应为 1 到 {most} 个",
    ),
    "watched.names": (
        "company {company!r}: it needs an id and a name; names hold no | and no line break, none is empty,"
        " and a name for a time does not end before it begins",
        "公司 {company!r}：需要编号和名称；名称不能为空，不能含 | 或换行，有期限的名称不能先结束后开始",
    ),
    "watched.company": (
        "{company!r} is no company of the watch list",
        "关注列表中没有公司 {company!r}",
    ),
    "desk.within": (
        "{what} {value}: expected {low} to {high}",
        "{what} 为 {value}：应在 {low} 到 {high} 之间",
    ),
    "desk.steps": (
        "{hours} hours in steps of {minutes} minutes: ask for at most {most} steps",
        "{hours} 小时按每 {minutes} 分钟一段过多：最多 {most} 段",
    ),
    "desk.note_long": (
        "the note has {length} characters; use at most {most}",
        "备注有 {length} 个字符，最多 {most} 个",
    ),
    "desk.token_name": (
        "name the token, in at most {most} printable characters, a letter, digit or Chinese one among them",
        "请为令牌命名，最多 {most} 个可见字符，至少含一个英文字母、数字或汉字",
    ),
    "desk.not_oneself": (
        "you cannot disable yourself; ask another administrator",
        "不能停用自己的账号，请由其他管理员操作",
    ),
    "desk.no_explanation": (
        "the classifier {kind!r} cannot explain what it says",
        "分类器 {kind!r} 不能解释其判断",
    ),
    "articles.none": ("article {article}: no such article in the store", "没有文章 {article}"),
    "alerts.none": ("alert {alert}: no such alert in the store", "没有预警 {alert}"),
    "alerts.already_resolved": (
        "alert {alert} is resolved; there is nothing left to acknowledge",
        "预警 {alert} 已结束，无需再确认",
    ),
    "alerts.already_acknowledged": (
        "alert {alert} was acknowledged by {user} already",
        "预警 {alert} 已由 {user} 确认",
    ),
    "alerts.resolved_by": ("alert {alert} was resolved by {user}", "预警 {alert} 已由 {user} 结束"),
    "alerts.resolved_itself": (
        "alert {alert} was resolved by itself: nothing rose any more",
        "预警 {alert} 已自行结束：不再上升",
    ),
    "silences.none": (
        "silence {silence}: there is none of this number that is not over",
        "没有编号为 {silence} 且尚未结束的静默",
    ),
    "silences.of_what": (
        "say which alerts: a rule, a company, a topic or a severity",
        "请说明针对哪些预警：规则、公司、主题或严重程度",
    ),
    "silences.severity": (
        "severity {severity!r}: expected one of {known}",
        "严重程度 {severity!r} 无效：应为 {known} 之一",
    ),
    "models.none": (
        "model {model!r}: no such version; known: {known}",
        "没有模型版本 {model!r}；已有：{known}",
    ),
    "models.none_yet": (
        "model {model!r}: no such version; known: none yet",
        "没有模型版本 {model!r}；尚无任何版本",
    ),
    "models.serving": ("model {model} serves already", "模型 {model} 已在使用"),
    "models.no_former": (
        "models: no version served before the present one, nothing to roll back to",
        "当前模型之前没有使用过其他版本，无法回退",
    ),
    "users.taken": (
        "user {user!r} exists already; choose another name",
        "用户 {user!r} 已存在，请换一个名字",
    ),
    "users.none": ("user {user!r}: no such user", "没有用户 {user!r}"),
}
