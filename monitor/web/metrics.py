"""What /metrics tells Prometheus. Numbers only: no text, no name of a source, company or user,
so that the page can stay open to a scraper."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.gc_collector import GCCollector
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from monitor.records import OPEN, DeliveryState
from monitor.schedule import holdings
from monitor.schedule.clocks import utcnow
from monitor.store import (
    Store,
    alerts,
    articles,
    audit,
    caseload,
    clock,
    deliveries,
    leases,
    processes,
    samples,
    sources,
    tasks,
    vectors,
)
from monitor.store.integrity import Health

_MANY = 10_000


class StoreCollector(Collector):
    """Reads the store whenever it is scraped."""

    def __init__(self, store: Store, health: Callable[[], Health], now: Callable[[], datetime]) -> None:
        self.store = store
        self.health = health
        self.now = now

    def collect(self) -> Iterator[Metric]:
        with self.store.read() as tx:
            stored, shipped = articles.count(tx, sample=False), articles.count(tx, sample=True)
            queue = tasks.stats(tx)
            sample = samples.counted(tx)
            open_alerts = [alert.state for alert in alerts.page(tx, OPEN, _MANY, include_sample=sample)]
            late = caseload.overdue(tx, self.now(), include_sample=sample)
            outbox = [d.state for d in deliveries.all(tx, (DeliveryState.PENDING, DeliveryState.DEAD), _MANY)]
            status = sources.all(tx)
            recorded = audit.head(tx).entries
            seconds, steps, told = clock.seconds(tx), clock.steps(tx), clock.told(tx)
            living = processes.all(tx)
            held = leases.holders(tx, holdings.SOURCE)
            kept = vectors.sizes(tx)
        yield from self._file()
        yield CounterMetricFamily("monitor_audit_entries", "Entries in the audit", value=recorded)
        yield CounterMetricFamily("monitor_articles", "Articles of real sources stored", value=stored)
        yield CounterMetricFamily("monitor_sample_articles", "Articles of the sample stored", value=shipped)
        yield CounterMetricFamily("monitor_labels", "Labels given and not withdrawn", value=queue["labels"])
        yield GaugeMetricFamily("monitor_tasks_open", "Tasks in the labelling queue", value=queue["open"])
        states = GaugeMetricFamily("monitor_alerts", "Open alerts", labels=["state"])
        for state in OPEN:
            states.add_metric([str(state)], open_alerts.count(state))
        yield states
        yield GaugeMetricFamily(
            "monitor_alerts_overdue", "Open alerts not acknowledged, or not over, in time", value=late
        )
        messages = GaugeMetricFamily("monitor_deliveries", "Messages not delivered", labels=["state"])
        for waiting in (DeliveryState.PENDING, DeliveryState.DEAD):
            messages.add_metric([str(waiting)], outbox.count(waiting))
        yield messages
        failing = sum(source.consecutive_failures > 0 for source in status)
        yield GaugeMetricFamily("monitor_sources", "Sources ever polled", value=len(status))
        yield GaugeMetricFamily("monitor_sources_failing", "Sources whose last poll failed", value=failing)
        unusable = sum(source.malformed for source in status)
        yield GaugeMetricFamily(
            "monitor_items_malformed",
            "Items of the last polls that could not be used",
            value=unusable,
        )
        if any(source.last_polled_at for source in status):
            age = max(0.0, seconds - max(source.polled for source in status))
            yield GaugeMetricFamily("monitor_last_poll_age_seconds", "Since any source was polled", value=age)
        yield CounterMetricFamily("monitor_clock_seconds", "The store's own clock", value=seconds)
        yield CounterMetricFamily("monitor_clock_steps", "Times that a wall clock was set", value=told)
        last = steps[-1].by if steps else 0.0
        yield GaugeMetricFamily(
            "monitor_clock_last_step_seconds", "By how much the last time (back: negative)", value=last
        )
        yield GaugeMetricFamily("monitor_processes", "Processes at work", value=len(living))
        workers = sum(one.role in holdings.ROLES for one in living)
        yield GaugeMetricFamily("monitor_workers", "Processes that poll on schedule", value=workers)
        yield GaugeMetricFamily("monitor_sources_held", "Sources that one of them polls", value=len(held))
        vectors_kept, size = sum(one.vectors for one in kept), sum(one.bytes for one in kept)
        yield GaugeMetricFamily("monitor_vectors", "Vectors of texts kept", value=vectors_kept)
        yield GaugeMetricFamily("monitor_vectors_bytes", "What they hold", value=size)

    def _file(self) -> Iterator[Metric]:
        """What the check of the database's file found; nothing while that is not known."""
        health = self.health()
        if health.state not in ("whole", "damaged") or health.checked_at is None:
            return
        whole = float(health.state == "whole")
        yield GaugeMetricFamily("monitor_store_whole", "1: the database's file is whole", value=whole)
        at = health.checked_at.timestamp()
        yield GaugeMetricFamily("monitor_store_checked_timestamp_seconds", "When it was checked", value=at)


class Metrics:
    """One server's metrics: the store's, the process's, and the requests this server answered."""

    def __init__(
        self,
        store: Store,
        health: Callable[[], Health] = Health,
        now: Callable[[], datetime] = utcnow,
    ) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "monitor_http_requests", "HTTP requests answered", ["method", "status"], registry=self.registry
        )
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        GCCollector(registry=self.registry)
        self.registry.register(StoreCollector(store, health, now))

    def text(self) -> bytes:
        """The page, in the Prometheus text format."""
        return generate_latest(self.registry)


class Counted:
    """ASGI middleware that counts answers by method and status class."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics) -> None:
        self.app = app
        self.metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def counting(message: Message) -> None:
            if message["type"] == "http.response.start":
                method = scope["method"] if scope["method"] in _METHODS else "other"
                self.metrics.requests.labels(method, f"{message['status'] // 100}xx").inc()
            await send(message)

        await self.app(scope, receive, counting if scope["type"] == "http" else send)


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
