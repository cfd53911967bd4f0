"""What the rules of the legend measure, by hand and by brute force."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import shapely
from kicad_boards import board, footprint, pad, uuid

from dfmcheck import engine, shape
from dfmcheck.board import Board
from dfmcheck.checks.silk_opening import _near
from dfmcheck.freeplace import free_rectangle
from dfmcheck.report import Finding
from dfmcheck.rule import load_rules, resolve
from dfmcheck.shape import areas
from dfmcheck.silk import openings

RULES = load_rules()
EDGE = "(gr_rect (start {} {}) (end {} {}) (stroke (width 0.05) (type solid)) (fill no) (layer Edge.Cuts) {})"


def found(b: Board, rule: str, *sets: tuple[str, str], profile: str = "standard") -> list[Finding]:
    limits = resolve([profile], RULES, [(rule, param, value, "--set") for param, value in sets])
    return list(engine.run(b, RULES, limits, selected=lambda row: row.id == rule).findings)


def line(x0: float, y0: float, x1: float, y1: float, width: float = 0.15, layer: str = "F.SilkS", kind: str = "gr") -> str:
    stroke = f"(stroke (width {width}) (type solid))"
    return f'({kind}_line (start {x0} {y0}) (end {x1} {y1}) {stroke} (layer "{layer}") {uuid()})'


def words(text: str, x: float, y: float, size: float = 1.0, layer: str = "F.SilkS", stroke: float = 0.15, kind: str = "") -> str:
    looks = f"(effects (font (size {size} {size}) (thickness {stroke})))"
    return f'({kind or "gr_text"} "{text}" (at {x} {y}) (layer "{layer}") {uuid()} {looks})'


def edge(x0: float, y0: float, x1: float, y1: float) -> str:
    return EDGE.format(x0, y0, x1, y1, uuid())


def test_ink_has_no_row_for_what_is_not_printed() -> None:
    area = f'(gr_poly (pts (xy 0 5) (xy 1 5) (xy 1 6)) (stroke (width 0) (type solid)) (fill yes) (layer "F.SilkS") {uuid()})'
    b = board(line(0, 0, 1, 0), line(0, 1, 1, 1, width=0), line(0, 2, 1, 2, layer="F.Fab"), area)
    ink = b.derived.ink()
    assert len(ink) == 2
    assert ink.text.tolist() == [-1, -1]
    # A stroke of 1 x 0.15 mm with round ends, and half a square.
    np.testing.assert_allclose(areas(ink.core, ink.radius), [0.15 + math.pi * 0.075**2, 0.5])


def test_openings_are_those_of_the_mask_and_the_holes_but_not_of_tented_vias() -> None:
    via = '(via (at {} 0) (size 0.8) (drill 0.4) (layers "F.Cu" "B.Cu") {} (net 1) ' + uuid() + ")"
    hole = pad("circle", "1 1", "8 0", "np_thru_hole", '"*.Cu" "*.Mask"', "", "(drill 1)")
    b = board(footprint(pad(at="4 0"), hole), via.format(0, ""), via.format(2, "(tenting none)"))
    found = openings(b)
    top = found.side == 0
    assert sorted(shapely.get_x(shapely.centroid(found.core[top & found.via]))) == [2]
    assert sorted(shapely.get_x(shapely.centroid(found.core[top & ~found.via & ~found.hole]))) == [4, 8]
    assert shapely.get_x(found.core[top & found.hole]).tolist() == [8]
    assert not found.land.any()


def test_the_distance_to_openings_is_that_of_brute_force() -> None:
    rng = np.random.default_rng(5)
    lands = [footprint(pad("circle", "1 1", f"{x} {y}"), ref=f"R{k}") for k, (x, y) in enumerate(rng.uniform(0, 20, (30, 2)))]
    b = board(*lands, *(line(*row) for row in rng.uniform(0, 20, (60, 4)).round(3)))
    ink, holes = b.derived.ink(), openings(b)
    i, j, d = _near(ink, holes, 0.5)
    expected = {}
    for p in range(len(ink)):
        for q in range(len(holes.core)):
            gap = shapely.distance(ink.core[p], holes.core[q]) - ink.radius[p] - holes.radius[q]
            if ink.side[p] == holes.side[q] and gap < 0.5:
                expected[p, q] = gap
    assert len(expected) > 50
    assert dict(zip(zip(i.tolist(), j.tolist()), d.tolist())) == pytest.approx(expected)


@pytest.mark.parametrize(("y", "severity"), [(0.0, "warning"), (1.5, "note")])
def test_a_text_is_clipped_by_what_it_loses(y: float, severity: str) -> None:
    """A bar of 2 mm: in the middle of a land of 1 mm it loses half, at its end a little."""
    b = board(footprint(pad("circle", "1 1", "0 0")), words("I", 0.0, y + 0.04, size=2.0))
    (one,) = found(b, "silk-over-opening")
    assert one.severity == severity
    share = int(one.places[0].detail.split("%")[0])
    ink = b.derived.ink()
    stroke = shape.polygons(ink.core, ink.radius)[0]
    lost = stroke.intersection(shapely.Point(0, 0).buffer(0.5, quad_segs=64)).area / stroke.area
    assert share == pytest.approx(100 * lost, abs=1.5)
    assert (lost >= 0.10) == (severity == "warning")


def test_a_text_within_an_opening_is_lost_altogether() -> None:
    """Strokes that meet share ink, which counts once."""
    b = board(footprint(pad("circle", "9 9", "0 0")), words("WAM8", 0.0, 0.0, size=1.0))
    (one,) = found(b, "silk-over-opening")
    assert one.places[0].detail.startswith("100% of the text")


@pytest.mark.parametrize(("x", "told"), [(0.5, []), (0.45, ["note"]), (0.55, ["note"])])
def test_an_area_that_is_clipped_to_an_opening_is_not_told(x: float, told: list[str]) -> None:
    corners = f"(xy {x} -0.4) (xy 2 -0.4) (xy 2 0.4) (xy {x} 0.4)"
    area = f'(gr_poly (pts {corners}) (stroke (width 0) (type solid)) (fill yes) (layer "F.SilkS") {uuid()})'
    assert [f.severity for f in found(board(footprint(pad()), area), "silk-over-opening")] == told


def test_the_legend_of_one_footprint_is_told_once() -> None:
    part = [footprint(pad(at="0 0"), line(-1, 0, 1, 0, kind="fp"), at=f"{5 * k} 0", ref=f"R{k}") for k in range(4)]
    (one,) = found(board(*part), "silk-over-opening")
    assert (one.severity, one.inherent, one.count) == ("note", True, 4)


def test_a_line_at_the_edge_is_measured_from_its_flank() -> None:
    b = board(edge(0, 0, 20, 20), line(5, 0.2, 10, 0.2), line(5, 10, 10, 10), line(30, 5, 40, 5))
    (one,) = found(b, "silk-to-edge", ("min", "0.2 mm"))
    assert one.places[0].measured == pytest.approx(0.125)
    assert one.count == 1


def test_sizes_of_texts_are_told_once_a_size() -> None:
    b = board(*(words("A", 3 * k, 0, size) for k, size in enumerate((0.5, 0.5, 0.6, 1.0))))
    told = {f.places[0].measured: f.count for f in found(b, "silk-legibility", ("height_min", "0.75 mm"), profile="level-c")
            if f.places[0].param == "height_min"}  # fmt: skip
    assert told == {0.5: 2, 0.6: 1}


def references(*texts: tuple[str, float, float], parts: int = 2) -> Board:
    """Chips 6 mm apart, and their references where they are said to be, on the board."""
    made = []
    for k in range(parts):
        at = [words(ref, x - 6 * k, y, kind="fp_text user") for ref, x, y in texts if ref == f"R{k}"]
        lands = pad(number="1", at="-1 0"), pad(number="2", at="1 0")
        made.append(footprint(*lands, *at, at=f"{6 * k} 0", ref=f"R{k}").replace("lib:name", "Resistor_SMD:R_1206_3216Metric"))
    return board(*made)


@pytest.mark.parametrize(
    ("texts", "share"),
    [
        ((("R0", 0, 1), ("R1", 6, 1)), None),
        ((("R0", 0, 1),), 50.0),
        ((("R0", 0, 1), ("R1", 6, 9)), 50.0),
    ],
    ids=["both", "one is missing", "one is far away"],
)  # fmt: skip
def test_references_are_counted(texts: Any, share: float | None) -> None:
    told = [p.measured for f in found(references(*texts), "refdes-missing") for p in f.places]
    assert told == ([] if share is None else [share])


def test_swapped_references() -> None:
    (one,) = found(references(("R0", 6, 1), ("R1", 0, 1)), "refdes-missing", ("max_distance", "9 mm"))
    assert "nearer" in one.message
    assert one.severity == "warning"


def test_the_largest_free_rectangle_is_that_of_brute_force() -> None:
    rng = np.random.default_rng(3)
    bars = []
    for x, y in rng.integers(1, 19, (6, 2)):
        bars += [line(x + 0.5, y, x + 0.5, y + 1, 1.0), line(x + 0.5, y, x + 0.5, y + 1, 1.0, "B.SilkS")]
    b = board(edge(0, 0, 20, 20), *bars)
    taken = np.zeros((80, 80), bool)
    for core in b.derived.ink().core:
        x0, y0, x1, y1 = np.round(np.array(core.bounds) * 4).astype(int)
        taken[max(y0 - 2, 0) : y1 + 2, max(x0 - 2, 0) : x1 + 2] = True
    total = np.zeros((81, 81), int)
    total[1:, 1:] = taken.cumsum(0).cumsum(1)
    best = 0
    for h in range(20, 81):
        for w in range(20, 81):
            if h * w > best and (total[h:, w:] - total[:-h, w:] - total[h:, :-w] + total[:-h, :-w] == 0).any():
                best = h * w
    assert free_rectangle(b)[0] == pytest.approx(best / 16)
