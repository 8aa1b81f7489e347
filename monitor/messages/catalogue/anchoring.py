"""Whether the model's opinion in view changes what an analyst answers."""

SENTENCES = {
    "anchoring.few": (
        "too few answers to tell: {shown} with the model's opinion in view and {blind} without it, on texts"
        " that can be compared; {least} of each are needed",
        "样本太少，无法判断：可比较的文章中，显示模型判断的作答 {shown} 条，盲标 {blind} 条，各需 {least} 条",
    ),
    "anchoring.anchored": (
        "agrees with the model more often when its opinion is in view: by {points:.0f} points"
        " ({low:+.0f} to {high:+.0f}); hand out more tasks blind",
        "显示模型判断时更常与模型一致：高 {points:.0f} 个百分点（{low:+.0f} 至 {high:+.0f}）；"
        "建议多分派盲标任务",
    ),
    "anchoring.contrary": (
        "agrees with the model less often when its opinion is in view: by {points:.0f} points"
        " ({low:+.0f} to {high:+.0f})",
        "显示模型判断时反而更少与模型一致：低 {points:.0f} 个百分点（{low:+.0f} 至 {high:+.0f}）",
    ),
    "anchoring.none": (
        "no sign that the model's opinion in view changes the answers ({low:+.0f} to {high:+.0f} points)",
        "未见显示模型判断会改变作答的迹象（{low:+.0f} 至 {high:+.0f} 个百分点）",
    ),
}
