"""What a source fetches, as the ingest line takes it: the one place where a source plugin is called.

Enters: a source, its state and the fetcher. Leaves: items of which articles can be made, how many are none,
and what the operator should know, without personal data. Whatever a source raises or returns becomes a
MonitorError that says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

from monitor.errors import LimitError, MonitorError, PluginError
from monitor.extensions import exits
from monitor.hookspecs import Fetcher, Source
from monitor.messages import Message
from monitor.news import masking, normalize
from monitor.records import Fetched, Item
from monitor.sandbox import wire
from monitor.sandbox.failures import raised

MAX_ITEMS = 100_000
"""Items of one fetch of a source in this process; `[plugins] max_items` is that of one in a child."""
TOLD = 3
"""Items that could not be used and are told one by one."""


def fetch(source: Source, state: Mapping[str, Any], fetcher: Fetcher) -> Fetched:
    """What a source fetches; one in a child has been held to its limits and checked already.

    Raises PluginError, LimitError, and what the fetcher raises.
    """
    try:
        with exits.refused(PluginError, "the source"):
            fetched = source.fetch(wire.state_of(state), fetcher)
            if not isinstance(fetched, Fetched):
                raise PluginError(Message("plugins.not_fetched", found=type(fetched).__name__))
            warnings = [_warning(warning) for warning in islice(fetched.warnings, 20)]
            state, items = wire.state_of(fetched.state), _listed(fetched.items)
            return replace(fetched, items=items, state=state, warnings=warnings)
    except MonitorError:
        raise
    except Exception as error:
        text = masking.mask_line(str(error))[:300]
        raise PluginError(raised(type(error).__name__, text)) from error


def _listed(items: Sequence[Item]) -> Sequence[Item]:
    """Items as a list; a generator runs here, and not for ever."""
    if isinstance(items, list | tuple):
        return items
    found = list(islice(items, MAX_ITEMS + 1))
    if len(found) > MAX_ITEMS:
        raise LimitError(Message("plugins.limit_items", items=MAX_ITEMS))
    return found


def _warning(warning: object) -> str:
    """A source's warning as it is kept: it may quote what the source was sent."""
    told = masking.mask_line(warning if isinstance(warning, Message) else str(warning))
    return told if isinstance(told, Message) else told[:500]


def usable(fetched: Fetched) -> tuple[list[Item], int, list[str]]:
    """The items that become articles, how many do not, and the fetch's warnings with why."""
    good: list[Item] = []
    strange = empty = 0
    told: list[str] = []
    for number, item in enumerate(fetched.items):
        if not isinstance(item, Item):
            strange += 1
            if strange <= TOLD:
                why = Message("plugins.no_item", found=type(item).__name__)
                told.append(Message("plugins.item", number=number, why=why))
        elif normalize.has_words(item):
            good.append(item)
        else:
            empty += 1
    malformed = max(0, fetched.malformed) + strange + empty
    warnings = [*fetched.warnings, *told]
    if empty:
        warnings.append(Message("sources.wordless", number=empty))
    if malformed:
        warnings.insert(0, Message("sources.malformed", number=malformed))
    return good, malformed, warnings
