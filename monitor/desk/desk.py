"""What people can ask for and do. The API and the dashboard both call this; roles are checked here, once.

A viewer reads; an analyst also labels, corrects, merges and splits stories, acknowledges, resolves and
polls; an administrator also trains, promotes, rolls back, manages users and reads the audit. Whatever
changes something, and whatever is refused, is written to the audit.
"""

from __future__ import annotations

from monitor.desk.adjudication import Adjudication
from monitor.desk.analysts import Analysts
from monitor.desk.audit import Audit
from monitor.desk.caseload import Caseload
from monitor.desk.corrections import Corrections
from monitor.desk.figures import Figures
from monitor.desk.guidelines import Guidelines
from monitor.desk.labels import Labels
from monitor.desk.measured import Measured
from monitor.desk.models import Models
from monitor.desk.news import News
from monitor.desk.press import Press
from monitor.desk.queue import Queue
from monitor.desk.receivers import Receivers
from monitor.desk.rules import Rules
from monitor.desk.sources import Sources
from monitor.desk.stories import Stories
from monitor.desk.troubles import Troubles
from monitor.desk.users import Users
from monitor.desk.verdicts import Verdicts
from monitor.desk.watched import Watched


class Desk(
    News,
    Watched,
    Press,
    Stories,
    Caseload,
    Verdicts,
    Receivers,
    Rules,
    Queue,
    Corrections,
    Adjudication,
    Guidelines,
    Labels,
    Analysts,
    Sources,
    Troubles,
    Models,
    Measured,
    Figures,
    Users,
    Audit,
):
    """One user's desk. Every method raises AccessError where the user's role does not allow it,
    and StoreBusyError where the database stays locked."""
