"""A board as it looks from one side, as SVG: mask, copper under it, openings and their finish, legend, holes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import shapely

from ..board import Board, Bools, Floats, Ints, Objects, once_a_board
from ..drawing import look
from ..report import Place
from .svg_paths import Frame, drawn, group, lines

SIDES = ("top", "bottom")
SEEN_FROM = ("top", "bottom, seen from below")
THROUGH = "#ffffff"
"""What is seen through holes and cut-outs: the paper."""
_EDGE = "#1f2328"


class Extent(NamedTuple):
    """The box in mm that a picture of a board shows."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top


def extent(board: Board) -> Extent | None:
    """The outline's box, or that of all that is drawn where no outline is closed; None for a board without anything."""
    area = board.outline
    shapes = np.array([area]) if not area.is_empty else np.r_[board.features.core, board.holes.core]
    shapes = shapes[~shapely.is_empty(shapes)]
    if not len(shapes):
        return None
    b = np.asarray(shapely.total_bounds(shapes), np.float64)
    pad = 0.0 if not area.is_empty else max(0.02 * float((b[2:] - b[:2]).max()), 0.5)
    left, top, right, bottom = (b + np.array([-pad, -pad, pad, pad])).tolist()
    return Extent(left, top, right, bottom)


@once_a_board
def _sides(board: Board) -> tuple[dict[str, int], Ints]:
    """The side of each outer layer by name, and of each item's component by row, -1 for none."""
    c = board.components
    of = np.append(c.side, -1)[board.items.component]
    of[c.item] = c.side
    return {str(n): SIDES.index(s) for n, s in zip(board.layers.name, board.layers.side) if s in SIDES}, of


def seen(board: Board, place: Place) -> int | None:
    """The side (0 top, 1 bottom) that shows a place: that of its layers, else of its components; None where both do."""
    by_layer, by_item = _sides(board)
    sides = {by_layer[name] for name in place.layers if name in by_layer}
    if not sides:
        sides = {int(by_item[item.row]) for item in place.items if item.row >= 0} - {-1}
    return sides.pop() if len(sides) == 1 else None


def draw_side(board: Board, side: int, view: Extent, scale: float, name: str) -> tuple[str, Frame]:
    """What a board looks like from one side, in whole numbers of a frame; `name` begins the ids within."""
    frame = Frame.of(view, scale, mirrored=side == 1)
    f, holes, colours = board.features, board.holes, look(board)
    outer = int(board.outer_layer(side))
    copper = _drawn(f.core, f.radius, f.layer == outer, frame)
    masks, silks = board.layers_with("mask", SIDES[side]), board.layers_with("silk", SIDES[side])
    masked = len(masks) > 0 and ("mask" in board.facts or bool(np.isin(f.layer, masks).any()))
    reach = (holes.first == 0) if side == 0 else (holes.last >= len(board.copper_layers) - 1)
    plated = _drawn(holes.core, holes.radius, holes.plated & reach, frame)
    bare = _drawn(holes.core, holes.radius, ~holes.plated & reach, frame)
    w, h = (int(np.ceil(length / frame.unit)) for length in (view.width, view.height))
    box = f'x="0" y="0" width="{w}" height="{h}"'
    outline = outline_path(board, frame)
    defs, out = [f'<g id="{name}c">{copper}</g>'], []
    clip = ""
    if outline:
        defs.append(f'<clipPath id="{name}b"><path clip-rule="evenodd" d="{outline}"/></clipPath>')
        clip = f' clip-path="url(#{name}b)"'
    if masked:
        openings = group(_drawn(f.core, f.radius, np.isin(f.layer, masks), frame), "#fff")
        defs.append(f'<mask id="{name}o" maskUnits="userSpaceOnUse" {box}>{openings}</mask>')
        defs.append(f'<g id="{name}h">{plated}</g>')
        use, drilled = f'<use href="#{name}c"/>', f'<use href="#{name}h"/>'
        out += [
            f'<rect {box} fill="{colours.mask[side]}"/>', group(use, colours.covered[side]),
            group(drilled, _darker(colours.mask[side])),
            f'<g mask="url(#{name}o)"><rect {box} fill="{colours.substrate}"/>{group(use, colours.finish)}</g>',
        ]  # fmt: skip
    else:
        out += [f'<rect {box} fill="{colours.substrate}"/>', group(f'<use href="#{name}c"/>', colours.finish)]
    out.append(group(_drawn(f.core, f.radius, np.isin(f.layer, silks), frame), colours.silk[side]))
    out.append(f'<g mask="url(#{name}o)">{group(drilled, THROUGH)}</g>' if masked else group(plated, THROUGH))
    out.append(group(bare, THROUGH))
    pen = f'stroke="{_EDGE}" stroke-opacity=".5" stroke-width="{4 * frame.least / frame.unit:.0f}"'
    rim = f'<path d="{outline}" fill="none" {pen}/>'
    if not outline:
        edges = board.layers_with("edge")
        rim = group(_drawn(f.core, np.maximum(f.radius, frame.least), np.isin(f.layer, edges), frame), _EDGE)
    return f"<defs>{''.join(defs)}</defs><g{clip}>{''.join(out)}</g>{rim}", frame


def outline_path(board: Board, frame: Frame) -> str:
    """The board's outline and cut-outs as one path; '' where it is not closed."""
    rings = shapely.simplify(shapely.get_rings(shapely.get_parts(board.outline)), frame.flat)
    points, owner = shapely.get_coordinates(rings, return_index=True)
    last = np.r_[owner[1:] != owner[:-1], True] if len(owner) else np.empty(0, np.bool_)
    return lines(frame.xy(points[~last]), owner[~last], closed=True)


def _drawn(core: Objects, radius: Floats, which: Bools, frame: Frame) -> str:
    rows = np.flatnonzero(which)
    return drawn(core[rows], radius[rows], frame)


def _darker(colour: str) -> str:
    return "#" + "".join(f"{int(colour[i : i + 2], 16) * 6 // 10:02x}" for i in (1, 3, 5))
