"""Packing loses nothing where it says so, little elsewhere, and nothing the second time."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from monitor_plugins.transformer.network.weights import MEDIUM, NARROW, RUN, SMALL, pack, unpack

ROWS, COLUMNS = 256, 256  # SMALL numbers: the least that is packed


def grid(seed: int = 0, rows: int = ROWS, columns: int = COLUMNS) -> np.ndarray:
    """A matrix as GGUF's Q4_0 de-quantizes to: in each run the largest magnitude is -8 steps."""
    rng = np.random.default_rng(seed)
    levels = rng.integers(-7, 8, (rows, columns // RUN, RUN)).astype(np.float32)
    levels[..., 5] = -8
    steps = rng.normal(0, 0.01, (rows, columns // RUN, 1)).astype(np.float16).astype(np.float32)
    return (levels * steps).astype(np.float16).astype(np.float32).reshape(rows, columns)


def trained(seed: int = 0, rows: int = ROWS, columns: int = COLUMNS) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 0.05, (rows, columns)).astype(np.float32)


def size(stored: dict[str, np.ndarray]) -> int:
    return sum(array.nbytes for array in stored.values())


def test_a_grid_of_sixteen_levels_takes_four_and_a_half_bits_and_loses_nothing() -> None:
    value = grid()
    stored = pack({"w": value})
    assert set(stored) == {"w.q4", "w.step"}
    assert size(stored) * 8 == value.size * 4.5
    assert np.array_equal(unpack(stored)["w"], value)


def test_rows_off_the_grid_are_kept_apart_exactly() -> None:
    value = grid()
    value[17] = trained()[0]
    value[40] = 0
    stored = pack({"w": value})
    assert stored["w.rows"].tolist() == [17]
    assert np.array_equal(unpack(stored)["w"], value)


def test_a_trained_matrix_takes_eight_bits_and_errs_by_half_a_step() -> None:
    value = trained()
    stored = pack({"w": value})
    assert set(stored) == {"w.q8", "w.scale"}
    error = np.abs(unpack(stored)["w"] - value)
    assert error.max() > 0
    assert (error <= np.abs(value).max(1, keepdims=True) / 127 * 0.501).all()


def test_a_narrow_matrix_has_a_scale_per_column() -> None:
    value = np.random.default_rng(0).normal(size=(SMALL, NARROW - 1)).astype(np.float32)
    stored = pack({"w": value})
    assert stored["w.scale"].shape == (NARROW - 1,)
    once = unpack(stored)["w"]
    assert (np.abs(once - value) <= np.abs(value).max(0) / 127 * 0.501).all()
    assert np.array_equal(unpack(pack({"w": once}))["w"], once)


def test_half_precision_numbers_are_kept_as_such_up_to_a_million() -> None:
    value = trained().astype(np.float16).astype(np.float32)
    stored = pack({"w": value})
    assert stored["w"].dtype == np.float16
    assert np.array_equal(unpack(stored)["w"], value)
    large = np.tile(value, (MEDIUM // value.size + 1, 1))
    assert set(pack({"w": large})) == {"w.q8", "w.scale"}


def test_small_tensors_and_vectors_stay_as_they_are() -> None:
    small = trained(rows=SMALL // COLUMNS - 1)
    vector = np.linspace(-1, 1, SMALL * 2, dtype=np.float32)
    coarse = vector.astype(np.float16).astype(np.float32)
    stored = pack({"small": small, "vector": vector, "coarse": coarse})
    assert np.array_equal(stored["small"], small)
    assert np.array_equal(stored["vector"], vector)
    assert stored["coarse"].dtype == np.float16
    assert np.array_equal(unpack(stored)["coarse"], coarse)


@pytest.mark.parametrize("make", [grid, trained], ids=["grid", "trained"])
@pytest.mark.parametrize("seed", range(3))
def test_packing_again_changes_nothing(make: object, seed: int) -> None:
    once = unpack(pack({"w": make(seed)}))  # type: ignore[operator]
    again = unpack(pack(once))
    assert np.array_equal(once["w"], again["w"])
    assert pack(once).keys() == pack(again).keys()


@settings(max_examples=40, deadline=None)
@given(
    rows=arrays.arrays(np.float32, (4, COLUMNS), elements=st.floats(-(2.0**90), 2.0**90, width=32)),
    seed=st.integers(0, 3),
)
def test_packing_again_changes_nothing_whatever_the_numbers(rows: np.ndarray, seed: int) -> None:
    value = trained(seed)
    value[:4] = rows
    once = unpack(pack({"w": value}))
    assert np.isfinite(once["w"]).all()
    assert np.array_equal(unpack(pack(once))["w"], once["w"])
    bound = np.abs(value).max(1, keepdims=True) / 127 * 0.501 + 2.0**-100
    assert (np.abs(once["w"] - value) <= bound).all()


def test_parts_that_do_not_fit_are_refused() -> None:
    stored = pack({"w": grid()})
    with pytest.raises(ValueError, match=r"w\.q8: expected a matrix"):
        unpack({"w.q8": np.zeros(9, np.int8), "w.scale": np.zeros(9, np.float32)})
    with pytest.raises(ValueError, match=r"w\.scale"):
        unpack({"w.q8": np.zeros((9, 2), np.int8), "w.scale": np.zeros(9, np.float32)})
    for wrong in (
        stored["w.q4"].astype(np.float32),
        stored["w.q4"].astype(np.int64),
        stored["w.q4"][0],
        stored["w.q4"][:0],
        stored["w.q4"][:, :-4],
    ):
        with pytest.raises(ValueError, match=r"w\.q4: expected bytes"):
            unpack(stored | {"w.q4": wrong})
    with pytest.raises(ValueError, match=r"w\.step"):
        unpack({"w.q4": stored["w.q4"]})
    with pytest.raises(ValueError, match=r"w\.step"):
        unpack(stored | {"w.step": stored["w.step"][:, :-1]})
    with pytest.raises(ValueError, match=r"w\.rows"):
        unpack(stored | {"w.rows": np.array([ROWS]), "w.exact": np.zeros((1, COLUMNS), np.float32)})
