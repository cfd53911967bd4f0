"""The board's own settings: margins, tenting, stackup, net classes of older files, title block."""

from __future__ import annotations

from typing import Any

from ..board import StackupLayer
from .kicad_file import File, Parts, parts, text, value
from .kicad_tracks import front_back, said
from .sexpr import number

_LENGTHS = {
    "trace_min": "min_track_width", "via_min_size": "min_via_diameter", "via_min_drill": "min_via_drill",
    "uvia_min_size": "min_microvia_diameter", "uvia_min_drill": "min_microvia_drill",
    "solder_mask_min_width": "solder_mask_min_width", "trace_clearance": "default_clearance",
    "solder_mask_to_copper_clearance": "solder_mask_to_copper_clearance", "pad_to_mask_clearance": "solder_mask_margin",
    "pad_to_paste_clearance": "solder_paste_margin", "pad_to_paste_clearance_ratio": "solder_paste_margin_ratio",
}  # fmt: skip
_TYPES = ("copper", "core", "prepreg", "mask", "silk", "paste")
_TITLES = {"title": "TITLE", "date": "ISSUE_DATE", "rev": "REVISION", "company": "COMPANY"}


def read_setup(file: File, node: list[Any]) -> None:
    p, s = parts(node), file.setup
    s.mask_margin = value(p, "pad_to_mask_clearance", 0.0)
    s.paste_margin = value(p, "pad_to_paste_clearance", 0.0)
    s.paste_ratio = value(p, "pad_to_paste_clearance_ratio", 0.0)
    plot = parts(p.get("pcbplotparams", []))
    if "tenting" in p:
        top, bottom = front_back(p["tenting"])
        s.tented = (bool(top), bool(bottom))
    elif "viasonmask" in plot:  # up to KiCad 8 the plot options decide
        s.tented = (text(plot, "viasonmask") not in ("true", "yes"),) * 2
    s.plugged, s.filled, s.capped = front_back(p.get("plugging")), said(p.get("filling")), said(p.get("capping"))
    s.values.update({name: value(p, key) for key, name in _LENGTHS.items() if key in p})
    if "allow_soldermask_bridges_in_footprints" in p:
        s.values["allow_mask_bridges_in_footprints"] = text(p, "allow_soldermask_bridges_in_footprints") == "yes"


def read_stackup(node: list[Any]) -> tuple[tuple[StackupLayer, ...], str]:
    """The layers from top to bottom and the copper finish. A dielectric of several sheets gives a layer each."""
    out: list[StackupLayer] = []
    for child in node[1:]:
        if child.__class__ is str or child[0] != "layer":
            continue
        sheets: list[list[Any]] = [[]]
        for part in child[2:]:
            if part == "addsublayer":
                sheets.append([])
            elif part.__class__ is not str:
                sheets[-1].append(part)
        first = parts(sheets[0])
        for sheet in sheets:
            p = parts(sheet)
            kind = text(p, "type").lower() or text(first, "type").lower()
            kind = next((t for t in _TYPES if t in kind), kind)
            out.append(StackupLayer(str(child[1]), kind, value(p, "thickness"), text(p, "material"), text(p, "color")))
    return tuple(out), text(parts(node), "copper_finish")


def read_net_class(file: File, node: list[Any]) -> None:
    """A net class of KiCad 5: its nets, and its values under `netclasses`."""
    p = parts(node)
    known = {"clearance": "clearance", "trace_width": "track_width", "via_dia": "via_diameter", "via_drill": "via_drill"}
    values = {name: value(p, key) for key, name in known.items() if key in p}
    file.setup.values.setdefault("netclasses", {})[str(node[1])] = values
    for part in node[2:]:
        if part.__class__ is not str and part[0] == "add_net" and len(part) > 1:
            file.classes[part[1]] = str(node[1])


def read_title_block(file: File, node: list[Any]) -> None:
    for part in node[1:]:
        if part.__class__ is str or len(part) < 2:
            continue
        if part[0] in _TITLES:
            file.variables[_TITLES[part[0]]] = part[1]
        elif part[0] == "comment" and len(part) > 2:
            file.variables[f"COMMENT{part[1]}"] = part[2]


def thickness_of(p: Parts) -> float:
    return number(p["thickness"][1]) if "thickness" in p else float("nan")
