"""The board's own settings: general, setup, stackup, title block."""

from __future__ import annotations

from typing import Any

from ..board import StackupLayer
from .kicad_file import NAN, File, flag, parts, value

_TYPES = {"copper": "copper", "core": "core", "prepreg": "prepreg"}
_LENGTHS = {
    "trace_min": "min_track_width", "via_min_size": "min_via_diameter", "via_min_drill": "min_via_drill",
    "solder_mask_min_width": "solder_mask_min_width", "trace_clearance": "default_clearance",
    "solder_mask_to_copper_clearance": "solder_mask_to_copper_clearance",
}  # fmt: skip


def read_setup(file: File, node: list[Any]) -> None:
    p, s = parts(node), file.setup
    s.mask_margin = value(p, "pad_to_mask_clearance", 0.0)
    s.paste_margin = value(p, "pad_to_paste_clearance", 0.0)
    s.paste_ratio = value(p, "pad_to_paste_clearance_ratio", 0.0)
    plot = parts(p.get("pcbplotparams", []))
    if "tenting" in p:
        tenting = parts(p["tenting"])
        s.tent_top, s.tent_bottom = flag(p["tenting"], tenting, "front"), flag(p["tenting"], tenting, "back")
    elif "viasonmask" in plot:
        s.tent_top = s.tent_bottom = plot["viasonmask"][1] not in ("true", "yes")
    s.values.update({name: value(p, key) for key, name in _LENGTHS.items() if key in p})
    s.values.update(mask_margin=s.mask_margin, paste_margin=s.paste_margin, paste_ratio=s.paste_ratio)


def read_stackup(node: list[Any]) -> tuple[tuple[StackupLayer, ...], str]:
    """The layers from top to bottom and the copper finish."""
    out: list[StackupLayer] = []
    finish = ""
    for child in node[1:]:
        if child.__class__ is str or not child:
            continue
        if child[0] == "copper_finish":
            finish = child[1]
        if child[0] != "layer":
            continue
        p = parts(child)
        kind = str(p.get("type", ["", ""])[1])
        low = kind.lower()
        out.append(StackupLayer(
            str(child[1]), next((t for t in ("copper", "core", "prepreg", "mask", "silk", "paste") if t in low), low),
            value(p, "thickness"), str(p.get("material", ["", ""])[1]),
        ))  # fmt: skip
    return tuple(out), finish
