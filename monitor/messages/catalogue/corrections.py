"""What is said against a judgement."""

SENTENCES = {
    "corrections.asked": ("{user} corrects what is said of it", "{user} 更正了判断"),
    "corrections.doubted": ("{user}: {what}; {note}", "{user}：{what}；{note}"),
    "corrections.wrong.sentiment": ("the sentiment is wrong", "情感有误"),
    "corrections.wrong.topic": ("the topic is wrong", "主题有误"),
    "corrections.none": ("feedback {feedback}: there is none of that number", "没有编号为 {feedback} 的反馈"),
}
