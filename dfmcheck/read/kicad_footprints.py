"""Footprints: the component's own data, and its pads, graphics, texts and zones placed on the board."""

from __future__ import annotations

import re
from typing import Any

from ..board import Kind
from .kicad_file import NAN, File, Parts, parts
from .kicad_graphics import Drawn, read_graphic
from .kicad_pads import Place, read_pad
from .kicad_zones import read_zone
from .sexpr import Node, number

GRAPHICS = {"fp_line", "fp_arc", "fp_circle", "fp_rect", "fp_poly", "fp_curve"}


def read_footprint(file: File, node: Node) -> None:
    p = parts(node)
    at = p["at"]
    frame = Place(number(at[1]), number(at[2]), number(at[3]) if len(at) > 3 else 0.0)
    draft = file.draft
    component = len(draft.components)
    name = next((a for a in node[1:] if a.__class__ is str and a not in ("locked", "placed")), "")
    side = 1 if file.board_layers.name_of(p["layer"][1]).startswith("B.") else 0
    fields = _fields(node)
    ref, val = fields.get("Reference", ""), fields.get("Value", "")
    item = draft.item(Kind.COMPONENT, node.offset, -1, component, ref, frame.x, frame.y)
    tie: dict[str, int] = {}
    groups = p.get("net_tie_pad_groups", [])[1:]
    for group in groups:
        for pad in str(group).split(","):
            tie[pad.strip()] = file.ties
        file.ties += 1
    drawn = Drawn()
    for child in node:
        if child.__class__ is str or not child:
            continue
        if child[0] == "pad":
            read_pad(file, child, frame, component, p, tie)
        elif child[0] in GRAPHICS:
            read_graphic(file, child, frame, component, drawn)
        elif child[0] == "zone":
            read_zone(file, child, component)
    attributes = p.get("attr", [])[1:]
    mount = "smd" if "smd" in attributes else "tht" if "through_hole" in attributes or (file.version < 20200000 and not attributes) else "other" if attributes else ""
    draft.components.append((
        item, ref, val, name, frame.x, frame.y, frame.angle, side, mount, "board_only" in attributes,
        "exclude_from_bom" in attributes, "exclude_from_pos_files" in attributes or "virtual" in attributes, "dnp" in attributes,
        "allow_missing_courtyard" in attributes, bool(groups),
        *drawn.courtyards(), drawn.fab(side), NAN, "", fields,
    ))  # fmt: skip


def _fields(node: Node) -> dict[str, str]:
    out: dict[str, str] = {}
    for child in node:
        if child.__class__ is str or not child:
            continue
        if child[0] == "property" and len(child) > 2:
            out[str(child[1])] = str(child[2])
        elif child[0] == "fp_text" and len(child) > 2 and child[1] in ("reference", "value"):
            out.setdefault(str(child[1]).capitalize(), str(child[2]))
    return out
