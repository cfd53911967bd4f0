"""Copper zones, rule areas and their fills."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from ..board import Connect, Floats, Kind
from . import arcs
from .kicad_file import NAN, File, flag, parts, value
from .sexpr import Node, number, points

_CONNECT = {"no": Connect.NONE, "yes": Connect.SOLID, "full": Connect.SOLID, "thru_hole_only": Connect.THT_THERMAL}
_KEEPOUT = ("tracks", "vias", "pads", "copperpour", "footprints")


def chain(pts: list[Any]) -> Floats:
    """The N x 2 points of `(pts ...)`, arcs flattened."""
    if len(pts) > 1 and isinstance(pts[1], np.ndarray):
        return pts[1]
    out: list[tuple[float, float]] = []
    for part in pts[1:]:
        if part[0] == "xy":
            out.append((number(part[1]), number(part[2])))
        elif part[0] == "arc":
            p = parts(part)
            s, m, e = ((number(p[k][1]), number(p[k][2])) for k in ("start", "mid", "end"))
            out += arcs.through(s, m, e)
        elif part[0] == "pts" or isinstance(part[1], np.ndarray):
            out += [tuple(q) for q in part[1]]
    return np.array(out, np.float64).reshape(-1, 2)


def unfracture(xy: Floats) -> list[Floats]:
    """Rings of a fill polygon that KiCad wrote as one ring with zero-width slits to its holes.

    An edge that is walked once each way is a slit. The walk that ends where a slit begins goes on where its way back
    ends, so the runs between slits join to the rings.
    """
    n = len(xy)
    if n > 1 and (xy[0] == xy[-1]).all():
        xy, n = xy[:-1], n - 1
    z = xy[:, 0] + 1j * xy[:, 1]
    _, ids = np.unique(z, return_inverse=True)
    if len(ids) == int(ids.max(initial=0)) + 1:
        return [xy]
    a, b = ids.astype(np.int64), np.roll(ids, -1).astype(np.int64)
    forward, backward = a * n + b, b * n + a
    order = np.argsort(forward, kind="stable")
    place = np.searchsorted(forward, backward, sorter=order)
    place = order[np.minimum(place, n - 1)]
    paired = (forward[place] == backward) & (place[place] == np.arange(n)) & (a != b)
    if not paired.any():
        return [xy]
    slits = np.flatnonzero(paired)
    follow = np.arange(1, n + 1) % n
    # The edge before a slit is followed by the edge after the slit's way back.
    mate = place.copy()
    nxt: list[int] = follow.tolist()
    cut = paired.tolist()
    mates = mate.tolist()
    seen = bytearray(n)
    rings = []
    after = {}
    for s in slits.tolist():
        e = (mates[s] + 1) % n
        hops = 0
        while cut[e] and hops <= n:
            e = (mates[e] + 1) % n
            hops += 1
        after[(s - 1) % n] = e
    starts = [e for e in after.values() if not cut[e]]
    for first in starts:
        if seen[first]:
            continue
        ring, e = [], first
        while not seen[e]:
            seen[e] = 1
            ring.append(e)
            e = after.get(e, nxt[e])
        if len(ring) >= 3:
            rings.append(xy[ring])
    return rings


def fill_polygon(xy: Floats) -> Any:
    """The valid Polygon or MultiPolygon of one fill polygon."""
    rings = unfracture(xy)
    if len(rings) == 1:
        return shapely.Polygon(rings[0])
    sizes = [_area(r) for r in rings]
    outer = int(np.argmax(np.abs(sizes)))
    return shapely.Polygon(rings[outer], [r for i, r in enumerate(rings) if i != outer])


def _area(r: Floats) -> float:
    x, y = r[:, 0] - r[0, 0], r[:, 1] - r[0, 1]
    return float(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2


def read_zone(file: File, node: Node, component: int = -1) -> None:
    p = parts(node)
    layers = file.board_layers
    names = p["layers"][1:] if "layers" in p else p["layer"][1:] if "layer" in p else []
    rows = layers.expand(names)
    net = -1
    if "net" in p or "net_name" in p:
        net = file.net(p["net_name"][1]) if len(p.get("net_name", [])) > 1 else file.net_of(p.get("net"))
    polygons = [chain(parts(c)["pts"]) for c in node if c.__class__ is not str and c[0] == "polygon"]
    outline = shapely.union_all([shapely.make_valid(shapely.Polygon(q)) for q in polygons if len(q) >= 3]) if polygons else shapely.Polygon()
    rule = "keepout" in p
    keepout = {k[0] for k in p["keepout"][1:] if len(k) > 1 and k[1] == "not_allowed"} & set(_KEEPOUT) if rule else set()
    connect = p.get("connect_pads", [""])
    word = next((c for c in connect[1:] if c.__class__ is str), "")
    fill = p.get("fill", ["fill"])
    f = parts(fill)
    thickness = value(p, "min_thickness", 0.0)
    fills = [c for c in node if c.__class__ is not str and c[0] == "filled_polygon"]
    name = str(p["name"][1]) if len(p.get("name", [])) > 1 else ""
    x, y = (float(polygons[0][0, 0]), float(polygons[0][0, 1])) if polygons and len(polygons[0]) else (0.0, 0.0)
    draft = file.draft
    item = draft.item(Kind.ZONE, node.offset, net, component, name, x, y)
    zone = len(draft.zones)
    stroke = thickness / 2 if p.get("filled_areas_thickness", [0, "yes" if file.version < 20210606 else "no"])[1] == "yes" else 0.0
    for c in fills:
        q = parts(c)
        pts = chain(q["pts"])
        where = layers.expand(q["layer"][1:]) if "layer" in q else rows[:1]
        if len(pts) < 3:
            continue
        shape = draft.shapes.ready(fill_polygon(pts))
        for row in where:
            draft.feature(shape, stroke, row, Kind.ZONE, item, net, zone=zone, component=component)
    draft.zones.append((
        item, net, name, frozenset(rows), outline, rule, frozenset(keepout), "attr" in p and any("teardrop" in c for c in p["attr"][1:]),
        bool(fills), "mode" in f and "hatch" in f["mode"], int(value(p, "priority", 0.0)), thickness, value(parts(connect), "clearance", 0.0),
        _CONNECT.get(word, Connect.THERMAL), value(f, "thermal_gap"), value(f, "thermal_bridge_width"),
    ))  # fmt: skip
