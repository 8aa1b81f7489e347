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
