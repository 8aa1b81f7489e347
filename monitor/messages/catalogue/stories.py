"""Stories joined and split, in both languages."""

from __future__ import annotations

SENTENCES = {
    "stories.none": ("there is no story {story}", "没有事件 {story}"),
    "stories.joined": (
        "story {story} went into story {into}: ask for that one",
        "事件 {story} 已并入 {into}，请用后者",
    ),
    "stories.same": ("story {story} cannot be merged with itself", "事件 {story} 不能与自身合并"),
    "stories.not_in": (
        "story {story}: choose articles that are in it; these are not: {articles}",
        "事件 {story}：请选择其中的文章；这些不在其中：{articles}",
    ),
    "stories.whole": (
        "story {story}: a split leaves at least one article where it is",
        "事件 {story}：拆分时至少要留下一篇文章",
    ),
}
