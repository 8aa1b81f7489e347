"""The first page: counts, trend, topics and stories."""

from __future__ import annotations

from collections.abc import Mapping

SENTENCES: Mapping[str, tuple[str, str]] = {
    "hours.24": ("24 hours", "24 小时"),
    "hours.168": ("7 days", "7 天"),
    "hours.720": ("30 days", "30 天"),
    "period": ("Period", "时段"),
    "kpi.stories": ("Stories", "事件数"),
    "kpi.stories.help": (
        "Distinct stories; reprints of one story count once.",
        "去重后的事件数；同一事件的转载只计一次。",
    ),
    "kpi.share": ("Negative share", "负面占比"),
    "kpi.alerts": ("Open alerts", "未结预警"),
    "kpi.queue": ("To label", "待标注"),
    "kpi.sources": ("Sources failing", "异常信息源"),
    "kpi.show.stories": ("All stories", "全部事件"),
    "kpi.show.negative": ("Negative articles", "负面文章"),
    "kpi.show.alerts": ("Open alerts", "未结预警"),
    "kpi.show.queue": ("The queue", "标注队列"),
    "kpi.show.sources": ("The sources", "信息源"),
    "trend": ("Negative share of stories", "负面事件占比"),
    "trend.other": ("Other", "其他"),
    "trend.empty": (
        "No stories in this period. Choose a longer one, or look at the sources.",
        "该时段没有事件。请选择更长时段，或检查信息源。",
    ),
    "topics": ("Topics", "主题"),
    "topic": ("Topic", "主题"),
    "share": ("Negative share", "负面占比"),
    "share.short": ("Share", "占比"),
    "kpi.alerts.short": ("Alerts", "预警"),
    "change": ("Before", "此前"),
    "course": ("Course", "走势"),
    "top_stories": ("Top stories", "热点事件"),
    "voices": ("{voices} voices", "{voices} 家信源"),
    "voice": ("1 voice", "1 家信源"),
    "reach": ("{reach} articles", "{reach} 篇报道"),
    "reach.one": ("1 article", "1 篇报道"),
}
