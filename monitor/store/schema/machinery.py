"""What keeps the installation going: its clock, its processes, what they hold and run, and what fails."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Float, Index, Integer, Table

from monitor.store.schema.columns import Id, MessageText, String, UtcDateTime, metadata

failing = Table(  # notifiers, strategies and detectors that fail now; sources have a table of their own
    "failing",
    metadata,
    Column("group", String(20), primary_key=True),
    Column("name", String(200), primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("error", MessageText, nullable=False),
    Column("failed_at", UtcDateTime, nullable=False),
)

clock = Table(  # the store's own clock; see `monitor.store.clock`
    "clock",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),  # 1: there is one
    Column("seconds", Float, nullable=False),
    Column("beats", BigInteger, nullable=False),
    Column("holder", String(200), nullable=False),  # the process that drives it, "" where none does
    Column("token", BigInteger, nullable=False),  # grows with every driver: fencing
    Column("wall_at", UtcDateTime, nullable=False),  # what the driver's wall clock said last
)

clock_steps = Table(  # a wall clock was set
    "clock_steps",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("seconds", Float, nullable=False),  # when, on the store's clock
    Column("host", String(200), nullable=False),
    Column("by", Float, nullable=False),  # seconds; back: negative
    Column("wall_at", UtcDateTime, nullable=False),  # what it says since
)

processes = Table(  # who is at work; see `monitor.store.processes`
    "processes",
    metadata,
    Column("holder", String(200), primary_key=True),
    Column("host", String(200), nullable=False),
    Column("role", String(40), nullable=False),
    Column("machine", String(200), nullable=False),
    Column("pid", BigInteger, nullable=False),
    Column("pid_started", BigInteger, nullable=False),
    Column("beats", BigInteger, nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("wall_at", UtcDateTime, nullable=False),
)

leases = Table(
    "leases",
    metadata,
    Column("name", String(300), primary_key=True),
    Column("holder", String(200), nullable=False),
    Column("token", BigInteger, nullable=False),  # grows with every new holder: fencing
)

judging = Table(  # which process judges an article that waits; see `monitor.store.judging`
    "judging",
    metadata,
    Column("article_id", BigInteger, primary_key=True, autoincrement=False),
    Column("holder", String(200), nullable=False),
    Index(None, "holder"),
)

runs = Table(
    "runs",
    metadata,
    Column("job", String(100), primary_key=True),
    Column("slot", BigInteger, primary_key=True, autoincrement=False),  # the job's next number
    Column("state", String(16), nullable=False),  # running | done | failed | missed
    Column("holder", String(200), nullable=False),
    Column("started_at", UtcDateTime),
    Column("finished_at", UtcDateTime),
    Column("seconds", Float, nullable=False),  # when it began, on the store's clock
    Column("served", String(40), nullable=False, default=""),  # the timetable's time it ran for
    Column("detail", MessageText, nullable=False, default=""),
    Index(None, "seconds"),
    Index(None, "holder"),
)

prunings = Table(  # what was removed because it was old; a row for each kind of data: see `store.prunings`
    "prunings",
    metadata,
    Column("kind", String(20), primary_key=True),
    Column("at", UtcDateTime, nullable=False),  # of the last run, whether or not anything was old
    Column("seconds", Float, nullable=False),  # likewise, on the store's clock
    Column("since_at", UtcDateTime),  # of the oldest that ever went; none: nothing did
    Column("until_at", UtcDateTime),  # what is older than this is gone, but for what is spared
    Column("rows", BigInteger, nullable=False),  # that went in all
    Column("bytes", BigInteger, nullable=False),
)
