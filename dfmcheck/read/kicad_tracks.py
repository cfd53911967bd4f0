"""Tracks, arcs and vias."""

from __future__ import annotations

from typing import Any

from ..board import Cover, Kind, ViaType
from . import arcs
from .kicad_file import File, Parts, flag, parts, value, xy
from .sexpr import Node, number

_TYPES = {"through": ViaType.THROUGH, "blind": ViaType.BLIND, "buried": ViaType.BURIED, "micro": ViaType.MICRO}


def read_track(file: File, node: Node) -> None:
    p = parts(node)
    start, end, width = xy(p["start"]), xy(p["end"]), value(p, "width", 0.0)
    net = file.net_of(p.get("net"))
    draft = file.draft
    if node[0] == "arc":
        chain = arcs.through(start, xy(p["mid"]), end)
        kind, (x, y), shape = Kind.ARC, chain[len(chain) // 2], draft.shapes.line(chain)
    else:
        kind, x, y = Kind.TRACK, (start[0] + end[0]) / 2, (start[1] + end[1]) / 2
        shape = draft.shapes.segment(*start, *end)
    names = p["layers"][1:] if "layers" in p else [p["layer"][1]]
    rows = [row for row in (file.layer(name, node.offset) for name in names) if row >= 0]
    item = draft.item(kind, node.offset, net, -1, "", x, y)
    for row in rows:
        draft.feature(shape, width / 2, row, kind, item, net)
        if file.layers and file.layers.roles[row] == "mask":
            continue
    margin = file.setup.mask_margin + value(p, "solder_mask_margin", 0.0) if "solder_mask_margin" in p else file.setup.mask_margin
    if margin and len(rows) > 1 and file.layers:
        draft.features[-1] = (shape, width / 2 + margin, *draft.features[-1][2:])


def read_via(file: File, node: Node) -> None:
    p = parts(node)
    layers = file.board_layers
    (x, y), size = xy(p["at"]), value(p, "size")
    drill = number(p["drill"][1]) if "drill" in p else 0.0
    net = file.net_of(p.get("net"))
    ends = sorted(layers.order[row] for row in (file.layer(name, node.offset) for name in p["layers"][1:3]) if row >= 0)
    if not ends:
        return
    first, last = max(ends[0], 0), ends[-1]
    kind = next((_TYPES[word] for word in node[1:] if word.__class__ is str and word in _TYPES), ViaType.THROUGH)
    outer = (first == 0) + (last == len(layers.copper) - 1)
    if kind is ViaType.BLIND:
        kind = (ViaType.BURIED, ViaType.BLIND, ViaType.THROUGH)[outer]
    draft = file.draft
    item = draft.item(Kind.VIA, node.offset, net, -1, "", x, y)
    via, shape = len(draft.vias), draft.shapes.point(x, y)
    for row in layers.copper[first : last + 1]:
        draft.feature(shape, size / 2, row, Kind.VIA, item, net, via=via)
    covers = _covers(file, node, p)
    for order, side, cover in ((0, "F.Mask", covers[0]), (len(layers.copper) - 1, "B.Mask", covers[1])):
        if first <= order <= last and cover is not Cover.YES:
            for row in layers.rows(side):
                draft.feature(shape, size / 2 + file.setup.mask_margin, row, Kind.VIA, item, net, via=via)
    hole = -1
    if drill > 0:
        hole = len(draft.holes)
        draft.holes.append((shape, drill / 2, True, first, last, item, net, -1, via, -1))
    draft.vias.append((item, kind, net, x, y, size, drill, hole, *covers))


def _covers(file: File, node: Node, p: Parts) -> tuple[Cover, ...]:
    s = file.setup
    default = [Cover.YES if s.tent_top else Cover.NO, Cover.YES if s.tent_bottom else Cover.NO]
    return (*default, Cover.UNKNOWN, Cover.UNKNOWN, Cover.UNKNOWN, Cover.UNKNOWN)
