"""Keys on the labelling queue in a real Chromium: what is stored, and how soon the next article is there.

    python -m benchmarks.keys --out benchmarks/results/keys.json

A server with a queue of `Article 1`, `Article 2`, ... is started, its page opened in Chromium, and keys are
pressed on it: single ones at seeded intervals of 0.05 to 0.5 s, some doubled 30 ms apart, some held down
for a second. The page is watched from outside of the component: PROBE notes every key with the article that
was on the screen when it went down, and every moment at which another article had been painted, which is
the second animation frame after the page's text changed, by that frame's own time. `judged` says which
answers must come of that: one for each press (not a repeat, not a key that was still down) on an article
painted `min_seen_ms` before, and that article's. It is compared with the labels in the store.
`key_to_next_article_ms` is from the key's own time stamp to the paint of the article after it.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import machine
from monitor import config
from monitor.app import Monitor
from monitor.desk import auth
from monitor.records import SENTIMENTS, Decision, Role, Route
from monitor.store import Tx, articles, labels, open_store, predictions, stories, tasks, users
from monitor.testing import make_article, make_prediction, newsroom
from monitor.web import application

if TYPE_CHECKING:
    from playwright.sync_api import Page

MIN_SEEN_MS = 250.0
DOUBLE_S = 0.03
HELD_S = 1.0
REPEAT_S = 0.033
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
PASSWORD = "correct horse"

PROBE = """
(() => {
  const probe = (window.probe = { keys: [], paints: [], events: [] });
  const onScreen = () => {
    const shown = [...document.querySelectorAll("article h2")].find((one) => one.checkVisibility());
    return shown ? shown.textContent : "";
  };
  let last = "";
  const look = () => {
    const title = onScreen();
    if (title === last) return;
    last = title;
    if (!title) return;
    requestAnimationFrame(() => requestAnimationFrame((at) => {
      if (onScreen() === title) probe.paints.push({ title, at });
    }));
  };
  const watch = () => new MutationObserver(look).observe(document.documentElement, {
    subtree: true, childList: true, characterData: true, attributes: true, attributeFilter: ["hidden"],
  });
  if (document.documentElement) watch();
  else document.addEventListener("readystatechange", watch, { once: true });
  for (const kind of ["keydown", "keyup"]) {
    window.addEventListener(kind, (event) => {
      const { code, key, repeat, timeStamp } = event;
      probe.keys.push({ kind, code, key, repeat, at: timeStamp, title: onScreen() });
    }, true);
  }
  new PerformanceObserver((list) => {
    for (const one of list.getEntries()) {
      if (one.name === "keydown") probe.events.push({ at: one.startTime, duration: one.duration });
    }
  }).observe({ type: "event", durationThreshold: 16, buffered: true });
})();
"""


@dataclass(frozen=True, slots=True)
class Judged:
    """What must come of the keys that a page saw.

    `answers` are (title, sentiment) in order; `refused` presses on articles that were not painted long
    enough; `repeats` of keys that were down. `waits` are the ms from each answer's key to the paint of the
    next article.
    """

    answers: Sequence[tuple[str, str]]
    refused: int
    repeats: int
    waits: Sequence[float]


def judged(probe: Mapping[str, Any], min_seen_ms: float = MIN_SEEN_MS) -> Judged:
    """Judge what PROBE saw, by the rule alone: nothing of the component's own is looked at."""
    answers: list[tuple[str, str]] = []
    waits: list[float] = []
    refused = repeats = 0
    down: set[str] = set()
    answered: set[str] = set()
    for key in probe["keys"]:
        if key["kind"] == "keyup":
            down.discard(key["code"])
            continue
        if key["repeat"] or key["code"] in down:
            repeats += 1
            continue
        down.add(key["code"])
        title, at = key["title"], key["at"]
        painted = [one["at"] for one in probe["paints"] if one["title"] == title and one["at"] <= at]
        seen = at - painted[-1] if painted else -1.0
        if not title or title in answered or seen < min_seen_ms:
            refused += 1
            continue
        answered.add(title)
        answers.append((title, SENTIMENTS[int(key["key"]) - 1]))
        after = [one["at"] for one in probe["paints"] if one["at"] > at and one["title"] != title]
        if after:
            waits.append(after[0] - at)
    return Judged(answers, refused, repeats, waits)


def serve(folder: Path, n: int) -> None:
    """Serve a monitor whose queue holds `n` articles, until interrupted; prints the address."""
    settings = config.load(newsroom.settle(folder), {})
    with Monitor.open(settings) as monitor:
        now = datetime.now(UTC)
        with monitor.store.begin() as tx:
            users.add(tx, "ada", auth.hash_password(PASSWORD, "ada"), Role.ANALYST, now)
            for number in range(1, n + 1):
                _open(tx, number, now)
        application.serve(monitor, ready=lambda url: print(url, flush=True))


def _open(tx: Tx, number: int, now: datetime) -> None:
    text = f"What article {number} says of the markets, of rates and of a company. " * 8
    article = make_article(
        f"Article {number} {text}",
        title=f"Article {number}",
        text=text,
        identity_key=hashlib.sha256(str(number).encode()).hexdigest(),
        published_at=now - timedelta(minutes=number),
        first_seen_at=now,
        story_id=stories.create(tx, now),
        language="en",
    )
    stored = articles.insert(tx, article)
    guess = make_prediction(0.4, 0.35, 0.25, topics={"market": 0.8})
    decision = Decision(Route.REVIEW, "confidence 0.40, threshold 0.75")
    predictions.put(tx, stored.id, guess, decision, ("market",), now)
    tasks.open_task(tx, stored.id, decision, 1 - number / 1e6, now)


def plan(seed: int, n: int) -> list[tuple[str, float, str]]:
    """`n` keys: what is done (press, double, hold), the seconds before it, and the key."""
    rng = random.Random(seed)
    keys = []
    for number in range(n):
        what = "hold" if number % 40 == 39 else "double" if number % 20 == 9 else "press"
        keys.append((what, rng.uniform(0.05, 0.5), rng.choice("123")))
    return keys


def strike(page: Page, keys: Sequence[tuple[str, float, str]]) -> None:
    """Do as planned, on the keyboard."""
    for what, wait, key in keys:
        time.sleep(wait)
        page.keyboard.press(key)
        if what == "double":
            time.sleep(DOUBLE_S)
            page.keyboard.press(key)
        if what == "hold":
            until = time.monotonic() + HELD_S
            page.keyboard.down(key)
            while time.monotonic() < until:
                time.sleep(REPEAT_S)
                page.keyboard.down(key)
            page.keyboard.up(key)


def measure(keys: int, seed: int) -> dict[str, Any]:
    from playwright import sync_api as playwright

    folder = Path(tempfile.mkdtemp(prefix="monitor-keys-"))
    command = [sys.executable, "-m", "benchmarks.keys", "--serve", str(folder), "--keys", str(keys)]
    load = os.getloadavg()[0]
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process,
        playwright.sync_playwright() as driver,
    ):
        try:
            assert process.stdout is not None
            url = next(line.strip() for line in iter(process.stdout.readline, "") if line.startswith("http"))
            chromium = shutil.which("chromium")
            browser = driver.chromium.launch(executable_path=chromium, headless=True, args=list(FLAGS))
            page = browser.new_page(viewport={"width": 1400, "height": 1000})
            version = browser.version
            page.add_init_script(PROBE)
            page.goto(f"{url}/queue")
            page.get_by_label("User name").fill("ada")
            page.get_by_label("Password").fill(PASSWORD)
            page.get_by_role("button", name="Log in").click()
            page.get_by_role("heading", name="Article 1", exact=True).wait_for()
            page.wait_for_timeout(3000)  # Streamlit has drawn what it draws
            strike(page, plan(seed, keys))
            page.locator(".mq-state:not(.mq-waits)").wait_for()
            page.wait_for_timeout(1000)
            probe = page.evaluate("window.probe")
            browser.close()
        finally:
            process.kill()
    store = open_store(f"sqlite:///{folder / 'data' / 'monitor.db'}")
    with store.read() as tx:
        stored = [(found.article.title, found.label.sentiment) for found in labels.current(tx)]
    store.close()
    shutil.rmtree(folder)
    return report(probe, stored, version, load)


def report(
    probe: Mapping[str, Any], stored: Sequence[tuple[str, str]], version: str, load: float
) -> dict[str, Any]:
    found = judged(probe)
    waits = sorted(found.waits)
    events = sorted(one["duration"] for one in probe["events"])
    presses = [key for key in probe["keys"] if key["kind"] == "keydown"]
    return {
        "min_seen_ms": MIN_SEEN_MS,
        "keys": {
            "down": len(presses),
            "repeats": found.repeats,
            "too_early": found.refused,
            "answers_due": len(found.answers),
        },
        "stored": {
            "labels": len(stored),
            "each_its_own": list(stored) == list(found.answers),
            "missing": len(set(found.answers) - set(stored)),
            "wrong": len(set(stored) - set(found.answers)),
        },
        "key_to_next_article_ms": {
            "median": _quantile(waits, 0.5),
            "p95": _quantile(waits, 0.95),
            "most": machine.rounded(waits[-1]),
            "count": len(waits),
        },
        "event_timing_ms": {
            "median": _quantile(events, 0.5),
            "p95": _quantile(events, 0.95),
            "count": len(events),
        },
        "load_before": machine.rounded(load),
        "chromium": version,
        **machine.describe("streamlit", "playwright"),
    }


def _quantile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of them does not exceed."""
    if not values:
        return 0.0
    place = max(0, -(-round(share * len(values) * 1e6) // 1_000_000) - 1)
    return machine.rounded(values[int(place)])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keys", type=int, default=200)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        serve(arguments.serve, arguments.keys + 20)
        return
    result = {"command": machine.command(parser, arguments), **measure(arguments.keys, arguments.seed)}
    machine.hand_over(result, arguments.out)


if __name__ == "__main__":
    main()
