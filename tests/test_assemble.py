"""What a board made of films knows: lands, vias, nets, plating and the outline, by attributes or inferred."""

import numpy as np
import pytest
from handoff import excellon, film, flash, package, rectangle, region, stroke

from dfmcheck.board import Cover, Kind, PadType
from dfmcheck.package import Job
from dfmcheck.read.assemble import assemble

EDGE = film("Edge.Cuts", "edge", [stroke(0.1, *rectangle(0, 0, 20, 10))])


def nets_at(board, *spots):
    """Net names of the copper items whose middle is nearest to each spot."""
    copper = np.flatnonzero(np.isin(board.items.kind, (Kind.PAD, Kind.VIA, Kind.TRACK, Kind.ZONE, Kind.GRAPHIC)))
    out = []
    for x, y in spots:
        item = copper[np.argmin(np.hypot(board.items.x[copper] - x, board.items.y[copper] - y))]
        net = board.items.net[item]
        out.append(None if net < 0 else str(board.nets.name[net]))
    return out


def test_attributes_say_what_a_flash_is_and_nothing_is_inferred():
    top = film("F.Cu", "copper", [
        flash("R,1X0.5", 5, 5, "SMDPad,CuDef", P="U1,7,VCC", N="GND"),
        flash("C,0.6", 10, 5, "ViaPad", N="GND"),
        flash("C,1.6", 15, 5, "ComponentPad", P="J1,1", N="VCC"),
        stroke(0.25, (5, 5), (10, 5), function="Conductor", N="GND"),
    ], 1)  # fmt: skip
    bottom = film("B.Cu", "copper", [
        flash("C,0.6", 10, 5, "ViaPad", N="GND"), flash("C,1.6", 15, 5, "ComponentPad", P="J1,1", N="VCC"),
    ], 2)  # fmt: skip
    board = assemble(package(top, bottom, EDGE, Cover.YES, excellon([(10, 5, 0.3), (15, 5, 1.0)])))
    assert (len(board.pads), len(board.vias), len(board.holes)) == (2, 1, 2)
    assert sorted(board.components.ref) == ["J1", "U1"]
    assert dict(zip(board.pads.number, board.pads.type)) == {"7": PadType.SMD, "1": PadType.THT}
    assert sorted(board.nets.name) == ["GND", "VCC"]
    assert (board.vias.diameter[0], board.vias.drill[0]) == pytest.approx((0.6, 0.3))
    assert not board.items.inferred.any()
    assert board.outline.area == pytest.approx(200)
    assert board.facts >= {"copper", "nets", "pads", "vias", "holes", "plating", "outline", "components"}


def test_without_attributes_lands_are_told_by_holes_and_mask_openings():
    top = film("F.Cu", "copper", [
        flash("R,1X0.5", 5, 5), flash("C,0.6", 10, 5), flash("C,1.6", 15, 5), flash("C,0.4", 18, 8),
        stroke(0.25, (5, 5), (10, 5)),
    ], 1)  # fmt: skip
    bottom = film("B.Cu", "copper", [flash("C,0.6", 10, 5), flash("C,1.6", 15, 5), stroke(0.3, (10, 5), (12, 5))], 2)
    mask = film("F.Mask", "mask", [flash("R,1.1X0.6", 5, 5), flash("C,1.7", 15, 5)])
    back = film("B.Mask", "mask", [flash("C,1.7", 15, 5)])
    board = assemble(package(top, bottom, mask, back, EDGE, Cover.YES, excellon([(10, 5, 0.3), (15, 5, 1.0)])))
    kinds = {(x, y): Kind(k).name for x, y, k in zip(board.items.x, board.items.y, board.items.kind)}
    assert (kinds[5, 5], kinds[10, 5], kinds[15, 5], kinds[18, 8]) == ("PAD", "VIA", "PAD", "GRAPHIC")
    assert board.items.inferred[: len(board.pads) + len(board.vias)].all()
    assert board.vias.tented_top[0] == board.vias.tented_bottom[0] == Cover.YES
    own = board.features.kind[np.isin(board.features.layer, board.layers_with("mask"))]
    assert set(own) == {Kind.PAD}  # each opening is its land's own
    assert nets_at(board, (5, 5), (10, 5), (11, 5)) == ["net at 5.0 5.0"] * 3  # through the via to the other side
    assert nets_at(board, (15, 5)) == ["net at 15.0 5.0"]


def test_an_open_via_is_no_pad_and_a_large_hole_under_mask_openings_is():
    lands = [flash("C,0.6", 5, 5), flash("C,1.4", 9, 5)]
    openings = [flash("C,0.7", 5, 5), flash("C,1.5", 9, 5)]
    board = assemble(package(
        film("F.Cu", "copper", lands, 1), film("B.Cu", "copper", lands, 2), film("F.Mask", "mask", openings),
        film("B.Mask", "mask", openings), excellon([(5, 5, 0.3), (9, 5, 0.8)]),
    ))  # fmt: skip
    assert (board.vias.x.tolist(), board.pads.x.tolist()) == ([5], [9])
    assert board.vias.tented_top[0] == Cover.NO


def test_plating_is_told_by_copper_where_no_file_says_it():
    lands = [flash("C,1.6", 5, 5), flash("C,3", 9, 5)]
    board = assemble(package(
        film("F.Cu", "copper", lands, 1), film("B.Cu", "copper", lands, 2), excellon([(5, 5, 1.0), (9, 5, 3.0), (14, 5, 2.0)]),
    ))  # fmt: skip
    assert dict(zip(np.round(board.holes.radius * 2, 3), board.holes.plated)) == {1.0: True, 3.0: False, 2.0: False}
    assert "plating" not in board.facts
    assert "which holes are plated" in board.missing["plating"]
    assert not len(board.features.core[board.features.item == board.holes.item[1]])  # the drill takes the whole land


def test_letters_without_attributes_are_a_drawing_and_of_no_net():
    top = film("F.Cu", "copper", [
        flash("R,1X1", 5, 5), stroke(0.2, (5, 5), (8, 5)), stroke(0.15, (12, 5), (13, 5)), stroke(0.15, (12, 5.3), (13, 5.3)),
    ], 1)  # fmt: skip
    board = assemble(package(top, film("F.Mask", "mask", [flash("R,1X1", 5, 5)]), EDGE))
    assert nets_at(board, (6.5, 5), (12.5, 5), (12.5, 5.3)) == ["net at 5.0 5.0", None, None]
    kinds = board.items.kind[np.isin(board.items.x, (6.5, 12.5))]
    assert sorted(kinds) == [Kind.TRACK, Kind.GRAPHIC, Kind.GRAPHIC]


def test_a_barrel_joins_the_planes_that_it_goes_through():
    land = [flash("C,0.6", 5, 5)]
    plane = [region(*rectangle(1, 1, 19, 9))]
    board = assemble(package(
        film("F.Cu", "copper", land, 1), film("In1.Cu", "copper", plane, 2), film("B.Cu", "copper", land, 3),
        Cover.YES, excellon([(5, 5, 0.3)]),
    ))  # fmt: skip
    assert len(set(nets_at(board, (5, 5), (1, 1)))) == 1


def test_a_layer_without_attributes_takes_the_nets_of_the_others():
    top = film("F.Cu", "copper", [flash("C,0.6", 5, 5, "ViaPad", N="GND"), flash("C,0.6", 9, 5, "ViaPad", N="VCC")], 1)
    bottom = film("B.Cu", "copper", [flash("C,0.6", 5, 5), flash("C,0.6", 9, 5), stroke(0.2, (5, 5), (5, 8))], 2)
    board = assemble(package(top, bottom, Cover.YES, excellon([(5, 5, 0.3), (9, 5, 0.3)])))
    assert nets_at(board, (5, 6.5), (9, 5)) == ["GND", "VCC"]
    tracks = board.items.kind == Kind.TRACK
    assert board.items.inferred[tracks].all()


def test_a_negative_plane_is_turned_into_the_copper_that_it_leaves():
    role, image = film("In1.Cu", "copper", [flash("C,2", 5, 5), flash("C,2", 15, 5)], 2)
    from dataclasses import replace

    plane = role, replace(image, negative=True)
    board = assemble(package(film("F.Cu", "copper", [flash("C,1", 5, 5)], 1), plane, film("B.Cu", "copper", [], 3), EDGE))
    rows = board.features.layer == board.layer("In1.Cu")
    from shapely import area

    assert area(board.features.core[rows]).sum() == pytest.approx(200 - 2 * np.pi, rel=2e-3)


def test_a_missing_inner_layer_keeps_its_place():
    top, bottom = film("F.Cu", "copper", [flash("C,1", 5, 5)], 1), film("B.Cu", "copper", [flash("C,1", 5, 5)], 4)
    board = assemble(package(top, bottom, Cover.YES, excellon([(5, 5, 0.5)]), job=Job(layers=4)))
    assert board.layers.name[board.copper_layers].tolist() == ["F.Cu", "In1.Cu", "In2.Cu", "B.Cu"]
    assert board.holes.last[0] == 3


def test_what_the_files_cannot_tell_says_which_file_would():
    board = assemble(package(film("F.Cu", "copper", [flash("C,1", 5, 5)], 1)))
    assert "drill" in board.missing["holes"]
    assert "profile" in board.missing["outline"]
    assert not board.facts & set(board.missing)


def test_a_stroked_contour_widens_its_region():
    corners = rectangle(2, 2, 8, 6)
    board = assemble(package(film("F.Cu", "copper", [region(*corners), stroke(0.5, *corners), stroke(0.3, (8, 6), (12, 6))], 1)))
    fill = np.flatnonzero(board.features.kind == Kind.ZONE)
    assert board.features.radius[fill].tolist() == [0.25]
    assert board.features.radius[board.features.kind == Kind.TRACK].tolist() == [0.15]  # a stroke of its own stays one


def test_a_hatched_area_is_one_area_and_tracks_beside_it_stay_tracks():
    hatch = [stroke(0.3, (2, 2 + 0.2 * i), (8, 2 + 0.2 * i)) for i in range(20)]
    track, land = stroke(0.2, (10, 2), (10, 6)), flash("C,1", 10, 2)
    board = assemble(package(film("F.Cu", "copper", [*hatch, track, land], 1), film("F.Mask", "mask", [flash("C,1.1", 10, 2)])))
    f = board.features
    copper = np.isin(f.layer, board.copper_layers)
    assert sorted(f.kind[copper]) == [Kind.PAD, Kind.TRACK, Kind.ZONE]
    x0, y0, x1, y1 = f.core[f.kind == Kind.ZONE][0].bounds
    assert (x0, y0, x1, y1) == pytest.approx((1.85, 1.85, 8.15, 5.95), abs=1e-3)


@pytest.mark.parametrize("land", [region(*rectangle(4, 4, 6, 6)), stroke(2, (4.5, 5), (5.5, 5))])
def test_a_land_may_be_drawn_about_its_hole(land):
    board = assemble(package(film("F.Cu", "copper", [land], 1), film("B.Cu", "copper", [land], 2), excellon([(5, 5, 1)])))
    assert (len(board.pads), board.holes.plated[0]) == (1, True)
    assert set(board.features.kind) == {Kind.PAD}


def test_a_land_may_be_drawn_under_its_mask_opening():
    top = film("F.Cu", "copper", [region(*rectangle(4, 4, 6, 6)), region(*rectangle(10, 2, 18, 8))], 1)
    board = assemble(package(top, film("F.Mask", "mask", [flash("R,2.1X2.1", 5, 5)])))
    assert board.pads.x.tolist() == [5]
    assert sorted(board.features.kind[board.features.layer == 0]) == [Kind.PAD, Kind.ZONE]


def test_an_opening_over_several_pads_is_of_none_of_them():
    lands = [flash("R,0.65X1.5", x, 5, "SMDPad,CuDef", P=f"U1,{n}", N=f"N{n}") for n, x in enumerate((4, 5, 6), 1)]
    merged = film("F.Mask", "mask", [region(*rectangle(3.6, 4.1, 6.4, 5.9)), flash("R,0.75X1.6", 9, 5)])
    top = film("F.Cu", "copper", [*lands, flash("R,0.65X1.5", 9, 5, "SMDPad,CuDef", P="U1,4", N="N4")], 1)
    board = assemble(package(top, merged))
    opening = np.isin(board.features.layer, board.layers_with("mask"))
    assert sorted(zip(board.features.kind[opening], board.features.pad[opening])) == [(Kind.PAD, 3), (Kind.OPENING, -1)]


def test_the_opening_of_an_exposed_pad_is_its_own_whatever_is_drilled_into_it():
    vias = [flash("C,0.5", x, 5, "ComponentPad", P="U1,9") for x in (4, 5, 6)]
    top = film("F.Cu", "copper", [*vias, flash("R,4X4", 5, 5, "HeatsinkPad", P="U1,9")], 1)
    films = top, film("B.Cu", "copper", vias, 2), film("F.Mask", "mask", [flash("R,4.1X4.1", 5, 5)])
    board = assemble(package(*films, Cover.YES, excellon([(4, 5, 0.2), (5, 5, 0.2), (6, 5, 0.2)])))
    assert board.features.kind[np.isin(board.features.layer, board.layers_with("mask"))].tolist() == [Kind.PAD]


def test_rounding_of_the_drill_file_moves_no_hole_off_its_land():
    land = [flash("C,0.6", 5.0004, 5.0003)]
    films = film("F.Cu", "copper", land, 1), film("B.Cu", "copper", land, 2)
    board = assemble(package(*films, Cover.YES, excellon([(5, 5, 0.3), (9, 5, 0.3)])))
    moved, alone = sorted(core.coords[0] for core in board.holes.core)
    assert moved == pytest.approx((5.0004, 5.0003))
    assert alone == (9, 5)


def test_an_exposed_pad_about_its_middle_hole_is_a_pad_of_its_own():
    vias = [flash("C,0.5", x, 5, "ComponentPad", P="U1,9") for x in (5, 6)]
    top = film("F.Cu", "copper", [flash("R,4X4", 5, 5, "HeatsinkPad", P="U1,9"), *vias], 1)
    board = assemble(package(top, film("B.Cu", "copper", vias, 2), Cover.YES, excellon([(5, 5, 0.2), (6, 5, 0.2)])))
    assert sorted(zip(board.pads.x, board.pads.width, board.pads.hole)) == [(5, 0.5, 0), (5, 4, -1), (6, 0.5, 1)]


def test_a_plated_hole_without_a_land_is_of_the_copper_about_it_and_not_of_what_it_nicks():
    pour, track = region(*rectangle(2, 2, 8, 8)), stroke(0.3, (9.2, 2), (9.2, 8))
    top = film("F.Cu", "copper", [pour, flash("C,1", 3, 3), track], 1)
    mask = film("F.Mask", "mask", [flash("C,1.1", 3, 3)])
    board = assemble(package(top, mask, Cover.YES, excellon([(6, 6, 0.4), (9, 5, 0.4)])))
    net = {round(c.x): n for c, n in zip(board.holes.core, board.holes.net)}
    assert board.nets.name[net[6]] == "net at 3.0 3.0"
    assert net[9] == -1


def test_a_mark_to_drill_by_is_not_the_land():
    lands = [flash("C,1.6", 5, 5), flash("C,0.2", 5, 5)]
    board = assemble(package(film("F.Cu", "copper", lands, 1), film("B.Cu", "copper", lands, 2), excellon([(5, 5, 0.9)])))
    assert board.pads.width[board.pads.hole >= 0].tolist() == [1.6]


def test_a_plain_land_about_a_half_hole_is_castellated_with_it():
    lands = [flash("C,1.2", 20, 5), flash("R,2X1.2", 19, 5)]
    films = film("F.Cu", "copper", lands, 1), film("B.Cu", "copper", lands, 2)
    openings = film("F.Mask", "mask", lands), film("B.Mask", "mask", lands)
    board = assemble(package(*films, *openings, EDGE, Cover.YES, excellon([(20, 5, 0.6)])))
    assert board.derived.castellated().tolist() == [True]
    assert set(board.pads.property) == {"castellated"}


def test_the_rim_of_a_hole_on_the_profile_is_no_edge():
    circle = [(5 + np.cos(t), 5 + np.sin(t)) for t in np.linspace(0, 2 * np.pi, 33)]
    edge = film("Edge.Cuts", "edge", [stroke(0.1, *rectangle(0, 0, 20, 10)), stroke(0.1, *circle)])
    top = film("F.Cu", "copper", [flash("C,1", 15, 5)], 1)
    assert assemble(package(top, edge, Cover.NO, excellon([(5, 5, 2)]))).outline.area == pytest.approx(200)
    assert assemble(package(top, edge)).outline.area == pytest.approx(200 - np.pi, abs=0.03)


@pytest.mark.parametrize(("plane", "drawn", "area"), [
    (True, [flash("C,2", 5, 5)], 200 - np.pi),
    (True, [region(*rectangle(1, 1, 19, 9))], 144),
    (False, [flash("C,2", 5, 5)], np.pi),
])  # fmt: skip
def test_a_plane_by_name_is_a_negative_only_if_it_draws_like_one(plane, drawn, area):
    from dataclasses import replace

    from shapely import area as area_of

    from dfmcheck import shape

    role, image = film("In1.Cu", "copper", drawn, 2)
    said = {"name": "negative-bias-GND.gbr", "polarity": "a plane layer: it may be a negative"}
    films = (replace(role, plane=plane, said=said), image), film("F.Cu", "copper", [flash("C,1", 5, 5)], 1)
    board = assemble(package(*films, film("B.Cu", "copper", [], 3), EDGE))
    rows = board.features.layer == board.layer("In1.Cu")
    shapes = shape.polygons(board.features.core[rows], board.features.radius[rows])
    assert area_of(shapes).sum() == pytest.approx(area, rel=2e-3)


def test_a_hole_that_swallows_its_land_is_plated_where_a_track_ends_in_it():
    lands = [flash("C,0.6", 5, 5), flash("C,0.6", 9, 5)]
    films = film("F.Cu", "copper", [*lands, stroke(0.2, (5, 5), (7, 5))], 1), film("B.Cu", "copper", lands, 2)
    board = assemble(package(*films, excellon([(5, 5, 0.8), (9, 5, 0.8)])))
    assert board.holes.plated.tolist() == [True, False]


def test_a_region_is_of_the_pin_whose_flash_lies_in_it():
    shape = region(*rectangle(4, 4, 7, 6), function="SMDPad,CuDef", P="D6,2")
    anchor = flash("R,1X1", 5, 5, "SMDPad,CuDef", P="D6,3")
    other = flash("R,1X1", 15, 5, "SMDPad,CuDef", P="D6,2")
    board = assemble(package(film("F.Cu", "copper", [other, shape, anchor], 1)))
    assert sorted(zip(board.pads.number, board.pads.x)) == [("2", 15), ("3", 5), ("3", 5.5)]
