"""Both themes can be read: contrast as WCAG 2.2 asks (1.4.3: 4.5 to 1 for text)."""

from __future__ import annotations

import re

import pytest
from streamlit import config

from monitor.web.page import page
from monitor_dashboard import theme
from monitor_dashboard.theme import DARK, LIGHT, Palette


def luminance(colour: str) -> float:
    parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("colours", [LIGHT, DARK])
def test_text_stands_out_from_its_ground(colours: Palette) -> None:
    for ground in (colours.ground, colours.raised):
        assert min(contrast(text, ground) for text in (colours.ink, colours.muted, colours.accent)) >= 4.5
    assert contrast("#ffffff", colours.button) >= 4.4
    assert contrast(colours.others, colours.ground) > 1.4


@pytest.mark.parametrize("place", [0, 1])
def test_tags_can_be_read_on_their_tint(place: int) -> None:
    tints = {name: pair[place] for name, pair in theme._TINTS.items()}
    for name in ("red", "green", "amber", "blue"):
        assert contrast(tints[name], tints[f"{name}-soft"]) >= 4.5, name
    assert contrast(tints["muted"], tints["soft"]) >= 4.4
    assert contrast(tints["ink"], tints["mark"]) >= 4.5


def test_the_system_chooses_and_no_page_fixes_a_colour_of_one_ground() -> None:
    assert "theme.base" not in theme.OPTIONS
    assert {name.partition(".")[2].partition(".")[0] for name in theme.OPTIONS if ".light." in name} == {
        "light"
    }
    assert {name for name in theme.OPTIONS if name.startswith("theme.")} <= set(
        config._config_options_template
    )
    assert "light-dark(" in theme.STYLE
    assert theme.palette("dark") is DARK and theme.palette(None) is LIGHT


def test_the_pages_before_the_dashboard_follow_too() -> None:
    html = bytes(page("en", "").body).decode()
    light, dark = re.findall(r":root\{([^}]*)\}", html)
    for ground in (light, dark):
        colours = dict(re.findall(r"--(\w+):(#\w{6})\b", ground))
        card = colours.get("card", "#ffffff")
        assert contrast(colours["ink"], card) >= 4.5 and contrast(colours["mute"], card) >= 4.5
        assert contrast(colours["bad"], colours["badly"]) >= 4.5
        assert contrast(colours.get("write", "#ffffff"), colours["accent"]) >= 4.5
    assert "prefers-color-scheme:dark" in html and "color-scheme:light dark" in html
