"""Copper zones, rule areas and their fills."""

from __future__ import annotations

from typing import Any

import shapely

from ..board import Connect, Floats, Kind
from .kicad_file import File, chain, parts, text, value, xy
from .sexpr import Node
from .slits import rings_of

_CONNECT = {"no": Connect.NONE, "yes": Connect.SOLID, "thru_hole_only": Connect.THT_THERMAL}
_KEEPOUT = {"tracks", "vias", "pads", "copperpour", "footprints"}
_NO_STROKE = 20250210
"""From this file version on fills never have a stroke; before, they have unless `(filled_areas_thickness no)`."""


def read_zone(file: File, node: Node, component: int = -1) -> None:
    p = parts(node)
    layers, draft = file.layers, file.draft
    rows = layers.expand(p["layers"][1:] if "layers" in p else p["layer"][1:] if "layer" in p else [])
    if not rows:
        file.count("zones on no layer that the board has", node.offset)
    polygons = [chain(parts(c)["pts"]) for c in node if c.__class__ is not str and c[0] == "polygon"]
    outline = _outline([q for q in polygons if len(q) >= 3])
    rule = "keepout" in p or "placement" in p
    net = -1
    if not rule and any(layers.order[row] >= 0 for row in rows):
        net = file.net(text(p, "net_name")) if text(p, "net_name") else file.net_of(p.get("net"))
    keepout = frozenset(k[0] for k in p.get("keepout", [])[1:] if len(k) > 1 and k[1] == "not_allowed") & _KEEPOUT
    x, y = (float(polygons[0][0, 0]), float(polygons[0][0, 1])) if polygons and len(polygons[0]) else (0.0, 0.0)
    item, zone = draft.item(Kind.ZONE, node.offset, net, component, text(p, "name"), x, y), len(draft.zones)
    thickness = value(p, "min_thickness", 0.0)
    stroked = file.version < _NO_STROKE and text(p, "filled_areas_thickness") != "no"
    filled = False
    for c in node:
        if c.__class__ is str or c[0] not in ("filled_polygon", "fill_segments"):
            continue
        q = parts(c)
        where = layers.expand(q["layer"][1:]) if "layer" in q else rows[:1]
        if c[0] == "fill_segments":
            shapes = [draft.shapes.segment(*xy(s[1]), *xy(s[2])) if len(s) > 2 else draft.shapes.line(chain(s)) for s in c[1:]]
            radius = thickness / 2
        else:
            shapes = [draft.shapes.rings(rings) for rings in rings_of(chain(q["pts"]))]
            radius = thickness / 2 if stroked else 0.0
        for row in where:
            for shape in shapes:
                filled = True
                draft.feature(shape, radius, row, Kind.ZONE, item, net, zone=zone, component=component)
    connect, fill = p.get("connect_pads", ["connect_pads"]), p.get("fill", ["fill"])
    f, c = parts(fill), parts(connect)
    word = next((a for a in connect[1:] if a.__class__ is str), "")
    draft.zones.append((
        item, net, text(p, "name"), frozenset(rows), outline, rule, keepout, "teardrop" in parts(p.get("attr", [])), filled,
        text(f, "mode") == "hatch", int(value(p, "priority", 0.0)), thickness, value(c, "clearance", 0.0),
        _CONNECT.get(word, Connect.THERMAL), value(f, "thermal_gap"), value(f, "thermal_bridge_width"),
    ))  # fmt: skip


def _outline(polygons: list[Floats]) -> Any:
    """The first polygon without the others, which are its holes."""
    if not polygons:
        return shapely.Polygon()
    whole, *holes = (shapely.Polygon(q) for q in polygons)
    if not whole.is_valid:
        whole = shapely.buffer(shapely.make_valid(whole), 0)
    return shapely.difference(whole, shapely.union_all(shapely.make_valid(holes))) if holes else whole
