"""Every pair of colours that look.md names, computed from tokens.css by WCAG 2's formula."""

import re
from pathlib import Path

import pytest

from marketplace.storefront import css_bundle

CSS = Path(css_bundle.__file__).parent / "static" / "fenglu" / "css"
TOKENS = (CSS / "tokens.css").read_text(encoding="utf-8")

#: What look.md states, light / dark; the tolerance is its rounding to one place.
STATED = {
    ("text", "page"): (14.4, 16.1),
    ("text-muted", "page"): (6.9, 9.0),
    ("control", "surface"): (3.5, 4.1),
    ("primary", "surface"): (9.8, 8.3),
    ("on-primary", "primary"): (9.8, 8.2),
    ("on-field", "field"): (13.5, 15.4),
    ("on-field-muted", "field"): (8.9, 10.2),
    ("sun", "field"): (8.3, 9.5),
    ("on-sun", "sun"): (11.1, 11.1),
    ("price", "surface"): (5.9, 7.5),
    ("fresh", "fresh-tint"): (5.1, 7.4),
    ("presale", "presale-tint"): (6.1, 7.5),
    ("stored", "stored-tint"): (5.6, 8.2),
    ("off", "off-tint"): (5.1, 6.8),
    ("late", "late-tint"): (5.9, 7.2),
    ("offline", "offline-ground"): (13.3, 10.6),
}

#: Pairs that the components also make; text needs 4.5.
ALSO_USED = [
    ("text", "surface"),
    ("text", "sunken"),
    ("text-muted", "surface"),
    ("text-muted", "sunken"),
    ("text-muted", "fresh-tint"),
    ("text-muted", "stored-tint"),
    ("text", "fresh-tint"),
    ("text", "late-tint"),
    ("text", "stored-tint"),
    ("text", "presale-tint"),
    ("text", "harvest-bar"),
    ("primary", "page"),
    ("primary", "fresh-tint"),
    ("late", "surface"),
    ("late", "page"),
    ("fresh", "surface"),
    ("stored", "surface"),
    ("surface", "fresh"),
    ("on-field", "field-1"),
    ("on-field", "field-2"),
    ("on-field", "field-3"),
    ("on-field-muted", "field-1"),
]


def token(name, theme):
    value = re.search(rf"--color-{name}:\s*([^;]+);", TOKENS).group(1)
    colours = re.findall(r"#[0-9a-f]{6}", value)
    return colours[-1] if theme == "dark" else colours[0]


def luminance(colour):
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_black_on_white_is_21():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), sorted(STATED))
def test_a_stated_ratio_is_true(ink, ground, theme):
    stated = STATED[ink, ground][theme == "dark"]

    assert contrast(token(ink, theme), token(ground, theme)) == pytest.approx(stated, abs=0.06)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), ALSO_USED)
def test_a_pair_that_components_make_is_readable(ink, ground, theme):
    assert contrast(token(ink, theme), token(ground, theme)) >= 4.5


@pytest.mark.parametrize("palette", sorted(set(re.findall(r"\.ground--(\w+)", TOKENS))))
def test_a_character_is_readable_on_the_bands_that_it_stands_on(palette):
    bands = re.search(rf"\.ground--{palette} \{{([^}}]+)\}}", TOKENS).group(1)
    ink = token("on-ground", "light")

    # the plate's character stands over sky, far and middle terrace; large text needs 3
    for band in re.findall(r"#[0-9a-f]{6}", bands)[:3]:
        assert contrast(ink, band) >= 4.5


def test_no_colour_is_written_outside_the_tokens():
    for path in sorted(CSS.rglob("*.css")):
        if path.name == "tokens.css":
            continue
        text = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)

        assert not re.findall(r"#[0-9a-fA-F]{3,8}\b|rgba?\(|hsla?\(", text), path.name


def test_every_token_that_is_used_exists():
    defined = set(re.findall(r"(--[\w-]+):", TOKENS))
    for path in sorted(CSS.rglob("*.css")):
        text = path.read_text(encoding="utf-8")
        own = set(re.findall(r"(--[\w-]+):", text))
        from_markup = {"--at", "--w", "--h"}

        assert set(re.findall(r"var\((--[\w-]+)", text)) <= defined | own | from_markup, path.name
