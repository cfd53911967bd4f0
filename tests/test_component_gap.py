"""Gaps between parts: every pair of the board by brute force, the cell of each pair, heights, and what makes a row softer."""

import itertools
import math
import random

import numpy as np
import pytest
import shapely
from small_boards import board, findings, footprint, fp_rect, places, rect, smd, tht

from dfmcheck.cells import CELLS, classes
from dfmcheck.parts import NO_PARTS
from dfmcheck.rule import load_rules, resolve

RULES = load_rules()
OUTLINE = rect(-100, -100, 100, 100)
SMALL = (-1.2, -0.5, 1.2, 0.5)


def chip(ref, x, y, *more, turn=0, side="F", body=SMALL, attr="smd", name="R_0603_1608Metric"):
    """An 0603 in a body of 2.4 x 1.0 mm."""
    lands = [smd("1", -0.75, 0, 0.8, 0.9), smd("2", 0.75, 0, 0.8, 0.9)]
    lands = [land.replace('"F.', f'"{side}.') for land in lands]
    drawn = [fp_rect(*body, f"{side}.Fab")] if body else []
    return footprint(ref, x, f"{y} {turn}", *lands, *drawn, *more, side=side, attr=attr).replace(f"lib:{ref}", f"lib:{name}")


def header(ref, x, y):
    """Four pins in a body of 10.4 x 2.6 mm."""
    pins = [tht(str(n), dx, 0, 1.6, 0.9) for n, dx in enumerate((-3.81, -1.27, 1.27, 3.81))]
    return footprint(ref, x, y, *pins, fp_rect(-5.2, -1.3, 5.2, 1.3, "F.Fab"), attr="through_hole")


def field(name, value):
    return f'(property "{name}" "{value}" (at 0 0) (layer "F.Fab") (hide yes))'


def test_every_pair_of_classes_has_a_parameter_and_every_parameter_a_pair():
    names = {name for pair in CELLS for name in pair}
    assert {frozenset(pair) for pair in itertools.combinations_with_replacement(sorted(names), 2)} == set(CELLS)
    judged = {p.name for p in RULES["component-gap"].judged}
    assert set(CELLS.values()) | {"mixed_height"} == judged
    assert {"chip_chip", "chip_leaded_ic", "ic_ic", "mixed_height", "hand_placed"} <= judged
    limits = resolve(["standard"], RULES)["component-gap"]
    assert set(limits) == judged


@pytest.mark.parametrize("seed", range(6))
def test_all_pairs_by_brute_force(seed):
    rng = random.Random(seed)
    made = []
    for n in range(60):
        spot, turn, side = (rng.uniform(-9, 9), rng.uniform(-9, 9)), rng.choice((0, 30, 45, 90)), rng.choice("FB")
        made.append(header(f"J{n}", *spot) if n % 9 == 0 else chip(f"R{n}", *spot, turn=turn, side=side))
    design = board(OUTLINE, *made)
    limits = {"chip_chip": 0.6, "chip_tht": 1.1, "hand_placed": 0.9}
    found = places(design, "component-gap", **{name: f"{value} mm" for name, value in limits.items()})
    parts, c = design.derived.parts(), design.components
    kind = classes(parts)
    expected = {}
    for a, b in itertools.combinations(range(len(c)), 2):
        if c.side[a] != c.side[b]:
            continue
        one, two = parts.envelope[a], parts.envelope[b]
        gap = one.distance(two)
        limit = limits[CELLS[frozenset((kind[a], kind[b]))]]
        if gap < limit - 5e-4 and one.intersection(two).area <= 1e-3:
            expected[frozenset((c.ref[a], c.ref[b]))] = gap
    got = {frozenset(i.component for i in p.items): p.measured for p in found}
    assert got == pytest.approx(expected)
    assert len(expected) > 8
    for p in found:
        one, two = (parts.envelope[int(np.flatnonzero(c.ref == i.component)[0])] for i in p.items)
        at = shapely.Point(p.x, p.y)
        assert at.distance(one) == pytest.approx(p.measured / 2, abs=1e-6)
        assert at.distance(two) == pytest.approx(p.measured / 2, abs=1e-6)


def test_the_finding_names_both_parts_the_cell_and_the_limit():
    ((finding,), row) = findings(board(OUTLINE, chip("R1", 0, 0), chip("R2", 2.55, 0)), "component-gap", chip_chip="0.2 mm")
    assert finding.severity == "warning"
    assert row.checked == 2
    assert "R1" in finding.message
    assert "R2" in finding.message
    assert "chip-S beside chip-S, cell chip_chip; at least 0.200 mm is needed" in finding.message


def test_pairs_of_a_cell_are_one_finding_and_those_that_keep_the_hard_limit_another():
    parts = [chip(f"R{n}", x, 0) for n, x in enumerate((0, 2.5, 10, 12.45, 20, 22.65))]
    found, _ = findings(board(OUTLINE, *parts), "component-gap", "standard")
    assert [(f.severity, [round(p.measured, 3) for p in f.places]) for f in found] == [
        ("warning", [0.05, 0.1]),
        ("note", [0.25]),
    ]


def heights(gap, one, two, **limits):
    """A chip and a header, `gap` apart, of these heights in mm ('' for none told)."""
    parts = [
        chip("R1", 0, 0, *([field("Height", one)] if one else [])),
        header("J1", 1.2 + gap + 5.2, 0).replace("(pad", f"{field('Height', two)} (pad" if two else "(pad", 1),
    ]
    found, _ = findings(board(OUTLINE, *parts), "component-gap", mixed_height="0.3 mm", chip_tht="0.8 mm", **limits)
    return [(f.severity, p.param, p.limit) for f in found for p in f.places]


@pytest.mark.parametrize(
    ("gap", "one", "two", "told"),
    [
        (1.0, "1 mm", "11 mm", [("warning", "mixed_height", 1.6)]),  # 0.3 + 0.13 x 10
        (1.59, "1 mm", "11 mm", [("warning", "mixed_height", 1.6)]),
        (1.61, "1 mm", "11 mm", []),
        (0.79, "1 mm", "3 mm", [("warning", "chip_tht", 0.8)]),  # 0.3 + 0.13 x 2 is less than the cell asks for
        (0.81, "1 mm", "3 mm", []),
        (0.9, "1 mm", "", [("note", "mixed_height", 0.95)]),  # 6 mm by the family: nothing certain
    ],
)
def test_heights_ask_for_more_where_that_is_more_than_the_cell(gap, one, two, told):
    assert heights(gap, one, two) == told


def test_the_share_of_the_height_is_a_parameter():
    assert heights(1.0, "1 mm", "11 mm", per_height="0.05") == []


@pytest.mark.parametrize(
    "second",
    [
        chip("R2", 2.5, 0, side="B"),
        chip("R2", 2.5, 0, attr="smd dnp"),
        chip("R2", 0.2, 0),
        chip("R2", 1.5, 0),
        chip("FID1", 2.5, 0, name="Fiducial_1mm").replace('"2"', '"1"'),
    ],
    ids=["other side", "not fitted", "on one place", "overlap: the courtyards tell", "a fiducial"],
)
def test_what_is_no_gap(second):
    assert places(board(OUTLINE, chip("R1", 0, 0), second), "component-gap", "standard") == []


def test_a_body_that_is_not_drawn_is_softer_and_marked():
    """The lands alone end 1.15 mm from the middle."""
    bare = [chip("R1", 0, 0, body=None), chip("R2", 2.4, 0, body=None)]
    (finding,), _ = findings(board(OUTLINE, *bare), "component-gap", "standard")
    assert (finding.severity, finding.inferred) == ("note", True)
    assert finding.places[0].measured == pytest.approx(0.1)


def test_a_body_that_is_drawn_like_its_courtyard_is_softer():
    yard = fp_rect(*SMALL, "F.CrtYd")
    ((finding,), _) = findings(board(OUTLINE, chip("R1", 0, 0, yard), chip("R2", 2.5, 0, yard)), "component-gap", "standard")
    assert (finding.severity, finding.inferred) == ("note", True)


def test_the_corner_that_leads_leave_free_is_free():
    """A QFP of 8 mm with leads to 3.7 mm in a body of 5 mm: the envelope cuts the corner from lead to lead, no lead is there."""
    sides = [(s * 3.0, y, 1.4, 0.4) for s in (-1, 1) for y in (-0.8, 0, 0.8)]
    leads = [smd(str(n), *land) for n, land in enumerate([*sides, *((y, x, h, w) for x, y, w, h in sides)])]
    qfp = footprint("U1", 0, 0, *leads, fp_rect(-2.5, -2.5, 2.5, 2.5, "F.Fab"))
    design = board(OUTLINE, qfp, chip("R1", 3.9, 2.5))  # from 2.7 and 2.0 on: 0.2 mm beside the body
    (place,) = places(design, "component-gap", chip_leaded_ic="0.5 mm")
    assert place.measured == pytest.approx(0.2)
    assert (place.x, place.y) == (pytest.approx(2.6), pytest.approx(2.25))
    envelope, chip_ = design.derived.parts().envelope
    assert envelope.intersects(chip_)


def test_no_parts_at_all_are_a_reason_to_skip():
    _, row = findings(board(OUTLINE, footprint("LOGO1", 0, 0)), "component-gap", "standard")
    assert (row.status, row.checked) == ("skipped", 0)
    assert row.why_skipped


def test_classes_of_families():
    design = board(OUTLINE, header("J1", 20, 0), chip("R1", 0, 0))
    assert classes(design.derived.parts()).tolist() == ["tht", "chip"]
    assert "fiducial" in NO_PARTS
    assert all(math.isfinite(p) for p in design.derived.parts().height)
