from __future__ import annotations

from importlib import resources
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.testclient import TestClient

from monitor.web.scripts import PREFIX, Scripts

FOLDER = Path(str(resources.files("monitor_dashboard") / "components"))


@pytest.fixture
def client() -> TestClient:
    return TestClient(Starlette(routes=[Mount(PREFIX, Scripts(FOLDER))]))


def test_every_script_is_served_as_one_and_asked_for_anew(client: TestClient) -> None:
    names = sorted(path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*.js"))
    assert "queue/main.js" in names
    for name in names:
        answer = client.get(f"{PREFIX}/{name}")
        assert answer.status_code == 200 and answer.content == (FOLDER / name).read_bytes()
        assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
        assert answer.headers["cache-control"] == "no-cache"
        again = client.get(f"{PREFIX}/{name}", headers={"if-none-match": answer.headers["etag"]})
        assert again.status_code == 304


@pytest.mark.parametrize(
    "path",
    ["queue/__init__.py", "queue/style.css", "queue", "", "queue/missing.js", "..%2fapp.py", "../app.py.js"],
)
def test_nothing_else_is(client: TestClient, path: str) -> None:
    assert client.get(f"{PREFIX}/{path}").status_code == 404
