"""Openings of planes by hand, and against every pair of discs."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from pours import slit, zone
from small import board, measure, rows, track, via

from dfmcheck.antipads import antipads, planes
from dfmcheck.check import Skip

EDGE = '(gr_rect (start 0 0) (end 30 30) (stroke (width 0.1) (type solid)) (fill none) (layer "Edge.Cuts"))'
LIMITS = {"web_min": 0.1, "chain_len": 5}
PLANE = shapely.box(0.5, 0.5, 29.5, 29.5)


def holed(*openings, layer="In1.Cu", net=1):
    fill = PLANE.difference(shapely.union_all(openings))
    return zone(slit(fill), outline=PLANE, layer=layer, net=net)


def disc(x, y, r=0.375):
    return shapely.Point(x, y).buffer(r, quad_segs=4)


def test_the_field_of_the_catalogue():
    """2 x 10 vias at 0.8 mm with openings of 0.75 mm: 18 webs along the rows and 10 across, each of 0.05 mm."""
    at = [(5 + 0.8 * k, 5 + 0.8 * row) for row in range(2) for k in range(10)]
    b = board(holed(*(disc(*p) for p in at)), *(via(0.5, 0.3, at=f"{x} {y}", net=2) for x, y in at), EDGE, copper=4)
    m = measure(b, "antipad-merge", **LIMITS)
    assert sorted(m.value.round(4).tolist()) == [0.05] * 28
    assert m.checked == 20


def test_webs_against_all_pairs():
    rng = np.random.default_rng(3)
    at = rng.uniform(3, 11, (120, 2))
    at = at[[k for k in range(120) if all(np.hypot(*(at[k] - at[j])) > 0.76 for j in range(k))]]
    discs = np.array([disc(*p) for p in at])
    b = board(holed(*discs), *(via(0.5, 0.3, at=f"{x:.6f} {y:.6f}", net=2) for x, y in at), EDGE, copper=4)
    m = measure(b, "antipad-merge", web_min=0.2)
    far = shapely.distance(discs[:, None], discs[None])[np.triu_indices(len(at), 1)]
    assert (far < 0.2).sum() > 5
    assert np.sort(m.value) == pytest.approx(np.sort(far[far < 0.2]), abs=1e-6)


def test_a_chain_and_what_is_made_on_purpose():
    def slot(x0, y, x1):
        return shapely.LineString([(x0, y), (x1, y)]).buffer(0.4, quad_segs=4)

    def row(x, y, pitch, count, nets=(2,)):
        return [via(0.45, 0.2, at=f"{x + pitch * k} {y}", net=nets[k % len(nets)]) for k in range(count)]

    whole = holed(slot(3, 5, 9), slot(15, 5, 17), slot(3, 10, 6), slot(15, 10, 18), slot(3, 15, 3.6), shapely.box(20, 14, 26, 18))
    inside = zone(shapely.box(20.2, 14.2, 25.8, 17.8), layer="In1.Cu", net=2)
    vias = [
        *row(3, 5, 1, 7), *row(15, 5, 1, 3, nets=(0, 2)), *row(3, 10, 1, 4, nets=(0, 2)), *row(15, 10, 1, 4),
        *row(3, 15, 0.6, 2, nets=(0, 2)), *row(21, 16, 1, 4, nets=(0, 2)),
    ]  # fmt: skip
    b = board(whole, inside, *vias, track(0.2, at="3 10", to="6 10", layer="In1.Cu", net=2), EDGE, copper=4)
    m = measure(b, "antipad-merge", **LIMITS)
    # The chain over 6 mm, and the three vias of two nets over 2 mm; not those of one net, on a track, two, or in another zone.
    assert rows(m, "param", "value", "soften") == [("chain_len", 6.0, 0), ("web_min", 0.0, 1)]


def test_a_pen_narrows_the_openings_of_old_fills():
    """Files before KiCad 6 draw the rim of a fill with a pen: openings are smaller by half its width all round."""
    at = [(5, 5), (5.8, 5)]
    old = holed(*(disc(*p) for p in at)).replace("(filled_areas_thickness no)", "(filled_areas_thickness yes)")
    b = board(old, *(via(0.5, 0.3, at=f"{x} {y}", net=2) for x, y in at), EDGE, copper=4)
    fills = b.features.zone >= 0
    assert b.features.radius[fills].tolist() == [0.05]
    found = antipads(b, int(planes(b)[0]))
    assert shapely.area(found.area) == pytest.approx([disc(5, 5).buffer(-0.05).area] * 2)
    web = measure(b, "antipad-merge", web_min=0.2).value.tolist()
    assert web == [pytest.approx(0.15, abs=3e-3)], "discs of 16 corners"


def test_boards_without_planes_are_not_judged():
    small = zone(shapely.box(1, 1, 5, 5), layer="In1.Cu")
    for copper, fill in ((2, ""), (4, small)):
        with pytest.raises(Skip, match="no inner layer is a plane"):
            measure(board(fill, via(0.5, 0.3), EDGE, copper=copper), "antipad-merge", **LIMITS)
