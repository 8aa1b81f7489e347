"""The pages that need no dashboard: their frame, and the one that says what went wrong.

Plain HTML, no script, nothing loaded from elsewhere; in English and Chinese.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from starlette.responses import HTMLResponse

from monitor.messages import Message, said

LANGUAGE_NAMES: Mapping[str, str] = {"en": "English", "zh": "中文"}

_STYLE = """
:root{color-scheme:light dark;--ink:#16202e;--mute:#5d6b7e;--line:#dbe1e8;--accent:#0f6e69;--bad:#a83a32;
 --ground:#f6f8fa;--card:#fff;--badly:#fbeceb;--pressed:#0b5a56;--write:#fff}
@media(prefers-color-scheme:dark){:root{--ink:#e4ebf1;--mute:#9fb0bf;--line:#2d3b48;--accent:#5cc7ba;--bad:#ff9d94;
 --ground:#10181f;--card:#19242e;--badly:#43221f;--pressed:#7ad8cc;--write:#08211f}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;grid-template-columns:minmax(0,1.1fr) minmax(0,1fr);
 color:var(--ink);background:var(--ground);
 font:16px/1.55 system-ui,-apple-system,"Segoe UI","PingFang SC","Microsoft YaHei",
 "Noto Sans CJK SC",sans-serif}
aside{background:linear-gradient(155deg,#0d2436 0%,#123c4c 55%,#0f6e69 130%);color:#eaf2f5;padding:9vh 8%;
 display:flex;flex-direction:column;justify-content:space-between}
aside h1{font-size:clamp(1.7rem,3vw,2.6rem);line-height:1.2;margin:1.4rem 0 .8rem;letter-spacing:-.01em}
aside p{max-width:32rem;color:#bcd2d9;margin:0;font-size:1.05rem}
main{display:flex;align-items:center;justify-content:center;padding:2rem;
 background:var(--ground);position:relative}
form,.card{width:min(24rem,100%);background:var(--card);border:1px solid var(--line);border-radius:14px;
 padding:2rem;box-shadow:0 10px 30px rgba(16,32,46,.06)}
h2{margin:0 0 1.2rem;font-size:1.35rem}
label{display:block;margin:0 0 1rem;font-size:.92rem;color:var(--mute)}
input{display:block;width:100%;margin-top:.3rem;padding:.65rem .8rem;font:inherit;color:var(--ink);
 border:1px solid var(--line);border-radius:8px;background:var(--ground)}
input:focus{outline:2px solid var(--accent);outline-offset:1px;border-color:transparent}
button,.button{display:block;width:100%;padding:.7rem;border:0;border-radius:8px;background:var(--accent);
 color:var(--write);font:inherit;font-weight:600;cursor:pointer;text-align:center;text-decoration:none}
button:hover,.button:hover{background:var(--pressed)}
button:focus-visible,.button:focus-visible{outline:2px solid var(--ink);outline-offset:2px}
.card p{margin:0 0 1.4rem;color:var(--mute);overflow-wrap:anywhere}
small{display:block;margin-top:1rem;color:var(--mute)}
.error{margin:0 0 1rem;padding:.6rem .8rem;border-radius:8px;background:var(--badly);color:var(--bad);
 font-size:.95rem}
nav{position:absolute;top:1.4rem;right:1.6rem;font-size:.9rem}
nav a{color:var(--mute);text-decoration:none;margin-left:.8rem;padding:.3rem}
nav a[aria-current]{color:var(--ink);font-weight:600}
@media(max-width:760px){body{display:block}aside{padding:2rem 1.5rem}aside svg.trend{display:none}
 main{padding:4rem 1rem}}
"""

_MARK = (
    '<svg width="44" height="44" viewBox="0 0 44 44" role="img" aria-hidden="true">'
    '<rect width="44" height="44" rx="11" fill="#ffffff" fill-opacity=".1"/>'
    '<path d="M8 27l7-6 6 4 8-12 7 8" fill="none" stroke="#6fe0cf" stroke-width="3" '
    'stroke-linecap="round" stroke-linejoin="round"/><circle cx="29" cy="13" r="3.6" fill="#ff8a70"/></svg>'
)
_TREND = (
    '<svg class="trend" viewBox="0 0 600 130" width="100%" aria-hidden="true">'
    '<path d="M0 112L60 104 120 108 180 96 240 101 300 88 360 94 420 30 480 52 540 78 600 84" fill="none" '
    'stroke="#6fe0cf" stroke-opacity=".75" stroke-width="2.5" stroke-linejoin="round"/>'
    '<path d="M0 100L600 92" stroke="#fff" stroke-opacity=".25" stroke-dasharray="4 6"/>'
    '<circle cx="420" cy="30" r="6" fill="#ff8a70"/></svg>'
)
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)


def word(key: str, language: str, **values: Any) -> str:
    """The words `page.KEY` in `language`, as HTML."""
    return escape(Message(f"page.{key}", **values).said(language))


def page(
    language: str, content: str, status: int = 200, links: Mapping[str, str] | None = None
) -> HTMLResponse:
    """`content`, which is HTML, in the frame; `links` say where each language is spoken."""
    navigation = "".join(
        f'<a href="{escape(link)}"{" aria-current=true" * (code == language)}>{LANGUAGE_NAMES[code]}</a>'
        for code, link in (links or {}).items()
    )
    product = word("product", language)
    html = f"""<!doctype html><html lang="{language}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1"><title>{product}</title>
<style>{_STYLE}</style></head><body>
<aside><div>{_MARK}<h1>{product}</h1><p>{word("tagline", language)}</p></div>{_TREND}</aside>
<main><nav>{navigation}</nav>{content}</main></body></html>"""
    return HTMLResponse(html, status, {"content-security-policy": _POLICY, "cache-control": "no-store"})


def notice(language: str, title: str, message: object, status: int, way_out: tuple[str, str]) -> HTMLResponse:
    """A page that says what happened, with a `title` and one link: its address and its words (`word`)."""
    link, words = way_out
    content = f"""<section class="card"><h2>{word(title, language)}</h2>
<p>{escape(said(message, language))}</p>
<a class="button" href="{escape(link)}">{word(words, language)}</a></section>"""
    return page(language, content, status)
