"""Small KiCad boards as text, a few items each, for tests of single checks."""

from dfmcheck.board import Board
from dfmcheck.check import Context, Measurements, registry
from dfmcheck.read import read_kicad
from dfmcheck.rule import Limit, load_rules

HEAD = """(kicad_pcb (version 20241229) (generator "pcbnew") (general (thickness {thickness}))
  (layers (0 "F.Cu" signal) {inner} (2 "B.Cu" signal) (1 "F.Mask" user) (3 "B.Mask" user)
  (13 "F.Paste" user) (15 "B.Paste" user) (25 "Edge.Cuts" user))
  (setup {setup} (pad_to_mask_clearance 0)) (net 0 "") (net 1 "A") (net 2 "B")
"""


def board(*items, copper=2, outline="", thickness=1.6, setup="") -> Board:
    inner = " ".join(f'({4 + 2 * k} "In{k + 1}.Cu" signal)' for k in range(copper - 2))
    text = HEAD.format(inner=inner, thickness=thickness, setup=setup) + "\n".join(items) + outline + ")"
    return read_kicad(text.encode(), "test.kicad_pcb")


def pad(shape, size, drill, *, at="0 0", net='(net 1 "A")', kind="thru_hole", extra="", number="1", layers='"*.Cu" "*.Mask"'):
    return f'(pad "{number}" {kind} {shape} (at {at}) (size {size}) (drill {drill}) (layers {layers}) {net} {extra})'


def footprint(*pads, at="10 10", ref="U1", name="lib:part"):
    reference = f'(property "Reference" "{ref}" (at 0 0) (layer "F.Fab"))'
    return f'(footprint "{name}" (layer "F.Cu") (at {at}) {reference} {" ".join(pads)})'


def via(size, drill, *, at="5 5", net=1, kind="", layers='"F.Cu" "B.Cu"', extra=""):
    return f"(via {kind} (at {at}) (size {size}) (drill {drill}) (layers {layers}) {extra} (net {net}))"


def smd(size="1 1", *, at="0 0", net='(net 1 "A")', number="1", shape="rect", layers='"F.Cu" "F.Paste" "F.Mask"', extra=""):
    return f'(pad "{number}" smd {shape} (at {at}) (size {size}) (layers {layers}) {net} {extra})'


def track(width, *, at="0 0", to="5 0", layer="F.Cu", net=1):
    return f'(segment (start {at}) (end {to}) (width {width}) (layer "{layer}") (net {net}))'


def measure(b: Board, rule: str, **limits: float) -> Measurements:
    """What the rule's check measures under these limits; `PARAM=(value, prefer)` gives both."""
    row = load_rules()[rule]
    pairs = {k: v if isinstance(v, tuple) else (v, None) for k, v in limits.items()}
    known = {k: Limit(*v, row.params[k].sense, row.params[k].unit, "test") for k, v in pairs.items()}
    return registry()[row.check][0](Context(b, row, known))


def rows(m: Measurements, *columns: str) -> list[tuple]:
    """The named columns (default: parameter and value) row by row, sorted; values to the nanometre."""
    names = columns or ("param", "value")
    table = zip(*(getattr(m, name).tolist() for name in names))
    return sorted(tuple(round(v, 6) if isinstance(v, float) else v for v in row) for row in table)
