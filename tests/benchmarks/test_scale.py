"""docs/scale.md: its arithmetic, and that every number on it has a source."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import scale, scale_costs, scale_page
from benchmarks.scale_costs import ASSUMED, DAY, SIZES, Part

RESULTS = scale.read()
FOUND = scale_costs.parts(RESULTS)


@pytest.mark.parametrize("part", FOUND.values(), ids=lambda part: part.name)
def test_units_are_just_enough(part: Part) -> None:
    for a_day in SIZES:
        units = part.units(a_day)
        busy = a_day / DAY * ASSUMED["peak"].value * part.micros / 1e6 / units
        assert busy <= ASSUMED["use"].value + 1e-9
        if units > 1:  # one fewer would not do
            assert busy * units / (units - 1) > ASSUMED["use"].value


@given(st.floats(1, 1e9), st.floats(1, 1e6))
def test_twice_as_many_articles_use_up_twice_as_much(a_day: float, micros: float) -> None:
    part = Part("", "", micros, None, "", "")
    assert part.used_up(2 * a_day) == pytest.approx(2 * part.used_up(a_day))
    assert part.units(2 * a_day) >= part.units(a_day)


def test_a_store_is_one_file_until_its_writer_is_used_up() -> None:
    end = FOUND["sqlite"].a_day()
    assert scale_costs.plan(end * 0.99, FOUND) == "sqlite"
    assert scale_costs.plan(end * 1.01, FOUND) == "postgresql"


def test_the_first_bottleneck_is_what_is_used_most() -> None:
    for a_day in SIZES:
        used = [share for _, share in scale_costs.bottlenecks(a_day, FOUND)]
        assert used == sorted(used, reverse=True)


def test_every_cost_names_a_result_that_is_there() -> None:
    for one in scale_costs.costs(RESULTS):
        assert one.micros > 0
        name = one.source.split(".json")[0]
        assert (scale.RESULTS / f"{name}.json").is_file(), one.source


def test_a_simulated_line_keeps_up_with_an_ordinary_day() -> None:
    for a_day in SIZES:
        line, _ = scale.line_of(a_day, RESULTS)
        for stage in line.stages:
            polls = line.sources / line.interval
            assert stage.base * polls + stage.each * line.rate < stage.servers


def test_the_page_is_what_its_program_writes() -> None:
    page = (scale.ROOT / "docs" / "scale.md").read_text(encoding="utf-8")
    assert page == scale_page.page(RESULTS), "run `python -m benchmarks.scale`"
    for name in ASSUMED:
        assert f"| `{name}` |" in page
