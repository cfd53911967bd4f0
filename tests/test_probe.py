"""What a probe may touch and which nets it reaches: circles against rasters, tables and coverage worked out by hand."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st
from kicad_boards import text
from small import footprint, pad, smd, track, via

from dfmcheck import api, shape
from dfmcheck.board import Features, Kind, Layers
from dfmcheck.check import Context, Run, Skip, registry
from dfmcheck.probe.access import access
from dfmcheck.probe.flying import clear_edges, needle_targets
from dfmcheck.probe.inscribed import LEAST, inscribed, of_disc
from dfmcheck.probe.nets import test_nets as nets_of
from dfmcheck.probe.room import PAD
from dfmcheck.probe.targets import HALF, LAND, MASKED, OWN_SIDE, PASTE, TENTED, UNDER, targets
from dfmcheck.probe.told import told
from dfmcheck.read import read, read_kicad
from dfmcheck.rule import load_rules, resolve

FIXTURES = Path(__file__).parents[1] / "fixtures" / "rules"
RULES = load_rules()
LIMITS = resolve(["standard"], RULES)
RUN_LIMITS = {name: dict(LIMITS.get(name, {})) for name in RULES}
FRONT, BACK = '"F.Cu" "F.Mask"', '"B.Cu" "B.Mask"'
TECHNICAL = """(layers (0 "F.Cu" signal) (2 "B.Cu" signal) (13 "F.Paste" user) (15 "B.Paste" user) (1 "F.Mask" user)
 (3 "B.Mask" user) (25 "Edge.Cuts" user) (31 "F.CrtYd" user) (29 "B.CrtYd" user) (35 "F.Fab" user) (33 "B.Fab" user))"""
NAMES = ("", "A", "B", "C", "D", "GND")


def net(name):
    return f'(net {NAMES.index(name)} "{name}")'


def board(*items, names=NAMES):
    nets = " ".join(f'(net {k} "{name}")' for k, name in enumerate(names))
    return read_kicad(text(*items, layers=TECHNICAL, nets=nets, setup="(pad_to_mask_clearance 0)").encode(), "test.kicad_pcb")


def context(b, rule="testpoint-coverage"):
    return Context(b, RULES[rule], RUN_LIMITS[rule], 0.0, Run(RULES, RUN_LIMITS))


def part(ref, at, a, b="", name="Resistor_SMD:R_0603_1608Metric"):
    """Two lands, on one net or on two."""
    lands = [smd("0.8 0.95", at=f"{x} 0", number=n, net=net(of)) for n, x, of in (("1", -0.8, a), ("2", 0.8, b or a))]
    return footprint(*lands, at=at, ref=ref, name=name)


def point(ref, at, a, size="1 1", layers=FRONT, **options):
    return footprint(smd(size, net=net(a), shape="circle", layers=layers, **options), at=at, ref=ref, name="TestPoint:Pad")


EDGE = '(gr_rect (start -10 -10) (end 60 40) (stroke (width 0.1) (type solid)) (fill none) (layer "Edge.Cuts"))'


# --- the largest circle ------------------------------------------------------------------------------------------------


def raster(area, step):
    """Radius of the largest circle in a polygon: the cell of a grid that is the farthest from all cells outside."""
    x0, y0, x1, y1 = area.bounds
    x, y = np.meshgrid(np.arange(x0 - step, x1 + 2 * step, step), np.arange(y0 - step, y1 + 2 * step, step))
    inside = shapely.contains_xy(area, x.ravel(), y.ravel())
    xy = np.c_[x.ravel(), y.ravel()]
    near = xy[~inside]
    if not inside.any():
        return 0.0
    return float(max(np.hypot(*(near - spot).T).min() for spot in xy[inside]))


def cores(kind, w, h, turn, dx=0.0, dy=0.0):
    """A core and a radius: dot, stroke, box, rounded box, trapezoid."""
    core, radius = {
        "dot": (shapely.Point(0, 0), w / 2), "stroke": (shapely.LineString([(-w / 2, 0), (w / 2, 0)]), h / 2),
        "box": (shapely.box(-w / 2, -h / 2, w / 2, h / 2), 0.0), "round": (shapely.box(-w / 2, -h / 2, w / 2, h / 2), 0.15),
        "trapezoid": (shapely.Polygon([(-w / 2, -h / 2), (w / 2, -h / 2), (w / 4, h / 2), (-w / 4, h / 2)]), 0.0),
    }[kind]  # fmt: skip
    return shapely.affinity.translate(shapely.affinity.rotate(core, turn, origin=(0, 0)), dx, dy), radius


def one(core):
    out = np.empty(1, object)
    out[0] = core
    return out


KINDS = st.sampled_from(["dot", "stroke", "box", "round", "trapezoid"])
SIZES = st.floats(0.4, 2.0)
OFFSETS = st.floats(-1.5, 1.5)


@settings(max_examples=40, deadline=None)
@given(kind=KINDS, w=SIZES, h=SIZES, turn=st.floats(0, 180))
def test_the_circle_in_a_land_is_the_one_of_a_raster(kind, w, h, turn):
    core, radius = cores(kind, w, h, turn)
    diameter, x, y = inscribed(one(core), np.array([radius]))
    area = core.buffer(radius, quad_segs=64) if radius else core
    step = max(w, h) / 40
    assert diameter[0] / 2 == pytest.approx(raster(area, step), abs=1.5 * step)
    assert shapely.Point(x[0], y[0]).buffer(diameter[0] / 2 - 2e-3).within(area.buffer(1e-3))


@settings(max_examples=60, deadline=None)
@given(r=st.floats(0.2, 0.8), kind=KINDS, w=SIZES, h=SIZES, turn=st.floats(0, 180), dx=OFFSETS, dy=OFFSETS)
@example(r=0.453125, kind="box", w=1.0, h=1.40625, turn=106.0, dx=-1.0703125, dy=-0.125)
def test_what_an_opening_leaves_bare_of_a_via_is_the_circle_of_a_raster(r, kind, w, h, turn, dx, dy):
    core, radius = cores(kind, w, h, turn, dx, dy)
    area = core.buffer(radius, quad_segs=64) if radius else core
    bare = shapely.Point(0, 0).buffer(r, quad_segs=64).intersection(area)
    found = float(of_disc(one(shapely.Point(0, 0)), np.array([r]), one(core), np.array([radius]))[0])
    step = r / 20
    true = 2 * raster(bare, step) if bare.area > 1e-9 else 0.0
    # The cell outside that is nearest may be a step beyond the rim, on both sides. What is below LEAST may count as nothing.
    off = 2 * step
    assert found == pytest.approx(true, abs=off) or (found == 0.0 and true - off < LEAST)


def test_circles_by_formula():
    shapes = [cores("dot", 1.0, 1, 0), cores("stroke", 1.0, 0.6, 30), cores("box", 2.0, 0.7, 45), cores("round", 1.0, 0.7, 10)]
    found = inscribed(np.array([core for core, _ in shapes], object), np.array([radius for _, radius in shapes]))[0]
    assert found == pytest.approx([1.0, 0.6, 0.7, 0.7 + 0.3], abs=1e-9)
    triangle = shapely.Polygon([(0, 0), (3, 0), (0, 4)])
    assert inscribed(one(triangle), np.zeros(1))[0][0] == pytest.approx(2.0, abs=1e-3)
    assert len(inscribed(np.empty(0, object), np.empty(0))[0]) == 0


@pytest.mark.parametrize(
    ("opening", "value"),
    [
        ('(gr_circle (center 10 10) (end 10.3 10) (stroke (width 0) (type solid)) (fill yes) (layer "F.Mask"))', 0.6),
        ('(gr_rect (start 9 9) (end 10.2 11) (stroke (width 0) (type solid)) (fill yes) (layer "F.Mask"))', 0.7),
        ('(gr_rect (start 9 9) (end 11 11) (stroke (width 0) (type solid)) (fill yes) (layer "F.Mask"))', 1.0),
        ("", 0.0),
    ],
)
def test_the_mask_decides_how_much_of_a_pad_is_bare(opening, value):
    t = targets(board(point("TP1", "10 10", "A", layers='"F.Cu"'), opening, EDGE))
    assert t.diameter.tolist() == pytest.approx([value], abs=2e-3)
    assert t.why.tolist() == ["" if value else MASKED]


# --- targets -----------------------------------------------------------------------------------------------------------


def test_targets_by_kind():
    header = pad("circle", "1.7 1.7", 1.0, net=net("A"))
    b = board(
        footprint(header, at="0 0", ref="J1", name="Connector_PinHeader_2.54mm:PinHeader_1x01_P2.54mm_Vertical"),
        footprint(header, "(attr through_hole dnp)", at="5 0", ref="J2",
                  name="Connector_PinHeader_2.54mm:PinHeader_1x01_P2.54mm_Vertical"),
        point("TP1", "10 0", "B"), point("TP2", "15 0", "B", layers='"F.Cu" "F.Mask" "F.Paste"'),
        part("R1", "20 0", "C", "D"),
        via(0.9, 0.4, at="25 0", net=1, extra="(tenting none)"), via(0.9, 0.4, at="30 0", net=1, extra="(tenting front)"),
        EDGE,
    )  # fmt: skip
    t = targets(b)
    name = [str(b.components.ref[c]) if c >= 0 else f"via {x:.0f}" for c, x in zip(t.component.tolist(), t.x.tolist())]
    rows = zip(name, t.side.tolist(), t.kind, t.why, t.diameter.round(6).tolist(), t.hole.tolist())
    table = {(n, s): row for n, s, *row in rows}
    assert table[("J1", 0)] == ["lead", OWN_SIDE, 1.7, 0.0]
    assert table[("J1", 1)] == ["lead", "", 1.7, 0.0]
    assert table[("J2", 0)] == table[("J2", 1)] == ["hole", "", 1.7, 1.0], "nothing is soldered into it"
    assert table[("TP1", 0)] == ["test pad", "", 1.0, 0.0]
    assert table[("TP2", 0)] == ["test pad", PASTE, 1.0, 0.0]
    assert table[("R1", 0)] == ["land", LAND, 0.8, 0.0]
    assert table[("via 25", 0)] == table[("via 25", 1)] == ["via", "", 0.9, 0.4]
    assert table[("via 30", 0)] == ["via", TENTED, 0.0, 0.4]
    assert table[("via 30", 1)] == ["via", "", 0.9, 0.4]
    assert t.declared.tolist() == [n.startswith("TP") for n in name]


def test_a_body_covers_what_is_under_it_on_its_side():
    body = '(fp_rect (start -4 -4) (end 4 4) (stroke (width 0) (type solid)) (fill no) (layer "F.Fab"))'
    lands = [smd(at="-4.5 0", net=net("C")), smd(at="4.5 0", number="2", net=net("D"))]
    module = footprint(*lands, body, ref="U1", name="lib:Module_1")
    b = board(module, point("TP1", "10 10", "A"), point("TP2", "11 10", "A", layers=BACK), point("TP3", "20 20", "A"), EDGE)
    t = targets(b)
    points = np.flatnonzero(t.declared)
    assert t.why[points].tolist() == [UNDER, "", ""]
    assert b.components.ref[t.under[points[0]]] == "U1"
    assert t.under[points[1:]].tolist() == [-1, -1]


def test_the_probe_goes_for_the_hole_though_its_land_is_eccentric():
    lead = pad("circle", "2 2", "0.8 (offset 0.6 0)", net=net("A"))
    t = targets(board(footprint(lead, at="10 5", ref="J1", name="Connector_PinHeader_2.54mm:PinHeader_1x01"), EDGE))
    assert (t.x.tolist(), t.y.tolist(), t.diameter.tolist()) == ([10, 10], [5, 5], [2, 2])


@pytest.mark.parametrize(("more", "hole"), [("", 0.4), ("(filling yes)", 0.0), ("(capping yes)", 0.0), ("(filling no)", 0.4)])
def test_what_fills_or_caps_a_via_closes_its_hole(more, hole):
    t = targets(board(via(0.9, 0.4, at="5 5", net=1, extra=f"(tenting none) {more}"), EDGE))
    assert t.hole.tolist() == [hole, hole]


def test_half_holes_are_no_targets():
    half = pad("circle", "1.6 1.6", 0.8, net=net("A"), extra="(property pad_prop_castellated)")
    t = targets(board(footprint(half, at="-10 5", ref="J1", name="lib:castellated"), EDGE))
    assert set(t.why.tolist()) == {HALF}


def test_of_a_pad_of_pieces_the_roomiest_counts():
    disc = "(gr_circle (center 1 0) (end 1.6 0) (width 0) (fill yes))"
    primitives = f"(options (clearance outline) (anchor circle)) (primitives {disc})"
    custom = f'(pad "1" smd custom (at 0 0) (size 0.3 0.3) (layers {FRONT}) {net("A")} {primitives})'
    t = targets(board(footprint(custom, at="10 10", ref="TP1", name="TestPoint:Pad"), EDGE))
    assert len(t) == 1
    assert (t.diameter[0], t.x[0]) == pytest.approx((1.2, 11.0), abs=2e-3)


# --- nets --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("+3V3", "power"), ("/Supply/VCC_IO", "power"), ("VDD1V1", "power"), ("5V0_SYS", "power"), ("P3.3V", "power"),
        ("VREG_OUT", "power"), ("AUX_VBUS", "power"), ("-12V", "power"),
        ("GND", "ground"), ("/GNDA", "ground"), ("VSS", "ground"),
        ("VBUS_DET", "other"), ("VIN_SENSE", "other"), ("3V3_EN", "other"), ("PWR_LED", "other"), ("SDA", "other"),
        ("Net-(R1-Pad1)", "other"), ("VREF", "other"),
    ],
)  # fmt: skip
def test_rails_are_known_by_their_names(name, kind):
    b = board(*(footprint(smd(net=f'(net 1 "{name}")'), at=f"{k} 0", ref=f"U{k}") for k in range(2)), names=("", name))
    assert nets_of(b).kind[b.nets.name == name].tolist() == [kind]


def test_four_numbers_make_a_bus():
    names = ["", *(f"/D{k}" for k in range(4)), *(f"/A{k}" for k in range(3)), *(f"Net-(R{k}-Pad1)" for k in range(5)), "/X[12]"]
    b = board(*(footprint(smd(net=f'(net {k} "{n}")'), ref=f"U{k}") for k, n in enumerate(names) if n), names=names)
    assert {str(n) for n in b.nets.name[nets_of(b).kind == "bus"]} == {f"/D{k}" for k in range(4)}


def test_what_need_not_be_tested():
    names = ("", "A", "ONE", "NC1", "RF_OUT", "unconnected-(U1-Pad3)", "OFF", "EMPTY")
    pads = [smd(at=f"{k} 0", number=str(k), net=f'(net {names.index(n)} "{n}")') for k, n in enumerate(names[1:6], 1)]
    more = [smd(at=f"{k} 2", number=str(k), net=f'(net {k} "{names[k]}")') for k in (1, 3, 4, 5)]
    same = [smd(at=f"{k} 4", number="9", net='(net 2 "ONE")') for k in range(2)]
    off = [smd(at=f"{k} 6", number=str(k), net='(net 6 "OFF")') for k in range(2)]
    b = board(footprint(*pads, ref="U1"), footprint(*more, ref="U2"), footprint(*off, "(attr smd dnp)", ref="U3"),
              footprint(*same[:0], ref="U4"), names=names)  # fmt: skip
    left = dict(zip(b.nets.name.tolist(), nets_of(b).left.tolist()))
    assert left["A"] == ""
    assert left["ONE"] == "one pin"
    assert left["NC1"] == left["unconnected-(U1-Pad3)"] == "not connected"
    assert left["RF_OUT"] == "radio frequency"
    assert left["OFF"] == left["EMPTY"] == "no pin of a fitted part"


@pytest.mark.parametrize(
    ("ref", "name", "made", "left"),
    [
        ("TP1", "TestPoint:Pad", smd("1 1", net=net("A")), ""),
        ("JP1", "Jumper:SolderJumper-2_P1.3mm_Bridged", smd(net=net("A")) + smd(at="1.3 0", number="2", net=net("B")), ""),
        ("NT1", "NetTie:NetTie-2_SMD_Pad0.5mm", smd(net=net("A")) + smd(at="1 0", number="2", net=net("B")), ""),
        ("J1", "lib:castellated_1x01", pad("circle", "1.6 1.6", 0.8, net=net("A"), extra="(property pad_prop_castellated)"), ""),
        ("J1", "lib:PCIexpress_edge", smd("0.7 4", net=net("A"), layers='"F.Cu" "F.Mask"').replace(" smd ", " connect "), ""),
        ("H1", "MountingHole:MountingHole_3.2mm_Pad", pad("circle", "6 6", 3.2, net=net("A")), "one pin"),
        ("U2", "lib:Module", smd(net=net("A")) + "(attr smd dnp)", "one pin"),
        ("", "", "", "one pin"),
    ],
)
def test_a_net_may_end_in_the_boards_own_copper(ref, name, made, left):
    """One pin of a fitted part and a test point, a closed jumper, a tie, a half hole, or a contact."""
    other = [footprint(made, at="-10 5", ref=ref, name=name)] if ref else []
    b = board(footprint(smd(net=net("A")), at="20 20", ref="U1", name="lib:Module"), *other, EDGE)
    n = nets_of(b)
    assert (n.left[b.nets.name == "A"].tolist(), n.pins[b.nets.name == "A"].tolist()) == ([left], [1])


def test_pads_of_one_number_are_one_pin():
    shell = [smd(at=f"{k} 0", number="S", net=net("A")) for k in range(3)]
    contacts = [smd(at=f"{k} 3", number=str(k), net="") for k in range(1, 4)]
    b = board(footprint(*shell, *contacts, ref="J1", name="Connector_USB:USB"), part("R1", "9 9", "A", "B"))
    assert nets_of(b).pins[b.nets.name == "A"].tolist() == [2]


# --- access ------------------------------------------------------------------------------------------------------------


def test_a_test_pad_goes_before_a_lead_and_a_lead_before_a_via_on_the_side_of_the_fixture():
    header = pad("circle", "1.7 1.7", 1.0, net=net("B"))
    b = board(
        *(part(f"R{k}", f"{5 * k} 20", name) for k, name in enumerate("ABCD")),
        footprint(header, at="0 0", ref="J1", name="Connector_PinHeader_2.54mm:PinHeader_1x01_P2.54mm_Vertical"),
        point("TP1", "5 0", "A", layers=BACK), point("TP2", "10 0", "A", size="1.2 1.2", layers=BACK),
        point("TP3", "15 0", "B"), point("TP4", "20 0", "D"),
        *(via(1.5, 0.4, at=f"{25 + 5 * k} 0", net=k + 1, extra="(tenting front)") for k in range(3)), EDGE,
    )  # fmt: skip
    a = access(context(b))
    best = {str(b.nets.name[n]): row for n, row in zip(a.net.tolist(), a.best.tolist())}
    t = a.targets
    assert a.side == 1, "three nets are reached from below, two from above"
    assert b.components.ref[t.component[best["A"]]] == "TP2", "the larger of two test pads"
    assert (t.kind[best["B"]], t.side[best["B"]]) == ("lead", 1), "rather than the test pad on the other side"
    assert t.kind[best["C"]] == "via"
    assert (t.kind[best["D"]], t.side[best["D"]]) == ("test pad", 0), "the only one"
    assert a.share() == 100
    m = registry()["testpoint.one_side"].measure(context(b, "testpoint-one-side"))
    assert m.value.tolist() == [75.0]


def test_vias_must_be_as_large_as_test_pads_and_holes_not_too_large():
    vias = [via(size, 0.3, at=f"{5 * k} 0", net=k + 1, extra="(tenting front)") for k, size in enumerate((0.79, 0.8))]
    wide = footprint(pad("circle", "3 3", 1.6, net=net("C")), "(attr through_hole dnp)", at="20 0", ref="J1",
                     name="Connector_PinHeader_2.54mm:PinHeader_1x01_P2.54mm_Vertical")  # fmt: skip
    b = board(*(part(f"R{k}", f"{5 * k} 20", name) for k, name in enumerate("ABC")), *vias, wide, EDGE)
    a = access(context(b))
    assert {str(b.nets.name[n]) for n in a.net[a.reached]} == {"B"}
    free = access(Context(b, RULES["testpoint-coverage"], {}))
    assert free.share() == 100, "without limits anything bare will do"


def test_a_board_without_test_points_is_judged_by_coverage_alone():
    b = board(part("R1", "0 20", "A"), via(1, 0.3, at="0 0", net=1, extra="(tenting back)"), part("R2", "9 20", "B"),
              via(1, 0.3, at="9 0", net=2, extra="(tenting front)"), EDGE)  # fmt: skip
    for rule in ("testpoint-size", "testpoint-target-type", "testpoint-one-side"):
        assert len(registry()[RULES[rule].check].measure(context(b, rule))) == 0
    plan = api.plan(["standard"], select=["test"])
    assert {(f.rule, f.severity) for f in plan.run(b).findings if f.rule == "testpoint-coverage"} == set()


def test_no_net_to_be_tested_is_no_pass():
    b = board(part("R1", "0 0", "A", "B"), EDGE)
    for rule in ("testpoint-coverage", "flying-probe-access"):
        with pytest.raises(Skip, match="two pins"):
            registry()[RULES[rule].check].measure(context(b, rule))
    assert "two pins" in told(context(b))["why"]


@pytest.mark.parametrize("items", [(), (EDGE,), (part("R1", "0 0", ""), EDGE)])
def test_boards_with_little_on_them(items):
    b = board(*items)
    for rule in ("testpoint-size", "testpoint-target-type", "testpoint-one-side"):
        assert len(registry()[RULES[rule].check].measure(context(b, rule))) == 0
    assert set(told(context(b))) == {"why"}
    bare = dataclasses.replace(b, layers=Layers.empty(), features=Features.empty())
    assert len(targets(bare)) == 0


# --- flying probe ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("height", "gap", "reached"), [("10 mm", 2.67, False), ("10 mm", 2.69, True), ("", 0.01, True)])
def test_a_tall_part_shadows_its_height_by_the_tangent(height, gap, reached):
    """10 mm x tan 15 = 2.679 mm; a height that only the family suggests casts none."""
    field = f'(property "Height" "{height}" (at 0 0) (layer "F.Fab"))' if height else ""
    body = '(fp_rect (start -2 -2) (end 2 2) (stroke (width 0) (type solid)) (fill no) (layer "F.Fab"))'
    tall = footprint(smd(at="-2.5 0", net=net("C")), smd(at="2.5 0", number="2", net=net("D")), field, body, at="10 10", ref="U1",
                     name="lib:Module_1")  # fmt: skip
    b = board(tall, point("TP1", f"10 {12 + gap}", "A"), EDGE)
    t = targets(b)
    assert needle_targets(b, 15.0)[t.declared].tolist() == [reached]


@pytest.mark.parametrize(("x", "reached"), [(3.4, False), (3.6, True), (4.3, True)])
def test_a_land_that_sticks_out_of_its_body_is_reached(x, reached):
    """Round lands of 1 mm across under a body that ends at 4 mm."""
    body = '(fp_rect (start -4 -4) (end 4 4) (stroke (width 0) (type solid)) (fill no) (layer "F.Fab"))'
    lands = [smd(at=f"{k} 0", number=str(k), net=net(of), shape="circle") for k, of in ((x, "A"), (-x, "B"), (0, "C"))]
    b = board(footprint(*lands, body, at="10 10", ref="U1", name="lib:Module_1"), EDGE)
    assert needle_targets(b, 15.0).tolist() == [reached, False, reached]


def test_free_edges_are_those_of_the_better_pair():
    body = '(fp_rect (start -1 -1) (end 1 1) (stroke (width 0) (type solid)) (fill no) (layer "F.Fab"))'

    def chip(ref, x, y):
        return footprint(smd("0.5 0.5", at="-0.5 0", net=""), smd("0.5 0.5", at="0.5 0", number="2", net=""), body, at=f"{x} {y}",
                         ref=ref, name="Resistor_SMD:R_0805_2012Metric")  # fmt: skip

    b = board(chip("R1", -8, 15), chip("R2", 20, -5), chip("R3", 20, 33), EDGE)
    room, part_ = clear_edges(b)
    assert room == pytest.approx(4.0), "above 4 mm, below 6 mm; on the left 1 mm"
    assert b.components.ref[part_] == "R2"


# --- what the report tells ---------------------------------------------------------------------------------------------


def test_the_report_tells_access_net_by_net():
    b = read(FIXTURES / "testpoint-coverage.kicad_pcb")
    d = told(context(b))
    assert (d["coverage"], d["tested"], d["reached"], d["side"]) == (80.0, 10, 8, "bottom")
    assert (d["test_points"], d["one_side"]) == ({"declared": 3, "legal": 3}, 75.0), "of 8 SIG_B and SIG_E from the top only"
    assert d["classes"]["power"] == {"nets": 3, "reached": 2, "coverage": 66.6667}
    assert d["classes"]["ground"] == {"nets": 1, "reached": 1, "coverage": 100.0}
    assert d["left_out"]["not connected"] == d["left_out"]["radio frequency"] == 1
    assert [row["net"] for row in d["nets"][:4]] == ["+3V3", "+5V", "VCC", "GND"], "rails first, those with most pins (J1) before"
    by_net = {row["net"]: row for row in d["nets"]}
    assert by_net["+5V"]["best"] == {"kind": "test pad", "item": "TP1.1", "side": "bottom", "x": 0.0, "y": 8.0, "diameter": 1.0}
    assert by_net["+3V3"]["best"]["item"] == "J1.1"
    assert by_net["SIG_C"]["targets"] == {"hole": {"top": 1, "bottom": 1}}
    assert by_net["VCC"]["refused"] == {"component's land": {"top": 2}, "tented": {"top": 1, "bottom": 1}}
    assert next((row["net"], row["how"], row["x"], row["y"]) for row in d["add"]) == ("VCC", "open via", 12.0, 8.0)


@pytest.mark.parametrize(("gap", "free"), [(0.8, True), (0.79, False)])
def test_a_free_place_for_a_test_pad_is_on_a_track_of_the_net(gap, free):
    """Half a pad of 1 mm, 0.2 mm, half a track of 0.2 mm: 0.8 mm from track to track."""
    items = [part("R1", "0 20", "A"), part("R2", "0 30", "B"), point("TP1", "40 30", "D"), part("R3", "30 35", "D")]
    tracks = [track(0.2, at="0 0", to="20 0", layer="B.Cu", net=1), track(0.2, at="0 3", to="20 3", layer="B.Cu", net=2),
              track(0.2, at=f"0 {3 + gap}", to=f"20 {3 + gap}", layer="B.Cu", net=3)]  # fmt: skip
    d = told(context(board(*items, *tracks, via(1.5, 0.5, at="45 30", net=4, extra="(tenting front)"), EDGE)))
    added = {row["net"]: row for row in d["add"]}
    assert (added["A"]["side"], added["A"]["x"], added["A"]["y"]) == ("bottom", 0.0, 0.0)
    assert (added["B"]["x"], added["B"]["y"]) == ((0.0, 3.0) if free else (None, None))


@pytest.mark.parametrize("under", [False, True])
def test_a_body_on_the_other_side_leaves_the_place_free(under):
    body = f'(fp_rect (start -2 -2) (end 2 2) (stroke (width 0) (type solid)) (fill no) (layer "{"BF"[not under]}.Fab"))'
    module = footprint(smd("0.2 0.2", at="-1.9 0", net="", layers=BACK if under else FRONT), body, at="10 0", ref="U1",
                       name="lib:Module_1")  # fmt: skip
    module = module.replace('(layer "F.Cu") (at 10 0)', '(layer "B.Cu") (at 10 0)') if under else module
    line = track(0.2, at="10 0", to="20 0", layer="B.Cu", net=1)
    b = board(part("R1", "0 20", "A"), module, line, part("R3", "30 35", "D"),
              via(1.5, 0.5, at="45 30", net=4, extra="(tenting front)"), EDGE)  # fmt: skip
    added = {row["net"]: row for row in told(context(b))["add"]}
    assert (added["A"]["side"], added["A"]["x"]) == ("bottom", 15.0 if under else 10.0)


@pytest.mark.parametrize(("x", "opened"), [(11, False), (13.4, False), (13.6, True), (-8, False), (-7, True)])
def test_a_via_is_opened_only_where_a_probe_reaches_it(x, opened):
    """Not under bodies, which end at 12 mm, nor nearer to them than 1 mm and half a pad, nor 2 mm from the edge, at -10 mm."""
    body = '(fp_rect (start -2 -2) (end 2 2) (stroke (width 0) (type solid)) (fill no) (layer "?.Fab"))'
    modules = [
        footprint(smd("0.2 0.2", net="", layers=layers), body.replace("?", side), at="10 0", ref=f"U{side}", name="lib:Module_1")
        .replace('"F.Cu") (at 10 0)', f'"{side}.Cu") (at 10 0)') for side, layers in (("F", FRONT), ("B", BACK))
    ]  # fmt: skip
    b = board(*modules, part("R1", "0 20", "A"), part("R3", "30 35", "D"), point("TP1", "40 30", "D", layers=BACK),
              via(1.5, 0.5, at=f"{x} 0", net=1, extra="(tenting front back)"), EDGE)  # fmt: skip
    (row,) = told(context(b))["add"]
    assert (row["how"], row["x"]) == (("open via", x) if opened else ("pad", None))
    m = registry()["testpoint.type"].measure(context(b, "testpoint-target-type"))
    assert any("open the mask" in words for words in m.detail) == (x != 11)


# --- real boards -------------------------------------------------------------------------------------------------------

BOARDS = pytest.mark.skipif(not os.environ.get("DFMCHECK_BOARDS"), reason="DFMCHECK_BOARDS is not set")


def real(name):
    (path,) = Path(os.environ["DFMCHECK_BOARDS"]).rglob(f"kicad/**/{name}.kicad_pcb")
    return read(path)


@pytest.mark.boards
@BOARDS
@pytest.mark.parametrize(
    ("name", "leads", "none"),
    [
        ("vpp-maker-rev6-ian",
         "VOUT VPP VPP_HIGH VPP_LOW VPP_PWM GND IO4 IO5 IO6 IO7 VPP_ADC VPP_SW",  # pins of J1, J2 and J4, all leaded
         "Net-(D2-A) Net-(Q1-B) Net-(D1-A) Net-(Q2-B) Net-(Q2-C) Net-(Q3-B) Net-(Q3-C)"),  # SMD parts alone, all vias under mask
        ("sensor_smd", "VDD GND /SIGNAL", "Net-(D1-Pad2)"),  # J1 has leads; R1 and D1 are SMD
    ],
)  # fmt: skip
def test_coverage_of_a_small_board_net_by_net(name, leads, none):
    b = real(name)
    a = access(context(b))
    kind = {str(b.nets.name[n]): str(a.targets.kind[row]) if row >= 0 else "" for n, row in zip(a.net.tolist(), a.best.tolist())}
    jumper = {"Net-(R1-Pad2)": "pad"} if name == "sensor_smd" else {}  # from R1 to JP1
    assert kind == dict.fromkeys(leads.split(), "lead") | dict.fromkeys(none.split(), "") | jumper
    assert a.share() == pytest.approx(100 * (len(leads.split()) + len(jumper)) / len(kind))


@pytest.mark.boards
@BOARDS
@pytest.mark.parametrize("name", ["vpp-maker-rev6-ian", "Neo6502_Rev_B1", "mobo", "chainlinkBase", "mainboard"])
def test_the_places_for_test_pads_are_free(name):
    """By brute force: distance of the pad to every piece of copper, hole and body, one by one."""
    b = real(name)
    d = told(context(b))
    side = 0 if d["side"] == "top" else 1
    f, parts = b.features, b.derived.parts()
    on = np.flatnonzero((f.layer == b.copper_layers[-1 if side else 0]) & (f.kind != Kind.ZONE))
    places = [(row["net"], shapely.Point(row["x"], row["y"])) for row in d["add"] if row["how"] == "pad" and row["x"] is not None]
    for name_, spot in places:
        mine = int(np.flatnonzero(b.nets.name == name_)[0])
        gap = shape.distance(f.core[on], f.radius[on], np.full(len(on), spot, object), PAD / 2)
        other = (f.net[on] != mine) | np.isin(f.kind[on], (Kind.PAD, Kind.VIA))
        assert gap[other].min() >= 0.2 - 1e-6
        assert gap[(f.net[on] == mine)].min() < 0, "it is on the net"
        assert (shapely.distance(b.holes.core, spot) - b.holes.radius).min() >= PAD / 2 + 0.2 - 1e-6
        assert b.outline.contains(spot)
        for body in parts.body[parts.fitted & (b.components.side == side)]:
            assert body is None or body.distance(spot) >= PAD / 2
    apart = [p.distance(q) for k, (_, p) in enumerate(places) for _, q in places[:k]]
    assert min(apart, default=9.0) >= 1.27
