"""Several processes on one database: nobody doubles work, and kill -9 loses nothing committed."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import text

from monitor.records import Article, Decision, Route
from monitor.store import Store, articles, stories, tasks

PREAMBLE = """
import json, sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from monitor.records import Article
from monitor.store import answers, articles, open_store, runs, stories, tasks

store = open_store(sys.argv[1])
name = sys.argv[2]
now = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

def publish(tx, key):
    story_id = stories.create(tx, now)
    stored = articles.insert(tx, Article(
        source="wire", title=key, text=key, content=key, url="", author="", language="en", published_at=now,
        first_seen_at=now, identity_key=key, content_hash=key, story_id=story_id,
    ))
    stories.join(tx, stored.story_id, "wire", now)
    return stored

with store.read() as tx:
    articles.count(tx)
print("ready", flush=True)
sys.stdin.readline()
"""


def start(program: str, url: str, name: str) -> subprocess.Popen[str]:
    """A process that has connected and waits for `go`."""
    return subprocess.Popen(
        [sys.executable, "-c", PREAMBLE + program, url, name],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def go(children: list[subprocess.Popen[str]]) -> None:
    for child in children:
        assert child.stdout is not None and child.stdout.readline() == "ready\n"
    for child in children:
        assert child.stdin is not None
        child.stdin.write("\n")
        child.stdin.flush()


def results(children: list[subprocess.Popen[str]]) -> list[list[list[object]]]:
    """What each printed, as JSON."""
    found = []
    for child in children:
        output, error = child.communicate(timeout=120)
        assert (child.returncode, error) == (0, "")
        found.append([json.loads(line) for line in output.splitlines()])
    return found


RACE = """
for number in range(20):
    with store.begin() as tx:
        stored = publish(tx, f"race-{number}")
    with store.begin() as tx:
        won = runs.claim(tx, "poll", number, name, now, 0.0)
    with store.begin() as tx:
        mine = replace(stored, id=0, source=name, story_id=1)
        articles.insert(tx, mine)
        stories.join(tx, 1, name, now)
    print(json.dumps(["item", number, stored.id]))
    if won:
        print(json.dumps(["slot", number]))
while True:
    with store.begin() as tx:
        claimed = tasks.next_tasks(tx, name, 3, now)
        for task in claimed:
            answers.answer(tx, task.id, name, "neutral", None, now)
    if not claimed:
        break
    for task in claimed:
        print(json.dumps(["task", task.id]))
"""


def test_two_processes_share_the_work(
    store: Store, store_url: str, publish: Callable[..., Article], now: datetime
) -> None:
    review = Decision(Route.REVIEW, "unsure")
    with store.begin() as tx:
        queued = [tasks.open_task(tx, publish(tx).id, review, 0.5, now) for _ in range(20)]
    children = [start(RACE, store_url, name) for name in ("ann", "bob")]
    go(children)
    ann, bob = results(children)
    # the same item has one id, whoever asked
    items = [{line[1]: line[2] for line in lines if line[0] == "item"} for lines in (ann, bob)]
    assert items[0] == items[1]
    assert len(set(items[0].values())) == 20
    # every slot and every task went to exactly one
    slots = Counter(line[1] for line in ann + bob if line[0] == "slot")
    assert slots == Counter(range(20))
    answered = Counter(line[1] for line in ann + bob if line[0] == "task")
    assert answered == Counter(task.id for task in queued if task)
    with store.read() as tx:
        assert articles.count(tx) == 20 + 20 + 2 * 20
        assert tasks.stats(tx)["labels"] == 20
        # one story was told by both at once, and counts every article and voice
        told, *others = stories.top(tx, now, 999)
        assert (told.id, told.reach, told.voices) == (1, 1 + 2 * 20, 3)
        assert (len(others), {story.reach for story in others}) == (39, {1})


DIE = """
for number in range(10_000):
    with store.begin() as tx:
        publish(tx, f"{name}-{number}")
        if number == 12:
            print("open", flush=True)
            sys.stdin.readline()
    print(f"{name}-{number}", flush=True)
"""


def test_kill_9_in_a_transaction_loses_nothing_committed(store: Store, store_url: str, now: datetime) -> None:
    child = start(DIE, store_url, "worker")
    go([child])
    assert child.stdout is not None
    committed = []
    for line in child.stdout:
        if line == "open\n":
            break
        committed.append(line.strip())
    child.send_signal(signal.SIGKILL)
    child.communicate(timeout=60)
    assert child.returncode == -signal.SIGKILL
    assert len(committed) == 12
    with store.begin() as tx:  # and its lock died with it
        assert all(articles.find(tx, "wire", key) for key in committed)
        assert articles.count(tx) == len(committed)
        if store.dialect == "sqlite":
            assert tx.scalar(text("PRAGMA integrity_check")) == "ok"
            tx.execute(text("INSERT INTO article_search (article_search) VALUES ('integrity-check')"))
