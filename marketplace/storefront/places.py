"""Counties as points by latitude and longitude: no outlines, no borders, only where things grow."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

#: The frame that holds every county Fenglu can list, in degrees.
_WEST, _EAST, _SOUTH, _NORTH = 73.0, 135.5, 17.5, 54.0
#: One degree of longitude is this much shorter than one of latitude in the middle of the frame.
_SQUEEZE = math.cos(math.radians(35))

WIDTH = 640
HEIGHT = round(WIDTH * (_NORTH - _SOUTH) / ((_EAST - _WEST) * _SQUEEZE))


@dataclass(frozen=True)
class Place:
    """A county to draw. ``is_now`` means that something is being picked there now."""

    lat: float
    lon: float
    is_now: bool = False
    name: str = ""


@dataclass(frozen=True)
class Point:
    """A place in the map's own units, from the top left."""

    x: float
    y: float
    is_now: bool
    name: str


def place_points(places: Iterable[Place], *, width: int = WIDTH) -> list[Point]:
    """Project places on a canvas of ``width`` by the frame's shape; those picking now come last, to lie on top."""
    scale = width / ((_EAST - _WEST) * _SQUEEZE)
    points = [
        Point(
            round((float(place.lon) - _WEST) * _SQUEEZE * scale, 1),
            round((_NORTH - float(place.lat)) * scale, 1),
            place.is_now,
            place.name,
        )
        for place in places
    ]
    return sorted(points, key=lambda point: point.is_now)
