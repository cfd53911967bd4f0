"""What each component is taken for: family, size, pitch, body, height, pin 1, whether it is polarised and fitted."""

import math
from itertools import product

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from dfmcheck.board import Board
from dfmcheck.parts import FAMILIES, NO_PARTS, Parts
from dfmcheck.parts_body import HEIGHTS
from dfmcheck.parts_family import CHIPS, size_of_lands
from dfmcheck.parts_names import _BY_NAME, families_of_name, size_of_name
from dfmcheck.read import read_kicad

HEAD = """(kicad_pcb (version 20241229) (generator "test") (layers (0 "F.Cu" signal) (2 "B.Cu" signal) (1 "F.Mask" user)
 (3 "B.Mask" user) (13 "F.Paste" user) (31 "F.CrtYd" user) (29 "B.CrtYd" user) (35 "F.Fab" user) (33 "B.Fab" user)) (net 0 "")
"""


def board(*footprints: str) -> Board:
    return read_kicad((HEAD + "\n".join(footprints) + ")").encode(), "test.kicad_pcb")


def pad(number, x, y, w, h, *, kind="smd", shape="rect", layers='"F.Cu" "F.Paste" "F.Mask"', extra=""):
    if kind != "smd":
        layers, extra = '"*.Cu" "*.Mask"', f"(drill {min(w, h) / 2}) {extra}"
    return f'(pad "{number}" {kind} {shape} (at {x:.6f} {y:.6f} TURN) (size {w} {h}) (layers {layers}) {extra})'


def part(*pads, ref="U1", name="lib:part", value="", at="20 20", attr="smd", side="F", extra="", fields=()):
    texts = "".join(
        f'(property "{key}" "{text}" (at 0 0) (layer "F.Fab"))' for key, text in (("Reference", ref), ("Value", value), *fields)
    )
    turned = " ".join(pads).replace("TURN", (*at.split(), "0")[2])  # a pad's angle holds that of its footprint
    return f'(footprint "{name}" (layer "{side}.Cu") (at {at}) {texts} (attr {attr}) {turned} {extra})'


def rect(x0, y0, x1, y1, layer):
    return f'(fp_rect (start {x0} {y0}) (end {x1} {y1}) (stroke (width 0.05) (type solid)) (fill no) (layer "{layer}"))'


def two(long, wide, share=0.36, **options):
    """Two lands of this outer length and width."""
    land = long * share
    return [pad(n, s * (long - land) / 2, 0, land, wide, **options) for n, s in (("1", -1), ("2", 1))]


def two_rows(n, pitch, apart, land=(1.5, 0.3), **options):
    half = n // 2
    return [
        pad(
            k + 1,
            (-1 if k < half else 1) * apart / 2,
            (k % half - (half - 1) / 2) * pitch * (1 if k < half else -1),
            *land,
            **options,
        )
        for k in range(n)
    ]


def four_rows(n, pitch, apart, land):
    side, out = n // 4, []
    for k in range(n):
        along, (a, b) = (k % side - (side - 1) / 2) * pitch, land
        row = k // side
        x, y = [(-apart / 2, along), (along, apart / 2), (apart / 2, -along), (-along, -apart / 2)][row]
        out.append(pad(k + 1, x, y, *((a, b) if row % 2 == 0 else (b, a))))
    return out


def array(side, pitch, size=0.4):
    return [
        pad(f"{chr(65 + i)}{j + 1}", (j - (side - 1) / 2) * pitch, (i - (side - 1) / 2) * pitch, size, size, shape="circle")
        for i, j in product(range(side), repeat=2)
    ]


def one(*pads, **options) -> Parts:
    return board(part(*pads, **options)).derived.parts()


DRILLED = pad(2, 10, 0, 2, 2, kind="thru_hole")
GEOMETRY = {
    "chip-S": [two(1.6, 0.6), two(2.4, 0.95), two(1.05, 0.38)],
    "chip-L": [two(3.05, 1.4), two(4.2, 1.75), two(7.4, 3.35)],
    "SOT": [[*two_rows(2, 1.9, 2.2, (1.0, 0.6)), pad(3, 1.1, 0, 1.0, 0.6)], two_rows(6, 0.95, 2.4, (1.1, 0.6))],
    "SO": [two_rows(8, 1.27, 5.4), two_rows(20, 0.65, 5.7)],
    "QFP": [four_rows(48, 0.5, 8.4, (1.5, 0.3))],
    "QFN": [
        [*four_rows(24, 0.5, 3.9, (0.8, 0.25)), pad(25, 0, 0, 2.6, 2.6)],
        [*two_rows(8, 0.5, 1.9, (0.6, 0.25)), pad(9, 0, 0, 0.9, 1.6)],
    ],
    "BGA": [array(4, 0.5, 0.25), array(9, 0.8), array(12, 0.8)],
    "DIP": [two_rows(14, 2.54, 7.62, (1.6, 1.6), kind="thru_hole")],
    "conn-THT": [[pad(k, 0, 2.54 * k, 1.7, 1.7, kind="thru_hole") for k in range(1, 9)]],
    "conn-SMT": [[pad(k, k * 0.5, 0, 0.3, 1.3) for k in range(1, 11)]],
    "testpoint": [[pad(1, 0, 0, 1.5, 1.5, shape="circle")]],
    "hole": [[pad("", 0, 0, 3.2, 3.2, kind="np_thru_hole", shape="circle")]],
    "mark": [[]],
}  # fmt: skip


@pytest.mark.parametrize(("family", "which"), [(f, k) for f, kinds in GEOMETRY.items() for k in range(len(kinds))])
@pytest.mark.parametrize("angle", [0, 90, 37])
def test_lands_alone_tell_the_family(family, which, angle):
    parts = one(*GEOMETRY[family][which], at=f"20 20 {angle}")
    assert (parts.family[0], parts.family_source[0]) == (family, "lands")


def test_the_families_are_those_that_are_declared():
    told = {"nettie", "conn", "switch", "array", "led", "leaded", "chip", "coil"}
    assert {p.family for p in _BY_NAME} - told <= set(FAMILIES)
    assert set(FAMILIES) >= NO_PARTS
    assert set(HEIGHTS) | NO_PARTS | {"mech", ""} == set(FAMILIES)


@pytest.mark.parametrize(
    ("pads", "options", "family", "source"),
    [
        (two(9.1, 1.6), {"name": "Capacitor_SMD:CP_Elec_6.3x5.9"}, "tall", "name"),
        (two(1.6, 0.6), {"name": "0402-cap"}, "chip-S", "name"),
        (two(2.7, 0.5), {"name": "D_SOD-323"}, "chip-L", "name"),
        (two(6.5, 6.2), {"name": "x", "ref": "L3"}, "tall", "reference"),
        (two(2.3, 1.0), {"name": "SolderJumper-2_P1.3mm_Open"}, "jumper", "name"),
        (two(2.1, 0.9), {"name": "my_jumpers:J_0603", "ref": "J3"}, "jumper", "name"),
        ([pad(1, 0, 0, 1, 1, shape="circle")], {"name": "Fiducial_1mm_Mask2mm"}, "fiducial", "name"),
        ([pad(1, 0, 0, 1.4, 1.4, kind="thru_hole")], {"name": "lib:1pin_conn", "value": "MountingHole_Pad"}, "hole", "lands"),
        ([pad(1, 0, 0, 2, 2, kind="thru_hole")], {"name": "TestPoint_THTPad_D2.0mm_Drill1.0mm"}, "testpoint", "name"),
        (two_rows(4, 1.7, 2.2, (1.4, 1.2)), {"name": "Crystal_SMD_3225-4Pin"}, "xtal", "name"),
        (two_rows(4, 1.7, 2.2, (1.4, 1.2)), {"name": "TSX", "value": "12MHz"}, "xtal", "fields"),
        (two_rows(4, 3.0, 4.6, (1.0, 0.7)), {"name": "x", "ref": "SW2"}, "tall", "reference"),
        (two_rows(4, 4.5, 6.5, (2, 2), kind="thru_hole"), {"name": "SW_PUSH_6mm", "ref": "SW2"}, "THT", "name"),
        (two_rows(38, 1.27, 17, (1.5, 0.9)), {"name": "ESP32-WROOM-32"}, "module", "name"),
        (two_rows(44, 1.27, 3.7, (2.8, 0.74)), {"name": "PinHeader_2x22_P1.27mm_Vertical_SMD"}, "conn-SMT", "name"),
        (two_rows(8, 0.5, 1.0, (0.5, 0.3)), {"name": "R_Array_Convex_4x0402", "ref": "RN1"}, "chip-L", "name"),
        ([pad(1, 0, 0, 2, 2, kind="thru_hole"), DRILLED], {"name": "CP_Radial_D10.0mm"}, "radial", "name"),
        ([pad(1, 0, 0, 2, 2, kind="thru_hole"), DRILLED], {"name": "x", "ref": "R1"}, "axial", "reference"),
        # Names of other packages are not believed where the lands can be of one family alone.
        (array(6, 0.8), {"name": "SOIC-8"}, "BGA", "lands"),
        (two(1.6, 0.6), {"name": "BGA-256"}, "chip-S", "lands"),
        (two_rows(8, 1.27, 5.4), {"name": "Logo_8x8"}, "SO", "lands"),
    ],
)  # fmt: skip
def test_names_tell_what_lands_leave_open(pads, options, family, source):
    parts = one(*pads, **options)
    assert (parts.family[0], parts.family_source[0]) == (family, source)


def test_a_land_grid_array_is_leadless_and_a_full_array_is_none():
    ring = [
        pad(str(4 * a + b), 0.5 * a - 0.75, 0.5 * b - 0.75, 0.25, 0.25, shape="circle")
        for a in range(4) for b in range(4) if a in (0, 3) or b in (0, 3)
    ]  # fmt: skip
    assert one(*ring, name="x:LGA12R50P4X4_200X200X70").family[0] == "QFN"
    assert one(*ring, name="x:LIS2DW12").family[0] == "BGA"
    assert one(*array(4, 0.5, 0.25), name="x:LGA-16").family[0] == "BGA"


def test_a_flexible_tail_of_the_board_gets_no_paste():
    def row(layers):
        return part(*(pad(k, k * 0.5, 0, 0.3, 2.5, layers=layers) for k in range(1, 10)), ref="X1", name="FH19C9S-FFC")

    bare, pasted = row('"F.Cu" "F.Mask"'), row('"F.Cu" "F.Mask" "F.Paste"')
    assert board(bare, pasted).derived.parts().family.tolist() == ["card-edge", "conn-SMT"]
    assert board(bare).derived.parts().family.tolist() == ["conn-SMT"], "no part has paste: nothing tells of it"


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("R_0402_1005Metric", "0402"), ("C_0201_0603Metric", "0201"), ("C_1608_C", "0603"), ("CAPC1005X06L", "0402"),
        ("RESC0603X30N", "0201"), ("0603-res", "0603"), ("R_0603_0805", "0603"), ("SOT-23", ""), ("CP_EIA-3528-21", ""),
        ("LQFP-1206", "1206"), ("X12061", ""),
    ],
)  # fmt: skip
def test_size_codes_in_names(name, size):
    assert size_of_name(name) == size


@pytest.mark.parametrize("size", CHIPS)
@pytest.mark.parametrize("grow", [0.9, 1.0, 1.1])
def test_lands_tell_the_size_of_a_chip(size, grow):
    long, wide = CHIPS[size]
    assert size_of_lands(long * grow, wide * grow) == size
    parts = one(*two(long * grow, wide * grow), name="x", ref="R1")
    assert parts.size[0] == size


def test_a_diode_on_narrow_lands_has_no_size_code():
    assert size_of_lands(3.2, 0.6) == ""


def test_phoenix_contact_is_no_tactile_switch():
    assert families_of_name("Phoenix_Contact_MKDS_5") == ("conn",)


@settings(max_examples=60, deadline=None)
@given(st.integers(2, 12), st.floats(0.3, 2.0), st.floats(0, 359))
def test_the_pitch_is_the_step_of_the_rows_whichever_way_they_stand(half, pitch, angle):
    pads = two_rows(2 * half, pitch, 6.0, (1.0, pitch / 2))
    parts = one(*pads, at=f"20 20 {angle:.4f}")
    assert parts.pitch[0] == pytest.approx(pitch, abs=2e-3)
    assert parts.pins[0] == 2 * half


@pytest.mark.parametrize(
    ("pads", "pitch"), [(two(1.6, 0.6), math.nan), (array(5, 0.65, 0.3), 0.65), ([pad(1, 0, 0, 1, 1)], math.nan)]
)
def test_chips_and_single_lands_have_no_pitch(pads, pitch):
    assert one(*pads).pitch[0] == pytest.approx(pitch, nan_ok=True)


def test_paste_windows_and_vias_of_an_exposed_pad_are_no_pins():
    windows = [pad("", x, 0, 0.5, 0.5, layers='"F.Paste"') for x in (-0.5, 0.5)]
    vias = [pad(9, x, y, 0.5, 0.5, kind="thru_hole", shape="circle") for x in (-0.6, 0.6) for y in (-0.6, 0.6)]
    parts = one(*two_rows(8, 0.65, 2.9, (0.6, 0.3)), pad(9, 0, 0, 1.6, 2.4), *windows, *vias)
    assert (parts.family[0], parts.pins[0], parts.pitch[0]) == ("QFN", 9, 0.65)


@pytest.mark.parametrize(
    ("drawn", "source", "area"),
    [
        ([rect(-0.8, -0.4, 0.8, 0.4, "F.Fab"), rect(-2, -1, 2, 1, "F.CrtYd")], "fab", 1.28),
        ([rect(-0.1, -0.1, 0.1, 0.1, "F.Fab"), rect(-2, -1, 2, 1, "F.CrtYd")], "courtyard", 8.0),
        ([rect(-2, -1, 2, 1, "F.CrtYd")], "courtyard", 8.0),
        ([rect(-3, -2, 3, 2, "F.Fab"), rect(-2, -1, 2, 1, "F.CrtYd")], "courtyard", 8.0),  # what is plugged in
        ([rect(-9.525, -9.525, 9.525, 9.525, "F.Fab")], "lands", 2.0 * 0.6),  # the cap of a key
        ([], "lands", 2.0 * 0.6),
    ],
)
def test_the_body_is_the_fab_outline_or_else_the_courtyard_or_else_the_lands(drawn, source, area):
    parts = one(*two(2.0, 0.6), *drawn)
    assert parts.body_source[0] == source
    assert parts.body[0].area == pytest.approx(area, rel=1e-3)


@settings(max_examples=40, deadline=None)
@given(st.floats(0, 360), st.floats(-1, 1), st.sampled_from(["rect", "circle", "oval"]))
def test_the_envelope_holds_body_and_lands(angle, shift, shape):
    b = board(
        part(
            *two(3.0, 1.2, shape=shape),
            rect(shift - 0.8, -2, shift + 0.8, 2, "F.Fab"),
            at=f"20 20 {angle:.3f}",
        )
    )
    parts, f = b.derived.parts(), b.features
    lands = shapely.union_all(shapely.buffer(f.core[f.layer == b.layer("F.Cu")], f.radius[f.layer == b.layer("F.Cu")]))
    assert parts.envelope[0].buffer(0.05).covers(lands)
    assert parts.envelope[0].buffer(1e-6).covers(parts.body[0])
    assert parts.envelope[0].area <= lands.convex_hull.area + parts.body[0].area + 0.01


def test_a_height_is_told_by_a_field_before_the_family():
    parts = board(
        part(*two(1.6, 0.6), ref="R1", fields=[("Height", "2.1 mm")]), part(*two(1.6, 0.6), ref="R2"), part(ref="G1")
    ).derived.parts()
    assert parts.height.tolist() == pytest.approx([math.nan, 2.1, 0.6], nan_ok=True)
    assert parts.height_source.tolist() == ["", "field Height", "family"]


@pytest.mark.parametrize(
    ("numbers", "ref", "first"),
    [
        ("21", "R1", "1"),
        (("A2", "A1", "B1"), "U1", "A1"),
        ("AK", "D1", "K"),
        ("12", "D1", "1"),
        (("+", "-"), "C1", "+"),
        ("xy", "U1", ""),
    ],
)
def test_pin_one_is_1_or_a1_or_the_cathode(numbers, ref, first):
    b = board(part(*[pad(n, k, 0, 0.5, 0.5) for k, n in enumerate(numbers)], ref=ref))
    row = b.derived.parts().pin1[0]
    assert (b.pads.number[row] if row >= 0 else "") == first


@pytest.mark.parametrize(
    ("options", "polarised"),
    [
        ({"ref": "R1", "name": "R_0402"}, False), ({"ref": "C1", "name": "C_0402"}, False), ({"ref": "D1"}, True),
        ({"ref": "D1", "name": "LED_0603"}, True), ({"ref": "C1", "name": "CP_EIA-3528-21_Kemet-B"}, True),
        ({"ref": "C1", "name": "CP_Elec_6.3x5.9"}, True), ({"ref": "C1", "name": "x", "value": "10u tantalum"}, True),
        ({"ref": "D1", "value": "SMAJ24CA"}, False), ({"ref": "D1", "value": "SMAJ24A"}, True),
        ({"ref": "D1", "value": "TVS bidirectional"}, False), ({"ref": "C1", "value": "47u bipolar electrolytic"}, False),
    ],
)  # fmt: skip
def test_two_pins_are_polarised_where_a_name_says_so(options, polarised):
    assert one(*two(3.0, 1.4), **options).polarised[0] == polarised


def test_three_pins_are_polarised_and_a_jumper_with_three_is_not():
    lands = [pad(k, k, 0, 0.6, 0.6) for k in range(1, 4)]
    assert one(*lands).polarised[0]
    assert not one(*lands, name="SolderJumper-3_P1.3mm").polarised[0]


@pytest.mark.parametrize(
    ("options", "fitted"),
    [
        ({}, True), ({"attr": "smd dnp"}, False), ({"attr": "smd exclude_from_bom exclude_from_pos_files"}, False),
        ({"attr": "through_hole exclude_from_pos_files"}, True), ({"value": "DNP"}, False), ({"value": "10k NF"}, False),
        ({"value": "100nF"}, True), ({"value": "10k (not fitted)"}, False), ({"value": "NPN"}, True),
        ({"value": "100 nF"}, True), ({"value": "10 nF 50V"}, True), ({"value": "10uF NP"}, True), ({"value": "NF"}, False),
        ({"value": "10k, NP"}, False), ({"value": "4k7 (NF)"}, False),
        ({"fields": [("Populate", "no")]}, False), ({"fields": [("Fitted", "0")]}, False),
        ({"fields": [("Fitted", "yes")]}, True),
        ({"fields": [("Variant", "0")]}, True), ({"fields": [("DNP", "no")]}, True),
        ({"value": "0R, DNP"}, False),
        ({"fields": [("DNP", "1")]}, False), ({"fields": [("dnp", "")]}, True), ({"fields": [("Config", "DNF")]}, False),
        ({"fields": [("Do not place", "yes")]}, False), ({"fields": [("DNP", "0")]}, True), ({"fields": [("Config", "A")]}, True),
        ({"name": "TestPoint_Pad_D1.0mm", "ref": "TP1"}, True),
    ],
)  # fmt: skip
def test_a_part_is_fitted_unless_something_says_not(options, fitted):
    assert one(*two(1.6, 0.6), **options).fitted[0] == fitted


def test_what_is_no_part_is_not_fitted():
    parts = one(pad(1, 0, 0, 1, 1), name="TestPoint_Pad_D1.0mm")
    assert (parts.family[0], bool(parts.fitted[0])) == ("testpoint", False)


@pytest.mark.parametrize(("pads", "mount"), [(two(2, 1), "smd"), (two(4, 2, kind="thru_hole"), "tht"), ([], "none"),
                                             ([*two(2, 1), pad(3, 4, 0, 2, 2, kind="thru_hole")], "mixed")])  # fmt: skip
def test_the_mount_is_that_of_the_joints(pads, mount):
    assert one(*pads).mount[0] == mount


def test_there_is_a_row_for_each_component_and_none_without():
    assert len(board().derived.parts()) == 0
    b = board(part(ref="A"), part(*two(2, 1), ref="B", side="B"))
    parts = b.derived.parts()
    assert len(parts) == len(b.components) == 2
    assert np.isnan(parts.pitch).all()
