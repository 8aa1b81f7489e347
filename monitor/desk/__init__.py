"""What people can ask for and do, with their role checked here once; API and dashboard both call it."""

from monitor.desk.alerts import OPEN
from monitor.desk.desk import Desk
from monitor.desk.door import desk_for, serve_from
from monitor.desk.telling import told
from monitor.desk.views import (
    AlertDetail,
    ArticleDetail,
    ArticleView,
    AuditState,
    AuditView,
    Me,
    Overview,
    SourceView,
    StoreHealth,
    StoryView,
    TaskView,
    TokenView,
    TopicTrend,
    Towards,
    Watching,
)
from monitor.news.marks import spans as name_spans
from monitor.store.answers import Circumstances

__all__ = [
    "OPEN",
    "AlertDetail",
    "ArticleDetail",
    "ArticleView",
    "AuditState",
    "AuditView",
    "Circumstances",
    "Desk",
    "Me",
    "Overview",
    "SourceView",
    "StoreHealth",
    "StoryView",
    "TaskView",
    "TokenView",
    "TopicTrend",
    "Towards",
    "Watching",
    "desk_for",
    "name_spans",
    "serve_from",
    "told",
]
