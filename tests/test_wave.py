"""Soldering by wave: what may be glued, how it lies to the travel, gaps and shadows by brute force, thieves, lands of leads."""

from __future__ import annotations

import math
import os
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from flows import flow, plan
from hypothesis import given, settings
from hypothesis import strategies as st
from small import pad, rows, smd
from transforms import affine

import dfmcheck
from dfmcheck import api
from dfmcheck.board import Board
from dfmcheck.check import Context, Measurements, Run, registry
from dfmcheck.flow import plan as flows
from dfmcheck.flow.wave_gaps import gaps, shadows, tall_chips
from dfmcheck.flow.wave_parts import exclusions, fitness
from dfmcheck.flow.wave_rows import exclusions as row_exclusions
from dfmcheck.flow.wave_rows import neighbours, protrusions
from dfmcheck.flow.wave_turn import turns, wave
from dfmcheck.flow.wave_way import WAYS, Way, declared, row_heading
from dfmcheck.read import read_kicad
from dfmcheck.rule import Limit, load_rules

RULES = load_rules()
HEAD = """(kicad_pcb (version 20241229) (generator "test") (general (thickness 1.6))
 (layers (0 "F.Cu" signal) (2 "B.Cu" signal) (1 "F.Mask" user) (3 "B.Mask" user) (13 "F.Paste" user) (15 "B.Paste" user)
  (5 "F.SilkS" user) (35 "F.Fab" user) (33 "B.Fab" user) (25 "Edge.Cuts" user))
 (net 0 "") (net 1 "A")
"""


def board(*items: str) -> Board:
    return read_kicad((HEAD + "\n".join(items) + ")").encode(), "test.kicad_pcb")


def part(ref: str, x: float, y: float, *pads: str, name: str = "part", angle: float = 0, side: str = "B", fields=()) -> str:
    more = " ".join(f'(property "{k}" "{v}" (at 0 0) (layer "F.Fab"))' for k, v in fields)
    return (
        f'(footprint "lib:{name}" (layer "{side}.Cu") (at {x} {y} {angle}) '
        f'(property "Reference" "{ref}" (at 0 0) (layer "F.Fab")) {more} {" ".join(pads)})'
    )


def land(number: int | str, x: float, y: float, w: float, h: float, net: str = "", side: str = "B", turn: float = 0) -> str:
    layers = f'"{side}.Cu" "{side}.Paste" "{side}.Mask"'
    return smd(f"{w} {h}", at=f"{x} {y} {turn}", number=str(number), net=net, layers=layers)


def so(
    ref: str, x: float, y: float, *, pins: int = 8, pitch: float = 1.27, angle: float = 0, name: str = "SOIC-8", **more
) -> str:
    """Rows along x."""
    each = pins // 2
    pads = [
        land(k + 1, pitch * (k % each - (each - 1) / 2), 2.7 if k < each else -2.7, pitch / 2, 1.5, turn=angle)
        for k in range(pins)
    ]
    return part(ref, x, y, *pads, angle=angle, name=name, **more)


def chip(ref: str, x: float, y: float, *, angle: float = 0, name: str = "R_0805", out: float = 0.95, **more) -> str:
    return part(
        ref, x, y, *(land(k, s * out, 0, 1.0, 1.2, turn=angle) for k, s in ((1, -1), (2, 1))), angle=angle, name=name, **more
    )


def header(
    ref: str, x: float, y: float, *, pins: int = 2, pitch: float = 2.54, size: float = 1.7, net: str = "", fields=()
) -> str:
    pads = [pad("circle", f"{size} {size}", 0.8, at=f"{pitch * k} 0", number=str(k + 1), net=net) for k in range(pins)]
    return part(ref, x, y, *pads, side="F", name="Header", fields=fields)


def context(b: Board, rule: str, leads: str = "wave", lands: str = "wave", code: str = "F5", **limits: float) -> Context:
    """One rule in a flow that is made by hand."""
    row = RULES[rule]
    known = {k: Limit(v, None, row.params[k].sense, row.params[k].unit, "test") for k, v in limits.items()}
    made = plan(flow(b, leads, code=code, lands=lands))
    return Context(b, row, known, run=Run(RULES, {row.id: known}, results={flows.plan: made}))


def measured(b: Board, rule: str, *flow: str, **limits: float) -> Measurements:
    return registry()[RULES[rule].check].measure(context(b, rule, *flow, **limits))


def all_of(b: Board) -> np.ndarray:
    return np.arange(len(b.components), dtype=np.int32)


# -- what may meet the wave ------------------------------------------------------------------------------------------------


def told(*parts: str) -> dict[str, list[tuple[str, float]]]:
    b = board(*parts)
    found = fitness(b, all_of(b))
    out: dict[str, list[tuple[str, float]]] = {}
    for row, param, value in zip(found.component.tolist(), found.param.tolist(), found.value.tolist()):
        out.setdefault(str(b.components.ref[row]), []).append((param, value))
    return out


def test_arrays_of_chips_by_their_pitch_and_square_chips_by_their_size() -> None:
    lands = [land(k + 1, 0.5 * (k % 4) - 0.75, -0.5 if k < 4 else 0.5, 0.3, 0.5) for k in range(8)]
    found = told(
        part("RN1", 0, 0, *lands, name="R_Array_Convex_4x0402"), chip("C1", 10, 0, name="C_1210_3225Metric", out=1.5),
        chip("C2", 20, 0, name="C_0805_2012Metric"),
    )  # fmt: skip
    assert ("so_pitch_min", 0.5) in found["RN1"]
    assert dict(found["C1"])["mlcc_max"] == pytest.approx(1.5 * 2.54)
    assert dict(found["C2"])["mlcc_max"] == 2.0


def test_each_part_is_judged_by_what_its_family_asks() -> None:
    assert told(
        chip("R1", 0, 0, name="R_0402_1005Metric", out=0.5),
        chip("C1", 10, 0, name="C_1206_3216Metric", fields=[("Height", "1.7 mm")]),
        chip("C2", 20, 0, name="CP_EIA-3216-18_Kemet-A"), so("U1", 30, 0, pitch=0.65, name="SSOP-8", fields=[("Height", "2 mm")]),
    ) == {
        "R1": [("chip_min", 1.0), ("height_max", 0.6)], "C1": [("chip_min", 3.2), ("mlcc_max", 3.2), ("height_max", 1.7)],
        "C2": [("chip_min", 3.2), ("height_max", 1.8)], "U1": [("so_pitch_min", 0.65), ("height_max", 2.0)],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("ref", "name"), [("U1", "QFN-8"), ("U1", "BGA-8"), ("J1", "Conn_SMD_2x04"), ("Y1", "Crystal_SMD"), ("U1", "PLCC-8_socket")]
)
def test_what_no_wave_solders(ref: str, name: str) -> None:
    (found,) = told(so(ref, 0, 0, name=name))[ref]
    assert found[0] == ""


def test_an_exposed_pad_does_not_meet_the_wave() -> None:
    heat = so("U1", 0, 0, name="SOIC-8").removesuffix(")") + land(9, 0, 0, 3, 2) + ")"
    assert [param for param, _ in told(heat)["U1"]] == [""]


@pytest.mark.parametrize(("pitch", "judged"), [(0.65, True), (0.94, True), (0.95, False)])
def test_only_fine_transistor_outlines_are_judged_by_pitch(pitch: float, judged: bool) -> None:
    sot = part(
        "Q1", 0, 0, *(land(k + 1, pitch * (k % 3 - 1), 1.2 if k < 3 else -1.2, 0.4, 0.9) for k in range(6)), name="SOT-23-6"
    )
    assert ("so_pitch_min" in dict(told(sot)["Q1"])) is judged


def test_hard_limits_exclude_the_parts_of_the_side_that_is_waved() -> None:
    b = board(
        chip("R1", 0, 0, name="R_0402", out=0.5), chip("R2", 10, 0), so("U1", 20, 0, name="QFN-8"), header("J1", 0, 20),
        part("R3", 30, 0, land(1, -0.5, 0, 0.5, 0.6, side="F"), land(2, 0.5, 0, 0.5, 0.6, side="F"), side="F", name="R_0402"),
    )  # fmt: skip
    row = RULES["wave-package-eligibility"]
    limits = {"chip_min": Limit(1.6, 2.5, "min", "mm", "test"), "mlcc_max": Limit(None, 2.0, "max", "mm", "test")}
    found = exclusions(Context(b, row, limits), 1)
    assert [(e.rule, [b.components.ref[p] for p in e.parts], e.remedy) for e in found] == [
        (row.id, ["U1"], "move to the top"), (row.id, ["R1"], "move to the top"),
    ]  # fmt: skip
    assert "1.6" in found[1].why
    (other,) = exclusions(Context(b, row, limits), 0)
    assert b.components.ref[list(other.parts)].tolist() == ["R3"]


@pytest.mark.parametrize("lands", ["reflow", ""])
def test_what_is_reflowed_is_not_judged(lands: str) -> None:
    b = board(chip("R1", 0, 0, name="R_0402", out=0.5), chip("R2", 1, 0), header("J1", 0, 20))
    for rule, limits in (
        ("wave-package-eligibility", {"chip_min": 1.6}), ("wave-orientation", {"tolerance": 5}),
        ("wave-smd-gap", {"along": 9, "across": 9}),
    ):  # fmt: skip
        assert len(measured(b, rule, "wave", lands, "F6", **limits)) == 0
        assert measured(b, rule, "wave", lands, "F6", **limits).checked == 0
        assert len(measured(b, rule, "wave", "wave", **limits)) > 0


# -- the travel ------------------------------------------------------------------------------------------------------------


def text(words: str, angle: float = 0, *, mirrored: bool = False, layer: str = "F.SilkS") -> str:
    mirror = " (justify mirror)" if mirrored else ""
    return f'(gr_text "{words}" (at 5 5 {angle}) (layer "{layer}") (effects (font (size 1 1) (thickness 0.15)){mirror}))'


@pytest.mark.parametrize(
    ("words", "angle", "mirrored", "way"),
    [
        ("WAVE -->", 0, False, (1, 0)), ("WAVE -->", 90, False, (0, -1)), ("<== SOLDER DIRECTION", 0, False, (-1, 0)),
        ("Wave direction →", 180, False, (-1, 0)), ("WAVE -->", 0, True, (-1, 0)), ("SOLDER FLOW ↑", 0, False, (0, -1)),
        ("SOLDER FLOW ↑", 0, True, (0, -1)), ("WAVE -->", 90, True, (0, 1)), ("Lötrichtung ->", 270, False, (0, 1)),
    ],
)  # fmt: skip
def test_a_text_with_an_arrow_declares_the_travel(words: str, angle: float, mirrored: bool, way: tuple[int, int]) -> None:
    found = declared(board(text(words, angle, mirrored=mirrored)))
    assert found is not None
    assert (found[0].x, found[0].y, found[1]) == (*way, words)


@pytest.mark.parametrize("words", ["SQUARE WAVE ->", "WAVE", "SOLDER DIRECTION", "GND ->", "<- WAVE ->", "WAVEFORM ->"])
def test_other_texts_declare_nothing(words: str) -> None:
    assert declared(board(text(words))) is None


def test_texts_that_contradict_each_other_declare_nothing() -> None:
    assert declared(board(text("WAVE ->"), text("WAVE ->", 180))) is None
    assert declared(board(text("WAVE ->"), text("<- WAVE", 180))) is not None


@given(st.integers(1, 2), st.integers(3, 9), st.floats(0, 179), st.floats(0.3, 3))
def test_rows_of_pins_are_found_however_they_are_turned(lines: int, each: int, angle: float, pitch: float) -> None:
    xy = np.array([(pitch * k, 3.0 * pitch * line) for line in range(lines) for k in range(each)])
    a = math.radians(angle)
    turned = xy @ np.array([[math.cos(a), math.sin(a)], [-math.sin(a), math.cos(a)]])
    off = abs(row_heading(turned) - angle) % 180
    assert min(off, 180 - off) < 1e-6


def test_a_grid_has_rows_where_it_is_longer() -> None:
    def grid(across: int, down: int) -> np.ndarray:
        return np.array([(k, n) for k in range(across) for n in range(down)], float)

    assert row_heading(grid(2, 5)) == pytest.approx(90)
    assert row_heading(grid(5, 2)) == pytest.approx(0)
    assert math.isnan(row_heading(grid(3, 3)))
    assert math.isnan(row_heading(grid(2, 1)))


def test_without_a_text_the_travel_is_that_which_suits_most_parts() -> None:
    parts = [chip(f"R{k}", 8 * k, 0, angle=90) for k in range(3)] + [
        chip("R9", 0, 10),
        so("U1", 20, 10),
        so("U2", 40, 10, angle=90),
    ]
    b = board(*parts, header("J1", 0, 30))
    found = wave(context(b, "wave-orientation"))
    assert found is not None
    assert (found.way.y, found.declared, found.side) == (0.0, False, 1)
    m = measured(b, "wave-orientation", tolerance=5)
    assert sorted(b.components.ref[np.isin(b.components.item, m.a)]) == ["R9", "U2"]
    assert rows(m) == [("", pytest.approx(math.nan, nan_ok=True)), ("tolerance", 90.0), ("tolerance", 90.0)]


TURNS = {
    "90": [[0.0, 1.0], [-1.0, 0.0]], "180": [[-1.0, 0.0], [0.0, -1.0]], "mirror": [[-1.0, 0.0], [0.0, 1.0]],
    "mirror and 90": [[0.0, 1.0], [1.0, 0.0]],
}  # fmt: skip
standing = st.lists(st.tuples(st.sampled_from(["chip", "rows"]), st.sampled_from([0, 20, 45, 90])), min_size=1, max_size=7)


@settings(max_examples=40)
@given(standing, st.sampled_from(["90", "180", "mirror", "mirror and 90"]))
def test_a_turned_board_travels_as_its_parts_lie(kinds: list[tuple[str, int]], turn: str) -> None:
    parts = [
        (chip if kind == "chip" else so)(f"U{n}", 20.0 * n, 10, angle=angle, name="R_0805" if kind == "chip" else "SOIC-8")
        for n, (kind, angle) in enumerate(kinds)
    ]
    edge = '(gr_rect (start -10 -10) (end 160 60) (stroke (width 0.1) (type solid)) (fill none) (layer "Edge.Cuts"))'
    here = board(*parts, header("J1", 0, 40), edge)
    there = affine(here, TURNS[turn], (5.0, 9.0))
    made = []
    for b, lead_side in ((here, 0), (there, int(turn.startswith("mirror")))):
        ctx = context(b, "wave-orientation", tolerance=5.0)
        assert ctx.run is not None
        ctx.run.results[flows.plan] = replace(ctx.run.results[flows.plan], lead_side=lead_side)
        found = wave(ctx)
        assert found is not None
        made.append((found.way.angle, found.side, rows(registry()["wave_orientation"].measure(ctx), "param", "value")))
    (before, side, values), (after, other, moved) = made
    assert abs(after - before) == (90 if "90" in turn else 0)
    assert (side == other) == (not turn.startswith("mirror"))
    assert [v for p, v in values if p] == pytest.approx([v for p, v in moved if p])


def test_angles_off_what_parts_want() -> None:
    b = board(chip("R1", 0, 0, angle=30), so("U1", 20, 0, angle=30), header("J1", 0, 20, pins=4))
    lying = turns(b, np.array([1, 2], np.int32), np.array([0], np.int32))
    assert dict(zip(lying.kind.tolist(), lying.off(Way(1.0, 0.0)).tolist())) == pytest.approx(
        {"chip": 60, "rows": 30, "leads": 0}
    )
    assert dict(zip(lying.kind.tolist(), lying.off(Way(0.0, 1.0)).tolist())) == pytest.approx(
        {"chip": 30, "rows": 60, "leads": 90}
    )


# -- gaps and shadows by brute force ---------------------------------------------------------------------------------------

GRID = 0.25
box = st.tuples(st.integers(0, 40), st.integers(0, 40), st.booleans(), st.integers(1, 3))
"""Place, whether it stands upright, height in mm: two lands of 1.0 by 1.5 mm whose middles are 2 mm apart."""
crowds = st.lists(box, min_size=2, max_size=6)


def crowd(boxes: list[tuple[int, int, bool, int]]) -> tuple[Board, list[list[tuple[float, float, float, float]]]]:
    """The board, and for each part its lands as boxes x0, y0, x1, y1."""
    parts, lands = [], []
    for n, (i, j, upright, tall) in enumerate(boxes):
        x, y = i * GRID, j * GRID
        spots = [(x, y + s) if upright else (x + s, y) for s in (-1.0, 1.0)]
        w, h = (1.5, 1.0) if upright else (1.0, 1.5)
        # The body reaches 2 mm to both sides of the middle, the lands 1.5 mm.
        edge = f"(start {x - 2} {y - 2}) (end {x + 2} {y + 2})"
        body = f'(fp_rect {edge} (stroke (width 0.05) (type solid)) (fill none) (layer "B.Fab"))'
        pads = [land(k, a, b, w, h) for k, (a, b) in enumerate(spots, 1)]
        parts.append(part(f"U{n}", 0, 0, *pads, body, name="SOT-23", fields=[("Height", f"{tall} mm")]))
        lands.append([(a - w / 2, b - h / 2, a + w / 2, b + h / 2) for a, b in spots])
    return board(*parts), lands


@settings(max_examples=150)
@given(crowds, st.sampled_from(WAYS), st.sampled_from([0.6, 1.0, 2.5]))
def test_gaps_are_those_of_all_pairs_of_boxes(boxes: list[tuple[int, int, bool, int]], way: Way, reach: float) -> None:
    b, lands = crowd(boxes)
    best: dict[tuple[int, int, bool], float] = {}
    for one, other in combinations(range(len(lands)), 2):
        for p in lands[one]:
            for q in lands[other]:
                dx, dy = (max(q[k] - p[k + 2], p[k] - q[k + 2], 0.0) for k in (0, 1))
                if way.x == 0:
                    dx, dy = dy, dx
                if math.hypot(dx, dy) < reach:
                    key = (one, other, dx > dy or dx + dy == 0)
                    best[key] = min(best.get(key, math.inf), math.hypot(dx, dy))
    found = gaps(b, all_of(b), 1, way, reach)
    owner = b.features.component
    told = {
        (int(owner[one]), int(owner[other]), bool(along)): gap
        for one, other, along, gap in zip(found.one, found.other, found.along, found.gap)
    }
    assert told == pytest.approx(best)


@settings(max_examples=150)
@given(crowds, st.sampled_from(WAYS), st.sampled_from([0.8, 1.5]))
def test_shadows_are_those_of_a_raster_of_lines_along_the_travel(
    boxes: list[tuple[int, int, bool, int]], way: Way, reach: float
) -> None:
    b, lands = crowd(boxes)
    parts = b.derived.parts()
    best: dict[tuple[int, int], float] = {}
    for line in np.arange(-3.0 + 0.0625, 14, 0.125):  # between all edges, which lie on multiples of 0.125 mm
        for one, (i, j, _, tall) in enumerate(boxes):
            x, y = i * GRID, j * GRID
            across, middle = (y, x) if way.y == 0 else (x, y)
            if not across - 2 < line < across + 2:
                continue
            for other, theirs in enumerate(lands):
                for x0, y0, x1, y1 in theirs if other != one else ():
                    low, high, first, last = (y0, y1, x0, x1) if way.y == 0 else (x0, x1, y0, y1)
                    gap = middle - 2 - last if way.x + way.y > 0 else first - (middle + 2)
                    if low < line < high and 0 <= gap < reach * tall:
                        best[one, other] = min(best.get((one, other), math.inf), gap)
    found = shadows(b, all_of(b), 1, way, reach)
    told = {(int(c), int(b.features.component[k])): gap for c, k, gap in zip(found.caster, found.one, found.gap)}
    assert parts.height.tolist() == [float(tall) for *_, tall in boxes]
    assert told == pytest.approx(best)


@settings(max_examples=40)
@given(crowds, st.sampled_from(sorted(TURNS)), st.sampled_from(WAYS))
def test_a_turned_board_has_the_same_gaps_and_shadows_for_the_turned_travel(
    boxes: list[tuple[int, int, bool, int]], turn: str, way: Way
) -> None:
    here, _ = crowd(boxes)
    there = affine(here, TURNS[turn], (7.0, -3.0))
    turned = Way(*(np.array(TURNS[turn]) @ (way.x, way.y)).tolist())
    side = 0 if turn.startswith("mirror") else 1
    for measure, reach in ((gaps, 2.0), (shadows, 1.5)):
        before, after = measure(here, all_of(here), 1, way, reach), measure(there, all_of(here), side, turned, reach)
        assert sorted(after.gap) == pytest.approx(sorted(before.gap), abs=1e-9)
        xy = np.c_[before.x, before.y] @ np.array(TURNS[turn]).T + (7.0, -3.0)
        if measure is shadows:  # of gaps that are as wide either may be told
            spots = np.c_[after.x, after.y]
            assert spots[np.lexsort(spots.round(6).T)] == pytest.approx(xy[np.lexsort(xy.round(6).T)], abs=1e-6)


def test_a_gap_is_judged_by_what_stands_there() -> None:
    """Tall chips ask for more; lands of one net may bridge; two parts of one net and another still have a gap."""
    b = board(
        chip("C1", 0, 0, angle=90, name="CP_EIA-3216-18"), chip("R1", 3.0, 0, angle=90), chip("R2", 5.2, 0, angle=90),
        header("J1", 0, 30), text("WAVE -->"),
    )  # fmt: skip
    m = measured(b, "wave-smd-gap", along=1.2, across=0.8, tall_chip=2.5, shadow=0.8)
    assert rows(m) == [("along", 1.0), ("tall_chip", 1.8)]
    assert tall_chips(b, 1.6).tolist() == [True, False, False, False]
    one = board(*(
        part(ref, x, 0, *(land(k, 0, y, 1, 1, net='(net 1 "A")') for k, y in ((1, -1), (2, 1))), name="R_0805")
        for ref, x in (("R1", 0), ("R2", 1.5))
    ), header("J1", 0, 30))  # fmt: skip
    assert len(measured(one, "wave-smd-gap", along=1.2, across=0.8)) == 0


def test_the_usual_height_of_chips_casts_no_shadow() -> None:
    b = board(chip("R1", 0, 0, angle=90), chip("R2", 2.5, 0, angle=90), header("J1", 0, 30), text("WAVE <--"))
    assert len(shadows(b, np.array([0, 1], np.int32), 1, Way(-1.0, 0.0), 2.0)) == 0


# -- thieves ---------------------------------------------------------------------------------------------------------------


def thieved(*ends: int, net: str = "") -> str:
    """SO-8 along x with 1.3 mm lands behind its last pins to the left (-1) or right (1)."""
    row = so("U1", 0, 0).removesuffix(")")
    return row + " ".join(land("", end * 3.5, y, 1.3, 1.5, net=net) for end in ends for y in (-2.7, 2.7)) + ")"


def test_a_thief_has_to_be_where_the_row_leaves_the_wave() -> None:
    for way, end, missing in (("-->", -1, 0), ("-->", 1, 2), ("<--", 1, 0), ("<--", -1, 2)):
        b = board(thieved(end), header("J1", 0, 30), text(f"WAVE {way}"))
        m = measured(b, "wave-thief-pad", thief_len=2.0)
        assert sum(v < 2 for v in m.value) == missing
        assert m.checked == 2


@pytest.mark.parametrize("end", [-1, 1])
def test_without_a_text_the_travel_is_that_which_lacks_the_fewest_thieves(end: int) -> None:
    b = board(thieved(end), header("J1", 0, 30))
    assert measured(b, "wave-thief-pad", thief_len=2.0).value.tolist() == pytest.approx([1.3 / 0.635] * 2)


def test_a_thief_may_have_a_net_of_its_own() -> None:
    thieves = (land(n, -3.5, y, 1.3, 1.5, net=f'(net {n} "unconnected-({n})")') for n, y in ((2, -2.7), (3, 2.7)))
    nets = ('(net 2 "unconnected-(2)")', '(net 3 "unconnected-(3)")')
    b = board(*nets, so("U1", 0, 0), part("X1", 0, 0, *thieves), header("J1", 0, 30), text("WAVE -->"))
    assert measured(b, "wave-thief-pad", thief_len=2.0).value.tolist() == pytest.approx([1.3 / 0.635] * 2)


def test_a_land_of_another_net_is_no_thief() -> None:
    b = board(thieved(-1, net='(net 1 "A")'), header("J1", 0, 30), text("WAVE -->"))
    assert measured(b, "wave-thief-pad", thief_len=2.0).value.tolist() == pytest.approx([1.0] * 2)


@pytest.mark.parametrize(("pitch", "told"), [(2.0, 1), (2.54, 0)])
@pytest.mark.parametrize("method", ["wave", "selective"])
def test_rows_of_leads_of_fine_pitch_want_a_thief_in_a_wave(pitch: float, told: int, method: str) -> None:
    b = board(header("J1", 0, 0, pins=5, pitch=pitch, size=1.0), text("WAVE -->"))
    m = measured(b, "wave-thief-pad", method, "reflow", "F4", thief_len=2.0)
    assert len(m) == (told if method == "wave" else 0)


# -- lands of leads --------------------------------------------------------------------------------------------------------


disc = st.tuples(st.integers(0, 30), st.integers(0, 30), st.integers(10, 24))
"""Place in steps of 0.5 mm, and diameter in steps of 0.1 mm."""


@settings(max_examples=100)
@given(st.lists(disc, min_size=2, max_size=8), st.sampled_from([0.13, 0.61, 1.03, 2.47]))
def test_neighbours_are_those_of_all_pairs_of_discs(discs: list[tuple[int, int, int]], reach: float) -> None:
    parts = [
        part(f"J{n}", i / 2, j / 2, pad("circle", f"{d / 10} {d / 10}", 0.6, net=""), side="F", name="Terminal_THT")
        for n, (i, j, d) in enumerate(discs)
    ]
    b = board(*parts)
    best = {}
    for (m, p), (n, q) in combinations(enumerate(discs), 2):
        apart = math.hypot(p[0] - q[0], p[1] - q[1]) / 2
        gap = max(apart - (p[2] + q[2]) / 20, 0.0)
        if gap < reach or apart < 1.9:
            best[m, n] = (gap, apart)
    found = neighbours(b, 1, reach, 1.9)
    owner = b.features.component
    pairs = [(min(pair), max(pair)) for pair in zip(owner[found.one].tolist(), owner[found.other].tolist())]
    told = dict(zip(pairs, zip(found.gap, found.pitch)))
    assert told.keys() == best.keys()
    assert all(told[key] == pytest.approx(pair, abs=1e-6) for key, pair in best.items())
    assert len(neighbours(b, 0, reach, 1.9)) == 0


@pytest.mark.parametrize(
    ("method", "expected"),
    [("wave", [("gap_wave", 0.3)]), ("selective", [("gap_selective", 0.3), ("pitch_selective", 1.3)]), ("hand", []), ("pip", []),
     ("press", [])],
)  # fmt: skip
def test_what_judges_the_lands_is_how_they_are_soldered(method: str, expected: list[tuple[str, float]]) -> None:
    b = board(header("J1", 0, 0, pitch=1.3, size=1.0))
    m = measured(b, "tht-pad-gap-wave", method, "reflow", gap_wave=0.6, gap_selective=0.6, pitch_selective=1.9)
    assert rows(m) == expected
    assert m.inherent.all()


def test_lands_of_one_net_may_bridge() -> None:
    b = board(header("J1", 0, 0, pitch=1.3, size=1.0, net='(net 1 "A")'))
    assert len(measured(b, "tht-pad-gap-wave", gap_wave=0.6)) == 0


@pytest.mark.parametrize(("numbers", "told"), [("11", 0), ("12", 1)])
def test_lands_of_one_pin_may_bridge(numbers: str, told: int) -> None:
    pads = [pad("circle", "1 1", 0.6, at=f"{1.3 * k} 0", number=n, net="") for k, n in enumerate(numbers)]
    b = board(part("J1", 0, 0, *pads, side="F", name="Header"))
    assert len(measured(b, "tht-pad-gap-wave", gap_wave=0.6)) == told


@pytest.mark.parametrize(
    ("field", "value", "out"),
    [("Protrusion", "1.2 mm", 1.2), ("Lead Length", "3.4 mm", 1.8), ("pin_length", "0,2 in", 3.48), ("Lead length", "3.4", None),
     ("Lead", "3 mm", None)],
)  # fmt: skip
def test_how_far_leads_stand_out_is_judged_only_where_a_field_tells(field: str, value: str, out: float | None) -> None:
    b = board(header("J1", 0, 0, fields=[(field, value)]))
    assert protrusions(b, all_of(b))[1].tolist() == ([] if out is None else [pytest.approx(out)])
    m = measured(b, "tht-pad-gap-wave", protrusion_min=0.5, protrusion_max=1.5)
    assert rows(m) == ([] if out is None else [("protrusion_max", pytest.approx(out)), ("protrusion_min", pytest.approx(out))])


def test_lands_of_leads_that_no_wave_solders_exclude_it() -> None:
    """By the pitch: lands 0.27 mm apart at 1.27 mm bridge now and then, and may be waved."""
    row = RULES["tht-pad-gap-wave"]
    limits = {"gap_wave": Limit(0.6, 0.9, "min", "mm", "test")}
    for pitch, parts in ((1.26, [(0,)]), (1.27, [])):
        b = board(header("J1", 0, 0, pitch=pitch, size=1.0), header("J2", 0, 10))
        assert [e.parts for e in row_exclusions(Context(b, row, limits), 1)] == parts
        assert row_exclusions(Context(b, row, limits), 0) == ()
    apart = board(header("J1", 0, 0), header("J2", 1.0, 0))  # leads of two parts
    assert row_exclusions(Context(apart, row, limits), 1) == ()


# -- real boards -----------------------------------------------------------------------------------------------------------

WAVE_RULES = [rule.id for rule in RULES.values() if rule.origin.startswith("rules/mixed-wave.toml")]


@pytest.mark.boards
def test_on_real_boards_findings_speak_of_what_meets_the_wave_and_gaps_are_those_of_the_drawn_lands() -> None:
    folder = os.environ.get("DFMCHECK_BOARDS")
    if not folder:
        pytest.skip("set DFMCHECK_BOARDS")
    waved = api.plan(["standard", "wave"], select=WAVE_RULES)
    compared = 0
    for path in [p for p in sorted(Path(folder).rglob("*.kicad_pcb")) if p.stat().st_size < 3e6]:
        b = dfmcheck.read(path)
        report = waved.run(b)
        assert not report.crashed, path
        side = dict(zip(b.components.ref.tolist(), b.components.side.tolist()))
        at = {(round(x, 3), round(y, 3)): k for k, (x, y) in enumerate(zip(b.pads.x.tolist(), b.pads.y.tolist()))}
        lead_side = flows.plan(Context(b, RULES["tht-pad-gap-wave"], {})).lead_side
        for f in report.findings:
            for place in f.places if f.rule == "wave-package-eligibility" else ():
                assert side[place.items[0].component] == 1 - lead_side, f.message
            for place in f.places if f.rule == "tht-pad-gap-wave" else ():
                m, n = (at[round(i.x, 3), round(i.y, 3)] for i in place.items)
                if b.pads.shape[m] == b.pads.shape[n] == "circle":  # the distance of discs needs no library
                    apart = math.hypot(b.pads.x[m] - b.pads.x[n], b.pads.y[m] - b.pads.y[n])
                    assert place.measured == pytest.approx(apart - (b.pads.width[m] + b.pads.width[n]) / 2, abs=1e-3), f.message
                    compared += 1
    assert compared, "no board had discs of leads that are too near to each other"
