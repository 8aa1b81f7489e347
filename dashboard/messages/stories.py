"""Stories: who tells them, merged and split."""

from __future__ import annotations

from collections.abc import Mapping

SENTENCES: Mapping[str, tuple[str, str]] = {
    "page.stories": ("Stories", "事件"),
    "stories.none": ("No story matches. Take a filter away.", "没有匹配的事件，请减少筛选条件。"),
    "story.bad": ("negative for it", "对其负面"),
    "story.bad_for": ("Negative for", "对以下公司负面"),
    "story.back": ("All stories", "全部事件"),
    "story.missing": ("There is no such story.", "没有该事件。"),
    "story.number": ("Story {id}", "事件 {id}"),
    "story.went": (
        "The story you asked for went into story {into}, which is shown.",
        "所查事件已并入事件 {into}，现显示后者。",
    ),
    "story.taken_back": (
        "It was denied, corrected or taken back: it counts for {weight} of a story.",
        "该事件已被辟谣、更正或撤回：按 {weight} 计数。",
    ),
    "story.members": ("Articles ({n})", "文章（{n}）"),
    "story.voices": ("Voices ({n})", "信源（{n}）"),
    "story.voice": ("Voice", "信源"),
    "story.when": ("When", "时间"),
    "story.copies": ("Articles", "文章数"),
    "story.first": ("first", "首发"),
    "story.minutes": ("{n} min later", "晚 {n} 分钟"),
    "story.hours": ("{n} h later", "晚 {n} 小时"),
    "story.earlier": ("Goes on from", "前情"),
    "story.later": ("Goes on in", "后续"),
    "story.role.denial": ("denial", "辟谣"),
    "story.role.correction": ("correction", "更正"),
    "story.role.retraction": ("retraction", "撤稿"),
    "story.how.arrival": ("by its text", "按文本归入"),
    "story.how.vectors": ("by its meaning", "按语义归入"),
    "story.how.edit": ("after an edit", "修改后归入"),
    "story.how.merge": ("merged by an analyst", "分析员合并"),
    "story.how.split": ("split by an analyst", "分析员拆分"),
    "story.arrange": ("Put it right", "人工调整"),
    "story.merge": ("Merge with another story", "与另一事件合并"),
    "story.merge.help": (
        "All articles of the other story go into this one, for good: the matcher never undoes it.",
        "另一事件的全部文章并入本事件，匹配器不会撤销。",
    ),
    "story.other": ("The other story: its number, or the address of its page", "另一事件的编号或页面地址"),
    "story.other.none": ("There is no other story of this number.", "没有该编号的其他事件。"),
    "story.merge.do": ("Merge these two", "合并这两个事件"),
    "story.merged": ("Merged into story {id}.", "已合并为事件 {id}。"),
    "story.split": ("Split articles out", "拆分文章"),
    "story.split.help": (
        "They found a story of their own, for good: the matcher never undoes it.",
        "所选文章成为独立事件，匹配器不会撤销。",
    ),
    "story.split.which": ("Articles that tell another development", "讲述另一进展的文章"),
    "story.split.none": ("Choose articles", "选择文章"),
    "story.split.do": ("Split these out", "拆分所选文章"),
    "story.parted": ("They are story {id} now.", "已成为事件 {id}。"),
}
