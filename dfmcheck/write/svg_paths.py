"""Shapes of a board as SVG: circles, strokes and areas drawn natively, in whole numbers of a unit that the picture can show."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
import shapely

from ..board import Floats, Objects


class Frame(NamedTuple):
    """How mm of the board become whole numbers of a drawing."""

    x: float
    """mm: what is at the drawing's left; of a mirrored one its right end, seen from above."""
    y: float
    mirrored: bool
    unit: float
    """mm of one."""
    least: float
    """mm: what is smaller is not drawn."""
    flat: float
    """mm by which lines may be straightened."""

    @classmethod
    def of(cls, bounds: tuple[float, float, float, float], scale: float, *, mirrored: bool = False) -> Frame:
        """A frame around a box in mm, drawn at `scale` pixels a mm."""
        # Nothing is off by more than a fifth of a pixel.
        unit = 10 ** math.floor(math.log10(0.2 / scale)) if scale > 0 else 1e-3
        return cls(bounds[2] if mirrored else bounds[0], bounds[1], mirrored, max(unit, 1e-3), 0.3 / scale, 0.15 / scale)

    def coarser(self, times: float) -> Frame:
        """The frame, but larger things are left out and straightened."""
        return self._replace(least=self.least * times, flat=self.flat * times)

    def xy(self, points: Any) -> Floats:
        """Points, N x 2 in mm, as the drawing has them, not yet rounded."""
        way = -1 if self.mirrored else 1
        return np.asarray((np.asarray(points, np.float64).reshape(-1, 2) - [self.x, self.y]) * [way, 1] / self.unit, np.float64)


def number(value: float) -> str:
    """A number as short as can be, to a hundredth."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text.replace("0.", ".", 1) if text.startswith(("0.", "-0.")) else text


def lines(xy: Floats, owner: Any, *, closed: bool = False) -> str:
    """The `d` of a path: lines through points (N x 2) that follow each other for each owner."""
    whole = np.rint(xy).astype(np.int64)
    first = np.r_[True, owner[1:] != owner[:-1]] if len(owner) else np.empty(0, np.bool_)
    keep = first | np.r_[True, (whole[1:] != whole[:-1]).any(axis=1)]
    whole, first = whole[keep], first[keep]
    starts = np.flatnonzero(first)
    # After a closed line the pen stands at its start, after an open one at its end.
    before = np.roll(whole, 1, axis=0)
    if len(starts):
        before[starts[1:]] = whole[starts[:-1]] if closed else whole[starts[1:] - 1]
        before[0] = 0
    out, pen, last = [], "", len(whole) - 1
    for n, ((x, y), start) in enumerate(zip((whole - before).tolist(), first.tolist())):
        if start:
            alone = n == last or first[n + 1]
            out.append(f"{'z' if closed and n else ''}m{x}{'' if y < 0 else ' '}{y}{'h0' if alone else ''}")
            pen = ""
        elif x == 0 or y == 0:
            new = "v" if x == 0 else "h"
            step = x + y
            out.append(f"{new if new != pen else '' if step < 0 else ' '}{step}")
            pen = new
        else:
            out.append(f"{'l' if pen != 'l' else '' if x < 0 else ' '}{x}{'' if y < 0 else ' '}{y}")
            pen = "l"
    return "".join(out) + ("z" if closed and out else "")


def drawn(core: Objects, radius: Floats, frame: Frame) -> str:
    """Elements that draw shapes in the fill and stroke (round caps and joins) of the group that they stand in."""
    parts, of = shapely.get_parts(core, return_index=True)
    width = 2 * np.asarray(radius, np.float64)[of]
    kind = shapely.get_type_id(parts)
    b = shapely.bounds(parts)
    size = np.fmax(b[:, 2] - b[:, 0], b[:, 3] - b[:, 1]) + width
    seen = (size >= frame.least) & np.isin(kind, (0, 1, 2, 3)) & ((width > 0) | (kind == 3))
    parts, width, kind = parts[seen], width[seen], kind[seen]
    wide = np.round(width / frame.unit, 1)
    out = []
    for area, rows in ((True, np.flatnonzero(kind == 3)), (False, np.flatnonzero(kind != 3))):
        for pen in np.unique(wide[rows]).tolist():
            d = _path(parts[rows[wide[rows] == pen]], frame, area=area)
            stroke = f' stroke-width="{number(pen)}"' if pen > 0 else ' stroke="none"'
            out.append(f'<path{"" if area else " fill=" + chr(34) + "none" + chr(34)}{stroke} d="{d}"/>' if d else "")
    return "".join(out)


def _flat(shapes: Objects, frame: Frame) -> Objects:
    """The shapes with fewer points; what would be lost stays as it is."""
    simple = shapely.simplify(shapes, frame.flat, preserve_topology=False)
    lost = shapely.is_empty(simple) | (shapely.get_type_id(simple) != shapely.get_type_id(shapes))
    return np.where(lost, shapes, simple)


def _path(shapes: Objects, frame: Frame, *, area: bool) -> str:
    if not area:
        # Tracks that follow each other are one line, whose bends can be straightened.
        line = shapely.get_type_id(shapes) == 1
        merged = shapely.get_parts(shapely.line_merge(shapely.multilinestrings(shapes[line])))
        shapes = np.r_[shapes[shapely.get_type_id(shapes) != 1], _flat(merged, frame)]
        points, owner = shapely.get_coordinates(shapes, return_index=True)
        return lines(frame.xy(points), owner)
    # All turn the same way, and their holes the other, so that areas which overlap fill each other's holes.
    rings, of = shapely.get_rings(shapely.orient_polygons(_flat(shapes, frame)), return_index=True)
    b = shapely.bounds(rings)
    outer = np.r_[True, of[1:] != of[:-1]] if len(of) else np.empty(0, np.bool_)
    rings = rings[outer | (np.fmax(b[:, 2] - b[:, 0], b[:, 3] - b[:, 1]) >= frame.least)]
    points, owner = shapely.get_coordinates(rings, return_index=True)
    last = np.r_[owner[1:] != owner[:-1], True] if len(owner) else np.empty(0, np.bool_)
    return lines(frame.xy(points[~last]), owner[~last], closed=True)


ROUND = 'stroke-linecap="round" stroke-linejoin="round"'
"""What all strokes have; said once, by the picture."""


def group(inner: Iterable[str] | str, colour: str, **attributes: str) -> str:
    """What is drawn in one colour; '' where there is nothing."""
    text = inner if isinstance(inner, str) else "".join(inner)
    more = "".join(f' {name.replace("_", "-")}="{value}"' for name, value in attributes.items())
    return f'<g fill="{colour}" stroke="{colour}"{more}>{text}</g>' if text else ""
