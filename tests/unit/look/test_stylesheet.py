"""One stylesheet, in layers, small enough for a first load on a phone."""

import gzip
import re
from pathlib import Path

from marketplace.storefront.css_bundle import BUNDLE, BundleFinder, bundle_parts, bundle_text

STATIC = Path(bundle_parts()[0]).parents[1]


def test_the_bundle_holds_every_stylesheet_once_in_layer_order():
    parts = bundle_parts()
    everything = set((STATIC / "css").rglob("*.css"))

    assert set(parts) == everything
    assert len(parts) == len(everything)
    assert [path.name for path in parts[:3]] == ["tokens.css", "base.css", "layout.css"]
    assert parts[-1].name == "utilities.css"


def test_every_stylesheet_writes_inside_its_layer():
    for path in bundle_parts():
        text = path.read_text(encoding="utf-8")
        layer = path.stem if path.parent.name == "css" else "components"

        assert f"@layer {layer} {{" in text, path.name
        assert text.count("{") == text.count("}"), path.name


def test_the_bundle_asks_no_other_host_and_no_other_file():
    text = bundle_text()

    assert "url(" not in text
    assert "@import" not in text


def test_the_finder_answers_with_the_bundle_and_nothing_else():
    finder = BundleFinder()

    assert Path(finder.find(BUNDLE)).read_text(encoding="utf-8") == bundle_text()
    assert finder.find("fenglu/css/other.css") == []
    assert [path for path, _storage in finder.list([])] == [BUNDLE]


def test_style_and_script_stay_small():
    css = gzip.compress(bundle_text().encode())
    script = (STATIC / "js" / "fenglu.js").read_bytes()

    assert len(css) < 20_000
    assert len(script) < 6_144


def test_large_text_is_not_undone_by_a_later_layer():
    later = "\n".join(path.read_text(encoding="utf-8") for path in bundle_parts()[1:])

    # the tokens layer sets 20 px on :root; any size on html in a later layer would win over it
    assert not re.search(r"(?:^|\})\s*(?:html|:root)\s*\{[^}]*font-size", later)


def test_there_is_no_bootstrap_and_no_jquery():
    text = (STATIC / "js" / "fenglu.js").read_text(encoding="utf-8") + bundle_text()

    assert "jquery" not in text.lower()
    assert "bootstrap" not in text.lower()
