"""Imports point one way: records <- decisions <- contract <- edges <- lines <- app <- faces; plugins see only
`monitor`, the dashboard only the desk."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# Lowest first. A line names modules, or whole rooms by "room.*". A module imports from its own line and
# from lines below it, so no import points up and a room may stand on several floors: what it decides
# below, what it asks of the store above.
LAYERS: list[str] = [
    "messages.*",
    "fields records.* errors selection taxonomy extensions.options premises.locks premises.ownership"
    " acquisition.coins detection.cells detection.rules"
    " schedule.sharing"
    " logs.redaction logs.crashes schedule.clocks schedule.timetable schedule.remaining"
    " news.zones news.spellings news.dates",
    "extensions.exits settings.*",
    "news.masking news.names news.stories",
    "news.urls news.languages news.normalize news.identity news.companies news.marks"
    " classification.routing evaluation.metrics evaluation.gate evaluation.checklist evaluation.heads"
    " acquisition.head"
    " evaluation.live evaluation.drift evaluation.savings evaluation.telling"
    " evaluation.portrait evaluation.curve"
    " evaluation.bounds evaluation.sequence evaluation.certificate evaluation.watchdog evaluation.readings"
    " evaluation.standing evaluation.groups evaluation.temperature"
    " evaluation.votes evaluation.agreement evaluation.consensus evaluation.anchoring"
    " evaluation.analysts evaluation.duel evaluation.shadow evaluation.guards evaluation.paired"
    " evaluation.reuse"
    " datasets.* detection.* alerts.caring alerts.deadlines alerts.lifecycle alerts.notice alerts.operating"
    " alerts.silencing alerts.quoting alerts.similar alerts.counterfactual news.sentences"
    " alerts.mute_times alerts.routing alerts.hearings alerts.digest",
    "hookspecs",
    "news.importing evaluation.measuring evaluation.comparison",
    "logs.standard_error logs.logfile",
    "config extensions.loading logs.events",
    "extensions.building",
    "store.*",
    "premises.* schedule.heart schedule.holdings schedule.reports schedule.demand",
    "desk.tries addresses transport.* fetcher sandbox.* executor.*"
    " classification.manifest classification.wire classification.remote classification.standby",
    "registry extensions.fallback",
    "testing.*",
    "evaluation.measured evaluation.figures evaluation.gold evaluation.doubting"
    " news.recognition news.gathering news.fetching"
    " classification.judging classification.reclassifying classification.certifying classification.champion"
    " classification.shadowing classification.softened"
    " classification.exchanged classification.told classification.rollout classification.hosting"
    " classification.serving classification.batching classification.bulk acquisition.*",
    "extensions.instances alerts.couriers schedule.polling notifying outbox classification.replicas",
    "failures pipeline watch learning delivery extensions.troubles",
    "archive",
    "workbench",
    "operation.*",
    "app",
    "schedule.scheduler doctor.* storage desk.*",
    "web.*",
    "cli.* __main__",
]
# Decisions: records in, records out, `now` passed in. Nothing here waits, connects or asks a clock.
PURE = [
    *(f"records{one}" for one in ("", ".alerts", ".articles", ".labels", ".models", ".predictions")),
    *(
        f"settings{one}"
        for one in ("", ".alerts", ".cluster", ".file", ".judging", ".learning", ".plugins", ".premises")
    ),
    *("settings.sources", "settings.tables", "settings.trials"),
    *("records.sources", "records.trainings", "records.users"),
    "schedule.sharing",
    *("fields", "errors", "taxonomy", "extensions.options", "acquisition.coins"),
    *("news.zones", "news.spellings", "news.dates"),
    *("news.urls", "news.languages", "news.normalize", "news.identity", "news.companies"),
    *(
        f"news.names{one}"
        for one in ("", ".bounds", ".folding", ".listings", ".roles", ".senses", ".spellings", ".tickers")
    ),
    *("news.names.vocabulary", "news.names.watchlist"),
    *(
        f"news.stories.{one}"
        for one in (
            *("corrections", "developments", "facts", "guards", "slots"),
            *("matching", "numbers", "vocabulary", "voices"),
        )
    ),
    *(
        f"news.masking{one}"
        for one in ("", ".certain", ".digits", ".finding", ".rules", ".view", ".vocabulary", ".words")
    ),
    *("classification.routing", "evaluation.metrics", "evaluation.gate", "evaluation.checklist"),
    *(
        "evaluation.bounds",
        "evaluation.shadow",
        "evaluation.sequence",
        "evaluation.certificate",
        "evaluation.watchdog",
        "evaluation.standing",
        "evaluation.groups",
        "evaluation.temperature",
    ),
    "acquisition.head",
    *("evaluation.heads", "evaluation.live", "evaluation.drift", "evaluation.savings", "evaluation.telling"),
    *("evaluation.portrait", "evaluation.curve"),
    *("evaluation.votes", "evaluation.agreement", "evaluation.consensus", "evaluation.anchoring"),
    *("evaluation.analysts", "evaluation.duel", "evaluation.guards", "evaluation.paired", "evaluation.reuse"),
    *("datasets.snapshots", "datasets.sentiments", "datasets.shapes", "datasets.tables.encodings"),
    *("detection.trends", "detection.cells", "detection.rollups", "detection.coverage"),
    *("detection.rhythm", "detection.events", "detection.rules", "detection.boards", "detection.lines"),
    "detection.causes",
    *("detection.episodes", "detection.budget", "detection.walk", "detection.replay"),
    *("detection.refits", "detection.runs", "detection.trials"),
    *("detection.panels", "detection.seasons", "detection.baselines", "detection.tails"),
    *("detection.activity", "detection.reaches", "detection.evidence", "detection.holidays"),
    *("detection.detectors", "detection.bundled", "detection.telling", "detection.scores"),
    *("detection.usual", "detection.comparing", "detection.turns", "detection.fits", "detection.absence"),
    *(
        f"detection.detectors.{one}"
        for one in ("buildup", "drifts", "farrington", "share", "surge", "zscore")
    ),
    *("settings.rules", "settings.routes", "settings.retention", "detection.needs"),
    *("alerts.caring", "alerts.deadlines", "alerts.lifecycle", "alerts.notice", "alerts.operating"),
    *("alerts.silencing", "alerts.quoting", "alerts.similar", "alerts.counterfactual", "news.sentences"),
    *("detection.discovery", "detection.markets"),
    *("alerts.mute_times", "alerts.routing", "alerts.hearings", "alerts.digest", "detection.sparing"),
]


def modules(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


def imports(path: Path, *, typing: bool = False) -> set[str]:
    """Absolute names imported anywhere in the file; those under `if TYPE_CHECKING` only where asked for."""
    found: set[str] = set()

    def visit(node: ast.AST) -> None:
        if not typing and isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            return
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
        for child in ast.iter_child_nodes(node):
            visit(child)

    visit(ast.parse(path.read_text(encoding="utf-8")))
    return found


def dotted(path: Path) -> str:
    """`news.normalize` for monitor/news/normalize.py; a room's own `__init__` goes by the room's name."""
    parts = path.relative_to(ROOT / "monitor").with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)


MODULES = {dotted(path): path for path in modules("monitor") if dotted(path) != "__init__"}
ROOMS = {name for name, path in MODULES.items() if path.name == "__init__.py" and "." not in name}


def level(name: str) -> int | None:
    """The line of LAYERS that `name`, a module or what is imported from one, stands on."""
    parts = name.split(".")
    for number, line in enumerate(LAYERS):
        words = line.split()
        if f"{parts[0]}.*" in words or parts[0] in words or ".".join(parts[:2]) in words:
            return number
    return None


def room(name: str) -> str:
    return name.split(".")[0]


def test_the_table_of_layers_is_the_tree() -> None:
    """Every module has a floor, and no floor names a module that is not there."""
    placed = {name for name in MODULES if level(name) is not None or name in ROOMS}
    assert placed == set(MODULES), f"give these a layer: {sorted(set(MODULES) - placed)}"
    for word in (word for line in LAYERS for word in line.split()):
        found = word.removesuffix(".*") in ROOMS if word.endswith(".*") else word in MODULES
        assert found, f"LAYERS names {word}, which is not in monitor/"
    assert set(PURE) <= set(MODULES), f"PURE names {sorted(set(PURE) - set(MODULES))}"


@pytest.mark.parametrize("name", sorted(MODULES))
def test_imports_point_down(name: str) -> None:
    here = level(name)
    for imported in imports(MODULES[name]):
        package, _, wanted = imported.partition(".")
        if package != "monitor" or room(wanted) not in {room(one) for one in MODULES}:
            continue
        if here is None:  # a room's __init__ re-exports its own modules only
            assert room(wanted) == name, f"monitor/{name}/__init__.py imports {imported}"
            continue
        there = level(wanted)
        assert there is not None, f"{name} imports {imported}: name the module, not the room"
        assert there <= here, f"{name} imports {imported}, which stands above it"


def test_no_files_import_each_other_in_a_circle() -> None:
    """Nor for types alone: who has to be understood together belongs into one file."""
    needs: dict[str, set[str]] = {}
    for name, path in MODULES.items():
        asked = {
            one.removeprefix("monitor.") for one in imports(path, typing=True) if one.startswith("monitor.")
        }
        needs[name] = {
            one if one in MODULES else one.rpartition(".")[0] for one in asked
        } & MODULES.keys() - {name}
    while free := {name for name, wanted in needs.items() if not wanted & needs.keys()}:
        needs = {name: wanted for name, wanted in needs.items() if name not in free}
    assert not needs, "these import each other, or stand upon some that do"


@pytest.mark.parametrize("name", sorted(ROOMS))
def test_a_room_opens_with_what_enters_and_what_leaves(name: str) -> None:
    assert (ast.get_docstring(ast.parse(MODULES[name].read_text(encoding="utf-8"))) or "").strip(), name


@pytest.mark.parametrize("name", sorted(MODULES))
def test_heavy_and_foreign_libraries_stay_in_their_room(name: str) -> None:
    rooms: dict[str, set[str]] = {
        "torch": set(),
        "transformers": set(),
        "peft": set(),
        "ray": {"executor"},  # of it, `executor.clusters` alone
        "sqlalchemy": {"store"},
        "alembic": {"store"},
        "httpx2": {"fetcher"},
        "streamlit": {"web"},
        "apscheduler": {"schedule"},
    }
    for imported in imports(MODULES[name]):
        top = imported.split(".")[0]
        if top in rooms:
            assert room(name) in rooms[top], f"{name} imports {imported}"
        if top == "ray":
            assert name == "executor.clusters", f"{name} imports {imported}"


@pytest.mark.parametrize("name", PURE)
def test_decisions_do_no_input_or_output(name: str) -> None:
    banned = {"socket", "subprocess", "threading", "sqlite3", "requests", "time", "os"}
    assert not {found.split(".")[0] for found in imports(MODULES[name])} & banned
    text = MODULES[name].read_text(encoding="utf-8")
    assert "datetime.now" not in text and "utcnow()" not in text, "`now` is passed in"


@pytest.mark.parametrize("path", modules("plugins"), ids=lambda path: str(path.relative_to(ROOT)))
def test_plugins_import_only_public_names(path: Path) -> None:
    import monitor

    for name in imports(path):
        if name.split(".")[0] in {"monitor", "monitor_dashboard"}:
            # The bundled detectors' arithmetic is the monitor's own: replay and benchmarks use it too.
            if path.name == "detectors.py" and name.startswith("monitor.detection.bundled."):
                continue
            assert name.removeprefix("monitor.") in monitor.__all__, f"{path}: {name} is not public"


ALLOWED = [["monitor", noun] for noun in ("desk", "records", "errors", "messages")]


@pytest.mark.parametrize("path", modules("dashboard"), ids=lambda path: str(path.relative_to(ROOT)))
def test_the_dashboard_sees_only_the_desk(path: Path) -> None:
    for name in imports(path):
        parts = name.split(".")
        if parts[0] in {"monitor", "monitor_plugins"}:
            assert parts[:2] in ALLOWED, name


def test_feedparser_is_given_bytes_io_only() -> None:
    """`feedparser.parse(bytes)` opens files and `parse(str)` fetches URLs that the body names."""
    calls = []
    for folder in ("monitor", "plugins"):
        for path in modules(folder):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and ast.unparse(node.func) == "feedparser.parse":
                    calls.append((path.name, ast.unparse(node.args[0])))
    assert calls, "the rss source parses with feedparser"
    assert all(argument.startswith("io.BytesIO(") for _, argument in calls), calls


def test_commands_start_light() -> None:
    heavy = (
        "torch transformers streamlit pandas sqlalchemy fastapi pydantic_settings scipy apprise lingua numpy"
    )
    code = f"import sys, monitor.cli; print([m for m in {heavy.split()} if m in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
