"""The nails of a test fixture, its pins and its force: worked out by hand, and against brute force."""

from __future__ import annotations

import itertools
import os
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from kicad_boards import text
from small import footprint, pad, rows, smd

from dfmcheck.api import Plan
from dfmcheck.check import Context, Measurements, Run, registry
from dfmcheck.checks.probe_density import INCH, densest
from dfmcheck.checks.testpoint_spacing import _probes
from dfmcheck.probe.fixture import nails
from dfmcheck.probe.pins import _far_apart, _turns, pins
from dfmcheck.read import read, read_kicad
from dfmcheck.rule import Limit, load_rules, resolve
from dfmcheck.units import EPS

RULES = load_rules()
STANDARD = resolve(["standard"], RULES)
FRONT, BACK = '"F.Cu" "F.Mask"', '"B.Cu" "B.Mask"'
TECHNICAL = """(layers (0 "F.Cu" signal) (2 "B.Cu" signal) (13 "F.Paste" user) (15 "B.Paste" user) (1 "F.Mask" user)
 (3 "B.Mask" user) (25 "Edge.Cuts" user) (31 "F.CrtYd" user) (29 "B.CrtYd" user) (35 "F.Fab" user) (33 "B.Fab" user))"""
COUNT = 140
EDGE = '(gr_rect (start -60 -60) (end 60 60) (stroke (width 0.1) (type solid)) (fill none) (layer "Edge.Cuts"))'
STEPS = ("p50_50", "p75_50", "p75_75", "p100_75", "p100_100")


def name(net):
    return {0: "GND", 1: "+5V"}.get(net, f"N{net}")


def net(number):
    return f'(net {number + 1} "{name(number)}")'


def board(*items, edge=EDGE):
    nets = '(net 0 "") ' + " ".join(net(k) for k in range(COUNT))
    made = text(*items, edge, layers=TECHNICAL, nets=nets, setup="(pad_to_mask_clearance 0)")
    return read_kicad(made.encode(), "test.kicad_pcb")


def point(ref, x, y, number, *, size=1.0, layers=BACK):
    return footprint(
        smd(f"{size} {size}", net=net(number), shape="circle", layers=layers), at=f"{x!r} {y!r}", ref=f"TP{ref}", name="TestPoint"
    )


def points(*xy, first=2, layers=BACK, size=1.0):
    """Test points at places, each with a net of its own."""
    return [point(k, x, y, first + k, layers=layers, size=size) for k, (x, y) in enumerate(xy)]


def fab(width, height):
    return (
        f'(fp_rect (start {-width / 2!r} {-height / 2!r}) (end {width / 2!r} {height / 2!r}) (stroke (width 0) (type solid)) '
        '(fill none) (layer "F.Fab"))'
    )


def part(ref, x, y, width, height, *, angle=0.0, tall=0.0, lib="Package_1", more=""):
    """A part on top with a drawn body and two small lands in its middle."""
    field = f'(property "Height" "{tall} mm" (at 0 0) (layer "F.Fab"))' if tall else ""
    lands = smd("0.2 0.2", at="-0.2 0", net="") + smd("0.2 0.2", at="0.2 0", number="2", net="")
    return footprint(lands, fab(width, height), field, more, at=f"{x!r} {y!r} {angle!r}", ref=ref, name=lib)


def hole(x, y, size, *, ref="H1", lib="MountingHole", kind="np_thru_hole", drill=""):
    made = pad("circle", f"{size} {size}", drill or f"{size}", kind=kind, net="", number="")
    return footprint(made, at=f"{x} {y}", ref=ref, name=lib)


def context(b, rule, **limits):
    known = {k: dict(STANDARD.get(k, {})) for k in RULES}
    for key, value in limits.items():
        p = RULES[rule].params[key]
        known[rule][key] = Limit(value, None, p.sense, p.unit, "test")
    return Context(b, RULES[rule], known[rule], run=Run(RULES, known))


def measure(b, rule, **limits) -> Measurements:
    return registry()[RULES[rule].check].measure(context(b, rule, **limits))


def taken(b):
    n = nails(context(b, "testpoint-spacing"))
    return sorted((round(float(n.x[k]), 6), round(float(n.y[k]), 6)) for k in np.flatnonzero(n.taken)), n


# --- which nails ---------------------------------------------------------------------------------------------------------


def test_of_a_net_the_test_point_that_breaks_nothing_is_taken():
    """That at x = 0 has more room to the other net, but stands 0.3 mm beside a body."""
    b = board(point("1", 0, 0, 5, layers=FRONT), point("2", 10, 0, 5, layers=FRONT), point("3", 12, 0, 6, layers=FRONT),
              part("U1", -2.8, 0, 4, 4))  # fmt: skip
    assert taken(b)[0] == [(10, 0), (12, 0)]
    assert len(measure(b, "testpoint-to-component")) == 0
    assert rows(measure(b, "testpoint-spacing")) == [("p100_100", 2.0)]


def test_of_test_points_that_are_as_good_the_one_with_most_room_is_taken():
    b = board(point("1", 1, 0, 5), point("2", 9, 0, 5), point("3", 0, 0, 6), point("4", 20, 0, 7))
    assert taken(b)[0] == [(0, 0), (9, 0), (20, 0)]


def test_the_side_of_the_fixture_goes_first():
    both = footprint(pad("circle", "1.5 1.5", "0.7", net=net(5)), at="0 0", ref="TP1", name="TestPoint_THTPad")
    b = board(both, point("2", 5, 0, 6), point("3", 10, 0, 6, layers=FRONT), point("4", 15, 0, 7, layers=FRONT))
    n = taken(b)[1]
    chosen = sorted((float(n.x[k]), int(n.side[k])) for k in np.flatnonzero(n.taken))
    assert chosen == [(0, 1), (5, 1), (15, 0)]


def test_a_test_point_too_near_to_the_edge_is_not_taken_where_there_is_another():
    """That at x = 59 has more room to the other net, but the gasket stands on it."""
    b = board(point("1", 59, 0, 5), point("2", 10, 0, 5), point("3", 12, 0, 6))
    assert taken(b)[0] == [(10, 0), (12, 0)]


def test_the_side_of_the_fixture_goes_before_all_limits():
    """Of net 5 the test point below stands at the edge and 2 mm from another nail, that above has all room."""
    b = board(point("1", 59, 0, 5), point("2", 10, 0, 5, layers=FRONT), point("3", 59, 2, 6), point("4", 20, 0, 7))
    assert taken(b)[0] == [(20, 0), (59, 0), (59, 2)]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12), st.integers(0, 5)), min_size=1, max_size=14,
                unique_by=lambda p: p[:2]))  # fmt: skip
def test_nails_are_those_of_brute_force(places):
    """Net by net: what has no choice, then of each net the test point farthest from all taken, as far as 2.41 mm count."""
    n = taken(board(*[point(str(k), x / 2, y / 2, 10 + of) for k, (x, y, of) in enumerate(places)]))[1]
    groups = [np.flatnonzero(n.net == of) for of in np.unique(n.net)]
    found = [int(mine[0]) for mine in groups if len(mine) == 1]
    for mine in groups:
        if len(mine) > 1:
            room = [min((np.hypot(n.x[k] - n.x[q], n.y[k] - n.y[q]) for q in found), default=np.inf) for k in mine]
            found.append(int(mine[np.argmax(np.where(np.array(room) > 2.41, np.inf, room))]))
    assert sorted(found) == np.flatnonzero(n.taken).tolist()


def test_power_and_ground_get_as_many_nails_as_have_room():
    """Nails of 2.30 mm apart: those at 1 mm and at 2.2 mm from another one are left out; a signal has one nail."""
    b = board(*[point(str(k), x, 0, 0) for k, x in enumerate((0, 1, 4, 10, 12.2))], point("8", 30, 0, 5), point("9", 40, 0, 5))
    n = taken(b)[1]
    assert n.taken.sum() == 2
    places = sorted(float(n.x[k]) for k in np.flatnonzero(n.taken | n.more) if n.x[k] < 20)
    assert all(q - p >= 2.3 for p, q in itertools.pairwise(places))
    assert len(places) == 3


def test_what_is_under_mask_or_under_a_part_takes_no_nail():
    masked, under = point("1", 0, 0, 5, layers='"B.Cu"'), point("2", 5, 0, 6, layers=FRONT)
    b = board(masked, under, part("U1", 5, 0, 4, 4), point("3", 9, 9, 7))
    assert taken(b)[0] == [(9, 9)]


def pairs_of_nets(first, count):
    """Nets that are to be tested: each with two pins of fitted parts."""
    out = []
    for k in range(count):
        lands = [smd("0.5 0.5", at=f"{x} 0", number=n, net=net(first + k)) for n, x in (("1", -0.5), ("2", 0.5))]
        out.append(footprint(*lands, at=f"{-50 + 2 * (k % 40)} {30 + 3 * (k // 40)}", ref=f"R{k + 1}", name="R_0402_1005Metric"))
    return out


@pytest.mark.parametrize(("count", "meant"), [(20, True), (21, False)])
def test_a_fixture_is_in_mind_where_a_tenth_of_the_nets_has_a_test_point(count, meant):
    b = board(*pairs_of_nets(2, count), *points((0, 0), (1, 0)))
    assert taken(b)[1].meant is meant
    assert len(measure(b, "testpoint-spacing")) == (1 if meant else 0)
    for rule in ("testpoint-to-edge", "tooling-holes", "probe-density"):
        assert (measure(b, rule).checked > 0 or len(measure(b, rule)) > 0) is meant


def test_pins_that_are_led_out_to_test_points_mean_no_fixture():
    """Two of 21 nets of two pins have a test point; ten more go from one pin to a test point."""
    alone = [footprint(smd("0.5 0.5", net=net(40 + k)), at=f"{-50 + 3 * k} 50", ref=f"U{k}", name="Module") for k in range(10)]
    b = board(*pairs_of_nets(2, 21), *points((0, 0), (1, 0)), *points(*[(5.0 * k, 10) for k in range(10)], first=40), *alone)
    n = taken(b)[1]
    assert (n.meant, int(n.taken.sum())) == (False, 12)


def test_without_test_points_nothing_is_told():
    b = board(*pairs_of_nets(2, 30), part("U1", 0, 0, 4, 4))
    for rule in ("testpoint-spacing", "testpoint-to-component", "testpoint-to-edge", "tooling-holes", "probe-density"):
        m = measure(b, rule)
        assert (len(m), m.checked) == (0, 0)


# --- spacing -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("apart", "param", "soften"),
    [
        (0.9, "p50_50", 0), (1.269, "p50_50", 0), (1.27, "p75_50", 1), (1.523, "p75_50", 1), (1.524, "p75_75", 1),
        (1.779, "p75_75", 1), (1.78, "p100_75", 1), (1.904, "p100_75", 1), (1.905, "p100_100", 1), (2.299, "p100_100", 1),
        (2.30, "p100_100", 1), (2.409, "p100_100", 1), (2.41, "", 0),
    ],
)  # fmt: skip
def test_a_pair_is_judged_by_the_smallest_probes_that_do_not_fit(apart, param, soften):
    m = measure(board(*points((0, 0), (apart, 0), size=0.5)), "testpoint-spacing")
    assert rows(m, "param", "value", "soften") == ([(param, apart, soften)] if param else [])


def test_the_two_sides_do_not_meet():
    b = board(point("1", 0, 0, 5), point("2", 0.5, 0, 6, layers=FRONT))
    assert len(measure(b, "testpoint-spacing")) == 0


TENTHS = st.integers(0, 80)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(TENTHS, TENTHS, st.booleans()), min_size=1, max_size=25, unique_by=lambda p: p[:2]))
def test_pairs_are_those_of_brute_force(places):
    made = [
        point(str(k), x / 10, y / 10, 2 + k, size=0.11, layers=FRONT if front else BACK) for k, (x, y, front) in enumerate(places)
    ]
    limits = {s: STANDARD["testpoint-spacing"][s].value for s in STEPS}
    expected = []
    for (x, y, front), (u, v, other) in itertools.combinations(places, 2):
        apart = np.hypot(x - u, y - v) / 10
        if front == other and apart < 2.41 - 1e-3:
            expected.append((next((s for s in STEPS if apart < limits[s] - 5e-4), "p100_100"), round(float(apart), 5)))
    m = measure(board(*made), "testpoint-spacing")
    assert sorted((p, round(v, 5)) for p, v in zip(m.param.tolist(), m.value.tolist())) == sorted(expected)


def test_probes_in_a_row_take_turns():
    """1.6 mm apart a probe of 75 mil fits beside one of 50, two of 75 mil do not."""
    value = np.array([1.6, 1.6])
    sizes = _probes(context(board(), "testpoint-spacing"), 3, np.array([0, 1]), np.array([1, 2]), value)
    assert sorted(sizes.tolist()) in ([50, 75, 75], [50, 50, 75])
    assert not sizes[0] == sizes[1] == 75
    assert not sizes[1] == sizes[2] == 75
    m = measure(board(*points((0, 0), (1.6, 0), (3.2, 0), (20, 0), size=0.5)), "testpoint-spacing")
    assert "of 4 probes 1 of 100" in m.detail[0]


NEED = {
    (100, 100): "p100_100", (75, 100): "p100_75", (50, 100): "p100_75", (75, 75): "p75_75", (50, 75): "p75_50",
    (50, 50): "p50_50",
}  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 12), st.floats(0, 12)), min_size=2, max_size=20))
def test_all_probes_fit_unless_the_smallest_do_not(places):
    ctx = context(board(), "testpoint-spacing")
    xy = np.array(places)
    i, j = np.triu_indices(len(xy), 1)
    value = np.hypot(*(xy[i] - xy[j]).T)
    sizes = _probes(ctx, len(xy), i, j, value)
    for a, c, v in zip(i, j, value):
        pair = tuple(sorted((int(sizes[a]), int(sizes[c]))))
        assert v >= ctx.limit(NEED[pair]) - 5e-4 or pair == (50, 50)
    if value.min() >= 2.3:
        assert (sizes == 100).all()


# --- room ----------------------------------------------------------------------------------------------------------------


def to_rectangle(px, py, x, y, width, height, angle):
    """mm from a point to a rectangle that is turned counter-clockwise as seen (y runs down), 0 inside."""
    t = np.radians(angle)
    u, v = (px - x) * np.cos(t) - (py - y) * np.sin(t), (px - x) * np.sin(t) + (py - y) * np.cos(t)
    return float(np.hypot(max(abs(u) - width / 2, 0), max(abs(v) - height / 2, 0)))


PLACE = st.tuples(st.integers(-120, 120), st.integers(-120, 120))
BODY = st.tuples(PLACE, st.integers(10, 60), st.integers(10, 60), st.integers(0, 359), st.sampled_from([0.0, 6.3, 6.4, 12.0]))


@settings(max_examples=25, deadline=None)
@given(st.lists(PLACE, min_size=1, max_size=12, unique=True), st.lists(BODY, min_size=1, max_size=5))
def test_room_to_bodies_is_that_of_brute_force(places, bodies):
    spots = [(x / 10, y / 10) for x, y in places]
    stand = [(x / 10, y / 10, w / 10, h / 10, a, tall) for (x, y), w, h, a, tall in bodies]
    b = board(*points(*spots, layers=FRONT),
              *[part(f"U{k}", *body[:4], angle=body[4], tall=body[5]) for k, body in enumerate(stand)])  # fmt: skip
    m = measure(b, "testpoint-to-component")
    found = {(round(x, 5), round(y, 5), p): v for x, y, p, v in zip(m.x, m.y, m.param, m.value)}
    for x, y in spots:
        gaps = [(to_rectangle(x, y, *body[:5]) - 0.5, body[5] > 6.35) for body in stand]
        if min(g for g, _ in gaps) <= -0.5 + 1e-3:  # under a body, or on its rim
            continue
        tall = min((g for g, high in gaps if high), default=np.inf)
        near = min(g for g, _ in gaps)
        if tall < 5 - 1e-3:
            assert found[x, y, "tall_ring"] == pytest.approx(tall, abs=2e-3)
        elif tall > 5 + 1e-3:
            assert (x, y, "tall_ring") not in found
        if near < 1.27 - 1e-3 and near < tall - 1e-3:
            assert found[x, y, "min"] == pytest.approx(near, abs=2e-3)
        elif near > 1.27 + 1e-3:
            assert (x, y, "min") not in found


@pytest.mark.parametrize(("again", "crowd", "soften"), [(False, 0, -1), (True, 0, 0), (False, 30, 1)])
def test_a_test_point_under_a_part(again, crowd, soften):
    """An error if the net has no other, a warning if it has, a note where no fixture is in mind."""
    items = [point("1", 0, 0, 135, layers=FRONT), part("U1", 0, 0, 6, 6), *pairs_of_nets(2, crowd)]
    if again:
        items.append(point("2", 20, 0, 135, layers=FRONT))
    m = measure(board(*items), "testpoint-to-component")
    assert rows(m, "param", "soften", "x") == [("", soften, 0.0)]
    assert "under U1" in m.detail[0]


def test_a_pad_that_is_free_on_the_other_side_is_not_under_a_part():
    both = footprint(pad("circle", "1.5 1.5", "0.7", net=net(5)), at="0 0", ref="TP1", name="TestPoint_THTPad")
    assert len(measure(board(both, part("U1", 0, 0, 6, 6)), "testpoint-to-component")) == 0


@pytest.mark.parametrize("what", ["other side", "not fitted", "height of its kind"])
def test_what_is_in_nobodys_way(what):
    high = 0.0 if what == "height of its kind" else 10.0
    lib = "CP_Elec_6.3x7.7" if what == "height of its kind" else "Package_1"
    near = part("C1", 0, 4.0 if what == "height of its kind" else 1.5, 2, 2, tall=high, lib=lib,
                more="(attr smd dnp)" if what == "not fitted" else "")  # fmt: skip
    b = board(point("1", 0, 0, 5, layers=BACK if what == "other side" else FRONT), near)
    assert len(measure(b, "testpoint-to-component")) == 0


@pytest.mark.parametrize("x", [-58.0, -57.4, 10.5, 20.0])
def test_the_nearest_edge_is_the_outline_or_a_cut_out(x):
    cut = '(gr_circle (center 8 0) (end 9 0) (stroke (width 0.1) (type solid)) (fill none) (layer "Edge.Cuts"))'
    expected = min(abs(x + 60), abs(abs(x - 8) - 1), 60.0)
    m = measure(board(*points((x, 0)), edge=EDGE + cut), "testpoint-to-edge")
    below = m.value[(m.param == "edge") & (m.value < 2.54)]
    assert below.tolist() == (pytest.approx([expected], abs=1e-3) if expected < 2.54 else [])


def test_room_to_the_pins_is_from_middle_to_rim():
    b = board(*points((0, 4.5), (40, 30)), hole(0, 0, 3.2), hole(40, 50, 3.2, ref="H2"))
    m = measure(b, "testpoint-to-edge")
    assert rows(m.take(m.param == "tooling_hole")) == [("tooling_hole", 2.9)]


# --- pins ----------------------------------------------------------------------------------------------------------------


HEADER = footprint(
    *[pad("circle", "1.7 1.7", "1.0", at=f"{5 + 2.54 * k} 0", net=net(9 + k), number=str(k + 1)) for k in range(2)],
    pad("circle", "3.2 3.2", "3.2", kind="np_thru_hole", net="", number=""), at="0 0", ref="J1", name="PinHeader_1x02",
)  # fmt: skip
"""Two joints and a peg."""


@pytest.mark.parametrize(
    ("item", "count"),
    [
        (hole(0, 0, 3.2), 1), (hole(0, 0, 1.5), 1), (hole(0, 0, 6.5), 1), (hole(0, 0, 1.4), 0), (hole(0, 0, 6.6), 0),
        (hole(0, 0, 3.2, kind="thru_hole").replace('"3.2 3.2"', '"6 6"'), 0), (hole(0, 0, 3.2, drill="oval 3.2 5"), 0),
        (HEADER, 0), (hole(0, 0, 3.2) + part("U1", 0, 0, 8, 8), 0), (hole(0, 0, 3.2) + part("U1", 6, 0, 8, 8), 1),
        (hole(100, 0, 3.2), 0),
    ],
)  # fmt: skip
def test_holes_that_take_a_pin(item, count):
    assert len(pins(context(board(item, *points((30, 30))), "tooling-holes"))) == count


TWO = st.one_of(st.tuples(st.floats(0, 100), st.floats(0, 100)), st.tuples(st.integers(0, 4), st.integers(0, 4)))


@settings(max_examples=200, deadline=None)
@given(st.lists(TWO, min_size=2, max_size=12), st.integers(2, 4))
def test_the_farthest_pins_are_taken(places, count):
    x, y = np.array(places).T
    out = _far_apart(x, y, count, np.zeros(len(x)))
    assert len(set(out.tolist())) == min(count, len(x)) or np.hypot(np.ptp(x), np.ptp(y)) == 0
    best = max(float(np.hypot(a[0] - b[0], a[1] - b[1])) for a, b in itertools.combinations(places, 2))
    assert np.hypot(x[out[0]] - x[out[1]], y[out[0]] - y[out[1]]) == pytest.approx(best, abs=1e-3)
    for k in range(2, len(out)):
        away = np.hypot(x[:, None] - x[out[:k]], y[:, None] - y[out[:k]]).min(axis=1)
        assert away[out[k]] == pytest.approx(away.max(), abs=1e-3)


@pytest.mark.parametrize("round_", [False, True])
def test_many_holes_are_compared_in_little_memory(round_):
    """A perforated board, and holes that are all corners of their hull; a table of all pairs would take 128 MB."""
    k = np.arange(4000)
    x, y = (50 * np.cos(k / 4000 * 2 * np.pi), 50 * np.sin(k / 4000 * 2 * np.pi)) if round_ else (2.0 * (k % 50), 2.0 * (k // 50))
    tracemalloc.start()
    out = _far_apart(x, y, 3, np.zeros(4000))
    turns = _turns(shapely.box(x.min(), y.min(), x.max(), y.max()), x, y, np.full(4000, 2.0))
    used = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert np.hypot(x[out[0]] - x[out[1]], y[out[0]] - y[out[1]]) == pytest.approx(100 if round_ else np.hypot(98, 158))
    assert turns
    assert used < 20e6


def test_holes_that_keep_the_limits_go_before_those_that_are_a_little_farther_apart():
    b = board(*points((0, 0)), *[hole(x, y, s, ref=f"H{k}") for k, (x, y, s) in enumerate(
        ((-55, -55, 4.3), (55, 55, 4.3), (-50, -40, 3.2), (50, 40, 3.2), (-50, 40, 3.2)))])  # fmt: skip
    p = pins(context(b, "tooling-holes"))
    assert sorted(zip(p.x[p.chosen].tolist(), p.y[p.chosen].tolist())) == [(-50, -40), (50, 40)]
    assert p.spread == pytest.approx(np.hypot(100, 80) / np.hypot(120, 120))
    assert not p.symmetric
    four = ((-55, -55, 4.3), (55, 55, 4.3), (0, 0, 3.2), (9, 0, 3.2))
    near = board(*points((0, 0)), *[hole(*at, ref=f"H{k}") for k, at in enumerate(four)])
    p = pins(context(near, "tooling-holes"))
    assert sorted(p.diameter[p.chosen].tolist()) == [4.3, 4.3]


@pytest.mark.parametrize("corner", range(4))
def test_of_the_corners_of_a_rectangle_those_with_more_room_are_taken(corner):
    """Parts stand beside all four, nearest beside one: the pins are in the two corners next to that."""
    places = [(-50.1, -40.3), (50.1, -40.3), (50.1, 40.3), (-50.1, 40.3)]
    beside = [part(f"U{k}", x - (4.0 if k == corner else 5.0) * (1 if x > 0 else -1), y, 4, 4) for k, (x, y) in enumerate(places)]
    b = board(*points((0, 0)), *[hole(*at, 3.2, ref=f"H{k}") for k, at in enumerate(places)], *beside)
    p = pins(context(b, "tooling-holes"))
    assert {(round(float(p.x[k]), 3), round(float(p.y[k]), 3)) for k in np.flatnonzero(p.chosen)} == {
        places[corner - 1], places[corner - 3]
    }  # fmt: skip


@pytest.mark.parametrize(
    ("places", "sizes", "outline", "symmetric"),
    [
        (((-50, -50), (50, 50)), (3.2, 3.2), EDGE, True), (((-50, -50), (50, 49)), (3.2, 3.2), EDGE, False),
        (((-50, -50), (50, 50)), (3.2, 2.5), EDGE, False), (((-50, -50), (50, -50)), (3.2, 3.2), EDGE, False),
        (((-50, -50), (50, 50), (50, -50), (-50, 50)), (3.2,) * 4, EDGE, True),
        (((-50, -50), (50, 50), (50, -50)), (3.2,) * 3, EDGE, False),
    ],
)  # fmt: skip
def test_boards_that_go_on_turned_by_half_a_turn(places, sizes, outline, symmetric):
    b = board(*points((0, 0)), *[hole(x, y, s, ref=f"H{k}") for k, ((x, y), s) in enumerate(zip(places, sizes))], edge=outline)
    assert pins(context(b, "tooling-holes", diameter_min=2.4)).symmetric is symmetric


def test_few_pins_and_few_nails():
    count, ten = [(k * 4.0, 20.0) for k in range(9)], [(k * 4.0, 20.0) for k in range(10)]
    m = measure(board(*points(*count), hole(0, 0, 3.2)), "tooling-holes")
    assert rows(m.take(m.param == "count"), "value", "soften") == [(1.0, 1)]
    m = measure(board(*points(*ten), hole(0, 0, 3.2)), "tooling-holes")
    assert rows(m.take(m.param == "count"), "value", "soften") == [(1.0, 0)]


def test_in_a_panel_the_rule_of_rails_tells_of_missing_holes():
    score = '(gr_line (start 0 -60) (end 0 60) (stroke (width 0.1) (type solid)) (layer "Edge.Cuts"))'
    m = measure(board(*points(*[(4 + k * 4.0, 20.0) for k in range(12)]), edge=EDGE + score), "tooling-holes")
    assert "count" not in m.param.tolist()


# --- force ---------------------------------------------------------------------------------------------------------------

GRID = st.integers(0, 30).map(lambda k: round(k * 2.54, 4))
SPOTS = st.lists(st.one_of(st.tuples(GRID, GRID), st.tuples(st.floats(0, 80), st.floats(0, 80))), min_size=1, max_size=40)


@settings(max_examples=150, deadline=None)
@given(SPOTS, st.integers(0, 2**32 - 1))
def test_no_square_inch_holds_more(places, seed):
    x, y = np.array(places).T
    best = densest(x, y)
    size = INCH + EPS
    assert np.ptp(x[best]) <= size + 1e-9
    assert np.ptp(y[best]) <= size + 1e-9
    assert len(set(best.tolist())) == len(best)

    def inside(left, top):
        return int(((x >= left) & (x <= left + size) & (y >= top) & (y <= top + size)).sum())

    assert len(best) == max(inside(left, top) for left in x for top in y)
    spots = np.random.default_rng(seed).uniform(-INCH, 80, (200, 2))
    assert len(best) >= max(inside(*spot) for spot in spots)


@pytest.mark.parametrize("at", [0.0, 45.72, 100.33])
def test_both_sides_of_the_square_count(at):
    """45.72 + 25.4 is less than 71.12 by a rounding."""
    k = np.arange(12)
    x, y = np.meshgrid(np.round(at + 2.54 * k, 4), np.round(at + 2.54 * k, 4))
    assert len(densest(x.ravel(), y.ravel())) == 121


@pytest.mark.parametrize(("force", "value"), [(None, 13 * 8.0), (4.0, 52.0)])
def test_thirteen_probes(force, value):
    spots = [(2.5 * (k % 5), 2.5 * (k // 5)) for k in range(13)]
    m = measure(board(*points(*spots, (50, 50))), "probe-density", **({"force": force} if force else {}))
    assert rows(m) == [("force_max", value)]
    assert f"all 14 probes of the bottom press with {14 * (force or 8):g} oz" in m.detail[0]


def test_each_side_presses_for_itself_and_further_nails_of_ground_count():
    """Five on top; on the bottom six of ground and one of a signal with six test points, two more elsewhere."""
    top = points(*[(4.0 * k, 0) for k in range(5)], layers=FRONT)
    ground = [point(str(20 + k), 4.0 * k, 10, 0) for k in range(6)]
    signal = [point(str(30 + k), 4.0 * k, 20, 100) for k in range(6)]
    b = board(*top, *ground, *signal, point("40", 50, 50, 101), point("41", 50, 40, 102))
    assert rows(measure(b, "probe-density")) == [("force_max", 40.0), ("force_max", 56.0)]


@settings(max_examples=20, deadline=None)
@given(st.lists(PLACE, min_size=1, max_size=12, unique=True), st.integers(0, 359))
def test_probes_about_an_array_are_counted(places, angle):
    spots = [(x / 5, y / 5) for x, y in places]
    balls = " ".join(
        smd("0.4 0.4", at=f"{0.8 * column - 1.2} {0.8 * row - 1.2}", number=f"{'ABCD'[row]}{column + 1}", net="")
        for row, column in itertools.product(range(4), range(4))
    )
    made = footprint(balls, fab(4, 6), at=f"1 2 {angle}", ref="U1", name="BGA-16_4x4_P0.8mm")
    count = [to_rectangle(x, y, 1, 2, 4, 6, angle) for x, y in spots]
    if min(abs(c - 10) for c in count) < 2e-3:
        return
    m = measure(board(*points(*spots), made), "probe-density")
    near = m.take(m.param == "near_bga")
    total = sum(c <= 10 for c in count)
    assert near.value.tolist() == ([total] if total else [])


# --- real boards ---------------------------------------------------------------------------------------------------------

BOARDS = Path(os.environ.get("DFMCHECK_BOARDS", "/nonexistent"))


@pytest.mark.boards
@pytest.mark.skipif(not BOARDS.exists(), reason="set DFMCHECK_BOARDS")
@pytest.mark.parametrize(
    ("file", "meant", "count", "holes", "told"),
    [
        ("luna_rev0", True, 50, 0, (0, 35, 1, 4)), ("bitaxeUltra", True, 31, 4, (0, 4, 1, 0)),
        ("hubble-lens", True, 12, 6, (1, 0, 1, 0)), ("OrangeCrab", False, 6, 2, (0, 2, 0, 0)),
        ("icebreaker", False, 0, 6, (0, 0, 0, 0)),
    ],
)  # fmt: skip
def test_real_boards(file, meant, count, holes, told):
    """Counted in the files by hand: test points that a fixture takes, holes for its pins, places that are told."""
    (path,) = (BOARDS / "kicad").rglob(f"{file}.kicad_pcb")
    b = read(path)
    ctx = context(b, "testpoint-spacing")
    n = nails(ctx)
    assert (n.meant, int(n.taken.sum()), len(pins(ctx))) == (meant, count, holes)
    rules = ("testpoint-spacing", "testpoint-to-component", "tooling-holes", "probe-density")
    report = Plan(RULES, STANDARD, frozenset(rules)).run(b)
    assert tuple(sum(len(f.places) for f in report.findings if f.rule == rule) for rule in rules) == told
