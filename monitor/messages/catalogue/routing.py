"""Why an article goes where it goes, and the names of sentiments."""

SENTENCES = {
    "sentiment.negative": ("negative", "负面"),
    "sentiment.neutral": ("neutral", "中性"),
    "sentiment.positive": ("positive", "正面"),
    "routing.unjudged": ("not judged by the model: {why}", "模型未判定：{why}"),
    "routing.asked": (
        "{confidence} sure of {sentiment}; asked below {threshold}",
        "模型判为{sentiment}的把握为 {confidence}，低于 {threshold} 即交人工",
    ),
    "routing.drawn": (
        "drawn at random ({share} of everything), to measure the model",
        "随机抽检（全部文章的 {share}），用于衡量模型",
    ),
    "routing.explored": (
        "{confidence} sure of {sentiment}; drawn at random ({share} of what is accepted), to learn from",
        "模型判为{sentiment}的把握为 {confidence}；自动采纳中随机抽取（{share}）供学习",
    ),
    "routing.edited": (
        "the source changed the text after it was labelled; is the label still right?",
        "标注之后来源修改了正文，请重新判断",
    ),
    "routing.certified": ("{threshold} (certified{of})", "{threshold}（{of}已认证）"),
    "routing.uncertified": ("{threshold} (not certified{of})", "{threshold}（{of}未认证）"),
    "routing.of": (" for {group}", "{group}："),
    "routing.towards": ("{sentiment} towards {company}", "对 {company} 为{sentiment}"),
    "routing.suspended": (
        "{confidence} sure of {sentiment}; nothing is accepted, for the model's certificate{of} is broken",
        "模型判为{sentiment}的把握为 {confidence}；{of}模型证书已被打破，暂不自动采纳",
    ),
    "routing.accepted": (
        "{confidence} sure of {sentiment}; accepted from {threshold}",
        "模型判为{sentiment}的把握为 {confidence}，达到 {threshold}，自动采纳",
    ),
}
