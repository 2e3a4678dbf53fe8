"""The terraces of a county are its own and stay the same."""

import re
import subprocess
import sys

import pytest

from marketplace.storefront.ground import CANVAS, field_shapes, ground_shapes, ground_waves

ZIGUI, JINGNING = "420527", "620826"


def test_a_county_keeps_its_hills():
    first = ground_shapes(ZIGUI, width=400, height=300)
    second = ground_shapes(ZIGUI, width=400, height=300)

    assert first == second


def test_a_county_keeps_its_hills_in_another_process():
    program = (
        "from marketplace.storefront.ground import ground_shapes;"
        "import sys; sys.stdout.write(ground_shapes('420527', width=400, height=300))"
    )

    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)

    assert answer.stdout == ground_shapes(ZIGUI, width=400, height=300)


def test_two_counties_have_different_hills():
    assert ground_shapes(ZIGUI, width=400, height=300) != ground_shapes(JINGNING, width=400, height=300)


@pytest.mark.parametrize("size", sorted(CANVAS))
@pytest.mark.parametrize("county_code", [ZIGUI, JINGNING, "", "000000", "a<b"])
def test_terraces_lie_one_behind_the_other_inside_the_canvas(size, county_code):
    width, height = CANVAS[size]

    waves = ground_waves(county_code, width=width, height=height)

    means = [sum(wave.heights) / len(wave.heights) for wave in waves]
    assert means == sorted(means)
    assert all(0 < level < height for wave in waves for level in wave.heights)


def test_the_same_hills_are_drawn_at_every_size():
    card = ground_waves(ZIGUI, width=400, height=300)
    tall = ground_waves(ZIGUI, width=400, height=600)

    for small, large in zip(card, tall, strict=True):
        assert [round(level * 2, 6) for level in small.heights] == [round(level, 6) for level in large.heights]


def test_a_plate_is_sky_and_three_terraces_with_their_lines_in_few_bytes():
    shapes = ground_shapes(ZIGUI, width=400, height=300)

    assert re.findall(r'class="(ground__\d)"', shapes) == ["ground__0", "ground__1", "ground__2", "ground__3"]
    assert shapes.count('class="ground__line"') == 3
    assert len(shapes) < 2600


def test_the_header_has_three_terraces():
    assert re.findall(r'class="(field-ground__\d)"', field_shapes("home")) == [
        "field-ground__1",
        "field-ground__2",
        "field-ground__3",
    ]
