from __future__ import annotations

import ast
import inspect
import json
import re
import shutil
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog
from fastapi import FastAPI
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from monitor import config, errors, learning
from monitor.app import Monitor
from monitor.desk import Desk, auth
from monitor.errors import (
    AccessError,
    DiskFullError,
    FetchError,
    MonitorError,
    PluginError,
    StoreBusyError,
    StoreError,
)
from monitor.evaluation.duel import Judgement, Rule, Share
from monitor.records import ModelState, Role
from monitor.registry import Registry
from monitor.store import (
    Tx,
    articles,
    audit,
    duels,
    models,
    open_store,
    processes,
    prunings,
    shadows,
    sources,
    trainings,
    users,
)
from monitor.store.duels import Disagreement
from monitor.store.expired import Sum
from monitor.testing import FakeClassifier, FakeFetcher, FakeNotifier, newsroom
from monitor.testing.newsroom import Newsroom
from monitor.web import answers
from monitor.web.api import ROUTES, create_api
from monitor.web.guard import Guard
from monitor.web.routes import ALWAYS, CHANGING

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
    app.mount("/api", create_api(monitor))
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


NUMBERS = (
    "article_id",
    "task_id",
    "feedback_id",
    "answer_id",
    "text_id",
    "story_id",
    "comment_id",
    "silence_id",
)
NAMES = ("alert_id", "delivery_id", "name", "model_id", "token_id", "training_id", "company_id")
IDS: dict[str, Any] = {**dict.fromkeys(NUMBERS, 1), **dict.fromkeys(NAMES, "x")}
"""Something for every place in a path."""
QUERIES: dict[str, Any] = {"/companies/preview": {"alias": "x"}, "/companies/find": {"text": "x"}}
"""What a route cannot do without."""
SAID = {"sentiment": "neutral"}
BODIES: dict[str, Any] = {
    "/tasks/{task_id}/label": SAID,
    "/tasks/release": {"tasks": [1]},
    "/tasks/hold": {"tasks": [1]},
    "/articles/{article_id}/correction": SAID,
    "/articles/{article_id}/feedback": {"kind": "duplicate"},
    "/articles/{article_id}/comments": {"text": "x"},
    "/texts/{text_id}/decision": SAID,
    "/stories/{story_id}/label": SAID,
    "/stories/{story_id}/merge": {"story": 2},
    "/rules/replay": {"rules": [{"name": "surge"}], "weeks": 520},
    "/stories/{story_id}/split": {"articles": [1]},
    "/guidelines": {"text": "x"},
    "/alerts/{alert_id}/feedback": {"kind": "useful"},
    "/silences": {"hours": 1, "rule": "surge"},
    "/alerts": {"alerts": ["x"], "action": "assign"},
    "/alerts/{alert_id}/comments": {"text": "x"},
    "/alerts/{alert_id}/severity": {"severity": "info", "why": "x"},
    "/companies/find": {"text": "x"},
    "/watchlist/{company_id}": {"name": "Acme"},
    "/users/{name}/skills": {},
    "/analysts/{name}/decision": {"keep": True, "reason": "a slip"},
    "/labels": {"rows": [{}]},
    "/tokens": {"name": "export"},
    "/me/password": {"old": "a", "new": "b"},
}
"""A body for every route that needs one."""


def test_every_route_needs_a_user(client: TestClient, monitor: Monitor) -> None:
    schema = client.get("/api/openapi.json").json()
    assert len(routes(schema)) >= 25
    for headers in ({"authorization": ""}, {"authorization": "Bearer wrong"}):
        others = [("GET", path) for path in ("/docs", "/openapi.json", "/nothing")]
        for method, path in [*routes(schema), *others]:
            assert client.request(method, f"/api{path}", headers=headers).status_code == 401, path


def test_without_the_guard_there_is_no_user(monitor: Monitor) -> None:
    with TestClient(create_api(monitor)) as bare:
        assert bare.get("/me").status_code == 401
        assert "请在 /login 登录" in bare.get("/me", headers={"accept-language": "zh"}).json()["detail"]


def test_trainings_are_asked_for_followed_cancelled_and_resumed(
    client: TestClient, monitor: Monitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = client.post("/api/models/trainings")
    assert answer.status_code == 400 and "nothing to learn from" in answer.json()["detail"]
    monkeypatch.setattr(learning, "check", lambda *_: None)
    monkeypatch.setattr(monitor, "run_training", lambda id: None)
    answer = client.post("/api/models/trainings")
    asked = answer.json()
    assert (answer.status_code, asked["state"], asked["asked_by"]) == (202, "queued", "admin")
    assert (asked["via"], asked["trigger"], asked["why"]) == ("api", "person", "asked for by admin")
    assert asked["minutes_left"] is None and "options" not in asked
    again = client.post("/api/models/trainings")
    assert again.status_code == 409 and asked["id"] in again.json()["detail"]
    with monitor.store.begin() as tx:
        trainings.claim(tx, asked["id"], "nobody", NOW)
        processes.close_orphans(tx, NOW)
    path = f"/api/models/trainings/{asked['id']}"
    assert client.get(path).json()["state"] == "interrupted"
    assert client.post(f"{path}/resume").json()["state"] == "queued"
    assert client.post(f"{path}/resume").status_code == 409
    assert client.delete(path).json()["state"] == "cancelled"
    assert client.delete(path).status_code == 409
    assert [one["id"] for one in client.get("/api/models/trainings").json()] == [asked["id"]]
    for method, url in (("GET", ""), ("DELETE", ""), ("POST", "/resume")):
        assert client.request(method, f"/api/models/trainings/missing{url}").status_code == 404


def test_what_happened_to_a_version_is_read(client: TestClient) -> None:
    champion = next(one for one in client.get("/api/models").json() if one["state"] == "champion")
    events = client.get(f"/api/models/{champion['id']}/events").json()
    assert [(one["event"], one["user"]) for one in events] == [("gated", "monitor"), ("promoted", "monitor")]
    assert events[0]["reason"] == champion["reason"]
    assert client.get("/api/models/missing/events").status_code == 404


def test_every_changing_route_is_closed_to_viewers(as_role: Callable[[str], TestClient]) -> None:
    viewer = as_role("viewer")
    for method, path in routes(viewer.get("/api/openapi.json").json()):
        if method in ("POST", "PUT") and path not in ("/tokens", "/me/password", "/companies/find"):
            answer = viewer.request(method, f"/api{path}".format(**IDS), json=BODIES.get(path))
            assert answer.status_code == 403 and "viewer is a viewer" in answer.json()["detail"], path


def test_a_search_says_from_when_on_texts_are_kept(client: TestClient, monitor: Monitor) -> None:
    asked = {"text": "制动", "limit": 1}
    assert "Texts-Kept-Since" not in client.get("/api/articles", params=asked).headers
    until = monitor.now() - timedelta(days=60)
    with monitor.store.begin() as tx:
        prunings.note(tx, "bodies", monitor.now(), 0.0, Sum(1, 1, until - timedelta(days=9)), until)
    assert client.get("/api/articles", params=asked).headers["Texts-Kept-Since"] == until.isoformat()
    later = {**asked, "since": (until + timedelta(days=1)).isoformat()}
    assert "Texts-Kept-Since" not in client.get("/api/articles", params=later).headers
    assert "Texts-Kept-Since" not in client.get("/api/articles").headers


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
    found = client.get("/api/trends", params={"kind": "both", "name": "legal:northwind"}).json()
    assert all(0 <= one["weight"] <= one["stories"] for one in found) and found[-1]["weight"] > 1
    assert len(client.get("/api/topics").json()) == 24 and len(client.get("/api/watchlist").json()) == 5
    body = {"text": "Northwind Motors and 海港银行 sued", "on": "2026-03-01"}
    told = client.post("/api/companies/find", json=body).json()
    assert [(one["company_id"], one["role"]) for one in told["mentions"]] == [
        ("northwind", "subject"),
        ("harbour", "subject"),
    ]
    assert client.get("/api/companies/find", params=body).json() == told
    for wrong in ({"text": ""}, {"text": "x", "on": "soon"}, {"text": "x", "on": "2026-02-30"}, {}):
        assert client.post("/api/companies/find", json=wrong).status_code == 422
    preview = client.get(
        "/api/companies/preview", params={"alias": "Northwind", "company": "northwind"}
    ).json()
    assert preview["read"] > 0 and preview["company_id"] == "northwind"
    missing = client.get("/api/companies/preview", params={"alias": "x", "company": "nobody"})
    assert missing.status_code == 404 and "nobody" in missing.json()["detail"]
    assert [s["name"] for s in client.get("/api/sources").json()] == list(newsroom.FEEDS)
    assert {m["state"] for m in client.get("/api/models").json()} == {"champion", "retired", "refused"}
    assert len(client.get("/api/deliveries", params={"state": "dead"}).json()) == 1
    assert any(plugin["name"] == "newsroom_fakes" for plugin in client.get("/api/plugins").json())
    assert client.get("/api/models/trainings").json() == []
    assert client.get("/api/models/measured").json() == []
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


def test_labels_leave_and_come_back(as_role: Callable[[str], TestClient], room: Newsroom) -> None:
    """An administrator's: who reads them judges nothing blind any more."""
    analyst = as_role("analyst")
    task = analyst.get("/api/tasks").json()[0]["task"]["id"]
    assert analyst.post(f"/api/tasks/{task}/label", json={"sentiment": "negative"}).status_code == 200
    assert analyst.get("/api/labels").status_code == 403
    assert analyst.post("/api/labels", json={"rows": [{}]}).status_code == 403
    admin = as_role("admin")
    (newest,) = admin.get("/api/labels", params={"limit": 1}).json()
    assert (newest["label"], newest["user"], newest["normalised"]) == ("negative", "analyst", True)
    older = admin.get("/api/labels", params={"before_id": newest["label_id"]}).json()
    assert all(one["label_id"] < newest["label_id"] for one in older)
    given = [newest, {**newest, "user": "", "label": "正面"}]
    brought = admin.post("/api/labels", json={"rows": given, "user": "bo"}).json()
    assert brought == {"new": 1, "known": 1, "gold": 0, "problems": []}
    given.append({"text": "致电13812345678，无人见报", "label": "13812345678", "user": "bo"})
    brought = admin.post("/api/labels", json={"rows": given, "user": "bo"}).json()
    (problem,) = brought["problems"]
    assert brought["new"] == 0 and problem["where"] == "row 3" and "allowed: negative" in problem["why"]
    assert "138" not in problem["why"]
    assert admin.post("/api/labels", json={"rows": []}).status_code == 422


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
        assert answer.status_code == 403, path
        assert "not logged in as 安" in answer.json()["detail"] and answer.json()["user"] == "analyst"
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


def test_an_alert_has_a_card_and_takes_feedback(client: TestClient, room: Newsroom) -> None:
    url = f"/api/alerts/{room.alert_id}"
    card = client.get(url).json()["card"]
    assert card["in_all"] == len(card["stories"]) == 14 and len(card["needed"]) == 3
    assert card["stories"][0]["quote"]["negative"] == 0.93 and card["causes"]["without_any_publisher"]
    assert card["counterfactual"][0].startswith("It still fires without any one publisher")
    said = client.post(f"{url}/feedback", json={"kind": "noise", "note": "rotation"}).json()
    assert (said["user"], said["kind"], said["note"]) == ("admin", "noise", "rotation")
    assert client.get(url).json()["feedback"] == [said] and client.get(url).json()["similar"] == []
    assert client.post(f"{url}/feedback", json={"kind": "duplicate"}).status_code == 409
    assert client.post(f"{url}/feedback", json={"kind": "late"}).status_code == 422
    assert client.get(f"{url}/budgets").status_code == 404


def test_alerts_are_listed_as_asked_for(client: TestClient, room: Newsroom) -> None:
    for asked, number in (
        ({}, 1),
        ({"company": "northwind", "rule": "surge", "severity": "warning", "unowned": True}, 1),
        ({"company": "other"}, 0),
        ({"owner": "admin"}, 0),
        ({"text": "northwind mot"}, 1),
        ({"since": "2026-03-02T09:00:00Z"}, 1),
        ({"until": "2026-03-02T09:00:00Z"}, 0),
        ({"overdue": True}, 0),
        ({"page": 2}, 0),
        ({"sort": "sla", "limit": 1}, 1),
    ):
        assert len(client.get("/api/alerts", params=asked).json()) == number, asked
    counted = client.get("/api/alerts/counts", params={"state": "resolved"}).json()
    assert counted["firing"] == 1 and sum(counted.values()) == 1 and len(counted) == 5


def test_alerts_are_given_to_somebody_spoken_of_and_graded(client: TestClient, room: Newsroom) -> None:
    url = f"/api/alerts/{room.alert_id}"
    assert client.post(f"{url}/assign").json()["owner"] == "admin"
    assert client.post(f"{url}/assign", json={"to": "analyst"}).json()["owner"] == "analyst"
    assert client.post(f"{url}/assign", json={"to": "viewer"}).status_code == 409
    assert client.post(f"{url}/assign", json={"to": ""}).json()["owner"] == ""
    assert client.post(f"{url}/comments", json={"text": "the court has ruled"}).status_code == 200
    graver = client.post(f"{url}/severity", json={"severity": "critical", "why": "a recall"}).json()
    assert (graver["severity"], graver["rule_severity"]) == ("critical", "warning")
    assert client.post(f"{url}/severity", json={"severity": "critical", "why": " "}).status_code == 422
    events = client.get(url, headers={"accept-language": "zh"}).json()["events"]
    assert [one["event"] for one in events] == [
        *("opened", "assigned", "assigned", "assigned", "commented", "regraded")
    ]


def test_several_alerts_are_each_answered_for_themselves(client: TestClient, room: Newsroom) -> None:
    body = {"alerts": ["missing", room.alert_id, "missing"], "action": "acknowledge", "note": "on it"}
    first, second = client.post("/api/alerts", json=body).json()
    assert first == {"alert_id": "missing", "alert": None, "problem": first["problem"]}
    assert "no such alert" in first["problem"]
    assert (second["alert"]["state"], second["alert"]["owner"], second["problem"]) == (
        *("acknowledged", "admin"),
        "",
    )
    (again,) = client.post(
        "/api/alerts", json={**body, "alerts": [room.alert_id]}, headers={"accept-language": "zh"}
    ).json()
    assert again["alert"] is None and "已由 admin 确认" in again["problem"]
    for wrong in ({"alerts": []}, {"action": "delete"}, {"alerts": ["x"] * 101}):
        assert client.post("/api/alerts", json={**body, **wrong}).status_code == 422, wrong


def test_receivers_are_listed_tested_and_sent_to_again(client: TestClient, monitor: Monitor) -> None:
    names = {one["name"]: one for one in client.get("/api/notifiers").json()}
    night = names["night-desk"]
    assert (night["dead"], night["waiting"], night["configured"]) == (1, 0, False)
    assert client.post("/api/notifiers/night-desk/retry").status_code == 404, "it is not enabled"
    answer = client.post("/api/notifiers/night-desk/test", headers={"accept-language": "zh"})
    assert answer.status_code == 404 and "没有已启用的接收方" in answer.json()["detail"]
    desk = FakeNotifier(failures=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(monitor.instances, "notifiers", lambda: {"night-desk": desk})
        found = client.post("/api/notifiers/night-desk/test").json()
        assert found == {"ok": False, "error": "the receiver answered HTTP 503"}
        assert client.post("/api/notifiers/night-desk/test").json() == {"ok": True, "error": ""}
        assert client.post("/api/notifiers/night-desk/retry").json() == {"sent": 1}
    assert [(one.event, one.alert_id) for one in desk.sent] == [("test", "")]
    assert client.get("/api/deliveries", params={"state": "dead"}).json() == []


def test_alerts_are_silenced_for_a_while(client: TestClient) -> None:
    body = {"hours": 4, "rule": "surge", "company": "northwind", "until_worse": True, "note": "known case"}
    made = client.post("/api/silences", json=body).json()
    assert (made["rule"], made["company"], made["topic"], made["user"]) == ("surge", "northwind", "", "admin")
    assert client.get("/api/silences").json() == [made]
    assert client.delete(f"/api/silences/{made['id']}").status_code == 204
    assert client.get("/api/silences").json() == []
    assert client.delete(f"/api/silences/{made['id']}").status_code == 404
    for wrong in ({"hours": 4}, {"hours": 0, "rule": "x"}, {"hours": 9000, "rule": "x"}):
        assert client.post("/api/silences", json=wrong).status_code in (400, 422), wrong


def test_a_token_made_over_the_api_works(client: TestClient) -> None:
    token = client.post("/api/tokens", json={"name": "export", "days": 1}).json()["token"]
    assert client.get("/api/me", headers={"authorization": f"Bearer {token}"}).json()["name"] == "admin"
    assert client.post("/api/tokens", json={"name": "export", "days": 0}).status_code == 400


def test_tokens_are_listed_and_revoked(as_role: Callable[[str], TestClient]) -> None:
    viewer = as_role("viewer")
    token = viewer.post("/api/tokens", json={"name": "nightly", "days": 1}).json()["token"]
    listed = viewer.get("/api/tokens").json()
    assert sorted((one["name"], one["kind"], one["own"]) for one in listed) == [
        ("", "api", True),
        ("nightly", "api", False),
    ]
    assert all(one.keys() >= {"created_at", "expires_at", "used_at"} for one in listed)
    assert token not in str(listed) and auth.digest(token) not in str(listed)
    nightly = next(one["id"] for one in listed if one["name"] == "nightly")
    assert viewer.get("/api/tokens", params={"user": "admin"}).status_code == 403
    assert viewer.delete("/api/tokens/none").status_code == 404
    assert viewer.delete(f"/api/tokens/{nightly}").status_code == 204
    assert viewer.get("/api/me", headers={"authorization": f"Bearer {token}"}).status_code == 401
    viewer.post("/api/tokens", json={"name": "weekly", "days": 1})
    assert viewer.delete("/api/tokens").json() == {"ended": 1}
    admin = as_role("admin")
    (last,) = admin.get("/api/tokens", params={"user": "viewer"}).json()
    assert admin.delete(f"/api/tokens/{last['id']}", params={"user": "viewer"}).status_code == 204
    assert admin.get("/api/tokens", params={"user": "nobody"}).status_code == 404


def test_a_password_is_changed_over_the_api(client: TestClient, monitor: Monitor) -> None:
    with monitor.store.begin() as tx:
        users.set_password(
            tx, "admin", auth.hash_password("correct horse", "admin"), keep=auth.digest("token of admin")
        )
    change = {"old": "wrong horse!", "new": "a better password"}
    assert client.put("/api/me/password", json=change).status_code == 403
    assert (
        client.put("/api/me/password", json={**change, "old": "correct horse", "new": "x"}).status_code == 400
    )
    assert client.put("/api/me/password", json={**change, "old": "correct horse"}).status_code == 204
    assert client.get("/api/me").status_code == 200, "the token that changed it goes on"
    auth.log_in(monitor.store, "admin", "a better password", NOW)


def test_the_audit_is_an_administrators(as_role: Callable[[str], TestClient]) -> None:
    analyst = as_role("analyst")
    assert analyst.get("/api/audit").status_code == 403
    assert analyst.get("/api/audit/state").status_code == 403
    admin = as_role("admin")
    (refused,) = admin.get("/api/audit", params={"action": "access"}).json()
    assert (refused["user"], refused["action"], refused["target"]) == (
        "analyst",
        "access.refused",
        "read the audit",
    )
    assert refused["address"] == "testclient" and refused["at"].startswith("2026-03-02T09:00")
    nothing = {"since": "2026-03-03T00:00:00Z", "user": "analyst"}
    assert admin.get("/api/audit", params=nothing).json() == []
    state = admin.get("/api/audit/state").json()
    assert (state["problem"], state["first_bad"]) == ("", 0)
    assert len(state["seal"]) == 64


def test_polling_and_models(client: TestClient, room: Newsroom) -> None:
    assert client.post("/api/sources/harbour-wire/poll").json()["ok"] is True
    assert client.post("/api/sources/missing/poll").status_code == 404
    assert client.post("/api/models/missing/promote").status_code == 404
    assert client.get("/api/models/missing/duel").status_code == 404
    assert client.get("/api/models/missing/shadow").status_code == 404
    assert client.get("/api/models/missing/figures").status_code == 404


@pytest.mark.usefixtures("room")
def test_a_shadow_in_progress(client: TestClient, monitor: Monitor, now: datetime) -> None:
    with monitor.store.begin() as tx:
        serving = models.champion(tx)
        assert serving is not None
        new = replace(serving, id="new", path="new", state=ModelState.CHALLENGER, promoted_at=None)
        models.put(tx, replace(new, shadow_hours=24.0))
        assert not shadows.admit(tx, "new", "good", now)
    assert client.get(f"/api/models/{serving.id}/shadow").json() is None
    told = client.get("/api/models/new/shadow").json()
    assert (told["state"], told["champion"], told["articles"]) == ("running", serving.id, 0)
    assert told["reason"].startswith(f"fit to serve, it judges everything beside {serving.id} for 24 hours")
    assert client.get("/api/models/new/events").json()[-1]["event"] == "shadowed"


@pytest.mark.usefixtures("room")
def test_figures_and_the_learning_curve(client: TestClient) -> None:
    found = client.get("/api/models/trained-20260226-1/figures").json()
    assert found["audits"] is None and found["before"] == "shipped-0a1b2c3d4e5f"
    gold = found["gold"]
    assert gold["texts"] == sum(map(sum, gold["confusion"])) == sum(one["texts"] for one in gold["bins"])
    assert gold["classes"] == ["negative", "neutral", "positive"]
    assert found["before_gold"]["figures"]["accuracy"]["low"] < gold["figures"]["accuracy"]["value"]
    curve = client.get("/api/models/curve").json()
    assert [(one["model"], one["taught"]) for one in curve] == [
        ("trained-20260226-1", 420),
        ("trained-20260301-1", 910),
    ]
    assert client.get("/api/strategy").json()["serves"] == "adjusted"


@pytest.mark.usefixtures("room")
def test_a_duel_in_progress(client: TestClient, monitor: Monitor, now: datetime) -> None:
    with monitor.store.begin() as tx:
        serving = models.champion(tx)
        assert serving is not None
        new = replace(serving, id="new", path="new", state=ModelState.CHALLENGER, promoted_at=None)
        models.put(tx, new)
        both = (serving.id, "new", Judgement.SENTIMENT)
        duels.begin(tx, *both, Share(1000, 50), [Disagreement(1, "negative", "neutral")], Rule(), now)
    assert client.get(f"/api/models/{serving.id}/duel").json() is None
    told = client.get("/api/models/new/duel").json()
    assert (told["state"], told["champion"], told["labels"]) == ("running", serving.id, 0)
    assert told["reason"].startswith(
        f"in a duel with {serving.id} about the sentiment: 0 of at most 200 labels"
    )


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
        "/alerts?sort=name",
        "/alerts?page=0",
        "/alerts/counts?since=yesterday",
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


@pytest.mark.parametrize("error", [StoreBusyError("/srv/m.db: locked"), DiskFullError("/srv/m.db: full")])
def test_a_store_that_cannot_write_is_503(
    client: TestClient, room: Newsroom, monkeypatch: pytest.MonkeyPatch, error: StoreError
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("monitor.store.answers.skip", fail)
    answer = client.post("/api/tasks/1/skip")
    assert answer.status_code == 503 and answer.headers["retry-after"] == "5"
    assert re.fullmatch(
        rf"{re.escape(error.public)} \(the log says more under \w{{8}}\)", answer.json()["detail"]
    )


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


def asked_of_the_desk(route: APIRoute) -> list[str]:
    """The desk's methods that a route calls."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(route.endpoint)))
    calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    on_desk = [one for one in calls if isinstance(one, ast.Attribute) and ast.unparse(one.value) == "desk"]
    return [one.attr for one in on_desk]


def raised(name: str) -> set[type[MonitorError]]:
    """The kinds of error that a method of the desk says it raises."""
    method = getattr(Desk, name)
    told = re.findall(r"\b(\w+Error)\b", inspect.getdoc(method) or "")
    kinds = {getattr(errors, kind) for kind in told}
    source = inspect.getsource(method)
    roles = set(re.findall(r"_may\(Role\.(\w+)", source))
    roles |= {"ADMIN"} if "self._whose(" in source else set()  # of others
    assert roles, f"{name} asks for no role"
    return kinds | ({AccessError} if roles != {"VIEWER"} else set())


def door(route: APIRoute) -> set[int]:
    """What the door may answer on the way to a route."""
    changes = not (route.methods or set()) <= {"GET"}
    taken = [route.dependant, *route.dependant.dependencies]
    given = [(one.path_params, one.query_params, one.header_params) for one in taken]
    takes = route.body_field or any(any(one) for one in given)
    return {*ALWAYS, *(CHANGING if changes else ()), *([422] if takes else [])}


def test_a_route_declares_what_it_can_answer_and_nothing_else(client: TestClient) -> None:
    schema = client.get("/api/openapi.json").json()["paths"]
    assert len(ROUTES) == len(routes({"paths": schema}))
    for route in ROUTES:
        kinds = set().union(*(raised(name) for name in asked_of_the_desk(route)))
        (method,) = route.methods or ()
        operation = schema[route.path][method.lower()]
        answered = {int(code): answer for code, answer in operation["responses"].items()}
        answered.pop(route.status_code or 200)
        assert answered.keys() == door(route) | {answers.STATUSES[kind] for kind in kinds}, route.path
        for code, answer in answered.items():
            assert answer["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Problem"}
            assert ("Retry-After" in answer.get("headers", {})) == (code in (429, 503))
        assert {"token", "session"} == {name for one in operation["security"] for name in one}


SECRET = "postgresql://watch:hunter2@db7.lan/news: /srv/watch/store.db is locked"
ODD = [*answers.STATUSES, FetchError, PluginError, StoreError, KeyError, OverflowError]


def test_whatever_a_desk_raises_is_answered_without_a_word_of_it(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing: list[Exception] = []

    def fail(*_: object, **__: object) -> None:
        raise failing[-1]

    asked = [(route, name) for route in ROUTES for name in asked_of_the_desk(route)]
    for name in {name for _, name in asked}:
        monkeypatch.setattr(Desk, name, fail)
    for kind in ODD:
        failing.append(kind(SECRET))
        for route, name in asked:
            (method,) = route.methods or ()
            url = f"/api{route.path}".format(**IDS)
            with structlog.testing.capture_logs() as lines:
                body = BODIES.get(route.path) if method != "GET" else None
                answer = client.request(method, url, json=body, params=QUERIES.get(route.path))
            assert answer.status_code == answers.status_of(failing[-1]), (name, kind)
            assert len(lines) == 1 and lines[0]["id"] in answer.json()["detail"]
            assert answer.json().keys() == {"detail"}
            assert ("retry-after" in answer.headers) == (answer.status_code in (429, 503))
            for word in ("watch", "hunter2", "db7.lan", "/srv", "Error"):
                assert word not in answer.text, (name, kind)


def test_an_error_is_said_in_the_reader_s_language(client: TestClient) -> None:
    chinese = {"accept-language": "zh-CN,zh;q=0.9,en;q=0.8"}
    for path, words in (
        ("/alerts/missing", "没有预警 missing"),
        ("/articles/0", "字段 path.article_id 不得小于 1"),
        ("/nothing", "此地址没有内容"),
        ("/overview?hours=x", "应为整数"),
    ):
        assert words in client.get(f"/api{path}", headers=chinese).json()["detail"]
    assert (
        "没有预警" in client.get("/api/alerts/x", headers={"cookie": "monitor_language=zh"}).json()["detail"]
    )
    assert client.get("/api/alerts/x").json()["detail"] == "alert x: no such alert in the store"
    body = client.post("/api/tasks/1/label", content=b"{", headers=chinese).json()
    assert body["detail"].startswith("请求内容不是 JSON")


def test_a_role_is_refused_in_the_reader_s_language(as_role: Callable[[str], TestClient]) -> None:
    answer = as_role("viewer").post("/api/models/trainings", headers={"accept-language": "zh"})
    assert answer.json() == {"detail": "viewer 的角色是访客；训练模型需要管理员"}


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/me", "GET"),
        ("PUT", "/models/trainings", "GET, POST"),
        ("POST", "/models/trainings/x", "DELETE, GET"),
        ("PUT", "/alerts/x/resolve", "POST"),
        ("OPTIONS", "/tokens", "DELETE, GET, POST"),
        ("HEAD", "/articles", "GET"),
        ("TRACE", "/tasks/1/label", "POST"),
    ],
)
def test_a_method_there_is_not_is_405_with_those_there_are(
    client: TestClient, method: str, path: str, allowed: str
) -> None:
    answer = client.request(method, f"/api{path}")
    assert answer.status_code == 405 and answer.headers["allow"] == allowed
    if method != "HEAD":
        assert allowed in answer.json()["detail"]


@pytest.mark.parametrize("path", ["/nothing", "/", "/articles/", "/me/more", "/v2/me", "/docs/x", "/redoc"])
def test_an_unknown_address_is_404(client: TestClient, path: str) -> None:
    answer = client.get(f"/api{path}", follow_redirects=False)
    assert answer.status_code == 404 and "detail" in answer.json()


def test_pages_tell_no_folder_of_the_machine(client: TestClient, monitor: Monitor) -> None:
    with monitor.store.begin() as tx:
        state = {"path": "/srv/desk/lists/names.csv", "offset": 7}
        sources.succeeded(tx, "harbour-wire", state, ["/srv/desk/lists/names.csv: line 3"], NOW, 60)
        sources.failed(tx, "harbour-wire", "/srv/desk/lists/names.csv: cannot be read", NOW, 60)
        tx.execute(text("UPDATE deliveries SET last_error = 'cannot write /srv/desk/out/a.txt'"))
        tx.execute(
            text("UPDATE models SET path = '/srv/desk/models/m1', reason = '/srv/desk/models/m1/w: gone'")
        )
    seen = "".join(
        client.get(f"/api{path}").text for path in ("/sources", "/deliveries", "/models", "/plugins")
    )
    assert "names.csv: cannot be read" in seen and "cannot write a.txt" in seen and "w: gone" in seen
    assert "/srv" not in seen and '"m1"' in seen


def test_a_step_is_as_long_as_it_must(client: TestClient) -> None:
    steps = client.get("/api/trends", params={"hours": 24 * 366, "step_minutes": 5}).json()
    assert 1700 < len(steps) <= 2000, "whole hours"
    assert len(client.get("/api/trends", params={"hours": 2, "step_minutes": 5}).json()) == 24


def test_a_token_s_name_is_kept_as_far_as_it_can_be_printed(client: TestClient, monitor: Monitor) -> None:
    assert client.post("/api/tokens", json={"name": " nightly\u200b \u202eexport "}).status_code == 201
    with monitor.store.read() as tx:
        assert "nightly export" in [entry.target for entry in audit.page(tx)]
    for name in ("", "  ", "a\u0000", "a\n", "a\u2028b", "…", "x" * 101):
        assert client.post("/api/tokens", json={"name": name}).status_code in (400, 422)


def test_an_explanation_of_what_is_not_there_is_404(
    client: TestClient, monitor: Monitor, room: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(monitor, "served", FakeClassifier())
    url = f"/api/articles/{room.article_ids[0]}/explanation"
    for target in ("company:Nobody Ever Heard Of", "topics:weather", "topics:"):
        answer = client.get(url, params={"target": target})
        assert answer.status_code == 404 and "is unknown" in answer.json()["detail"]
    for target in ("", "mood", "sentiment:angry"):
        assert client.get(url, params={"target": target}).status_code == 400


def test_the_schema_lists_this_installation_s_topics(client: TestClient, monitor: Monitor) -> None:
    schema = client.get("/api/openapi.json").json()["components"]["schemas"]
    topics = schema["Answer"]["properties"]["topics"]["anyOf"][0]["items"]["enum"]
    assert topics == [topic.name for topic in monitor.settings.taxonomy]
    assert "x-one-of" not in json.dumps(schema)


@pytest.fixture(params=["sqlite", "postgresql"])
def anywhere(
    request: pytest.FixtureRequest, furnished: tuple[Path, Newsroom], registry: Registry
) -> Iterator[tuple[TestClient, str]]:
    """An administrator at an API over either database, and the database's address."""
    url = str(request.getfixturevalue(f"{request.param}_url"))
    settings = config.load(furnished[0] / "config.toml", {"MONITOR_STORE__URL": url})
    store = open_store(url)
    with store.begin() as tx:
        user = users.add(tx, "admin", "no password", Role.ADMIN, NOW)
        users.add_token(tx, auth.digest("token"), "api", user.id, "", NOW, None)
    monitor = Monitor(settings, store, registry, FakeFetcher(), companies=newsroom.COMPANIES, now=lambda: NOW)
    app = FastAPI()
    app.mount("/api", create_api(monitor))
    guarded = Guard(app, store=store, now=lambda: NOW)
    headers = {"authorization": "Bearer token"}
    with TestClient(
        guarded, base_url="http://localhost", raise_server_exceptions=False, headers=headers
    ) as client:
        yield client, url
    store.close()


ENDS = [
    *("0001-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00+23:59"),
    *("0001-01-01T00:00:00-14:00", "9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59-14:00"),
    *("9999-12-31T23:59:59-23:59", "9999-12-31T23:59:60Z", "1969-12-31T23:59:59Z", "4712-01-01T00:00:00Z"),
]


def test_the_ends_of_the_calendar_are_bounds_like_others(anywhere: tuple[TestClient, str]) -> None:
    client, _ = anywhere
    for name in ("since", "until"):
        for at in ENDS:
            answer = client.get("/api/articles", params={name: at})
            assert (answer.status_code, answer.json()) == (200, []), (name, at)


BIG = ["-1", "9223372036854775807", "9223372036854775808", "1" + "0" * 30, "9" * 5000, "1e400", "-0", "1_000"]


def test_numbers_beyond_any_column_are_the_request_s_mistake(anywhere: tuple[TestClient, str]) -> None:
    client, _ = anywhere
    for number in BIG:
        for path in ("/articles?before_id={}", "/articles?story_id={}", "/articles?limit={}", "/tasks?n={}"):
            assert client.get(f"/api{path.format(number)}").status_code in (200, 400, 422), (path, number)
        for path in ("/overview?hours={}", "/trends?hours={}", "/trends?step_minutes={}", "/alerts?limit={}"):
            assert client.get(f"/api{path.format(number)}").status_code in (200, 400, 422), (path, number)
        for path in ("/articles/{}", "/articles/{}/explanation"):
            assert client.get(f"/api{path.format(number)}").status_code in (404, 422), (path, number)
        for path in ("/tasks/{}/skip", "/deliveries/{}/retry", "/models/{}/promote", "/alerts/{}/resolve"):
            assert client.post(f"/api{path.format(number)}").status_code in (404, 422), (path, number)
        body = f'{{"name": "export", "days": {number}}}'.encode()
        assert client.post("/api/tokens", content=body).status_code in (400, 422), number


def test_a_lost_connection_is_503_without_an_address_and_the_next_request_works(
    anywhere: tuple[TestClient, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    client, url = anywhere
    if url.startswith("sqlite"):
        pytest.skip("SQLite has no connection to lose")
    real = articles.page

    def cut(tx: Tx, **filters: Any) -> Any:
        tx.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
        return real(tx, **filters)

    with monkeypatch.context() as patched:
        patched.setattr(articles, "page", cut)
        answer = client.get("/api/articles")
    assert answer.status_code == 503 and answer.headers["retry-after"] == "5"
    assert answer.json()["detail"].startswith("the database cannot be reached; look whether it was done")
    for part in re.findall(r"[\w.-]{4,}", url.partition("://")[2]):
        assert part not in answer.json()["detail"]
    assert client.get("/api/articles").json() == []


def test_every_route_is_on_the_page_about_the_api(client: TestClient) -> None:
    page = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"(GET|POST|PUT|DELETE) (/[^`?]*)", page))
    served = {
        (method, re.sub(r"\{\w+_id\}", "{id}", path))
        for method, path in routes(client.get("/api/openapi.json").json())
    }
    assert served <= listed
    assert {(method, path) for method, path in listed if not path.startswith("/api")} <= served


# --- companies, stories, rules -------------------------------------------------------------------


def test_companies_and_stories_are_told(client: TestClient, room: Newsroom) -> None:
    first, *others = client.get("/api/companies", params={"hours": 24}).json()
    assert first["id"] == "northwind" and first["open_alerts"] == 1 and len(others) == 4
    assert first["share"] == first["negative"] / first["stories"]
    assert [one["id"] for one in client.get("/api/companies", params={"text": "海港"}).json()] == ["harbour"]
    told = client.get("/api/companies/northwind", params={"hours": 24}).json()
    assert told["coverage"] == first and told["usual"] is None and len(told["trend"]) == 24
    assert {one["kind"] for one in told["names"]} == {"short", "ticker"}
    asked = {"company": "northwind", "negative": True, "limit": 3}
    lines = client.get("/api/stories", params=asked).json()
    assert len(lines) == 3 and all("northwind" in one["negative_for"] for one in lines)
    older = client.get("/api/stories", params={**asked, "before_id": lines[-1]["story"]["id"]}).json()
    assert not {one["story"]["id"] for one in older} & {one["story"]["id"] for one in lines}
    assert client.get("/api/companies/nobody").status_code == 404
    assert client.get("/api/companies", params={"hours": 0}).status_code == 422


def test_rules_are_told_and_tried(
    as_role: Callable[[str], TestClient], monitor: Monitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = as_role("viewer").get("/api/rules").json()
    assert [one["rule"]["name"] for one in told["rules"]] == ["surge", "share", "buildup", "market"]
    assert told["weeks"] == [1] and "[rules.surge]" in told["rules"][0]["table"]
    monkeypatch.setattr(monitor, "try_rules", monitor.compare_rules)
    analyst, loud = as_role("analyst"), {"name": "surge", "budget": 500.0, "least": 1}
    body: dict[str, Any] = {"rules": [loud], "weeks": 1}
    [one] = analyst.post("/api/rules/replay", json=body).json()["rules"]
    assert (one["rule"], one["before"]["budget"], one["after"]["budget"]) == ("surge", 1.0, 500.0)
    assert analyst.post("/api/rules/replay", json={**body, "weeks": 4}).json()["weeks"] < 1
    assert analyst.post("/api/rules/replay", json={**body, "rules": [loud, loud]}).status_code == 409
    unknown = {**body, "rules": [{**loud, "detector": "none"}]}
    assert analyst.post("/api/rules/replay", json=unknown).status_code == 404
    for wrong in ({"scopes": ["world"]}, {"budget": 0}, {"name": "a b"}, {"receivers": ["x"]}):
        bad = {**body, "rules": [{**loud, **wrong}]}
        assert analyst.post("/api/rules/replay", json=bad).status_code == 422, wrong
