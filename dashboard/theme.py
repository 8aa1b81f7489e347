"""Streamlit's options and the colours: what makes the dashboard look like one thing."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

NEGATIVE, NEUTRAL, POSITIVE = "#c2453b", "#94a3b4", "#2f8a63"
ACCENT, INK, MUTED, LINE = "#0f6e69", "#16202e", "#5d6b7e", "#dfe5ec"
OTHERS = "#c9d3dd"  # stories that are not negative, behind those that are

SENTIMENT_COLOURS: Mapping[str, str] = MappingProxyType(
    {"negative": NEGATIVE, "neutral": NEUTRAL, "positive": POSITIVE}
)

_FONTS = (
    '"Segoe UI", system-ui, -apple-system, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif'
)

OPTIONS: Mapping[str, Any] = MappingProxyType(
    {
        # Nothing leaves the machine, nothing of the inside is shown.
        "browser.gatherUsageStats": False,
        "client.showErrorDetails": "none",
        "client.showErrorLinks": False,
        "client.toolbarMode": "minimal",
        # A cell of a news table may hold "=HYPERLINK(...)": no export that a spreadsheet would run.
        "client.disableDataExport": True,
        "server.fileWatcherType": "none",
        "server.headless": True,
        "server.maxUploadSize": 1,
        "server.enableXsrfProtection": True,
        "server.enableStaticServing": False,
        "server.enableAgentApi": False,
        "runner.magicEnabled": False,
        "theme.base": "light",
        "theme.primaryColor": ACCENT,
        "theme.backgroundColor": "#ffffff",
        "theme.secondaryBackgroundColor": "#f3f6f8",
        "theme.textColor": INK,
        "theme.borderColor": LINE,
        "theme.linkColor": ACCENT,
        "theme.linkUnderline": False,
        "theme.redColor": NEGATIVE,
        "theme.greenColor": POSITIVE,
        "theme.baseRadius": "0.6rem",
        "theme.showWidgetBorder": True,
        "theme.font": _FONTS,
        "theme.headingFontSizes": ["1.9rem", "1.35rem", "1.1rem"],
        "theme.headingFontWeights": [650, 600, 600],
        "theme.metricValueFontSize": "1.7rem",
        "theme.paddingTop": "2.2rem",
        "theme.sidebar.backgroundColor": "#0d2436",
        "theme.sidebar.secondaryBackgroundColor": "#16384c",
        "theme.sidebar.textColor": "#e6eff3",
        "theme.sidebar.primaryColor": "#6fe0cf",
        "theme.sidebar.linkColor": "#9fe7da",
        "theme.sidebar.borderColor": "#24475b",
    }
)

STYLE = f"""<style>
.m-story{{padding:.62rem 0;border-bottom:1px solid {LINE};line-height:1.4}}
.m-story:last-child{{border-bottom:0}}
.m-story a,.m-title a,.m-meta a,.m-links a{{text-decoration:none}}
.m-story a,.m-title a{{color:{INK};font-weight:550}}
.m-story a:hover,.m-title a:hover{{color:{ACCENT};text-decoration:underline}}
.m-meta{{color:{MUTED};font-size:.85rem;margin-top:.15rem}}
.m-meta a{{color:{ACCENT};font-weight:500}}
.m-dot{{display:inline-block;width:.62rem;height:.62rem;border-radius:50%;margin-right:.5rem}}
.m-tag{{display:inline-block;padding:.02rem .5rem;border-radius:1rem;font-size:.75rem;font-weight:600;
 background:#eef2f5;color:{MUTED};margin-right:.35rem;white-space:nowrap}}
.m-negative{{background:#fbebe9;color:{NEGATIVE}}}.m-positive{{background:#e7f4ee;color:#1f6d4c}}
.m-neutral{{background:#eef2f5;color:#52606f}}.m-sample{{background:#fff3d6;color:#8a5b00}}
.m-firing{{background:{NEGATIVE};color:#fff}}.m-pending{{background:#fdf0d9;color:#8a5b00}}
.m-acknowledged{{background:#dcedf7;color:#1d5579}}.m-recovering{{background:#e2f1ec;color:#1f6d4c}}
.m-resolved{{background:#eef2f5;color:{MUTED}}}.m-champion{{background:{ACCENT};color:#fff}}
.m-challenger{{background:#dcedf7;color:#1d5579}}.m-refused{{background:#fbebe9;color:{NEGATIVE}}}
.m-retired{{background:#eef2f5;color:{MUTED}}}
.m-title{{font-size:1.3rem;font-weight:650;line-height:1.35;margin:.1rem 0 .3rem}}
.m-text{{font-size:1.05rem;line-height:1.65;white-space:pre-wrap;overflow-wrap:anywhere;max-height:22rem;
 overflow:auto}}
.m-text mark,.m-title mark{{background:#fdebb6;color:inherit;padding:0 .12em;border-radius:.2em}}
.m-for,.m-against{{padding:.06em .1em;border-radius:.2em .2em 0 0}}
.m-for{{border-bottom:2px solid {POSITIVE}}}.m-against{{border-bottom:2px dotted {NEGATIVE}}}
.m-bar{{display:grid;grid-template-columns:6rem 1fr 3.2rem;gap:.6rem;align-items:center;font-size:.9rem;
 margin:.25rem 0}}
.m-bar i{{display:block;height:.6rem;border-radius:.3rem}}
.m-track{{background:#eef2f5;border-radius:.3rem}}
.m-why{{border-left:3px solid {ACCENT};padding:.1rem .8rem;color:{MUTED};font-size:.92rem;margin:.7rem 0}}
.m-event{{padding:.3rem 0;font-size:.92rem}}.m-event time{{color:{MUTED};margin-right:.6rem}}
.m-brand{{font-weight:650;font-size:1.05rem;line-height:1.3}}
.m-brand small{{display:block;font-weight:400;opacity:.75;font-size:.82rem}}
.m-who{{opacity:.8;font-size:.85rem;margin-bottom:.3rem}}
.m-links a{{color:#9fe7da;margin-right:.9rem;font-size:.9rem}}.m-links a:hover{{text-decoration:underline}}
.m-title .m-tag{{vertical-align:.16em;font-size:.8rem}}
.st-key-queue-negative button{{border-left:5px solid {NEGATIVE}}}
.st-key-queue-neutral button{{border-left:5px solid {NEUTRAL}}}
.st-key-queue-positive button{{border-left:5px solid {POSITIVE}}}
</style>"""
