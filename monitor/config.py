"""Settings: environment over config.toml over defaults, typed, and frozen once read.

Every mistake is one line of a ConfigError saying where it stands and what was expected:

    config.toml: [web] port: expected a valid integer, found 'eighty'
    environment: MONITOR_WEB__PORT: expected a valid integer, found 'eighty'

An option of a source or notifier written as ``"env:NAME"`` is read from the environment
variable NAME, so that no secret stands in the file; it prints as ``***``.
"""

from __future__ import annotations

import difflib
import json
import math
import re
import tomllib
import types
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

from pydantic import ValidationError

from monitor.alerts import routing
from monitor.detection import needs
from monitor.detection.rules import Rule
from monitor.errors import ConfigError
from monitor.extensions.options import Secret, expectation
from monitor.settings import (
    OpenTable,
    Settings,
    Table,
)
from monitor.settings.retention import FOREVER
from monitor.settings.trials import Trial

__all__ = ["describe", "load", "rules_of", "trial_of"]

Read = TypeVar("Read", bound=Table)

PREFIX = "MONITOR_"
NOT_SETTINGS = ("MONITOR_CONFIG",)
"""Environment variables with the prefix that are no settings."""


def load(path: Path | None, environ: Mapping[str, str]) -> Settings:
    """Read settings from `path` (None: ./config.toml if there is one) and `environ`.

    Raises ConfigError with one line per mistake.
    """
    if path is None and Path("config.toml").is_file():
        path = Path("config.toml")
    data = _read(path) if path else {}
    label = path.name if path else "settings"
    if "installation_key" in data:
        raise ConfigError(
            f"{label}: installation_key: this file is read by many; give the key as the environment "
            "variable MONITOR_INSTALLATION_KEY, or leave it to the file installation.key"
        )
    origins = _overlay(data, environ)
    return _resolve(_checked(Settings, data, label, origins), path, environ)


def trial_of(path: Path) -> Trial:
    """The trial of rules that a file says. Raises ConfigError with one line per mistake."""
    return _checked(Trial, _read(path), path.name, {})


def rules_of(path: Path) -> tuple[Rule, ...]:
    """The enabled rules of a file that holds [rules.NAME] tables. Raises ConfigError, also where it holds
    none."""
    found = load(path, {})
    if not found.rules:
        raise ConfigError(f"{path.name}: there is no [rules.NAME] table")
    return tuple(table.rule(name) for name, table in found.watched.items())


def describe() -> list[tuple[str, str, str, str]]:
    """Every setting as (dotted key, type, default, description), in the order of the file.

    NAME stands for the name of a source, notifier, detector or strategy.
    """
    return list(_rows(Settings, ""))


def _checked(
    model: type[Read], data: Mapping[str, Any], label: str, origins: Mapping[tuple[str, ...], str]
) -> Read:
    try:
        return model.model_validate_json(json.dumps(data, default=str), strict=True)
    except ValidationError as error:
        found = error.errors(include_url=False)
        lines = [_explain(dict(detail), data, label, origins, model) for detail in found]
        raise ConfigError("\n".join(dict.fromkeys(lines))) from None


# --- reading ------------------------------------------------------------------------------


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"{path}: no such file; `monitor init DIR` writes one to start from") from None
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path.name}: expected UTF-8 text, byte {error.start} is not") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path.name}: not valid TOML: {error}") from None


def _overlay(data: dict[str, Any], environ: Mapping[str, str]) -> dict[tuple[str, ...], str]:
    """Write the environment's settings into `data`; returns which variable set which key."""
    origins: dict[tuple[str, ...], str] = {}
    for variable in sorted(environ):
        if not variable.startswith(PREFIX) or variable in NOT_SETTINGS:
            continue
        keys = variable.removeprefix(PREFIX).lower().split("__")
        annotation = _annotation(keys, variable)
        table = data
        named: list[str] = []
        for key in keys[:-1]:
            key = next((name for name in table if name.lower() == key), key)
            inner = table.setdefault(key, {})
            if not isinstance(inner, dict):
                raise ConfigError(f"environment: {variable}: {'.'.join([*named, key])} is not a table")
            named.append(key)
            table = inner
        table[keys[-1]] = _parse(environ[variable], annotation)
        origins[(*named, keys[-1])] = variable
    return origins


def _annotation(keys: Sequence[str], variable: str) -> Any:
    """The type of the setting at `keys`; Any for a plugin's option."""
    current: Any = Settings
    for position, key in enumerate(keys):
        if get_origin(current) is dict:
            current = get_args(current)[1]
        elif isinstance(current, type) and issubclass(current, Table):
            fields = current.model_fields.keys() - {"options"}
            if key in fields:
                current = current.model_fields[key].annotation
            elif issubclass(current, OpenTable):
                return Any
            else:
                name = ".".join(keys[: position + 1])
                close = _close(key, sorted(fields))
                raise ConfigError(f"environment: {variable}: there is no setting {name!r}{close}")
        else:
            raise ConfigError(f"environment: {variable}: {'.'.join(keys[:position])} has no keys of its own")
    return current


def _parse(text: str, annotation: Any) -> Any:
    if annotation in (str, Path) or Path in get_args(annotation):
        return text
    if annotation is bool and text.lower() in ("1", "true", "yes", "on"):
        return True
    if annotation is bool and text.lower() in ("0", "false", "no", "off"):
        return False
    try:
        return json.loads(text)
    except ValueError:
        if get_origin(annotation) is tuple:
            return [part.strip() for part in text.split(",") if part.strip()]
        return text


def _resolve(settings: Settings, path: Path | None, environ: Mapping[str, str]) -> Settings:
    """Absolute paths, checked references, and the values of ``env:NAME`` options."""
    directory = (path.parent if path else Path()).resolve()
    label = path.name if path else "settings"
    sqlite = re.fullmatch(r"(sqlite(?:\+\w+)?:///)(?!/)([^?:][^?]*)(.*)", settings.store.url)
    trained = directory / settings.learning.directory
    updates: dict[str, Any] = {
        "watchlist": settings.watchlist.model_copy(update={"path": directory / settings.watchlist.path}),
        "learning": settings.learning.model_copy(update={"directory": trained}),
    }
    if sqlite:
        scheme, file, query = sqlite.groups()
        updates["store"] = settings.store.model_copy(update={"url": f"{scheme}{directory / file}{query}"})
    if settings.plugins_dir is not None:
        updates["plugins_dir"] = directory / settings.plugins_dir
    if settings.log.path is not None:
        updates["log"] = settings.log.model_copy(update={"path": directory / settings.log.path})
    for table in ("sources", "notifiers", "detectors", "strategies"):
        updates[table] = {
            name: _with_secrets(instance, environ, f"{label}: [{table}.{name}]")
            for name, instance in getattr(settings, table).items()
        }
    updates["classifier"] = _with_secrets(settings.classifier, environ, f"{label}: [classifier]")
    resolved = settings.model_copy(update=updates)
    resolved._file = path.resolve() if path else None
    resolved._directory = directory
    if mistakes := [*routing.mistakes(resolved), *needs.mistakes(resolved)]:
        raise ConfigError("\n".join(mistakes))
    return resolved


def _with_secrets(instance: OpenTable, environ: Mapping[str, str], where: str) -> OpenTable:
    if not getattr(instance, "enabled", True):
        return instance

    def replaced(value: Any, key: str) -> Any:
        if isinstance(value, str) and value.startswith("env:"):
            name = value.removeprefix("env:")
            if name not in environ:
                raise ConfigError(f"{where} {key}: the environment variable {name} is not set")
            return Secret(environ[name])
        if isinstance(value, dict):
            return {inner: replaced(part, f"{key}.{inner}") for inner, part in value.items()}
        if isinstance(value, list):
            return [replaced(part, key) for part in value]
        return value

    options = {key: replaced(value, key) for key, value in instance.options.items()}
    return instance.model_copy(update={"options": options})


# --- explaining ---------------------------------------------------------------------------


def _explain(
    detail: Mapping[str, Any],
    data: Mapping[str, Any],
    label: str,
    origins: Mapping[tuple[str, ...], str],
    model: type[Table],
) -> str:
    """One line for one of pydantic's errors."""
    keys = tuple(str(key) for key in detail["loc"] if key != "[key]")
    variable = next((origins[keys[:end]] for end in range(len(keys), 0, -1) if keys[:end] in origins), None)
    nested = keys and isinstance(_at(data, keys[:1]), (dict, list))
    table, key = (keys[:-1], keys[-1]) if len(keys) > 1 or not nested else (keys, "")
    place = f"environment: {variable}" if variable else label + (f": [{'.'.join(table)}]" if table else ":")
    if key and not variable:
        place += f" {key}"
    if detail["type"] == "extra_forbidden":
        fields = _fields(model, keys[:-1])
        return f"{place}: unknown key{_close(keys[-1], fields)}; known keys: {', '.join(fields)}"
    if detail["type"] == "missing":
        return f"{place}: missing; every [{'.'.join(table)}] needs it"
    found = _at(data, keys)
    shown = "" if isinstance(found, dict) or keys == ("installation_key",) else f", found {found!r}"
    return f"{place}: {expectation(detail)}{shown}"


def _fields(model: type[Table], table: Sequence[str]) -> tuple[str, ...]:
    current: Any = model
    for key in table:
        if get_origin(current) is dict:
            current = get_args(current)[1]
        elif found := _table_within(current):
            current = found
        else:
            current = current.model_fields[key].annotation
    return tuple(field.alias or name for name, field in current.model_fields.items())


def _at(data: Any, keys: Sequence[str]) -> Any:
    for key in keys:
        if isinstance(data, dict):
            data = data.get(key)
        elif isinstance(data, list) and key.isdigit() and int(key) < len(data):
            data = data[int(key)]
    return data


def _close(key: str, known: Sequence[str]) -> str:
    close = difflib.get_close_matches(key, known, 1)
    return f" (did you mean {close[0]!r}?)" if close else ""


def _rows(table: type[Table], prefix: str) -> Iterator[tuple[str, str, str, str]]:
    for name, field in table.model_fields.items():
        kind: Any = field.annotation
        if name == "options" and issubclass(table, OpenTable):
            continue
        inner = get_args(kind)
        if isinstance(kind, type) and issubclass(kind, Table):
            yield from _rows(kind, f"{prefix}{name}.")
        elif get_origin(kind) is dict and isinstance(inner[1], type):
            yield from _rows(inner[1], f"{prefix}{name}.NAME.")
        elif (table_within := _table_within(kind)) and table_within is not table:
            yield from _rows(table_within, f"{prefix}{name}.")
        else:
            default = (
                "required" if field.is_required() else _toml(field.get_default(call_default_factory=True))
            )
            yield f"{prefix}{field.alias or name}", _type_name(kind), default, field.description or ""


def _table_within(kind: Any) -> type[Table] | None:
    """The table of which `kind` is a list, or may be one."""
    for inner in get_args(kind):
        if isinstance(inner, type) and issubclass(inner, Table):
            return inner
        if get_origin(kind) in (Union, types.UnionType) and (found := _table_within(inner)):
            return found
    return None


def _type_name(kind: Any) -> str:
    names = {str: "text", int: "integer", float: "number", bool: "true or false", Path: "path"}
    if get_origin(kind) in (Union, types.UnionType):
        return _type_name(get_args(kind)[0])
    if get_origin(kind) is Annotated:
        return _type_name(get_args(kind)[0])
    if get_origin(kind) is Literal:
        return _type_name(type(get_args(kind)[0]))
    if get_origin(kind) is dict:
        return f"table of {_type_name(get_args(kind)[1])}"
    if get_origin(kind) is tuple:
        return f"list of {_type_name(get_args(kind)[0])}"
    if isinstance(kind, type) and issubclass(kind, Table):
        return "tables"
    return names.get(kind, str(kind))


def _toml(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, tuple):
        return json.dumps(list(value))
    if value == math.inf:
        return json.dumps(FOREVER)
    return json.dumps(str(value) if isinstance(value, Path) else value)
