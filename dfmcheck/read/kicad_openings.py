"""Margins of mask and paste openings (the pad's own, else its footprint's, else the board's), and webs of mask that are none."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, TypeVar

import numpy as np
import shapely

from .. import shape
from ..board import Features, Ints, Items, Kind, Table
from ..copper import components
from .kicad_file import File, Parts, value
from .kicad_layers import LayerSet
from .kicad_padshapes import Outline

T = TypeVar("T", bound=Table)
_LEAST = 2e-4
"""mm2; less is no web but a notch where two openings overlap."""
_CRUMB, _DUST = 5e-4, 1e-5
"""mm and mm2: what closing adds by rounding alone is narrower and smaller."""
_ZERO_COUNTS = 20240201
"""Up to KiCad 8 a margin of zero in a pad or footprint means that it has none of its own."""


def _first(file: File, pad: Parts, footprint: Parts, names: tuple[str, ...], board: float) -> float:
    for found in (pad, footprint):
        for name in names:
            margin = value(found, name, 0.0)
            if margin or (name in found and file.version >= _ZERO_COUNTS):
                return margin
    return board


def mask_margin(file: File, pad: Parts, footprint: Parts, o: Outline) -> float:
    """Expansion of the mask opening over the pad; a negative one stops where the opening vanishes."""
    margin = _first(file, pad, footprint, ("solder_mask_margin",), file.setup.mask_margin)
    return max(margin, -min(o.width, o.height) / 2)


def paste_margins(file: File, pad: Parts, footprint: Parts, o: Outline) -> tuple[float, float]:
    """Expansion of the paste aperture along the pad's x and y: a length plus a share of the pad's size."""
    margin = _first(file, pad, footprint, ("solder_paste_margin",), file.setup.paste_margin)
    ratio = _first(file, pad, footprint, ("solder_paste_margin_ratio", "solder_paste_ratio"), file.setup.paste_ratio)
    mx, my = margin + ratio * o.width, margin + ratio * o.height
    return (mx, my) if o.shape == "custom" else (max(mx, -o.width / 2), max(my, -o.height / 2))


def close_webs(tables: dict[str, Any], layers: LayerSet, width: float) -> None:
    """Open the mask where KiCad plots none: strips between openings that are narrower than the board's least width of mask.

    KiCad widens all openings by half that width, joins them, narrows what it has by as much, inner corners squared off at
    that distance, and plots that with the openings. What this adds gets items of its own, of kind `Kind.OPENING`.
    """
    f: Features = tables["features"]
    role = np.array(layers.roles, object)[f.layer] == "mask"
    found: list[tuple[Any, int, int]] = []
    for row in np.unique(f.layer[role]).tolist():
        rows = np.flatnonzero(role & (f.layer == row)).astype(np.int32)
        found += [(web, row, owner) for web, owner in _webs(f, rows, width)]
    if not found:
        return
    items: Items = tables["items"]
    n, first = len(found), len(items)
    webs, on, owner = (np.array(column, kind) for column, kind in zip(zip(*found), (object, np.int32, np.int64)))
    spot = shapely.point_on_surface(webs)
    nothing = np.full(n, -1, np.int32)
    part = f.component[owner]
    tables["items"] = _joined(items, Items.of(
        kind=np.full(n, Kind.OPENING), source=np.zeros(n, np.int32), offset=items.offset[f.item[owner]], net=nothing,
        component=part, label=["closed web"] * n, x=shapely.get_x(spot), y=shapely.get_y(spot), inferred=np.zeros(n, np.bool_),
    ))  # fmt: skip
    tables["features"] = _joined(f, Features.of(
        core=webs, radius=np.zeros(n), layer=on, kind=np.full(n, Kind.OPENING), item=first + np.arange(n), net=nothing,
        pad=nothing, via=nothing, zone=nothing, component=part,
    ))  # fmt: skip


def _webs(f: Features, rows: Ints, width: float) -> list[tuple[Any, int]]:
    """What is added to openings (rows of a layer), each piece with the row of one of its openings."""
    boxes = shape.boxes(f.core[rows], f.radius[rows], width / 2)
    i, j = shape.meeting(boxes, boxes)
    i, j = i[i < j], j[i < j]
    near = shape.distance(f.core[rows[i]], f.radius[rows[i]], f.core[rows[j]], f.radius[rows[j]]) < width
    label = components(len(rows), i[near], j[near])
    out: list[tuple[Any, int]] = []
    polygons = shape.polygons(f.core[rows], f.radius[rows])
    order = np.argsort(label, kind="stable")
    for members in np.split(order, np.flatnonzero(np.diff(label[order])) + 1):
        if len(members) == 1 and _simple(f.core[rows[members[0]]]):
            continue
        open_ = shapely.union_all(polygons[members])
        wide = shapely.buffer(open_, width / 2, quad_segs=8)
        closed = shapely.buffer(wide, -width / 2, join_style="mitre", mitre_limit=1.0)
        if closed.area < open_.area + _LEAST:
            continue
        added = shapely.get_parts(shapely.buffer(shapely.difference(closed, open_, grid_size=1e-5), -_CRUMB, join_style="mitre"))
        added = shapely.buffer(added[shapely.area(added) > _DUST], 2 * _CRUMB, join_style="mitre")  # so that it meets them
        out += [(web, int(rows[members[0]])) for web in added.tolist()]
    return out


def _simple(core: Any) -> bool:
    """Whether a shape has no notch: a point, a segment, or a polygon of at most four corners."""
    return int(shapely.get_num_coordinates(core)) <= 5


def _joined(one: T, two: T) -> T:
    return type(one)(**{c.name: np.concatenate([getattr(one, c.name), getattr(two, c.name)]) for c in fields(one)})
