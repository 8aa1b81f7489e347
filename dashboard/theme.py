"""Streamlit's options and the colours: what makes the dashboard look like one thing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

NEGATIVE, NEUTRAL, POSITIVE = "#c2453b", "#94a3b4", "#2f8a63"

SENTIMENT_COLOURS: Mapping[str, str] = MappingProxyType(
    {"negative": NEGATIVE, "neutral": NEUTRAL, "positive": POSITIVE}
)
"""Strong enough on white and on the dark ground alike."""


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of one ground: `ink` and `muted` write on it (WCAG AA), `line` divides, `others` are the
    stories behind those that are negative, `faded` negatives before the alert's. White is written on
    `button`, as Streamlit does, and `accent` on the ground."""

    ground: str
    raised: str
    ink: str
    muted: str
    line: str
    accent: str
    button: str
    others: str
    faded: str


LIGHT = Palette(
    "#ffffff", "#f3f6f8", "#16202e", "#5d6b7e", "#dfe5ec", "#0f6e69", "#0f6e69", "#c9d3dd", "#e3aaa5"
)
DARK = Palette(
    "#10181f", "#19242e", "#e4ebf1", "#9fb0bf", "#2d3b48", "#5cc7ba", "#17837b", "#4d5f70", "#7d3f3b"
)


def palette(kind: str | None) -> Palette:
    """The colours of the theme that a reader has: "dark", or any other name for the light one."""
    return DARK if kind == "dark" else LIGHT


_FONTS = (
    '"Segoe UI", system-ui, -apple-system, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif'
)


def _ground(kind: str, colours: Palette) -> dict[str, str]:
    """Streamlit's options for one of its two themes."""
    names = {
        "primaryColor": colours.button,
        "backgroundColor": colours.ground,
        "secondaryBackgroundColor": colours.raised,
        "textColor": colours.ink,
        "borderColor": colours.line,
        "linkColor": colours.accent,
        "redColor": NEGATIVE,
        "greenColor": POSITIVE,
        "sidebar.backgroundColor": "#0d2436",
        "sidebar.secondaryBackgroundColor": "#16384c",
        "sidebar.textColor": "#e6eff3",
        "sidebar.primaryColor": "#6fe0cf",
        "sidebar.linkColor": "#9fe7da",
        "sidebar.borderColor": "#24475b",
    }
    return {f"theme.{kind}.{name}": value for name, value in names.items()}


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
        # Without a base the reader's system chooses between the two.
        **_ground("light", LIGHT),
        **_ground("dark", DARK),
        "theme.linkUnderline": False,
        "theme.baseRadius": "0.6rem",
        "theme.showWidgetBorder": True,
        "theme.font": _FONTS,
        "theme.headingFontSizes": ["1.9rem", "1.35rem", "1.1rem"],
        "theme.headingFontWeights": [650, 600, 600],
        "theme.metricValueFontSize": "1.7rem",
        "theme.paddingTop": "2.2rem",
    }
)

_TINTS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {  # on the light ground, on the dark one; the dark ones are the light ones' hues, turned over
        "ink": (LIGHT.ink, DARK.ink),
        "muted": (LIGHT.muted, DARK.muted),
        "line": (LIGHT.line, DARK.line),
        "accent": (LIGHT.accent, DARK.accent),
        "soft": ("#eef2f5", "#22303c"),
        "red": ("#b23c33", "#ff9d94"),
        "red-soft": ("#fbebe9", "#43221f"),
        "green": ("#1f6d4c", "#7fd6ae"),
        "green-soft": ("#e7f4ee", "#17382b"),
        "amber": ("#8a5b00", "#f0c36b"),
        "amber-soft": ("#fff3d6", "#3d2f10"),
        "blue": ("#1d5579", "#8cc8ee"),
        "blue-soft": ("#dcedf7", "#1b3446"),
        "mark": ("#fdebb6", "#5a4a17"),
    }
)
# Streamlit says in `color-scheme` which of its themes is on, and `light-dark` follows that; a browser that
# does not know it has the light colours.
_VARIABLES = "".join(
    [
        ":root{",
        *(f"--m-{name}:{light};" for name, (light, _) in _TINTS.items()),
        "}\n@supports (color:light-dark(#000,#fff)){:root{",
        *(f"--m-{name}:light-dark({light},{dark});" for name, (light, dark) in _TINTS.items()),
        "}}",
    ]
)

STYLE = f"""<style>
{_VARIABLES}
.m-note{{padding:.35rem 0;font-size:.9rem;color:var(--m-muted)}}
[data-variant="segmented_control"][data-selected] p{{color:var(--m-accent)}}
.m-meta a{{white-space:nowrap}}
.m-figure{{padding:.15rem 0;font-size:.95rem}}
.m-more{{display:inline-block;width:1.15rem;height:1.15rem;line-height:1.15rem;margin-left:.35rem;border-radius:50%;
 text-align:center;font-size:.72rem;font-weight:650;background:var(--m-soft);color:var(--m-muted);cursor:help}}
.m-story{{padding:.62rem 0;border-bottom:1px solid var(--m-line);line-height:1.4}}
.m-story:last-child{{border-bottom:0}}
.m-story a,.m-title a,.m-meta a,.m-links a{{text-decoration:none}}
.m-story a,.m-title a{{color:var(--m-ink);font-weight:550}}
.m-story a:hover,.m-title a:hover{{color:var(--m-accent);text-decoration:underline}}
.m-meta{{color:var(--m-muted);font-size:.85rem;margin-top:.15rem}}
.m-meta a{{color:var(--m-accent);font-weight:500}}
.m-dot{{display:inline-block;width:.62rem;height:.62rem;border-radius:50%;margin-right:.5rem}}
.m-tag{{display:inline-block;padding:.02rem .5rem;border-radius:1rem;font-size:.75rem;font-weight:600;
 background:var(--m-soft);color:var(--m-muted);margin-right:.35rem;white-space:nowrap}}
.m-negative{{background:var(--m-red-soft);color:var(--m-red)}}.m-positive{{background:var(--m-green-soft);color:var(--m-green)}}
.m-neutral{{background:var(--m-soft);color:var(--m-muted)}}.m-sample{{background:var(--m-amber-soft);color:var(--m-amber)}}
.m-firing{{background:{NEGATIVE};color:#fff}}.m-pending{{background:var(--m-amber-soft);color:var(--m-amber)}}
.m-acknowledged{{background:var(--m-blue-soft);color:var(--m-blue)}}.m-recovering{{background:var(--m-green-soft);color:var(--m-green)}}
.m-resolved{{background:var(--m-soft);color:var(--m-muted)}}.m-champion{{background:#0f6e69;color:#fff}}
.m-challenger{{background:var(--m-blue-soft);color:var(--m-blue)}}.m-refused{{background:var(--m-red-soft);color:var(--m-red)}}
.m-retired{{background:var(--m-soft);color:var(--m-muted)}}
.m-title{{font-size:1.3rem;font-weight:650;line-height:1.35;margin:.1rem 0 .3rem}}
.m-text{{font-size:1.05rem;line-height:1.65;white-space:pre-wrap;overflow-wrap:anywhere;max-height:22rem;
 overflow:auto}}
.m-text mark,.m-title mark{{background:var(--m-mark);color:inherit;padding:0 .12em;border-radius:.2em}}
.m-for,.m-against{{padding:.06em .1em;border-radius:.2em .2em 0 0}}
.m-for{{border-bottom:2px solid {POSITIVE}}}.m-against{{border-bottom:2px dotted {NEGATIVE}}}
.m-bar{{display:grid;grid-template-columns:6rem 1fr 3.2rem;gap:.6rem;align-items:center;font-size:.9rem;
 margin:.25rem 0}}
.m-bar i{{display:block;height:.6rem;border-radius:.3rem}}
.m-track{{background:var(--m-soft);border-radius:.3rem}}
.m-why{{border-left:3px solid var(--m-accent);padding:.1rem .8rem;color:var(--m-muted);
 font-size:.92rem;margin:.7rem 0}}
.m-story .m-quote{{font-weight:400}}.m-quote:hover{{text-decoration:underline}}
.m-event{{padding:.3rem 0;font-size:.92rem}}.m-event time{{color:var(--m-muted);margin-right:.6rem}}
.m-scroll{{overflow-x:auto;margin:.2rem 0 .6rem}}
.m-table{{border-collapse:collapse;font-size:.92rem;font-variant-numeric:tabular-nums}}
.m-table caption{{caption-side:top;text-align:left;color:var(--m-muted);font-size:.88rem;padding:0 0 .4rem}}
.m-table th,.m-table td{{padding:.32rem .8rem;border-bottom:1px solid var(--m-line);text-align:right;
 vertical-align:top}}
.m-table th{{font-weight:550;color:var(--m-muted)}}
.m-table th[scope=row],.m-table thead th:first-child{{text-align:left}}
.m-table th[scope=row]{{color:var(--m-ink)}}
.m-table td small,.m-table th small{{display:block;font-weight:400;color:var(--m-muted);font-size:.8rem}}
.m-table .m-cell{{min-width:6.2rem;text-align:center;border:1px solid var(--m-line)}}
.m-table .m-cell small{{color:inherit}}
.m-right{{background:color-mix(in srgb,var(--m-accent) var(--share),transparent)}}
.m-wrong{{background:color-mix(in srgb,{NEGATIVE} var(--share),transparent)}}
.m-grid{{width:100%}}
.m-grid th[scope=row] a,.m-grid td a{{color:var(--m-accent);text-decoration:none;font-weight:550}}
.m-grid th[scope=row] a:hover,.m-grid td a:hover{{text-decoration:underline}}
.m-grid th[scope=row]{{min-width:7rem}}.m-grid td small{{min-width:5.4rem}}
.m-narrow th,.m-narrow td{{padding:.32rem .35rem}}.m-table.m-narrow{{font-size:.86rem}}
.m-narrow .m-share{{display:inline}}.m-narrow .m-track{{display:none}}
.m-grid thead th{{white-space:nowrap}}
.m-share{{display:inline-grid;grid-template-columns:2.6rem 5rem;gap:.5rem;align-items:center}}
.m-share b{{font-weight:550}}.m-share i{{display:block;height:.5rem;border-radius:.25rem}}
.m-course{{display:inline-flex;align-items:flex-end;gap:1px;height:1.5rem;width:4.6rem}}
.m-course i{{flex:1;background:{NEGATIVE};opacity:.65}}
.m-under{{margin:-.55rem 0 .2rem .2rem}}
.m-event a{{color:var(--m-accent);text-decoration:none;font-weight:550}}
.m-event a:hover{{text-decoration:underline}}
.m-brand{{font-weight:650;font-size:1.05rem;line-height:1.3}}
.m-brand small{{display:block;font-weight:400;opacity:.75;font-size:.82rem}}
.m-who{{opacity:.8;font-size:.85rem;margin-bottom:.3rem}}
.m-links a{{color:#9fe7da;margin-right:.9rem;font-size:.9rem}}.m-links a:hover{{text-decoration:underline}}
.m-title .m-tag{{vertical-align:.16em;font-size:.8rem}}
.st-key-queue-negative button{{border-left:5px solid {NEGATIVE}}}
.st-key-queue-neutral button{{border-left:5px solid {NEUTRAL}}}
.st-key-queue-positive button{{border-left:5px solid {POSITIVE}}}
</style>"""
