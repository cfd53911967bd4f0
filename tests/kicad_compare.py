"""Hold a board as we read it against what KiCad makes of it; every difference is a line of text."""

from __future__ import annotations

import json
import subprocess
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from dfmcheck.board import Board, Kind
from dfmcheck.provenance import Locator
from dfmcheck.read import read

REFEREE = Path(__file__).with_name("kicad_referee.py")
FLAT = 1.5e-4
"""mm; mean distance of edges that differ only by how curves are flattened."""
FLAT_COARSE = 6e-3
"""mm; the same for custom pads, padstacks that may hold one, arcs and stroked fills, which KiCad flattens coarsely."""
EXACT = {"circle", "oval", "rect", "roundrect", "trapezoid", "chamfered"}
INSET = 0.005
"""mm; by how much KiCad shrinks courtyards, so that touching ones do not overlap."""
NOTHING = [0.0, 0.0]


def kicad_view(path: str | Path) -> Any:
    """What pcbnew makes of the board."""
    done = subprocess.run(["/usr/bin/python3", str(REFEREE), str(path)], capture_output=True, text=True, check=True, timeout=600)
    return json.loads(done.stdout[done.stdout.index('{"pads"') :])


def shapes(board: Board, rows: Any) -> dict[tuple[int, int], list[int]]:
    out = defaultdict(list)
    for row in rows.tolist():
        out[int(board.features.item[row]), int(board.features.layer[row])].append(row)
    return out


def measure(board: Board, rows: list[int]) -> list[float]:
    """Perimeter, area and box of the union of features."""
    f = board.features
    union = shapely.union_all([shapely.buffer(f.core[r], f.radius[r], quad_segs=128) if f.radius[r] else f.core[r] for r in rows])
    return [union.length, union.area, *union.bounds]


def near(ours: list[float], theirs: list[float], flat: float = FLAT) -> bool:
    """Whether area and box agree but for how curves are flattened."""
    perimeter, *a = ours
    if len(a) != len(theirs):
        return max(a[0], theirs[0]) < 1e-9
    place = max(abs(x - y) for x, y in zip(a[1:], theirs[1:], strict=True))
    return abs(a[0] - theirs[0]) <= flat * perimeter + 1e-6 and place <= max(2 * flat, 0.001)


def compare(path: str | Path, *, texts: bool = False) -> list[str]:
    view, board = kicad_view(path), read(path)
    out: list[str] = []
    locate = Locator(board)
    names = board.layers.name
    f, items = board.features, board.items
    net_name = lambda row: board.nets.name[row] if row >= 0 else ""  # noqa: E731

    def table(kind: Kind) -> dict[str, int]:
        return {locate.uuid(i): i for i in np.flatnonzero(items.kind == kind).tolist()}

    def tell(what: str, uuid: str, ours: Any, theirs: Any) -> None:
        item = next((i for i in range(len(items)) if locate.uuid(i) == uuid), -1) if len(out) < 40 else -1
        out.append(f"{what} {uuid} line {locate.line(item) if item >= 0 else '?'}: ours {ours} KiCad's {theirs}")

    groups = shapes(board, np.arange(len(f)))
    by_item: dict[int, dict[str, list[float]]] = defaultdict(dict)
    for (item, layer), rows in groups.items():
        if items.kind[item] in (Kind.PAD, Kind.TRACK, Kind.ARC, Kind.GRAPHIC, Kind.EDGE) or (
            texts and items.kind[item] == Kind.TEXT
        ):
            by_item[item][names[layer]] = measure(board, rows)
    pads = table(Kind.PAD)
    for uuid in pads.keys() ^ view["pads"].keys():
        tell("pad", uuid, uuid in pads, uuid in view["pads"])
    by_shape = dict(zip(board.pads.item.tolist(), board.pads.shape, strict=True))
    hole_of = dict(zip(board.pads.item.tolist(), board.pads.hole.tolist(), strict=True))
    for uuid in pads.keys() & view["pads"].keys():
        theirs, item = view["pads"][uuid], pads[uuid]
        ours = {k: v for k, v in by_item[item].items() if k.endswith((".Cu", ".Mask", ".Paste"))}
        for layer in ours.keys() | theirs["layers"].keys():
            a, b = ours.get(layer, NOTHING), theirs["layers"].get(layer, [0.0])
            if len(b) != 2 and not near(a, b, FLAT if by_shape[item] in EXACT else FLAT_COARSE):
                tell(f"pad on {layer}", uuid, a, b)
        if net_name(items.net[item]) != theirs["net"]:
            tell("pad net", uuid, net_name(items.net[item]), theirs["net"])
        row = hole_of[item]
        size = [0.0, 0.0]
        if row >= 0:
            line = board.holes.core[row].length
            size = sorted((2 * board.holes.radius[row], 2 * board.holes.radius[row] + line))
        if not np.allclose(size, sorted(theirs["drill"]), atol=2e-6):
            tell("drill", uuid, size, theirs["drill"])
    vias = table(Kind.VIA)
    land: dict[int, set[str]] = defaultdict(set)
    for row in np.flatnonzero((f.kind == Kind.VIA) & (board.layers.order[f.layer] >= 0)).tolist():
        land[int(f.item[row])].add(names[f.layer[row]])
    via_row = {int(item): i for i, item in enumerate(board.vias.item)}
    for uuid in vias.keys() ^ view["vias"].keys():
        tell("via", uuid, uuid in vias, uuid in view["vias"])
    for uuid in vias.keys() & view["vias"].keys():
        theirs, item = view["vias"][uuid], vias[uuid]
        v = via_row[item]
        if land[item] != set(theirs["layers"]):
            tell("via lands", uuid, sorted(land[item]), sorted(theirs["layers"]))
        if abs(board.vias.drill[v] - theirs["drill"]) > 1e-6 or net_name(board.vias.net[v]) != theirs["net"]:
            tell("via", uuid, (board.vias.drill[v], net_name(board.vias.net[v])), theirs)
        if [board.vias.tented_top[v] == 2, board.vias.tented_bottom[v] == 2] != theirs["tented"]:
            tell("tenting", uuid, (board.vias.tented_top[v], board.vias.tented_bottom[v]), theirs["tented"])
    tracks = {**table(Kind.TRACK), **table(Kind.ARC)}
    for uuid in tracks.keys() ^ view["tracks"].keys():
        tell("track", uuid, uuid in tracks, uuid in view["tracks"])
    for uuid in tracks.keys() & view["tracks"].keys():
        layer, _, *theirs = view["tracks"][uuid]
        if not near(by_item[tracks[uuid]].get(layer, NOTHING), theirs):
            tell("track", uuid, by_item[tracks[uuid]], view["tracks"][uuid])
    zones = table(Kind.ZONE)
    zone_row = {int(item): i for i, item in enumerate(board.zones.item)}
    for uuid in zones.keys() ^ view["zones"].keys():
        tell("zone", uuid, uuid in zones, uuid in view["zones"])
    for uuid in zones.keys() & view["zones"].keys():
        theirs, item = view["zones"][uuid], zones[uuid]
        fills: dict[str, list[float]] = {}
        for layer in range(len(names)):
            rows = groups.get((item, layer))
            if rows:
                fills[names[layer]] = measure(board, rows)
        for layer in fills.keys() | theirs["fills"].keys():
            a, b = fills.get(layer, NOTHING), theirs["fills"].get(layer, [0.0])
            if not near(a, b):
                tell(f"fill on {layer}", uuid, a, b)
        z = zone_row[item]
        if net_name(board.zones.net[z]) != theirs["net"] or bool(board.zones.rule_area[z]) != theirs["rule"]:
            tell("zone", uuid, (net_name(board.zones.net[z]), board.zones.rule_area[z]), theirs)
        if abs(board.zones.outline[z].area - theirs["outline"]) > 1e-3 + 1e-5 * theirs["outline"]:
            tell("zone outline", uuid, board.zones.outline[z].area, theirs["outline"])
    graphics = {**table(Kind.GRAPHIC), **table(Kind.EDGE)}
    for uuid, (layer, *theirs) in view["graphics"].items():
        if layer in names and layer != "Edge.Cuts" and not near(by_item[graphics.get(uuid, -1)].get(layer, NOTHING), theirs):
            tell(f"graphic on {layer}", uuid, by_item[graphics.get(uuid, -1)], theirs)
    if texts:
        compare_texts(board, view, table(Kind.TEXT), by_item, tell)
    components = table(Kind.COMPONENT)
    comp_row = {int(item): i for i, item in enumerate(board.components.item)}
    for uuid, theirs in view["components"].items():
        c = board.components.take([comp_row[components[uuid]]])
        ours = {"ref": c.ref[0], "value": c.value[0], "flipped": bool(c.side[0]), "tie": bool(c.net_tie[0])}
        if any(theirs[k] != v for k, v in ours.items()) or not np.allclose([c.x[0], c.y[0]], theirs["at"], atol=2e-6):
            tell("component", uuid, ours, theirs)
        for name, area in view["courtyards"][uuid].items():
            mine = c.courtyard_top[0] if name.startswith("F") else c.courtyard_bottom[0]
            mine = shapely.buffer(mine, -INSET, join_style="mitre") if mine is not None else shapely.Polygon()
            if abs(mine.area - (area or 0.0)) > 1e-3 * mine.length:
                tell(f"courtyard {name}", uuid, (mine.area, c.courtyard_problem[0]), area)
    if abs(board.outline.area - (view["outline"] or 0.0)) > 1e-4 * (view["outline"] or 1.0) + 1e-3:
        out.append(f"outline: ours {board.outline.area} KiCad's {view['outline']}")
    return out


def compare_texts(board: Board, view: Any, ours: dict[str, int], by_item: Any, tell: Any) -> None:
    theirs, dimensions = view["texts"], view["dimensions"]
    visible = {uuid for uuid, t in theirs.items() if t["visible"] and t["text"].strip()}
    for uuid in visible ^ ours.keys():
        if uuid in ours and board.items.label[ours[uuid]] in dimensions:
            continue
        tell("text", uuid, uuid in ours, theirs.get(uuid))
    for uuid in visible & ours.keys():
        t, item = theirs[uuid], ours[uuid]
        if board.items.label[item] != t["text"]:
            tell("text", uuid, board.items.label[item], t["text"])
        (_, *a), b = by_item[item].get(t["layer"], NOTHING), t["shape"]
        if t["outline_font"]:
            continue
        if (
            len(a) != len(b)
            or abs(a[0] - b[0]) > 0.02 * b[0]
            or max(abs(x - y) for x, y in zip(a[1:], b[1:], strict=True)) > 0.02
        ):
            tell("text shape", uuid, a, b)
