"""Boards of a few lines of text for tests of single rules, and what the rules find on them."""

from dfmcheck import engine
from dfmcheck.read.kicad import read_kicad
from dfmcheck.rule import load_rules, resolve

HEAD = """(kicad_pcb (version 20241229) (generator "test") (general (thickness {thickness}))
 (layers (0 "F.Cu" signal) (2 "B.Cu" signal) (1 "F.Mask" user) (3 "B.Mask" user) (5 "F.SilkS" user) (31 "F.CrtYd" user)
  (29 "B.CrtYd" user) (35 "F.Fab" user) (33 "B.Fab" user) (25 "Edge.Cuts" user))
 (net 0 "") (net 1 "A") (net 2 "B")
"""
RULES = load_rules()


def board(*parts, thickness=1.6):
    return read_kicad((HEAD.format(thickness=thickness) + "\n".join(parts) + "\n)").encode(), "test.kicad_pcb")


def line(x0, y0, x1, y1, layer="Edge.Cuts"):
    return f'(gr_line (start {x0} {y0}) (end {x1} {y1}) (stroke (width 0.1) (type solid)) (layer "{layer}"))'


def rect(x0, y0, x1, y1, layer="Edge.Cuts"):
    return f'(gr_rect (start {x0} {y0}) (end {x1} {y1}) (stroke (width 0.1) (type solid)) (fill none) (layer "{layer}"))'


def circle(x, y, radius, layer="Edge.Cuts"):
    return f'(gr_circle (center {x} {y}) (end {x + radius} {y}) (stroke (width 0.1) (type solid)) (fill none) (layer "{layer}"))'


def arc(start, mid, end, layer="Edge.Cuts"):
    points = " ".join(f"({name} {x} {y})" for name, (x, y) in zip(("start", "mid", "end"), (start, mid, end)))
    return f'(gr_arc {points} (stroke (width 0.1) (type solid)) (layer "{layer}"))'


def footprint(ref, x, y, *parts, attr="smd", side="F"):
    return (
        f'(footprint "lib:{ref}" (layer "{side}.Cu") (at {x} {y}) (attr {attr}) (property "Reference" "{ref}" (at 0 0) '
        f'(layer "F.SilkS") (hide yes)) {" ".join(parts)})'
    )


def fp_rect(x0, y0, x1, y1, layer):
    return f'(fp_rect (start {x0} {y0}) (end {x1} {y1}) (stroke (width 0.05) (type solid)) (fill none) (layer "{layer}"))'


def smd(name, x, y, width, height, net=1):
    return f'(pad "{name}" smd rect (at {x} {y}) (size {width} {height}) (layers "F.Cu" "F.Mask") (net {net} "A"))'


def tht(name, x, y, size, drill, extra="", layers='"*.Cu" "*.Mask"'):
    return (
        f'(pad "{name}" thru_hole circle (at {x} {y}) (size {size} {size}) (drill {drill}) (layers {layers}) '
        f'(net 1 "A") {extra})'
    )


def hole(x, y, drill):
    return footprint("H", x, y, f'(pad "" np_thru_hole circle (at 0 0) (size {drill} {drill}) (drill {drill}) (layers "*.Cu"))')


def findings(design, rule, *profiles, **limits):
    """Findings of one rule under the given limits only (in the parameter's own unit, as text), and its row of the table."""
    rules = RULES
    sets = [(rule, name, text, "--set") for name, text in limits.items()]
    report = engine.run(design, {rule: rules[rule]}, resolve(profiles, rules, sets))
    (row,) = report.rules
    assert not row.crashed, row.why_skipped
    return list(report.findings), row


def places(design, rule, *profiles, **limits):
    return [p for f in findings(design, rule, *profiles, **limits)[0] for p in f.places]
