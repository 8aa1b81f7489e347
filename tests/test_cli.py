"""Commands: what they print, for people and for programs, and how they fail."""

from __future__ import annotations

import io
import json
import logging
import os
import random
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, redirect_stderr
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor import learning
from monitor.classification import manifest
from monitor.cli import main
from monitor.cli import trainings as commands
from monitor.desk import auth
from monitor.detection import cells
from monitor.detection.budget import Cut
from monitor.detection.causes import Causes, Without
from monitor.records import AlertState, Role, Scope
from monitor.store import alerts, articles, audit, open_store, processes, trainings, users, walked
from monitor.store.processes import Process
from monitor.testing import FakeClassifier, make_snapshot
from tests.alarms import alarm
from tests.test_learning import DATA, GOLD

ROOT = Path(__file__).parents[1]

TRAIN = ("train", "--data", "labelled.csv", "--gold", "gold.csv")

PLUGIN = """
from dataclasses import dataclass
from monitor import Fetched, FetchError, Item, hookimpl
from monitor.testing import FakeClassifier

@dataclass
class Hello:
    text: str = "Record profit lifts shares"
    broken: bool = False
    kind = "hello"

    def fetch(self, state, fetcher):
        if self.broken:
            raise FetchError("the well is dry")
        return Fetched([Item(title=self.text, guid=self.text)], {})

@hookimpl
def register_sources():
    return [Hello]

class Small(FakeClassifier):
    kind = "small"

    def compress(self, snapshot, parents, out, progress, ways):
        out.mkdir()
        (out / "small").write_text("small")
        texts = len(snapshot.train) + len(snapshot.development)
        return {"parents": [one.name for one in parents], "asked": dict(ways), "texts": texts}

@hookimpl
def register_classifiers():
    return [FakeClassifier, Small]
"""

CONFIG = """
plugins_dir = "mine"
[web]
port = 0
[classifier]
kind = "fake"
model = "first"
[sources.good]
kind = "hello"
language = "en"
[sources.bad]
kind = "hello"
broken = true
[routing]
threshold = 1.0
audits_per_day = 0
[learning]
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "cli_test_plugin.py").write_text(PLUGIN)
    (tmp_path / "config.toml").write_text(CONFIG)
    FakeClassifier().fit(make_snapshot(), None, tmp_path / "first", lambda what, done, total: None)
    manifest.seal(tmp_path / "first")
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("MONITOR_")]:
        monkeypatch.delenv(name)
    return tmp_path


@pytest.fixture(autouse=True)
def _logging() -> Iterator[None]:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    yield
    root.handlers[:] = before
    root.setLevel(level)


Run = Callable[..., Any]


@pytest.fixture
def told(project: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """`told("poll")` is what a command that succeeds prints; JSON is parsed."""

    def run(*arguments: str, code: int = 0) -> Any:
        capsys.readouterr()
        found = main(arguments)
        out, err = capsys.readouterr()
        assert found == code, err
        return json.loads(out) if "--json" in arguments else out

    return run


@pytest.fixture
def refused(project: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """`refused("poll", "x")` is the one line with which a command refuses a mistake."""

    def run(*arguments: str, code: int = 2) -> str:
        capsys.readouterr()
        found = main(arguments)
        out, err = capsys.readouterr()
        assert (found, out) == (code, ""), err
        assert err.startswith("monitor: ")
        assert len(err.splitlines()) == 1, err
        return err.removeprefix("monitor: ").rstrip("\n")

    return run


# --- the frame ------------------------------------------------------------------------------


def test_help_lists_every_command(told: Run) -> None:
    text = told("--help")
    names = (
        "init run worker web poll import classify train evaluate certify models queue alerts plugins doctor"
        " db users audit"
    )
    for name in names.split(" "):
        assert re.search(rf"^  {name} ", text, re.MULTILINE), name
    assert told() == text


def test_help_needs_nothing_heavy() -> None:
    program = (
        "import sys; from monitor.cli import main; main(['--help']);"
        "heavy = {'sqlalchemy', 'pandas', 'numpy', 'torch', 'streamlit', 'pydantic', 'fastapi', 'structlog',"
        " 'uvicorn', 'apscheduler', 'monitor_plugins', 'rich'};"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"


def test_version(told: Run) -> None:
    assert re.fullmatch(r"monitor \d+\.\d+\.\d+\n", told("--version"))


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["pol"], "No such command 'pol'."),
        (["poll", "--jsno"], "No such option"),
        (["models", "show"], "Missing argument"),
        (["models"], "Missing command. See `monitor models --help`."),
        (["evaluate", "x.csv", "--task", "mood"], "'mood'"),
        (["--config", "none.toml", "poll"], "none.toml: no such file"),
        (["poll", "god"], "no source 'god'"),
        (["import", "none.jsonl"], "none.jsonl: no such file"),
        (["import", "mine"], "mine: is a directory"),
        (["evaluate", "none.csv"], "none.csv: no such file"),
        (["train", "--data", "none.csv"], "none.csv: no such file"),
        (["models", "show", "x"], "model 'x': no such version"),
        (["models", "rollback"], ""),
        (["classify", "  "], "the text is empty"),
        (["db", "restore", "none"], "none: no such file"),
        (["users", "disable", "nobody"], "nobody"),
        (["init", "."], "config.toml: exists already"),
    ],
)
def test_a_users_mistake_is_one_line_and_code_2(refused: Run, arguments: list[str], expected: str) -> None:
    assert expected in refused(*arguments)


def test_a_mistake_in_the_settings_names_file_table_and_key(project: Path, refused: Run) -> None:
    (project / "config.toml").write_text("[web]\nport = 'x'\n")
    assert refused("poll") == "config.toml: [web] port: expected a valid integer, found 'x'"


def test_an_old_database_is_refused_with_the_command(project: Path, told: Run, refused: Run) -> None:
    told("queue", "stats")
    store = open_store(f"sqlite:///{project}/data/monitor.db")
    with store.begin() as tx:
        tx.exec_driver_sql("UPDATE alembic_version SET version_num = 'another'")
    store.close()
    assert "schema another" in refused("poll", code=1)


def test_the_environment_names_the_file(project: Path, told: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "other.toml").write_text('[sources.only]\nkind = "sample"\nenabled = false\n')
    monkeypatch.setenv("MONITOR_CONFIG", "other.toml")
    assert told("poll", "--json") == []


# --- articles -------------------------------------------------------------------------------


def test_poll_tells_of_each_source(told: Run) -> None:
    good, bad = told("poll", "--json", code=1)
    assert good == {
        "source": "good",
        "ok": True,
        "fetched": 1,
        "new": 1,
        "duplicates": 0,
        "malformed": 0,
        "error": "",
    }
    assert bad == {**good, "source": "bad", "ok": False, "fetched": 0, "new": 0, "error": "the well is dry"}
    (again,) = told("poll", "good", "--json")
    assert (again["new"], again["duplicates"]) == (0, 1)
    assert "the well is dry" in told("poll", code=1)


@pytest.mark.parametrize(
    ("names", "code"), [(["good"], 0), (["good", "bad"], 1), (["bad"], 3), (["nobody"], 2)]
)
def test_a_poll_tells_by_its_exit_code_how_many_failed(
    told: Run, refused: Run, names: list[str], code: int
) -> None:
    if code == 2:
        assert "there is no source 'nobody'" in refused("poll", *names)
    else:
        told("poll", *names, code=code)


def test_import_a_file(project: Path, told: Run) -> None:
    (project / "news.jsonl").write_text(
        '{"title": "The shares of the lender plunge"}\n{"title": "净利润大增"}\n'
    )
    assert told("import", "news.jsonl", "--json")["new"] == 2
    result = told("import", "news.jsonl", "--source", "news", "--json")
    assert (result["source"], result["ok"], result["new"], result["duplicates"]) == ("news", True, 0, 2)


def test_import_an_archive_as_history(
    project: Path, told: Run, refused: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "old.csv").write_text(
        "title,body,date,url\n"
        "The shares of Halvorsen plunge,A fraud probe is to follow.,2008-09-15T04:30:00Z,https://a.example/1\n"
        "Halvorsen sells a mill,,2008-09-16T09:00:00Z,https://a.example/2\n"
        "Nobody knows when,,,https://a.example/3\n"
    )
    (project / "then.csv").write_text("id,name\nhalvorsen,Halvorsen\n")
    history = ("import", "old.csv", "--as-history", "--source", "wire", "--watchlist", "then.csv")
    assert main([*history, "--json"]) == 0
    out, err = capsys.readouterr()
    found = json.loads(out)
    assert (found["rows"], found["new"], found["undated"], found["hours"]) == (3, 2, 1, 30)
    assert (found["first_at"], found["last_at"]) == ("2008-09-15T04:30:00+00:00", "2008-09-16T09:00:00+00:00")
    assert "old.csv: 2 of 2 rows, 0 min left" in err
    assert "old.csv: 1 rows were left out: they state no time of their own" in err
    with closing(open_store(f"sqlite:///{project}/data/monitor.db")) as store, store.read() as tx:
        views = articles.page(tx, source="wire")
        assert [list(view.companies) for view in views] == [["halvorsen"], ["halvorsen"]]
        assert all(view.prediction for view in views)
    again = told(*history)
    assert "3 rows read, 0 new articles, 2 known ones, 1 without a time, 0 not usable" in again
    assert "wire: 2008-09-15 to 2008-09-16, held as read in 30 of 30 hours." in again
    assert "history needs the name of its source" in refused("import", "old.csv", "--as-history")
    assert "go with --as-history" in refused("import", "old.csv", "--watchlist", "then.csv")
    assert "then2.csv: no such file" in refused(*history[:-1], "then2.csv")
    assert "no such version" in refused(*history, "--model", "none")


def test_stories_are_shown_merged_and_split(project: Path, told: Run, refused: Run) -> None:
    rows = [{"title": "A mill opens"}, {"title": "The lender is fined", "publisher": "Daily Planet"}]
    (project / "news.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    told("import", "news.jsonl", "--no-classify")  # the newest stand first in a file
    first = told("stories", "show", "1", "--json")
    assert (first["story"]["voices"], first["story"]["reach"], first["story"]["weight"]) == (1, 1, 1.0)
    assert [one["voice"] for one in first["voices"]] == ["publisher daily planet"]
    assert [one["membership"]["article_id"] for one in first["members"]] == [1]
    assert "1 voices, reach 1" in told("stories", "show", "1")
    merged = told("stories", "merge", "1", "2", "--json")
    assert (merged["story"]["id"], merged["story"]["reach"]) == (1, 2)
    assert told("stories", "show", "2", "--json")["story"]["id"] == 1
    assert told("stories", "split", "1", "2", "--json")["story"]["id"] == 3
    assert "there is no story 41" in refused("stories", "show", "41")
    listed = [one["story"]["id"] for one in told("stories", "list", "--hours", "8784", "--json")]
    assert sorted(listed) == [1, 3] and "voices" in told("stories", "list", "--hours", "8784")


def test_import_masks_unless_told_otherwise(project: Path, told: Run) -> None:
    (project / "calls.jsonl").write_text('{"title": "致电13812345678"}\n', encoding="utf-8")
    for option, title in ((), "致电[phone]"), (("--no-mask",), "致电13812345678"):
        told("import", "calls.jsonl", "--source", f"calls{len(option)}", "--json", *option)
        with closing(open_store(f"sqlite:///{project}/data/monitor.db")) as store, store.read() as tx:
            (view,) = articles.page(tx, source=f"calls{len(option)}")
        assert view.article.title == title


def test_an_error_quotes_a_row_without_what_is_personal(project: Path, refused: Run) -> None:
    (project / "calls.csv").write_text("text,label\n投诉,13812345678\n", encoding="utf-8")
    line = refused("evaluate", "calls.csv")
    assert "[phone]" in line and "13812345678" not in line


def test_files_in_any_encoding(
    project: Path, told: Run, refused: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is guessed is told beside the result, what is not is refused, and `--encoding` settles both."""
    (project / "gbk.csv").write_bytes("title,text\n青禾农业三季度亏损扩大,股价跌停\n利润,下滑".encode("gbk"))
    assert main(["import", "gbk.csv", "--json"]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["new"] == 2
    assert err.startswith("gbk.csv: read as gb18030, which is a guess") and len(err.splitlines()) == 1
    (project / "short.csv").write_bytes("text,label\n利润,negative\n".encode("gbk"))
    assert "short.csv: line 2, byte 12: the text may be in any of" in refused("evaluate", "short.csv")
    assert told("evaluate", "short.csv", "--encoding", "gbk", "--json")["n"] == 1
    told("classify", "--file", "short.csv", "--out", "out.jsonl", "--encoding", "gbk", "--json")
    row = json.loads((project / "out.jsonl").read_text())
    assert (row["row"], row["input_label"]) == (1, "negative")
    assert "no encoding 'klingon'" in refused("import", "gbk.csv", "--encoding", "klingon")


def certifiable(project: Path, n: int, wrong: int = 0, name: str = "audits.csv") -> str:
    """A file of texts that the test's model judges rightly, but for the first `wrong` labels."""
    rows = [
        f"Record profit lifts the shares of lender {i},{'negative' if i < wrong else 'positive'}"
        for i in range(n)
    ]
    (project / name).write_text("text,label\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return name


def test_certify_a_file(project: Path, told: Run) -> None:
    found = told("certify", certifiable(project, 70), "--json")
    assert found["certified"] and found["n"] == found["accepted"] == 70
    assert (found["errors"], found["coverage"], found["more"]) == (0, 1.0, 0)
    assert 0 < found["threshold"] <= 1
    assert found["bound"] == pytest.approx(1 - 0.05 ** (1 / 70))
    assert (found["alpha"], found["delta"], found["method"]) == (0.05, 0.05, "exact binomial, one look")
    assert found["model"].startswith("shipped-") and found["warnings"] == []
    assert found["languages"]["en"]["more"] == 2  # two groups at half of delta each: 72 labels
    text = told("certify", "audits.csv")
    assert text.startswith("certified: with 95% confidence at most 5% of what is accepted, from ")
    assert "language" in text and "class" in text


def test_certify_says_how_many_labels_are_lacking(project: Path, told: Run) -> None:
    """It is an answer and no failure, with an exit code of its own."""
    found = told("certify", certifiable(project, 40), "--json", code=3)
    assert (found["certified"], found["threshold"], found["coverage"], found["bound"]) == (
        False,
        None,
        0.0,
        None,
    )
    assert found["more"] == 19
    assert told("certify", "audits.csv", code=3).startswith("not certifiable yet: 19 more audit labels")
    assert told("certify", "audits.csv", "--alpha", "0.1", "--json")["certified"]
    assert told("certify", "audits.csv", "--delta", "0.2", "--json")["certified"]


def test_certify_is_told_of_what_is_odd(project: Path, told: Run) -> None:
    certifiable(project, 70)
    with (project / "audits.csv").open("a", encoding="utf-8") as file:
        file.write("Record profit lifts the shares of lender 5,positive\n")
        file.write("Record profit lifts the shares of lender 6,neutral\nNobody labelled this,\n")
    found = told("certify", "audits.csv", "--json", code=3)  # one wrong of 70
    assert (found["n"], [step["errors"] for step in found["steps"]][-1]) == (70, 1)
    assert found["warnings"] == [
        "2 rows repeat a text: a text counts once",
        "1 texts have several labels that contradict each other: each counts once, and as wrong",
        "1 rows without a label or text are left out: the bound holds for such texts only if chance decided"
        " which ones have a label",
    ]


def test_certify_what_is_all_wrong(project: Path, told: Run) -> None:
    found = told("certify", certifiable(project, 70, 70), "--json", code=3)
    assert found["more"] > 1000
    assert found["steps"][-1]["errors"] == 70 and found["steps"][-1]["bound"] == 1.0


def test_certify_draws_from_a_large_file(project: Path, told: Run) -> None:
    found = told("certify", certifiable(project, 300), "--limit", "80", "--json")
    assert found["n"] == 80 and found["warnings"] == ["80 of 300 distinct texts were drawn at random"]
    assert found["labels"] == told("certify", "audits.csv", "--limit", "80", "--json")["labels"]


def test_certify_towards_companies(project: Path, told: Run) -> None:
    rows = [f"Record profit lifts Acme {i},Acme {i},positive" for i in range(70)]
    (project / "towards.csv").write_text("text,entity,label\n" + "\n".join(rows) + "\n")
    found = told("certify", "towards.csv", "--task", "company", "--json")
    assert found["certified"] and found["n"] == 70


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["none.csv"], "none.csv: no such file"),
        (["audits.csv", "--alpha", "0"], "alpha is 0: it must lie between 0 and 1"),
        (["audits.csv", "--delta", "nan"], "delta is nan: it must lie between 0 and 1"),
        (["audits.csv", "--model", "x"], "model 'x': no such version"),
        (["empty.csv"], "empty.csv"),
        (["bare.csv"], "bare.csv"),
        (["odd.csv"], "odd.csv: line 3"),
    ],
)
def test_certify_refuses_what_it_cannot_read(
    project: Path, refused: Run, arguments: list[str], expected: str
) -> None:
    certifiable(project, 3)
    (project / "empty.csv").write_text("")
    (project / "bare.csv").write_text("text,label\na text,\n")
    (project / "odd.csv").write_text("text,label\na text,positive\nanother,splendid\n")
    assert expected in refused("certify", *arguments)


def test_classify_a_text(told: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    result = told("classify", "Record profit lifts the shares of the lender", "--json")
    assert max(result["sentiment"], key=result["sentiment"].get) == "positive"
    assert sum(result["sentiment"].values()) == pytest.approx(1)
    assert "earnings" in result["topics"]
    assert result["route"] in ("accept", "review", "audit")
    assert result["model"].startswith("shipped-")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO("公司亏损扩大，股价暴跌".encode())))
    assert told("classify", "-").startswith("negative")


def test_classify_a_text_that_names_companies(told: Run, project: Path) -> None:
    watched = "id,name,ticker,aliases\nacme,Acme Mills,,\nbolt,Bolt Rail,,博特铁路\n"
    (project / "watchlist.csv").write_text(watched, encoding="utf-8")
    text = "Record profit lifts Acme Mills; 博特铁路亏损扩大，涉嫌造假被调查"
    result = told("classify", text, "--json")
    assert list(result["companies"]) == ["acme", "bolt"]
    best = {one: max(likely, key=likely.get) for one, likely in result["companies"].items()}
    assert best == {"acme": "positive", "bolt": "negative"}
    lines = told("classify", text).splitlines()
    assert lines[1].startswith("towards Acme Mills: positive (")
    assert lines[2].startswith("towards Bolt Rail: negative (")
    assert told("classify", "Nobody in particular", "--json")["companies"] == {}


def test_explain_a_text(told: Run, refused: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "Record [bold]profit[/bold] lifts the shares"
    result = told("explain", text, "--target", "sentiment", "--json")
    assert (result["label"], result["target"], result["text"]) == ("positive", "sentiment", text)
    scores = {text[one["start"] : one["end"]]: one["score"] for one in result["attributions"]}
    assert scores["profit"] > 0 and scores["shares"] < 0.5
    assert result["model"].startswith("shipped-")
    lines = told("explain", text).splitlines()
    assert lines[0] == text and lines[1].startswith("positive (") and "profit +" in lines[1]
    assert "completeness error 0.0%" in lines[2]
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO("股价暴跌".encode())))
    assert told("explain", "-", "--target", "topics:legal", "--json")["label"] == "legal"
    assert "'sport' is unknown" in refused("explain", text, "--target", "sport")
    assert "the text is empty" in refused("explain", "  ")


# --- models ---------------------------------------------------------------------------------


def test_the_check_list(told: Run) -> None:
    result = told("models", "check", "--json")
    assert result["cases"] >= 300 and 0 < result["passed"] < 1
    failed = round(result["cases"] * (1 - result["passed"]))
    assert len(result["failures"]) == failed
    assert result["failures"][0].keys() == {"case", "passed", "found"}
    assert told("models", "check", "first", "--json")["passed"] == result["passed"]
    text = told("models", "check", "--failures")
    assert re.search(r"^ ?negation +\d+ +\d+\.\d%", text, re.MULTILINE) and "narrowing" in text


KNOWN = ("plunge fraud probe", "record profit lifts", "board meets on tuesday")
UNKNOWN = ("wobble quagmire mire", "glimmer uplift zest", "ledger cadence plinth")
"""Words that the first model does not know."""


def written(project: Path, words: Sequence[str]) -> Path:
    """Sixty texts of which no two are alike: near-duplicates are dropped from a snapshot. Fifteen
    more judge (gold.csv)."""
    rng, others = random.Random(0), [f"w{number}x" for number in range(2000)]
    kinds = [("negative", "legal"), ("positive", "earnings"), ("neutral", "company")]
    lines = ["text,label,topics"]
    for number in range(75):
        label, topic = kinds[number % 3]
        lines.append(f"{words[number % 3]} {' '.join(rng.sample(others, 12))},{label},{topic}")
    (project / "labelled.csv").write_text("\n".join(lines[:61]))
    (project / "gold.csv").write_text("\n".join([lines[0], *lines[61:]]))
    return project / "labelled.csv"


@pytest.fixture
def labelled(project: Path) -> Path:
    return written(project, KNOWN)


@pytest.fixture
def unknown(project: Path) -> Path:
    return written(project, UNKNOWN)


def test_evaluate_towards_companies(told: Run, refused: Run, project: Path) -> None:
    text = "Record profit lifts Acme; Bolt shares plunge after fraud probe"
    rows = [("Acme", "positive"), ("Bolt", "negative"), ("Bolt", "positive")]
    lines = ["text,entity,label", *(f"{text},{name},{label}" for name, label in rows)]
    (project / "towards.csv").write_text("\n".join([*lines, "The board meets,Acme,neutral", ""]))
    result = told("evaluate", "towards.csv", "--task", "company", "--json")
    assert result.keys() >= {"macro_f1", "weighted_f1", "micro_f1", "ece", "texts_per_second"}
    assert (result["n"], result["accuracy"]) == (4, 0.75)
    assert told("evaluate", "towards.csv", "--task", "company", "--limit", "1", "--json")["n"] == 3
    assert told("evaluate", "towards.csv", "--task", "company", "--model", "first", "--json")["n"] == 4
    (project / "plain.csv").write_text("text,label\nThe board meets,neutral\n")
    expected = "has the columns text, label; expected text, entity and label"
    assert expected in refused("evaluate", "plain.csv", "--task", "company")


@pytest.mark.parametrize("task", ["sentiment", "topics"])
def test_evaluate(told: Run, labelled: Path, task: str) -> None:
    result = told("evaluate", "labelled.csv", "--task", task, "--json")
    assert result.keys() >= {
        "n",
        "accuracy",
        "macro_f1",
        "weighted_f1",
        "micro_f1",
        "ece",
        "texts_per_second",
    }
    assert (result["n"], result["accuracy"]) == (60, 1.0)
    assert result["texts_per_second"] > 0
    assert told("evaluate", "labelled.csv", "--task", task, "--limit", "7", "--json")["n"] == 7
    assert "macro_f1" in told("evaluate", "labelled.csv", "--task", task, "--model", "first")


def test_train_beside_the_served_models(told: Run, refused: Run, labelled: Path, tmp_path: Path) -> None:
    out = tmp_path / "beside"
    written = told("train", "--data", "labelled.csv", "--tasks", "sentiment", "--out", str(out), "--json")
    assert written["path"] == str(out)
    assert manifest.verify(out, manifest.digest(out)) is None
    assert len(told("models", "list", "--json")) == 1, "no version is registered"
    measured = told("evaluate", "labelled.csv", "--model", str(out), "--json")
    assert measured["n"] > 0
    for arguments, expected in (
        (["--data", "labelled.csv", "--out", str(out)], "exists already"),
        (["--out", "x"], "give some with --data"),
        (["--base", "x"], "say where with --out"),
        (["--tasks", "mood"], "'mood' is unknown; known: sentiment, topics, company"),
        (["--tasks", ","], "name at least one"),
        (["--option", "epochs"], "expected KEY=VALUE"),
        (["--seed", "1"], "seed: unknown key of kind 'fake'"),
        (["--data", "labelled.csv", "--tasks", "company", "--out", "y"], "nothing to learn from"),
    ):
        assert expected in refused("train", *arguments)
    assert not Path("x").exists() and not Path("y").exists()


def test_a_classifier_that_cannot_read_says_so(refused: Run, tmp_path: Path) -> None:
    assert "cannot be pre-trained" in refused("pretrain", "--out", str(tmp_path / "out"))


def test_a_smaller_model(project: Path, told: Run, refused: Run, labelled: Path) -> None:
    assert "'fake' cannot be compressed" in refused("compress", "--out", "small-1")
    Path("config.toml").write_text(CONFIG.replace('kind = "fake"', 'kind = "small"'))
    found = told("compress", "--data", "labelled.csv", "--out", "small-1", "--json")
    assert found["path"] == "small-1"
    assert found["parents"] == ["first"]
    assert found["asked"] == found["ways"] == {"heads": 0.25, "neurons": 0.25}
    Path("bare.csv").write_text("text\nA text that nobody labelled\n")
    told("poll", "good")
    more = ["--texts", "bare.csv", "--archive", "--teacher", "small-1", "--layers", "2", "--out", "small-2"]
    again = told("compress", "--data", "labelled.csv", "--model", "first", *more, "--json")
    assert again["parents"] == ["first", "small-1"]
    assert again["asked"] == {"layers": 2}
    assert again["texts"] == found["texts"] + 2
    assert "small-3: written; rank 8" in told("compress", "--rank", "8", "--out", "small-3")
    assert "exists already" in refused("compress", "--out", "small-3")
    assert "--heads" in refused("compress", "--heads", "1.5", "--out", "small-4")


def test_classify_a_file(project: Path, told: Run, refused: Run, tmp_path: Path) -> None:
    Path("rows.jsonl").write_text('{"text": "Record profit"}\n{"text": ""}\n')
    found = told("classify", "--file", "rows.jsonl", "--out", "judged.jsonl", "--json")
    assert (found["path"], found["rows"]) == ("judged.jsonl", 2)
    rows = [json.loads(line) for line in Path("judged.jsonl").read_text().splitlines()]
    assert [row["row"] for row in rows] == [1, 2]
    assert rows[0]["label"] == "positive"
    assert "exists already" in refused("classify", "--file", "rows.jsonl", "--out", "judged.jsonl")
    assert "--file FILE --out FILE" in refused("classify", "--file", "rows.jsonl")
    assert "no such file" in refused("classify", "--file", "none.csv", "--out", "z.csv")


def test_train_then_look_at_the_models(told: Run, unknown: Path) -> None:
    version = told(*TRAIN, "--json")
    assert version["reason"]
    listed = told("models", "list", "--json")
    assert {one["id"] for one in listed} == {version["id"], version["parent"]}
    assert sum(one["state"] == "champion" for one in listed) == 1
    shown = told("models", "show", version["id"], "--json")
    assert shown["metrics"] and shown["gate"]["decision"] and "duel" in shown
    assert shown["figures"]["model"] == version["id"]
    assert shown["figures"]["gold"]["texts"] == sum(map(sum, shown["figures"]["gold"]["confusion"]))
    assert version["id"] in {one["model"] for one in shown["curve"]}
    assert [one["event"] for one in shown["events"]] == ["gated", "promoted"]
    assert version["id"] in told("models", "show", version["id"])
    other = next(one["id"] for one in listed if one["state"] != "champion")
    assert told("models", "promote", other, "--json")["state"] == "champion"
    assert told("models", "rollback", "--json")["id"] != other
    shown = told("models", "show", version["id"], "--json")
    assert shown["reason"] == version["reason"], "whatever came later"
    assert [(one["event"], one["user"]) for one in shown["events"]][2:] == [
        ("retired", "command line"),
        ("rolled_back", "command line"),
    ]


def test_how_a_training_ended_is_its_exit_code(
    told: Run, unknown: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "There was no training yet." in told("train", "--status")
    assert ": champion. better than the champion" in told(*TRAIN)
    assert ": refused. the gold labels do not say which model is better" in told(*TRAIN, code=3)
    monkeypatch.setattr(FakeClassifier, "fit", lambda *_: {})
    assert main(TRAIN) == 1
    assert "no such model folder" in capsys.readouterr().err
    found = told("train", "--status", "--json")
    assert [(one["state"], one["verdict"], one["via"]) for one in found] == [
        ("failed", "", "cli"),
        ("done", "refused", "cli"),
        ("done", "promoted", "cli"),
    ]
    assert "no such model folder" in told("train", "--status")


def test_progress_is_told_where_there_is_no_terminal(
    unknown: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(TRAIN) == 0
    told = capsys.readouterr().err.splitlines()
    assert "fitting" in told and any(one.startswith("count words: 0 of ") for one in told)


def test_a_training_elsewhere_is_cancelled_and_a_waiting_one_resumed(
    told: Run, refused: Run, project: Path, labelled: Path
) -> None:
    assert "no training is running" in refused("train", "--cancel")
    assert "give one of" in refused("train", "--cancel", "--resume")
    assert "goes with --cancel" in refused("train", "20260101-000000-abcdef")
    assert "no such training" in refused("train", "--cancel", "20260101-000000-abcdef")
    told("poll", "good")
    store, now = open_store(f"sqlite:///{project / 'data' / 'monitor.db'}"), datetime.now(UTC)

    def interrupted() -> str:
        id = learning.ask(
            store, now, user="bo", data=DATA, gold=GOLD, directory=project / "data" / "models"
        ).id
        with store.begin() as tx:
            processes.enter(tx, Process("dead", "host", "train", "", 1, 1, 0, now, now))
            trainings.claim(tx, id, "dead", now)
            processes.leave(tx, "dead", now)
        return id

    first = interrupted()
    (shown,) = told("train", "--status", "--json")
    assert (shown["id"], shown["state"], shown["asked_by"]) == (first, "interrupted", "bo")
    assert told("train", "--cancel", first) == f"{first}: cancelled\n"
    assert not list((project / "data" / "models").glob(".training-*"))
    assert f"{first} is cancelled" in refused("train", "--resume", first, code=1)
    second = interrupted()
    main(["train", "--resume"])
    assert told("train", "--status", "--json")[0]["id"] == second
    assert told("train", "--status", "--json")[0]["state"] == "done"
    store.close()


@pytest.mark.parametrize(("answer", "code", "state"), [("n\n", 130, "interrupted"), ("y\n", 4, "cancelled")])
def test_ctrl_c_asks_what_becomes_of_the_training(
    told: Run,
    labelled: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    answer: str,
    code: int,
    state: str,
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    terminal = io.StringIO(answer)
    monkeypatch.setattr(terminal, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(FakeClassifier, "fit", interrupt)
    monkeypatch.setattr(commands, "terminal", lambda: True)
    monkeypatch.setattr(sys, "stdin", terminal)
    monkeypatch.setattr(os, "_exit", lambda code: None)
    assert main(TRAIN) == code
    told_by = capsys.readouterr().err
    assert "Cancel the training?" in told_by and state in told_by
    assert told("train", "--status", "--json")[0]["state"] == state


# --- the desk -------------------------------------------------------------------------------


def test_the_queue(project: Path, told: Run) -> None:
    told("poll", "good")
    stats = told("queue", "stats", "--json")
    assert (stats["open"], stats["labels"]) == (1, 0)
    assert told("queue", "export", "--out", "labels.jsonl") == ""
    assert (project / "labels.jsonl").read_text() == ""


def test_labels_leave_and_come_back(project: Path, told: Run, refused: Run) -> None:
    told("poll", "good")
    store = open_store(f"sqlite:///{project}/data/monitor.db")
    with store.read() as tx:
        title = articles.get(tx, 1).content
    store.close()
    Path("mine.csv").write_text(f'text,label\n"{title}",negative\n', encoding="utf-8")
    assert "nobody says whose label" in told_bad(told, "labels", "import", "mine.csv")
    found = told("labels", "import", "mine.csv", "--user", "ann", "--json")
    assert (found["new"], found["known"]) == (1, 0)
    assert told("labels", "import", "mine.csv", "--user", "ann") == "0 labels stored, 1 were there already.\n"
    for number, format in enumerate(("jsonl", "csv", "label-studio", "huggingface", "argilla")):
        name = ("a.jsonl", "a.csv", "a.json", "hf", "ar")[number]
        told("labels", "export", "--format", format, "--out", name)
        assert told("labels", "import", name, "--json")["known"] == 1
        written = [Path(name), *Path(name).rglob("*")] if Path(name).is_dir() else [Path(name)]
        assert all(path.stat().st_mode & 0o077 == 0 for path in written)
    assert told("labels", "export") == Path("a.jsonl").read_text(encoding="utf-8")
    Path("mine.csv").write_text(f'text,label\n"{title}",positive\nNever seen,bullish\nNever,neutral\n')
    told_why = told_bad(told, "labels", "import", "mine.csv", "--user", "ann")
    assert "mine.csv: line 2: ann labelled this text negative" in told_why
    assert "mine.csv: line 3: " in told_why and "mine.csv: line 4: no article in the store" in told_why
    assert "3 rows cannot be taken; nothing was stored" in told_why
    assert "something there already" in refused("labels", "export", "--format", "argilla", "--out", "hf")
    assert "say where to with --out" in refused("labels", "export", "--format", "csv")
    assert "'xml' is unknown" in refused("labels", "export", "--format", "xml", "--out", "z")
    assert "no such file or folder" in refused("labels", "import", "none.csv")
    assert told("audit", "list", "--action", "labels.import", "--json")[0]["detail"]["known"] == 1


def test_what_is_old_is_told_and_removed(told: Run) -> None:
    plan = told("db", "prune", "--dry-run", "--json")
    kinds = {one["kind"]: one["days"] for one in plan}
    assert kinds == {
        **{"bodies": None, "vectors": 30.0, "predictions": 400.0},
        **{"polls": 90.0, "runs": 90.0, "audit": None},
    }
    done = told("db", "prune", "--json")
    assert [(one["kind"], one["rows"]) for one in done] == [(one["kind"], one["rows"]) for one in plan]
    assert told("db", "prune", "--dry-run").endswith("Nothing was removed.\n")
    assert "before, " in told("db", "vacuum")
    [vacuum, prune] = [one["action"] for one in told("audit", "list", "--json")][:2]
    assert (vacuum, prune) == ("db.vacuum", "db.prune")


def told_bad(told: Run, *arguments: str) -> str:
    """What a command writes to standard error that fails."""
    with redirect_stderr(io.StringIO()) as err:
        told(*arguments, code=2)
    return err.getvalue()


def test_alerts(told: Run) -> None:
    assert told("alerts", "list", "--json") == []
    assert told("alerts", "list", "--state", "firing") == "No alerts.\n"


def test_an_alert_is_shown_acknowledged_and_closed_by_a_user(project: Path, told: Run, refused: Run) -> None:
    (project / "news.jsonl").write_text('{"title": "The shares of the lender plunge"}\n')
    told("import", "news.jsonl")
    now = datetime(2026, 11, 2, 8, tzinfo=UTC)
    with closing(open_store(f"sqlite:///{project}/data/monitor.db")) as store, store.begin() as tx:
        alerts.put(tx, alarm("a1", now, article_ids=(1,)))
        both = {"scope": Scope("both", "credit:acme"), "rule": "buildup", "p_value": None, "checked": False}
        alerts.put(tx, alarm("a2", now, **both, state=AlertState.RECOVERING))
        users.add(tx, "ann", "x", Role.ANALYST, now)
        users.add(tx, "vi", "x", Role.VIEWER, now)
    shown = told("alerts", "show", "a1", "--json")
    alert = shown["alert"]
    assert (alert["voices"], alert["observed"], alert["expected"]) == (12, 11.4, 1.26)
    assert (alert["low"], alert["high"], alert["p_value"]) == (0.0, 4.1, 2.3e-9)
    assert (alert["score"], alert["cut"], alert["checked"], alert["severity"]) == (8.6, 4.2, True, "warning")
    assert len(shown["evidence"]) == 1
    told_of = told("alerts", "show", "a1")
    assert "The shares of the lender plunge" in told_of
    assert "12 negative voices in 1 h; all weigh 11.4, 1.3 expected, p = 2.3e-09" in told_of
    assert "score 8.6 against a cut of 4.2 (found on past weeks); usual are 0 to 4.1" in told_of
    other = told("alerts", "show", "a2")
    assert other.startswith("a2: both:credit:acme, recovering, by buildup") and "(unchecked)" in other
    assert "p = " not in other
    listed = told("alerts", "list", "--json")
    assert {one["id"]: (one["scope"], one["p_value"]) for one in listed} == {
        "a1": ({"kind": "all", "name": ""}, 2.3e-9),
        "a2": ({"kind": "both", "name": "credit:acme"}, None),
    }
    (line,) = [one for one in told("alerts", "list").splitlines() if " a2 " in f" {one} "]
    assert "both:credit:acme" in line and "None" not in line
    assert (
        told("alerts", "ack", "a1", "--user", "ann", "--note", "calling", "--json")["acknowledged_by"]
        == "ann"
    )
    assert "a1: resolved" in told("alerts", "resolve", "a1", "--user", "ann")
    events = told("alerts", "show", "a1", "--json")["events"]
    assert [(one["event"], one["user"], one["note"]) for one in events] == [
        ("acknowledged", "ann", "calling"),
        ("resolved", "ann", ""),
    ]
    assert "Missing option" in refused("alerts", "ack", "a1")
    given = told("alerts", "assign", "a2", "--user", "ann", "--json")
    assert (given["owner"], given["state"]) == ("ann", "recovering")
    assert told("alerts", "assign", "a2", "--user", "ann", "--nobody", "--json")["owner"] == ""
    assert "cannot own an alert" in refused("alerts", "assign", "a2", "--user", "ann", "--to", "vi", code=1)
    told("alerts", "comment", "a2", "the court has ruled", "--user", "ann")
    told("alerts", "severity", "a2", "critical", "--user", "ann", "--why", "a recall")
    other = told("alerts", "show", "a2")
    assert "the court has ruled" in other and "warning → critical: a recall" in other
    assert "owner: nobody; critical (the rule says warning); acknowledge overdue" in other
    assert [one["id"] for one in told("alerts", "list", "--severity", "critical", "--json")] == ["a2"]
    assert [one["id"] for one in told("alerts", "list", "--company", "acme", "--overdue", "--json")] == ["a2"]
    assert told("alerts", "list", "--owner", "bo") == "No alerts.\n"
    assert "expected one of age" in refused("alerts", "list", "--sort", "name")
    assert "no such user" in refused("alerts", "ack", "a1", "--user", "nobody")
    assert "nothing left to acknowledge" in refused("alerts", "ack", "a1", "--user", "ann", code=1)
    assert "takes an analyst" in refused("alerts", "resolve", "a1", "--user", "vi", code=1)
    assert "none" in refused("alerts", "show", "none")


def test_what_an_alert_was_is_said_and_shown(project: Path, told: Run, refused: Run) -> None:
    (project / "news.jsonl").write_text('{"title": "The shares of the lender plunge"}\n')
    told("import", "news.jsonl")
    now = datetime(2026, 11, 2, 8, tzinfo=UTC)
    hangs = Causes("all", 1, 8.6, 8.6, 4.2, True, (Without("source wire", 1.0, 2.0, False),), (1,))
    with closing(open_store(f"sqlite:///{project}/data/monitor.db")) as store, store.begin() as tx:
        alerts.put(tx, alarm("a1", now, article_ids=(1,)))
        alerts.hang_on(tx, "a1", hangs)
        cell = cells.cell(now)
        cut = Cut("surge", cell, 8.5, checked=False, weeks=2.0, openings=0)
        walked.keep(tx, now, {"surge": {}}, [(cut, 3)], {}, 0)
        before = alarm("a0", now - timedelta(days=9), state=AlertState.RESOLVED, resolved_by="bob")
        alerts.put(tx, before)
        users.add(tx, "ann", "x", Role.ANALYST, now)
    noise = told("alerts", "feedback", "a1", "noise", "--user", "ann", "--note", "rotation")
    assert "a1: noise, says ann" in noise and noise.count("not told") == 3
    said = told("alerts", "feedback", "a1", "wrong_label", "--article", "1", "--user", "ann", "--json")
    assert (said["kind"], said["article_id"]) == ("wrong_label", 1)
    assert "which alert it repeats" in refused(
        *("alerts", "feedback", "a1", "duplicate", "--user", "ann"), code=1
    )
    shown = told("alerts", "show", "a1")
    for words in ("It would not fire without wire.", "this one story", "bob", "wrong_label", "feedback"):
        assert words in shown, words
    found = told("alerts", "show", "a1", "--json")
    assert found["card"]["stories"][0]["title"] == "The shares of the lender plunge"
    assert found["similar"][0]["likeness"] == "rule" and found["feedback"][0]["user"] == "ann"


def test_notifiers_are_listed_and_tested(project: Path, told: Run, refused: Run) -> None:
    with open(project / "config.toml", "a") as config:
        config.write(
            '\n[notifiers.console]\nkind = "console"\n[notifiers.off]\nkind = "console"\nenabled = false\n'
        )
    found = told("notifiers", "list", "--json")
    assert [(one["name"], one["enabled"], one["waiting"]) for one in found] == [
        ("console", True, 0),
        ("off", False, 0),
    ]
    assert "console took it" in told("notifiers", "test", "console")
    assert told("notifiers", "test", "console", "--json") == {"ok": True, "error": ""}
    assert "no enabled receiver 'off'; enabled: console" in refused("notifiers", "test", "off")
    assert "0 messages are sent again" in told("notifiers", "retry", "console")


def test_alerts_are_silenced_and_routed(project: Path, told: Run, refused: Run) -> None:
    with open(project / "config.toml", "a") as config:
        config.write('\n[notifiers.console]\nkind = "console"\n')
    now = datetime(2026, 11, 2, 8, tzinfo=UTC)
    with closing(open_store(f"sqlite:///{project}/data/monitor.db")) as store:
        store.prepare(migrate=True)
        with store.begin() as tx:
            alerts.put(tx, alarm("a1", now, scope=Scope("both", "credit:acme"), acknowledged_by="bob"))
            users.add(tx, "ann", "x", Role.ANALYST, now)
    way = told("rules", "route", "a1", "--json")
    assert (way["receivers"], way["severity"], way["silences"]) == (["console"], "warning", [])
    [hearing] = way["hearings"]
    assert (hearing["routes"], hearing["level"], hearing["held_by"]) == (["alerts"], 0, "")
    made = told("alerts", "silence", "a1", "--user", "ann", "--hours", "2", "--until-worse", "--json")
    assert (made["rule"], made["company"], made["topic"]) == ("surge", "acme", "credit")
    listed = told("alerts", "silences", "--json")
    assert [one["id"] for one in listed] == [made["id"]] == told("rules", "route", "a1", "--json")["silences"]
    routed = told("rules", "route", "a1")
    assert "console" in routed and "[alerts]" in routed and f"silence {made['id']} of ann" in routed
    assert "unless it gets much worse" in routed and "bob acknowledged it" in routed
    assert f"silence {made['id']} is over" in told("alerts", "unsilence", str(made["id"]), "--user", "ann")
    assert told("alerts", "silences", "--json") == []
    assert "say which alerts" in refused("alerts", "silence", "--user", "ann")
    assert "expected one of info" in refused("alerts", "silence", "--severity", "grave", "--user", "ann")


# --- operating ------------------------------------------------------------------------------


def test_plugins_are_listed_with_what_failed(project: Path, told: Run) -> None:
    (project / "mine" / "broken_cli_plugin.py").write_text("1 / 0\n")
    found = {plugin["name"]: plugin for plugin in told("plugins", "--json")}
    assert found["broken_cli_plugin"]["state"] == "disabled"
    assert "ZeroDivisionError" in found["broken_cli_plugin"]["error"]
    assert found["cli_test_plugin"]["kinds"] == ["classifier fake", "classifier small", "source hello"]
    assert found["detectors"]["origin"] == "bundled"


def test_the_doctor_says_what_to_do(project: Path, told: Run) -> None:
    checks = told("doctor", "--json")
    assert {check["state"] for check in checks} <= {"ok", "warn"}
    (project / "first" / "words.json").write_text("{}")
    (failed,) = [check for check in told("doctor", "--json", code=1) if check["state"] == "fail"]
    assert failed["name"] == "model" and failed["todo"]


def test_backup_and_restore(project: Path, told: Run, refused: Run) -> None:
    told("poll", "good")
    told("db", "backup", "copy.bak")
    assert "exists already" in refused("db", "backup", "copy.bak")
    assert "add --yes" in refused("db", "restore", "copy.bak")
    (project / "config.toml").write_text(CONFIG + '[store]\nurl = "sqlite:///other.db"\n')
    told("db", "restore", "copy.bak", "--yes")
    assert told("queue", "stats", "--json")["open"] == 1


@pytest.mark.parametrize("command", ["run", "worker", "web"])
def test_restore_refuses_while_anything_serves(project: Path, told: Run, refused: Run, command: str) -> None:
    told("poll", "good")
    told("db", "backup", "copy.bak")
    process = subprocess.Popen(
        [sys.executable, "-m", "monitor", command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        occupied = Path("data/monitor.db.in-use")
        for _ in range(600):
            if occupied.exists() and list(occupied.iterdir()):
                break
            time.sleep(0.1)
        told_why = refused("db", "restore", "copy.bak", "--yes", code=1)
        assert f"{command} (" in told_why and f"process {process.pid})" in told_why
        assert "stop that first" in told_why
    finally:
        process.kill()
        process.communicate()
    told("db", "restore", "copy.bak", "--yes")


@pytest.mark.parametrize("command", ["run", "worker", "web", "poll"])
@pytest.mark.parametrize("content", [b"", b"no database" * 1000])
def test_a_lost_database_starts_nothing_and_a_backup_brings_it_back(
    project: Path, told: Run, refused: Run, command: str, content: bytes
) -> None:
    told("poll", "good")
    told("db", "backup", "copy.bak")
    Path("data/monitor.db").write_bytes(content)
    for journal in ("-wal", "-shm"):
        Path(f"data/monitor.db{journal}").unlink(missing_ok=True)
    assert "monitor db restore FILE --yes" in refused(command, code=1)
    assert Path("data/monitor.db").read_bytes() == content
    text = told("db", "restore", "copy.bak", "--yes")
    assert "The damaged database is kept as " in text and "Restored copy.bak" in text
    (aside,) = Path("data").glob("monitor.db.damaged-*")
    assert aside.read_bytes() == content
    assert told("queue", "stats", "--json")["open"] == 1


def test_the_audit(project: Path, told: Run, refused: Run) -> None:
    told("poll", "good")
    told("db", "backup", "copy.bak")
    told("queue", "export", "--out", "labels.jsonl")
    entries = told("audit", "list", "--json")
    assert [one["action"] for one in entries] == [
        "labels.export",
        "db.backup",
        "source.poll",
        "model.promote",
    ]
    assert {one["user"] for one in entries[:3]} == {"command line"}
    assert all(re.fullmatch(r"\S+@\S+", one["address"]) for one in entries[:3])
    assert entries[1]["target"] == str(project / "copy.bak") and entries[1]["detail"]["entries"] == 2
    assert [one["id"] for one in told("audit", "list", "--action", "db", "--json")] == [3]
    assert told("audit", "list", "--user", "nobody", "--since", "2026-01-01") == "No entry matches.\n"
    assert "labels.export" in told("audit", "list", "--limit", "1")

    told("audit", "export", "--out", "audit.jsonl")
    kept = [json.loads(line) for line in Path("audit.jsonl").read_text().splitlines()]
    assert [one["id"] for one in kept] == [1, 2, 3, 4]
    assert kept[3]["previous"] == kept[2]["seal"]
    assert Path("audit.jsonl").stat().st_mode & 0o777 == 0o600
    assert Path("labels.jsonl").stat().st_mode & 0o777 == 0o600

    assert told("audit", "verify").startswith("5 entries are whole; the last seal is ")
    found = told("audit", "verify", "--against", "copy.bak", "--json")
    assert (found["entries"], found["compared"], found["problem"]) == (5, 1, "")


def test_what_was_done_to_the_audit_shows(project: Path, told: Run) -> None:
    told("poll", "good")
    told("db", "backup", "copy.bak")
    told("queue", "export", "--out", "labels.jsonl")

    def change(sql: str) -> None:
        store = open_store(f"sqlite:///{project}/data/monitor.db")
        with store.begin() as tx:
            tx.exec_driver_sql(sql)
        store.close()

    change("DELETE FROM audit WHERE id >= 2")
    assert "1 entries are whole" in told("audit", "verify")
    found = told("audit", "verify", "--against", "copy.bak", "--json", code=1)
    assert (found["first_bad"], "cut off" in found["problem"]) == (2, True)
    change("UPDATE audit SET user = 'nobody' WHERE id = 1")
    assert told("audit", "verify", code=1) == "Entry 1: its content is not what was sealed.\n"


def test_a_lost_key_is_taken_over(project: Path, told: Run, refused: Run) -> None:
    told("poll", "good")
    (project / "data" / "installation.key").unlink()
    assert "sealed by another key" in told("audit", "verify", code=1)
    assert "add --yes" in refused("audit", "takeover")
    assert "3 entries, 2 of them taken over" in told("audit", "takeover", "--yes")
    assert "2 of them taken over from another key" in told("audit", "verify")


def test_db_upgrade_says_where_it_is(told: Run) -> None:
    assert "monitor.db" in told("db", "upgrade")


def test_users(project: Path, told: Run, refused: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("correct horse battery\n"))
    told("users", "add", "ann", "--role", "admin", "--password-stdin")
    (ann,) = told("users", "list", "--json")
    assert (ann["name"], ann["role"], ann["disabled"]) == ("ann", "admin", False)
    assert "password_hash" not in ann
    assert "already" in refused("users", "add", "ann")
    monkeypatch.setattr(sys, "stdin", io.StringIO("short\n"))
    assert "characters" in refused("users", "add", "bob", "--password-stdin")
    secret = told("users", "token", "ann", "--title", "nightly export", "--days", "2").strip()
    with closing(open_store(f"sqlite:///{project}/data/monitor.db")) as store:
        assert auth.user_of_token(store, secret, datetime.now(UTC)) is not None
        assert auth.user_of_token(store, secret, datetime.now(UTC) + timedelta(days=3)) is None
    (token,) = told("users", "tokens", "ann", "--json")
    assert (token["name"], token["kind"], token["user"]) == ("nightly export", "api", "ann")
    assert secret not in str(token) and auth.digest(secret) not in str(token)
    told("users", "token", "ann", "--title", "weekly export")
    assert "weekly export" in told("users", "tokens", "ann")
    weekly = next(one for one in told("users", "tokens", "ann", "--json") if one["name"] == "weekly export")
    assert told("users", "revoke", "ann", weekly["id"]) == "Ended 1 of ann.\n"
    assert "no session or token" in refused("users", "revoke", "ann", weekly["id"])
    assert "or --all" in refused("users", "revoke", "ann")
    assert "no such user" in refused("users", "revoke", "nobody", "--all")
    told("users", "disable", "ann")
    assert told("users", "list", "--json")[0]["disabled"] is True
    told("users", "enable", "ann")
    told("users", "role", "ann", "viewer")
    (ann,) = told("users", "list", "--json")
    assert (ann["role"], ann["disabled"]) == ("viewer", False)
    monkeypatch.setattr(sys, "stdin", io.StringIO("another good password\n"))
    told("users", "password", "ann", "--password-stdin")
    with closing(open_store(f"sqlite:///{project}/data/monitor.db")) as store:
        assert auth.user_of_token(store, secret, datetime.now(UTC)) is None, "tokens of before are ended"
        with store.read() as tx:
            found = users.get(tx, "ann")
            actions = [entry.action for entry in audit.page(tx, 20)]
    assert found is not None and auth.verify_password(found[1], "another good password")
    assert {"user.token", "user.enable", "user.role", "user.password", "token.revoke"} <= set(actions)
    for command in (["enable"], ["role"], ["token"], ["password", "--password-stdin"]):
        monkeypatch.setattr(sys, "stdin", io.StringIO("another good password\n"))
        role = ["viewer"] if command == ["role"] else []
        assert "no such user" in refused("users", command[0], "nobody", *role, *command[1:])


# --- starting -------------------------------------------------------------------------------


def test_init_writes_what_the_repository_ships(tmp_path: Path, told: Run) -> None:
    told("init", "new")
    for name in ("config.toml", "watchlist.csv"):
        assert (tmp_path / "new" / name).read_bytes() == (ROOT / name).read_bytes()


def test_the_shipped_settings_open(tmp_path: Path, told: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    told("init", "new")
    monkeypatch.chdir(tmp_path / "new")
    checks = {check["name"]: check for check in json_of(told, "doctor")}
    assert checks["instances"]["state"] == "ok", checks["instances"]


def json_of(told: Run, command: str) -> Any:
    try:
        return told(command, "--json")
    except AssertionError:
        return told(command, "--json", code=1)


def test_the_shipped_sources_are_named_in_two_languages() -> None:
    from monitor import config

    feeds = [
        source for source in config.load(ROOT / "config.toml", {}).sources.values() if source.kind == "rss"
    ]
    assert len(feeds) >= 8
    assert {feed.language for feed in feeds} == {"en", "zh"}
    assert all(feed.title and feed.options["url"].startswith("http") for feed in feeds)
    assert len({feed.options["url"] for feed in feeds}) == len(feeds)


def test_run_serves_and_stops_on_a_signal(project: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "monitor", "run"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
    )
    try:
        assert process.stdout is not None
        lines = []
        for line in process.stdout:
            lines.append(line)
            if "/setup/" in line:
                break
        text = "".join(lines)
        found = re.search(r"http://127\.0\.0\.1:\d+", text)
        assert found, text + (process.stderr.read() if process.stderr else "")
        assert answers(f"{found[0]}/healthz")
        store = open_store(f"sqlite:///{project}/data/monitor.db")
        for _ in range(300):
            with store.read() as tx:
                assert users.count(tx) == 0
                if articles.count(tx):
                    break
            time.sleep(0.1)
        else:
            pytest.fail("the scheduler polled nothing")
        store.close()
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors
        assert "Traceback" not in errors
    finally:
        process.kill()
        process.communicate()


def answers(url: str) -> bool:
    """Whether the address answers 200 within half a minute."""
    for _ in range(300):
        try:
            with urllib.request.urlopen(url, timeout=30) as answer:
                return bool(answer.status == 200)
        except OSError:
            time.sleep(0.1)
    return False


def test_a_worker_stops_on_sigterm(project: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "monitor", "worker"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stderr is not None
        for line in process.stderr:
            if "The worker runs" in line:
                break
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
        assert process.returncode == 0
    finally:
        process.kill()
        process.communicate()


def test_ctrl_c_ends_a_command_at_once_with_130(project: Path) -> None:
    asked = project / "asked"
    slow = PLUGIN.replace("        if self.broken:", f"        if not open({str(asked)!r}, 'w').close():")
    slow = slow.replace(
        "            raise FetchError",
        "            __import__('time').sleep(300)\n            raise FetchError",
    )
    (project / "mine" / "cli_test_plugin.py").write_text(slow)
    process = subprocess.Popen(
        [sys.executable, "-m", "monitor", "poll", "good"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        while not asked.exists():
            assert process.poll() is None
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
        assert (process.returncode, errors) == (130, "")
    finally:
        process.kill()
        process.communicate()


# --- what a strategy would save ---------------------------------------------------------------


def sentences(project: Path) -> str:
    """A file of 90 texts, of which a word tells the sentiment."""
    words = {"negative": "loss", "neutral": "meeting", "positive": "profit"}
    rng = random.Random(0)
    names = [
        "harbour",
        "copper",
        "ocean",
        "marble",
        "lantern",
        "garden",
        "bridge",
        "violet",
        "thunder",
        "saddle",
    ]
    lines = ["text,label"]
    for label, word in words.items():
        lines += [f"{' '.join(rng.sample(names, 6))} {word} {number},{label}" for number in range(30)]
    (project / "history.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return "history.csv"


def test_simulate_tells_what_each_strategy_needs(project: Path, told: Run) -> None:
    asked = ("simulate", "--data", sentences(project), "--strategy", "margin,coreset", "--seeds", "2")
    result = told(*asked, "--vectors", "vectors.npz", "--out", "curves", "--json")
    assert list(result["strategies"]) == ["random", "margin", "coreset"]
    assert result["texts"] == 90 and result["seeds"] == [1, 2] and result["fit"] == "head"
    assert json.loads((project / "curves" / "curves.json").read_text()) == result
    assert (project / "curves" / "curves.png").read_bytes().startswith(b"\x89PNG")
    assert (project / "vectors.npz").is_file()
    assert told(*asked, "--vectors", "vectors.npz", "--json") == result


def test_simulate_refuses_what_it_cannot_do(project: Path, refused: Run) -> None:
    data = sentences(project)
    assert "there is no strategy 'guess'" in refused("simulate", "--data", data, "--strategy", "guess")
    assert "no such file" in refused("simulate", "--data", "none.csv")
    assert "too few for 80" in refused("simulate", "--data", data, "--start", "80")
    (project / "few.csv").write_text("text,label\na,positive\n", encoding="utf-8")
    assert "a simulation needs 60 texts" in refused("simulate", "--data", "few.csv")


def test_policies_are_trained_shown_and_serve_only_where_better(project: Path, told: Run) -> None:
    assert told("policy", "show", "--json") == []
    trained = told(
        *("policy", "train", "--data", sentences(project), "--episodes", "2", "--held", "3"),
        *("--option", "passes=1", "--option", "reward=surprise", "--json"),
    )
    assert trained["serves"] == ("policy" if trained["better"] else "margin")
    assert trained["metrics"]["reward"] == "surprise" and len(trained["files"]) == 64
    (shown,) = told("policy", "show", "--json")
    assert shown["id"] == trained["id"] and shown["damaged"] == ""


# --- the watch list ---------------------------------------------------------------------------


def watch(project: Path, text: str) -> None:
    (project / "watchlist.csv").write_text(text, encoding="utf-8")


def test_companies_of_a_text(told: Run, refused: Run, project: Path) -> None:
    watch(project, "id,name,ticker,former\nacme,Acme Mills,NYSE:C,Old Mills @ ..2020-01-01\n")
    found = told("companies", "find", "Acme Mills (NYSE: C) rises", "--json")
    assert [(one["company_id"], one["alias"], one["role"]) for one in found["mentions"]] == [
        ("acme", "Acme Mills", "subject"),
        ("acme", "C", "subject"),
    ]
    assert "Acme Mills" in told("companies", "find", "Acme Mills falls")
    assert told("companies", "find", "plan C").splitlines()[-1] == "not Acme Mills: 'C' (no market)"
    old = ("companies", "find", "Old Mills burn", "--json", "--on")
    assert told(*old, "2019-01-01")["mentions"] and not told(*old, "2021-01-01")["mentions"]
    assert "expected a day" in refused("companies", "find", "x", "--on", "soon")
    assert "text is empty" in refused("companies", "find", " ")


def test_an_alias_is_previewed(told: Run, refused: Run, project: Path) -> None:
    watch(project, "id,name\nacme,Acme Mills\n")
    told("poll", code=1)  # one of the sources is broken
    assert [one["id"] for one in told("companies", "list", "ACME", "--json")] == ["acme"]
    assert "No watched company" in told("companies", "list", "zzz") and "acme" in told("companies", "list")
    shown = told("companies", "show", "acme", "--hours", "24", "--json")
    assert shown["coverage"]["id"] == "acme" and shown["hours"] == 24
    assert "acme: Acme Mills" in told("companies", "show", "acme")
    assert "no company of the watch list" in refused("companies", "show", "nobody")
    preview = told("companies", "preview", "Record", "--company", "acme", "--json")
    assert (preview["company_id"], preview["days"], preview["read"]) == ("acme", 30, 1)
    assert told("companies", "preview", "shares").startswith("shares: names the company in 1 of 1 articles")
    assert "no company of the watch list" in refused("companies", "preview", "x", "--company", "nobody")


def test_a_listing_is_imported(told: Run, refused: Run, project: Path) -> None:
    watch(project, "id,name,aliases\n000002.SZ,万科,Vanke\nacme,Acme,\n")
    (project / "list.csv").write_text(
        "ts_code,symbol,name\n000002.SZ,000002,万科A\n600519.SH,600519,贵州茅台\n"
    )
    assert told("companies", "import", "list.csv", "--json")["added"] == 1
    assert told("companies", "import", "list.csv", "--json")["added"] == 0
    assert [
        one["company_id"] for one in told("companies", "find", "Vanke与贵州茅台", "--json")["mentions"]
    ] == [
        "000002.SZ",
        "600519.SH",
    ]
    assert "0 added, 1 replaced; 3 companies" in told("companies", "import", "list.csv", "--replace")
    assert not told("companies", "find", "Vanke", "--json")["mentions"]
    assert "no such file" in refused("companies", "import", "missing.csv")


def test_stored_articles_are_linked_anew(told: Run, project: Path) -> None:
    watch(project, "id,name\nacme,Acme Mills\n")
    told("poll", code=1)  # one of the sources is broken
    assert told("companies", "relink", "--json") == {"read": 1, "changed": 0}
    watch(project, "id,name,aliases\nacme,Acme Mills,profit\n")
    assert told("companies", "relink") == "1 articles read; the mentions of 1 changed\n"
    assert told("companies", "relink", "--days", "9", "--json") == {"read": 1, "changed": 0}


# --- rules and replay -----------------------------------------------------------------------


def _archive(weeks: int) -> str:
    """News of two companies, some of it bad, and at the end of it a scandal."""
    rows = ["title,date,url"]
    rng = random.Random(1)
    start = datetime(2008, 1, 7, 8, tzinfo=UTC)
    for number in range(weeks * 14):
        at = start + timedelta(hours=12 * number, minutes=rng.randrange(300))
        name = rng.choice(("Halvorsen", "Meridian Steel"))
        what = "plunge after fraud probe" if rng.random() < 0.2 else "report record profit growth"
        rows.append(f"{name} shares {what} number {number},{at.isoformat()},https://a.example/{number}")
    scandal = start + timedelta(weeks=weeks - 1, hours=5)
    for number in range(9):
        at = scandal + timedelta(minutes=25 * number)
        said = (
            f"Meridian Steel {rng.choice(('auditor', 'chief', 'union', 'bank'))} {number * 7919} fraud probe"
        )
        rows.append(f"{said} and heavy losses {number},{at.isoformat()},https://a.example/s{number}")
    return "\n".join(rows) + "\n"


def test_rules_are_replayed_over_an_archive(project: Path, told: Run, refused: Run) -> None:
    (project / "old.csv").write_text(_archive(34))
    (project / "then.csv").write_text("id,name\nhalvorsen,Halvorsen\nmeridian,Meridian Steel\n")
    told("import", "old.csv", "--as-history", "--source", "wire", "--watchlist", "then.csv")
    (project / "mine.toml").write_text('[rules.loud]\nscopes = ["company"]\nbudget = 0.02\n')
    (project / "events.csv").write_text(
        "company,date,aliases\nMeridian Steel,2008-08-25,\nHalvorsen,2008-08-25,\nNobody,2008-08-25,\n"
    )
    replay = ("replay", "--from", "2008-08-04", "--to", "2008-09-01", "--rules", "mine.toml")
    found = told(*replay, "--events", "events.csv", "--json")
    [alert] = found["alerts"]
    assert (alert["rule"], alert["scope"]) == ("loud", {"kind": "company", "name": "meridian"})
    assert alert["about"] == "meridian" or alert["about"] == "Meridian Steel"
    assert alert["p"] == pytest.approx(10 ** -alert["score"], rel=0.01)
    assert alert["opened_at"].startswith("2008-08-25T") and alert["observed"] > alert["expected"]
    assert alert["first_title"].startswith("Meridian Steel") and len(alert["article_ids"]) >= 3
    assert (found["weeks"], found["alerts_per_week"], found["budget"]) == (4, 0.25, 0.02)
    meridian, halvorsen, nobody = sorted(found["events"], key=lambda one: one["name"] != "Meridian Steel")
    assert meridian["alert"] == alert["id"] and 0 <= meridian["delay_hours"] < 24
    assert halvorsen["alert"] == nobody["alert"] == ""
    assert all(cut["rule"] == "loud" for cut in found["cuts"]) and len(found["cuts"]) >= 4
    assert told(*replay, "--events", "events.csv", "--json") == found, (
        "it writes nothing, and always says the same"
    )
    events_told = found["events_told"]
    assert found["shares"][0][:3] == ["events told", events_told["part"], events_told["whole"]]
    text = told(*replay, "--events", "events.csv")
    assert "Meridian Steel" in text
    (line,) = [line for line in text.splitlines() if "events told" in line]
    shown = [float(word) for word in line.split()[2:]]
    assert shown[:2] == [events_told["part"], events_told["whole"]] and len(shown) == 4
    tried = told("rules", "try", "mine.toml", "--weeks", "520", "--json")
    [loud] = tried["rules"]
    assert loud["rule"] == "loud" and loud["before"] is None and loud["after"]["budget"] == 0.02
    (project / "other.csv").write_text("id,name\nhalvorsen,Halvorsen\n")
    assert told(*replay, "--watchlist", "other.csv", "--json")["alerts"] == []
    # A company that nobody watched then is found in what was told, as if it had been watched.
    (project / "other.csv").write_text("id,name\nhalvorsen,Halvorsen\nsteel,Meridian Steel\n")
    [other] = told(*replay, "--watchlist", "other.csv", "--json")["alerts"]
    assert other["scope"] == {"kind": "company", "name": "steel"}
    assert [other[key] for key in ("opened_at", "article_ids", "cut")] == [
        alert[key] for key in ("opened_at", "article_ids", "cut")
    ]
    # As if the model had judged all the time, which it did.
    model = refused(*replay, "--model", "nobody").rpartition(" ")[2]
    [same] = told(*replay, "--model", model, "--json")["alerts"]
    assert same == alert
    assert "leave one of them out" in refused(*replay, "--model", model, "--as-judged")
    assert told(*replay, "--budget", "0.01", "--json")["budget"] == 0.01
    assert "above 0" in refused(*replay, "--budget", "0")
    assert "nothing between" in refused("replay", "--from", "2008-09-01", "--to", "2008-09-01")


def test_rules_are_listed_and_checked(project: Path, told: Run, refused: Run) -> None:
    assert "nothing has been counted yet" in refused("replay")
    shipped = told("rules", "list", "--json")
    assert [one["name"] for one in shipped] == ["surge", "share", "buildup", "market"]
    assert "surge" in told("rules", "list") and told("rules", "check").startswith("4 rules: surge")
    (project / "mine.toml").write_text('[rules.a]\ndetector = "none"\n')
    assert "mine.toml" in refused("rules", "check", "mine.toml")
    (project / "mine.toml").write_text("[web]\nport = 1\n")
    assert refused("rules", "check", "mine.toml") == "mine.toml: there is no [rules.NAME] table"
    (project / "mine.toml").write_text('[rules.a]\nscopes = ["country"]\n')
    assert "mine.toml: [rules.a] scopes: expected one of both, company, topic, all" in refused(
        "rules", "check", "mine.toml"
    )
    (project / "mine.toml").write_text("[rules.a]\nbudget = 0\n")
    assert "[rules.a] budget: " in refused("rules", "check", "mine.toml")
    (project / "mine.toml").write_text("[rules.a]\n[rules.a]\n")
    assert "mine.toml" in refused("rules", "check", "mine.toml")


TRIAL = """\
weeks = 3
[[series]]
name = "company:acme"
usual = 2.0
hours = "0x5 3 9 0x5"
[[alerts]]
rule = "surge"
series = "company:acme"
hours = [5, 6]
"""


def test_rules_are_tried_on_made_up_counts(project: Path, told: Run, refused: Run) -> None:
    (project / "rules.toml").write_text('[rules.surge]\nscopes = ["company"]\n')
    (project / "good.toml").write_text(TRIAL)
    (project / "bad.toml").write_text(TRIAL.replace('"surge"', '"other"'))
    found = told("rules", "test", "good.toml", "--rules", "rules.toml", "--json")
    assert found["passed"] and found["missing"] == found["unexpected"] == []
    assert [one["series"] for one in found["opened"]] == ["company:acme"]
    said = told("rules", "test", "bad.toml", "--rules", "rules.toml", code=1)
    assert "expected, and did not open: other on company:acme in hours 5 to 6" in said
    assert "opened, and was not expected: surge on company:acme in hour" in said
    for wrong, why in (
        ("usual = -1", "[series.0] usual: expected greater than or equal to 0, found -1"),
        ('hours = "many"', "[series.0] hours: expected numbers and runs of them, such as '0x20 5 9'"),
        ("often = 3", "[series.0] often: unknown key; known keys: name, usual, hours"),
    ):
        (project / "odd.toml").write_text(f'[[series]]\nname = "company:acme"\n{wrong}\n')
        assert why in refused("rules", "test", "odd.toml")
    (project / "odd.toml").write_text('[[series]]\nname = "firm:acme"\n')
    assert "expected all, topic:NAME, company:ID" in refused("rules", "test", "odd.toml")
