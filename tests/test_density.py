"""Joints, densities, tiles and the producibility level, against figures worked out by hand and by brute force."""

from __future__ import annotations

import json
import os
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import shapely
from kicad_boards import text
from pours import zone
from small import footprint, measure, pad, rows, smd, track, via

from dfmcheck import api
from dfmcheck.check import Skip
from dfmcheck.crowds import crowds
from dfmcheck.density import area, complexity, layer_index, pins_per_in2, sides
from dfmcheck.density_map import density_map
from dfmcheck.read import read, read_kicad
from dfmcheck.tiles import Grid, Lattice, hottest

IN = 25.4
TECHNICAL = """(13 "F.Paste" user) (15 "B.Paste" user) (1 "F.Mask" user) (3 "B.Mask" user) (25 "Edge.Cuts" user)
 (31 "F.CrtYd" user) (29 "B.CrtYd" user) (35 "F.Fab" user) (33 "B.Fab" user)"""


def board(*items, copper=2):
    inner = " ".join(f'({4 + 2 * k} "In{k + 1}.Cu" signal)' for k in range(copper - 2))
    layers = f'(layers (0 "F.Cu" signal) {inner} (2 "B.Cu" signal) {TECHNICAL})'
    whole = text(*items, layers=layers, nets='(net 0 "") (net 1 "A") (net 2 "B")', setup="(pad_to_mask_clearance 0)")
    return read_kicad(whole.encode(), "test.kicad_pcb")


def edge(width, height):
    return f'(gr_rect (start 0 0) (end {width} {height}) (stroke (width 0.1) (type solid)) (fill none) (layer "Edge.Cuts"))'


def chip(ref, x, y, *, side="F", attr="smd"):
    """Two lands of 0.5 mm, a body of 0.5 mm2, a courtyard of 2 mm2."""
    layers = f'"{side}.Cu" "{side}.Paste" "{side}.Mask"'
    lands = [smd("0.5 0.5", at=f"{dx} 0", number=n, net="", layers=layers) for n, dx in (("1", -0.5), ("2", 0.5))]
    made = footprint(*lands, box(side, "Fab", 0.5, 0.25), box(side, "CrtYd", 1, 0.5), f"(attr {attr})", at=f"{x} {y}", ref=ref,
                     name="Resistor_SMD:R_0402_1005Metric")  # fmt: skip
    return made.replace('(layer "F.Cu") (at', f'(layer "{side}.Cu") (at', 1)


def box(side, layer, x, y):
    return f'(fp_rect (start {-x} {-y}) (end {x} {y}) (stroke (width 0.05) (type solid)) (fill no) (layer "{side}.{layer}"))'


def package(ref, pins, x, y):
    """A part of so many lands in two rows."""
    lands = [
        smd("0.3 0.8", at=f"{0.5 * (k // 2)} {4 * (k % 2)}", number=str(k + 1), net="") for k in range(pins)
    ]  # fmt: skip
    return footprint(*lands, at=f"{x} {y}", ref=ref, name="Package_SO:SOIC")


# --- joints -------------------------------------------------------------------------------------------------------------


def test_what_is_a_joint():
    corners = [(x, y) for x in (-0.5, 0.5) for y in (-0.5, 0.5)]
    exposed = [smd("1 1", at=f"{x} {y}", number="9", extra="(property pad_prop_heatsink)") for x, y in corners]
    thermal = pad("circle", "0.5 0.5", 0.3, at="0 0", number="9")
    leads = [smd("0.4 0.4", at=f"{2 * k - 4} 3", number=str(k + 1), net="") for k in range(4)]
    dry = smd("0.4 0.4", at="6 3", number="8", net="", layers='"F.Cu" "F.Mask"')
    hidden = pad("circle", "1.5 1.5", 0.8, at="9 0", number="7", net="", layers='"*.Cu"')
    b = board(
        footprint(*exposed, thermal, *leads, dry, hidden, at="10 10", ref="U1", name="Package_DFN_QFN:QFN-8"),
        footprint(*(pad("circle", "1.7 1.7", 1.0, at=f"0 {2.54 * k}", number=str(k + 1), net="") for k in range(3)), at="30 10",
                  ref="J1", name="Connector_PinHeader_2.54mm:PinHeader_1x03_P2.54mm_Vertical"),
        chip("R1", 20, 20, side="B"), chip("R2", 30, 20, attr="smd dnp"), via(0.6, 0.3), edge(40, 30),
    )  # fmt: skip
    joints = b.derived.joints()
    columns = b.components.ref[joints.component].tolist(), b.pads.number[joints.pad].tolist(), joints.side.tolist()
    named = sorted(zip(*columns))
    top = [("U1", n, 0) for n in "1234"] + [("U1", "9", 0)]
    assert named == sorted([*top, *(("J1", n, 1) for n in "123"), ("R1", "1", 1), ("R1", "2", 1)])
    assert [(s.parts, s.joints) for s in sides(b)] == [(2, 8), (1, 2)], "a part's joints are of the side on which it stands"


# --- figures of boards --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [100, 441])
def test_a_grid_of_parts_on_one_square_decimetre(count):
    n = int(count**0.5)
    b = board(*(chip(f"R{k}", 4 + 4.5 * (k % n), 4 + 4.5 * (k // n)) for k in range(count)), edge(100, 100))
    top, bottom = sides(b)
    assert (top.parts, top.per_cm2, bottom.parts) == (count, pytest.approx(count / 100), 0)
    assert top.coverage == pytest.approx(count * 0.5 / 100), "bodies of 0.5 mm2 in percent of 10000 mm2"
    m = measure(b, "component-density", per_cm2_warn=15, coverage_warn=70)
    assert rows(m) == [("coverage_warn", pytest.approx(count / 200)), ("per_cm2_warn", pytest.approx(count / 100))]


def test_keep_outs_of_footprints_and_cut_outs_are_not_usable():
    words = "(keepout (tracks allowed) (vias allowed) (pads allowed) (copperpour allowed) (footprints not_allowed))"
    shut = (
        f'(zone (net 0) (net_name "") (layer "F.Cu") (hatch edge 0.5) (connect_pads (clearance 0)) (min_thickness 0.25) {words} '
        "(fill (thermal_gap 0.5) (thermal_bridge_width 0.5)) (polygon (pts (xy 30 0) (xy 50 0) (xy 50 20) (xy 30 20))))"
    )
    cut = '(gr_rect (start 2 2) (end 7 4) (stroke (width 0.1) (type solid)) (fill none) (layer "Edge.Cuts"))'
    b = board(chip("R1", 15, 10), shut, cut, edge(40, 20))
    assert [s.usable for s in sides(b)] == [pytest.approx(800 - 200 - 10), pytest.approx(800 - 10)]
    assert area(b) == pytest.approx(790)


def test_sixteen_hundred_pins_on_thirty_square_inches():
    b = board(*(package(f"U{k}", 16, 5 + 12 * (k % 10), 5 + 14 * (k // 10)) for k in range(100)), edge(5 * IN, 6 * IN), copper=6)
    assert layer_index(b) == pytest.approx(0.30)
    assert pins_per_in2(b) == pytest.approx(1600 / 30)
    asked = rows(measure(b, "layer-count-index", short_pairs=3, spare_pairs=1))
    assert asked == [("short_pairs", 0), ("spare_pairs", 0)], "K of 0.30 asks for 6 layers"


def test_complexity_of_730_parts_and_3330_joints():
    parts = [chip(f"R{k}", 3 * (k % 30), 3 * (k // 30), side="B" if k % 2 else "F") for k in range(600)]
    parts += [package(f"U{k}", 17 if k < 50 else 16, 100 + 12 * (k % 10), 6 * (k // 10)) for k in range(130)]
    b = board(*parts, edge(300, 200))
    assert complexity(b, 1.0) == (pytest.approx(40.6), 730, 3330)
    assert complexity(b, 0.5)[0] == pytest.approx(20.3)
    one_side = board(*(p for p in parts if '(layer "B.Cu") (at' not in p), edge(300, 200))
    assert complexity(one_side, 1.0)[0] == pytest.approx((430 + 2730) / 100 / 2)


def test_few_parts_on_the_second_side():
    parts = [chip(f"R{k}", 3 + 3 * (k % 20), 3 + 3 * (k // 20)) for k in range(200)]
    few = [chip(f"C{k}", 10 + 3 * k, 40, side="B") for k in range(4)]
    m = measure(board(*parts, *few, edge(70, 60)), "density-side-balance", few_parts=10, share_min=5)
    assert rows(m) == [("few_parts", 4), ("share_min", pytest.approx(100 * 8 / 408))]
    assert (m.x[0], m.y[0]) == (pytest.approx(14.5), pytest.approx(40))
    assert not len(measure(board(*parts, edge(70, 60)), "density-side-balance", few_parts=10, share_min=5))
    with pytest.raises(Skip, match="no part is fitted"):
        measure(board(chip("R1", 5, 5, attr="smd dnp"), edge(70, 60)), "density-side-balance", few_parts=10)


# --- tiles --------------------------------------------------------------------------------------------------------------


def test_a_cluster_of_a_hundred_chips_across_a_border_of_cells():
    """10 x 10 chips, whose lands lie within 9.55 x 8.55 mm; fixed cells of 10 mm hold a quarter of it each."""
    b = board(*(chip(f"R{k}", 15.7 + 0.95 * (k % 10), 15.7 + 0.95 * (k // 10)) for k in range(100)), edge(40, 40))
    density = b.derived.density(10.0, 2.5)
    x, y = b.derived.joints().x, b.derived.joints().y
    fixed = Grid.of(b.outline, 10.0, 10.0)
    assert fixed.sums(fixed.cell(x, y)).max() <= 60, "fixed cells split it"
    (crowd, *_) = crowds(density, 0, joints=True, hot=20.0, room=80.0)
    assert density.tiles.grid.windows(density.joints[0])[crowd.row, crowd.column] == 200
    assert (crowd.x, crowd.y, len(crowd.parts)) == (20.0, 20.0, 100)
    assert crowd.cold in {(20.0, 10.0), (20.0, 30.0), (10.0, 20.0), (30.0, 20.0)}, "one of the nearest tiles apart from it"


def test_windows_against_counting():
    rng = np.random.default_rng(7)
    x, y = rng.uniform(0, 47, 500), rng.uniform(0, 31, 500)
    grid = Grid.of(shapely.box(0, 0, 47, 31), 10.0, 2.5)
    found = grid.windows(grid.sums(grid.cell(x, y)))
    assert found.shape == (grid.rows - 3, grid.columns - 3) == (10, 16)
    for row, column in np.ndindex(found.shape):
        x0, y0 = grid.x + 2.5 * column, grid.y + 2.5 * row
        assert found[row, column] == ((x >= x0) & (x < x0 + 10) & (y >= y0) & (y < y0 + 10)).sum()
    value = rng.uniform(0, 9, 500)
    peaks = grid.peaks(grid.highest(np.c_[x, y, x, y], value))
    for row, column in np.ndindex(peaks.shape):
        x0, y0 = grid.x + 2.5 * column, grid.y + 2.5 * row
        assert peaks[row, column] == value[(x >= x0) & (x < x0 + 10) & (y >= y0) & (y < y0 + 10)].max()
    worst = hottest(found, grid.across, 3)
    assert found[worst[0]] == found.max()
    apart = [max(abs(a[0] - b[0]), abs(a[1] - b[1])) >= 4 for k, a in enumerate(worst) for b in worst[:k]]
    assert all(apart)


def test_a_huge_board_gets_a_coarser_step():
    grid = Grid.of(shapely.box(0, 0, 600, 400), 10.0, 2.5)
    assert grid.columns * grid.rows <= 2500
    assert (grid.step, grid.across) == (10.0, 1)


def test_copper_and_board_in_tiles_against_exact_areas():
    shapes = [shapely.box(3, 2, 17, 9), shapely.Point(20, 14).buffer(6), shapely.box(24, 3, 26, 19)]
    b = board(*(zone(s) for s in shapes), track(0.5, at="1 18", to="12 12"), edge(30, 20))
    tiles = b.derived.tiles(10.0, 2.5)
    copper = shapely.union_all([*shapes, shapely.LineString([(1, 18), (12, 12)]).buffer(0.25)])
    share = tiles.share(tiles.copper[0])
    for row, column in np.ndindex(share.shape):
        exact = copper.intersection(tiles.grid.box(row, column)).area
        assert share[row, column] == pytest.approx(exact, abs=0.6), "in percent of 100 mm2"
    assert tiles.area.sum() == pytest.approx(600)
    assert np.nanmax(np.abs(tiles.share(tiles.copper[1]))) == 0


def test_bits_of_lines_add_up():
    lattice = Lattice.of(shapely.box(0, 0, 30, 20))
    spans = SimpleNamespace(line=np.array([lattice.line, lattice.line + 1]), start=np.array([lattice.first * lattice.bit, 0.03]),
                            end=np.array([lattice.first * lattice.bit + 2.5 * lattice.bit, 1.07]))  # fmt: skip
    bits = lattice.fill(spans)
    assert bits[0, :4].tolist() == pytest.approx([lattice.bit, lattice.bit, lattice.bit / 2, 0], abs=1e-6)
    assert bits[1].sum() == pytest.approx(1.04, abs=1e-5)
    assert bits[2:].sum() == 0


def test_tiles_that_are_mostly_beyond_the_edge_do_not_count():
    """A tongue of 3 mm leaves the board: its tiles hold less than half."""
    corners = ["0 0", "20 0", "20 5", "40 5", "40 8", "20 8", "20 20", "0 20", "0 0"]
    outline = "".join(
        f'(gr_line (start {a}) (end {b}) (stroke (width 0.1) (type solid)) (layer "Edge.Cuts"))' for a, b in pairwise(corners)
    )
    b = board(chip("R1", 35, 6.5), chip("R2", 5, 5), outline)
    density = b.derived.density(10.0, 2.5)
    assert np.isnan(density.joint_share[0][:, -4:]).all()
    assert [c.parts for c in crowds(density, 0, joints=True, hot=99, room=80)] == [(1,)], "R2 alone"


# --- the report ---------------------------------------------------------------------------------------------------------


def test_the_map_is_small_and_the_same_each_time(tmp_path):
    path = tmp_path / "a.kicad_pcb"
    chips = [chip(f"R{k}", 5 + 3 * k, 15, side="B" if k == 9 else "F") for k in range(10)]
    b = board(*chips, zone(shapely.box(0, 0, 20, 20)), edge(40, 20))
    told = density_map(b)
    assert (told["joints"], told["parts"], told["top"]["parts"], told["bottom"]["joints"]) == (20, 10, 9, 2)
    drawn = told["map"]
    assert (drawn["x"], drawn["y"], drawn["step"], drawn["window"], drawn["columns"], drawn["rows"]) == (0, 0, 2.5, 10, 13, 5)
    assert drawn["copper"]["F.Cu"][0] == pytest.approx([100, 100, 100, 100, 100, 75, 50, 25, 0, 0, 0, 0, 0], abs=1)
    assert all(len(drawn[side][key]) == 5 for side in ("top", "bottom") for key in ("joints", "coverage", "tallest"))
    assert drawn["bottom"]["joints"][-1][-1] == 2
    assert json.dumps(told) == json.dumps(density_map(b))
    path.write_bytes(b.sources[0].data)
    report = api.check(read(path)).to_dict()["designs"][0]
    assert report["density"] == json.loads(json.dumps(told))


# --- the producibility level --------------------------------------------------------------------------------------------


def level(*items, copper=2, profile="standard"):
    b = board(*items, edge(60, 60), copper=copper)
    report = api.check(b, profile).to_dict()["designs"][0]["producibility"]
    return report, {f["feature"]: f for f in report["features"]}


def test_the_level_is_that_of_the_hardest_feature():
    easy = [track(0.3, at="5 5", to="20 5"), track(0.3, at="5 10", to="20 10", net=2), via(1.0, 0.3, at="30 30")]
    report, by = level(*easy)
    assert {n: by[n]["level"] for n in ("track width", "copper spacing", "annular ring", "hole to copper")} == {
        "track width": "A", "copper spacing": "A", "annular ring": "A", "hole to copper": "A",
    }  # fmt: skip
    assert (report["level"], report["next"], report["held_by"]) == ("A", None, [])
    thin = [track(0.16, at=f"5 {20 + 3 * k}", to=f"20 {20 + 3 * k}") for k in range(3)]
    report, by = level(*easy, *thin)
    assert (report["level"], report["next"], report["held_by"]) == ("B", "A", ["track width"])
    told = by["track width"]
    assert (told["instances"], told["worst"], told["limit"], told["rule"]) == (3, 0.16, 0.2, "track-width")
    close = [track(0.3, at="40 5", to="50 5"), track(0.3, at="40 5.42", to="50 5.42", net=2)]
    report, by = level(*easy, *thin, *close)
    assert (report["level"], report["next"], report["held_by"]) == ("C", "B", ["copper spacing"])
    assert (by["copper spacing"]["worst"], by["copper spacing"]["limit"]) == (0.12, 0.15)
    report, by = level(*easy, *thin, *close, track(0.09, at="5 50", to="20 50"))
    assert (report["level"], report["next"], report["held_by"]) == ("beyond C", "C", ["track width"])


def test_the_level_does_not_depend_on_the_profile():
    """What a run's own limits do not show is measured again."""
    items = [track(0.16, at="5 20", to="20 20"), track(0.3, at="40 5", to="50 5"), track(0.3, at="40 5.48", to="50 5.48", net=2),
             via(0.6, 0.3, at="30 30"), via(0.6, 0.3, at="30.78 30", net=2)]  # fmt: skip
    one, other = level(*items)[0], level(*items, profile="seeed")[0]
    assert one == other
    assert (one["level"], sorted(one["held_by"])) == ("B", ["annular ring", "copper spacing", "track width"])


def test_a_short_is_a_fault_and_no_level():
    _, by = level(track(0.3, at="5 5", to="20 5"), track(0.3, at="10 5", to="10 9", net=2))
    assert by["copper spacing"]["level"] == "A"


def test_a_run_of_some_rules_tells_no_level():
    b = board(track(0.3, at="5 5", to="20 5"), edge(60, 60))
    assert api.check(b, select=["track-width"]).to_dict()["designs"][0]["producibility"] == {}


def test_what_no_rule_could_tell_is_not_told():
    _, by = level(via(1.0, 0.3, at="30 30"))
    assert by["track width"]["level"] is None
    assert "nothing of the kind" in by["track width"]["why"]


# --- real boards --------------------------------------------------------------------------------------------------------

# Counted with KiCad's own pcbnew: area of GetBoardPolygonOutlines; pads with copper that have paste of their own, and plated
# pads, of footprints that are not DNP. Then by hand, part by part:
# - mta1_usb_dev: 85 parts, 389 joints; less H1-H4 (mounting holes, a pad each), plus D2 and D3 (4 lands each, their paste is
#   drawn apart), plus the exposed pads of U3 and U6 (paste drawn apart): 83 and 395.
# - icebreaker: 96 + 2 parts, 484 joints; less C35 (marked as not fitted, 2 joints) and the 9 thermal holes each of U4 and U6,
#   plus their exposed pads, plus six parts that have lands and no paste (D11, Q1, R7, R27-R29): 101 + 2 and 466.
# - bitaxeUltra: 81 + 9 parts, 374 joints; less H7-H10 (9 pads each), 4 thermal holes each of U2 and U9 (their exposed pads
#   count), 8 of the 9 pieces of the exposed pad of U12; plus one land each of Q1 and Q2 and two of U14: 77 + 9 and 328.
BY_HAND = {
    "mta1_usb_dev": (3708.13, 83, 0, 395),
    "icebreaker": (2567.95, 101, 2, 466),
    "bitaxeUltra": (5635.29, 77, 9, 328),
}


@pytest.mark.boards
@pytest.mark.skipif(not os.environ.get("DFMCHECK_BOARDS"), reason="DFMCHECK_BOARDS is not set")
@pytest.mark.parametrize("name", BY_HAND)
def test_density_of_real_boards(name):
    (path,) = Path(os.environ["DFMCHECK_BOARDS"]).rglob(f"kicad/**/{name}.kicad_pcb")
    mm2, top, bottom, joints = BY_HAND[name]
    told = density_map(read(path))
    assert told["area"] == pytest.approx(mm2, rel=1e-4)
    assert (told["top"]["parts"], told["bottom"]["parts"], told["joints"]) == (top, bottom, joints)
    assert told["pins_per_in2"] == pytest.approx(joints / mm2 * 645.16, rel=1e-4)
    assert told["layer_index"] == pytest.approx(mm2 / 645.16 * 16 / joints, rel=1e-3)
    assert told["top"]["parts_per_cm2"] == pytest.approx(100 * top / mm2, abs=2e-4)
    assert told["complexity_index"] == pytest.approx((top + bottom + joints) / 100 * (1 if bottom else 0.5), abs=1e-4)
