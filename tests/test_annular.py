"""Annular rings are exact for every land and hole: against dense sampling of both boundaries, and by hand."""

from types import SimpleNamespace

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LinearRing, LineString, Point, Polygon
from shapely.affinity import rotate
from small import board, footprint, pad, smd, via
from small import measure as measured

from dfmcheck.ring import rings


def ring_of(b, layer="F.Cu"):
    found = rings(b, np.array([b.layer(layer)]))
    assert len(found.value) == 1
    return float(found.value[0])


@pytest.mark.parametrize(
    ("shape", "size", "drill", "extra", "ring"),
    [
        ("circle", "0.6 0.6", "0.3", "", 0.15),
        ("oval", "1.0 1.6", "oval 0.6 1.2", "", 0.2),
        ("oval", "2 1", "0.6", "", 0.2),
        ("oval", "2 1", "oval 1.2 0.6", "", 0.2),
        ("oval", "2 1", "oval 1.8 0.6", "", 0.1),
        ("oval", "2 1", "oval 0.6 0.8", "", 0.1),
        ("rect", "1.5 1", "0.5", "", 0.25),
        ("rect", "1.5 1", "oval 1.3 0.5", "", 0.1),
        ("roundrect", "1.5 1", "0.5", "(roundrect_rratio 0.25)", 0.25),
        ("roundrect", "1 1", "0.5", "(roundrect_rratio 0.5)", 0.25),
        ("circle", "1 1", "0.5 (offset 0.05 0)", "", 0.2),
        ("circle", "1 1", "0.5 (offset 0.3 0.4)", "", -0.25),
        ("circle", "1 1", "1", "", 0.0),
        ("circle", "1 1", "1.2", "", -0.1),
        ("rect", "1 1", "0.5 (offset 1 0)", "", -0.75),
        ("rect", "1.5 1", "0.5", "(chamfer_ratio 0.2) (chamfer top_left)", 0.25),
    ],
)
def test_rings_by_hand(shape, size, drill, extra, ring):
    if "chamfer" in extra:
        shape, extra = "roundrect", "(roundrect_rratio 0) " + extra
    for angle in (0, 30, 90, 217):
        b = board(footprint(pad(shape, size, drill, extra=extra, at=f"0 0 {angle}")))
        assert ring_of(b) == pytest.approx(ring, abs=1e-9)


def test_the_cut_corner_of_a_chamfered_land_is_its_nearest_edge():
    # Hole centre to the cut, which leaves 45 degrees at the corner (0.5, 0.5) less 0.4 on each side.
    b = board(footprint(pad("roundrect", "1 1", "0.2", extra="(roundrect_rratio 0) (chamfer_ratio 0.4) (chamfer top_right)")))
    assert ring_of(b) == pytest.approx((0.5 + 0.5 - 0.4) / 2**0.5 - 0.1, abs=1e-9)


def test_a_trapezoid_is_nearest_on_its_slanted_side():
    b = board(footprint(pad("trapezoid", "1 1", "0.2", extra="(rect_delta 0.4 0)")))
    # A side runs from 0.7 to 0.3 over a length of 1: half width 0.5 in the middle, seen at an angle.
    slant = 0.5 / (1 + 0.4**2) ** 0.5
    assert ring_of(b) == pytest.approx(min(slant, 0.5) - 0.1, abs=1e-9)


# Lands as the model has them: several cores, each widened by a radius.
SIZE = st.floats(0.3, 3.0)
SPOT = st.tuples(st.floats(-1, 1), st.floats(-1, 1))
LINES = st.tuples(SPOT, SPOT).map(LineString).filter(lambda line: line.length > 0.05)
BOXES = st.tuples(SIZE, SIZE, st.floats(0, 90)).map(lambda p: rotate(shapely.box(-p[0], -p[1], p[0], p[1]), p[2]))
NOTCHED = SIZE.map(lambda a: Polygon([(-a, -a), (a, -a), (a, a), (0, 0.4 * a), (-a, a)]))
HOOPS = st.floats(0.2, 1.0).map(lambda r: LinearRing(Point(0, 0).buffer(r).exterior))
CONVEX = st.one_of(st.tuples(SPOT.map(Point), SIZE), st.tuples(LINES, SIZE), st.tuples(BOXES, st.sampled_from([0.0, 0.2])))
PIECES = st.one_of(CONVEX, st.tuples(NOTCHED, st.just(0.0)), st.tuples(HOOPS, st.floats(0.05, 1.0)))
HOLES = st.tuples(st.floats(-0.4, 0.4), st.floats(-0.4, 0.4), st.floats(0, 0.8), st.floats(0, 180), st.floats(0.05, 0.4))


def table(pieces, hole, radius):
    """A board of one pad: as much of it as `rings` looks at."""
    n = len(pieces)
    column = lambda value, dtype=np.int32: np.full(n, value, dtype)  # noqa: E731
    core = np.empty(n, object)
    core[:] = [c for c, _ in pieces]
    holes = np.empty(1, object)
    holes[0] = hole
    one = lambda value: np.array([value])  # noqa: E731
    return SimpleNamespace(
        features=SimpleNamespace(
            core=core, radius=np.array([r for _, r in pieces]), layer=column(0), kind=column(0), item=column(0), net=column(0),
            pad=column(0), component=column(-1),
        ),
        holes=SimpleNamespace(
            core=holes, radius=one(radius), plated=one(True), first=one(0), last=one(0), item=one(0), net=one(0),
        ),
        items=[None], layers=SimpleNamespace(order=one(0)), pads=SimpleNamespace(number=np.array(["1"], object)),
        outline=shapely.MultiPolygon(), derived=SimpleNamespace(castellated=lambda: one(False)),
    )  # fmt: skip


def hole(x, y, length, angle):
    axis = Point(x, y) if length < 0.05 else LineString([(x - length / 2, y), (x + length / 2, y)])
    return rotate(axis, angle)


def drawn(pieces, axis, radius):
    """Land and hole as fine polygons, and points along the hole's rim. A void that the drill takes is no edge of the land."""
    land = shapely.union_all([core.buffer(r, quad_segs=256) if r else core for core, r in pieces])
    drilled = axis.buffer(radius, quad_segs=256)
    voids = [Polygon(v) for v in getattr(land, "interiors", ())]
    land = shapely.union_all([land, *(v for v in voids if drilled.covers(v))])
    return land, drilled, shapely.points(shapely.get_coordinates(shapely.segmentize(drilled.exterior, 0.004)))


@settings(max_examples=100, deadline=None)
@given(st.lists(PIECES, min_size=1, max_size=3), HOLES)
def test_rings_equal_dense_sampling(pieces, spot):
    axis, radius = hole(*spot[:4]), spot[4]
    found = float(rings(table(pieces, axis, radius), np.array([0])).value[0])
    land, drilled, rim = drawn(pieces, axis, radius)
    if drilled.within(land):  # the least way from the hole's rim to the land's edge
        assert found == pytest.approx(shapely.distance(rim, land.boundary).min(), abs=3e-3)
    else:
        assert found < 1e-3
        assert (found < -radius + 1e-3) == (not land.buffer(1e-3).covers(axis)) or land.boundary.distance(axis) < 2e-3


@settings(max_examples=100, deadline=None)
@given(CONVEX, HOLES)
def test_a_hole_breaks_out_of_a_convex_land_by_as_much_as_its_rim_stands_out(piece, spot):
    axis, radius = hole(*spot[:4]), spot[4]
    found = float(rings(table([piece], axis, radius), np.array([0])).value[0])
    land, _, rim = drawn([piece], axis, radius)
    out = shapely.distance(rim, land).max()
    if out > 1e-3:
        assert found == pytest.approx(-out, abs=1e-3)
    else:
        assert found == pytest.approx(shapely.distance(rim, land.boundary).min(), abs=3e-3)


@settings(max_examples=25, deadline=None)
@given(st.floats(0.3, 2), st.floats(0.3, 2), st.floats(-0.2, 0.2), st.floats(-0.2, 0.2), st.floats(0, 360), st.floats(-50, 50))
def test_turning_and_shifting_a_board_keeps_its_rings(w, h, dx, dy, angle, shift):
    drill = f"oval 0.2 0.12 (offset {dx:.6f} {dy:.6f})"
    still = board(footprint(pad("rect", f"{w:.6f} {h:.6f}", drill)))
    turned = pad("rect", f"{w:.6f} {h:.6f}", drill, at=f"0 0 {angle:.6f}")
    moved = board(footprint(turned, at=f"{10 + shift:.6f} {shift:.6f} {angle:.6f}"))
    assert ring_of(moved) == pytest.approx(ring_of(still), abs=1e-7)


def measure(b, where="outer", **limits):
    return measured(b, f"annular-ring-{where}", **limits)


def test_vias_and_pins_have_limits_of_their_own_on_the_hole_and_on_the_tool():
    b = board(via(0.6, 0.3), footprint(pad("circle", "1.4 1.4", "1.0")))
    m = measure(b, design_via=0.1, design_tht=0.25, tool_via=0.11, tool_tht=0.1)
    rows = {(p, round(v, 6)) for p, v in zip(m.param, m.value)}
    assert rows == {("design_via", 0.15), ("design_tht", 0.2), ("tool_via", 0.1), ("tool_tht", 0.15)}
    assert m.checked == 4  # two holes on two layers
    text = {p: d for p, d in zip(m.param, m.detail) if d}
    assert text == {
        "design_tht": "0.150 mm on the tool of 1.10 mm",
        "tool_via": "as drawn 0.150 mm, 0.100 mm on the tool of 0.40 mm",
    }


def test_unplated_holes_have_no_ring_and_pegs_without_a_land_are_not_judged_here():
    pegs = (
        pad("circle", "1 1", "0.9", kind="np_thru_hole", net=""),
        pad("circle", "1 1", "1", net="", at="3 0"),
        pad("circle", "1 1", "1", at="6 0"),
    )
    m = measure(board(footprint(*pegs)), design_tht=0.1)
    assert m.value.tolist() == [0.0, 0.0]  # the one with a net, on both sides
    assert set(m.x) == {16.0}


def test_inner_rings_are_those_of_inner_lands_and_removed_lands_have_none():
    kept = via(0.5, 0.3)
    removed = via(0.5, 0.3, at="9 9", extra="(remove_unused_layers yes) (keep_end_layers yes) (free yes)")
    b = board(kept, removed, copper=4)
    inner = measure(b, "inner", design=0.2)
    assert sorted(set(b.items.x[inner.a])) == [5.0]
    assert sorted(b.layers.name[inner.layer]) == ["In1.Cu", "In2.Cu"]
    assert len(measure(b, "outer", design_via=0.2)) == 4


def test_an_inner_plane_that_meets_the_barrel_is_its_land():
    def plane(net, x0):
        pts = f"(pts (xy {x0} 0) (xy {x0 + 10} 0) (xy {x0 + 10} 10) (xy {x0} 10))"
        return (
            f'(zone (net {net}) (net_name "{"AB"[net - 1]}") (layer "In1.Cu") (hatch edge 0.5) '
            f'(connect_pads yes (clearance 0.2)) (min_thickness 0.2) (filled_areas_thickness no) (fill yes) '
            f'(polygon {pts}) (filled_polygon (layer "In1.Cu") {pts}))'
        )

    inside, near_the_edge, outside = via(0.4, 0.3, at="5 5"), via(0.4, 0.3, at="9.75 5"), via(0.4, 0.3, at="15 5")
    b = board(inside, near_the_edge, outside, plane(1, 0), copper=4)
    m = measure(b, "inner", design=0.15)
    on_plane = m.layer == b.layer("In1.Cu")
    rows = {round(x, 3): round(v, 6) for x, v in zip(m.x[on_plane], m.value[on_plane])}
    assert rows == {9.75: 0.1, 15.0: 0.05}  # 0.25 to the plane's edge less the hole's 0.15
    assert (m.value[~on_plane] < 0.051).all()
    assert m.checked == 6
    other_net = board(inside, plane(2, 0), copper=4)
    assert measure(other_net, "inner", design=0.15).value == pytest.approx(0.05)


EP = smd("3 3", number="9")


def test_a_thermal_hole_takes_the_exposed_pad_as_its_land_and_the_limit_of_vias():
    leads = [smd("0.3 0.8", at=f"{x} {y}", number=f"{x}{y}") for x in (-1, 1) for y in (-2.5, 2.5)]
    thermal = pad("circle", "0.5 0.5", "0.3", number="9", at="1.2 0", layers='"*.Cu"')
    b = board(footprint(*leads, EP, thermal))
    m = measure(b, design_via=0.2, design_tht=0.5)
    by_layer = dict(zip(b.layers.name[m.layer], zip(m.param, m.value.round(6))))
    assert by_layer == {"F.Cu": ("design_via", 0.15), "B.Cu": ("design_via", 0.1)}


def test_a_castellation_is_judged_by_the_ring_that_stays_on_the_board():
    edge = '(gr_rect (start 0 0) (end 20 20) (stroke (width 0.1) (type default)) (fill no) (layer "Edge.Cuts"))'
    whole = footprint(pad("circle", "1 1", "0.6", extra="(property pad_prop_castellated)"), at="0 10")
    # A land drawn to the outline only, its hole on the outline: no copper outside the board is missing.
    half = footprint(pad("rect", "0.8 1.2", "0.6 (offset 0.4 0)", extra="(property pad_prop_castellated)"), at="0 10")
    short = footprint(pad("rect", "0.8 0.8", "0.6 (offset 0.4 0)", extra="(property pad_prop_castellated)"), at="0 10")
    assert ring_of(board(whole, outline=edge)) == pytest.approx(0.2, abs=1e-4)
    assert ring_of(board(half, outline=edge)) == pytest.approx(0.3, abs=1e-4)
    assert ring_of(board(short, outline=edge)) == pytest.approx(0.1, abs=1e-4)


def test_a_drill_that_was_never_set_counts_as_nothing_checked():
    m = measure(board(via(0.4, 0.00001)), design_via=0.25)
    assert m.checked == 0
    assert m.value == pytest.approx(0.2, abs=1e-4)


def test_a_board_without_holes_has_no_rings():
    for b in (board(), board(footprint(EP)), board(copper=4)):
        for where in ("outer", "inner"):
            m = measure(b, where)
            assert len(m) == 0
            assert m.checked == 0


def test_all_vias_of_one_size_are_one_cause():
    b = board(via(0.4, 0.2), via(0.4, 0.2, at="8 8", net=2), via(0.5, 0.3, at="9 9"))
    assert set(measure(b, design_via=0.2).cause) == {"*via 0.40/0.20 mm", "*via 0.50/0.30 mm"}


