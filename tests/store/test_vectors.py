"""Vectors are kept with their predictions, read as one array, and removed in time."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from monitor.records import Article, Prediction
from monitor.store import Store, vectors

SAID = {"negative": 0.8, "neutral": 0.15, "positive": 0.05}
Publish = Callable[..., Article]


def told(*numbers: float, model: str = "m1") -> Prediction:
    return Prediction(SAID, {}, model, vector=np.array(numbers, "<f2").tobytes())


@pytest.fixture
def ids(store: Store, publish: Publish) -> list[int]:
    with store.begin() as tx:
        return [publish(tx, f"text {n}").id for n in range(5)]


def test_a_versions_vectors_are_one_array(store: Store, ids: list[int]) -> None:
    with store.begin() as tx:
        assert vectors.keep(tx, {id: told(id, 0.5, -1) for id in reversed(ids)}) == 5
        assert vectors.keep(tx, {ids[0]: told(7, 7, model="m2")}) == 1
        assert vectors.keep(tx, {}) == 0
    with store.read() as tx:
        found, array = vectors.of(tx, "m1")
        some, part = vectors.of(tx, "m1", [ids[3], ids[1], ids[3], 10**6])
        nobody, none = vectors.of(tx, "m3")
        sizes = vectors.sizes(tx)
    assert found.tolist() == ids and found.dtype == np.int64
    assert array.dtype == np.float32 and array.tolist() == [[id, 0.5, -1] for id in ids]
    assert some.tolist() == [ids[1], ids[3]] and part.tolist() == array[[1, 3]].tolist()
    assert nobody.shape == (0,) and none.shape == (0, 0)
    assert sizes == [vectors.Size("m1", 5, 30), vectors.Size("m2", 1, 4)]


def test_what_reads_otherwise_now_has_another_vector_or_none(store: Store, ids: list[int]) -> None:
    with store.begin() as tx:
        vectors.keep(tx, {ids[0]: told(1), ids[1]: told(1)})
        vectors.keep(tx, {ids[0]: told(2), ids[1]: Prediction(SAID, {}, "m1")})
        assert vectors.of(tx, "m1")[1].tolist() == [[2]]


@pytest.mark.parametrize("data", [b"\0", b"\0\x7c", b"\0\0\0", bytes(vectors.MOST_BYTES + 2)])
def test_what_is_no_vector_costs_nobody_anything(
    store: Store, ids: list[int], data: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    with store.begin() as tx:
        assert vectors.keep(tx, {ids[0]: Prediction(SAID, {}, "m1", vector=data), ids[1]: told(1, 2)}) == 1
        assert vectors.of(tx, "m1")[0].tolist() == [ids[1]]
    assert "left out" in caplog.text


def test_a_length_that_few_have_is_left_out(store: Store, ids: list[int]) -> None:
    with store.begin() as tx:
        vectors.keep(tx, {ids[0]: told(1), ids[1]: told(1, 2), ids[2]: told(3, 4)})
        found, array = vectors.of(tx, "m1")
    assert found.tolist() == ids[1:3] and array.tolist() == [[1, 2], [3, 4]]
