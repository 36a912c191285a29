"""Text can be read on its ground, in both themes (WCAG 2.2 AA: 4.5 for text, 3 for edges)."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest

SHEET = (Path(__file__).resolve().parents[2] / "web/src/styles/themes.css").read_text()
BUCKETS = range(8)
COLORED = ("primary", "secondary", "accent", "neutral", "info", "success", "warning", "error")
# Tones are laid on the surface at this share behind their own text (badges, notices).
TINT = 0.09

Color = tuple[float, float, float]


def themes() -> dict[str, dict[str, Color]]:
    found = {}
    for body in re.findall(r'@plugin "daisyui/theme" \{(.*?)\n\}', SHEET, re.DOTALL):
        name = re.search(r'name: "([\w-]+)"', body)
        assert name
        pairs = re.findall(r"--([\w-]+): #([0-9a-f]{6});", body)
        found[name[1]] = {key: parse(value) for key, value in pairs}
    return found


def parse(text: str) -> Color:
    red, green, blue = (int(text[i : i + 2], 16) / 255 for i in (0, 2, 4))
    return red, green, blue


def luminance(color: Color) -> float:
    parts = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in color]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one: Color, other: Color) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def mix(over: Color, ground: Color, share: float) -> Color:
    red, green, blue = (b + (a - b) * share for a, b in zip(over, ground, strict=True))
    return red, green, blue


@pytest.fixture(params=["carrears", "carrears-dark"])
def theme(request: pytest.FixtureRequest) -> dict[str, Color]:
    return themes()[request.param]


def test_black_on_white_is_the_largest_contrast() -> None:
    assert contrast(parse("000000"), parse("ffffff")) == pytest.approx(21)


@pytest.mark.parametrize("ground", ["color-base-100", "color-base-200", "raised"])
@pytest.mark.parametrize("ink", ["color-base-content", "muted", "color-primary", "color-error"])
def test_text_on_a_surface(theme: dict[str, Color], ink: str, ground: str) -> None:
    assert contrast(theme[ink], theme[ground]) >= 4.5


@pytest.mark.parametrize("name", COLORED)
def test_text_on_a_filled_ground(theme: dict[str, Color], name: str) -> None:
    assert contrast(theme[f"color-{name}-content"], theme[f"color-{name}"]) >= 4.5


@pytest.mark.parametrize("name", ["accent", "info", "success", "warning", "error"])
def test_a_tone_on_its_own_tint(theme: dict[str, Color], name: str) -> None:
    tone, surface = theme[f"color-{name}"], theme["color-base-100"]

    assert contrast(tone, mix(tone, surface, TINT)) >= 4.5


def test_plain_badges_on_their_tint(theme: dict[str, Color]) -> None:
    assert contrast(theme["muted"], mix(theme["muted"], theme["color-base-100"], TINT)) >= 4.5


@pytest.mark.parametrize("bucket", BUCKETS)
def test_a_bucket_with_its_ink(theme: dict[str, Color], bucket: int) -> None:
    assert contrast(theme[f"bucket-{bucket}-ink"], theme[f"bucket-{bucket}"]) >= 4.5


def test_edges_of_fields_are_seen(theme: dict[str, Color]) -> None:
    assert contrast(theme["line-strong"], theme["color-base-100"]) >= 3


def test_buckets_darken_step_by_step_so_that_hue_is_not_needed(theme: dict[str, Color]) -> None:
    levels = [luminance(theme[f"bucket-{bucket}"]) for bucket in BUCKETS[1:]]

    assert levels == sorted(levels, reverse=True)
    assert all(high / low > 1.2 for high, low in pairwise(levels))


def test_the_style_sheet_tints_by_the_share_tested_here() -> None:
    assert f"--tint: {TINT:.0%}" in SHEET
