"""Ray: what is deployed on a cluster, and what is known of one. The only module that imports ray.

A process that is connected to a cluster (a driver, in Ray's words) dies with its head. So nothing here is
called by a process that serves, polls or watches: `monitor.classification.rollout` calls it in a child that
may die, and whoever wants articles judged speaks HTTP to Serve.

Nothing calls home: usage statistics are off. A cluster without RAY_AUTH_MODE=token is refused, because
whoever reaches it runs what they like on it. No text gets into Ray's logs: replicas keep no access log, and
what they raise names no text (`monitor.classification.told`).
"""

from __future__ import annotations

import base64
import hashlib
import importlib
import json
import logging
import os
import pickle
import platform
import queue
import re
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Protocol

from monitor.errors import ModelError, MonitorError, UserError
from monitor.executor import AHEAD, ATTEMPTS, opened, portable
from monitor.executor.driven import away, heard, lines, lost, speak
from monitor.messages import Message

os.environ["RAY_USAGE_STATS_ENABLED"] = "0"  # before ray is imported, which reads it then

try:
    import ray
    from ray import serve
    from ray._raylet import GcsClient
    from ray.exceptions import AuthenticationError, RayActorError, RayError
except ModuleNotFoundError as error:
    if (error.name or "").partition(".")[0] != "ray":
        raise
    raise UserError(Message("cluster.missing")) from None

APPLICATION = "classifier"
CHECKS = {"RAY_SERVE_PROXY_HEALTH_CHECK_PERIOD_S": "2"}
"""A proxy is given up after three checks it does not answer, and nobody is served meanwhile: Ray's own period
of 10 s makes it half a minute."""

NICE = 10
"""Bulk work gives way to what the news wait for, whatever else a node does."""

TOKEN = "token"
MODE = "RAY_AUTH_MODE"
_REFUSED = re.compile(r"monitor refused: ([A-Za-z0-9_=-]+)")


class Hosted(Protocol):
    """What a replica holds: an ASGI application, and a way to tell it what to serve."""

    app: Any

    def tell(self, told: Mapping[str, str]) -> None: ...


@dataclass(frozen=True, slots=True)
class Deployment:
    """What is to run: `kind` names the class of replicas ("package.module:Class"), `carried` is what each is
    made of, `told` what it is to serve; the rest as in `[cluster]`."""

    address: str
    host: str
    port: int
    kind: str
    carried: Mapping[str, Any]
    told: Mapping[str, str]
    min_replicas: int = 1
    max_replicas: int = 1
    cpus: float = 1.0
    gpus: float = 0.0
    queue: float = 4.0


class Told(Exception):
    """A refusal as it travels through Ray's own texts, which quote and cut as they like."""

    def __init__(self, why: str) -> None:
        node = ray.util.get_node_ip_address()
        text = why.encoded() if isinstance(why, Message) else why
        told = json.dumps({"node": node, "why": text}).encode()
        super().__init__("monitor refused: " + base64.urlsafe_b64encode(told).decode())


class Replica:
    """What Serve runs. What serves is exchanged in place (`reconfigure`), so that a new version needs no
    second place on the cluster, and no request waits for it."""

    def __init__(self, kind: str, carried: Mapping[str, Any]) -> None:
        _listen_on_one_address()
        module, _, name = kind.partition(":")
        try:
            self._hosted: Hosted = getattr(importlib.import_module(module), name)(carried)
        except MonitorError as error:
            raise Told(error.told) from None

    def reconfigure(self, told: Mapping[str, str]) -> None:
        """Serve's name for being told of another version."""
        try:
            self._hosted.tell(told)
        except MonitorError as error:
            raise Told(error.told) from None

    def __serve_build_asgi_app__(self) -> Any:
        return self._hosted.app


def _listen_on_one_address() -> None:
    """A replica has a server of its own for other replicas, on every address of the machine, and unpickles
    what comes. It is bound to the node's address here, which is where the others look for it."""
    from ray.serve._private import replica

    add_port = replica.add_port_to_grpc_server

    def bound(server: Any, address: str) -> Any:
        port = address.rpartition(":")[2]
        node = ray.util.get_node_ip_address()
        return add_port(server, f"[{node}]:{port}" if ":" in node else f"{node}:{port}")

    replica.add_port_to_grpc_server = bound


@contextmanager
def connected(address: str) -> Iterator[None]:
    """Within, this process is a driver of the cluster at `address` (HOST:PORT). Raises UserError in one line:
    no token, nobody there, other versions, no node on this machine."""
    if os.environ.get(MODE, "").lower() != TOKEN:
        raise UserError(Message("cluster.no_token"))
    try:
        theirs = json.loads(_metadata(address))
        ours = ray.__version__, platform.python_version()
        found = theirs["ray_version"], theirs["python_version"]
        if found != ours:
            raise UserError(versions(address, found, ours))
        ray.init(
            address=address,
            namespace="monitor",
            log_to_driver=False,
            logging_level=logging.ERROR,
            configure_logging=False,
        )
    except AuthenticationError:
        raise UserError(Message("cluster.refused", address=address)) from None
    except (RayError, RuntimeError, OSError, ValueError) as error:
        raise UserError(unconnected(address, str(error))) from None
    try:
        yield
    finally:
        ray.shutdown()


def versions(address: str, theirs: tuple[str, str], ours: tuple[str, str]) -> Message:
    """What is told of a cluster of other versions of Ray and Python than this process's."""
    return Message(
        "cluster.versions",
        address=address,
        ray=theirs[0],
        python=theirs[1],
        our_ray=ours[0],
        our_python=ours[1],
    )


def unconnected(address: str, reason: str) -> Message:
    """Why a cluster could not be joined, from Ray's own words for it."""
    if re.search(r"(?i)unauthenticated|auth(?:entication)? token|invalid token", reason):
        return Message("cluster.refused", address=address)
    line = " ".join(reason.split())[:300]
    if re.search(r"(?i)raylet|node_ip_address|find a node", reason):
        return Message("cluster.no_node", address=address, reason=line)
    return Message("cluster.failed", address=address, reason=line)


def deploy(wanted: Deployment) -> None:
    """Make what is `wanted` serve, and wait until it does. What runs already is told of another version in
    place; anything else that changed replaces the replicas one by one. Raises UserError, and ModelError
    where a node cannot load the model."""
    with connected(wanted.address):
        serve.start(
            proxy_location="HeadOnly",
            http_options={"host": wanted.host, "port": wanted.port},
            logging_config={"enable_access_log": False},
            controller_options={"runtime_env": {"env_vars": CHECKS}},
        )
        made = serve.deployment(
            name=APPLICATION,
            autoscaling_config={
                "min_replicas": wanted.min_replicas,
                "max_replicas": wanted.max_replicas,
                "target_ongoing_requests": wanted.queue,
            },
            user_config=dict(wanted.told),
            max_ongoing_requests=128,  # beyond it the line is the proxy's, of which this is the most
            max_queued_requests=1024,
            health_check_period_s=5,
            health_check_timeout_s=15,
            graceful_shutdown_timeout_s=30,
            max_constructor_retry_count=1,
            logging_config={"enable_access_log": False},
            ray_actor_options={"num_cpus": wanted.cpus, "num_gpus": wanted.gpus},
        )(serve.ingress()(Replica))
        # Ray draws a version by lot where there is none, and replaces every replica at each deployment.
        # (`serve.deployment(version=...)` was removed; without this line a new version is still rolled out,
        # by new replicas.)
        made._version = _digest(wanted)
        try:
            serve.run(made.bind(wanted.kind, dict(wanted.carried)), name=APPLICATION, route_prefix="/")
        except (RayError, RuntimeError) as error:
            raise _undeployed(wanted.address, error) from None


def _digest(wanted: Deployment) -> str:
    parts = [wanted.kind, dict(wanted.carried), wanted.cpus, wanted.gpus]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]


def _undeployed(address: str, error: Exception) -> MonitorError:
    """In one line: what a replica refused, or what Ray says."""
    told = [str(error)]
    application = serve.status().applications.get(APPLICATION)
    if application is not None:
        told += [application.message, *(one.message for one in application.deployments.values())]
    if found := _REFUSED.search("\n".join(told)):
        refusal = json.loads(base64.urlsafe_b64decode(found[1]))
        return ModelError(Message("cluster.node", node=refusal["node"], why=Message.decoded(refusal["why"])))
    lines = [line for line in str(error).splitlines() if line.strip()]
    return UserError(Message("cluster.failed", address=address, reason=(lines or [""])[-1][:300]))


def undeploy(address: str) -> None:
    """Take the classifier, and Serve, off the cluster. Raises UserError."""
    with connected(address):
        serve.shutdown()


def look(address: str) -> dict[str, Any]:
    """What a cluster is: `ray` and `python` of it, `nodes` alive, `cpus` and `gpus` of them together, and
    whether its head sends `usage` statistics. Raises UserError."""
    with connected(address):
        metadata = json.loads(_metadata(address))
        total = ray.cluster_resources()
        alive = [node for node in ray.nodes() if node["Alive"]]
        return {
            "ray": metadata["ray_version"],
            "python": metadata["python_version"],
            "usage": "git_commit" in metadata,  # what a head tells of itself only where it sends it
            "nodes": len(alive),
            "cpus": total.get("CPU", 0.0),
            "gpus": total.get("GPU", 0.0),
        }


def is_open(address: str) -> bool:
    """Whether the cluster at `address` answers who has no token. For a process whose RAY_AUTH_MODE was
    `disabled` before it began."""
    try:
        _metadata(address)
    except Exception:  # whatever it says, it did not let us in
        return False
    return True


def _metadata(address: str) -> bytes:
    found: bytes = GcsClient(address=address).internal_kv_get(b"CLUSTER_METADATA", b"cluster")
    return found


class Hand:
    """An actor: does batches as `executor.opened` does everywhere. What the work raises is a result, so that
    nothing of it gets into Ray's logs."""

    def __init__(self, paths: list[str], work: bytes, threads: int) -> None:
        os.nice(NICE)
        sys.path.extend(path for path in paths if path not in sys.path)
        self._work = work
        self._threads = threads
        self._do: Callable[[Any], Any] | None = None

    def do(self, batch: bytes) -> bytes:
        try:
            if self._do is None:
                self._do = opened(pickle.loads(self._work), self._threads)
            return pickle.dumps((True, self._do(pickle.loads(batch))))
        except Exception as error:
            return pickle.dumps((False, portable(error)))


def drive(channel: socket.socket, address: str, workers: int, threads: int) -> None:
    """A driver's whole life: it is given the work and batches over `channel`, and sends results back as they
    come, until the other end is closed. An actor that dies is replaced, and its batches are done again."""
    batches: queue.SimpleQueue[tuple[int, bytes] | None] = queue.SimpleQueue()
    told = heard(channel)
    paths, work = pickle.loads(next(told))

    def receive() -> None:
        for content in told:
            batches.put(pickle.loads(content))
        batches.put(None)

    threading.Thread(target=receive, daemon=True).start()
    try:
        with connected(address):
            _drive(channel, batches, workers, threads, (paths, work, threads))
    except RayError as error:
        speak(channel, None, away(Message("cluster.failed", address=address, reason=lines(error))))


def _drive(
    channel: socket.socket,
    batches: queue.SimpleQueue[tuple[int, bytes] | None],
    workers: int,
    threads: int,
    made_of: tuple[list[str], bytes, int],
) -> None:
    variables = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), str(threads))
    made = ray.remote(num_cpus=threads, max_restarts=0, runtime_env={"env_vars": variables})(Hand)
    hands: dict[int, Any] = {}
    under_way: dict[Any, tuple[int, int, bytes]] = {}  # a result to come -> the hand's place, number, batch
    waiting: list[tuple[int, bytes]] = []
    tries: dict[int, int] = {}
    while True:
        with suppress(queue.Empty):
            while True:
                given = batches.get(block=not waiting and not under_way)
                if given is None:
                    return
                waiting.append(given)
        while waiting:
            loads = {place: 0 for place in range(workers)}
            for place, _, _ in under_way.values():
                loads[place] += 1
            place = min(loads, key=lambda one: loads[one])
            if loads[place] >= AHEAD:
                break
            if place not in hands:
                hands[place] = made.remote(*made_of)
            number, batch = waiting.pop(0)
            under_way[hands[place].do.remote(batch)] = place, number, batch
        ready, _ = ray.wait(list(under_way), num_returns=1, timeout=0.2)
        for one in ready:
            if one not in under_way:  # its hand died with another batch
                continue
            place, number, batch = under_way.pop(one)
            try:
                speak(channel, number, ray.get(one))
            except RayActorError as error:
                tries[number] = tries.get(number, 0) + 1
                if tries[number] >= ATTEMPTS:
                    speak(channel, number, lost(number, lines(error)))
                else:
                    waiting.append((number, batch))
                hands.pop(place, None)
                for other, (its, n, given_batch) in list(under_way.items()):
                    if its == place:
                        del under_way[other]
                        waiting.append((n, given_batch))
                waiting.sort()


VERBS: Mapping[str, Callable[..., Any]] = {
    "deploy": lambda **asked: deploy(Deployment(**asked)),
    "undeploy": undeploy,
    "look": look,
    "is_open": is_open,
}
