"""Tracks, arcs and vias."""

from __future__ import annotations

from typing import Any

from ..board import Cover, Kind, ViaType
from . import arcs
from .kicad_file import File, Parts, parts, value, xy
from .kicad_unused import read_unused
from .sexpr import Node, number

_TYPES = {"through": ViaType.THROUGH, "blind": ViaType.BLIND, "buried": ViaType.BURIED, "micro": ViaType.MICRO}
_DRILLING = {"tertiary_drill", "secondary_drill", "backdrill", "front_post_machining", "back_post_machining"}


def read_track(file: File, node: Node) -> None:
    p = parts(node)
    start, end, width = xy(p["start"]), xy(p["end"]), value(p, "width", 0.0)
    net = file.net_of(p.get("net"))
    draft = file.draft
    if node[0] == "arc":
        x, y = xy(p["mid"])
        kind, shape = Kind.ARC, draft.shapes.line(arcs.through(start, (x, y), end))
    else:
        kind, x, y = Kind.TRACK, (start[0] + end[0]) / 2, (start[1] + end[1]) / 2
        shape = draft.shapes.segment(*start, *end)
    rows = file.layer_rows(p, node.offset)
    item = draft.item(kind, node.offset, net, -1, "", x, y)
    for row in rows:
        radius = width / 2
        if file.layers.roles[row] == "mask":
            radius += value(p, "solder_mask_margin", file.setup.mask_margin)
            if radius < 0:
                continue
        draft.feature(shape, radius, row, kind, item, net)


def read_plain_track(file: File, node: Node) -> None:
    """A straight track on one layer, as the tokenizer hands it over: no more is said of most tracks."""
    x1, y1, x2, y2, width = map(number, node[1:6])
    net = file.net_codes.get(node[7], -1)
    row = file.layer(node[6], node.offset)
    if net < 0 and node[7] != "0":
        file.net_of(["net", node[7]])
    draft = file.draft
    item = draft.item(Kind.TRACK, node.offset, net, -1, "", (x1 + x2) / 2, (y1 + y2) / 2)
    if row >= 0:
        draft.feature(draft.shapes.segment(x1, y1, x2, y2), width / 2, row, Kind.TRACK, item, net)


def read_via(file: File, node: Node) -> None:
    p = parts(node)
    layers, draft = file.layers, file.draft
    (x, y), size = xy(p["at"]), value(p, "size")
    drill = number(p["drill"][1]) if "drill" in p else 0.0
    net = file.net_of(p.get("net"))
    ends = sorted(layers.order[row] for row in (file.layer(name, node.offset) for name in p["layers"][1:3]) if row >= 0)
    if not ends or ends[0] < 0:
        file.count("vias between layers that are no copper: left out", node.offset)
        return
    first, last, final = ends[0], ends[-1], len(layers.copper) - 1
    kind = next((_TYPES[word] for word in node[1:] if word.__class__ is str and word in _TYPES), ViaType.THROUGH)
    if kind is ViaType.THROUGH:
        first, last = 0, final
    elif kind is not ViaType.MICRO:  # up to KiCad 9 blind and buried are one kind
        kind = (ViaType.BURIED, ViaType.BLIND, ViaType.THROUGH)[(first == 0) + (last == final)]
    item = draft.item(Kind.VIA, node.offset, net, -1, "", x, y)
    via, shape, sizes = len(draft.vias), draft.shapes.point(x, y), _sizes(file, p, size)
    unused = read_unused(file, node, p) if drill > 0 else None
    for row in layers.copper[first : last + 1]:
        begin = len(draft.features)
        draft.feature(shape, sizes.get(row, size) / 2, row, Kind.VIA, item, net, via=via)
        if unused is not None:
            unused.mark(draft, begin, row, layers)
    covers = _covers(file, p)
    for order, name, cover in ((0, "F.Mask", covers[0]), (final, "B.Mask", covers[1])):
        if first <= order <= last and cover != Cover.YES:
            radius = sizes.get(layers.copper[order], size) / 2 + file.setup.mask_margin
            for row in layers.rows(name) if radius > 0 else ():
                draft.feature(shape, radius, row, Kind.VIA, item, net, via=via)
    hole = -1
    if drill > 0:
        hole = len(draft.holes)
        draft.holes.append((shape, drill / 2, True, first, last, item, net, -1, via, -1))
    else:
        file.count("vias without a drill", node.offset)
    for name in _DRILLING & p.keys():
        file.count(f"({name} ...) of vias, which is not read", node.offset)
    draft.vias.append((item, kind, net, x, y, size, drill, hole, *covers))


def _sizes(file: File, p: Parts, size: float) -> dict[int, float]:
    """Diameters of the copper layers where a padstack says one."""
    out: dict[int, float] = {}
    for layer in p.get("padstack", [])[1:]:
        if layer.__class__ is not str and layer[0] == "layer":
            rows = file.layers.copper[1:-1] if layer[1] == "Inner" else file.layers.rows(layer[1])
            out.update((row, value(parts(layer), "size", size)) for row in rows)
    return out


def _covers(file: File, p: Parts) -> tuple[Cover, ...]:
    """Tented, plugged (top, bottom), filled, capped: the via's own word, else the board's."""
    s = file.setup
    tented = front_back(p.get("tenting"))
    plugged = front_back(p.get("plugging"))
    return (
        _cover(s.tented[0] if tented[0] is None else tented[0]),
        _cover(s.tented[1] if tented[1] is None else tented[1]),
        _cover(s.plugged[0] if plugged[0] is None else plugged[0]),
        _cover(s.plugged[1] if plugged[1] is None else plugged[1]),
        _cover(said(p.get("filling"), s.filled)),
        _cover(said(p.get("capping"), s.capped)),
    )


def _cover(said: bool | None) -> Cover:
    return Cover.UNKNOWN if said is None else Cover.YES if said else Cover.NO


def said(part: list[Any] | None, default: bool | None = None) -> bool | None:
    """What `(name yes)`, `(name no)` or `(name none)` says; none leaves it to the board."""
    return {"yes": True, "no": False}.get(part[1], default) if part and len(part) > 1 else default


def front_back(part: list[Any] | None) -> tuple[bool | None, bool | None]:
    """Front and back of `(tenting (front yes) (back no))` or, as KiCad 9 writes it, `(tenting front)` and `(tenting none)`."""
    if part is None:
        return None, None
    sides = parts(part)
    if sides:
        return said(sides.get("front")), said(sides.get("back"))
    return "front" in part[1:], "back" in part[1:]
