from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor import config
from monitor.app import Monitor
from monitor.desk import auth
from monitor.errors import DiskFullError, StoreBusyError
from monitor.records import Role
from monitor.registry import Registry
from monitor.store import open_store, users
from monitor.testing import FakeClassifier, FakeFetcher, newsroom
from monitor.testing.newsroom import Newsroom
from monitor.web import api as api_module
from monitor.web.guard import Guard

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> tuple[Path, Newsroom]:
    """A folder with a newsroom's settings and database, to copy."""
    folder = tmp_path_factory.mktemp("newsroom")
    newsroom.settle(folder)
    shutil.copy(sqlite_template, folder / "furnished.db")
    store = open_store(f"sqlite:///{folder / 'furnished.db'}")
    room = newsroom.furnish(store, NOW, hours=24)
    with store.begin() as tx:
        for role in Role:
            user = users.add(tx, str(role), "no password", role, NOW)
            users.add_token(tx, auth.digest(f"token of {role}"), "api", user.id, "", NOW, None)
    store.close()
    return folder, room


@pytest.fixture(scope="module")
def registry(furnished: tuple[Path, Newsroom]) -> Registry:
    return Registry.discover(furnished[0] / "plugins")


@pytest.fixture
def monitor(furnished: tuple[Path, Newsroom], registry: Registry, sqlite_url: str) -> Iterator[Monitor]:
    """A monitor in a furnished newsroom, with a user and a token for each role."""
    shutil.copy(furnished[0] / "furnished.db", sqlite_url.removeprefix("sqlite:///"))
    settings = config.load(furnished[0] / "config.toml", {"MONITOR_STORE__URL": sqlite_url})
    store = open_store(sqlite_url)
    yield Monitor(settings, store, registry, FakeFetcher(), companies=newsroom.COMPANIES, now=lambda: NOW)
    store.close()


@pytest.fixture
def room(furnished: tuple[Path, Newsroom]) -> Newsroom:
    return furnished[1]


@pytest.fixture
def as_role(monitor: Monitor) -> Iterator[Callable[[str], TestClient]]:
    app = FastAPI()
    app.mount("/api", api_module.create_api(monitor))
    guarded = Guard(app, store=monitor.store, now=lambda: NOW)
    with TestClient(guarded, base_url="http://localhost", raise_server_exceptions=False) as client:

        def make(role: str) -> TestClient:
            client.headers["authorization"] = f"Bearer token of {role}"
            return client

        yield make


@pytest.fixture
def client(as_role: Callable[[str], TestClient]) -> TestClient:
    return as_role("admin")


def routes(schema: dict[str, Any]) -> list[tuple[str, str]]:
    return [(method.upper(), path) for path, methods in schema["paths"].items() for method in methods]


def test_every_route_needs_a_user(client: TestClient, monitor: Monitor) -> None:
    schema = client.get("/api/openapi.json").json()
    assert len(routes(schema)) >= 25
    for headers in ({"authorization": ""}, {"authorization": "Bearer wrong"}):
        others = [("GET", path) for path in ("/docs", "/openapi.json", "/nothing")]
        for method, path in [*routes(schema), *others]:
            assert client.request(method, f"/api{path}", headers=headers).status_code == 401, path


def test_without_the_guard_there_is_no_user(monitor: Monitor) -> None:
    with TestClient(api_module.create_api(monitor)) as bare:
        assert bare.get("/me").status_code == 401


def test_every_changing_route_is_closed_to_viewers(as_role: Callable[[str], TestClient]) -> None:
    viewer = as_role("viewer")
    bodies = {"/tasks/{task_id}/label": {"sentiment": "neutral"}, "/tasks/release": {"tasks": [1]}}
    for method, path in routes(viewer.get("/api/openapi.json").json()):
        if method == "POST" and path != "/tokens":
            url = f"/api{path}".format(task_id=1, alert_id="x", delivery_id="x", name="x", model_id="x")
            answer = viewer.post(url, json=bodies.get(path))
            assert answer.status_code == 403 and "viewer is a viewer" in answer.json()["detail"], path


def test_what_is_read(client: TestClient, room: Newsroom) -> None:
    assert client.get("/api/me").json() == {"name": "admin", "role": "admin"}
    overview = client.get("/api/overview", params={"hours": 24}).json()
    assert overview["open_alerts"] == 1 and overview["articles"] == len(room.article_ids)
    found = client.get("/api/articles", params={"text": "制动", "limit": 5}).json()
    assert len(found) == 5 and all("制动" in view["article"]["text"] for view in found)
    last = found[-1]["article"]["id"]
    older = client.get("/api/articles", params={"text": "制动", "before_id": last}).json()
    assert max(view["article"]["id"] for view in older) < last
    detail = client.get(f"/api/articles/{found[0]['article']['id']}").json()
    assert sum(detail["prediction"]["sentiment"].values()) == pytest.approx(1)
    bad = client.get("/api/articles", params={"company": "northwind", "sentiment": "negative"}).json()
    assert bad and {view["companies"]["northwind"]["sentiment"] for view in bad} == {"negative"}
    assert {one["company_id"] for one in bad[0]["article"]["mentions"]} == set(bad[0]["companies"])
    detail = client.get(f"/api/articles/{bad[0]['article']['id']}").json()
    assert detail["companies"] == bad[0]["companies"] and detail["prediction"]["companies"] == {}
    assert len(client.get("/api/trends", params={"kind": "company", "name": "northwind"}).json()) == 24
    assert len(client.get("/api/topics").json()) == 24 and len(client.get("/api/companies").json()) == 5
    assert [s["name"] for s in client.get("/api/sources").json()] == list(newsroom.FEEDS)
    assert {m["state"] for m in client.get("/api/models").json()} == {"champion", "retired", "refused"}
    assert len(client.get("/api/deliveries", params={"state": "dead"}).json()) == 1
    assert any(plugin["name"] == "newsroom_fakes" for plugin in client.get("/api/plugins").json())
    assert client.get("/api/models/training").json() is None
    assert client.get("/api/queue").json()["open"] == len(room.task_ids)


def test_an_article_is_explained(
    client: TestClient, monitor: Monitor, room: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(monitor, "served", FakeClassifier())
    url = f"/api/articles/{room.article_ids[0]}/explanation"
    told = client.get(url).json()
    assert (told["target"], told["error"]) == ("sentiment", 0.0) and 0 < told["probability"] <= 1
    assert sum(one["score"] for one in told["attributions"]) == pytest.approx(told["difference"])
    assert client.get(url, params={"target": "topics:legal"}).json()["label"] == "legal"
    answer = client.get(url, params={"target": "nonsense"})
    assert answer.status_code == 400 and "'nonsense' is unknown" in answer.json()["detail"]
    assert client.get("/api/articles/999999999/explanation").status_code == 404


def test_an_analyst_labels_skips_and_undoes(as_role: Callable[[str], TestClient], room: Newsroom) -> None:
    analyst = as_role("analyst")
    first, second = analyst.get("/api/tasks", params={"n": 2}).json()
    url = f"/api/tasks/{first['task']['id']}/label"
    label = analyst.post(url, json={"sentiment": "negative", "topics": ["legal"]})
    assert label.status_code == 200 and label.json()["topics"] == ["legal"]
    assert analyst.post(url, json={"sentiment": "negative"}).status_code == 409
    assert analyst.post(f"/api/tasks/{second['task']['id']}/skip").status_code == 204
    assert analyst.post("/api/tasks/undo").json()["task"]["id"] in (first["task"]["id"], second["task"]["id"])
    assert analyst.post("/api/tasks/999999/skip").status_code == 404
    assert analyst.post(url, json={"sentiment": "angry"}).status_code == 422
    assert analyst.post(url, json={"sentiment": "neutral", "topics": ["weather"]}).status_code == 400
    assert analyst.post(url, json={"sentiment": "neutral", "gold": True}).status_code == 422, "unknown keys"


def test_who_was_first_is_part_of_the_answer(as_role: Callable[[str], TestClient], room: Newsroom) -> None:
    task = as_role("admin").get("/api/tasks", params={"n": 1}).json()[0]["task"]["id"]
    url = f"/api/tasks/{task}/label"
    held = as_role("analyst").post(url, json={"sentiment": "neutral"})
    assert held.status_code == 409
    assert held.json()["became"] == {"user": "admin", "outcome": "held", "sentiment": ""}
    assert as_role("admin").post(url, json={"sentiment": "negative"}).status_code == 200
    late = as_role("analyst").post(url, json={"sentiment": "neutral"})
    assert late.json()["became"] == {"user": "admin", "outcome": "label", "sentiment": "negative"}
    assert late.json()["detail"] == f"task {task}: admin labelled it negative before"


def test_nothing_is_done_for_another_user_than_the_one_meant(
    as_role: Callable[[str], TestClient], room: Newsroom
) -> None:
    analyst, meant = as_role("analyst"), {"As-User": "%E5%AE%89"}  # 安
    asked = [
        ("GET", "/api/tasks", None),
        ("POST", "/api/tasks/release", {"tasks": [1]}),
        ("POST", "/api/tasks/1/label", {"sentiment": "neutral"}),
        ("POST", "/api/tasks/1/skip", None),
        ("POST", "/api/tasks/undo", None),
    ]
    for method, path, body in asked:
        answer = analyst.request(method, path, json=body, headers=meant)
        assert answer.status_code == 412 and "not logged in as 安" in answer.json()["detail"], path
    stats = analyst.get("/api/queue").json()
    assert stats["open"] == len(room.task_ids) and stats["labels"] == 0
    assert analyst.get("/api/tasks", headers={"As-User": "analyst"}).status_code == 200


def test_an_undo_names_its_answer(as_role: Callable[[str], TestClient], room: Newsroom) -> None:
    analyst = as_role("analyst")
    ids = [view["task"]["id"] for view in analyst.get("/api/tasks", params={"n": 2}).json()]
    for number, task in enumerate(ids):
        sent = {"sentiment": "neutral", "seconds": 1.5}
        key = {"Idempotency-Key": f"k{number}"}
        assert analyst.post(f"/api/tasks/{task}/label", json=sent, headers=key).status_code == 200
    undone = analyst.post("/api/tasks/undo", json={"of": "k0"}, headers={"Idempotency-Key": "u"})
    assert undone.json()["task"]["id"] == ids[0]
    assert analyst.post("/api/tasks/undo", json={"of": "k7"}).status_code == 404
    other = analyst.post(f"/api/tasks/{ids[0]}/skip", json={"article": "another"})
    assert other.status_code == 409 and "another article" in other.json()["detail"]


def test_alerts_are_acknowledged_and_resolved(client: TestClient, room: Newsroom) -> None:
    (alert,) = client.get("/api/alerts", params={"state": ["firing", "pending"]}).json()
    url = f"/api/alerts/{alert['id']}"
    assert client.post(f"{url}/acknowledge", json={"note": "on it"}).json()["state"] == "acknowledged"
    assert client.post(f"{url}/acknowledge").status_code == 409
    assert client.post(f"{url}/resolve").json()["resolved_by"] == "admin"
    detail = client.get(url).json()
    assert [event["event"] for event in detail["events"]] == ["opened", "acknowledged", "resolved"]
    assert detail["events"][1]["note"] == "on it" and detail["evidence"] and detail["history"]
    assert client.get("/api/alerts/missing").status_code == 404


def test_a_token_made_over_the_api_works(client: TestClient) -> None:
    token = client.post("/api/tokens", json={"name": "export", "days": 1}).json()["token"]
    assert client.get("/api/me", headers={"authorization": f"Bearer {token}"}).json()["name"] == "admin"
    assert client.post("/api/tokens", json={"name": "export", "days": 0}).status_code == 400


def test_polling_and_models(client: TestClient, room: Newsroom) -> None:
    assert client.post("/api/sources/harbour-wire/poll").json()["ok"] is True
    assert client.post("/api/sources/missing/poll").status_code == 404
    assert client.post("/api/models/missing/promote").status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        b'{"sentiment": NaN}',
        b'{"sentiment": "neutral", "x": Infinity}',
        b"[" * 100_000,
        b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
        b"{",
        b"\xff\xfe",
        b'{"sentiment": "\\ud800"}',
        b'"text"',
        b"null",
        b'{"sentiment": "neutral", "topics": ["' + b"x" * 600 + b'"]}',
        b'{"sentiment": "neutral", "topics": [' + b'"legal",' * 60 + b'"legal"]}',
    ],
)
def test_odd_bodies_are_the_clients_mistake(client: TestClient, body: bytes) -> None:
    for content_type in ("application/json", "text/plain", ""):
        answer = client.post("/api/tasks/1/label", content=body, headers={"content-type": content_type})
        assert answer.status_code in (400, 422), answer.text
        assert isinstance(answer.json()["detail"], str) and len(answer.content) < 2000


@pytest.mark.parametrize(
    "query",
    [
        "/articles/0",
        "/articles/99999999999999999999",
        "/articles/x",
        "/articles?limit=501",
        "/articles?before_id=99999999999999999999",
        "/articles?since=yesterday",
        "/articles?since=2026-01-01T00:00:00",
        "/overview?hours=0",
        "/trends?step_minutes=0",
        "/trends?kind=planet",
        "/tasks?n=0",
        "/alerts?state=odd",
    ],
)
def test_odd_queries_are_the_clients_mistake(client: TestClient, query: str) -> None:
    answer = client.get(f"/api{query}")
    assert answer.status_code in (400, 422) and isinstance(answer.json()["detail"], str)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=60), source=st.text(max_size=10), company=st.text(max_size=10))
def test_no_search_text_breaks_the_server(client: TestClient, text: str, source: str, company: str) -> None:
    params = {"text": text.encode("utf-8", "replace").decode(), "source": source.encode("utf-8", "replace")}
    answer = client.get("/api/articles", params={**params, "company": company.encode("utf-8", "replace")})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "..%2f..%2fetc", "%00", "%ff", "x" * 300, "'; DROP TABLE alerts", "<script>"]
)
def test_odd_names_are_not_found(client: TestClient, name: str) -> None:
    for path in (f"/api/alerts/{name}", f"/api/articles/{name}"):
        assert client.get(path).status_code in (404, 422)
    assert client.post(f"/api/sources/{name}/poll").status_code in (404, 405, 422)


@pytest.mark.parametrize("error", [StoreBusyError("locked"), DiskFullError("full")])
def test_a_store_that_cannot_write_is_503(
    client: TestClient, room: Newsroom, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("monitor.store.answers.skip", fail)
    answer = client.post("/api/tasks/1/skip")
    assert answer.status_code == 503 and answer.headers["retry-after"] == "5"
    assert answer.json() == {"detail": str(error)}


def test_the_documentation_loads_nothing_from_elsewhere(client: TestClient) -> None:
    page = client.get("/api/docs")
    assert page.status_code == 200
    for asset in ("swagger-ui-bundle.js", "swagger-ui.css"):
        assert f"/api/assets/{asset}" in page.text
        assert client.get(f"/api/assets/{asset}").status_code == 200
    assert "https://" not in page.text


def test_the_schema_describes_every_answer(client: TestClient) -> None:
    schema = client.get("/api/openapi.json").json()
    json.dumps(schema, allow_nan=False)
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            assert operation["description"], f"{method} {path} says nothing"
            good = next(answer for code, answer in operation["responses"].items() if code.startswith("2"))
            assert "204" in operation["responses"] or good["content"]["application/json"]["schema"], path


def test_every_route_is_on_the_page_about_the_api(client: TestClient) -> None:
    page = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"(GET|POST) (/[^`?]*)", page))
    served = {
        (method, re.sub(r"\{\w+_id\}", "{id}", path))
        for method, path in routes(client.get("/api/openapi.json").json())
    }
    assert served <= listed
    assert {(method, path) for method, path in listed if not path.startswith("/api")} <= served
