"""What pictures of a board show, whatever draws them: its colours, the things a finding names, the line that was measured."""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np
import shapely

from .board import Board, Floats, Ints, Kind, Objects
from .report import Place
from .witness import Line, by_item, objects
from .witness import witness as witness

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


TILED = ("copper-density-tile", "density-tile")
"""Rules that judge squares of the board; the text of a place tells how large they are, its middle is the square's."""
_SQUARE = re.compile(r"(?:square|tile) of (\d+(?:\.\d+)?) mm")


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
    covered = [_mix(m, "#d9a26a", 0.3) for m in mask]
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
    bodies: Ints = np.empty(0, np.int32)
    """Rows of `Board.components` of which the body is meant as well."""


def marked(board: Board, item: int, kind: str, layers: tuple[str, ...] = ()) -> Marked:
    """The shapes of an item (row of `Board.items`) that a finding names as a `kind`, on the layers that it speaks of.

    Where the item has nothing on those layers it is all that it has; a component is the lands, body and texts of its
    footprint.
    """
    if item < 0:
        return Marked(np.empty(0, np.int32), np.empty(0, np.int32))
    index = by_item(board)
    bodies = np.empty(0, np.int32)
    if kind == "component" and board.items.kind[item] == Kind.COMPONENT:
        bodies = index.components.of([item])
        rows, drilled = (of.of(bodies.tolist()) for of in index.in_component)
    else:
        rows, drilled = index.features.of([item]), index.holes.of([item])
    if kind == "hole":
        rows = rows[:0] if len(drilled) else rows
    else:
        drilled = drilled[:0] if len(rows) and kind != "component" else drilled
        if len(rows) > 1:
            wanted = {board.layer(name) for name in layers}
            on = np.array([layer in wanted for layer in board.features.layer[rows].tolist()])
            rows = rows[on] if on.any() else rows
    return Marked(rows, drilled, kind == "edge", bodies)


def shapes(board: Board, thing: Marked) -> tuple[Objects, Floats]:
    """Cores and radii of what is marked: of the outline its rings, of a body its area."""
    f, holes = board.features, board.holes
    core, radius = [f.core[thing.features], holes.core[thing.holes]], [f.radius[thing.features], holes.radius[thing.holes]]
    more = []
    if thing.outline:
        more += shapely.get_rings(shapely.get_parts(board.outline)).tolist()
    if len(thing.bodies):
        more += [body for body in board.derived.parts().body[thing.bodies].tolist() if body is not None]
    return np.concatenate([*core, objects(more)]), np.concatenate([*radius, np.zeros(len(more))])


def area(board: Board, rule: str, place: Place) -> Line | None:
    """The box x0, y0, x1, y1 in mm that a place speaks of: the square of a rule of tiles, the board's where nothing on it is
    named; else None."""
    if rule in TILED and (told := _SQUARE.search(place.detail)):
        half = float(told[1]) / 2
        return place.x - half, place.y - half, place.x + half, place.y + half
    if place.items or place.file or board.outline.is_empty:
        return None
    x0, y0, x1, y1 = board.outline.bounds
    return x0, y0, x1, y1
