"""Rules replayed over the past, in both languages."""

from __future__ import annotations

SENTENCES = {
    "replay.nothing": (
        "nothing has been counted yet: there is no past to replay",
        "尚无任何计数：没有可供回放的历史",
    ),
    "replay.model": (
        "model {model} judged nothing that is stored; these did: {known}",
        "模型 {model} 没有判断过任何已存文章；判断过的有：{known}",
    ),
    "replay.empty": (
        "from {since} to {until}: there is nothing between",
        "从 {since} 到 {until}：其间没有内容",
    ),
}
