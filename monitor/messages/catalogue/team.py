"""Analysts among each other: guidelines, comments, decisions between readings, skills."""

SENTENCES = {
    "guidelines.none": ("guidelines, version {version}: there is none", "没有第 {version} 版标注规范"),
    "guidelines.empty": (
        "guidelines without words: write how texts are labelled",
        "标注规范不能为空：请写明如何标注",
    ),
    "guidelines.label": (
        "an example of {label!r}: expected one of {known}",
        "示例的标签 {label} 不存在，应为：{known}",
    ),
    "guidelines.example": (
        "an example of {label!r} has no text: give one",
        "{label} 的示例没有文本：请填写",
    ),
    "comments.none": ("comment {comment}: there is none", "没有评论 {comment}"),
    "comments.not_yours": (
        "comment {comment} is not yours; an administrator can remove it",
        "评论 {comment} 不是您的；可由管理员删除",
    ),
    "doubts.waits": (
        "{user}: of {labels} labels that others read too, {blame:.0%} are wrong as far as these readings "
        "tell; an honest analyst's would be {ceiling:.0%} at most. {waiting} labels wait: they train, "
        "measure and decide nothing until an administrator keeps them or takes them back",
        "{user}：{labels} 条另有他人标注，其中约 {blame:.0%} 有误；正常标注者至多 {ceiling:.0%}。"
        "现有 {waiting} 条标注暂停使用：在管理员决定保留或撤回之前，不参与训练、评估与对决",
    ),
    "doubts.record": (
        "of {n} labels that others read too, {blame:.0%} are wrong as far as these readings tell; "
        "an honest analyst's would be {ceiling:.0%} at most",
        "{n} 条另有他人标注，其中约 {blame:.0%} 有误；正常标注者至多 {ceiling:.0%}",
    ),
    "doubts.few": (
        "{n} audits read twice: too few of theirs or of others' to tell",
        "双人抽检 {n} 条：样本太少，无法判断",
    ),
    "doubts.none": (
        "{user}: none of their labels waits, so there is nothing to decide",
        "{user} 没有暂停使用的标注，无需决定",
    ),
    "doubts.reason": ("a decision without a reason: say why", "缺少理由：请说明原因"),
    "doubts.yours": (
        "it is about you: another administrator decides",
        "此事涉及您本人，请由其他管理员决定",
    ),
    "doubts.taught": (
        "{n} labels that it was trained on are of {user}, whose labels wait or were taken back",
        "训练数据中有 {n} 条标注来自 {user}，其标注已暂停使用或被撤回",
    ),
    "adjudication.asked": ("{user} decided between readings that differ", "{user} 裁决了不一致的标注"),
    "adjudication.story": ("{user} labelled the whole story", "{user} 标注了整个事件"),
    "adjudication.none": (
        "text {text}: its readings do not differ, so there is nothing to decide",
        "文本 {text} 的标注并无分歧，无需裁决",
    ),
    "adjudication.decided": ("text {text}: somebody has decided already", "文本 {text} 已有人裁决"),
    "adjudication.yours": (
        "text {text}: you read it yourself; somebody else decides",
        "文本 {text} 您已标注过，应由他人裁决",
    ),
    "adjudication.no_story": ("story {story}: there is none", "没有事件 {story}"),
    "analysts.topic": ("topic {topic!r}: expected one of {known}", "主题 {topic} 不存在，应为：{known}"),
    "analysts.language": (
        "language {language!r}: expected two or three small letters, as en or zh",
        "语言 {language} 应为两三个小写字母，如 en 或 zh",
    ),
}
