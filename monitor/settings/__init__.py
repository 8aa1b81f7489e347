"""The tables of config.toml, typed and frozen. `config.load` reads them.

Holds a module for each family of tables. Enters: what TOML and the environment said, as `config` merged
it; a wrong type, an unknown key or a value out of range is pydantic's ValidationError. Leaves:
`Settings`, which is all of them, and the classes of tables that others take, by their names from here.
"""

from monitor.settings.alerts import AlertSettings
from monitor.settings.cluster import ClusterSettings
from monitor.settings.file import Settings
from monitor.settings.judging import BulkSettings, DriftSettings, RoutingSettings
from monitor.settings.learning import LearningSettings
from monitor.settings.plugins import InstanceSettings, NotifierSettings
from monitor.settings.premises import WebSettings
from monitor.settings.retention import RetentionSettings
from monitor.settings.routes import MuteTimeSettings, RouteSettings
from monitor.settings.sources import SourceSettings
from monitor.settings.tables import OpenTable, Table

__all__ = [
    "AlertSettings",
    "BulkSettings",
    "ClusterSettings",
    "DriftSettings",
    "InstanceSettings",
    "LearningSettings",
    "MuteTimeSettings",
    "NotifierSettings",
    "OpenTable",
    "RetentionSettings",
    "RouteSettings",
    "RoutingSettings",
    "Settings",
    "SourceSettings",
    "Table",
    "WebSettings",
]
