"""The command line: `monitor COMMAND`. One module per group of commands.

Only what `monitor --help` needs is imported here; commands import what they work with.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from typer.exceptions import TyperException

from monitor import __version__
from monitor.cli import (
    alerts,
    articles,
    audit,
    caseload,
    certify,
    desk,
    explain,
    labels,
    models,
    notifiers,
    operate,
    policy,
    reclassifying,
    replaying,
    running,
    simulating,
    stories,
    training,
    upkeep,
    users,
    watchlist,
)
from monitor.errors import DataError, MonitorError, UserError
from monitor.logs import standard_error

app = typer.Typer(
    name="monitor",
    help="News Monitor · 新闻舆情监测: financial news and public opinion, in Chinese and English.",
    epilog="Exit codes: 0 done, 1 failed, 2 a mistake in what was asked, 130 interrupted. `monitor poll`: "
    "1 some sources failed, 3 all did. `monitor train`: 3 refused by the gate, 4 cancelled. "
    "`monitor certify`: 3 not certifiable on these labels.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=True,
)
MODULES = (
    *(running, articles, stories, explain, training, simulating, policy, models, certify, reclassifying),
    *(desk, alerts, caseload, notifiers, replaying, watchlist, labels, operate, upkeep, users, audit),
)
for module in MODULES:
    module.add_to(app)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"monitor {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def options(
    ctx: typer.Context,
    config: Annotated[
        Path | None,
        typer.Option(
            "--config",
            "-c",
            metavar="FILE",
            envvar="MONITOR_CONFIG",
            help="Settings file; ./config.toml if there is one.",
        ),
    ] = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """News Monitor · 新闻舆情监测: financial news and public opinion, in Chinese and English."""
    ctx.obj = config
    if ctx.invoked_subcommand is None:
        typer.echo(ctx.get_help())


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code. Without `arguments` this process is the command's own."""
    if arguments is None:
        os.umask(0o077)  # what is written here is its owner's alone
        standard_error.take_over()
    try:
        code = app(args=arguments, prog_name="monitor", standalone_mode=False)
    except TyperException as error:
        context = getattr(error, "ctx", None)
        command = context.command_path if context else "monitor"
        return _failed(f"{error.format_message()} See `{command} --help`.", 2)
    except DataError as error:  # it may quote a row
        from monitor.news import masking

        return _failed(masking.mask_line(str(error)), 2)
    except UserError as error:
        return _failed(str(error), 2)
    except MonitorError as error:
        return _failed(str(error), 1)
    except typer.Abort:
        code = 130
    if code == 130:
        # Threads that wait for the network would otherwise hold the process for their timeout.
        sys.stdout.flush()
        sys.stderr.flush()
        standard_error.give_back()
        os._exit(130)
    return code if isinstance(code, int) else 0


def _failed(message: str, code: int) -> int:
    taken = standard_error.taken()
    if taken is None:
        typer.echo(f"monitor: {message}", err=True)
    else:  # a program reads it: in one line, as everything there
        taken.say("error", "monitor.cli", message)
    return code
