"""What makes this installation itself: a key of 32 random bytes that no copy of the database contains.

Whoever can write to the database, or has a backup of it, must not be able to make what the monitor
vouches for: entries of the audit, cookies of known devices, draws of the audit's coin. So the key stands
outside: in the environment (MONITOR_INSTALLATION_KEY), else in a file `installation.key` that its owner
alone reads, beside the SQLite file, or beside config.toml where the database is a server.

    key = derived(installation_key(settings), "audit")

The file is made once, by whichever process comes first: it is written under another name and linked to
its own, which fails where the name is taken; so any number of processes that start at once read the
same key, and none reads half a file. Several machines on one PostgreSQL share one key by the
environment; without it each has its own, and `monitor doctor` says that entries were sealed elsewhere.

Each purpose has a key of its own (HKDF's expand step, RFC 5869, whose extract step a uniformly random
key does not need), so that what one purpose shows tells nothing of another.
"""

from __future__ import annotations

import hmac
import logging
import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path

from monitor.errors import ConfigError
from monitor.premises import locks
from monitor.settings import Settings
from monitor.store import Store, dialect, open_store

NAME = "installation.key"
VARIABLE = "MONITOR_INSTALLATION_KEY"
BYTES = 32
AUDIT = "audit"
"""The purpose of the key that seals the audit's entries."""
COINS = "coins"
"""The purpose of the key that decides which texts are audited (`monitor.acquisition.coins`)."""

log = logging.getLogger(__name__)


def installation_key(settings: Settings) -> bytes:
    """The installation's 32 bytes; made and kept in `key_file` where there are none yet.

    Raises ConfigError where the file cannot be read or written, is no such key, or belongs to
    somebody who may write neither the database nor the settings.
    """
    found = present_key(settings)
    if found is None:
        make(key_file(settings), secrets.token_bytes(BYTES))
        found = present_key(settings)
    assert found is not None
    return found


def present_key(settings: Settings) -> bytes | None:
    """The key where there is one already, else None. Raises ConfigError as `installation_key` does."""
    if settings.installation_key:
        return bytes.fromhex(settings.installation_key)
    return read(key_file(settings))


def store_of(settings: Settings, *, key: bytes | None = None) -> Store:
    """The installation's store, which seals its audit with `key` (by default the installation's, which is
    made where there is none). Raises ConfigError, StoreError; see `open_store`."""
    key = installation_key(settings) if key is None else key
    return open_store(
        settings.store.url,
        busy_timeout_seconds=settings.store.busy_timeout_seconds,
        key=derived(key, AUDIT) if key else b"",
    )


def key_file(settings: Settings) -> Path:
    """Where the key is kept unless the environment gives it."""
    file = dialect.sqlite_file(dialect.parse_url(settings.store.url))
    return (file.parent if file else settings.directory) / NAME


def derived(key: bytes, purpose: str) -> bytes:
    """The 32 bytes of `key` that `purpose` uses: HKDF-Expand with SHA-256, one block (RFC 5869, 2.3)."""
    return hmac.digest(key, f"news-monitor {purpose}".encode() + b"\x01", "sha256")


def make(path: Path, key: bytes) -> None:
    """Keep `key` at `path`, readable by its owner only, unless there is a file already.

    Raises ConfigError where the folder cannot be written to.
    """
    fresh = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(f"{key.hex()}\n")
                file.flush()
                os.fsync(file.fileno())
            with suppress(FileExistsError):  # another process was faster: its key counts
                os.link(fresh, path)
        finally:
            fresh.unlink(missing_ok=True)
        locks.flush(path.parent)
    except OSError as error:
        raise ConfigError(
            f"{path}: the installation's key cannot be kept there: {error.strerror}; make the folder "
            f"writable, or set {VARIABLE} to 64 hexadecimal digits (openssl rand -hex {BYTES})"
        ) from None


def read(path: Path) -> bytes | None:
    """The key in the file at `path`; None where there is no file.

    A file that others may read is made its owner's alone, and the log says so. Raises ConfigError
    where the file is no key, cannot be read, or is another user's.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ConfigError(
            f"{path}: cannot be read: {error.strerror}; run as the user whose file it is"
        ) from None
    try:
        about = os.fstat(handle)
        if not stat.S_ISREG(about.st_mode):
            raise ConfigError(f"{path}: is no file; move it away, and the next start makes a key")
        if about.st_uid not in (os.geteuid(), path.parent.stat().st_uid):
            raise ConfigError(
                f"{path}: belongs to user {about.st_uid}, who then knows the key; this process is user "
                f"{os.geteuid()}: give the file to it (chown), or restore your own"
            )
        if about.st_mode & 0o077:
            _close_to_others(handle, path)
        text = os.read(handle, 1000)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None
    finally:
        os.close(handle)
    return _parsed(text, path)


def _parsed(text: bytes, path: Path) -> bytes:
    try:
        key = bytes.fromhex(text.decode("ascii"))
    except ValueError:
        key = b""
    if len(key) != BYTES:
        raise ConfigError(
            f"{path}: expected {2 * BYTES} hexadecimal digits, found {len(text)} bytes that are none: put "
            "back the file that was there (with another key the audit cannot be checked), or move it away "
            "for a new key"
        )
    return key


def _close_to_others(handle: int, path: Path) -> None:
    try:
        os.fchmod(handle, 0o600)
    except OSError as error:
        raise ConfigError(
            f"{path}: other users may read it, and its mode cannot be changed ({error.strerror}): "
            "make it its owner's alone (chmod 600)"
        ) from None
    log.warning(
        "other users could read the installation's key; it is its owner's alone now",
        extra={
            "path": str(path),
            "hint": "if one may have read it, move the file away: the next start makes a new key",
        },
    )
