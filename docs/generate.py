"""Write the reference pages from the code: `python docs/generate.py`; `--check` only compares.

hooks.md from monitor/hookspecs.py, configuration.md from the settings' descriptions, commands.md
from the commands' own help, and the tables of records in plugins.md from monitor/records/.
tests/test_docs.py fails when a page is not what this program writes.
"""

from __future__ import annotations

import ast
import dataclasses
import inspect
import re
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
    protocols = {
        name: value
        for name, value in vars(hookspecs).items()
        if inspect.isclass(value)
        and getattr(value, "_is_protocol", False)
        and value.__module__.startswith("monitor.")
    }
    # The page's own first; a detector's stands beside the arrays that it is about.
    for name, value in sorted(protocols.items(), key=lambda one: one[1].__module__ != hookspecs.__name__):
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


RECORDS = {
    "What a source builds": ("Item", "Fetched"),
    "What a classifier is given and builds": (
        *("Article", "Mention", "Prediction", "Explanation", "Attribution"),
        *("Snapshot", "Example"),
    ),
    "What a query strategy is given and builds": ("Pool", "Choice", "Episode"),
    "What a detector is given and builds": ("Panel", "Present", "Scores"),
    "What a notifier is given": ("Delivery",),
    "What a fetcher answers": ("Response",),
    "What reads files and dates": ("Row", "BadRow", "Dates", "Stated"),
}
"""The records that a plugin's author touches, in the order of plugins.md."""

BEGIN, END = "<!-- records: written by docs/generate.py -->\n", "<!-- end of records -->\n"


def plugins() -> str:
    """The page as it is, with the tables of records written anew."""
    text = (DOCS / "plugins.md").read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    return before + BEGIN + "\n" + "\n".join(tables()) + "\n" + END + rest.partition(END)[2]


def tables() -> Iterator[str]:
    import monitor

    for title, names in RECORDS.items():
        yield f"### {title}\n"
        for name in names:
            cls = getattr(monitor, name, None) or getattr(sys.modules["monitor.records"], name)
            summary = re.sub(r"\s+", " ", (inspect.getdoc(cls) or "").split("\n\n")[0])
            yield f"**{name}**: {summary}\n"
            yield "| field | type | default | meaning |\n|---|---|---|---|"
            for cells in fields_of(cls):
                yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
            yield ""


def fields_of(cls: type) -> Iterator[tuple[str, str, str, str]]:
    """(name, type, default, meaning) of each field; the meaning is the comment beside it."""
    lines = inspect.getsource(cls).splitlines()
    meanings = {}
    for node in ast.parse(inspect.cleandoc("\n".join(lines))).body[0].body:  # type: ignore[attr-defined]
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            line = lines[node.end_lineno - 1]  # type: ignore[operator]
            meanings[node.target.id] = line[node.end_col_offset :].partition("# ")[2]  # type: ignore[misc]
    for field in dataclasses.fields(cls):
        default = "required"
        if field.default is not dataclasses.MISSING:
            default = f"`{field.default!r}`"
        elif field.default_factory is not dataclasses.MISSING:
            default = f"`{field.default_factory()!r}`"
        yield f"`{field.name}`", f"`{field.type}`", default, meanings.get(field.name, "")


PAGES = {
    "hooks.md": hooks,
    "configuration.md": configuration,
    "commands.md": commands,
    "plugins.md": plugins,
}


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
