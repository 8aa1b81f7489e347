"""init, run, worker, web: from an empty folder to a running monitor."""

from __future__ import annotations

import os
import select
import signal
import sys
from collections.abc import Callable
from enum import StrEnum
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.terminal import opened, settings_of
from monitor.errors import UserError
from monitor.logs import standard_error

if TYPE_CHECKING:
    from monitor.app import Monitor
    from monitor.schedule.scheduler import Scheduler
    from monitor.settings import Settings

STARTER_FILES = ("config.toml", "watchlist.csv")

PATIENCE_SECONDS = 5.0
"""A plugin that takes longer to be loaded keeps nothing else waiting."""


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(init)
    app.command()(run)
    app.command()(worker)
    app.command()(web)


def init(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="A new or empty folder.")] = Path(),
) -> None:
    """Write a config.toml and a watch list to start from."""
    taken = [name for name in STARTER_FILES if (directory / name).exists()]
    if taken:
        raise UserError(f"{directory / taken[0]}: exists already and is left as it is; choose another folder")
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for name in STARTER_FILES:
            text = resources.files("monitor").joinpath("defaults", name).read_text("utf-8")
            (directory / name).write_text(text, "utf-8")
    except OSError as error:
        raise UserError(f"{directory}: cannot be written to: {error.strerror}") from None
    typer.echo(f"Wrote {' and '.join(STARTER_FILES)} to {directory.resolve()}.")
    typer.echo(
        "Next: " + ("" if directory.resolve() == Path.cwd() else f"cd {directory} && ") + "monitor run"
    )


def run(ctx: typer.Context) -> None:
    """Start everything in this process: scheduler, workers and the web application."""
    from monitor.schedule.scheduler import scheduler_of
    from monitor.web import application

    settings = served(ctx)
    with opened(ctx, settings, migrate=True, role="run", patience_seconds=PATIENCE_SECONDS) as monitor:
        monitor.settle()
        scheduler = scheduler_of(monitor)

        def ready(url: str) -> None:
            _announce(monitor, url)
            scheduler.start()

        try:
            application.serve(monitor, ready=ready)
        finally:
            monitor.stop()
            _stop(scheduler)


class WorkerRole(StrEnum):
    """What a worker does."""

    ALL = "all"
    CLASSIFIER = "classifier"


def worker(
    ctx: typer.Context,
    role: Annotated[
        WorkerRole, typer.Option(help="all: everything on schedule; classifier: host the model for others.")
    ] = WorkerRole.ALL,
    undeploy: Annotated[
        bool, typer.Option(help="With --role classifier: take the classifier off the cluster, and end.")
    ] = False,
) -> None:
    """Poll, classify, watch, deliver and train on schedule, without the web application."""
    if role is WorkerRole.CLASSIFIER:
        _host(ctx, undeploy)
        return
    from monitor.schedule.scheduler import scheduler_of

    settings = served(ctx)
    with opened(ctx, settings, role="worker", patience_seconds=PATIENCE_SECONDS) as monitor:
        monitor.settle()
        scheduler = scheduler_of(monitor)
        told = _ending()
        scheduler.start()
        typer.echo("The worker runs; Ctrl-C stops it.", err=True)
        told(None)
        monitor.stop()
        _stop(scheduler)


def _ending() -> Callable[[float | None], bool]:
    """Waits for SIGINT or SIGTERM, at most so many seconds; whether one came.

    A pipe, not an Event: setting one in a handler can deadlock with its own wait. The interpreter
    itself writes to it: a handler would not run where the signal comes just before the read begins.
    """
    told, tell = os.pipe()
    os.set_blocking(tell, False)
    signal.set_wakeup_fd(tell, warn_on_full_buffer=False)
    for kind in (signal.SIGINT, signal.SIGTERM):
        signal.signal(kind, lambda *_: None)
    return lambda seconds: bool(select.select([told], [], [], seconds)[0])


def _host(ctx: typer.Context, undeploy: bool) -> None:
    from monitor.classification import hosting
    from monitor.classification.wire import Address
    from monitor.operation.models import CLUSTER

    settings = served(ctx)
    if not settings.classifier.host:
        raise UserError(
            "[classifier] host is empty: say where the model is to be hosted, "
            'for instance host = "unix:data/classifier.sock", or host = "ray"'
        )
    if settings.classifier.host == CLUSTER:
        _keep(ctx, settings, undeploy)
        return
    if undeploy:
        raise UserError('--undeploy is for a classifier on a cluster: [classifier] host = "ray"')
    address = Address.parse(settings.classifier.host, settings.directory)
    with opened(ctx, settings) as monitor:
        typer.echo(f"The classifier is hosted at {address}; Ctrl-C stops it.", err=True)
        hosting.serve(monitor.new_served(beside=True), address)


def _keep(ctx: typer.Context, settings: Settings, undeploy: bool) -> None:
    """Keep the champion on the cluster until Ctrl-C or SIGTERM; what is deployed serves on."""
    from monitor.classification import replicas, rollout
    from monitor.classification.told import Version
    from monitor.classification.wire import Address
    from monitor.executor import errands

    errands.require()
    cluster = settings.cluster
    address = Address.served(cluster.http, cluster.networks)
    if undeploy:
        errands.run("undeploy", {"address": cluster.address})
        typer.echo(f"The classifier is off the Ray cluster at {cluster.address}.")
        return
    with opened(ctx, settings) as monitor:
        monitor.new_served().register()
        carried = replicas.carried(settings)

        def wanted(known: Version | None) -> Version:
            return rollout.wanted(monitor.store, settings.learning.directory, monitor.now(), known)

        def deploy(version: Version) -> None:
            errands.run("deploy", rollout.asked(cluster, carried, version))

        watch = rollout.Watch(wanted, lambda: rollout.answer(address), deploy)
        told = _ending()
        typer.echo(f"The watch over the Ray cluster at {cluster.address} runs; Ctrl-C stops it.", err=True)
        watch.keep(told, cluster.look_seconds)


def web(ctx: typer.Context) -> None:
    """Serve the dashboard and the API only; a worker does the rest."""
    from monitor.web import application

    settings = served(ctx)
    with opened(ctx, settings, role="web", patience_seconds=PATIENCE_SECONDS) as monitor:
        monitor.settle()
        monitor.keep_alive()
        application.serve(monitor, ready=lambda url: _announce(monitor, url))


def served(ctx: typer.Context) -> Settings:
    """The settings of a process that goes on running, whose crash the next one is to tell."""
    from monitor.logs import crashes
    from monitor.premises import contents

    settings = settings_of(ctx)
    if standard_error.owned():
        crashes.watch(contents.folder(settings))
    return settings


def _announce(monitor: Monitor, url: str) -> None:
    from monitor.desk import auth

    typer.echo(f"\nMonitor is running.  Dashboard {url}/   API {url}/api/docs   Ctrl-C stops it.")
    secret = auth.setup_link(monitor.store, monitor.now())
    if secret:
        typer.echo(
            f"First start: create the administrator at {url}/setup/{secret} (works once, for 24 hours)."
        )
    sys.stdout.write("\n")
    sys.stdout.flush()


def _stop(scheduler: Scheduler) -> None:
    """Stop; whatever still runs after the grace time is left to be repeated by the next start."""
    if not scheduler.stop():
        typer.echo("Stopped while work was under way; the next start repeats it.", err=True)
        scheduler.heart.stop()
        sys.stdout.flush()
        standard_error.give_back()
        os._exit(0)
