"""What copper leaves a land: by hand, and against a thin ring around the land cut out of all copper of its net."""

import os
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pours import slit, zone
from small import board, footprint, pad, smd, track, via

from dfmcheck import shape, ties
from dfmcheck.board import Kind
from dfmcheck.read import read

LAND = smd("1 0.8")  # its corners at (9.5, 9.6) and (10.5, 10.4)
AROUND = 2 * (1 + 0.8) + 2 * np.pi * ties.PROBE
"""mm: length of the line at which its exits are measured."""


def exits(*items, layers=("F.Cu",), copper=2, pads=None, setup=""):
    b = board(*items, copper=copper, setup=setup)
    chosen = np.arange(len(b.pads), dtype=np.int32) if pads is None else np.array(pads, np.int32)
    return ties.exits(b.derived, chosen, np.array([b.layer(name) for name in layers], np.int32))


def told(e):
    return sorted((str(k), round(float(w), 3)) for k, w in zip(e.kind, e.width))


def test_tracks_are_as_wide_as_drawn_whichever_way_they_leave():
    straight = track(0.3, at="10 10", to="14 10")
    slanting = track(0.2, at="10 10", to="14 7")
    e = exits(footprint(LAND), straight, slanting, track(0.25, at="13 13", to="15 15"))
    assert told(e) == [("track", 0.2), ("track", 0.3)]
    assert e.section == pytest.approx(e.width * 0.035)
    along = e.x[np.argmax(e.width)], e.y[np.argmax(e.width)]
    assert along == pytest.approx((10.5 + ties.PROBE, 10), abs=1e-3)


def test_a_track_through_the_land_leaves_on_both_sides():
    assert told(exits(footprint(LAND), track(0.3, at="5 10", to="15 10"))) == [("track", 0.3), ("track", 0.3)]


def test_a_round_end_that_looks_out_of_the_land_leaves_nowhere():
    # 0.9 mm wide, it ends 0.1 mm from the middle of a land of 0.8 mm: its end shows on both flanks.
    assert told(exits(footprint(LAND), track(0.9, at="10.1 10", to="15 10"))) == [("track", 0.9)]
    assert told(exits(footprint(LAND), track(0.4, at="9.6 10", to="15 10"))) == [("track", 0.4)]


def test_a_solid_pour_counts_by_its_contact():
    e = exits(footprint(LAND), zone(shapely.box(5, 5, 15, 15)))
    assert told(e) == [("solid", round(AROUND, 3))]


def test_a_pour_that_meets_one_side_is_no_more_than_a_spoke():
    # The probe line of 0.01 mm around the land leaves the fill where the fill ends: 0.8 mm of flank and two corners.
    e = exits(footprint(LAND), zone(shapely.box(10.5, 5, 15, 15)))
    assert told(e) == [("spoke", round(0.8 + np.pi * ties.PROBE, 3))]


def relief(spokes, half=0.15, at=(10, 10)):
    x, y = at
    land = shapely.box(x - 0.5, y - 0.4, x + 0.5, y + 0.4)
    bars = {"e": shapely.box(x, y - half, x + 2, y + half), "n": shapely.box(x - half, y - 2, x + half, y)}
    bars |= {"w": shapely.box(x - 2, y - half, x, y + half), "s": shapely.box(x - half, y, x + half, y + 2)}
    air = shapely.box(x - 0.8, y - 0.7, x + 0.8, y + 0.7)
    joined = [bars[s].difference(land.buffer(-0.05)) for s in spokes]
    fill = shapely.union_all([shapely.box(5, 5, 15, 15).difference(air), *joined])
    return zone(*(slit(p) for p in shapely.get_parts(fill)), outline=shapely.box(5, 5, 15, 15), gap=0.3, width=2 * half)


@pytest.mark.parametrize("spokes", ["e", "en", "ew", "ensw"])
def test_spokes_are_counted_and_measured(spokes):
    e = exits(footprint(LAND), relief(spokes))
    assert told(e) == [("spoke", 0.3)] * len(spokes)


def test_a_track_over_a_spoke_is_no_second_way():
    assert told(exits(footprint(LAND), relief("e"), track(0.2, at="10 10", to="15 10"))) == [("spoke", 0.3)]
    beside = exits(footprint(LAND), relief("e"), track(0.5, at="10 10", to="15 10"))
    assert told(beside) == [("spoke", 0.3), ("track", 0.1), ("track", 0.1)]


def test_vias_tie_by_the_girth_of_their_holes():
    inside, edge = via(0.6, 0.3, at="10 10"), via(0.6, 0.3, at="10.7 10")
    girth = round(np.pi * 0.3, 3)
    assert told(exits(footprint(LAND), inside)) == [("via", girth)]
    e = exits(footprint(LAND), edge)
    # The via's land, a circle of 0.3 mm around (10.7, 10), lies over 2 sqrt(0.3^2 - 0.19^2) mm of the line at x = 10.51.
    assert e.kind.tolist() == ["via"]
    assert e.width == pytest.approx([2 * np.sqrt(0.3**2 - 0.19**2)], abs=2e-3)
    assert e.section == pytest.approx(e.width * ties.PLATING)
    parted = exits(footprint(LAND), edge, track(0.1, at="10 10", to="10.7 10"))
    assert sum(k == "via" for k in parted.kind) == 1


def test_lands_that_meet_and_other_nets():
    other = smd("1 0.8", at="0.9 0", number="2")
    e = exits(footprint(LAND, other), pads=[0])
    assert told(e) == [("land", 0.8)]
    assert told(exits(footprint(LAND), track(0.3, at="10 10", to="14 10", net=2))) == []


def test_through_hole_lands_have_ties_on_every_layer():
    hole = pad("rect", "1 0.8", "0.5", layers='"*.Cu" "*.Mask"')
    items = footprint(hole), track(0.3, at="10 10", to="14 10", layer="B.Cu"), track(0.5, at="10 10", to="14 10", layer="In1.Cu")
    e = exits(*items, layers=("F.Cu", "In1.Cu", "B.Cu"), copper=4)
    assert sorted(zip(e.layer.tolist(), np.round(e.width, 3).tolist())) == [(1, 0.5), (3, 0.3)]


def test_the_stackup_says_how_thick_the_copper_is():
    stack = '(stackup (layer "F.Cu" (type "copper") (thickness 0.07)) (layer "B.Cu" (type "copper") (thickness 0.018)))'
    e = exits(footprint(LAND), track(0.3, at="10 10", to="14 10"), setup=stack)
    assert e.section == pytest.approx([0.3 * 0.07])


def ring(b, p, layer, half=0.002):
    """mm of copper of the pad's net, its own land left out, on the line `PROBE` outside the land: by a thin ring around it."""
    f = b.features
    mine = np.flatnonzero((f.layer == layer) & (f.pad == p))
    land = shapely.union_all(shape.polygons(f.core[mine], f.radius[mine], quad_segs=32))
    near = np.flatnonzero((f.layer == layer) & (f.pad != p) & (f.net == b.pads.net[p]))
    box = shapely.box(*land.buffer(1).bounds)
    near = near[shapely.dwithin(f.core[near], box, f.radius[near])]
    fill = f.kind[near] == Kind.ZONE
    parts = [shapely.intersection(f.core[k], box).buffer(f.radius[k]) for k in near[fill]]
    parts += list(shape.polygons(f.core[near[~fill]], f.radius[near[~fill]], quad_segs=32))
    around = land.buffer(ties.PROBE + half, quad_segs=32).difference(land.buffer(ties.PROBE - half, quad_segs=32))
    return shapely.union_all(parts).intersection(around).area / (2 * half)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(st.floats(-0.2, 0.2), st.floats(0.1, 0.3), st.sampled_from("nesw")), max_size=3, unique_by=lambda t: t[2]),
    st.sampled_from(["", "e", "ns", "ensw", "solid"]), st.floats(0.05, 0.2),
)  # fmt: skip
def test_against_a_ring_cut_out_of_the_merged_copper(tracks, pour, half):
    items = [footprint(LAND)]
    for off, width, way in tracks:
        dx, dy = {"n": (0, -1), "e": (1, 0), "s": (0, 1), "w": (-1, 0)}[way]
        along = abs(dy) * off, abs(dx) * off
        items.append(track(round(width, 4), at=f"{10 + along[0]:.4f} {10 + along[1]:.4f}",
                           to=f"{10 + along[0] + 4 * dx:.4f} {10 + along[1] + 4 * dy:.4f}"))  # fmt: skip
    if pour:
        items.append(zone(shapely.box(5, 5, 15, 15)) if pour == "solid" else relief(pour, round(half, 4)))
    b = board(*items)
    e = ties.exits(b.derived, np.array([0], np.int32), np.array([b.layer("F.Cu")], np.int32))
    assert e.width.sum() == pytest.approx(ring(b, 0, b.layer("F.Cu")), abs=0.01)


@pytest.mark.boards
def test_against_rings_on_real_boards():
    """Slanting tracks, and the sides of those that run along a land, cross the ring on a longer way than they are wide, and
    vias tie by their holes: nothing is ever more than the ring, and nine of ten agree with it."""
    folder = os.environ.get("DFMCHECK_BOARDS")
    paths = sorted(Path(folder).rglob("*.kicad_pcb"))[:12] if folder else []
    if not paths:
        pytest.skip("DFMCHECK_BOARDS names no folder with boards")
    rng, compared, apart = np.random.default_rng(4), 0, 0
    for path in paths:
        b = read(path)
        outer = b.copper_layers[[0, -1]]
        some = np.flatnonzero((b.pads.net >= 0) & (b.pads.component >= 0)).astype(np.int32)
        some = rng.choice(some, min(60, len(some)), replace=False).astype(np.int32)
        e = ties.exits(b.derived, np.sort(some), outer)
        for p in some.tolist():
            mine = e.pad == p
            if (e.kind[mine] == "via").any() or b.pads.side[p] == 2:
                continue
            layer = int(outer[b.pads.side[p]])
            got, want = float(e.width[mine].sum()), ring(b, p, layer)
            compared += 1
            apart += abs(got - want) > 0.05 + 0.05 * want
            assert got < want + 0.02 + 0.02 * want, (path.stem, b.components.ref[b.pads.component[p]], b.pads.number[p])
    assert compared > 100
    assert apart <= 0.1 * compared
