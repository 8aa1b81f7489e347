"""A little of `fuzz.py` in the suite: every check of schemathesis, some cases for each operation."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.web import fuzz


@pytest.mark.timeout(900)
def test_the_schema_tells_the_truth_to_a_stranger_and_an_analyst(tmp_path: Path, sqlite_url: str) -> None:
    with fuzz.served(tmp_path / "room", sqlite_url) as (url, schema):
        reports = [fuzz.run(url, schema, role, examples=2) for role in ("nobody", "analyst")]
    assert [report.failures for report in reports] == [""] * 2
    assert all(report.cases > 200 for report in reports), reports
