"""A cluster in a network namespace that holds a loopback and nothing else: it runs, and asks for no more.

    unshare --user --map-root-user --net python -m tests.executor.offline

Prints where is listened, and how many routes were asked for that are not there: what a call home would be.
"""

from __future__ import annotations

import fcntl
import json
import os
import socket
import struct
import tempfile
from pathlib import Path

import psutil

from monitor import config
from monitor.classification import champion, manifest, replicas, rollout
from monitor.classification.remote import RemoteClassifier
from monitor.classification.told import Version
from monitor.classification.wire import Address
from monitor.executor import Each, errands
from monitor.executor.driven import OnCluster
from monitor.testing import make_article
from tests.executor import standing, works


def raise_loopback() -> None:
    """As `ip link set lo up`."""
    with socket.socket() as one:
        name = b"lo".ljust(16, b"\0")
        (flags,) = struct.unpack_from("H", fcntl.ioctl(one, 0x8913, name + bytes(24)), 16)
        fcntl.ioctl(one, 0x8914, name + struct.pack("H", flags | 1) + bytes(22))


def counted() -> dict[str, int]:
    """OutNoRoutes of the namespace, and the interfaces that there are."""
    lines = [
        line.split() for line in Path("/proc/net/snmp").read_text().splitlines() if line.startswith("Ip:")
    ]
    found = dict(zip(lines[0][1:], map(int, lines[1][1:]), strict=True))
    return {"routes_missing": found["OutNoRoutes"], "interfaces": len(socket.if_nameindex())}


def main() -> None:
    raise_loopback()
    before = counted()
    with tempfile.TemporaryDirectory(prefix="o") as folder, standing.head() as head:
        port = standing.free_port()
        Path(folder, "config.toml").write_text(
            f'[classifier]\nhost = "ray"\n[cluster]\naddress = "{head.address}"\n'
            f'http = "http://127.0.0.1:{port}"\n'
        )
        settings = config.load(Path(folder, "config.toml"), {})
        model = champion.shipped_folder(settings.classifier.model, settings.directory)
        version = Version("shipped", str(model), manifest.digest(model))
        asked = rollout.asked(settings.cluster, replicas.carried(settings), version)
        errands.run("deploy", asked, environ=head.environ)
        client = RemoteClassifier(Address.served(settings.cluster.http, ()))
        said = [
            one.label for one in client.classify([make_article("profit falls"), make_article("盈利大增")])
        ]
        os.environ.update(head.environ)
        with OnCluster(head.address, 1, 1).map(Each(works.square), range(5)) as found:
            squares = list(found)
        every = psutil.net_connections("tcp")
        listening = sorted({one.laddr.ip for one in every if one.status == psutil.CONN_LISTEN})
    after = counted()
    print(
        json.dumps(
            {"said": said, "squares": squares, "listening": listening, "before": before, "after": after}
        )
    )


if __name__ == "__main__":
    main()
