"""Small KiCad boards as text, for the tests of the reader."""

from __future__ import annotations

import itertools
from typing import Any

from dfmcheck.board import Board
from dfmcheck.read import read_kicad

LAYERS = """(layers (0 "F.Cu" signal) (4 "In1.Cu" signal) (6 "In2.Cu" power "GND plane") (2 "B.Cu" signal) (13 "F.Paste" user)
 (15 "B.Paste" user) (5 "F.SilkS" user "F.Silkscreen") (7 "B.SilkS" user "B.Silkscreen") (1 "F.Mask" user) (3 "B.Mask" user)
 (17 "Dwgs.User" user) (25 "Edge.Cuts" user) (31 "F.CrtYd" user "F.Courtyard") (29 "B.CrtYd" user "B.Courtyard")
 (35 "F.Fab" user) (33 "B.Fab" user))"""
TWO = """(layers (0 F.Cu signal) (31 B.Cu signal) (34 B.Paste user) (35 F.Paste user) (36 B.SilkS user) (37 F.SilkS user)
 (38 B.Mask user) (39 F.Mask user) (44 Edge.Cuts user) (46 B.CrtYd user) (47 F.CrtYd user) (48 B.Fab user) (49 F.Fab user))"""
NETS = '(net 0 "") (net 1 "GND") (net 2 "VCC")'
_COUNT = itertools.count(1)


def uuid() -> str:
    return f'(uuid "00000000-0000-4000-8000-{next(_COUNT):012d}")'


def text(*items: str, version: int = 20241229, layers: str = LAYERS, nets: str = NETS, setup: str = "") -> str:
    """A board file."""
    head = f'(kicad_pcb (version {version}) (generator "test") (general (thickness 1.6)) (paper "A4")'
    return "\n".join((head, layers, f"(setup {setup} (grid_origin 0 0))", nets, *items, ")\n"))


def board(*items: str, **options: Any) -> Board:
    """Read a board of the items."""
    return read_kicad(text(*items, **options).encode(), "test.kicad_pcb")


def footprint(*children: str, at: str = "0 0", layer: str = "F.Cu", ref: str = "U1", more: str = "") -> str:
    looks = "(effects (font (size 1 1) (thickness 0.15)))"
    fields = f"""(property "Reference" "{ref}" (at 0 0) (layer "F.SilkS") (hide yes) {uuid()} {looks})
 (property "Value" "val" (at 0 0) (layer "F.Fab") (hide yes) {uuid()} {looks})"""
    return f'(footprint "lib:name" (layer "{layer}") {uuid()} (at {at}) {fields} {more}\n' + "\n".join(children) + ")"


def pad(
    shape: str = "rect", size: str = "1 1", at: str = "0 0", kind: str = "smd", layers: str = '"F.Cu" "F.Paste" "F.Mask"',
    number: str = "1", more: str = "",
) -> str:  # fmt: skip
    return f'(pad "{number}" {kind} {shape} (at {at}) (size {size}) (layers {layers}) {more} {uuid()})'


PRIMITIVES = """(primitives
 (gr_poly (pts (xy 0.2 0.2) (xy 1.5 0.3) (xy 0.9 1.4)) (width 0.1) (fill yes))
 (gr_poly (pts (xy -1.2 -1) (xy -0.4 -1.2) (xy -0.7 -0.5)) (width 0) (fill yes))
 (gr_line (start -1 0.3) (end 0.5 1.2) (width 0.2))
 (gr_circle (center 1.4 -0.6) (end 1.7 -0.6) (width 0.1) (fill no))
 (gr_circle (center 0.3 -1.2) (end 0.5 -1.2) (width 0.1) (fill yes))
 (gr_rect (start -1.6 0.6) (end -1 1.5) (width 0.1) (fill no))
 (gr_rect (start -2.2 -0.4) (end -1.5 0.1) (width 0) (fill yes))
 (gr_arc (start -0.5 1.5) (mid 0 2.1) (end 0.7 1.6) (width 0.15))
 (gr_curve (pts (xy -1.8 -1.8) (xy -0.5 -2.6) (xy 0.4 -0.9) (xy 1.6 -1.9)) (width 0.12)))"""
SHAPES: dict[str, tuple[str, str, str]] = {
    "circle": ("circle", "1.5 1.5", ""),
    "oval upright": ("oval", "1 2.2", ""),
    "oval": ("oval", "1.9 0.7", "(drill (offset 0.3 0.1))"),
    "rect": ("rect", "1.9 0.7", "(drill (offset -0.3 0.2))"),
    "roundrect": ("roundrect", "1.9 0.9", "(roundrect_rratio 0.25)"),
    "round": ("roundrect", "1.2 1.2", "(roundrect_rratio 0.5)"),
    "trapezoid x": ("trapezoid", "1.6 1", "(rect_delta 0.4 0)"),
    "trapezoid y": ("trapezoid", "1.6 1", "(rect_delta 0 0.4)"),
    "trapezoid -x": ("trapezoid", "1.6 1", "(rect_delta -0.3 0)"),
    "trapezoid -y": ("trapezoid", "1.6 1", "(rect_delta 0 -0.3)"),
    "chamfer 1": ("roundrect", "1.8 1.2", "(roundrect_rratio 0) (chamfer_ratio 0.3) (chamfer top_left)"),
    "chamfer 2": ("roundrect", "1.8 1.2", "(roundrect_rratio 0.2) (chamfer_ratio 0.3) (chamfer top_right)"),
    "chamfer 3": ("roundrect", "1.2 1.8", "(roundrect_rratio 0.1) (chamfer_ratio 0.3) (chamfer bottom_left)"),
    "chamfer 4": ("roundrect", "1.8 1.2", "(roundrect_rratio 0.25) (chamfer_ratio 0.5) (chamfer bottom_right)"),
    "chamfer 5": ("roundrect", "1.8 1.2", "(chamfer_ratio 0.2) (chamfer top_left bottom_left)"),
    "chamfer 6": ("roundrect", "1.8 1.2",
    "(roundrect_rratio 0.2) (chamfer_ratio 0.2) (chamfer top_left top_right bottom_left bottom_right)"),
    "custom circle": ("custom", "0.8 0.8", f"(options (clearance outline) (anchor circle)) {PRIMITIVES}"),
    "custom rect": ("custom", "0.8 0.5", f"(options (clearance outline) (anchor rect)) {PRIMITIVES}"),
    "custom offset": ("custom", "0.8 0.5", f"(drill (offset 0.5 0.2)) (options (anchor rect)) {PRIMITIVES}"),
}  # fmt: skip
"""Shape, size and further lists of a pad of every kind."""


def all_pads() -> str:
    """A board with pads of every shape, turned, on both sides, SMD and through-hole, with margins of every source."""
    items = []
    for n, ((shape, size, more), turn, side, kind) in enumerate(
        itertools.product(SHAPES.values(), (0, 37, -90), "FB", ("smd", "thru_hole"))
    ):
        margins = ["", "(solder_mask_margin 0.08)", "(solder_mask_margin -0.02) (solder_paste_margin -0.03)"][n % 3]
        layers = f'"{side}.Cu" "{side}.Paste" "{side}.Mask"' if kind == "smd" else '"*.Cu" "*.Mask"'
        if kind == "thru_hole":
            drill = "0.3" if n % 2 else "oval 0.3 0.5"
            more = more.replace("(drill", f"(drill {drill}") if "(drill" in more else f"{more} (drill {drill})"
        child = pad(shape, size, f"0.2 0.1 {turn + 20 * (n % 5)}", kind, layers, str(n), f"{more} {margins}")
        own = "(solder_mask_margin 0.02) (solder_paste_margin 0.01)" if n % 5 == 0 else ""
        items.append(footprint(child, at=f"{6 * (n % 20)} {6 * (n // 20)} {turn}", layer=f"{side}.Cu", ref=f"X{n}", more=own))
    return text(*items, setup="(pad_to_mask_clearance 0.05) (pad_to_paste_clearance -0.03)")
