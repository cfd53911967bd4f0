"""The line of a measure is as long as was measured and lies where that was; what a finding names is what is marked."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import shapely
from small_boards import board, footprint, fp_rect, hole, smd, tht
from transforms import affine

import dfmcheck
from dfmcheck.board import Board, Kind
from dfmcheck.drawing import look, marked, shapes
from dfmcheck.read import read_kicad
from dfmcheck.report import Finding, Place
from dfmcheck.witness import NEAR, witness

FIXTURES = Path(__file__).parents[1] / "fixtures" / "rules"
LINED = (
    "annular-ring-outer", "bga-land-geometry", "board-web", "castellated-hole", "component-gap", "component-to-edge",
    "connector-keepout", "copper-clearance", "copper-to-edge", "copper-to-vscore", "hand-solder-access", "hole-to-copper-outer",
    "hole-to-edge", "hole-to-hole", "mask-dam", "mask-exposes-neighbour", "mlcc-to-breakline", "natural-bridge", "pad-spacing",
    "paste-aperture-gap", "press-fit-hole", "same-net-gap", "silk-over-opening", "silk-to-edge", "tall-part-shadow",
    "testpoint-spacing", "testpoint-to-component", "tht-pad-gap-wave", "track-width", "via-near-pad", "via-tenting",
    "voltage-clearance", "wave-smd-gap",
)  # fmt: skip
"""Rules that measure a distance between things or a width, whose fixtures are looked at."""
UNLINED = {
    "annular-ring-outer": "the ring of a land of several pieces is that of all of them together",
    "tht-pad-gap-wave": "how far leads stand out of the board is seen from its side only",
    "mask-exposes-neighbour": "copper that lies bare is within the opening",
}
"""Why some of what is measured in mm has no line though it is more than a touch."""


def found(rule: str) -> tuple[Board, list[Finding]]:
    design = dfmcheck.read(FIXTURES / f"{rule}.kicad_pcb")
    (report,) = dfmcheck.check(design, select=[rule]).designs
    return design, [f for f in report.findings if f.rule == rule]


def drawable(place: Place) -> bool:
    return place.unit == "mm" and math.isfinite(place.measured) and place.measured > NEAR and len(place.items) > 0


@pytest.mark.parametrize("rule", LINED)
def test_a_line_is_as_long_as_was_measured_and_at_its_place(rule: str) -> None:
    design, findings = found(rule)
    count: Counter[bool] = Counter()
    for place in (place for f in findings for place in f.places):
        line = witness(design, place)
        if line is None:
            count[False] += drawable(place)
            continue
        x0, y0, x1, y1 = line
        count[True] += 1
        assert abs(math.hypot(x1 - x0, y1 - y0) - abs(place.measured)) < NEAR
        middle = math.dist(((x0 + x1) / 2, (y0 + y1) / 2), (place.x, place.y))
        if middle >= 1.5 * NEAR:  # it begins at the item that the place is the middle of, a land about its hole for one
            assert len(place.items) == 1 or place.items[0].kind in ("pad", "via", "hole")
            item = place.items[0]
            assert math.dist((item.x, item.y), (place.x, place.y)) < NEAR
            things = shapes(design, marked(design, item.row, item.kind, place.layers))
            assert (shapely.distance(things[0], shapely.Point(x0, y0)) - things[1]).min() < NEAR
    assert count[True] > 0
    assert count[False] == 0 or rule in UNLINED


@pytest.mark.parametrize("rule", ["copper-clearance", "component-gap", "annular-ring-outer", "silk-over-opening"])
@pytest.mark.parametrize("matrix", [((0.8, -0.6), (0.6, 0.8)), ((-1.0, 0.0), (0.0, 1.0))], ids=["turned", "mirrored"])
def test_a_line_turns_with_its_board(rule: str, matrix: tuple[tuple[float, float], ...]) -> None:
    design, findings = found(rule)
    places = [place for f in findings for place in f.places][:20]
    other, turn, shift = affine(design, matrix, (7.0, -3.0)), np.array(matrix), np.array([7.0, -3.0])
    swap = str.maketrans("FB", "BF") if np.linalg.det(turn) < 0 else {}
    for place in places:
        x, y = (turn @ [place.x, place.y] + shift).tolist()
        there = witness(other, replace(place, x=x, y=y, layers=tuple(name.translate(swap) for name in place.layers)))
        here = witness(design, place)
        assert (here is None) == (there is None)
        if here is not None and there is not None and rule != "annular-ring-outer":  # a ring is as narrow on every side
            assert np.allclose(np.reshape(here, (2, 2)) @ turn.T + shift, np.reshape(there, (2, 2)), atol=2 * NEAR)


def test_no_line_where_nothing_is_as_long() -> None:
    design, findings = found("copper-clearance")
    place = next(p for f in findings for p in f.places if drawable(p))
    assert witness(design, place) is not None
    assert witness(design, replace(place, measured=place.measured + 0.01)) is None
    assert witness(design, replace(place, x=place.x + 0.01, y=place.y + 0.01)) is None
    assert witness(design, replace(place, unit="mm2")) is None
    assert witness(design, replace(place, items=tuple(replace(item, row=-1) for item in place.items))) is None


def test_a_component_is_its_lands_and_its_body() -> None:
    design = board(
        footprint("R1", 10, 10, smd("1", -1, 0, 1, 1), smd("2", 1, 0, 1, 1), fp_rect(-0.8, -0.6, 0.8, 0.6, "F.Fab")),
        footprint("R2", 20, 10, tht("1", 0, 0, 2, 1)),
    )
    item = int(design.components.item[0])
    thing = marked(design, item, "component", ("F.Cu",))
    assert set(design.features.kind[thing.features].tolist()) == {Kind.PAD}
    assert thing.bodies.tolist() == [0]
    core, radius = shapes(design, thing)
    assert len(core) == len(radius) == len(thing.features) + 1
    assert np.allclose(core[-1].bounds, (9.2, 9.4, 10.8, 10.6))
    drilled = int(design.pads.item[-1])
    assert len(marked(design, drilled, "hole").holes) == 1
    assert not len(marked(design, drilled, "hole").features)
    assert len(marked(design, drilled, "pad", ("B.Cu",)).features) == 1


def test_the_edge_is_the_whole_outline() -> None:
    square = '(gr_rect (start 0 0) (end 30 20) (stroke (width 0.1) (type solid)) (fill none) (layer "Edge.Cuts"))'
    design = board(square, hole(10, 10, 3))
    edge = int(np.flatnonzero(design.items.kind == Kind.EDGE)[0])
    core, _ = shapes(design, marked(design, edge, "edge"))
    assert shapely.length(core).max() == pytest.approx(100)


@pytest.mark.parametrize(
    ("said", "mask", "silk"),
    [("Red", "#8f1a1a", "#f2f2ee"), ("#123456FF", "#123456", "#f2f2ee"), ("nonsense", "#14622e", "#f2f2ee")],
)
def test_colours_are_those_of_the_stackup(said: str, mask: str, silk: str) -> None:
    design = board()
    stack = (dfmcheck.board.StackupLayer("F.Mask", "mask", 0.01, color=said),)
    seen = look(replace(design, stackup=stack, finish="HAL lead-free"))
    assert (seen.mask, seen.silk[0], seen.finish) == ((mask, "#14622e"), silk, "#c4c6c8")


SLOTS = """(kicad_pcb (version 20241229) (generator "pcbnew") (general (thickness 1.6))
  (layers (0 "F.Cu" signal) (2 "B.Cu" signal) (25 "Edge.Cuts" user)) (net 0 "")
  (gr_rect (start 0 0) (end 20 10) (stroke (width 0.1) (type solid)) (fill no) (layer "Edge.Cuts"))
  (footprint "l:s" (layer "F.Cu") (at 5 5) (property "Reference" "J1" (at 0 0) (layer "F.Fab"))
    (pad "1" thru_hole oval (at 0 0) (size 1.4 2.4) (drill oval 1.2 2.2) (layers "*.Cu" "*.Mask"))
    (pad "2" thru_hole rect (at 6 0) (size 1.8 2.6) (drill oval 1.2 2.4) (layers "*.Cu" "*.Mask"))))
"""


def test_the_ring_of_a_slot_is_shown_where_it_is_narrowest() -> None:
    report = dfmcheck.check(read_kicad(SLOTS.encode(), "slots.kicad_pcb")).designs[0]
    places = {str(p.items[0]): p for f in report.findings if f.rule == "annular-ring-outer" for p in f.places}
    assert len(places) == 2
    for name, ends in (("pad J1.1", [(4.3, 5), (5.7, 5)]), ("pad J1.2", [(11, 3.7), (11, 6.3)])):
        line = witness(report.design, places[name])
        assert line is not None
        start, end = np.reshape(line, (2, 2))
        assert np.hypot(*(end - start)) == pytest.approx(places[name].measured, abs=NEAR)
        assert any(np.allclose(end, at, atol=2 * NEAR) for at in ends), "on the land's edge, which the line reaches square"
