"""The product has one name everywhere: News Monitor · 新闻舆情监测."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

from monitor.cli import app
from monitor.messages import MESSAGES
from monitor.web.api import create_api
from monitor_dashboard.messages import MESSAGES as DASHBOARD

ROOT = Path(__file__).parents[1]
ENGLISH, CHINESE = "News Monitor", "新闻舆情监测"
OTHERS = re.compile(r"[Oo]pinion [Mm]onitor|金融舆情监测|(?<!新闻)舆情监测")
KNOWN = {
    "monitor/desk/passwords.py",  # parts of the name that make no password
}


def test_the_faces_say_the_name() -> None:
    assert (ROOT / "README.md").read_text(encoding="utf-8").startswith(f"# {ENGLISH} · {CHINESE}\n")
    assert DASHBOARD["product"] == MESSAGES["page.product"] == (ENGLISH, CHINESE)
    assert str(app.info.help).startswith(f"{ENGLISH} · {CHINESE}")
    api = Path(inspect.getfile(create_api)).read_text(encoding="utf-8")
    assert f'title="{ENGLISH} · {CHINESE}"' in api


def test_no_file_calls_it_otherwise() -> None:
    told = []
    for folder, endings in (
        (".", ("md", "toml")),
        ("docs", ("md",)),
        ("dashboard", ("py",)),
        ("monitor", ("py",)),
    ):
        for ending in endings:
            search = (ROOT / folder).glob if folder == "." else (ROOT / folder).rglob
            for file in search(f"*.{ending}"):
                named = file.relative_to(ROOT).as_posix()
                if named not in KNOWN and (found := OTHERS.search(file.read_text(encoding="utf-8"))):
                    told.append(f"{named}: {found.group()}")
    assert not told
