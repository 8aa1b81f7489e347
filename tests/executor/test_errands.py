"""What is asked of a cluster, and what doctor finds of it, where there is none."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from monitor.cli import main
from monitor.errors import MonitorError, UserError
from monitor.executor import checking, errands
from monitor.messages import Message, said
from monitor.settings import ClusterSettings

TOKEN = {"RAY_AUTH_MODE": "token"}
SEEN: dict[str, Any] = {
    "ray": "2.60.0", "python": "3.11.7", "nodes": 2, "cpus": 8.0, "gpus": 1.0, "usage": False
}  # fmt: skip


@pytest.fixture
def without(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)


@pytest.mark.usefixtures("without")
def test_without_the_extra_one_line_says_how_to_install_it() -> None:
    with pytest.raises(UserError) as raised:
        errands.run("look", {"address": "127.0.0.1:6379"})
    assert said(raised.value.told, "en") == (
        "Ray is not installed: `pip install 'news-monitor[cluster]'` installs it"
    )
    assert "未安装 Ray" in said(raised.value.told, "zh")
    [(state, what, _)] = checking.findings(ClusterSettings(), TOKEN)
    assert state == "fail" and "pip install" in what


def test_the_worker_says_so_and_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "config.toml").write_text('[classifier]\nhost = "ray"\n')
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(errands.importlib.util, "find_spec", lambda name: None)
    assert main(["worker", "--role", "classifier"]) == 2
    assert capsys.readouterr().err.count("pip install 'news-monitor[cluster]'") == 1
    (tmp_path / "config.toml").write_text('[classifier]\nhost = "unix:c.sock"\n')
    assert main(["worker", "--role", "classifier", "--undeploy"]) == 2
    assert "--undeploy is for a classifier on a cluster" in capsys.readouterr().err


@pytest.mark.parametrize("address", ["127.0.0.1:1", "127.0.0.1:99999", "no-such-host.invalid:6379"])
def test_a_wrong_address_is_told_in_one_line(address: str) -> None:
    with pytest.raises(UserError, match=f"no Ray cluster answers at {address}") as raised:
        errands.reach(address)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("answer", "kind", "told"),
    [
        ('{"found": 7}', None, ""),
        ('{"error": "wrong", "kind": "UserError"}', UserError, "wrong"),
        ("Segmentation fault", MonitorError, "ended before it was done"),
        ("", MonitorError, "ended before it was done"),
    ],
)
def test_what_a_child_says_or_does_not(
    monkeypatch: pytest.MonkeyPatch, answer: str, kind: type[MonitorError] | None, told: str
) -> None:
    given: dict[str, Any] = {}

    def child(command: list[str], **options: Any) -> Any:
        given.update(options)
        return subprocess.CompletedProcess(command, 1, f"noise\n{answer}\n", "killed\n")

    monkeypatch.setattr(errands, "require", lambda: None)
    monkeypatch.setattr(errands, "reach", lambda address: None)
    monkeypatch.setattr(subprocess, "run", child)
    if kind is None:
        assert errands.run("look", {"address": "127.0.0.1:6379"}) == 7
    else:
        with pytest.raises(kind, match=told):
            errands.run("look", {"address": "127.0.0.1:6379"})
    assert given["env"].items() >= errands.QUIET.items()


def test_ray_stays_on_loopback_where_the_address_is() -> None:
    variable = "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"
    assert errands.environment("127.0.0.1:6379")[variable] == "0"
    assert errands.environment("[::1]:6379")[variable] == "0"
    assert variable not in errands.environment("10.1.0.5:6379")
    assert variable not in errands.environment("head:6379")


def found(
    cluster: ClusterSettings, environ: Mapping[str, str] = TOKEN, is_open: bool = False, **seen: Any
) -> list[tuple[str, str, str]]:
    def run(verb: str, asked: Mapping[str, Any], **_: Any) -> Any:
        return is_open if verb == "is_open" else {**SEEN, **seen}

    return list(checking.findings(cluster, environ, run))


@pytest.fixture
def present(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(errands, "require", lambda: None)


@pytest.mark.usefixtures("present")
def test_doctor_looks_at_everything() -> None:
    [(state, what, _)] = found(ClusterSettings(gpus=0.25, min_replicas=4, max_replicas=4))
    assert (state, what) == (
        "ok",
        "127.0.0.1:6379: Ray 2.60.0, Python 3.11.7, 2 nodes, 8 CPUs, 1 GPUs",
    )
    [(state, what, _)] = found(ClusterSettings(), {})
    assert state == "fail" and what.startswith("RAY_AUTH_MODE is not `token`")
    states = found(ClusterSettings(), is_open=True)
    assert states[0][0] == "fail" and "lets in who has no token" in states[0][1]
    [(state, what, _)] = found(ClusterSettings(gpus=1, min_replicas=2, max_replicas=2))
    assert state == "fail" and what.endswith("2 replicas need 2 GPUs")
    [(state, what, _)] = found(ClusterSettings(), cpus=0.0)
    assert state == "fail" and what.endswith("1 replicas need 1 CPUs")
    warned = found(ClusterSettings(), usage=True)
    assert [state for state, _, _ in warned] == ["warn", "ok"] and "call home" in warned[0][1]


@pytest.mark.usefixtures("present")
def test_doctor_tells_what_the_cluster_refuses() -> None:
    def run(verb: str, asked: Mapping[str, Any], **_: Any) -> Any:
        raise UserError(Message("cluster.refused", address="a:1"))

    [(state, what, _)] = checking.findings(ClusterSettings(), TOKEN, run)
    assert state == "fail" and "refuses the token" in what
