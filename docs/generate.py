"""Write the reference pages from the code: `python docs/generate.py`; `--check` only compares.

hooks.md from monitor/hookspecs.py, configuration.md from the settings' descriptions, commands.md
from the commands' own help. tests/test_docs.py fails when a page is not what this program writes.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

DOCS = Path(__file__).parent
NOTE = "<!-- Written by docs/generate.py from the code; do not edit. -->\n"


def signature(function: Callable[..., object]) -> str:
    """Annotations as written, without the quotes that postponed evaluation puts round them."""
    return str(inspect.signature(function)).replace("'", "")


def hooks() -> str:
    from monitor import hookspecs

    parts = [NOTE, "# Hooks and protocols\n", inspect.cleandoc(hookspecs.__doc__ or "") + "\n", "## Hooks\n"]
    for name, function in vars(hookspecs).items():
        if name.startswith("register_"):
            parts.append(f"### {name}{signature(function)}\n\n{inspect.getdoc(function)}\n")
    parts.append("## Protocols\n")
    for name, value in vars(hookspecs).items():
        if (
            inspect.isclass(value)
            and getattr(value, "_is_protocol", False)
            and value.__module__ == hookspecs.__name__
        ):
            parts.append(f"### {name}\n\n{inspect.getdoc(value)}\n")
            for method, function in vars(value).items():
                if inspect.isfunction(function) and not method.startswith("_"):
                    document = inspect.getdoc(function) or ""
                    parts.append(f"#### {name}.{method}{signature(function)}\n\n{document}\n")
    return "\n".join(parts)


def configuration() -> str:
    from monitor.config import describe

    rows = [
        NOTE,
        "# Settings\n",
        "`config.toml` holds the settings; an environment variable goes before it, the default after it.\n"
        "The variable's name is `MONITOR_` and the setting's path in capitals, `__` between its parts:\n"
        '`[web] port` is `MONITOR_WEB__PORT`. Any option of a source or notifier may be `"env:NAME"`: the\n'
        "value is then read from the environment variable `NAME`, so that secrets stay out of the file.\n",
        "| setting | type | default | meaning |",
        "|---|---|---|---|",
    ]
    for key, kind, default, description in describe():
        cells = (f"`{key}`", kind, f"`{default}`" if default != "" else "", description)
        rows.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(rows) + "\n"


def commands() -> str:
    import typer

    from monitor.cli import app

    def walk(command: object, path: str) -> Iterator[str]:
        context = typer.Context(command, info_name=path)  # type: ignore[arg-type]
        yield f"## {path}\n\n{inspect.cleandoc(command.help or '')}\n"  # type: ignore[attr-defined]
        rows = []
        for parameter in command.params:  # type: ignore[attr-defined]
            record = parameter.get_help_record(context)
            if record is None:
                metavar = parameter.make_metavar(context)
                record = (metavar, getattr(parameter, "help", "") or "")
            if "--help" not in record[0]:
                cells = (f"`{record[0]}`", record[1].strip())
                rows.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
        if rows:
            yield "| argument or option | meaning |\n|---|---|\n" + "\n".join(rows) + "\n"
        for name, child in getattr(command, "commands", {}).items():
            yield from walk(child, f"{path} {name}")

    return "\n".join([NOTE, "# Commands\n", *walk(typer.main.get_command(app), "monitor")])


PAGES = {"hooks.md": hooks, "configuration.md": configuration, "commands.md": commands}


def main(arguments: list[str]) -> int:
    stale = [name for name, write in PAGES.items() if not same(DOCS / name, write())]
    if "--check" in arguments:
        print("\n".join(f"docs/{name} is out of date: run `make docs`" for name in stale))
        return 1 if stale else 0
    for name, write in PAGES.items():
        (DOCS / name).write_text(write(), encoding="utf-8")
    return 0


def same(path: Path, text: str) -> bool:
    return path.exists() and path.read_text(encoding="utf-8") == text


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
