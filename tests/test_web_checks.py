"""Slivers, slits, necks and acute notches on boards of a few items."""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import shapely
from pours import drawn, hole, slit, zone
from small import board, footprint, measure, pad, rows, smd, track, via

from dfmcheck.board import Nets
from dfmcheck.read import read
from dfmcheck.supply import is_supply


def turned(geometry, degrees=0.0):
    return shapely.affinity.rotate(geometry, degrees, origin=(20, 20))


def band(width, degrees=0.0):
    """Two plates of 8 x 4 mm joined by a band 2 mm long."""
    plates = [shapely.box(10, 10, 18, 14), shapely.box(20, 10, 28, 14), shapely.box(18, 12, 20, 12 + width)]
    return turned(shapely.union_all(plates), degrees)


@pytest.mark.parametrize("degrees", [0, 17, 45])
def test_sliver_of_a_fill_by_width(degrees):
    limits = {"w_min": (0.08, 0.1), "l_min": 0.2}
    m = measure(board(zone(band(0.07, degrees))), "copper-sliver", **limits)
    assert m.value.tolist() == pytest.approx([0.07], abs=1e-6)
    assert m.param.tolist() == ["w_min"]
    spot = turned(shapely.box(18, 12, 20, 12.07), degrees).buffer(1e-6)
    assert spot.contains(shapely.Point(m.x[0], m.y[0]))
    assert not len(measure(board(zone(band(0.12, degrees))), "copper-sliver", **limits))


def test_tracks_lands_and_what_they_cover_are_no_slivers():
    thin = track(0.07, at="5 20", to="35 20")
    along = track(0.3, at="17 12.035", to="21 12.035")
    assert not len(measure(board(zone(band(0.07)), along), "copper-sliver", w_min=0.1, l_min=0.2))
    assert not len(measure(board(thin), "copper-sliver", w_min=0.1, l_min=0.2))
    logo = f'(footprint "lib:logo" (layer "F.Cu") (at 0 0) {drawn(np.array(band(0.07).exterior.coords)).replace("gr_", "fp_")})'
    assert not len(measure(board(logo), "copper-sliver", w_min=0.1, l_min=0.2))


def test_webs_of_a_hatched_zone_are_drawn_so():
    fill = zone(band(0.07)).replace("(fill yes", "(fill yes (mode hatch)")
    assert not len(measure(board(fill), "copper-sliver", w_min=0.1, l_min=0.2))


def test_spike_of_drawn_copper_counts_if_it_is_long():
    long, short = np.array([(0, 0), (10, 0.2), (10, -0.2)]), np.array([(0, 5), (1, 5.6), (1, 4.4)])
    m = measure(board(drawn(long), drawn(short)), "copper-sliver", w_min=0.1, l_min=0.2)
    assert m.value.tolist() == pytest.approx([0.2 * 0.4 / 10], abs=1e-6)


@pytest.mark.parametrize("gap", [0.06, 0.079])
def test_slit_between_two_tracks_of_a_net(gap):
    y = 0.2 + gap
    design = board(track(0.2, at="0 0", to="4 0"), track(0.2, at="0 " + str(y), to="4 " + str(y)))
    m = measure(design, "same-net-gap", min_gap=0.08, min_length=0.3)
    assert m.value.tolist() == pytest.approx([gap], abs=1e-6)
    kinds = design.items.kind[[m.a[0], m.b[0]]]
    assert (kinds == 2).all()


def test_slits_that_are_none():
    def slits(*items):
        return len(measure(board(*items), "same-net-gap", min_gap=0.1, min_length=0.3))

    here, there = {"at": "0 0", "to": "4 0"}, {"at": "0 0.26", "to": "4 0.26"}
    assert slits(track(0.2, **here), track(0.2, **there)) == 1
    assert slits(track(0.2, **here), track(0.2, net=2, **there)) == 0, "of two nets: a clearance"
    assert slits(track(0.2, **here), track(0.2, layer="B.Cu", **there)) == 0
    assert slits(track(0.2, **here), track(0.2, at="4.5 0.26", to="9 0.26")) == 0, "side by side nowhere"
    assert slits(track(0.2, **here), track(0.2, **there), track(0.1, at="0 0.13", to="4 0.13")) == 0, "filled"
    assert slits(track(0.2, **here), track(0.2, at="0 0.202", to="4 0.202")) == 0, "closes in the etch"


def test_relief_gap_is_no_slit():
    ring = shapely.Point(10, 10).buffer(5).difference(shapely.Point(10, 10).buffer(0.58))
    spokes = shapely.union_all([shapely.box(9.85, 9, 10.15, 11), shapely.box(9, 9.85, 11, 10.15)])
    fill = shapely.union_all([ring, spokes.difference(shapely.Point(10, 10).buffer(0.45))])
    pour = zone(slit(shapely.get_parts(fill)[0]), gap=0.08, outline=shapely.box(5, 5, 15, 15))
    land = footprint(pad("circle", "1 1", "0.5"))
    assert not len(measure(board(pour, land), "same-net-gap", min_gap=0.1, min_length=0.3))
    solid = pour.replace("(connect_pads", "(connect_pads yes")
    assert len(measure(board(solid, land), "same-net-gap", min_gap=0.1, min_length=0.3)) == 4


@pytest.mark.parametrize(("degrees", "count"), [(30, 2), (59, 2), (60, 0), (90, 0)])
def test_acute_angle_between_tracks(degrees, count):
    # Both sides of a crossing are acute.
    x, y = 5 * np.cos(np.radians(degrees)), 5 * np.sin(np.radians(degrees))
    design = board(track(0.2, at="-5 0", to="5 0"), track(0.2, at=f"{-x} {-y}", to=f"{x} {y}"))
    m = measure(design, "acid-trap", a_max=(60, None), e_min=0.15)
    assert m.value.tolist() == pytest.approx([degrees] * count, abs=1e-6)


def test_notch_that_a_land_fills_is_none():
    v = [track(0.2, at="10 10", to="14 10"), track(0.2, at="10 10", to="14 12")]
    assert len(measure(board(*v), "acid-trap", a_max=60, e_min=0.15)) == 1
    assert not len(measure(board(*v, via("3", "0.5", at="10 10")), "acid-trap", a_max=60, e_min=0.15))
    short = [track(0.2, at="10 10", to="14 10"), track(0.2, at="10 10", to="10.4 10.2")]
    assert not len(measure(board(*short), "acid-trap", a_max=60, e_min=0.15))


def cut_by_antipads(count, web, length=12.0):
    """A plane of 24 x `length` mm with a row of antipads across it that leaves webs; a pad in either half."""
    pitch = length / count
    radius = (pitch - web) / 2
    holes = [hole(22, 10 + pitch * (k + 0.5), radius) for k in range(count)]
    plane = shapely.box(10, 10, 34, 10 + length).difference(shapely.union_all(holes))
    return zone(slit(plane), outline=shapely.box(10, 10, 34, 10 + length))


def land(x, ref, net='(net 1 "A")'):
    return footprint(smd("1 1", net=net), at=f"{x} 16", ref=ref)


def test_neck_across_a_plane():
    halves = land(14, "R1"), land(30, "R2")
    m = measure(board(cut_by_antipads(6, 0.1), *halves), "copper-neck", w_min_signal=0.2)
    # Webs between antipads are 0.1 mm; the two at the rim half of that.
    assert rows(m) == [("w_min_signal", pytest.approx(0.1, abs=1e-6))]
    assert abs(m.x[0] - 22) < 0.5
    assert m.detail[0].startswith("7 webs")
    assert not len(measure(board(cut_by_antipads(6, 0.22), *halves), "copper-neck", w_min_signal=0.2))


def test_parts_without_a_land_or_joined_elsewhere_have_no_neck():
    plane, limits = cut_by_antipads(6, 0.1), {"w_min_signal": 0.2}
    halves = land(14, "R1"), land(30, "R2")
    assert len(measure(board(plane, *halves), "copper-neck", **limits)) == 1
    assert not len(measure(board(plane, halves[0]), "copper-neck", **limits)), "nothing is joined to the other half"
    bridge = via("0.6", "0.3", at="14 12"), via("0.6", "0.3", at="30 12"), track(0.3, at="14 12", to="30 12", layer="B.Cu")
    assert not len(measure(board(plane, *halves, *bridge), "copper-neck", **limits)), "the track carries it as well"
    wide = track(0.3, at="20 16", to="24 16")
    assert not len(measure(board(plane, *halves, wide), "copper-neck", **limits)), "a track bridges the neck"


def test_webs_of_a_supply_add_up():
    def supply(count, web):
        design = board(cut_by_antipads(count, web), land(14, "R1"), land(30, "R2"))
        named = replace(design, nets=Nets.of(name=["GND", "B"], netclass=["", ""]))
        return rows(measure(named, "copper-neck", w_min_signal=0.2, w_min_power=0.5))

    # One antipad with a web of 0.15 mm at either rim is 0.3 mm together; six make seven webs, 1.5 mm together.
    assert supply(1, 0.3) == [("w_min_power", pytest.approx(0.3, abs=1e-6))]
    assert supply(6, 0.25) == []
    assert supply(6, 0.15) == [("w_min_signal", pytest.approx(0.15, abs=1e-6))]


def test_supplies_go_by_name():
    supplies = ["GND", "AGND", "GNDD", "/VCC", "VDD_IO", "+3V3", "3V3_SYS", "P1V8", "/usb/VBUS", "-12V", "VBAT", "BAT+"]
    signals = ["/SDA", "Net-(C1-Pad1)", "/Power/SW", "VALID", "D+", "/vme/AM5", "A10", "GNSS_TX", "LOAD", "H1_0"]
    assert [name for name in supplies + signals if is_supply(name)] == supplies


def shared():
    folder = os.environ.get("DFMCHECK_BOARDS")
    return Path(folder) if folder else None


@pytest.mark.boards
@pytest.mark.skipif(not shared(), reason="DFMCHECK_BOARDS is not set")
def test_kicad_s_own_sliver_board():
    (path,) = (shared() / "kicad-drc").rglob("sliver.kicad_pcb")
    assert len(measure(read(path), "copper-sliver", w_min=0.08, l_min=0.2)) == 1
