"""The Compose file: the Compose Specification's own schema, and what it says of the product.

The schema is the one that check-jsonschema brings along (compose-spec/compose-spec, Apache-2.0; the version
of check-jsonschema in constraints.txt is the schema's), so that no copy of it stands here.
"""

from __future__ import annotations

import json
import re
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from tests.deploy.product import DEPLOY, SECRETS, healthy, is_known, parses, settings
from tests.deploy.test_container import variables

FILE = DEPLOY / "compose" / "compose.yaml"


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return yaml.safe_load(FILE.read_text("utf-8"))


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    vendor = resources.files("check_jsonschema.builtin_schemas").joinpath("vendor")
    return json.loads(vendor.joinpath("compose-spec.json").read_text("utf-8"))


def ours(compose: dict[str, Any]) -> dict[str, Any]:
    """The services that are the product."""
    return {name: one for name, one in compose["services"].items() if one["image"].startswith("news-monitor")}


def test_the_schema_finds_nothing_wrong(compose: dict[str, Any], schema: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator(schema).validate(compose)


def test_the_schema_would_find_something(compose: dict[str, Any], schema: dict[str, Any]) -> None:
    wrong = {**compose, "services": {**compose["services"], "web": {"image": "x", "prots": ["80:80"]}}}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(schema).validate(wrong)


def test_its_services_are_a_database_web_two_workers_and_a_classifier(compose: dict[str, Any]) -> None:
    assert set(compose["services"]) == {"database", "upgrade", "web", "worker-1", "worker-2", "classifier"}
    commands = {name: one["command"] for name, one in ours(compose).items()}
    for words in commands.values():
        parses(words)
    assert commands["worker-1"] == commands["worker-2"] == ["worker"]
    assert commands["upgrade"] == ["db", "upgrade"]


def test_everything_waits_for_the_schema_and_the_schema_for_the_database(compose: dict[str, Any]) -> None:
    for name, one in ours(compose).items():
        waits = one["depends_on"]
        if name == "upgrade":
            assert waits == {"database": {"condition": "service_healthy"}}
        else:
            assert waits["upgrade"] == {"condition": "service_completed_successfully"}
    assert "pg_isready" in compose["services"]["database"]["healthcheck"]["test"]


def test_passwords_come_from_files_and_stand_nowhere(compose: dict[str, Any]) -> None:
    for one in compose["services"].values():
        environ = one["environment"]
        assert not SECRETS & environ.keys()
        assert all(map(is_known, environ))
        named = {value for name, value in environ.items() if name.endswith("_FILE")}
        assert named <= {f"/run/secrets/{secret}" for secret in one["secrets"]}
        assert set(one["secrets"]) <= compose["secrets"].keys()
    assert all(one.keys() == {"file"} for one in compose["secrets"].values())
    url = ours(compose)["web"]["environment"]["MONITOR_STORE__URL"]
    assert re.fullmatch(r"postgresql://monitor@database:5432/monitor", url)


def test_settings_sockets_and_ports_agree(compose: dict[str, Any], tmp_path: Path) -> None:
    image = variables(DEPLOY / "container" / "Containerfile")
    for one in ours(compose).values():
        environ = {name: value for name, value in one["environment"].items() if not name.endswith("_FILE")}
        told = settings({**image, **environ}, tmp_path)
        mounted = {volume.split(":")[1] for volume in one["volumes"]}
        assert str(Path(told.classifier.host.removeprefix("unix:")).parent) in mounted
        assert image["MONITOR_CONFIG"] in mounted
        assert any(str(told.learning.directory).startswith(f"{folder}/") for folder in mounted)
    web = ours(compose)["web"]
    (port,) = web["ports"]
    assert port == f"127.0.0.1:{told.web.port}:{told.web.port}"
    healthy(re.findall(r"http://[^']+", web["healthcheck"]["test"][-1])[0])
    check = ours(compose)["classifier"]["healthcheck"]["test"]
    assert f"unix:{check[-1]}" == told.classifier.host


def test_files_it_names_are_there_or_made_by_its_first_lines(compose: dict[str, Any]) -> None:
    assert (FILE.parent / compose["services"]["upgrade"]["build"]["context"] / "deploy").is_dir()
    for one in ours(compose).values():
        for volume in one["volumes"]:
            if volume.startswith("."):
                assert (FILE.parent / volume.split(":")[0]).is_file(), volume
    text = FILE.read_text("utf-8")
    for secret in compose["secrets"].values():
        assert secret["file"].removeprefix("../../") in text.partition("name: news-monitor")[0]
    assert "Not started where it was written" in text
