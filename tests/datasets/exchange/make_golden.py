"""Makes `golden/`: what the tools themselves write, of made-up texts; checks that they read what we write.

Not run by the tests. Two environments of their own, because the tools' pins would be ours:

    pip install datasets==5.2.0; python make_golden.py datasets OURS
    pip install argilla==2.8.0 label-studio-sdk==2.1.2; python make_golden.py tools OURS

OURS is a folder with what `monitor.datasets.exchange.write` makes of `sample()` in `test_files.py`:
folders `huggingface` and `argilla`, and `label-studio.json` with its configuration. What the tools read of
it is written by them again into `golden/ours_through_*`.
"""

import json
import shutil
import sys
import uuid
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from unittest.mock import MagicMock

GOLDEN = Path(__file__).parent / "golden"
TEXTS = ["远山光伏：拟募资扩产\n公司称，“产能不足”。", "Mill closes; 200 jobs go"]


def told(name: str, packages: list[str]) -> None:
    versions = {package: version(package) for package in packages}
    (GOLDEN / f"{name}.versions.json").write_text(json.dumps(versions) + "\n")


def by_datasets(ours: Path) -> None:
    import datasets  # type: ignore[import-not-found]

    features = datasets.Features(
        {
            "text": datasets.Value("string"),
            "label": datasets.ClassLabel(names=["neutral", "negative", "positive"]),
            "topics": datasets.List(datasets.Value("string")),
            "user": datasets.Value("string"),
            "labelled_at": datasets.Value("timestamp[us, tz=UTC]"),
        }
    )
    at = datetime(2026, 3, 14, 9, 30, tzinfo=UTC)
    rows = [
        {"text": TEXTS[0], "label": 1, "topics": ["legal"], "user": "ann", "labelled_at": at},
        {"text": TEXTS[1], "label": 0, "topics": None, "user": "bo", "labelled_at": at},
    ]
    shutil.rmtree(GOLDEN / "datasets", ignore_errors=True)
    datasets.Dataset.from_list(rows, features=features).save_to_disk(str(GOLDEN / "datasets"))
    told("datasets", ["datasets", "pyarrow"])
    read = datasets.load_from_disk(str(ours / "huggingface"))
    assert read.features["label"].names == ["negative", "neutral", "positive"]
    assert len(read) == 3 and read[0]["topics"] == ["legal", "并购 | M&A"] and read[1]["topics"] == []
    assert read[2]["topics"] is None and read[0]["towards"][0] == {"company": "acme", "sentiment": "positive"}
    again = GOLDEN / "ours_through_datasets"
    shutil.rmtree(again, ignore_errors=True)
    read.map(lambda row: row).save_to_disk(str(again))  # written by them, for our own reader
    print("datasets read ours:", read)


def by_tools(ours: Path) -> None:
    import argilla as rg  # type: ignore[import-not-found]
    from argilla._models import DatasetModel  # type: ignore[import-not-found]
    from argilla.records._io import JsonIO  # type: ignore[import-not-found]
    from label_studio_sdk.label_interface import LabelInterface  # type: ignore[import-not-found]

    rg.Argilla._default_client = MagicMock()  # settings ask for a client, and use none
    folder = GOLDEN / "argilla"
    shutil.rmtree(folder, ignore_errors=True)
    (folder / ".argilla").mkdir(parents=True)
    settings = rg.Settings(
        fields=[rg.TextField(name="text")],
        questions=[
            rg.LabelQuestion(name="label", labels=["negative", "neutral", "positive"]),
            rg.MultiLabelQuestion(name="topics", labels=["legal", "earnings"], required=False),
        ],
    )
    settings.to_json(folder / ".argilla" / "settings.json")
    (folder / ".argilla" / "dataset.json").write_text(DatasetModel(name="labels").model_dump_json())
    ann, bo = uuid.UUID(int=1), uuid.UUID(int=2)
    said = [
        rg.Response("label", "negative", user_id=ann, status="submitted"),
        rg.Response("label", "neutral", user_id=bo, status="submitted"),
        rg.Response("topics", ["legal"], user_id=ann, status="submitted"),
    ]
    hint = rg.Suggestion("sentiment", "positive", score=0.75, agent="m1")
    records = [
        rg.Record(id="1", fields={"text": TEXTS[0]}, responses=said),
        rg.Record(id="2", fields={"text": TEXTS[1]}, responses=[rg.Response("label", "positive", ann)]),
        rg.Record(id="3", fields={"text": "nobody read this"}, suggestions=[hint]),
    ]
    JsonIO.to_json(records, folder / "records.json")
    told("argilla", ["argilla"])
    read = rg.Settings.from_json(ours / "argilla" / ".argilla" / "settings.json")
    assert [one.name for one in read.questions] == ["sentiment", "topics", "companies"]
    DatasetModel(**json.loads((ours / "argilla" / ".argilla" / "dataset.json").read_text()))
    found = JsonIO._records_from_json(ours / "argilla" / "records.json")
    assert [len(list(one.responses)) for one in found] == [4, 1]
    again = GOLDEN / "ours_through_argilla"
    shutil.rmtree(again, ignore_errors=True)
    again.mkdir()
    JsonIO.to_json(found, again / "records.json")
    print("argilla read ours:", [one.to_dict()["id"] for one in found])

    interface = LabelInterface((ours / "label-studio.xml").read_text())
    interface.validate()
    tasks = json.loads((ours / "label-studio.json").read_text())
    for task in tasks:
        for annotation in task["annotations"]:
            assert interface.validate_annotation(annotation), annotation
        for prediction in task["predictions"]:
            problems = interface.validate_prediction(prediction, return_errors=True)
            assert not problems, problems
    told("label_studio", ["label-studio-sdk"])
    print("label studio accepts ours")


if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    {"datasets": by_datasets, "tools": by_tools}[sys.argv[1]](Path(sys.argv[2]))
