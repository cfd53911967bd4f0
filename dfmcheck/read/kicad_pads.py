"""Pads: their copper on every layer, their holes, and the mask and paste openings that KiCad derives from them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import cos, radians, sin
from typing import Any

from ..board import Connect, Kind, PadType
from . import arcs
from .draft import Shapes
from .kicad_file import NAN, File, Parts, flag, parts, value, xy
from .kicad_openings import mask_shapes, paste_shapes
from .kicad_zones import chain
from .sexpr import Node, number

TYPES = {"smd": PadType.SMD, "thru_hole": PadType.THT, "np_thru_hole": PadType.NPTH, "connect": PadType.CONNECT}
_CONNECT = {0: Connect.NONE, 1: Connect.THERMAL, 2: Connect.SOLID, 3: Connect.THT_THERMAL}
_PROPERTIES = {
    "pad_prop_bga": "bga", "pad_prop_fiducial_glob": "fiducial_global", "pad_prop_fiducial_loc": "fiducial_local",
    "pad_prop_testpoint": "testpoint", "pad_prop_heatsink": "heatsink", "pad_prop_castellated": "castellated",
    "pad_prop_mechanical": "mechanical", "pad_prop_pressfit": "pressfit",
}  # fmt: skip


@dataclass(slots=True)
class Place:
    """A local frame on the board: a point (u, v) in it lies at origin + rotation by `angle` (counter-clockwise as seen)."""

    x: float
    y: float
    angle: float
    c: float = 1.0
    s: float = 0.0

    def __post_init__(self) -> None:
        quarter = self.angle % 360
        exact = {0.0: (1.0, 0.0), 90.0: (0.0, 1.0), 180.0: (-1.0, 0.0), 270.0: (0.0, -1.0)}
        self.c, self.s = exact.get(quarter) or (cos(radians(self.angle)), sin(radians(self.angle)))

    def at(self, u: float, v: float) -> tuple[float, float]:
        return self.x + u * self.c + v * self.s, self.y - u * self.s + v * self.c

    def all(self, points: Iterable[Any]) -> list[tuple[float, float]]:
        x, y, c, s = self.x, self.y, self.c, self.s
        return [(x + u * c + v * s, y - u * s + v * c) for u, v in points]


@dataclass(slots=True)
class Outline:
    """A pad's shape in its own frame, its centre at (dx, dy): enough to draw it at any margin."""

    shape: str
    width: float
    height: float
    dx: float = 0.0
    dy: float = 0.0
    ratio: float = 0.0
    chamfer: float = 0.0
    corners: tuple[str, ...] = ()
    delta: tuple[float, float] = (0.0, 0.0)
    anchor: str = ""
    primitives: tuple[Node, ...] = ()


Piece = tuple[int, float]
"""A core in the pool and its radius."""


def shape_of(p: Parts, shape: str) -> Outline:
    """Read the shape from the parts of a pad, or of one layer of its padstack."""
    width, height = xy(p["size"])
    out = Outline("rect" if shape == "trapezoid" and "rect_delta" not in p else shape, abs(width), abs(height))
    offset = p.get("offset") or parts(p.get("drill", [])).get("offset")
    if offset:
        out.dx, out.dy = xy(offset)
    if "rect_delta" in p:
        dy, dx = xy(p["rect_delta"])
        out.delta = (dx, dy)
    if shape == "roundrect":
        out.ratio = min(max(value(p, "roundrect_rratio", 0.25), 0.0), 0.5)
        if "chamfer_ratio" in p and "chamfer" in p:
            out.shape, out.chamfer, out.corners = "chamfered", value(p, "chamfer_ratio"), tuple(p["chamfer"][1:])
    elif shape == "custom":
        out.anchor = parts(p.get("options", [])).get("anchor", ["", "circle"])[1]
        out.primitives = tuple(c for c in p.get("primitives", [])[1:] if isinstance(c, list))
    return out


def pieces(shapes: Shapes, o: Outline, place: Place) -> list[Piece]:
    """The pad's cores and radii on the board."""
    w, h, dx, dy = o.width, o.height, o.dx, o.dy
    x, y = place.at(dx, dy)
    if o.shape == "circle" or (o.shape == "custom" and o.anchor != "rect"):
        base = (shapes.point(x, y), w / 2)
    elif o.shape == "oval":
        u, v = max(w - h, 0.0) / 2, max(h - w, 0.0) / 2
        base = (shapes.segment(*place.at(dx - u, dy - v), *place.at(dx + u, dy + v)), min(w, h) / 2)
    elif o.shape == "roundrect":
        r = o.ratio * min(w, h)
        base = (_box(shapes, place, dx, dy, w - 2 * r, h - 2 * r), r)
    elif o.shape == "chamfered":
        base = (shapes.area(place.all(_chamfered(o))), 0.0)
    elif o.shape == "trapezoid":
        base = (shapes.area(place.all(_trapezoid(o))), 0.0)
    else:
        base = (_box(shapes, place, dx, dy, w, h), 0.0)
    if o.shape != "custom":
        return [base]
    out = [base] if w > 0 and (h > 0 or o.anchor != "rect") else []
    for primitive in o.primitives:
        out += primitive_pieces(shapes, primitive, place, dx, dy)
    return out


def _box(shapes: Shapes, place: Place, x: float, y: float, w: float, h: float) -> int:
    """Core of a rectangle; a line or a point where a size is nil."""
    u, v = max(w, 0.0) / 2, max(h, 0.0) / 2
    if u < 1e-9 or v < 1e-9:
        u, v = (u if u >= 1e-9 else 0.0), (v if v >= 1e-9 else 0.0)
        return shapes.segment(*place.at(x - u, y - v), *place.at(x + u, y + v))
    return shapes.area(place.all(((x - u, y - v), (x + u, y - v), (x + u, y + v), (x - u, y + v))))


def _trapezoid(o: Outline) -> list[tuple[float, float]]:
    u, v, (a, b) = o.width / 2, o.height / 2, (o.delta[0] / 2, o.delta[1] / 2)
    corners = ((-u - a, v + b), (u + a, v - b), (u - a, -v + b), (-u + a, -v - b))
    return [(o.dx + p, o.dy + q) for p, q in corners]


def _chamfered(o: Outline) -> list[tuple[float, float]]:
    """Corners in the order of the outline; a corner is cut, else rounded."""
    least = min(o.width, o.height)
    r, cut, u, v = o.ratio * least, o.chamfer * least, o.width / 2, o.height / 2
    out: list[tuple[float, float]] = []
    for name, sx, sy in (("top_left", -1, -1), ("top_right", 1, -1), ("bottom_right", 1, 1), ("bottom_left", -1, 1)):
        x, y = sx * u, sy * v
        first = sx * sy > 0  # the outline reaches this corner along x = const, then leaves along y = const
        if name in o.corners:
            ends = ((x, y - sy * cut), (x - sx * cut, y))
            out += ends if not first else ends[::-1]
            out[-2:] = [(x, y - sy * cut), (x - sx * cut, y)] if first else [(x, y - sy * cut), (x - sx * cut, y)]
        elif r > 0:
            a, b = (x, y - sy * r), (x - sx * r, y)
            k = r * (1 - 0.5**0.5)
            arc = arcs.through(a, (x - sx * k, y - sy * k), b)
            out += arc
        else:
            out.append((x, y))
            continue
        size = 2 if name in o.corners else len(arc)
        if sx * sy < 0:  # top_right and bottom_left are reached along y = const
            out[-size:] = out[-size:][::-1]
    return [(o.dx + p, o.dy + q) for p, q in out]


def primitive_pieces(shapes: Shapes, node: Node, place: Place, dx: float, dy: float) -> list[Piece]:
    """Cores and radii of one primitive of a custom pad."""
    p = parts(node)
    w = value(p, "width", NAN)
    if w != w:
        w = value(parts(p.get("stroke", [])), "width", 0.0)
    half = w / 2
    filled = p["fill"][1] in ("yes", "solid") if len(p.get("fill", [])) > 1 else None

    def put(points: Iterable[Any]) -> list[tuple[float, float]]:
        return place.all((u + dx, v + dy) for u, v in points)

    name = node[0]
    if name == "gr_line":
        return [(shapes.line(put((xy(p["start"]), xy(p["end"])))), half)]
    if name == "gr_arc":
        return [(shapes.line(put(arc_chain(p))), half)]
    if name == "gr_curve":
        return [(shapes.line(put(arcs.bezier([tuple(q) for q in chain(p["pts"])]))), half)]
    if name == "gr_circle":
        c, e = xy(p["center"]), xy(p["end"])
        r = ((c[0] - e[0]) ** 2 + (c[1] - e[1]) ** 2) ** 0.5
        if filled or (filled is None and w == 0):
            return [(shapes.point(*put([c])[0]), r + half)]
        return [(shapes.ring(put(arcs.circle(*c, r))), half)]
    if name == "gr_rect":
        (a, b), (c2, d) = xy(p["start"]), xy(p["end"])
        box = put(((a, b), (c2, b), (c2, d), (a, d)))
        return [(shapes.area(box) if filled or (filled is None and w == 0) else shapes.ring(box), half)]
    if name == "gr_poly":
        box = put(chain(p["pts"]))
        return [(shapes.ring(box) if filled is False else shapes.area(box), half)]
    return []


def arc_chain(p: Parts) -> list[tuple[float, float]]:
    """Points of an arc: start, mid, end; up to KiCad 5 centre (`start`), first point (`end`) and angle."""
    if "mid" in p:
        return arcs.through(xy(p["start"]), xy(p["mid"]), xy(p["end"]))
    cx, cy = xy(p["start"])
    return arcs.sweep(cx, cy, xy(p["end"]), radians(number(p["angle"][1])))


def read_pad(file: File, node: Node, frame: Place, component: int, defaults: Parts, tie: dict[str, int]) -> None:
    p = parts(node)
    atoms = [a for a in node[1:] if a.__class__ is str]
    number_, kind, shape = atoms[0], TYPES.get(atoms[1]), atoms[2]
    if kind is None:
        raise ValueError(f"pad type {atoms[1]} is unknown")
    at = p["at"]
    x, y = frame.at(number(at[1]), number(at[2]))
    place = Place(x, y, number(at[3]) if len(at) > 3 else 0.0)
    layers = file.board_layers
    rows = layers.expand(p["layers"][1:])
    net = file.net_of(p.get("net"))
    draft, shapes = file.draft, file.draft.shapes
    o = shape_of(p, shape)
    hole = _drill(p.get("drill"))
    item = draft.item(Kind.PAD, node.offset, net, component, number_, x, y)
    pad = len(draft.pads)
    base = pieces(shapes, o, place)
    copper = [] if kind is PadType.NPTH and _bare(o, hole) else [r for r in rows if layers.order[r] >= 0]
    for row in copper:
        for core, radius in base:
            draft.feature(core, radius, row, Kind.PAD, item, net, pad=pad, component=component)
    for row in rows:
        role = layers.roles[row]
        if role == "mask":
            opening = mask_shapes(file, p, defaults, o, place, base)
        elif role == "paste":
            opening = paste_shapes(file, p, defaults, o, place, base)
        elif layers.order[row] >= 0:
            continue
        else:
            opening = base
        for core, radius in opening:
            draft.feature(core, radius, row, Kind.PAD, item, net, pad=pad, component=component)
    sides = {("top" if layers.names[r].startswith("F.") else "bottom" if layers.names[r].startswith("B.") else "in") for r in copper or rows}
    side = 0 if "top" in sides and "bottom" not in sides else 1 if "bottom" in sides and "top" not in sides else 2
    row = -1
    if hole:
        w, h = hole
        u, v = max(w - h, 0.0) / 2, max(h - w, 0.0) / 2
        row = len(draft.holes)
        axis = shapes.segment(*place.at(-u, -v), *place.at(u, v))
        plated = kind is not PadType.NPTH
        draft.holes.append((axis, min(w, h) / 2, plated, 0, len(layers.copper) - 1, item, net, pad, -1, component))
    prop = _PROPERTIES.get(p["property"][1], "") if len(p.get("property", [])) > 1 else ""
    connect = p.get("zone_connect") or defaults.get("zone_connect")
    draft.pads.append((
        item, component, number_, kind, o.shape, prop, net, side, x, y, place.angle, o.width, o.height, row,
        _CONNECT.get(int(connect[1]), Connect.INHERIT) if connect else Connect.INHERIT,
        value(p, "thermal_gap", value(defaults, "thermal_gap")),
        value(p, "thermal_bridge_width", value(p, "thermal_width", value(defaults, "thermal_width"))), tie.get(number_, -1),
    ))  # fmt: skip


def _drill(node: list[Any] | None) -> tuple[float, float] | None:
    """Width and height of the hole; None for none."""
    if not node:
        return None
    sizes = [number(a) for a in node[1:] if a.__class__ is str and a != "oval"]
    if not sizes or sizes[0] <= 0:
        return None
    return (sizes[0], sizes[1] if "oval" in node and len(sizes) > 1 and sizes[1] > 0 else sizes[0])


def _bare(o: Outline, hole: tuple[float, float] | None) -> bool:
    """Whether an NPTH pad is no larger than its hole, so that KiCad gives it no copper."""
    if hole is None or o.dx or o.dy:
        return False
    if o.shape == "circle":
        return hole[0] == hole[1] and hole[0] >= o.width
    return o.shape == "oval" and hole[0] >= o.width and hole[1] >= o.height
