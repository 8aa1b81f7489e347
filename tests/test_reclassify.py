"""`monitor reclassify` from its words to the store: wherever it is done, and killed in the middle of it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from monitor import config
from monitor.app import Monitor
from monitor.classification import manifest
from monitor.cli import main
from monitor.errors import ModelError, NotFoundError, StoppedError, UserError
from monitor.records import SENTIMENTS, Example
from monitor.store import audit, models, open_store, reclassifications
from monitor.store.schema import predictions
from monitor.testing import EXAMPLES, FakeClassifier, make_snapshot

PLUGIN = """
import os, time
from dataclasses import dataclass
from monitor import hookimpl
from monitor.testing import FakeClassifier

@dataclass
class Slow(FakeClassifier):
    slow: float = 0.0
    kind = "fake"

    def classify(self, articles):
        time.sleep(self.slow)
        return super().classify(articles)

@hookimpl
def register_classifiers():
    return [Slow]
"""
CONFIG = """
plugins_dir = "mine"
[classifier]
kind = "fake"
model = "{model}"
slow = {slow}
[bulk]
executor = "{executor}"
workers = 2
threads = 1
[routing]
threshold = 0.9
"""
WORDS = ("profit", "loss", "record", "fraud", "merger", "court", "shares", "fall", "rise", "bond")
NUMBER = 70  # more than a batch


def fitted(folder: Path, shift: int) -> None:
    """A version that says `shift` classes beside what the examples say."""
    said = [
        Example(one.text, SENTIMENTS[(SENTIMENTS.index(one.sentiment) + shift) % 3], one.topics)
        for one in EXAMPLES
        if one.sentiment
    ]
    FakeClassifier().fit(make_snapshot(said), None, folder, lambda what, done, total: None)
    manifest.seal(folder)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What version first judged; second is to serve."""
    folder = tmp_path_factory.mktemp("archive") / "one"
    (folder / "mine").mkdir(parents=True)
    (folder / "mine" / "reclassify_test_plugin.py").write_text(PLUGIN)
    fitted(folder / "first", 0)
    fitted(folder / "second", 1)
    rows = [
        {
            "title": f"{WORDS[n % 10]} {WORDS[n * 7 % 10]} number {n}",
            "published_at": f"2026-01-{n % 28 + 1:02}",
        }
        for n in range(NUMBER)
    ]
    (folder / "news.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    configured(folder, "first")
    with Monitor.open(config.load(folder / "config.toml", {})) as monitor:
        monitor.import_file(folder / "news.jsonl", "news")
        assert monitor.classify_pending() == NUMBER
    configured(folder, "second")
    return folder


@pytest.fixture
def project(archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it, where commands begin."""
    for name in [name for name in os.environ if name.startswith("MONITOR_")]:
        monkeypatch.delenv(name)
    shutil.copytree(archive, tmp_path / "one")
    monkeypatch.chdir(tmp_path / "one")
    return tmp_path / "one"


def configured(folder: Path, model: str, executor: str = "inline", slow: float = 0.0) -> None:
    text = CONFIG.format(model=model, executor=executor, slow=slow)
    (folder / "config.toml").write_text(text)


def said(folder: Path) -> list[Any]:
    """All that was ever said of the articles."""
    store = open_store(f"sqlite:///{folder}/data/monitor.db")
    try:
        with store.read() as tx:
            what = (predictions.c.article_id, predictions.c.model, predictions.c.sentiment)
            more = (predictions.c.topics, predictions.c.route, predictions.c.current)
            return list(tx.execute(select(*what, *more).order_by(*what[:2])))
    finally:
        store.close()


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[str, str]]:
    def run(*arguments: str, code: int = 0) -> tuple[str, str]:
        capsys.readouterr()
        assert main(arguments) == code, capsys.readouterr().err
        out, err = capsys.readouterr()
        return out, err

    return run


Told = Callable[..., tuple[str, str]]


def test_it_is_the_same_to_the_bit_wherever_it_is_done(
    project: Path, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = project.parent / "two"
    shutil.copytree(project, other)
    out, _ = told("reclassify")
    assert out.startswith(f"{NUMBER} articles judged again under shipped-")
    monkeypatch.chdir(other)
    configured(other, "second", "processes")
    told("reclassify")
    assert said(project) == said(other)
    assert len(said(other)) == 2 * NUMBER
    assert [one.current for one in said(other)].count(True) == NUMBER
    assert told("reclassify")[0].startswith("0 articles"), "nothing is judged twice"
    shown = json.loads(told("reclassify", "--status", "--json")[0])
    assert [(one["state"], one["total"]) for one in shown] == [("done", 0), ("done", NUMBER)]


def test_killed_in_the_middle_it_goes_on(project: Path, told: Told) -> None:
    configured(project, "second", slow=0.4)
    running = subprocess.Popen(
        [sys.executable, "-m", "monitor", "reclassify"], cwd=project, start_new_session=True
    )
    store = open_store(f"sqlite:///{project}/data/monitor.db")
    try:
        for _ in range(600):
            with store.read() as tx:
                active = reclassifications.active(tx)
            if active is not None and 0 < active.judged < NUMBER:
                break
            time.sleep(0.05)
        running.send_signal(signal.SIGKILL)
        running.wait()
        configured(project, "second")
        _, err = told("reclassify", code=1)
        assert "was not finished: go on with `monitor reclassify --resume`" in err
        out, _ = told("reclassify", "--resume")
        assert out.startswith(f"{NUMBER} articles judged again")
        with store.read() as tx:
            [run] = reclassifications.all(tx, 5)
            serving = models.champion(tx)
            entries = [one for one in audit.page(tx, limit=50) if one.action.startswith("model.reclass")]
        assert (run.state, run.judged, run.total) == ("done", NUMBER, NUMBER)
        assert serving is not None and {one.target for one in entries} == {serving.id}
        assert [one.action for one in entries] == ["model.reclassified", "model.reclassify"]
        assert entries[0].detail["judged"] == NUMBER
    finally:
        store.close()
    rows = said(project)
    assert len(rows) == len({(one.article_id, one.model) for one in rows}) == 2 * NUMBER


def test_mistakes_are_one_line(project: Path) -> None:
    with Monitor.open(config.load(project / "config.toml", {})) as monitor:
        monitor.served.register()
        with monitor.store.read() as tx:
            first = next(one.id for one in models.all(tx) if one.path.endswith("first"))
        with pytest.raises(NotFoundError, match="'none-such': no such version"):
            monitor.reclassify("none-such")
        with pytest.raises(UserError, match=f"{first} is retired"):
            monitor.reclassify(first)
        with pytest.raises(UserError, match="sources with articles: news"):
            monitor.reclassify(source="nowhere")
        with pytest.raises(NotFoundError, match="nothing was interrupted"):
            monitor.resume_reclassification()
        with pytest.raises(NotFoundError, match="nothing was interrupted"):
            monitor.cancel_reclassification()
        monitor._stopping.set()
        with pytest.raises(StoppedError):
            monitor.reclassify()
        assert monitor.cancel_reclassification(user="ada").state == "stopped"
        (project / "second" / "words.json").write_text("{}")
        with pytest.raises(ModelError, match=r"cannot judge the archive: .*damaged"):
            monitor.reclassify()
    assert main(("reclassify", "--resume", "--source", "news")) == 2
