"""What the page draws: the geometry of a design and of its findings, as few bytes."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
import shapely

from ... import drawing, shape
from ...board import Board, Bools, Floats, Kind, Objects
from ...report import SEVERITIES, DesignReport
from ...units import show
from .packing import MICRO, Longs, distinct, packed, shapes, steps

SHOWN = ("copper", "mask", "paste", "silk", "courtyard", "fab", "edge")
"""Roles of the layers that the page can draw."""
PLATED, TOP, BOTTOM, OPEN_TOP, OPEN_BOTTOM = 1, 2, 4, 8, 16
"""Flags of a hole: plated, reaches a side, is left open by that side's mask."""
LINES, MANY = 8, 1000
"""Places of a finding, the worst first, whose witness line is looked for; of more findings than that only the worst place's."""
_HEATS = (("joints", "joints/cm²"), ("coverage", "% covered"), ("tallest", "mm tall"))


def board_data(report: DesignReport) -> bytes:
    """The design and the places of its findings for `viewer_model.js`, compressed (raw deflate); b"" where there is no design."""
    board = report.design
    if board is None:
        return b""
    f, holes = board.features, board.holes
    layers = np.flatnonzero(np.isin(board.layers.role.astype(str), SHOWN))
    drawn = np.isin(f.layer, layers) & ~shapely.is_empty(f.core)
    rows, drilled = np.flatnonzero(drawn), np.flatnonzero(~shapely.is_empty(holes.core))
    parts, bodies = _bodies(board)
    outline = [] if board.outline.is_empty else [board.outline]
    cores, of_shape = distinct([*f.core[rows], *holes.core[drilled], *bodies, *outline])
    if not len(cores):
        return b""
    bounds = shapely.total_bounds(cores)
    origin = np.floor(bounds[:2] - 1.0)
    geometry = shapes(cores, origin)
    radius = np.r_[f.radius[rows], holes.radius[drilled], np.zeros(len(bodies))]
    widths, of_width = np.unique(np.round(radius, 6), return_inverse=True)
    owners = np.r_[f.item[rows], holes.item[drilled], board.components.item[parts]]
    told = [p for found in report.findings for p in found.places]
    items = np.unique(np.r_[owners, [i.row for p in told for i in p.items if i.row >= 0]].astype(np.int64))
    texts: dict[str, int] = {"": 0}
    streams: dict[str, Any] = {
        "kind": geometry.kind, "rings": geometry.rings, "size": geometry.size,
        "x": steps(geometry.xy[:, 0]), "y": steps(geometry.xy[:, 1]),
        "shape": _back(of_shape), "width": of_width, "owner": steps(np.searchsorted(items, owners)),
        "layer": steps(np.searchsorted(layers, f.layer[rows])), "flags": _flags(board)[drilled],
        **_items(board, items, texts),
    }  # fmt: skip
    findings = _findings(report, origin, Drawn(rows, drilled, parts, layers, items), texts)
    header = {
        "origin": [round(v * MICRO) for v in origin.tolist()],
        "size": [math.ceil(v * MICRO) for v in (bounds[2:] + 1.0 - origin).tolist()], "bodies": len(bodies),
        "look": drawing.look(board)._asdict(), "outline": bool(outline), "radii": [round(v * MICRO, 3) for v in widths.tolist()],
        "layers": [
            {"name": str(board.layers.name[i]), "role": str(board.layers.role[i]),
             "side": str(board.layers.side[i]), "order": int(board.layers.order[i])}
            for i in layers
        ],
        "severities": SEVERITIES, "kinds": [k.name.lower() for k in Kind], "nets": [str(name) for name in board.nets.name],
        "components": [
            [str(ref), str(value), int(side)]
            for ref, value, side in zip(board.components.ref, board.components.value, board.components.side)
        ],
    }  # fmt: skip
    heat, heats = _heat(report)
    return packed({**header, "heat": heat, "texts": list(texts)}, {**streams, "findings": findings, "heats": heats})


def _back(of_shape: Longs) -> Longs:
    """0 where a shape is the next new one, else how far back from the newest it is, and 1."""
    newest = np.maximum.accumulate(of_shape)
    new = np.diff(newest, prepend=-1) > 0
    return np.where(new, 0, newest - of_shape + 1)


def _flags(board: Board) -> Longs:
    holes = board.holes
    last = max(len(board.copper_layers) - 1, 0)
    flags = holes.plated * PLATED + (holes.first == 0) * TOP + (holes.last >= last) * BOTTOM
    return np.asarray(flags + _left_open(board, "top") * OPEN_TOP + _left_open(board, "bottom") * OPEN_BOTTOM, np.int64)


def _left_open(board: Board, side: str) -> Bools:
    """Whether the middle of each hole lies in an opening of the mask; all do where there is no mask."""
    holes, f = board.holes, board.features
    masks = board.layers_with("mask", side)
    rows = np.flatnonzero(np.isin(f.layer, masks))
    if not len(masks) or not len(rows) or not len(holes):
        return np.ones(len(holes), np.bool_)
    middle = shapely.centroid(holes.core)
    i, j = shape.meeting(shape.boxes(f.core[rows], f.radius[rows]), shape.boxes(middle, np.zeros(len(middle))))
    out = np.zeros(len(holes), np.bool_)
    out[j[shapely.distance(f.core[rows[i]], middle[j]) <= f.radius[rows[i]]]] = True
    return out


def _items(board: Board, items: Longs, texts: dict[str, int]) -> dict[str, Any]:
    """What each item is called; texts are told once."""
    own = board.items.take(items)
    label = [texts.setdefault(str(text or ""), len(texts)) for text in own.label]
    return {"item": own.kind, "component": steps(own.component), "net": steps(own.net), "label": steps(label)}


class Drawn(NamedTuple):
    """Which rows of the board's tables the page knows, in its order."""

    features: Longs
    holes: Longs
    bodies: Longs
    """Rows of `Board.components`."""
    layers: Longs
    items: Longs


def _findings(report: DesignReport, origin: Floats, drawn: Drawn, texts: dict[str, int]) -> list[int]:
    """One run of numbers: how many sets of things there are, each set, how many findings, each finding with its places.

    A set is its item (0 none), whether the outline is meant, and its features, holes and bodies, each by their count and
    steps. A finding is its severity and its number of places. A place is 0 if it is nowhere on the board, else 1 (2 with a
    witness line, 3 with a tile, 4 with the box of the whole board), steps in x and y from the place before, text, its layers
    (count and numbers), the line or box if any, and its sets (count and numbers).
    """
    board = report.design
    assert board is not None
    marks: dict[tuple[int, str, tuple[str, ...]], int] = {}
    sets: list[int] = []
    out: list[int] = [len(report.findings)]
    known = {str(board.layers.name[row]): at for at, row in enumerate(drawn.layers.tolist())}
    feature, hole = _numbers(drawn.features, len(board.features)), _numbers(drawn.holes, len(board.holes))
    body = _numbers(drawn.bodies, len(board.components))

    def mark(row: int, kind: str, on: tuple[str, ...]) -> int:
        key = (row, kind, on)
        if key not in marks:
            marks[key] = len(marks)
            thing = drawing.marked(board, row, kind, on)
            item = int(np.searchsorted(drawn.items, row)) + 1 if row >= 0 else 0
            sets.extend([item, int(thing.outline), *_known(feature[thing.features])])
            sets.extend([*_known(hole[thing.holes]), *_known(body[thing.bodies])])
        return marks[key]

    before = [0, 0]
    lines = LINES if len(report.findings) <= MANY else 1
    for found in report.findings:
        out += [SEVERITIES.index(found.severity), len(found.places)]
        for n, place in enumerate(found.places):
            if not (math.isfinite(place.x) and math.isfinite(place.y)):
                out.append(0)
                continue
            area = drawing.area(board, found.rule, place)
            line = drawing.witness(board, place) if n < lines and area is None else None
            kind = (1 if line is None else 2) if area is None else 3 if found.rule in drawing.TILED else 4
            text = show(place.measured, place.unit, apart_from=place.limit) if math.isfinite(place.measured) else ""
            on = [known[name] for name in place.layers if name in known]
            things = [mark(item.row, item.kind, place.layers) for item in place.items]
            at = _micro((place.x, place.y), origin)
            out += [kind, at[0] - before[0], at[1] - before[1]]
            before = at
            out += [texts.setdefault(text, len(texts)), len(on), *on, *_micro(line or area or (), origin)]
            out += [len(things), *things]
    return [len(marks), *sets, *out]


def _numbers(rows: Longs, count: int) -> Longs:
    """By row of a table the number that the page has for it, -1 where it knows none."""
    out = np.full(count, -1, np.int64)
    out[rows] = np.arange(len(rows))
    return out


def _known(numbers: Longs) -> list[int]:
    """How many of the numbers are known, and their steps."""
    found = [n for n in numbers.tolist() if n >= 0]
    return [len(found), *(n - before for n, before in zip(found, [0, *found]))]


def _bodies(board: Board) -> tuple[Longs, Objects]:
    """Rows of the components of which the body is known, and these."""
    bodies: Objects = board.derived.parts().body if len(board.components) else np.empty(0, object)
    known = shapely.is_geometry(bodies) & ~shapely.is_empty(bodies)
    return np.flatnonzero(known), bodies[known]


def _micro(values: Iterable[float], origin: Floats) -> list[int]:
    """mm, x and y in turn, as whole µm from the origin."""
    return [round((v - float(origin[k % 2])) * MICRO) for k, v in enumerate(values)]


def _heat(report: DesignReport) -> tuple[dict[str, Any] | None, Longs]:
    """The grid of the density maps with their names, and their values in tenths: 0 unknown, else one more than the value's."""
    drawn = report.density.get("map")
    if not drawn:
        return None, np.empty(0, np.int64)
    maps: list[dict[str, str]] = []
    values: list[Objects] = []
    for side in ("top", "bottom"):
        for what, unit in _HEATS:
            if what in drawn.get(side, {}):
                maps.append({"name": f"{what} {side}", "side": side, "unit": unit})
                values.append(drawn[side][what])
    for layer, rows in drawn.get("copper", {}).items():
        maps.append({"name": f"copper {layer}", "side": "", "unit": "% copper"})
        values.append(rows)
    tenths = np.asarray(values, np.float64).ravel() * 10
    whole = np.where(np.isnan(tenths), 0, np.rint(np.nan_to_num(tenths)) + 1).astype(np.int64)
    grid = {key: drawn[key] for key in ("x", "y", "step", "window", "columns", "rows")}
    return {**grid, "maps": maps}, steps(whole)
