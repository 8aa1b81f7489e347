"""How a dashboard script finds its desk: the script is run anew for every click, in the server's
process, with nothing passed in; it has its visitor's session cookie, and this."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.desk import auth
from monitor.desk.desk import Desk

if TYPE_CHECKING:
    from monitor.app import Monitor

# One process serves one monitor (Streamlit has one script per process), and a Streamlit
# script can be handed nothing: this is the only module-level state of the program.
_served: list[Monitor] = []


def serve_from(monitor: Monitor) -> None:
    """Let the dashboard of this process show `monitor`; a later call replaces it."""
    _served[:] = [monitor]


def desk_for(session: str, address: str = "") -> Desk | None:
    """The desk of the user, at `address`, whose session cookie this is; None where there is no such
    session."""
    if not _served:
        return None
    monitor = _served[0]
    user = auth.user_of_session(monitor.store, session, monitor.now())
    return Desk(monitor, user, address=address, key=auth.digest(session)) if user else None
