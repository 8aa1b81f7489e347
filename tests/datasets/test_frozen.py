"""Frozen examples: read back identical, or not at all."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.datasets import frozen
from monitor.datasets.frozen import Basis
from monitor.errors import UserError
from monitor.records import SENTIMENTS, Example, Snapshot

TEXT = st.text(st.characters(exclude_categories=()))  # half characters and line breaks among them
EXAMPLES = st.lists(
    st.builds(
        Example,
        TEXT,
        st.sampled_from([None, *SENTIMENTS]),
        st.none() | st.lists(TEXT, max_size=3).map(tuple),
        TEXT,
        TEXT,
        st.floats(0, 10),
        st.lists(st.tuples(TEXT, st.sampled_from(SENTIMENTS)), max_size=2).map(tuple),
    ),
    max_size=4,
).map(tuple)


@given(EXAMPLES, EXAMPLES, EXAMPLES, st.lists(st.integers(1, 2**53)))
def test_what_was_frozen_comes_back_identical(
    tmp_path_factory: pytest.TempPathFactory,
    train: tuple[Example, ...],
    development: tuple[Example, ...],
    gold: tuple[Example, ...],
    ids: list[int],
) -> None:
    path = tmp_path_factory.mktemp("frozen") / "snapshot.jsonl"
    basis = Basis(Snapshot("d" * 64, train, development, gold), ids, 17, 12.5)
    frozen.write(path, basis)
    assert frozen.read(path) == basis
    frozen.write_asked(path, train, gold)
    assert frozen.read_asked(path) == (train, gold)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "spoil",
    [
        lambda content: content.replace(b"gloom", b"bloom"),
        lambda content: content[:-20],
        lambda content: b"",
        lambda content: b"[]\n" + content,
        lambda content: content.split(b"\n")[0],
    ],
)
def test_a_file_that_is_not_what_was_written_is_refused(tmp_path: Path, spoil: object) -> None:
    path = tmp_path / "asked.jsonl"
    frozen.write_asked(path, [Example("gloom", "negative")], [])
    path.write_bytes(spoil(path.read_bytes()))  # type: ignore[operator]
    with pytest.raises(UserError, match=r"asked.jsonl: what the training was to learn from cannot be read"):
        frozen.read_asked(path)
    path.unlink()
    with pytest.raises(UserError, match="No such file"):
        frozen.read_asked(path)
