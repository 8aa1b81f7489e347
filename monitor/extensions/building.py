"""An instance of a plugin's class, built from the options of its table in config.toml.

The class's own signature says what its options are: names, types, defaults. Pydantic checks them; every
mistake is told with the file, the table and the key. This runs wherever the class was
loaded (`monitor.extensions.loading`).
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, get_type_hints

from pydantic import TypeAdapter, ValidationError
from pydantic.errors import PydanticSchemaGenerationError

from monitor.errors import ConfigError, PluginError
from monitor.extensions.loading import told
from monitor.extensions.options import Secret, expectation

NOTHING: Mapping[str, Any] = MappingProxyType({})


def build(
    cls: type[Any],
    kind: str,
    options: Mapping[str, Any],
    where: str,
    offered: Mapping[str, Any] = NOTHING,
) -> Any:
    """An instance of `cls` with these `options`, and with those that are `offered` and that it declares.

    `where` opens every error: ``config.toml: [sources.fed]``. Raises ConfigError for options that do not
    fit, PluginError for a class that cannot be built.
    """
    wanted = _parameters(cls)
    options = {**{key: value for key, value in offered.items() if key in wanted.known}, **options}
    mistakes = [
        f"{where} {key}: unknown key of kind {kind!r}; known keys: {', '.join(wanted.known) or 'none'}"
        for key in options
        if key not in wanted.known and not wanted.any_key
    ]
    mistakes += [
        f"{where} {key}: missing; kind {kind!r} needs it" for key in wanted.required if key not in options
    ]
    values: dict[str, Any] = {}
    for key, value in options.items():
        try:
            values[key] = _validated(wanted.known.get(key, Any), value)
        except ValidationError as error:
            detail: dict[str, Any] = dict(error.errors(include_url=False)[0])
            inner = "".join(f"[{part}]" for part in detail["loc"])
            mistakes.append(f"{where} {key}{inner}: {expectation(detail)}, found {value!r}")
    if mistakes:
        raise ConfigError("\n".join(mistakes))
    try:
        return cls(**values)
    except (ValueError, TypeError) as error:
        raise ConfigError(f"{where}: {error}") from error
    except (Exception, SystemExit) as error:
        raise PluginError(f"{where}: kind {kind!r} cannot be built: {told(error)}") from error


@dataclass(frozen=True, slots=True)
class _Parameters:
    """What a class's constructor takes: name -> type."""

    known: Mapping[str, Any]
    required: Sequence[str]
    any_key: bool


def _parameters(cls: type[Any]) -> _Parameters:
    parameters = inspect.signature(cls).parameters.values()
    named = [p for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
    return _Parameters(
        known={p.name: _type_of(cls, p) for p in named},
        required=[p.name for p in named if p.default is p.empty],
        any_key=any(p.kind is p.VAR_KEYWORD for p in parameters),
    )


def _type_of(cls: type[Any], parameter: inspect.Parameter) -> Any:
    """The type of one setting; the class may have other fields, of types known to checkers only."""
    if parameter.annotation is parameter.empty:
        return Any
    owner = next(
        one for one in cls.__mro__ if parameter.name in vars(one).get("__annotations__", {}) or one is object
    )
    module = cls.__module__ if owner is object else owner.__module__
    annotated = type("Annotated", (), {"__annotations__": {"x": parameter.annotation}, "__module__": module})
    try:
        return get_type_hints(annotated, include_extras=True)["x"]
    except NameError as error:
        raise PluginError(
            f"class {cls.__name__}: the type of {parameter.name} cannot be resolved: {error};"
            " import it outside `if TYPE_CHECKING`"
        ) from error


def _validated(annotation: Any, value: Any) -> Any:
    """`value` as `annotation` asks; strict, except for text out of the environment."""
    if annotation is Any:
        return value
    try:
        adapter = TypeAdapter(annotation)
    except PydanticSchemaGenerationError:
        return value
    if isinstance(value, Secret):
        validated = adapter.validate_python(str(value))
        return value if validated == value else validated
    # JSON in strict mode: no guessing, yet a list may fill a tuple and text a path.
    return adapter.validate_json(json.dumps(value, default=str), strict=True)
