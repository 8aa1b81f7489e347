"""The frame around every page, and words that all pages use."""

from __future__ import annotations

from collections.abc import Mapping

SENTENCES: Mapping[str, tuple[str, str]] = {
    "product": ("News Monitor", "新闻舆情监测"),
    "product.sub": ("Financial news, Chinese and English", "中英文财经新闻"),
    "page.overview": ("Overview", "总览"),
    "page.alerts": ("Alerts", "预警"),
    "page.queue": ("Queue", "标注队列"),
    "page.team": ("Team", "团队"),
    "page.articles": ("Articles", "文章"),
    "page.sources": ("Sources", "信息源"),
    "page.receivers": ("Receivers", "接收方"),
    "page.models": ("Models", "模型"),
    "page.audit": ("Audit", "审计"),
    "page.account": ("Account", "账号"),
    "signed_in": ("{name} · {role}", "{name} · {role}"),
    "log_out": ("Log out", "退出"),
    "log_in": ("Log in", "登录"),
    "api": ("API", "接口文档"),
    "session_over": ("Your session is over. Log in again.", "会话已结束，请重新登录。"),
    "role.viewer": ("viewer", "访客"),
    "role.analyst": ("analyst", "分析员"),
    "role.admin": ("administrator", "管理员"),
    "all": ("All news", "全部新闻"),
    "sample": ("sample", "示例"),
    "sample.note": (
        "All {n} articles counted are sample data; they count no more once a real source brings something.",
        "当前统计的 {n} 篇文章均为示例数据；收到真实信息源的内容后即不再计入。",
    ),
    "zone": ("Time zone", "时区"),
    "filter.unknown": (
        "The address asks for “{value}” ({what}), which is not there; it is left out.",
        "链接中的{what}“{value}”不存在，已忽略。",
    ),
    "filter.lately": ("Last {period} only", "仅最近 {period}"),
    "filter.from": ("From", "开始日期"),
    "filter.to": ("To", "结束日期"),
    "negative": ("Negative", "负面"),
    "neutral": ("Neutral", "中性"),
    "positive": ("Positive", "正面"),
    "unjudged": ("Not judged", "未判定"),
    "little": ("under 0.1", "不足 0.1"),
    "none_yet": ("Nothing here yet.", "暂无内容。"),
    "store.damaged": (
        "The database's file is damaged ({problem}). Stop the monitor and restore a backup: "
        "`monitor db restore FILE`.",
        "数据库文件已损坏（{problem}）。请停止系统并从备份恢复：`monitor db restore FILE`。",
    ),
}
