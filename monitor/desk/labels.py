"""Labels at the desk: out to files and other tools, and back in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from monitor.datasets.exchange import Exchanged, files, rows
from monitor.datasets.tables import BadRow, CellError, Row
from monitor.desk import auth
from monitor.desk.seat import MAX_PAGE, Seat, within
from monitor.errors import UserError
from monitor.messages import Message
from monitor.news import masking
from monitor.records import Role
from monitor.store import exports, imports
from monitor.store.imports import Brought, Refused

MOST_ROWS = 1000
"""Rows in one request."""


class Labels(Seat):
    """Who labelled what, and what the model said, is an administrator's: an analyst who reads it judges
    nothing blind any more. Labels in the names of others are brought by an administrator too."""

    def labels(self, limit: int = 100, before_id: int = 0) -> list[dict[str, Any]]:
        """The standing labels with their texts, as rows of `monitor labels export`, the newest first; the
        next page is `before_id` the last `label_id`."""
        self._may(Role.ADMIN, "export labels")
        limit = within("limit", limit, 1, MAX_PAGE)
        with self.monitor.store.begin() as tx:
            found = exports.page(tx, limit, before_id)
            self._wrote(tx, "labels.export", "", {"labels": len(found)})
        return [{"label_id": number, **rows.row(label)} for number, label in found]

    def bring_labels(self, given: Sequence[Mapping[str, Any]], user: str = "") -> Brought:
        """Store the labels in these rows, as `monitor labels import` does; `user` labelled those that do
        not say who. Where any cannot be taken none is, and `problems` says which. Raises UserError."""
        self._may(Role.ADMIN, "import labels")
        within("rows", len(given), 1, MOST_ROWS)
        return self._bring(_read(given, self._topics()), user, "")

    def bring_file(self, path: Path, user: str = "", encoding: str = "") -> tuple[Brought, list[str]]:
        """Store the labels of a file or folder on this machine, and what was assumed of it. Raises
        DataError."""
        self._may(Role.ADMIN, "import labels")
        warnings: list[str] = []
        found = files.read(path, self._topics(), encoding=encoding, warn=warnings.append)
        return self._bring(found, user, str(path)), warnings

    def _bring(self, given: Iterable[tuple[str, Exchanged] | BadRow], user: str, target: str) -> Brought:
        if user:
            user = auth.check_name(user)
        with self.monitor.store.begin() as tx:
            brought = imports.bring(tx, _signed(given, user), self.monitor.now(), mask=masking.mask)
            detail = {"new": brought.new, "known": brought.known, "gold": brought.gold}
            if not brought.problems:
                self._wrote(tx, "labels.import", target, detail)
        told = (Refused(one.where, masking.mask_line(one.why)) for one in islice(brought.problems, MAX_PAGE))
        return replace(brought, problems=tuple(told))

    def _topics(self) -> list[str]:
        return [topic.name for topic in self.monitor.settings.taxonomy]


def _signed(
    given: Iterable[tuple[str, Exchanged] | BadRow], user: str
) -> Iterator[tuple[str, Exchanged] | BadRow]:
    """The rows, each with who labelled it."""
    for one in given:
        if isinstance(one, BadRow):
            yield one
            continue
        where, label = one
        if not label.user and not user:
            yield BadRow(where, Message("labels.nobody"))
            continue
        try:
            yield where, replace(label, user=auth.check_name(label.user or user))
        except UserError as error:
            yield BadRow(where, error.told)


def _read(
    given: Sequence[Mapping[str, Any]], topics: Sequence[str]
) -> Iterator[tuple[str, Exchanged] | BadRow]:
    for number, cells in enumerate(given, 1):
        row = Row(cells, Message("table.row", row=number))
        try:
            yield row.where, rows.label(row, topics)
        except CellError as error:
            yield BadRow(row.where, error.args[0])
