"""What Ray Serve costs against a host of one machine, and how long it is away when parts of it are killed.

Overhead: the shipped model behind `monitor.classification.hosting` and behind Ray Serve, one copy of one
thread each, both over HTTP on loopback. So many callers ask without pause, each for one text at a time or
for 32; from the question to the answer, and texts a second.

Kills: two Ray nodes on this machine (`ray.cluster_utils`), a replica on each. While four callers ask without
pause, a replica, Serve's controller, the proxy and the node that is not the head are killed in turn. Away is
the longest time in which no caller was answered. Callers ask again for 30 s what died on its way, as
workers do for 10 s; lost is what was not answered then, and mixed what more than one version answered. Every
answer is held against what this process says of the same text alone.

    python -m benchmarks.cluster --out benchmarks/results/cluster.json
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from benchmarks.machine import command, describe, hand_over, rounded
from monitor import config
from monitor.classification import champion, hosting, manifest, replicas, rollout
from monitor.classification.remote import RemoteClassifier
from monitor.classification.told import ToldClassifier, Version
from monitor.classification.wire import Address
from monitor.executor import errands
from monitor.extensions.instances import Instances
from monitor.records import Article, Prediction
from monitor.registry import Registry
from monitor.settings import Settings
from monitor.testing import make_article
from tests.executor import standing

CALLERS = (1, 8, 32)
SIZES = (1, 32)
KILLED = {"replica": "ray::ServeReplica", "controller": "ray::ServeController", "proxy": "ray::ProxyActor"}
WORDS = (
    *("Acme Bank reports a record profit", "Regulator fines Acme over mis-sold loans"),
    *("阿克米银行第三季度亏损扩大", "央行维持利率不变，市场反应平淡", "Shares slide as the outlook is cut"),
    *("公司宣布回购股份", "Talks on the merger go on", "工厂火灾导致停产，损失尚在评估"),
)


def texts(number: int, start: int) -> list[Article]:
    """Different ones for every start: nothing is answered from memory."""
    return [make_article(f"{WORDS[n % len(WORDS)]} {n}") for n in range(start, start + number)]


def local(settings: Settings) -> tuple[ToldClassifier, Version]:
    """The shipped model in this process, and its version."""
    folder = champion.shipped_folder(settings.classifier.model, settings.directory)
    version = Version("shipped", str(folder.resolve()), manifest.digest(folder))
    found = ToldClassifier(Instances(settings, Registry.of(settings)).classifier, folder)
    found.tell(version)
    return found, version


@dataclass
class Callers:
    """Threads that ask without pause for so many texts at a time; `finished` are moments of answers."""

    client: RemoteClassifier
    number: int
    size: int
    seconds: list[float] = field(default_factory=list)
    finished: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    answers: list[tuple[list[Article], Sequence[Prediction]]] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Callers:
        self._threads = [threading.Thread(target=self._call, args=(n,)) for n in range(self.number)]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        for thread in self._threads:
            thread.join()

    def _call(self, number: int) -> None:
        turn = number * 1_000_000
        while not self.over.is_set():
            asked = texts(self.size, turn)
            turn += self.size
            began = time.monotonic()
            try:
                found = self.client.classify(asked)
            except Exception as error:  # whatever it is, it was not answered
                self.errors.append(str(error)[:200])
                continue
            at = time.monotonic()
            self.seconds.append(at - began)
            self.finished.append(at)
            if self.number == 4:
                self.answers.append((asked, found))


def speeds(
    clients: dict[str, RemoteClassifier], callers: int, size: int, seconds: float, turns: int
) -> dict[str, dict[str, Any]]:
    """What so many callers see of each; in turns, so that what else the machine does meets both."""
    done: dict[str, list[float]] = {name: [] for name in clients}
    took = dict.fromkeys(clients, 0.0)
    errors = dict.fromkeys(clients, 0)
    for turn in range(2 * turns):
        for name, client in [*clients.items()][:: 1 if turn % 2 else -1]:
            client.classify(texts(size, 0))
            began = time.monotonic()
            with Callers(client, callers, size) as load:
                load.over.wait(seconds / 2)
            took[name] += time.monotonic() - began
            done[name] += load.seconds
            errors[name] += len(load.errors)
    return {name: seen(callers, size, done[name], took[name], errors[name]) for name in clients}


def seen(callers: int, size: int, done: list[float], took: float, errors: int) -> dict[str, Any]:
    return {
        "callers": callers,
        "texts": size,
        "requests": len(done),
        "p50_ms": rounded(np.quantile(done, 0.5) * 1000),
        "p95_ms": rounded(np.quantile(done, 0.95) * 1000),
        "texts_per_second": rounded(len(done) * size / took),
        "errors": errors,
    }


@contextlib.contextmanager
def host(settings: Settings) -> Iterator[RemoteClassifier]:
    """The present host, in a process of its own."""
    port = standing.free_port()
    child = subprocess.Popen([sys.executable, "-m", "benchmarks.cluster", "--host", str(port)])
    address = Address(host="127.0.0.1", port=port)
    try:
        until(lambda: rollout.answer(address) is not None)
        yield RemoteClassifier(address)
    finally:
        child.send_signal(signal.SIGTERM)
        child.wait()


def until(true: Callable[[], bool], seconds: float = 300.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            raise TimeoutError
        time.sleep(0.1)


@dataclass
class Nodes:
    """Two nodes of `ray.cluster_utils`, in a process that is asked line by line: no driver lives here."""

    process: subprocess.Popen[str]

    def ask(self, line: str) -> str:
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        while not (said := self.process.stdout.readline()).startswith("done"):
            if not said:
                raise RuntimeError("the nodes are gone")
        return said.removeprefix("done").strip()

    def kill(self, part: str) -> None:
        if part == "node":
            self.ask("kill")
            return
        every = psutil.Process(self.process.pid).children(recursive=True)
        title = KILLED[part]
        next(one for one in every if " ".join(one.cmdline()).startswith(title)).kill()


def hold_nodes() -> None:
    """The process of the nodes."""
    from ray.cluster_utils import Cluster

    cluster = Cluster(
        initialize_head=True,
        head_node_args={"num_cpus": 1, "object_store_memory": 100_000_000, "include_dashboard": False},
    )
    other = cluster.add_node(num_cpus=1, object_store_memory=100_000_000)
    for line in sys.stdin:
        if line.strip() == "kill":
            cluster.remove_node(other, allow_graceful=False)
        elif line.strip() == "add":
            other = cluster.add_node(num_cpus=1, object_store_memory=100_000_000)
        print("done", cluster.address, flush=True)
    cluster.shutdown()


@contextlib.contextmanager
def two_nodes(environ: dict[str, str]) -> Iterator[tuple[Nodes, str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.cluster", "--nodes"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, **environ},
    )
    nodes = Nodes(process)
    try:
        yield nodes, nodes.ask("where")
    finally:
        every = psutil.Process(process.pid).children(recursive=True)
        assert process.stdin is not None
        process.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(30)
        for one in [*every, *([] if process.poll() is not None else [process])]:
            with contextlib.suppress(psutil.NoSuchProcess):
                one.kill()


def kills(settings: Settings, number: int, pause: float) -> dict[str, Any]:
    """Kill part after part under load."""
    mine, version = local(settings)
    environ = head_environ()
    done = []
    with two_nodes(environ) as (nodes, address):
        cluster = settings.cluster.model_copy(
            update={"address": address, "min_replicas": 2, "max_replicas": 2}
        )
        asked = rollout.asked(cluster, replicas.carried(settings), version)
        errands.run("deploy", asked, environ=environ)
        client = RemoteClassifier(Address.served(cluster.http, ()), patience_seconds=30)
        with Callers(client, 4, 1) as load:
            for turn in range(number):
                part = ("replica", "controller", "node", "proxy")[turn % 4]
                load.over.wait(pause)
                at = time.monotonic()
                nodes.kill(part)
                load.over.wait(pause)
                with contextlib.suppress(TimeoutError):
                    until(lambda: time.monotonic() - load.finished[-1] < 0.5)
                moments = [at, *(one for one in list(load.finished) if one >= at)]
                away = max(np.diff([*moments, time.monotonic()]))
                done.append({"killed": part, "away_seconds": rounded(away)})
                print(done[-1], file=sys.stderr)
                if part == "node":
                    nodes.ask("add")
        mixed, labels, far = 0, 0, []
        for articles, found in load.answers:
            mixed += len({one.model for one in found}) != 1
            for one, other in zip(found, mine.classify(articles), strict=True):
                labels += one.label != other.label
                far.append(max(abs(one.sentiment[name] - other.sentiment[name]) for name in one.sentiment))
    return {
        "kills": done,
        "answers": len(load.answers),
        "lost": len(load.errors),
        "errors": sorted(set(load.errors))[:5],
        "mixed": mixed,
        "other_label": labels,
        "beyond_1e-4": sum(one > 1e-4 for one in far),
        "largest_difference": rounded(max(far)),
    }


def head_environ() -> dict[str, str]:
    return standing.Head(Path()).environ


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=10.0, help="of each part of the overhead")
    parser.add_argument("--turns", type=int, default=1, help="of each part")
    parser.add_argument("--kills", type=int, default=12)
    parser.add_argument("--pause", type=float, default=12.0, help="seconds before a kill, and after it")
    parser.add_argument("--host", type=int, default=0, help=argparse.SUPPRESS)
    parser.add_argument("--nodes", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, help="write the result as JSON to this file")
    options = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = "1"
    if options.nodes:
        hold_nodes()
        return
    folder = Path(tempfile.mkdtemp(prefix="b"))
    port = standing.free_port()
    (folder / "config.toml").write_text(
        f'[classifier]\nhost = "ray"\n[cluster]\nhttp = "http://127.0.0.1:{port}"\n', "utf-8"
    )
    settings = config.load(folder / "config.toml", {})
    if options.host:
        hosting.serve(local(settings)[0], Address(host="127.0.0.1", port=options.host))
        return
    overhead: dict[str, list[dict[str, Any]]] = {"host": [], "serve": []}
    plan = [(callers, size) for size in SIZES for callers in CALLERS]
    try:
        with host(settings) as hosted, standing.head() as head:
            cluster = settings.cluster.model_copy(update={"address": head.address})
            asked = rollout.asked(cluster, replicas.carried(settings), local(settings)[1])
            errands.run("deploy", asked, environ=head.environ)
            clients = {"host": hosted, "serve": RemoteClassifier(Address.served(cluster.http, ()))}
            for one in plan:
                for name, row in speeds(clients, *one, options.seconds, options.turns).items():
                    overhead[name].append(row)
        killed = kills(settings, options.kills, options.pause)
    finally:
        shutil.rmtree(folder)
    result = {
        "benchmark": "cluster",
        "command": command(parser, options),
        **describe("ray", "torch", "starlette"),
        "load_before": rounded(os.getloadavg()[0]),
        "overhead": overhead,
        "kills": killed,
    }
    hand_over(result, options.out)


if __name__ == "__main__":
    main()
