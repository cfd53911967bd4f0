"""Room for a soldering nozzle, by hand and by brute force."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import shapely
from flows import flow, plan
from hypothesis import given, settings
from hypothesis import strategies as st
from leaded import NEAR, Header, Rect, leaded, turned
from small import rows, smd, via

from dfmcheck import shape
from dfmcheck.board import Board
from dfmcheck.check import Context, Run, registry
from dfmcheck.flow import plan as flows
from dfmcheck.flow.nozzle import Reach, exclusions, room
from dfmcheck.flow.nozzle_way import EXITS, TOGETHER, rows_of
from dfmcheck.flow.pallet import lead_lands
from dfmcheck.read import read
from dfmcheck.rule import Limit, load_rules

RULES = load_rules()
WIDE = Reach(60.0, 60.0, 120.0, 4.5, 10.0)
"""All there is."""
ROW = Header(5, 1, 2.54, 1.7)  # lands from x = -5.93 to 5.93, y = -0.85 to 0.85


def by_param(b: Board, reach: Reach = WIDE, side: int = 1):
    found, stand, best = room(b, side, reach)
    return {p: found.take(found.param == p) for p in ("ring", "exit_side", "nozzle_od_min")}, stand, best


def context(b: Board, made=None, **limits: float) -> Context:
    row = RULES["selective-nozzle-clearance"]
    known = {k: Limit(v, None, row.params[k].sense, row.params[k].unit, "test") for k, v in limits.items()}
    run = None if made is None else Run(RULES, {row.id: known}, results={flows.plan: made})
    return Context(b, row, known, run=run)


# --- rows of joints -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("angle", [0, 30, 90, 200])
@pytest.mark.parametrize(("columns", "lines", "count"), [(1, 1, 1), (5, 1, 1), (1, 5, 1), (6, 2, 2), (3, 7, 3), (4, 4, 4)])
def test_rows_run_along_the_longer_side_of_the_array(columns, lines, count, angle):
    b = leaded(Header(columns, lines, 2.54, 1.7, angle))
    found = rows_of(b, lead_lands(b, 1))
    assert len(found) == count
    long = 2.54 * (max(columns, lines) - 1)
    assert [round(g.length, 6) for g in found.axis] == pytest.approx([long] * count)
    across = np.sort(found.box[:, 2:] - found.box[:, :2], axis=1)
    assert across == pytest.approx(np.array([[1.7, long + 1.7]] * count), abs=1e-6)


@pytest.mark.parametrize(("pitch", "count"), [(TOGETHER - 0.01, 1), (TOGETHER + 0.01, 4)])
def test_joints_far_apart_are_dipped_one_by_one(pitch, count):
    b = leaded(Header(4, 1, pitch, 1.7))
    assert len(rows_of(b, lead_lands(b, 1))) == count


# --- room, by hand ------------------------------------------------------------------------------------------------------


def test_a_part_beside_a_row():
    """2.5 mm below the lands: the nozzle leaves anywhere but there, and a circle of 2 (0.85 + 2.5) mm passes."""
    found, stand, best = by_param(leaded(ROW, Rect(0, 0.85 + 2.5 + 0.5, 1.0, 1.0, 0)))
    assert found["ring"].value == pytest.approx([2.5])
    assert found["nozzle_od_min"].value == pytest.approx([6.7])
    assert len(found["exit_side"]) == 0
    assert EXITS[best[0]] == "+x"
    assert stand.component.tolist() == [1]


@pytest.mark.parametrize("at", range(5))
def test_each_kind_of_room_names_the_joint_that_is_nearest(at):
    x = 2.54 * (at - 2)
    b = leaded(ROW, Rect(x + 0.2, 3.0, 0.5, 0.5, 0), Rect(9, 0, 0.5, 9, 0), Rect(-9, 0, 0.5, 9, 0), Rect(0, -3.1, 14, 0.5, 0))
    found, _, _ = by_param(b)
    row = np.flatnonzero(b.pads.hole >= 0)  # from left to right
    for name, told in found.items():
        assert len(told), name
        away = np.hypot(*(np.stack([b.pads.x, b.pads.y])[:, row, None] - np.stack([told.x, told.y])[:, None]))
        assert b.features.pad[told.land].tolist() == row[away.argmin(axis=0)].tolist(), name
    assert row[at] in b.features.pad[found["nozzle_od_min"].land]


def test_with_all_four_ways_barred_the_widest_is_best():
    bars = (
        Rect(5.93 + 4.5, 0, 1, 8, 0),
        Rect(-5.93 - 3.5, 0, 1, 8, 0),
        Rect(0, 0.85 + 7.5, 30, 1, 0),
        Rect(0, -0.85 - 2.5, 30, 1, 0),
    )
    found, _, best = by_param(leaded(ROW, *bars))
    assert found["exit_side"].value == pytest.approx([7.0])
    assert EXITS[best[0]] == "+y"
    found, _, best = by_param(leaded(ROW, *bars[:2], *bars[3:]))
    assert EXITS[best[0]] == "+y"
    assert len(found["exit_side"]) == 0


@pytest.mark.parametrize("angle", [0, 90, 37])
def test_directions_are_those_of_the_part(angle):
    """Parts on three of its sides: only -y of the turned header is free."""
    own = np.array([[9.0, 0.0], [-9.0, 0.0], [0.0, 4.0]])
    at = turned(own, -angle)
    sizes = (1, 6), (1, 6), (16, 1)
    bars = [Rect(*map(float, p), *s, angle) for p, s in zip(np.round(at, 9), sizes)]
    _, _, best = by_param(leaded(Header(5, 1, 2.54, 1.7, angle), *bars))
    assert EXITS[best[0]] == "-y"


def test_the_way_out_is_as_wide_as_the_nozzle():
    """A land 2.3 mm beside the line of a row does not bar a nozzle of 4.5 mm; one 2.2 mm beside it does."""
    shut = Rect(0, 3.0, 30, 1, 0), Rect(0, -3.0, 30, 1, 0), Rect(-9, 0, 1, 4, 0)
    for off, expected in ((2.3, []), (2.2, [4.0])):
        found, _, best = by_param(leaded(ROW, *shut, Rect(5.93 + 4.0 + 0.5, off + 0.5, 1.0, 1.0, 0)))
        assert EXITS[best[0]] == "+x"
        assert found["exit_side"].value.tolist() == pytest.approx(expected)


def test_leads_of_the_same_pass_and_of_the_part_itself_do_not_count():
    other = Header(5, 1, 2.54, 1.7).text("J2").replace("(at 0 0 0.0)", "(at 0 2.54 0)", 1)
    found, stand, _ = by_param(leaded(ROW, more=other))
    assert all(len(r) == 0 for r in found.values())
    assert len(stand) == 0


def test_leads_whose_part_stands_on_the_solder_side_do_count():
    other = Header(1, 1, 2.54, 1.7).text("J2").replace("(at 0 0 0.0)", "(at 0 5 0)", 1).replace('"F.Cu")', '"B.Cu")', 1)
    found, _, _ = by_param(leaded(ROW, more=other))
    assert found["ring"].value == pytest.approx([5 - 1.7])


@pytest.mark.parametrize(
    ("extra", "expected"), [("(tenting none)", [1.0]), ("", []), ("(tenting none) (filling yes) (capping yes)", [])]
)
def test_open_vias_are_in_the_way_but_stop_nothing(extra, expected):
    b = leaded(ROW, more=via(0.6, 0.3, at="0 2.15", extra=extra))
    found, stand, _ = by_param(b)
    assert found["ring"].value.tolist() == pytest.approx(expected)
    assert stand.soft.all()
    assert not len(found["nozzle_od_min"])
    assert not exclusions(context(b, ring=2.0, exit_side=3.0, nozzle_od_min=4.5), 1)


def test_test_points_are_soft_and_fiducials_do_not_count():
    point = (
        '(footprint "lib:TestPoint" (layer "B.Cu") (at 0 2.35) (property "Reference" "{}" (at 0 0) (layer "B.Fab")) '
        + smd(shape="circle", layers='"B.Cu" "B.Mask"', extra="{}") + ")"
    )  # fmt: skip
    found, stand, _ = by_param(leaded(ROW, more=point.format("TP1", "(property pad_prop_testpoint)")))
    assert found["ring"].value == pytest.approx([1.0])
    assert stand.soft.tolist() == [True]
    _, stand, _ = by_param(
        leaded(ROW, more=point.format("FID1", "(property pad_prop_fiducial_glob)").replace("TestPoint", "Fiducial"))
    )
    assert len(stand) == 0


@pytest.mark.parametrize(("tall", "more"), [(9.0, 0.0), (10.0, 0.0), (13.5, 3.5)])
def test_what_is_higher_than_the_nozzle_asks_for_more(tall, more):
    found, _, _ = by_param(leaded(ROW, Rect(0, 4.35, 1, 1, 0, tall)))
    assert rows(found["ring"], "value", "more") == [(3.0, more)]
    assert rows(found["nozzle_od_min"], "value", "more") == [(7.7, 2 * more)]


# --- brute force --------------------------------------------------------------------------------------------------------


@st.composite
def scenes(draw):
    columns = draw(st.integers(2, 6))
    lines = draw(st.integers(1, min(2, columns - 1)))
    header = Header(columns, lines, draw(st.sampled_from([2.0, 2.54, 4.0])), 1.5, draw(st.integers(0, 359)))
    place, size = st.floats(-14, 14), st.floats(0.3, 6.0)
    rects = draw(st.lists(st.builds(Rect, place, place, size, size, st.integers(0, 179)), min_size=1, max_size=6))
    return header, rects


def ahead(points, header, line, way, slack):
    """mm from the edge of a row's lands to the first of the points on a way, which is wider by `slack` on both sides."""
    sign, along = (1 if way[0] == "+" else -1), "xy".index(way[1])
    middles = header.own()[line]
    out, mid = sign * points[:, along], points[:, 1 - along]
    edge = (sign * middles[:, along]).max() + header.land / 2
    low, high = middles[:, 1 - along].min() - header.land / 2, middles[:, 1 - along].max() + header.land / 2
    half = max((high - low) / 2, WIDE.width / 2) + slack
    met = (np.abs(mid - (low + high) / 2) < half) & (out > edge - slack)
    return max((out[met] - edge).min(), 0.0) if met.any() else np.inf


@settings(max_examples=80, deadline=None)
@given(scenes())
def test_room_agrees_with_points(scene):
    """Each rectangle as points `STEP` apart, all that the nozzle could meet: right to within `NEAR`, 0.028 mm.

    A rectangle that the way just grazes may have no point in it: there the way is taken that much wider and narrower.
    """
    header, rects = scene
    b = leaded(header, *rects)
    found, _, best = by_param(b)
    points = np.concatenate([r.points() for r in rects])
    own = turned(points, header.angle)
    middles = header.own()
    far = np.linalg.norm(own[:, None] - middles.reshape(1, -1, 2), axis=2).min() - header.land / 2
    ring = found["ring"].value.min()
    assert max(far - NEAR, 0) - 1e-5 <= ring <= max(far, 0) + 1e-5
    beside = min(
        np.hypot(np.maximum(np.abs(own[:, 0] - line[:, 0].mean()) - np.ptp(line[:, 0]) / 2, 0), own[:, 1] - line[0, 1]).min()
        for line in middles
    )
    channel = found["nozzle_od_min"].value[0]
    assert max(2 * (beside - NEAR), 0) - 1e-5 <= channel <= 2 * beside + 1e-5
    lines = range(header.rows)
    least = {way: min(ahead(own, header, k, way, NEAR) for k in lines) - NEAR for way in EXITS}
    most = {way: min(ahead(own, header, k, way, 0.0) for k in lines) for way in EXITS}
    told = found["exit_side"].value[0] if len(found["exit_side"]) else WIDE.exit_side
    assert min(max(least.values()), WIDE.exit_side) - 1e-5 <= told <= min(max(most.values()), WIDE.exit_side) + 1e-5
    way = EXITS[best[0]]
    assert min(least[way], WIDE.exit_side) - 1e-5 <= told <= min(most[way], WIDE.exit_side) + 1e-5


# --- what the rule and the flows make of it -----------------------------------------------------------------------------

LIMITS = {"ring": 2.0, "exit_side": 3.0, "nozzle_od_min": 4.5}


def test_parts_that_no_nozzle_reaches_exclude_the_flow():
    near = leaded(ROW, Rect(0, 0.85 + 1.9 + 0.5, 1.0, 1.0, 0))
    (found,) = exclusions(context(near, **LIMITS), 1)
    assert found.parts == (0,)
    assert found.rule == "selective-nozzle-clearance"
    assert exclusions(context(near, ring=1.9, exit_side=3.0), 1) == ()
    assert exclusions(context(near), 1) == ()
    assert exclusions(context(near, **LIMITS), 0) == ()


@pytest.mark.parametrize(
    ("leads", "code", "told"), [("selective", "F7", 1), ("hand", "F7h", 0), ("wave", "F6", 0), ("pip", "F7p", 0)]
)
def test_only_a_flow_with_a_nozzle_is_judged(leads, code, told):
    b = leaded(ROW, Rect(0, 3.25, 1.0, 1.0, 0))
    m = registry()["selective_nozzle"].measure(context(b, plan(flow(b, leads, code=code)), **LIMITS))
    assert rows(m) == [("ring", 1.9)] * told
    assert m.checked == told
    if told:
        assert "leaving towards +x (F7)" in m.detail[0]


def test_a_part_that_goes_by_hand_is_told_why():
    b = leaded(
        ROW, Rect(0, 3.25, 1.0, 1.0, 0), more=Header(3, 1, 2.54, 1.7).text("J2").replace("(at 0 0 0.0)", "(at 30 30 0)", 1)
    )
    made = flow(b, "selective", code="F7h")
    made.method[0] = "hand"
    m = registry()["selective_nozzle"].measure(context(b, plan(made), **LIMITS))
    assert rows(m) == [("ring", 1.9)]
    assert m.checked == 2
    assert "F7h: by hand" in m.detail[0]


# --- real boards --------------------------------------------------------------------------------------------------------


def strips(lines, k, way, length, width):
    """The way out of one row of joints as a polygon on the board."""
    x0, y0, x1, y1 = lines.box[k]
    grow = np.maximum(width - np.array([x1 - x0, y1 - y0]), 0) / 2
    ends = {
        "+x": (x1, y0 - grow[1], x1 + length, y1 + grow[1]),
        "-x": (x0 - length, y0 - grow[1], x0, y1 + grow[1]),
        "+y": (x0 - grow[0], y1, x1 + grow[0], y1 + length),
        "-y": (x0 - grow[0], y0 - length, x1 + grow[0], y0),
    }
    return shapely.transform(shapely.box(*ends[way]), lambda xy: turned(xy, -np.degrees(lines.turn[k])))


def free(scene, part, way, length):
    """Whether nothing but the part itself lies in its way out, of the least nozzle."""
    lines, bodies, tree, owner = scene
    for k in np.flatnonzero(lines.component == part):
        strip = strips(lines, k, way, length, 4.5)
        hit = tree.query(strip)
        hit = hit[owner[hit] != part]
        if (shapely.area(shapely.intersection(strip, bodies[hit])) > 1e-6).any():
            return False
    return True


@pytest.mark.boards
def test_ways_out_on_real_boards():
    """The way that is told is free as far as it is told, within 0.01 mm, and no way is free farther."""
    folder = os.environ.get("DFMCHECK_BOARDS")
    paths = sorted(Path(folder).rglob("*.kicad_pcb"))[:16] if folder else []
    if not paths:
        pytest.skip("DFMCHECK_BOARDS names no folder with boards")
    asked, shut, ways = Reach(3.0, 5.0, 4.5, 4.5, 1e3), 0, 0
    for path in paths:
        b = read(path)
        for side in (0, 1):
            lands = lead_lands(b, side)
            if not len(lands):
                continue
            found, stand, best = by_param(b, asked, side)
            lines = rows_of(b, lands)
            hard = np.flatnonzero(~stand.soft)
            bodies = shape.polygons(stand.core[hard], stand.radius[hard])
            tree = shapely.STRtree(bodies)
            ends = found["exit_side"]

            scene = lines, bodies, tree, stand.component[hard]
            for part in np.unique(lines.component).tolist():
                told = float(ends.value[ends.lead == part][0]) if part in ends.lead else asked.exit_side
                ways += 1
                shut += told < asked.exit_side
                if told > 0.01:
                    assert free(scene, part, EXITS[best[part]], told - 0.01), (path.name, b.components.ref[part])
                if told < asked.exit_side:
                    assert not any(free(scene, part, way, told + 0.01) for way in EXITS), (path.name, b.components.ref[part])
    assert ways
