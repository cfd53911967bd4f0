"""What pictures of a board show, whatever draws them: its colours, the things a finding names, the line that was measured."""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np
import shapely

from . import shape
from .board import Board, Floats, Ints, Kind, Objects
from .report import Place
from .units import EPS

MASKS = {
    "green": "#14622e", "red": "#8f1a1a", "blue": "#1a4a8f", "purple": "#4b1a78", "black": "#1c1c1c", "white": "#e4e4e0",
    "yellow": "#c9a31c",
}  # fmt: skip
"""Colours of solder mask by the words that KiCad's stackup uses."""
SILKS = {**MASKS, "white": "#f2f2ee", "black": "#111111"}
FINISHES = {"gold": "#d4a847", "tin": "#c4c6c8", "copper": "#c87b4a"}
"""Colours of bare copper under its finish."""
_GOLD, _TIN = re.compile(r"gold|enig|enepig|immersion au", re.IGNORECASE), re.compile(r"hasl|hal\b|tin|silver", re.IGNORECASE)
_HEX = re.compile(r"#[0-9a-fA-F]{6}")


class Look(NamedTuple):
    """The colours of a board, as #RRGGBB."""

    mask: tuple[str, str]
    """Of the top and the bottom."""
    silk: tuple[str, str]
    finish: str
    """Of copper that the mask leaves open."""
    covered: tuple[str, str]
    """Of copper under the mask."""
    substrate: str


def look(board: Board) -> Look:
    """The colours that the stackup states; green mask, white legend and gold where it says nothing."""
    mask, silk = [], []
    for side in ("F", "B"):
        mask.append(_stated(board, f"{side}.Mask", MASKS, "green"))
        silk.append(_stated(board, f"{side}.SilkS", SILKS, "white"))
    finish = "tin" if _TIN.search(board.finish) and not _GOLD.search(board.finish) else "gold"
    covered = [_mix(m, "#d9a26a", 0.22) for m in mask]
    return Look((mask[0], mask[1]), (silk[0], silk[1]), FINISHES[finish], (covered[0], covered[1]), "#c8b98a")


def _stated(board: Board, layer: str, words: dict[str, str], default: str) -> str:
    said = next((s.color for s in board.stackup if s.name in (layer, layer.replace("SilkS", "Silkscreen"))), "")
    if found := _HEX.match(said):
        return found[0].lower()
    return words.get(said.lower(), words[default])


def _mix(a: str, b: str, share: float) -> str:
    channels = [round(int(a[i : i + 2], 16) * (1 - share) + int(b[i : i + 2], 16) * share) for i in (1, 3, 5)]
    return "#" + "".join(f"{c:02x}" for c in channels)


class Marked(NamedTuple):
    """What one item of a finding is on the board."""

    features: Ints
    """Rows of `Board.features`."""
    holes: Ints
    """Rows of `Board.holes`."""
    outline: bool = False
    """The board's outline."""


def marked(board: Board, item: int, kind: str, layers: tuple[str, ...] = ()) -> Marked:
    """The shapes of an item (row of `Board.items`) that a finding names as a `kind`, on the layers that it speaks of.

    Where the item has nothing on those layers it is all that it has; a component is the lands, body and texts of its
    footprint.
    """
    if item < 0:
        return Marked(np.empty(0, np.int32), np.empty(0, np.int32))
    f, holes = board.features, board.holes
    if kind == "component" and board.items.kind[item] == Kind.COMPONENT:
        own = np.flatnonzero(board.components.item == item)
        rows, drilled = np.flatnonzero(np.isin(f.component, own)), np.flatnonzero(np.isin(holes.component, own))
    else:
        rows, drilled = np.flatnonzero(f.item == item), np.flatnonzero(holes.item == item)
    if kind == "hole":
        rows = rows[:0] if len(drilled) else rows
    else:
        drilled = drilled[:0] if len(rows) and kind != "component" else drilled
        on = np.isin(board.layers.name[f.layer[rows]].astype(str), layers)
        rows = rows[on] if on.any() else rows
    return Marked(rows.astype(np.int32), drilled.astype(np.int32), kind == "edge")


def shapes(board: Board, thing: Marked) -> tuple[Objects, Floats]:
    """Cores and radii of what is marked; the outline is its rings."""
    f, holes = board.features, board.holes
    core = [*f.core[thing.features], *holes.core[thing.holes]]
    radius = [*f.radius[thing.features], *holes.radius[thing.holes]]
    if thing.outline:
        rings = shapely.get_rings(shapely.get_parts(board.outline)).tolist()
        core, radius = core + rings, radius + [0.0] * len(rings)
    out = np.empty(len(core), object)
    out[:] = core
    return out, np.asarray(radius, np.float64)


def witness(board: Board, place: Place) -> tuple[float, float, float, float] | None:
    """The line x0, y0, x1, y1 in mm whose length is what was measured between the two items of a place.

    None where that is no distance between two things, or where the nearest points of what is drawn are not as far apart as
    was measured (a check may measure between what is left of them): a wrong line is worse than none.
    """
    if len(place.items) != 2 or place.unit != "mm" or not place.measured > 0:
        return None
    (core_a, radius_a), (core_b, radius_b) = (
        shapes(board, marked(board, item.row, item.kind, place.layers)) for item in place.items
    )  # fmt: skip
    if not len(core_a) or not len(core_b):
        return None
    i, j = (k.ravel() for k in np.meshgrid(np.arange(len(core_a)), np.arange(len(core_b))))
    # Of several equally near pairs the one at the place is meant.
    gap = shape.distance(core_a[i], radius_a[i], core_b[j], radius_b[j])
    fits = np.flatnonzero(np.abs(gap - place.measured) < 2 * EPS)
    if not len(fits):
        return None
    x, y = shape.witness(core_a[i[fits]], radius_a[i[fits]], core_b[j[fits]], radius_b[j[fits]])
    at = int(np.argmin(np.hypot(x - place.x, y - place.y)))
    a, b = i[fits[at]], j[fits[at]]
    x0, y0, x1, y1 = shapely.get_coordinates(shapely.shortest_line(core_a[a], core_b[b])).ravel().tolist()
    length = float(np.hypot(x1 - x0, y1 - y0))
    if length <= 0 or np.hypot(x[at] - place.x, y[at] - place.y) > place.measured:
        return None
    ux, uy = (x1 - x0) / length, (y1 - y0) / length
    return (
        x0 + ux * radius_a[a], y0 + uy * radius_a[a], x1 - ux * radius_b[b], y1 - uy * radius_b[b],
    )  # fmt: skip
