"""What people can ask for and do, with their role checked here once; API and dashboard both call it."""

from monitor.alerts.silencing import Silence
from monitor.desk.adjudication import Decided, Dispute
from monitor.desk.analysts import Analyst
from monitor.desk.companies import CompanyDetail, CompanyTopic, Coverage, NameView, Peer
from monitor.desk.desk import Desk
from monitor.desk.door import desk_for, serve_from
from monitor.desk.figures import Asking
from monitor.desk.guidelines import MOST_TEXT, MOST_WORDS
from monitor.desk.measured import MeasuredView
from monitor.desk.rules import CutView, RulesView, RuleView, Spent
from monitor.desk.stories import Linked, StoryDetail, StoryLine, StoryMember
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
from monitor.desk.watched import AliasPreview, Match
from monitor.detection.comparing import Compared, Comparison, Sighting
from monitor.detection.rules import Rule
from monitor.detection.usual import Usual
from monitor.evaluation.agreement import Agreement
from monitor.evaluation.curve import Point
from monitor.evaluation.portrait import Bin, Portrait
from monitor.news.marks import spans as name_spans
from monitor.records import OPEN
from monitor.store.answers import Circumstances
from monitor.store.guidelines import Guideline, LabelExample
from monitor.store.readings import Given

__all__ = [
    "MOST_TEXT",
    "MOST_WORDS",
    "OPEN",
    "Agreement",
    "AlertDetail",
    "AliasPreview",
    "Analyst",
    "ArticleDetail",
    "ArticleView",
    "Asking",
    "AuditState",
    "AuditView",
    "Bin",
    "Circumstances",
    "CompanyDetail",
    "CompanyTopic",
    "Compared",
    "Comparison",
    "Coverage",
    "CutView",
    "Decided",
    "Desk",
    "Dispute",
    "Given",
    "Guideline",
    "LabelExample",
    "Linked",
    "Match",
    "Me",
    "MeasuredView",
    "NameView",
    "Overview",
    "Peer",
    "Point",
    "Portrait",
    "Rule",
    "RuleView",
    "RulesView",
    "Sighting",
    "Silence",
    "SourceView",
    "Spent",
    "StoreHealth",
    "StoryDetail",
    "StoryLine",
    "StoryMember",
    "StoryView",
    "TaskView",
    "TokenView",
    "TopicTrend",
    "Towards",
    "Usual",
    "Watching",
    "desk_for",
    "name_spans",
    "serve_from",
    "told",
]
