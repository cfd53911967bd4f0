"""Courtyards: parts that collide are errors, parts that merely stand close are not, and what cannot tell is told."""

import pytest
from small_boards import board, findings, footprint, fp_rect, places, rect, smd, tht

OUTLINE = rect(-50, -50, 50, 50)


def chip(ref, x, y, *more, attr="smd", side="F", courtyard=(-1.5, -0.75, 1.5, 0.75), body=(-0.8, -0.4, 0.8, 0.4)):
    """A part with two lands 0.8 x 0.9 mm, 1.6 mm apart."""
    parts = [smd("1", -0.8, 0, 0.8, 0.9), smd("2", 0.8, 0, 0.8, 0.9)]
    parts += [fp_rect(*courtyard, f"{side}.CrtYd")] if courtyard else []
    parts += [fp_rect(*body, f"{side}.Fab")] if body else []
    return footprint(ref, x, y, *parts, *more, attr=attr, side=side)


def overlap(*parts):
    found, _ = findings(board(OUTLINE, *parts), "courtyard-overlap")
    return [(f.severity, p.measured, [i.component for i in p.items]) for f in found for p in f.places]


def test_parts_that_collide_are_an_error_with_the_shared_area():
    # Bodies 1.6 mm long, 1 mm apart: courtyards share 2.0 x 1.5 mm.
    assert overlap(chip("R1", 0, 0), chip("R2", 1, 0)) == [("error", pytest.approx(3.0), ["R1", "R2"])]


def test_parts_that_stay_apart_are_softer():
    # The courtyards share 0.2 x 1.5 mm, the lands are 0.4 mm apart.
    assert overlap(chip("R1", 0, 0), chip("R2", 2.8, 0)) == [("warning", pytest.approx(0.3), ["R1", "R2"])]
    assert overlap(chip("R1", 0, 0, body=None), chip("R2", 2.8, 0)) == [("warning", pytest.approx(0.3), ["R1", "R2"])]


@pytest.mark.parametrize("gap", [0, 0.001, -0.009])
def test_courtyards_that_touch_do_not_overlap(gap):
    assert overlap(chip("R1", 0, 0), chip("R2", 3 + gap, 0)) == []


def test_other_side_same_place():
    assert overlap(chip("R1", 0, 0), chip("R2", 0, 0, side="B")) == []


@pytest.mark.parametrize(
    "second",
    [
        chip("R2", 1, 0, attr="smd dnp"),
        chip("R2", 1, 0, tht("3", 0.8, 0, 1.2, 0.8)),
        chip("R2", 0.05, 0, body=(-0.6, -0.3, 0.6, 0.3)),
    ],
    ids=["not fitted", "has leads and may reach over", "one covers the other"],
)
def test_what_may_be_meant_is_a_warning(second):
    ((severity, _, refs),) = overlap(chip("R1", 0, 0), second)
    assert (severity, refs) == ("warning", ["R1", "R2"])


def test_soft_overlaps_are_one_finding_with_the_largest_first():
    parts = [chip(f"R{k}", x, 0) for k, x in enumerate((0, 2.9, 5.7))]
    (finding,), row = findings(board(OUTLINE, *parts), "courtyard-overlap")
    assert [round(p.measured, 3) for p in finding.places] == [0.3, 0.15]
    assert row.checked == 3


def test_the_smallest_area_is_a_parameter():
    design = board(OUTLINE, chip("R1", 0, 0), chip("R2", 2.8, 0))
    assert findings(design, "courtyard-overlap", overlap_area_min="0.31 mm2")[0] == []


def test_missing_courtyards_are_one_note_unless_the_footprint_needs_none_or_is_a_drawing():
    parts = [chip("R1", 0, 0, courtyard=None), chip("R2", 9, 0, courtyard=None)]
    parts += [chip("H1", 0, 9, courtyard=None, attr="allow_missing_courtyard"), footprint("LOGO", 9, 9)]
    (finding,), _ = findings(board(OUTLINE, *parts), "courtyard-overlap")
    assert (finding.severity, [p.items[0].component for p in finding.places]) == ("note", ["R1", "R2"])


def test_a_courtyard_that_is_not_closed_is_told():
    line = '(fp_line (start -1.5 -0.7) (end 1.5 -0.7) (stroke (width 0.05) (type solid)) (layer "F.CrtYd"))'
    (finding,), _ = findings(board(OUTLINE, chip("R1", 0, 0, line, courtyard=None)), "courtyard-overlap")
    assert finding.severity == "warning"
    assert "no closed outline" in finding.message


@pytest.mark.parametrize(("half", "told"), [(1.1, 0.1), (1.14, 0.06), (1.16, None), (1.2, None)])
def test_lands_outside_their_courtyard(half, told):
    # The lands end at x = 1.2 mm; less than 0.05 mm outside is rounding.
    design = board(OUTLINE, chip("R1", 0, 0, courtyard=(-half, -0.75, half, 0.75)))
    found = places(design, "courtyard-overlap")
    assert [p.measured for p in found] == ([pytest.approx(told)] if told else [])
    assert all(i.component == "R1" for p in found for i in p.items)


def test_excess_is_judged_where_a_profile_states_it():
    design = board(OUTLINE, chip("R1", 0, 0))  # 0.3 mm beside both lands' ends and edges
    assert findings(design, "courtyard-overlap", excess="0.3 mm")[0] == []
    (place,) = places(design, "courtyard-overlap", excess="0.31 mm")
    assert (place.measured, place.limit, place.unit) == (pytest.approx(0.3), 0.31, "mm")
