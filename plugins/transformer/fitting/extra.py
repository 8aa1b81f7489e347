"""Packages of the extra `train`: what a plain install serves, explains and learns by schedule without.

Adapters (`method = "lora"`) need peft, and pre-training goes through them. It is imported where it is used,
so that whoever needs neither may leave it out.
"""

from __future__ import annotations

import importlib
from typing import Any

from monitor import Message, UserError


def needed(package: str, way: str) -> Any:
    """The module of that name. Raises UserError where it is not installed, which says what needs it."""
    try:
        return importlib.import_module(package)
    except ModuleNotFoundError as error:
        if error.name != package:
            raise
        raise UserError(Message("learning.extra", package=package, way=way)) from None
