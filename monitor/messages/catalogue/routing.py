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
        "{confidence} sure of {sentiment}; drawn at random ({share}) to check the model",
        "模型判为{sentiment}的把握为 {confidence}；随机抽检（{share}）",
    ),
    "routing.accepted": (
        "{confidence} sure of {sentiment}; accepted from {threshold}",
        "模型判为{sentiment}的把握为 {confidence}，达到 {threshold}，自动采纳",
    ),
}
