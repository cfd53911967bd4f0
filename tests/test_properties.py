"""What must hold for any board: findings follow it wherever it goes, and neighbours are those that brute force finds."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st
from transforms import affine

import dfmcheck
from dfmcheck.api import Plan
from dfmcheck.board import Board, Components, Features, Holes, Items, Kind, Layers, Nets, Pads, Vias, Zones
from dfmcheck.read import read_kicad
from dfmcheck.report import Finding
from dfmcheck.rule import load_rules, resolve
from dfmcheck.testing import mismatches, read_script

FIXTURES = sorted((Path(__file__).parents[1] / "fixtures" / "rules").glob("*.kicad_pcb"))
RULES = load_rules()
MIRROR = [[-1.0, 0.0], [0.0, 1.0]]


def turned(degrees: float) -> Any:
    a = np.radians(degrees)
    return np.round([[np.cos(a), np.sin(a)], [-np.sin(a), np.cos(a)]], 15)


def kinds(findings: tuple[Finding, ...]) -> list[tuple[str, str, bool, int]]:
    return sorted((f.rule, f.severity, f.inherent, f.count) for f in findings)


def same_values(after: tuple[Finding, ...], before: tuple[Finding, ...], share: float = 0.0) -> None:
    """Rule by rule and parameter by parameter; `share` of a value may be lost besides what is told below."""
    there, here = measured(after), measured(before)
    assert there.keys() == here.keys()
    for key, values in here.items():
        near = ROUGH.get(key[1:], 1e-3)
        np.testing.assert_allclose(sorted(there[key]), sorted(values), rtol=share, atol=near, err_msg=str(key))


def measured(findings: tuple[Finding, ...]) -> dict[tuple[str, ...], list[float]]:
    """Values by rule and parameter, what has none apart."""
    out: dict[tuple[str, ...], list[float]] = {}
    for f in findings:
        for p in f.places:
            out.setdefault(("none" if np.isnan(p.measured) else "value", f.rule, p.param), []).append(p.measured)
    return out


ROUGH = {
    ("copper-density-tile", "lo"): 0.5, ("copper-density-tile", "hi"): 0.5, ("density-tile", "coverage_hot"): 0.5,
    ("copper-balance", "mirror_delta_max"): 0.1, ("copper-balance", "min_fill_inner"): 0.1,
}  # fmt: skip
"""Percent points to which areas are told: they are summed along lines across the board, which meet it elsewhere when it moves."""


MOVES = {
    "shift": (np.eye(2), (123.4, -56.7)),
    "90": (turned(90), (0.0, 0.0)),
    "180": (turned(180), (40.0, 0.0)),
    "37": (turned(37), (10.0, 10.0)),
    "mirror": (MIRROR, (0.0, 0.0)),
    "mirror and turn": (turned(37) @ MIRROR, (5.0, 0.0)),
}


UPRIGHT = {
    "board-size", "castellated-hole.small", "castellated-hole.keeps", "board-id-marking.narrow", "board-id-marking.label",
    "panel-rails", "copper-density-tile", "density-tile", "flying-probe-access", "orientation-consistency", "probe-density",
    "wave-orientation.undeclared",
}  # fmt: skip
"""Measure the sides of the board, or of a place on it, in its upright position; its squares, or angles against its sides, along
one of which it travels over a wave."""
SIDED = {"testpoint-size"}
"""Have a limit for the top and another for the bottom, which change places in a mirror."""
CHOSEN = {
    "fiducial-global": "told at the upper left dot of a side",
    "board-id-marking": "of several free places that are as large the first is told",
    "board-size": "told at the upper left corner",
    "outline-open": "a missing outline is told in the middle of the upright box around the copper",
    "outline-duplicate": "a frame is as far off at each of its corners",
}
"""Rules that choose one of several places that are as bad, by how the board lies."""


@cache
def at_home(path: Path) -> tuple[Board, Plan, tuple[Finding, ...]]:
    """The fixture, how it is checked, and what is found."""
    board = dfmcheck.read(path)
    script = read_script(board, RULES)
    plan = Plan(RULES, resolve(script.profiles, RULES, script.sets), frozenset({path.name.split(".")[0]}))
    return board, plan, plan.run(board).findings


@pytest.mark.parametrize("move", MOVES)
@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.name.removesuffix(".kicad_pcb"))
def test_findings_follow_the_board(path: Path, move: str) -> None:
    name, rule = path.name.removesuffix(".kicad_pcb"), path.name.split(".")[0]
    if move in ("37", "mirror and turn") and UPRIGHT & {name, rule}:
        pytest.skip("it measures the upright board")
    if "mirror" in move and rule in SIDED:
        pytest.skip("its limits change places")
    if move == "180" and not UPRIGHT & {name, rule}:
        pytest.skip("half a turn is told by a turn of 37 degrees; only what measures the upright board needs it")
    here, plan, before = at_home(path)
    there = affine(here, *MOVES[move])
    script = read_script(there, RULES)  # the statements move with the board
    after = plan.run(there).findings
    assert kinds(after) == kinds(before)
    same_values(after, before)
    if move == "shift":
        assert [f.fingerprint for f in after] == [f.fingerprint for f in before]
    if move == "shift" or rule not in CHOSEN:
        _, wrong = mismatches(script, after)
        assert not wrong


DEMOS = Path(os.environ.get("KICAD_DEMOS", "/usr/share/kicad/demos"))


TOGETHER = ("90", "mirror", "mirror and turn")
"""Moves of a real board, whose rules are moved one by one above: its sides, its axes, and any angle on its other side."""


@pytest.mark.boards
@pytest.mark.parametrize("name", ["flat_hierarchy", "pic_programmer", "StickHub"])
def test_findings_follow_a_real_board(name: str) -> None:
    paths = sorted(DEMOS.rglob(f"{name}.kicad_pcb"))
    if not paths:
        pytest.skip("KiCad's demos are not installed")
    board = dfmcheck.read(paths[0])
    home = dfmcheck.check(board, ignore=["board-size"]).findings
    assert home
    for move in TOGETHER:
        there = dfmcheck.check(affine(board, *MOVES[move]), ignore=["board-size"]).findings
        upright = UPRIGHT if move in ("37", "mirror and turn") else set()
        before, after = (tuple(f for f in findings if f.rule not in upright) for findings in (home, there))
        assert kinds(after) == kinds(before), move
        same_values(after, before, 1e-3)


# -- damaged files ---------------------------------------------------------------------------------------------------------

SCRAPS = (
    b"",
    b"(",
    b")",
    b'"',
    b"\\",
    b"\x00",
    b"\xff",
    b"\x1b[2J",
    *b"nan|-|1e308|(at)|(net 5)|(layer)|(pts)|yes|0".split(b"|"),
)
damage = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 40), st.sampled_from(SCRAPS)), min_size=1, max_size=4)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(FIXTURES), damage)
@example(next(p for p in FIXTURES if p.stem == "thermal-relief-geometry"), [(0.37585545814476984, 0, b")")])  # a netless fill
def test_a_damaged_file_is_read_or_refused_in_one_line(path: Path, wounds: list[tuple[float, int, bytes]]) -> None:
    data = path.read_bytes()
    for place, length, scrap in wounds:
        at = int(place * len(data))
        data = data[:at] + scrap + data[at + length :]
    refused, board = "", None
    try:
        board = read_kicad(data, "damaged.kicad_pcb")
    except dfmcheck.DfmError as error:
        refused = str(error)
    if board is None:
        assert refused.startswith("damaged.kicad_pcb")
        assert refused.isprintable()
    else:
        report = dfmcheck.check(board)
        assert [(r.id, r.why_skipped) for d in report.designs for r in d.crashed] == []


# -- neighbours by brute force ---------------------------------------------------------------------------------------------
# Independent of shapely: cores are vertices in a row, closed and filled for areas; distances from first principles.

coordinate = st.floats(-3, 3).map(lambda v: round(v, 3))
point = st.tuples(coordinate, coordinate)
radius = st.floats(0.05, 0.6).map(lambda v: round(v, 3))


@st.composite
def stars(draw: Any) -> list[tuple[float, float]]:
    """A star-shaped area with up to 60 corners, so that its boundary is cut into pieces."""
    x, y = draw(point)
    n = draw(st.sampled_from([3, 4, 7, 23, 24, 25, 60]))
    far = draw(st.lists(st.floats(0.3, 2.0), min_size=n, max_size=n))
    turn = 2 * np.pi / n
    return [(x + r * np.cos(k * turn), y + r * np.sin(k * turn)) for k, r in enumerate(far)]


shapes = st.one_of(
    st.tuples(st.just(Kind.VIA), st.lists(point, min_size=1, max_size=1), radius),
    st.tuples(st.just(Kind.TRACK), st.lists(point, min_size=2, max_size=2, unique=True), radius),
    st.tuples(st.just(Kind.ARC), st.lists(point, min_size=3, max_size=40, unique=True), radius),
    st.tuples(st.just(Kind.PAD), stars(), st.sampled_from([0.0, 0.1])),
    st.tuples(st.just(Kind.ZONE), stars(), st.just(0.0)),
)
features = st.lists(st.tuples(shapes, st.integers(0, 1), st.integers(-1, 2)), min_size=2, max_size=9)


def copper_board(rows: list[tuple[Any, int, int]]) -> Board:
    """A board of two layers with these features: (kind, core, radius), layer, net."""
    n, none = len(rows), [-1] * len(rows)
    make = {1: lambda c: shapely.Point(c[0]), 2: shapely.LineString}
    cores = [
        shapely.Polygon(core) if kind in (Kind.PAD, Kind.ZONE) else make.get(len(core), shapely.LineString)(core)
        for (kind, core, _), _, _ in rows
    ]  # fmt: skip
    kind, net = [int(shape[0]) for shape, _, _ in rows], [net for *_, net in rows]
    zero = [0.0] * n  # at least two
    return Board(
        "test", (),
        Layers.of(name=["F.Cu", "B.Cu"], alias=["", ""], role=["copper"] * 2, side=["", ""], order=[0, 1], thickness=zero[:2]),
        Nets.of(name=["A", "B", "C"], netclass=[""] * 3),
        Items.of(
            kind=kind, source=none, offset=none, net=net, component=none, label=[""] * n, x=zero, y=zero, inferred=[False] * n
        ),
        Features.of(
            core=cores, radius=[shape[2] for shape, _, _ in rows], layer=[layer for _, layer, _ in rows], kind=kind,
            item=range(n), net=net, pad=none, via=none, zone=none, component=none,
        ),
        Holes.empty(), Pads.empty(), Vias.empty(), Zones.empty(), Components.empty(),
    )  # fmt: skip


def edges(core: list[tuple[float, float]], closed: bool) -> Any:
    """(n, 2, 2): the straight pieces; a point is one without length."""
    xy = np.array(core, float)
    ends = np.roll(xy, -1, 0) if closed or len(xy) == 1 else xy[1:]
    return np.stack([xy[: len(ends)], ends], 1)


def apart(p: Any, a: Any, b: Any) -> Any:
    """Distances of points from segments a-b, all with all."""
    along = b - a
    square = (along**2).sum(1)
    share = ((p[:, None] - a) * along).sum(2) / np.where(square > 0, square, 1.0)
    near = a + np.clip(share, 0, 1)[..., None] * along
    return np.hypot(*np.moveaxis(p[:, None] - near, 2, 0))


def cross(o: Any, a: Any, b: Any) -> Any:
    return (a[..., 0] - o[..., 0]) * (b[..., 1] - o[..., 1]) - (a[..., 1] - o[..., 1]) * (b[..., 0] - o[..., 0])


def inside(p: Any, area: Any) -> bool:
    """Whether a point lies in the area that segments bound: a ray to the right crosses them an odd number of times."""
    (x0, y0), (x1, y1) = area[:, 0].T, area[:, 1].T
    spans = (y0 > p[1]) != (y1 > p[1])
    x = x0[spans] + (p[1] - y0[spans]) / (y1[spans] - y0[spans]) * (x1[spans] - x0[spans])
    return bool((x > p[0]).sum() % 2)


def gap(one: Any, other: Any) -> float:
    """Distance of two cores with radii; cores that meet count as 0."""
    (kind_a, core_a, radius_a), (kind_b, core_b, radius_b) = one, other
    areas = [kind in (Kind.PAD, Kind.ZONE) for kind in (kind_a, kind_b)]
    a, b = edges(core_a, areas[0]), edges(core_b, areas[1])
    far = min(apart(a.reshape(-1, 2), b[:, 0], b[:, 1]).min(), apart(b.reshape(-1, 2), a[:, 0], a[:, 1]).min())
    p, q, r, s = a[:, None, 0], a[:, None, 1], b[None, :, 0], b[None, :, 1]
    crossing = (cross(p, q, r) * cross(p, q, s) < 0) & (cross(r, s, p) * cross(r, s, q) < 0)
    meet = crossing.any() or (areas[0] and inside(b[0, 0], a)) or (areas[1] and inside(a[0, 0], b))
    return (0.0 if meet else float(far)) - radius_a - radius_b


@settings(max_examples=150, deadline=None)
@given(features, st.sampled_from([0.1, 0.5, 1.5]))
def test_neighbours_are_all_pairs_that_brute_force_finds(rows: list[tuple[Any, int, int]], reach: float) -> None:
    pairs = copper_board(rows).derived.neighbours(reach)
    found = {(int(a), int(b)): float(d) for a, b, d in zip(pairs.a, pairs.b, pairs.distance)}
    assert len(found) == len(pairs.a)
    for i, (one, layer_one, net_one) in enumerate(rows):
        for j in range(i + 1, len(rows)):
            other, layer_other, net_other = rows[j]
            if layer_one != layer_other or (net_one == net_other and net_one >= 0):
                assert (i, j) not in found
                continue
            true = gap(one, other)
            if (i, j) in found:
                assert found[i, j] == pytest.approx(true, abs=1e-6)
            else:
                assert true >= reach - 1e-6
