"""Every document of a feed corpus through the `rss` source, over loopback HTTP.

    python benchmarks/feeds.py --data DIR --out benchmarks/results/feeds.json

Each file is served with the HTTP headers its own comments ask for (feedparser's test
documents do), fetched by `HttpFetcher`, parsed in the source's child process, and its
titles and links compared with what feedparser itself makes of the same bytes and headers
(`equal_to_feedparser`; `not_comparable` where feedparser raises or the document is JSON).
Nothing may escape but FetchError, and the process must survive every file.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import platform
import re
import resource
import shlex
import sys
import threading
import time
import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urljoin, urlsplit

import feedparser

from monitor import FetchError
from monitor.extensions.loading import Origin
from monitor.fetcher import HttpFetcher
from monitor.sandbox.pool import Pool
from monitor.sandbox.proxies import SourceProxy

HEADER = re.compile(rb"^Header:\s+([A-Za-z-]+):\s*(.*?)\s*$", re.MULTILINE)
PACKAGES = ("feedparser", "httpx2", "httpcore2")


def headers_of(body: bytes, path: Path) -> dict[str, str]:
    """The headers a test document asks to be served with; a content type always."""
    wanted = {name.decode().lower(): value.decode("latin-1") for name, value in HEADER.findall(body[:4000])}
    wanted.setdefault("content-type", "application/json" if path.suffix == ".json" else "application/xml")
    return {name: value for name, value in wanted.items() if name.startswith("content-")}


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The folder's files on a loopback port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = folder / unquote(self.path.lstrip("/"))
            body = path.read_bytes()
            self.send_response(200)
            for name, value in headers_of(body, path).items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def feedparsers_own(body: bytes, headers: dict[str, str], url: str) -> list[tuple[str, str]] | None:
    """(title, link) of each item as feedparser gives them, or None where it raises."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            feed = feedparser.parse(io.BytesIO(body), response_headers={**headers, "content-location": url})
    except Exception:
        return None
    found = []
    for entry in feed.entries:
        text = (entry.get("summary") or "") + "".join(
            part.get("value") or "" for part in entry.get("content") or ()
        )
        if (entry.get("title") or "").strip() or text.strip():
            try:
                link = (
                    urljoin(url, (entry.get("link") or "").strip())
                    if (entry.get("link") or "").strip()
                    else ""
                )
                link = link if urlsplit(link).scheme in ("http", "https") else ""
            except ValueError:
                link = ""
            found.append((entry.get("title") or "", link))
    return found


def measure(data: Path) -> dict[str, Any]:
    """Run the corpus and sum it up."""
    files = sorted(path for path in data.rglob("*") if path.is_file() and path.name != "LICENSE")
    fetcher = HttpFetcher(allow_networks=("127.0.0.1/32",))
    pool, origin = Pool(), Origin("rss", "bundled", "monitor_plugins.rss")
    outcomes: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    differing: list[dict[str, Any]] = []
    escaped: list[str] = []
    items = 0
    seconds = 0.0
    with served(data) as base:
        for path in files:
            name = path.relative_to(data).as_posix()
            url = f"{base}/{quote(name)}"
            body = path.read_bytes()
            start = time.perf_counter()
            try:
                fetched = SourceProxy(pool, origin, "sources", "rss", name, {"url": url}, "").fetch(
                    {}, fetcher
                )
            except FetchError as error:
                outcomes["refused"] += 1
                refused[re.sub(r"\(.*\)", "(...)", str(error))] += 1
                fetched = None
            except Exception as error:
                escaped.append(f"{name}: {type(error).__name__}")
                fetched = None
            seconds += time.perf_counter() - start
            own = feedparsers_own(body, headers_of(body, path), url) if path.suffix != ".json" else None
            if fetched is None:
                if own:
                    differing.append({"file": name, "why": "refused although feedparser finds items"})
                continue
            outcomes["read"] += 1
            outcomes["read_with_a_warning"] += bool(fetched.warnings)
            items += len(fetched.items)
            if own is None:
                outcomes["not_comparable"] += 1
            elif own == [(item.title, item.url) for item in fetched.items]:
                outcomes["equal_to_feedparser"] += 1
            else:
                differing.append(
                    {"file": name, "why": "; ".join(fetched.warnings) or "read without a warning"}
                )
    pool.close()
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    child_cpu_seconds = usage.ru_utime + usage.ru_stime
    return {
        "files": len(files),
        **dict(sorted(outcomes.items())),
        "items": items,
        "escaped": escaped,
        "refused_by_reason": dict(refused.most_common()),
        "differing": differing,
        "wall_seconds": round(seconds, 1),
        "files_per_second": round(len(files) / seconds, 1),
        "child_cpu_seconds": round(child_cpu_seconds, 1),
        "child_peak_rss_mb": round(usage.ru_maxrss / 1024),
    }


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="folder of feed documents")
    parser.add_argument("--json", action="store_true", help="print the whole result as JSON")
    parser.add_argument("--out", type=Path, help="write the result as JSON to this file")
    options = parser.parse_args()
    if not options.data.is_dir():
        parser.error(f"--data: {options.data} is not a folder")
    result = measure(options.data)
    report = {
        "benchmark": "feeds",
        "command": shlex.join(["python", "benchmarks/feeds.py", "--data", "DIR"]),
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {"system": platform.system(), "processor": platform.machine(), "cores": os.cpu_count()},
        "versions": {"python": platform.python_version(), **{name: version(name) for name in PACKAGES}},
        "result": result,
    }
    if options.out:
        options.out.write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    if options.json:
        print(json.dumps(report, indent=2, ensure_ascii=False))
    else:
        for name, value in result.items():
            if name == "differing":
                print(f"{name}: {len(value)}")
            elif name == "refused_by_reason":
                print(*(f"  refused {count:5} {reason}" for reason, count in value.items()), sep="\n")
            else:
                print(f"{name}: {value}")
    return 1 if result["escaped"] else 0


if __name__ == "__main__":
    sys.exit(main())
