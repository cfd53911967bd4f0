"""Footprints: the component's own data, and its pads, graphics, texts and zones placed on the board."""

from __future__ import annotations

from typing import Any

from ..board import Kind
from .frame import Frame
from .kicad_dimensions import read_dimension
from .kicad_file import File, Parts, parts, text
from .kicad_graphics import SHAPES, read_graphic
from .kicad_height import height_of
from .kicad_pads import read_pad
from .kicad_rings import Areas, Drawn
from .kicad_tables import read_text_box
from .kicad_text import read_text
from .kicad_zones import read_zone
from .sexpr import Node, number

_GRAPHICS = {f"fp_{shape}" for shape in SHAPES}
_OLD = 20200000
"""File versions below are of KiCad 5 and older."""
_NO_TIE_GROUPS = 20220815
"""Up to this file version net ties are footprints whose keywords start with `net tie`."""
_IGNORED = {
    "layer", "tedit", "tstamp", "uuid", "at", "descr", "tags", "path", "attr", "model", "group", "clearance", "zone_connect",
    "thermal_gap", "thermal_width", "solder_mask_margin", "solder_paste_margin", "solder_paste_ratio",
    "solder_paste_margin_ratio", "autoplace_cost90", "autoplace_cost180", "sheetname", "sheetfile", "locked", "placed",
    "net_tie_pad_groups", "private_layers", "embedded_fonts", "embedded_files", "version", "generator", "generator_version",
    "component_classes", "units", "stackup", "jumper_pad_groups", "duplicate_pad_numbers_are_jumpers", "allow_soldermask_bridges",
    "fp_text_private", "variants", "variant", "point",
}  # fmt: skip


def read_footprint(file: File, node: Node, areas: Areas) -> None:
    p = parts(node)
    if "transform" in p:
        raise ValueError("it is placed by (transform ...), as KiCad after 10.0 writes; save the board with KiCad 10 or older")
    at = p["at"]
    frame = Frame(number(at[1]), number(at[2]), number(at[3]) if len(at) > 3 else 0.0)
    draft = file.draft
    component = len(draft.components)
    name = next((a for a in node[1:] if a.__class__ is str and a not in ("locked", "placed")), "")
    side = 1 if file.layers.name_of(p["layer"][1]).startswith("B.") else 0
    fields = _fields(node)
    ref = fields.get("Reference", "")
    item = draft.item(Kind.COMPONENT, node.offset, -1, component, ref, frame.x, frame.y)
    groups, ties = _ties(file, node, p)
    drawn = Drawn()
    for child in node:
        if child.__class__ is str or not child:
            continue
        kind, file.at = child[0], getattr(child, "offset", file.at)
        if kind == "pad":
            read_pad(file, child, frame, component, p, ties)
        elif kind in _GRAPHICS:
            read_graphic(file, child, frame, component, drawn)
        elif kind == "fp_text" or kind == "property":
            if isinstance(child, Node):
                read_text(file, child, frame, component, fields)
        elif kind == "zone":
            read_zone(file, child, component)
        elif kind == "fp_text_box":
            read_text_box(file, child, frame, component, fields)
        elif kind == "dimension":
            read_dimension(file, child, frame, component)
        elif kind not in _IGNORED:
            file.count(f"({kind} ...) in footprints is not known: left out", getattr(child, "offset", node.offset))
    attributes = {a if a.__class__ is str else a[0] for a in p.get("attr", [])[1:]}
    height, source = height_of(node, fields, name)
    mount = (
        "smd" if "smd" in attributes else "tht" if "through_hole" in attributes or (file.version < _OLD and not attributes)
        else "other" if attributes else ""
    )  # fmt: skip
    tops, top_loose = drawn.rings("courtyard", "top")
    bottoms, bottom_loose = drawn.rings("courtyard", "bottom")
    draft.components.append((
        item, ref, fields.get("Value", ""), name, frame.x, frame.y, frame.angle, side, mount, "board_only" in attributes,
        bool(attributes & {"exclude_from_bom", "virtual"}), bool(attributes & {"exclude_from_pos_files", "virtual"}),
        "dnp" in attributes, "allow_missing_courtyard" in attributes, groups, "allow_soldermask_bridges" in attributes,
        areas.add(tops), areas.add(bottoms), _problem(top_loose, bottom_loose),
        areas.add(drawn.body("bottom" if side else "top")), height, source, fields,
    ))  # fmt: skip


def _problem(top: list[Any] | None, bottom: list[Any] | None) -> str:
    for side, loose in (("front", top), ("back", bottom)):
        if loose is not None:
            (x, y), (u, v) = loose[0], loose[-1]
            return f"the {side} courtyard is open from ({x:.3f}, {y:.3f}) to ({u:.3f}, {v:.3f})"
    return ""


def _ties(file: File, node: Node, p: Parts) -> tuple[bool, dict[str, int]]:
    """Whether the footprint is a net tie, and the group of each pad number in one."""
    groups = [[n.strip() for n in str(g).split(",")] for g in p.get("net_tie_pad_groups", [])[1:]]
    if not groups and file.version <= _NO_TIE_GROUPS and text(p, "tags").lower().startswith("net tie"):
        groups = [[c[1] for c in node if c.__class__ is not str and c and c[0] == "pad"]]
    ties: dict[str, int] = {}
    for group in groups:
        ties.update(dict.fromkeys(group, file.ties))
        file.ties += 1
    return bool(groups), ties


def _fields(node: Node) -> dict[str, str]:
    """Fields by name; reference and value of older files too."""
    out: dict[str, str] = {}
    for child in node:
        if child.__class__ is str or len(child) < 3:
            continue
        if child[0] == "property" and child[1].__class__ is child[2].__class__ is str:
            out[child[1]] = child[2]
        elif child[0] == "fp_text" and child[1] in ("reference", "value"):
            out.setdefault(child[1].capitalize(), child[2])
    return out
