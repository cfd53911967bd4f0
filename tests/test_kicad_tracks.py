"""Tracks, arcs, vias, and the lands that KiCad removes."""

from __future__ import annotations

from math import hypot, pi
from typing import Any

import numpy as np
import pytest
import shapely
from kicad_boards import TWO, board, footprint, pad, uuid

from dfmcheck.board import Board, Cover, Kind, ViaType
from dfmcheck.errors import DfmError


def via(words: str = "", more: str = '(layers "F.Cu" "B.Cu")', at: str = "0 0", net: int = 1) -> str:
    return f"(via {words} (at {at}) (size 0.8) (drill 0.4) {more} (net {net}) {uuid()})"


def track(start: str, end: str, layer: str = "F.Cu", net: int = 1, more: str = "") -> str:
    return f'(segment (start {start}) (end {end}) (width 0.2) (layer "{layer}") (net {net}) {more} {uuid()})'


def layers(b: Board, kind: Kind = Kind.VIA) -> list[str]:
    return b.layers.name[b.features.layer[b.features.kind == kind]].tolist()


@pytest.mark.parametrize("more", ["", "(locked yes)"])
def test_a_track_is_a_segment_and_half_its_width(more: str) -> None:
    b = board(track("1 2", "4 6", "In1.Cu", 2, more))
    assert b.features.core[0].wkt == "LINESTRING (1 2, 4 6)"
    assert (b.features.radius[0], layers(b, Kind.TRACK), b.nets.name[b.features.net[0]]) == (0.1, ["In1.Cu"], "VCC")
    assert (b.items.x[0], b.items.y[0]) == (2.5, 4)


def test_a_track_without_length_is_a_point() -> None:
    assert board(track("1 2", "1 2")).features.core[0].wkt == "POINT (1 2)"


def test_a_track_may_open_the_mask() -> None:
    b = board('(segment (start 0 0) (end 5 0) (width 0.2) (layers "F.Cu" "F.Mask") (solder_mask_margin 0.1) (net 1))')
    assert dict(zip(layers(b, Kind.TRACK), b.features.radius)) == pytest.approx({"F.Cu": 0.1, "F.Mask": 0.2})


def test_an_arc_stays_on_its_circle() -> None:
    b = board(f'(arc (start 10 0) (mid {10 * 0.5**0.5} {10 * 0.5**0.5}) (end 0 10) (width 0.2) (layer "F.Cu") (net 1) {uuid()})')
    line = b.features.core[0]
    points = shapely.get_coordinates(line)
    assert np.hypot(*points.T) == pytest.approx(10, abs=1e-9)
    middle = (points[1:] + points[:-1]) / 2
    assert (10 - np.hypot(*middle.T)).max() < 2.1e-4
    assert line.length == pytest.approx(5 * pi, rel=1e-4)
    assert b.features.kind[0] == Kind.ARC


@pytest.mark.parametrize(
    ("words", "ends", "kind", "copper"),
    [
        ("", '"F.Cu" "B.Cu"', ViaType.THROUGH, ["F.Cu", "In1.Cu", "In2.Cu", "B.Cu"]),
        ("blind", '"F.Cu" "In1.Cu"', ViaType.BLIND, ["F.Cu", "In1.Cu"]),
        ("blind", '"B.Cu" "In1.Cu"', ViaType.BLIND, ["In1.Cu", "In2.Cu", "B.Cu"]),
        ("blind", '"In1.Cu" "In2.Cu"', ViaType.BURIED, ["In1.Cu", "In2.Cu"]),
        ("buried", '"In1.Cu" "In2.Cu"', ViaType.BURIED, ["In1.Cu", "In2.Cu"]),
        ("micro", '"F.Cu" "In1.Cu"', ViaType.MICRO, ["F.Cu", "In1.Cu"]),
        ("through", '"F.Cu" "B.Cu"', ViaType.THROUGH, ["F.Cu", "In1.Cu", "In2.Cu", "B.Cu"]),
    ],
)
def test_via_types_and_spans(words: str, ends: str, kind: ViaType, copper: list[str]) -> None:
    b = board(via(words, f"(layers {ends})"))
    assert b.vias.type.tolist() == [kind]
    assert layers(b) == copper
    names = b.layers.name[b.copper_layers]
    assert [names[b.holes.first[0]], names[b.holes.last[0]]] == [copper[0], copper[-1]]
    assert (b.vias.diameter[0], b.vias.drill[0], b.holes.radius[0], b.features.radius[0]) == (0.8, 0.4, 0.2, 0.4)


@pytest.mark.parametrize(
    ("setup", "own", "covered"),
    [
        ("(tenting front back)", "", "YY"), ("(tenting front)", "", "YN"), ("(tenting none)", "", "NN"),
        ("(tenting (front yes) (back no))", "", "YN"), ("(tenting front back)", "(tenting none)", "NN"),
        ("(tenting none)", "(tenting back)", "NY"), ("(tenting (front yes) (back yes))", "(tenting (front no) (back none))",
        "NY"),
        ("(pcbplotparams (viasonmask false))", "", "YY"), ("(pcbplotparams (viasonmask true))", "", "NN"), ("", "", "YY"),
    ],
)  # fmt: skip
def test_tenting_of_every_version(setup: str, own: str, covered: str) -> None:
    b = board(via(more=f'(layers "F.Cu" "B.Cu") {own}'), setup=f"(pad_to_mask_clearance 0.05) {setup}")
    said = [b.vias.tented_top[0], b.vias.tented_bottom[0]]
    assert said == [Cover.YES if c == "Y" else Cover.NO for c in covered]
    openings = [layer for layer in layers(b) if layer.endswith("Mask")]
    assert openings == [layer for layer, c in zip(("F.Mask", "B.Mask"), covered) if c == "N"]
    if openings:
        assert b.features.radius[-1] == pytest.approx(0.45)


def test_a_buried_via_opens_no_mask() -> None:
    assert not [n for n in layers(board(via("blind", '(layers "In1.Cu" "In2.Cu") (tenting none)'))) if n.endswith("Mask")]


def test_plugged_filled_capped_as_kicad_10_writes_them() -> None:
    more = '(layers "F.Cu" "B.Cu") (plugging (front yes) (back no)) (filling yes) (capping no)'
    v = board(via(more=more)).vias
    assert [v.plugged_top[0], v.plugged_bottom[0], v.filled[0], v.capped[0]] == [Cover.YES, Cover.NO, Cover.YES, Cover.NO]
    v = board(
        via(more='(layers "F.Cu" "B.Cu") (filling none)'), setup="(filling yes) (capping yes) (plugging (front no) (back no))"
    ).vias
    assert [v.plugged_top[0], v.filled[0], v.capped[0]] == [Cover.NO, Cover.YES, Cover.YES]
    v = board(via()).vias
    assert [v.plugged_top[0], v.filled[0], v.capped[0]] == [Cover.UNKNOWN] * 3


def test_via_padstack() -> None:
    stack = '(padstack (mode front_inner_back) (layer "Inner" (size 0.5)) (layer "B.Cu" (size 1)))'
    b = board(via(more=f'(layers "F.Cu" "B.Cu") {stack}'))
    assert (2 * b.features.radius).tolist() == [0.8, 0.5, 0.5, 1]


def test_vias_on_nothing_or_without_drill_are_noted() -> None:
    b = board(via(more='(layers "F.Cu" "In7.Cu")'), f'(via (at 0 0) (size 1) (layers "F.Cu" "B.Cu") (net 0) {uuid()})')
    messages = " ".join(n.message for n in b.notes)
    assert "In7.Cu" in messages
    assert "without a drill" in messages


def test_a_tiny_drill_is_kept() -> None:
    b = board('(via (at 0 0) (size 0.6) (drill 0.00001) (layers "F.Cu" "B.Cu") (net 0))')
    assert (b.vias.drill[0], b.holes.radius[0]) == (0.00001, 0.000005)


REMOVE = '(layers "F.Cu" "B.Cu") (remove_unused_layers yes)'


@pytest.mark.parametrize(
    ("more", "around", "copper"),
    [
        ("(keep_end_layers yes) (zone_layer_connections)", [], ["F.Cu", "B.Cu"]),
        ("(keep_end_layers no) (zone_layer_connections)", [], []),
        ("(zone_layer_connections)", [track("0 0", "5 0", "In1.Cu")], ["In1.Cu"]),
        ("(zone_layer_connections)", [track("0 0", "5 0", "In1.Cu", 2)], []),
        ("(zone_layer_connections)", [track("0.29 0", "5 0", "In1.Cu")], ["In1.Cu"]),
        ("(zone_layer_connections)", [track("0.31 0", "5 0", "In1.Cu")], []),
        ('(zone_layer_connections "In2.Cu")', [], ["In2.Cu"]),
        ("(start_end_only yes)", [track("0 0", "5 0", "In1.Cu")], ["F.Cu", "B.Cu"]),
        ("(zone_layer_connections)", [footprint(pad("rect", "1 1", more='(net 1 "GND")'))], ["F.Cu"]),
    ],
)
def test_lands_that_nothing_joins_are_removed(more: str, around: list[str], copper: list[str]) -> None:
    """The track of another net does not count, nor one that meets the land but not the hole (radius 0.2, track 0.1)."""
    assert layers(board(via(more=f"{REMOVE} {more}"), *around)) == copper


def test_vias_whose_lands_touch_join_on_all_layers() -> None:
    """As in KiCad: the lands (radius 0.4) touch on the outer layers, where they stay, at 0.7 but not at 0.9."""
    more = f"{REMOVE} (keep_end_layers yes) (zone_layer_connections)"
    everywhere = ["F.Cu", "In1.Cu", "In2.Cu", "B.Cu"] * 2
    assert layers(board(via(more=more), via(more=more, at="0.7 0"))) == everywhere
    assert layers(board(via(more=more), via(more=more, at="0.9 0"))) == ["F.Cu", "B.Cu"] * 2
    assert layers(board(via(more=more), via(more=more, at="0.7 0", net=2))) == ["F.Cu", "B.Cu"] * 2


def test_lands_of_pads_are_removed_too() -> None:
    more = '(drill 0.4) (remove_unused_layers yes) (keep_end_layers yes) (net 1 "GND")'
    b = board(
        footprint(pad("circle", "1 1", kind="thru_hole", layers='"*.Cu" "*.Mask"', more=more)), track("0 0", "5 0", "In2.Cu")
    )
    assert layers(b, Kind.PAD) == ["F.Cu", "In2.Cu", "B.Cu", "F.Mask", "B.Mask"]


def test_zones_keep_lands_in_files_that_do_not_list_them() -> None:
    square = "(pts (xy -1 -1) (xy 1 -1) (xy 1 1) (xy -1 1))"
    fill = f"(polygon {square}) (filled_polygon (layer In1.Cu) {square})"
    zone = f"(zone (net 1) (net_name GND) (layer In1.Cu) (hatch edge 0.5) {fill})"
    assert layers(board(via(more=REMOVE), zone, version=20211014)) == ["In1.Cu"]
    assert layers(board(via(more=REMOVE), zone, version=20221018)) == []


@pytest.mark.parametrize(
    ("item", "words"),
    [
        ("(segment (start 0 0) (end 1 nan) (width 0.2) (layer F.Cu) (net 1))", "nan is out of range"),
        ("(segment (start 0 0) (width 0.2) (layer F.Cu) (net 1))", r"has no \(end"),
        ("(segment (start 0) (end 1 0) (width 0.2) (layer F.Cu) (net 1))", "a value is missing"),
        ("(segment (start 0 0) (end 1 0) (width -0.2) (layer F.Cu) (net 1))", "below zero"),
        ("(segment (start 0 0) (end 1 0) (width 0.2) (layer F.Cu) (net 77))", "net 77"),
        ("(via (at 0 0) (size x) (drill 0.4) (layers F.Cu B.Cu) (net 1))", "could not convert"),
    ],
)
def test_broken_tracks_are_told_with_their_line(item: str, words: str) -> None:
    with pytest.raises(DfmError, match=words) as caught:
        board(item, layers=TWO, version=20171130)
    assert caught.value.line == 6


def test_hypot_of_arc_through_three_points() -> None:
    from dfmcheck.read.arcs import bezier, circle, through

    assert through((0, 0), (1, 0), (2, 0)) == [(0, 0), (1, 0), (2, 0)]
    full = through((1, 0), (-1, 0), (1, 0))
    assert len(full) > 50
    assert all(hypot(x, y) == pytest.approx(1) for x, y in full)
    assert shapely.Polygon(circle(0, 0, 3)).area == pytest.approx(9 * pi, rel=1e-4)
    curve: Any = bezier([(0, 0), (0, 1), (1, 1), (1, 0)])
    assert curve[0] == (0, 0)
    assert curve[-1] == (1, 0)
    assert shapely.distance(shapely.LineString(curve), shapely.Point(0.5, 0.75)) < 2e-4
