"""Pads: their copper on every layer, their holes, and the mask and paste openings that KiCad derives from them."""

from __future__ import annotations

from typing import Any

from ..board import Connect, Kind, PadType
from .frame import Frame
from .kicad_file import File, Parts, parts, text, value
from .kicad_openings import mask_margin, paste_margins
from .kicad_padshapes import ANNOTATIONS, PRIMITIVES, Outline, Piece, inflated, oval, pieces, read_outline
from .kicad_unused import read_unused
from .sexpr import Node, number

_TYPES = {"smd": PadType.SMD, "thru_hole": PadType.THT, "np_thru_hole": PadType.NPTH, "connect": PadType.CONNECT}
_CONNECT = {"0": Connect.NONE, "1": Connect.THERMAL, "2": Connect.SOLID, "3": Connect.THT_THERMAL}
_PROPERTIES = {
    "pad_prop_bga": "bga", "pad_prop_fiducial_glob": "fiducial_global", "pad_prop_fiducial_loc": "fiducial_local",
    "pad_prop_testpoint": "testpoint", "pad_prop_heatsink": "heatsink", "pad_prop_castellated": "castellated",
    "pad_prop_mechanical": "mechanical", "pad_prop_pressfit": "pressfit",
}  # fmt: skip


def read_pad(file: File, node: Node, footprint: Frame, component: int, inherited: Parts, ties: dict[str, int]) -> None:
    """Read one pad. `inherited` are the parts of its footprint, which give what the pad leaves unsaid."""
    p = parts(node)
    name, kind, shape = node[1], _TYPES.get(node[2]), node[3]
    if kind is None:
        raise ValueError(f"pad type {node[2]} is unknown")
    at = p["at"]
    x, y = footprint.at(number(at[1]), number(at[2]))
    frame = Frame(x, y, number(at[3]) if len(at) > 3 else 0.0)
    net = file.net_of(p.get("net"))
    draft, layers = file.draft, file.layers
    rows = layers.expand(p["layers"][1:])
    if not rows:
        file.count("pads on no layer that the board has", node.offset)
    item, pad = draft.item(Kind.PAD, node.offset, net, component, name, x, y), len(draft.pads)
    front = read_outline(p, shape)
    outlines = _padstack(file, p, front, rows)
    drawn = {id(o): pieces(draft.shapes, o, frame) for o in (front, *outlines.values())}
    for o in (front, *outlines.values()):
        for primitive in o.primitives:
            if primitive[0] not in PRIMITIVES and primitive[0] not in ANNOTATIONS:
                file.count(f"({primitive[0]} ...) in a custom pad is not known: left out", primitive.offset)
    drill = _drill(p.get("drill")) if kind in (PadType.THT, PadType.NPTH) else None
    unused = read_unused(file, node, p) if kind is PadType.THT and drill else None

    def put(pieces: list[Piece], row: int) -> None:
        for core, radius in pieces:
            draft.feature(core, radius, row, Kind.PAD, item, net, pad=pad, component=component)

    sides = set()
    has_copper = any(layers.order[row] >= 0 for row in rows)
    for row in rows:
        role, side = layers.roles[row], layers.sides[row]
        o = outlines.get(row) or (outlines.get(layers.copper[-1]) if side == "bottom" else None) or front
        base = drawn[id(o)]
        if role == "copper":
            sides.add(side)
            if kind is PadType.NPTH and _bare(o, drill):
                continue
            begin = len(draft.features)
            put(base, row)
            if unused is not None:
                unused.mark(draft, begin, row, layers)
        elif role == "mask":
            margin = mask_margin(file, p, inherited, o) if has_copper else 0.0
            put(inflated(draft.shapes, o, frame, base, margin, margin, resized=_resized(file, role)), row)
        elif role == "paste":
            margins = paste_margins(file, p, inherited, o) if has_copper else (0.0, 0.0)
            put(inflated(draft.shapes, o, frame, base, *margins, resized=_resized(file, role)), row)
        else:
            put(base, row)
    hole = -1
    if drill:
        hole = len(draft.holes)
        core, radius = oval(draft.shapes, frame, *drill)
        draft.holes.append((core, radius, kind is not PadType.NPTH, 0, len(layers.copper) - 1, item, net, pad, -1, component))
    elif kind in (PadType.THT, PadType.NPTH):
        file.count("through-hole pads without a hole", node.offset)
    connect = p.get("zone_connect") or inherited.get("zone_connect")
    draft.pads.append((
        item, component, name, kind, front.shape, _property(p), net,
        _side(sides or {layers.sides[row] for row in rows}), x, y, frame.angle, front.width, front.height, hole,
        _CONNECT.get(connect[1], Connect.INHERIT) if connect else Connect.INHERIT,
        value(p, "thermal_gap", value(inherited, "thermal_gap")),
        value(p, "thermal_bridge_width", value(p, "thermal_width", value(inherited, "thermal_width"))),
        ties.get(name, -1),
    ))  # fmt: skip


def _resized(file: File, role: str) -> tuple[str, ...]:
    """Shapes whose openings are pads of the other size. KiCad widens outlines instead where it closes narrow webs of mask."""
    if role == "paste":
        return ("roundrect", "chamfered")
    return () if file.setup.values.get("solder_mask_min_width") else ("roundrect",)


def _property(p: Parts) -> str:
    name = text(p, "property")
    return _PROPERTIES.get(name, name.removeprefix("pad_prop_"))


def _side(sides: set[str]) -> int:
    """0 top, 1 bottom, 2 both or inner only."""
    return 0 if "top" in sides and "bottom" not in sides else 1 if "bottom" in sides and "top" not in sides else 2


def _padstack(file: File, p: Parts, front: Outline, rows: tuple[int, ...]) -> dict[int, Outline]:
    """Outlines of the copper layers whose shape differs from the front's (KiCad 9 padstacks)."""
    stack = p.get("padstack")
    if stack is None:
        return {}
    out: dict[int, Outline] = {}
    layers = file.layers
    for layer in stack[1:]:
        if layer.__class__ is str or layer[0] != "layer":
            continue
        q = parts(layer)
        o = read_outline({**{k: p[k] for k in ("size", "drill") if k in p}, **q}, q["shape"][1] if "shape" in q else front.shape)
        where = layers.copper[1:-1] if layer[1] == "Inner" else layers.rows(layer[1])
        out.update((row, o) for row in where)
    return out


def _drill(node: list[Any] | None) -> tuple[float, float] | None:
    """Width and height of the hole; None for none."""
    sizes = [number(a) for a in (node or [])[1:] if a.__class__ is str and a != "oval"]
    if not sizes or sizes[0] <= 0:
        return None
    return (sizes[0], sizes[1] if "oval" in (node or []) and len(sizes) > 1 and sizes[1] > 0 else sizes[0])


def _bare(o: Outline, hole: tuple[float, float] | None) -> bool:
    """Whether an NPTH pad is no larger than its hole, so that KiCad gives it no copper."""
    if hole is None or o.dx or o.dy:
        return False
    if o.shape == "circle":
        return hole[0] == hole[1] and hole[0] >= o.width
    return o.shape == "oval" and hole[0] >= o.width and hole[1] >= o.height
