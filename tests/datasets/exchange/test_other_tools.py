"""Files that the tools themselves wrote (`make_golden`), and what they made of ours."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from monitor.datasets.exchange import Exchanged, Suggestion, read
from monitor.datasets.tables import BadRow
from tests.datasets.exchange.test_files import TOPICS, back, sample

GOLDEN = Path(__file__).parent / "golden"
TEXTS = ["远山光伏:拟募资扩产\n公司称,“产能不足”。", "Mill closes; 200 jobs go"]  # as articles are normalised


@pytest.mark.parametrize("tool", ["datasets", "argilla"])
def test_our_labels_come_back_through_the_tool(tool: str) -> None:
    """The tool read what we wrote and wrote it again: the same labels."""
    assert back(GOLDEN / f"ours_through_{tool}") == sample()


def test_a_folder_that_datasets_saved() -> None:
    """Its classes are numbered as it likes, and named."""
    at = datetime(2026, 3, 14, 9, 30, tzinfo=UTC)
    assert back(GOLDEN / "datasets") == [
        Exchanged(TEXTS[0], "negative", "ann", ("legal",), labelled_at=at),
        Exchanged(TEXTS[1], "neutral", "bo", None, labelled_at=at),
    ]


def test_a_folder_of_several_splits(tmp_path: Path) -> None:
    (tmp_path / "dataset_dict.json").write_text('{"splits": ["test", "train"]}')
    for split in ("test", "train"):
        (tmp_path / split).mkdir()
        for path in (GOLDEN / "datasets").iterdir():
            (tmp_path / split / path.name).write_bytes(path.read_bytes())
    assert len(back(tmp_path)) == 4


def test_a_folder_that_argilla_saved() -> None:
    """Two people said different things of one text; whoever they are is not in the file."""
    found = back(GOLDEN / "argilla")
    assert [(one.text, one.sentiment, one.topics, one.user) for one in found] == [
        (TEXTS[0], "negative", ("legal",), ""),
        (TEXTS[0], "neutral", None, ""),
        (TEXTS[1], "positive", None, ""),
    ]


def exported(**changes: Any) -> dict[str, Any]:
    """A task as Label Studio exports it: https://labelstud.io/guide/export"""
    annotation = {
        "id": 1001,
        "completed_by": {"id": 1, "email": "ann@example.org", "first_name": "", "last_name": ""},
        "result": [
            {
                "id": "Dx_aB91ISN",
                "from_name": "label",
                "to_name": "text",
                "type": "choices",
                "origin": "manual",
                "value": {"choices": ["negative"]},
            }
        ],
        "was_cancelled": False,
        "ground_truth": False,
        "created_at": "2026-03-09T22:16:08.728353Z",
        "updated_at": "2026-03-09T22:16:08.728378Z",
        "lead_time": 4.288,
        "prediction": {},
        "result_count": 0,
        "task": 1,
        **changes,
    }
    return {
        "id": 1,
        "data": {"text": "Mill closes; 200 jobs go"},
        "annotations": [annotation],
        "predictions": [],
        "drafts": [],
        "meta": {},
        "project": 1,
    }


def of(tmp_path: Path, *tasks: dict[str, Any]) -> list[Any]:
    path = tmp_path / "project-1.json"
    path.write_text(json.dumps(tasks), encoding="utf-8")
    return list(read(path, TOPICS))


def test_what_label_studio_exports(tmp_path: Path) -> None:
    ((where, found),) = of(tmp_path, exported())
    assert where == "row 1 (line 1)"
    assert found == Exchanged(
        TEXTS[1],
        "negative",
        "ann@example.org",
        labelled_at=datetime(2026, 3, 9, 22, 16, 8, 728353, UTC),
        seconds=4.288,
    )
    ((_, found),) = of(tmp_path, exported(completed_by=1, ground_truth=True))
    assert (found.user, found.gold) == ("", True)
    assert of(tmp_path, exported(was_cancelled=True)) == []
    (bad,) = of(tmp_path, exported(result=[]))
    assert isinstance(bad, BadRow) and "no label" in bad.why


def test_what_a_person_changed_in_the_tool_is_what_counts(tmp_path: Path) -> None:
    """How the label came about is kept beside it; what it says is the tool's."""
    from monitor.datasets.exchange import write

    path = tmp_path / "labels.json"
    write("label-studio", path, sample()[:1], TOPICS)
    (task,) = json.loads(path.read_text(encoding="utf-8"))
    sentiment, topics, companies = task["annotations"][0]["result"]
    sentiment["value"]["choices"] = ["positive"]
    topics["value"]["choices"] = ["earnings"]
    companies["value"]["text"] = ["acme = negative"]
    ((_, found),) = of(tmp_path, task)
    assert (found.sentiment, found.topics) == ("positive", ("earnings",))
    assert found.companies == {"acme": "negative"}
    assert (found.user, found.lane, found.inclusion) == ("ann", "audit", 0.1)
    assert found.suggestion == Suggestion("m1", "neutral", 0.625)
    del task["predictions"][0]["score"], topics["value"]
    (bad,) = of(tmp_path, task)
    assert isinstance(bad, BadRow) and "topics" in bad.why
