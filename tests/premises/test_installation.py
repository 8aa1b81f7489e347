"""The installation's key: one for all processes, outside the store, its owner's alone."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from monitor import config
from monitor.errors import ConfigError
from monitor.logs import events
from monitor.premises import installation
from monitor.settings import Settings

KEY = bytes(range(32))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "config.toml").write_text('[store]\nurl = "sqlite:///data/monitor.db"\n')
    return config.load(tmp_path / "config.toml", {})


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_key_is_made_once_and_kept_to_its_owner(settings: Settings, tmp_path: Path) -> None:
    assert installation.present_key(settings) is None
    key = installation.installation_key(settings)
    file = tmp_path / "data" / "installation.key"
    assert len(key) == 32
    assert installation.installation_key(settings) == installation.present_key(settings) == key
    assert file.read_text() == f"{key.hex()}\n"
    assert (mode(file), mode(file.parent)) == (0o600, 0o700)
    assert os.listdir(file.parent) == ["installation.key"]


def test_beside_a_database_server_it_lies_with_the_settings(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('[store]\nurl = "postgresql://desk@db.example/monitor"\n')
    settings = config.load(tmp_path / "config.toml", {})
    assert installation.key_file(settings) == tmp_path / "installation.key"


MAKE = """
import sys
from pathlib import Path
from monitor import config
from monitor.premises import installation
settings = config.load(Path(sys.argv[1]), {})
sys.stdin.readline()
print(installation.installation_key(settings).hex())
"""


def test_processes_that_start_at_once_have_one_key(settings: Settings, tmp_path: Path) -> None:
    children = [
        subprocess.Popen(
            [sys.executable, "-c", MAKE, str(settings.file)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(6)
    ]
    for child in children:
        assert child.stdin is not None
        child.stdin.write("\n")
        child.stdin.flush()
    said = {child.communicate(timeout=60)[0].strip() for child in children}
    assert said == {installation.installation_key(settings).hex()}
    assert os.listdir(tmp_path / "data") == ["installation.key"]


def test_who_comes_second_keeps_the_first_key(tmp_path: Path) -> None:
    installation.make(tmp_path / "k", KEY)
    installation.make(tmp_path / "k", b"\xff" * 32)
    assert installation.read(tmp_path / "k") == KEY


def test_the_environment_goes_before_the_file(tmp_path: Path) -> None:
    # A key of digits alone is text, too.
    settings = config.load(None, {"MONITOR_INSTALLATION_KEY": "12" * 32})
    assert installation.installation_key(settings) == b"\x12" * 32
    assert not installation.key_file(settings).exists()
    assert "1212" not in repr(settings)
    assert "12" * 32 in events.secrets(settings)


@pytest.mark.parametrize("value", ["zz" * 32, "12" * 31, "hunter22"])
def test_a_wrong_key_of_the_environment_is_refused_unsaid(value: str) -> None:
    with pytest.raises(ConfigError, match=r"MONITOR_INSTALLATION_KEY.*64 hexadecimal digits") as error:
        config.load(None, {"MONITOR_INSTALLATION_KEY": value})
    assert value not in str(error.value)


def test_the_settings_file_is_no_place_for_it(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(f'installation_key = "{"12" * 32}"\n')
    with pytest.raises(ConfigError, match="environment variable MONITOR_INSTALLATION_KEY") as error:
        config.load(tmp_path / "config.toml", {})
    assert "1212" not in str(error.value)


@pytest.mark.parametrize(
    "content", [b"", b"\n", b"12" * 31, b"12" * 33, b"g" * 64, bytes(range(200, 240)), b"1" * 5000]
)
def test_a_file_that_is_no_key_is_left_and_named(settings: Settings, content: bytes) -> None:
    file = installation.key_file(settings)
    file.parent.mkdir()
    file.write_bytes(content)
    with pytest.raises(ConfigError, match=r"installation\.key: expected 64 hexadecimal digits"):
        installation.installation_key(settings)
    assert file.read_bytes() == content


def test_a_file_that_others_read_is_closed_to_them(settings: Settings, tmp_path: Path) -> None:
    key = installation.installation_key(settings)
    file = installation.key_file(settings)
    for wide in (0o644, 0o640, 0o666, 0o604):
        file.chmod(wide)
        assert installation.installation_key(settings) == key
        assert mode(file) == 0o600


def a_folder(path: Path) -> None:
    path.mkdir()


def a_pipe(path: Path) -> None:
    os.mkfifo(path)


@pytest.mark.parametrize("put", [a_folder, a_pipe])
def test_what_is_no_file_is_refused(settings: Settings, put: Callable[[Path], None]) -> None:
    file = installation.key_file(settings)
    file.parent.mkdir()
    put(file)
    with pytest.raises(ConfigError, match=r"installation\.key: is no file"):
        installation.installation_key(settings)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_another_users_file_is_refused(settings: Settings) -> None:
    installation.installation_key(settings)
    file = installation.key_file(settings)
    os.chown(file, 4321, 4321)
    with pytest.raises(ConfigError, match=r"belongs to user 4321.*chown"):
        installation.installation_key(settings)
    os.chown(file.parent, 4321, 4321)  # a service's own folder, looked at by root
    installation.installation_key(settings)


def test_a_folder_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match=r"cannot be kept there.*MONITOR_INSTALLATION_KEY"):
        installation.make(tmp_path / "file" / "installation.key", KEY)


def test_each_purpose_has_a_key_of_its_own() -> None:
    made = {installation.derived(KEY, purpose) for purpose in ("audit", "devices", "coin", "")}
    assert len(made) == 4
    assert all(len(one) == 32 for one in made)
    assert installation.derived(KEY, "audit") == installation.derived(KEY, "audit")
    assert installation.derived(bytes(32), "audit") not in made


def test_the_derivation_is_hkdf_expand() -> None:
    """RFC 5869, A.1, with its own info: the first block of the output is T(1)."""
    import hmac

    prk = bytes.fromhex("077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5")
    expected = bytes.fromhex("3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf")
    assert hmac.digest(prk, bytes.fromhex("f0f1f2f3f4f5f6f7f8f9") + b"\x01", "sha256") == expected
    assert installation.derived(prk, "x") == hmac.digest(prk, b"news-monitor x\x01", "sha256")
