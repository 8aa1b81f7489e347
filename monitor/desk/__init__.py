"""What people can ask for and do, with their role checked here once; API and dashboard both call it."""

from monitor.alerts.deadlines import Deadline
from monitor.alerts.deadlines import of as deadlines
from monitor.alerts.notice import OPERATING
from monitor.alerts.notice import named as scope_names
from monitor.alerts.silencing import Silence
from monitor.alerts.similar import Similar
from monitor.desk.adjudication import Decided, Dispute
from monitor.desk.analysts import Analyst
from monitor.desk.cards import Card, CardStory, Quoted, voice_title
from monitor.desk.caseload import Action, Handled, Listing, Row
from monitor.desk.desk import Desk
from monitor.desk.door import desk_for, serve_from
from monitor.desk.figures import Asking
from monitor.desk.guidelines import MOST_TEXT, MOST_WORDS
from monitor.desk.measured import MeasuredView
from monitor.desk.press import CompanyDetail, CompanyTopic, Coverage, NameView, Peer
from monitor.desk.receivers import ReceiverView, Resent, Tested
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
from monitor.detection.rules import SCOPES, Rule
from monitor.detection.usual import Usual
from monitor.evaluation.agreement import Agreement
from monitor.evaluation.curve import Point
from monitor.evaluation.portrait import Bin, Portrait
from monitor.news.marks import spans as name_spans
from monitor.records import OPEN
from monitor.settings.rules import SEVERITIES
from monitor.store.answers import Circumstances
from monitor.store.caseload import Sort, Wanted
from monitor.store.guidelines import Guideline, LabelExample
from monitor.store.readings import Given

__all__ = [
    "MOST_TEXT",
    "MOST_WORDS",
    "OPEN",
    "OPERATING",
    "SCOPES",
    "SEVERITIES",
    "Action",
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
    "Card",
    "CardStory",
    "Circumstances",
    "CompanyDetail",
    "CompanyTopic",
    "Compared",
    "Comparison",
    "Coverage",
    "CutView",
    "Deadline",
    "Decided",
    "Desk",
    "Dispute",
    "Given",
    "Guideline",
    "Handled",
    "LabelExample",
    "Linked",
    "Listing",
    "Match",
    "Me",
    "MeasuredView",
    "NameView",
    "Overview",
    "Peer",
    "Point",
    "Portrait",
    "Quoted",
    "ReceiverView",
    "Resent",
    "Row",
    "Rule",
    "RuleView",
    "RulesView",
    "Sighting",
    "Silence",
    "Similar",
    "Sort",
    "SourceView",
    "Spent",
    "StoreHealth",
    "StoryDetail",
    "StoryLine",
    "StoryMember",
    "StoryView",
    "TaskView",
    "Tested",
    "TokenView",
    "TopicTrend",
    "Towards",
    "Usual",
    "Wanted",
    "Watching",
    "deadlines",
    "desk_for",
    "name_spans",
    "scope_names",
    "serve_from",
    "told",
    "voice_title",
]
