"""Merging only what may leave narrow air finds the same slits and notches as merging all copper."""

from itertools import pairwise

import pytest
import shapely
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st
from pours import zone
from small import board, footprint, measure, pad, rows, smd, track, via

from dfmcheck import notch

LIMITS = {"same-net-gap": {"min_gap": 0.15, "min_length": 0.2}, "acid-trap": {"a_max": 75, "e_min": 0.15}}


def everything(derived, layer, reach, wedge, length):
    return ~derived.in_poured(layer)


def found(design):
    return {rule: rows(measure(design, rule, **limits), "value", "x", "y") for rule, limits in LIMITS.items()}


def both(monkeypatch, items):
    some = found(board(*items))
    with monkeypatch.context() as patch:
        patch.setattr(notch, "around", everything)
        return some, found(board(*items))


def chain(points, width, net):
    return [track(width, at=f"{a[0]} {a[1]}", to=f"{b[0]} {b[1]}", net=net) for a, b in pairwise(points) if a != b]


GRID = st.tuples(st.integers(0, 16), st.integers(0, 16)).map(lambda p: (p[0] / 4, p[1] / 4))
CHAINS = st.tuples(st.lists(GRID, min_size=2, max_size=7), st.sampled_from([0.1, 0.2, 0.25]), st.integers(1, 2))
LANDS = st.tuples(GRID, st.sampled_from(["rect", "oval", "circle", "via"]), st.integers(1, 2))


@example([([(0, 0), (0, 2.5), (1.5, 0), (2, 0.75), (1, 0), (2.5, 2)], 0.1, 1)], [], False)
@given(st.lists(CHAINS, min_size=1, max_size=4), st.lists(LANDS, max_size=5), st.booleans())
@settings(max_examples=150, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
def test_the_same_is_found_as_in_all_copper_merged(chains, lands, poured):
    items = [t for points, width, net in chains for t in chain(points, width, net)]
    for n, ((x, y), shape, net) in enumerate(lands):
        name = "A" if net == 1 else "B"
        land = smd("0.9 0.5", shape=shape, net=f'(net {net} "{name}")') if shape != "via" else ""
        items.append(footprint(land, at=f"{x} {y}", ref=f"U{n}") if land else via("0.6", "0.3", at=f"{x} {y}", net=net))
    if poured:
        items.append(zone(shapely.box(-1, -1, 1.05, 5)))
    with pytest.MonkeyPatch.context() as patch:
        some, whole = both(patch, items)
    assert some == whole


def test_most_of_a_plain_route_need_not_be_merged(monkeypatch):
    route = chain([(0, 0), (3, 0), (4, 1), (8, 1), (8, 4), (7, 5)], 0.2, 1)
    items = [*route, track(0.2, at="3 0", to="3 5"), via("0.6", "0.3", at="0 0"), footprint(smd("1 1.6"), at="7 5")]
    derived = board(*items).derived
    assert not notch.around(derived, 0, 0.1, 37, 0.3).any()
    hairpin = [*items, *chain([(0, 9), (5, 9), (5, 9.25), (0, 9.25)], 0.2, 2)]
    assert notch.around(board(*hairpin).derived, 0, 0.1, 37, 0.3).sum() == 3
    some, whole = both(monkeypatch, hairpin)
    assert some == whole
    assert [value for value, _, _ in some["same-net-gap"]] == [0.05]


def test_a_pad_that_a_track_grazes(monkeypatch):
    items = [footprint(pad("rect", "1 1", "0.5", number="1"), at="5 5"), track(0.2, at="5.45 5.45", to="4 5.9")]
    some, whole = both(monkeypatch, items)
    assert some == whole
    assert some["acid-trap"]
