"""
The terraces under every picture of produce: pure SVG, the same for the same county for ever.

The shapes come from the county code, so a county keeps its hills from page to page and year to year; the colours
come from a palette class (``css/tokens.css``), so that one county's apples and potatoes stand in different light.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from random import Random

#: Drawn canvas in SVG units for each place a plate is used.
CANVAS = {"card": (400, 300), "page": (400, 352), "tile": (400, 400), "wide": (400, 224)}

#: How many points carry one wave across the canvas; more would only add bytes.
_NUM_POINTS = 7


@dataclass(frozen=True)
class Wave:
    """One terrace edge: heights in SVG units at evenly spaced points from the left edge to the right."""

    heights: tuple[float, ...]
    width: int

    def path(self, *, shift: float = 0.0) -> str:
        """Return the edge as a smooth path, moved down by ``shift``."""
        step = self.width / (len(self.heights) - 1)
        ys = [height + shift for height in self.heights]
        parts = [f"M0 {ys[0]:.0f}"]
        for index in range(1, len(ys)):
            # Catmull-Rom tangents, so that the curve passes through each point without a corner.
            before, here, there = ys[max(index - 2, 0)], ys[index - 1], ys[index]
            after = ys[min(index + 1, len(ys) - 1)]
            x0, x1 = (index - 1) * step, index * step
            parts.append(
                f"C{x0 + step / 3:.0f} {here + (there - before) / 6:.0f}"
                f" {x1 - step / 3:.0f} {there - (after - here) / 6:.0f} {x1:.0f} {there:.0f}"
            )
        return "".join(parts)


def _random_for(seed: str) -> Random:
    # hash() differs between processes; a digest does not.
    return Random(hashlib.sha256(seed.encode()).digest())  # noqa: S311  (drawing, not secrets)


def _wave(rng: Random, *, width: int, level: float, amplitude: float) -> Wave:
    phase = rng.uniform(0, 2 * math.pi)
    turns = rng.uniform(0.95, 1.5)
    ripple = rng.uniform(0.05, 0.3)
    slope = rng.uniform(-0.5, 0.5) * amplitude
    heights = []
    for index in range(_NUM_POINTS):
        along = index / (_NUM_POINTS - 1)
        swing = math.sin(phase + turns * 2 * math.pi * along)
        swing += ripple * math.sin(1.7 * phase + turns * 5.1 * math.pi * along)
        heights.append(level + amplitude * swing + slope * (along - 0.5))
    return Wave(tuple(heights), width)


def ground_waves(county_code: str, *, width: int, height: int) -> list[Wave]:
    """
    Return the three terrace edges of a county, far to near.

    Parameters
    ----------
    county_code : str
        GB/T 2260 code (or any other key); the same key gives the same hills at every size.
    width, height : int
        Canvas in SVG units.
    """
    rng = _random_for(f"ground:{county_code}")
    levels = (0.30, 0.56, 0.79)
    amplitudes = (0.095, 0.085, 0.065)
    return [
        _wave(rng, width=width, level=height * (level + rng.uniform(-0.03, 0.03)), amplitude=height * amplitude)
        for level, amplitude in zip(levels, amplitudes, strict=True)
    ]


def ground_shapes(county_code: str, *, width: int, height: int) -> str:
    """Return the SVG elements of sky, three terraces and their contour lines, without the ``<svg>`` around them."""
    parts = [f'<path class="ground__0" d="M0 0H{width}V{height}H0z"/>']
    for index, wave in enumerate(ground_waves(county_code, width=width, height=height), start=1):
        edge = wave.path()
        parts.append(f'<path class="ground__{index}" d="{edge}V{height}H0z"/>')
        lines = "".join(wave.path(shift=height * share) for share in (0.075, 0.15))
        parts.append(f'<path class="ground__line" d="{lines}"/>')
    return "".join(parts)


def field_shapes(seed: str, *, width: int = 1280, height: int = 390) -> str:
    """Return the SVG elements of the dark terraces under an almanac header (on ``--color-field``)."""
    rng = _random_for(f"field:{seed}")
    parts = []
    for index, (level, amplitude) in enumerate(((0.42, 0.055), (0.62, 0.045), (0.81, 0.035)), start=1):
        wave = _wave(rng, width=width, level=height * level, amplitude=height * amplitude)
        edge = wave.path()
        parts.append(f'<path class="field-ground__{index}" d="{edge}V{height}H0z"/>')
        lines = "".join(wave.path(shift=height * share) for share in (0.055, 0.105))
        parts.append(f'<path class="field-ground__line" d="{lines}"/>')
    return "".join(parts)
