"""Break lines and the rules of panels: what is taken for one and what not, and distances to them by brute force."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import shapely
from kicad_boards import LAYERS, board, footprint, pad, text
from small import measure

from dfmcheck.board import Board, StackupLayer
from dfmcheck.panel import names_score
from dfmcheck.panel_boards import is_board, pieces
from dfmcheck.panel_lines import Lines
from dfmcheck.read import read_kicad

USER = LAYERS.replace('(17 "Dwgs.User" user)', '(17 "Dwgs.User" user) (39 "User.1" user "V-Cut") (41 "User.2" user "Notes")')


def line(x0: float, y0: float, x1: float, y1: float, layer: str = "Edge.Cuts") -> str:
    return f'(gr_line (start {x0} {y0}) (end {x1} {y1}) (stroke (width 0.1) (type solid)) (layer "{layer}"))'


def rect(x0: float, y0: float, x1: float, y1: float, layer: str = "Edge.Cuts") -> str:
    return f'(gr_rect (start {x0} {y0}) (end {x1} {y1}) (stroke (width 0.1) (type solid)) (fill no) (layer "{layer}"))'


def word(content: str, x: float, y: float, layer: str = "F.SilkS") -> str:
    return f'(gr_text "{content}" (at {x} {y}) (layer "{layer}") (effects (font (size 1 1) (thickness 0.15))))'


def bites(x: float, y: float, dx: float, dy: float, count: int = 5, drill: float = 0.5) -> str:
    holes = (
        pad("circle", f"{drill} {drill}", f"{k * dx} {k * dy}", "np_thru_hole", '"*.Cu" "*.Mask"', "", f"(drill {drill})")
        for k in range(count)
    )
    return footprint(*holes, at=f"{x} {y}")


def told(b: Board) -> list[tuple[str, str, tuple[float, ...]]]:
    lines = b.derived.breaklines()
    ends = [tuple(np.sort(np.round(shapely.get_coordinates(c), 3), axis=0).ravel().tolist()) for c in lines.core]
    return sorted(zip(lines.method.tolist(), lines.source.tolist(), ends))


@pytest.mark.parametrize("name", [
    "V-Cut", "VCUT", "V.CUT", "v_score", "V-SCORE", "Vscoring", "<- v-groove cut here ->", "board.V-Cut", "Mech_VCut", "V割",
    "Vカット", "score line", "Ritzlinie", "V-CUT 30deg",
])  # fmt: skip
def test_what_is_called_a_score(name: str) -> None:
    assert names_score(np.array([name], object)).all()


@pytest.mark.parametrize("name", ["Edge.Cuts", "recut", "Scorecard", "copper-to-vscore", "Underscore", "VCC", "cutout"])
def test_what_is_not(name: str) -> None:
    assert not names_score(np.array([name], object)).any()


def test_lines_of_a_layer_named_for_it() -> None:
    b = board(rect(0, 0, 40, 30), line(20, -3, 20, 33, "User.1"), line(10, -3, 10, 33, "User.2"), layers=USER)
    assert told(b) == [("score", "layer V-Cut", (20, -3, 20, 33))]
    assert b.items.label[b.derived.breaklines().item[0]] == "line"


def test_dashes_are_one_line_and_a_drawing_far_off_is_none() -> None:
    dashes = [line(20, y, 20, y + 2, "User.1") for y in range(0, 30, 4)]
    b = board(rect(0, 0, 40, 30), *dashes, line(60, 0, 60, 30, "User.1"), word("V-CUT", 60, 5, "User.1"), layers=USER)
    assert told(b) == [("score", "layer V-Cut", (20, 0, 20, 30))]


def test_a_text_names_the_line_beside_it() -> None:
    lines = [line(20, 0, 20, 30, "Dwgs.User"), line(30, 0, 30, 30, "Dwgs.User")]
    assert told(board(rect(0, 0, 40, 30), *lines)) == []
    b = board(rect(0, 0, 40, 30), *lines, word("V-SCORE", 21.5, 15))
    assert told(b) == [("score", 'text "V-SCORE"', (20, 0, 20, 30))]
    b = board(rect(0, 0, 40, 30), *lines, word("V-SCORE", 45, 35, "Dwgs.User"))
    assert [core for _, _, core in told(b)] == [(20, 0, 20, 30), (30, 0, 30, 30)]  # on their own layer it means all that cross


def test_a_text_names_no_line_that_does_not_cross_the_board() -> None:
    b = board(rect(0, 0, 40, 30), line(20, 10, 20, 20, "Dwgs.User"), line(0, 0, 0, 30, "Dwgs.User"), word("V-CUT", 20, 15))
    assert told(b) == []


def test_lines_of_the_outline_from_edge_to_edge() -> None:
    b = board(rect(0, 0, 40, 30), line(20, 0, 20, 30), line(20, 10, 40, 10), line(10, 5, 10, 25), line(5, 0, 5, 20))
    assert [core for _, _, core in told(b)] == [(20, 0, 20, 30), (20, 10, 40, 10)]
    parted = pieces(b, b.derived.breaklines())
    assert np.round(np.sort(shapely.area(parted))).tolist() == [200, 400, 600]


def test_boards_drawn_edge_to_edge() -> None:
    assert [core for _, _, core in told(board(rect(0, 0, 20, 30), rect(20, 0, 40, 30)))] == [(20, 0, 20, 30)]


def test_rows_of_break_off_holes() -> None:
    b = board(rect(0, 0, 40, 30), bites(10, 29.8, 0.8, 0), bites(10, 28, 0.8, 0))
    assert told(b) == [("tab", "mouse bites", (10, 28, 13.2, 28)), ("tab", "mouse bites", (10, 29.8, 13.2, 29.8))]


def test_rows_around_a_corner_are_two() -> None:
    b = board(rect(0, 0, 40, 30), bites(0.5, 5, 0, -0.8, 6), bites(1.3, 1, 0.8, 0, 5))
    assert len(b.derived.breaklines()) == 2
    lines = np.array(b.derived.breaklines().core, object)
    spots = shapely.points(shapely.get_coordinates(b.holes.core))
    assert (shapely.distance(spots, shapely.multilinestrings(lines)) < 0.15).all()


def slots(*gaps: float, track: str = "") -> Board:
    """A board of 30 by 20 mm in a frame, with a slot of 2 mm around it that is interrupted at its left and right."""
    upper = [(5, 14), (5, 5), (35, 5), (35, 14), (33, 14), (33, 7), (7, 7), (7, 14)]
    lower = [(x, 30 - y) for x, y in upper]
    loops = [line(*p, *q) for ring in (upper, lower) for p, q in zip(ring, [*ring[1:], ring[0]])]
    return board(rect(0, 0, 40, 30), *loops, track)


def test_tabs_between_slots_are_told_where_they_part_a_board() -> None:
    lines = slots().derived.breaklines()
    assert lines.method.tolist() == ["tab", "tab"]
    assert set(lines.source.tolist()) == {"a bridge between slots"}
    assert [5 <= x <= 7 or 33 <= x <= 35 for x in sorted(c.centroid.x for c in lines.core)] == [True, True]
    assert np.ptp([c.centroid.x for c in lines.core]) > 25
    assert all(abs(c.length - 2) < 0.01 for c in lines.core)


def test_a_track_across_makes_it_no_tab() -> None:
    b = slots(track='(segment (start 1 15) (end 20 15) (width 0.3) (layer "F.Cu") (net 1))')
    assert [round(c.centroid.x) > 20 for c in b.derived.breaklines().core] == [True]


def test_slots_that_isolate_part_nothing() -> None:
    two = [rect(10, y, 12, y + 9) for y in (5, 16)]
    assert told(board(rect(0, 0, 40, 30), *two)) == []


def test_merged_lines_are_what_a_union_of_them_is() -> None:
    rng = np.random.default_rng(3)
    cores = []
    for _ in range(60):
        angle, start, at = rng.choice([0, 0.4, 1.2]), rng.integers(0, 30), rng.integers(0, 4) * 3.0
        way, aside = np.array([np.cos(angle), np.sin(angle)]), np.array([-np.sin(angle), np.cos(angle)])
        p = at * aside + start * way
        cores.append(shapely.LineString([p, p + rng.integers(2, 6) * way * rng.choice([-1, 1])]))
    array = np.array(cores, object)
    merged = Lines.merged(array, np.arange(60, dtype=np.int32), gap=0.0)
    union = shapely.get_parts(shapely.line_merge(shapely.union_all(shapely.set_precision(array, 1e-6))))
    covered = shapely.union_all(shapely.buffer(array, 1e-3))
    assert shapely.covers(shapely.buffer(covered, 1e-3), merged.core).all()
    assert (
        shapely.length(shapely.difference(shapely.multilinestrings(union), shapely.union_all(shapely.buffer(merged.core, 2e-3))))
        < 1e-6
    )
    for m, item in zip(merged.core, merged.item.tolist()):
        assert shapely.distance(m, array[item]) < 1e-6


def test_no_film_of_a_package_beside_a_native_board_is_read_twice() -> None:
    b = board(rect(0, 0, 40, 30), line(20, -3, 20, 33, "User.1"), layers=USER)
    assert len(read_kicad(text(rect(0, 0, 40, 30), layers=USER).encode(), "x.kicad_pcb").derived.breaklines()) == 0
    assert len(b.derived.breaklines()) == 1


def test_copper_beside_a_score_is_told_once() -> None:
    tracks = [
        f'(segment (start {x} 10) (end {x} 20) (width 0.2) (layer "F.Cu") (net 1))' for x in (0.3, 20.3)
    ]  # fmt: skip
    b = board(rect(0, 0, 40, 30), line(20, 0, 20, 16), line(20, 16, 20, 30), *tracks)
    edge, score = measure(b, "copper-to-edge", outer_track=0.4), measure(b, "copper-to-vscore", min=0.4)
    assert [(float(x), round(float(v), 6)) for x, v in zip(np.round(edge.x, 1), edge.value)] == [(0.1, 0.2)]
    assert np.round(score.value, 6).tolist() == [0.2]
    assert len(measure(board(rect(0, 0, 40, 30), line(20, 0, 20, 16), *tracks), "copper-to-edge", outer_track=0.4).value) == 2


@pytest.mark.parametrize(("ref", "at", "soft"), [("J1", 18.5, [1]), ("J1", 20, [0]), ("U1", 18.5, [0])])
def test_a_connector_that_hangs_over_a_score_is_a_note(ref: str, at: float, soft: list[int]) -> None:
    lands = [f'(pad "{k}" smd rect (at {x} 0) (size 0.6 0.6) (layers "F.Cu" "F.Mask"))' for k, x in ((1, -1), (2, 1))]
    body = '(fp_rect (start -3 -2) (end 3 2) (stroke (width 0.1) (type solid)) (fill no) (layer "F.Fab"))'
    b = board(rect(0, 0, 40, 30), line(20, 0, 20, 30), footprint(*lands, body, at=f"{at} 15", ref=ref))
    m = measure(b, "depanel-geometry", tab_pitch_max=75.0)
    assert [int(s) for s, cause in zip(m.soften, m.cause) if cause == "*across"] == soft


@pytest.mark.parametrize("seed", range(3))
def test_copper_to_a_score_by_brute_force(seed: int) -> None:
    rng = np.random.default_rng(seed)
    at = rng.uniform(2, 38, (60, 4)) * [1, 0.7, 1, 0.7]
    tracks = [
        f'(segment (start {a:.4f} {b:.4f}) (end {c:.4f} {d:.4f}) (width {0.1 + 0.01 * k}) (layer "F.Cu") (net {1 + k % 2}))'
        for k, (a, b, c, d) in enumerate(at)
    ]
    b = board(rect(0, 0, 40, 30), line(13, 0, 17, 30), *tracks)
    score = shapely.LineString([(13, 0), (17, 30)])
    d = shapely.distance(b.features.core, score) - b.features.radius
    copper = b.layers.role[b.features.layer] == "copper"
    m = measure(b, "copper-to-vscore", min=2.0)
    assert m.checked == copper.sum() == 60
    got = dict(zip(m.a.tolist(), m.value.tolist()))
    expected = {int(i): float(v) for i, v in zip(b.features.item[copper], d[copper]) if v < 2.0}
    assert expected
    assert all(abs(got[i] - v) < 1e-9 for i, v in expected.items())
    assert m.more.max() == 0


def test_a_rail_is_no_board() -> None:
    lands = [footprint(*(pad(at=f"{k} 0", number=str(k)) for k in range(6)), at="10 20")]
    b = board(rect(0, 0, 40, 30), line(0, 6, 40, 6), *lands)
    parted = pieces(b, b.derived.breaklines())
    assert sorted(zip(np.round(shapely.area(parted)).tolist(), is_board(b, parted).tolist())) == [(240, False), (960, True)]


@pytest.mark.parametrize(("rows", "off"), [
    ([("copper", 0.035), ("core", 1.51), ("copper", 0.035)], 100 * 0.02 / 1.6),
    ([("mask", 0.01), ("copper", 0.035), ("dielectric", 1.51), ("copper", 0.035), ("mask", 0.01), ("silk", np.nan)], 0.0),
    ([("copper", 0.035), ("core", 1.2), ("prepreg", 0.1), ("copper", 0.035)], 100 * 0.23 / 1.6),
    ([("copper", 0.035), ("core", np.nan), ("copper", 0.035)], None),
    ([("copper", 0.035), ("copper", 0.035)], None),
    ([], None),
])  # fmt: skip
def test_what_a_stackup_adds_up_to(rows: list[tuple[str, float]], off: float | None) -> None:
    layers = tuple(StackupLayer(str(k), kind, size) for k, (kind, size) in enumerate(rows))
    b = replace(board(rect(0, 0, 40, 30)), thickness=1.6, stackup=layers)
    m = measure(b, "board-thickness", sum_tol=10.0)
    assert m.value.tolist() == ([] if off is None else [pytest.approx(off)])
