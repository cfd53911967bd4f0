"""Connected copper: what touches, what plated holes join, and what nothing joins."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pours import zone
from small import board, footprint, measure, pad, rows, smd, track, via

from dfmcheck.copper import CHORD, merged


def island(x, net=1):
    return zone(shapely.box(x, 0, x + 2, 3), net=net, name="A" if net else "")


def nodes(design):
    """The node of each copper feature."""
    node = design.derived.nodes()
    assert ((node >= 0) == (design.layers.order[design.features.layer] >= 0)).all()
    return node[node >= 0]


def test_islands_are_told_with_their_area():
    land = footprint(smd(), at="1 1")
    m = measure(board(land, zone(shapely.box(0, 0, 2, 3), shapely.box(5, 0, 7, 3), shapely.box(9, 0, 10, 1))), "isolated-copper")
    assert rows(m, "value", "x", "y") == [(1.0, 9.5, 0.5), (6.0, 6.0, 1.5)]
    m = measure(board(land, island(0), island(5)), "isolated-copper", min_area=6.5)
    assert not len(m)


def test_what_joins_an_island():
    def isolated(*items):
        return len(measure(board(footprint(smd(), at="-5 1"), island(0), *items), "isolated-copper"))

    assert isolated() == 1
    assert isolated(track(0.2, at="-5 1", to="1 1")) == 0
    assert isolated(track(0.2, at="-5 1", to="-0.1 1")) == 0, "the round end touches"
    assert isolated(track(0.2, at="-5 1", to="-0.11 1")) == 1, "10 um short of it"
    assert isolated(via("0.6", "0.3", at="1 1")) == 0, "a via of its net lies in it"
    assert isolated(via("0.6", "0.3", at="1 1", net=2)) == 1
    assert isolated(footprint(smd(net='(net 2 "B")'), at="1 1")) == 1


def test_stub_of_tracks_is_one_piece():
    design = board(track(0.2, at="0 0", to="4 0"), track(0.2, at="4 0", to="4 3"), via("0.6", "0.3", at="9 9"))
    m = measure(design, "isolated-copper")
    # Two strips, less the corner that they share, half an end on either tip and a quarter around the corner.
    area = 4 * 0.2 + 3 * 0.2 - 0.1 * 0.1 + 1.25 * np.pi * 0.1**2
    assert m.value.tolist() == pytest.approx([area], rel=2e-3)
    assert m.checked == 1


def test_copper_of_no_net_stands_alone_on_purpose():
    assert not len(measure(board(island(0, net=0), track(0.3, at="9 0", to="12 0", net=0)), "isolated-copper"))


def test_plated_holes_join_layers_and_others_do_not():
    ends = track(0.2, at="0 0", to="5 0"), track(0.2, at="0 0", to="5 0", layer="B.Cu")
    assert len(np.unique(nodes(board(*ends)))) == 2
    assert len(np.unique(nodes(board(*ends, via("0.6", "0.3", at="5 0"))))) == 1
    plated = footprint(pad("circle", "1 1", "0.6"), at="5 0")
    bare = footprint(pad("circle", "1 1", "0.6", kind="np_thru_hole"), at="5 0")
    assert len(np.unique(nodes(board(*ends, plated)))) == 1
    assert len(np.unique(nodes(board(*ends, bare)))) == 2
    four = board(*ends, track(0.2, at="0 0", to="5 0", layer="In1.Cu"), copper=4)
    assert len(np.unique(nodes(four))) == 3
    blind = via("0.6", "0.3", at="5 0", kind="blind", layers='"F.Cu" "In1.Cu"')
    deep = board(*ends, track(0.2, at="0 0", to="5 0", layer="In1.Cu"), blind, copper=4)
    assert len(np.unique(nodes(deep))) == 2
    node = deep.derived.nodes()
    assert node[deep.features.layer == deep.layer("B.Cu")][0] not in node[deep.features.layer == deep.layer("F.Cu")]


def test_nets_stay_apart_where_they_touch():
    design = board(track(0.2, at="0 0", to="5 0"), track(0.2, at="0 0", to="5 3", net=2))
    assert len(np.unique(nodes(design))) == 2


@given(st.lists(st.tuples(*[st.integers(0, 40)] * 4), min_size=2, max_size=12))
@settings(max_examples=40, deadline=None)
def test_nodes_are_those_of_the_union(lines):
    # In the order of a board's rows: from left to right.
    tracks = sorted(((a / 4, b / 4, c / 4, d / 4 + 0.01) for a, b, c, d in lines), key=lambda t: (t[0] + t[2], t[1] + t[3]))
    design = board(*(track(0.2, at=f"{a} {b}", to=f"{c} {d}") for a, b, c, d in tracks))
    shapes = [shapely.LineString([t[:2], t[2:]]) for t in tracks]
    near = [[s.distance(t) <= 0.2 + 1e-6 for t in shapes] for s in shapes]
    mine = list(range(len(shapes)))
    for _ in shapes:
        for i, row in enumerate(near):
            for j, touches in enumerate(row):
                if touches:
                    mine[i] = mine[j] = min(mine[i], mine[j])
    assert np.unique(nodes(design), return_inverse=True)[1].tolist() == np.unique(mine, return_inverse=True)[1].tolist()


@given(st.lists(st.tuples(*[st.integers(0, 40)] * 4, st.integers(1, 2)), min_size=1, max_size=10))
@settings(max_examples=30, deadline=None)
def test_merged_copper_has_the_area_of_the_union_of_each_net(lines):
    ends = [((a / 4, b / 4), (c / 4, d / 4 + 0.01), n) for a, b, c, d, n in lines]
    items = [track(0.3, at=f"{a[0]} {a[1]}", to=f"{b[0]} {b[1]}", net=n) for a, b, n in ends]
    design = board(*items, zone(shapely.box(3, 3, 7, 7)))
    front = design.layer("F.Cu")
    copper = merged(design, design.derived.copper_rows(front), design.derived.clusters(front))
    for n in (1, 2):
        parts = [shapely.LineString([a, b]).buffer(0.15, 64) for a, b, k in ends if k == n]
        whole = shapely.union_all([*parts, shapely.box(3, 3, 7, 7)] if n == 1 else parts)
        # Flattened curves lie within `CHORD` of the true ones.
        assert shapely.area(copper.part[copper.net == n - 1]).sum() == pytest.approx(whole.area, abs=CHORD * whole.length + 1e-9)
    holes = [r for p in copper.part for r in p.interiors]
    assert all(shapely.is_ccw(p.exterior) for p in copper.part)
    assert not any(shapely.is_ccw(r) for r in holes)
