"""Leads in paste: volumes and apertures worked out by hand, ratings that fields tell, and what excludes a part."""

from __future__ import annotations

import os
from math import pi, sqrt
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from small import board, footprint, pad, smd

from dfmcheck.api import read
from dfmcheck.check import Context, Run
from dfmcheck.flow import overprint, paste_volume
from dfmcheck.flow.pip import UNRATED, barrels, exclusions
from dfmcheck.flow.rating import rating_of
from dfmcheck.rule import load_rules, resolve

RULES = load_rules()
FIXTURES = Path(__file__).parents[1] / "fixtures" / "rules"
BOARDS = os.environ.get("DFMCHECK_BOARDS")
REAL = "kicad/scottbez1__splitflap/splitflap-sensor-smd/electronics/sensor_smd/sensor_smd.kicad_pcb"
REASONS = {
    "replace": "is not rated for reflow", "tight": "has holes too tight for a lead and paste",
    "wide": "has holes too wide to fill with paste", "pitch": "has leads too close together for paste",
    "volume": "needs more paste than can be printed", "near": "would get its paste printed too near another part's land",
}  # fmt: skip


def context(b, *sets):
    limits = resolve(["standard"], RULES, [("pip-eligibility", name, value, "test") for name, value in sets])
    return Context(b, RULES["pip-eligibility"], limits["pip-eligibility"], 0.0, Run(RULES, dict(limits)))


def leads(b, ref, *sets):
    """The barrels of a part, in the order of x."""
    found = barrels(context(b, *sets))
    mine = found.take(b.components.ref[found.component] == ref)
    return mine.take(np.argsort(mine.x))


def part(*, drill=1.0, lead=0.7, land=1.5, pitch=5.08, fields=(("Reflow", "260C"),), extra=(), count=2, at="20 20", ref="J1"):
    told = [f'(property "{key}" "{value}" (at 0 0) (layer "F.SilkS"))' for key, value in fields]
    name = f"lib:Part_lead{lead:.3f}mm" if lead else "lib:Part"
    pads = [pad("circle", f"{land} {land}", f"{drill}", at=f"{k * pitch} 0", number=str(k + 1)) for k in range(count)]
    return footprint(*pads, *told, *extra, at=at, ref=ref, name=name)


def reasons(*items, sets=(), thickness=1.6):
    return {e.why for e in exclusions(context(board(*items, thickness=thickness), *sets))}


# --- two boards by hand ---------------------------------------------------------------------------------------------------


def test_paste_of_the_fixture():
    b = read(FIXTURES / "pip-eligibility.kicad_pcb")
    # Hole 1.0 mm: 0.785398 mm2; lead 0.7 mm: 0.384845 mm2; between them 0.400553 x 1.6 = 0.640885 mm3.
    # Fillet to a land of 1.5 mm: r = 0.4, (1 - pi/4) 0.16 = 0.0343363 mm2 at 0.35 + 0.2233646 x 0.4 = 0.4393458 mm
    # from the axis: 0.0343363 x 2 pi x 0.4393458 = 0.0947851 mm3. Needed: (0.640885 + 2 x 0.0947851) / 0.5 = 1.660910 mm3.
    # Printed by 2.5 x 2.5: 0.12 x 6.25 + 0.75 x 0.785398 x 1.6 = 1.692478 mm3.
    drawn = leads(b, "J24")
    assert drawn.drawn.all()
    assert drawn.needed == pytest.approx([1.660910] * 2, rel=1e-6)
    assert drawn.printed == pytest.approx([1.692478] * 2, rel=1e-6)
    assert drawn.volume == pytest.approx([101.9007] * 2, rel=1e-5)
    # Without an aperture: (1.660910 - 0.942478) / 0.12 = 5.986936 mm2, a square of 2.446821 mm.
    free = leads(b, "J21")
    assert not free.drawn.any()
    assert np.c_[free.width, free.length] == pytest.approx(np.full((2, 2), 2.446821), rel=1e-6)
    assert free.volume == pytest.approx([100.0] * 2)


def test_paste_of_a_header():
    # Hole 1.15 mm: 1.038689 mm2; pin 0.64 x 0.64: 0.4096 mm2, as of a radius of 0.361081 mm; (1.038689 - 0.4096) x 1.6 =
    # 1.006543 mm3. Fillet to 1.7 mm: r = 0.488919, 0.0512989 mm2 at 0.470288 mm: 0.151583 mm3.
    # Needed: (1.006543 + 0.303166) / 0.5 = 2.619418 mm3; in the hole 0.75 x 1.038689 x 1.6 = 1.246427 mm3;
    # aperture (2.619418 - 1.246427) / 0.12 = 11.44159 mm2.
    # Between neighbours at 2.54 mm, 0.4 mm apart: 2.14 mm wide and 5.346538 long; at the ends the width goes outwards as far
    # as the length: (1.07 + t) 2 t = 11.44159, t = 1.915924: 2.985924 by 3.831848 mm.
    found = leads(read(FIXTURES / "pip-eligibility.proposal.kicad_pcb"), "J7")
    assert found.gap == pytest.approx([1.15 - 0.64 * sqrt(2)] * 4)
    assert found.needed == pytest.approx([2.619418] * 4, rel=1e-6)
    assert found.width == pytest.approx([2.985924, 2.14, 2.14, 2.985924], rel=1e-5)
    assert found.length == pytest.approx([3.831848, 5.346538, 5.346538, 3.831848], rel=1e-5)


@pytest.mark.boards
@pytest.mark.skipif(not BOARDS, reason="needs DFMCHECK_BOARDS")
def test_paste_of_a_real_board():
    found = leads(read(Path(BOARDS or "") / REAL), "J1")
    # A board of 0.8 mm; hole 0.94 mm: 0.693978 mm2; its lead is unknown, so one of 0.64 mm: 0.321699 mm2;
    # 0.372279 x 0.8 = 0.297823 mm3. Fillet to 1.65 mm: r = 0.505, 0.0547289 mm2 at 0.4327991 mm: 0.148828 mm3.
    # Needed: (0.297823 + 2 x 0.148828) / 0.5 = 1.190958 mm3; in the hole 0.75 x 0.693978 x 0.8 = 0.416387 mm3;
    # aperture 0.774571 / 0.12 = 6.454758 mm2.
    assert found.needed == pytest.approx([1.190958] * 3, rel=1e-6)
    assert np.isnan(found.gap).all()
    # Leads 2.54 across and 0.2 along: 2.547862 mm apart. The end takes (1.073931 + t) 2 t: t = 1.338060 mm.
    assert (found.width[2], found.length[2]) == pytest.approx((1.073931 + 1.338060, 2 * 1.338060), rel=1e-5)


# --- formulas -------------------------------------------------------------------------------------------------------------


def test_a_fillet_is_what_pappus_says_of_a_hollow_quarter():
    """By adding up 200 thousand rings of the hollow quarter of a circle between lead and land."""
    lead, land = 0.35, 0.75
    r = land - lead
    x = (np.arange(200_000) + 0.5) / 200_000 * r
    height = r - np.sqrt(r**2 - (r - x) ** 2)
    volume = float(np.sum(2 * pi * (lead + x) * height) * r / 200_000)
    assert paste_volume.fillet(np.array([lead]), np.array([land])) == pytest.approx([volume], rel=1e-5)
    assert paste_volume.fillet(np.array([0.8]), np.array([0.75])) == pytest.approx([0.0])


SIZES = st.floats(0.3, 3.0)


@given(SIZES, SIZES, SIZES, st.floats(0.4, 3.2), st.floats(0.05, 0.2), st.floats(0.6, 0.9))
@settings(max_examples=200, deadline=None)
def test_more_of_anything_takes_or_prints_more(hole, lead, land, thickness, foil, fill):
    hole, lead, land = np.array([hole]), np.array([lead]), np.array([land])
    one = paste_volume.needed(hole, lead, land, thickness, 0.5)
    assert paste_volume.needed(hole * 1.1, lead, land, thickness, 0.5) >= one
    assert paste_volume.needed(hole, lead, land, thickness * 1.1, 0.5) >= one
    assert paste_volume.needed(hole, lead, land * 1.1, thickness, 0.5) >= one
    assert paste_volume.needed(hole, lead, land, thickness, 0.6) <= one
    put = paste_volume.printed(foil, land, hole, thickness, fill)
    assert paste_volume.printed(foil * 1.1, land, hole, thickness, fill) > put
    assert paste_volume.printed(foil, land, hole * 1.1, thickness, fill) > put
    area = paste_volume.aperture(one, foil, hole, thickness, fill)
    assert area >= hole
    assert paste_volume.printed(foil, area, hole, thickness, fill) >= one - 1e-9
    assert paste_volume.aperture(one, foil * 1.1, hole, thickness, fill) <= area


def test_thicker_foils_and_thinner_boards_print_a_larger_share():
    grid = [pad("circle", "1.2 1.2", "1.0", at=f"{1.6 * (k % 4)} {1.6 * (k // 4)}", number=str(k + 1)) for k in range(16)]
    crowded = footprint(*grid, at="20 20", ref="J1", name="lib:Part_lead0.700mm")
    shares = [leads(board(crowded), "J1", ("foil", f"{foil} mm")).volume.min() for foil in (0.08, 0.10, 0.12, 0.15)]
    assert shares == sorted(shares)
    assert shares[-1] < 99
    shares = [leads(board(crowded, thickness=t), "J1").volume.min() for t in (0.8, 1.6, 2.4, 3.2)]
    assert shares == sorted(shares, reverse=True)


# --- room -----------------------------------------------------------------------------------------------------------------

PLACES = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=1, max_size=9, unique=True)


@given(PLACES, st.floats(0.8, 3.0), st.floats(0, 180), st.floats(0.1, 40.0))
@settings(max_examples=150, deadline=None)
def test_apertures_of_one_part_keep_apart_and_fill_their_room(places, pitch, turn, area):
    a = np.radians(turn)
    xy = np.array(places, float) * pitch @ np.array([[np.cos(a), np.sin(a)], [-np.sin(a), np.cos(a)]])
    part_of = np.zeros(len(xy), np.int32)
    angle = overprint.axes(part_of, xy)
    room = overprint.room(part_of, xy, angle, 0.3, 3.0)
    ends = overprint.fitted(np.full(len(xy), area), room)
    assert (ends <= room + 1e-9).all()
    assert overprint.size(ends) == pytest.approx(np.minimum(area, overprint.size(room)), rel=1e-6, abs=1e-9)
    shapes = overprint.shapes(xy, angle, ends)
    assert shapely.area(shapes) == pytest.approx(overprint.size(ends), rel=1e-6, abs=1e-9)
    for k in range(len(shapes)):
        others = np.delete(shapes, k)
        assert not len(others) or shapely.distance(shapes[k], others).min() >= 0.3 - 1e-6


def test_leads_of_two_parts_do_not_share_room():
    xy = np.array([[0.0, 0.0], [1.0, 0.0]])
    assert overprint.room(np.array([0, 1], np.int32), xy, np.zeros(2), 0.3, 3.0).tolist() == [[3.0] * 4] * 2
    assert overprint.room(np.array([0, 0], np.int32), xy, np.zeros(2), 0.3, 3.0).tolist() == [[3, 0.35, 3, 3], [0.35, 3, 3, 3]]


# --- what excludes --------------------------------------------------------------------------------------------------------


def test_a_part_that_has_all_is_not_excluded():
    assert reasons(part()) == set()


@pytest.mark.parametrize(("options", "why"), [
    ({"fields": ()}, {UNRATED}), ({"fields": [("Reflow", "245 C")]}, {REASONS["replace"]}),
    ({"lead": 0.85}, {REASONS["tight"]}), ({"lead": 0.55}, {REASONS["wide"]}), ({"lead": 0}, set()),
    ({"pitch": 1.4, "drill": 0.8, "lead": 0.5, "land": 1.0}, {REASONS["pitch"]}),
    ({"pitch": 1.6, "count": 6, "land": 1.4, "drill": 1.2, "lead": 0.9, "fields": ()}, {UNRATED}),
])  # fmt: skip
def test_what_excludes_a_part(options, why):
    assert reasons(part(**options)) == why


def test_too_little_paste_excludes():
    grid = [pad("circle", "1.2 1.2", "1.0", at=f"{1.6 * (k % 4)} {1.6 * (k // 4)}", number=str(k + 1)) for k in range(16)]
    told = '(property "Reflow" "260C" (at 0 0) (layer "F.SilkS"))'
    assert reasons(footprint(*grid, told, at="20 20", ref="J1", name="lib:Part_lead0.700mm")) == {REASONS["volume"]}


def test_a_land_of_another_part_excludes_on_the_printed_side_alone():
    beside = "18 20"  # its edge is at 18.5, the aperture's at 20 - 1.2234
    near = footprint(smd("1 1"), at=beside, ref="R1"), footprint(smd("1 1"), at="17.9 20", ref="R1")
    assert reasons(part(), near[0]) == {REASONS["near"]}
    assert reasons(part(), near[1], sets=[("overprint_clear", "0.3 mm")]) == set()
    below = footprint(smd("1 1", layers='"B.Cu" "B.Paste" "B.Mask"'), at=beside, ref="R1")
    assert reasons(part(), below) == set()


def test_without_a_limit_of_the_rating_an_unrated_part_fits():
    assert reasons(part(fields=()), sets=[("body_temp", "off")]) == set()
    assert exclusions(None) == ()


# --- ratings --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("fields", "temp", "reflows", "msl"), [
    ({"Reflow": "260C"}, 260, None, ""), ({"Max reflow temp": "245 °C"}, 245, None, ""),
    ({"Reflow temperature": "260"}, 260, None, ""),
    ({"Reflow": "no"}, 0, None, ""), ({"Soldering": "wave"}, None, None, ""), ({"Soldering method": "wave only"}, 0, None, ""),
    ({"THR": "yes"}, 260, None, ""), ({"Pin-in-paste": "yes"}, 260, None, ""), ({"Reflow cycles": "2"}, None, 2, ""),
    ({"Reflow": "3x 260C"}, 260, 3, ""), ({"Reflow": "260 °C, 2 times"}, 260, 2, ""), ({"MSL": "3"}, None, None, "3"),
    ({"MSL": "MSL 2a"}, None, None, "2a"), ({"Max temp": "105 C"}, None, None, ""), ({"Max temp": "125C"}, None, None, ""),
    ({"Reflow": "260C", "Peak temp": "250 C"}, 250, None, ""), ({"Value": "INA260"}, None, None, ""),
    ({"Description": "for reflow at 260C"}, None, None, ""), ({"Reflow": ""}, None, None, ""), ({}, None, None, ""),
    ({"Moisture sensitivity level": "5A"}, None, None, "5a"), ({"MSL": "none"}, None, None, ""),
])  # fmt: skip
def test_ratings_that_fields_tell(fields, temp, reflows, msl):
    found = rating_of(fields)
    assert found.temp == pytest.approx(np.nan if temp is None else temp, nan_ok=True)
    assert found.reflows == pytest.approx(np.nan if reflows is None else reflows, nan_ok=True)
    assert found.msl == msl
