"""The order of a board's rows, table by table, and what is told of equals: never by chance, by rounding or by the file."""

import itertools
import random
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
import shapely
from kicad_boards import TWO, board, footprint, pad
from reordered import reordered

from dfmcheck.board import Components, Features, Holes, Items, Kind, Nets, Pads, Table, Texts, Vias, Zones
from dfmcheck.check import Measurements
from dfmcheck.findings import Grouper, judge
from dfmcheck.loops import Found, Ring
from dfmcheck.names import Names
from dfmcheck.nesting import distinct
from dfmcheck.pieces import least
from dfmcheck.read import read_kicad
from dfmcheck.read.kicad_rings import Drawn
from dfmcheck.read.order import ordered
from dfmcheck.rule import load_rules, resolve

ROOT = Path(__file__).parents[1]
RULES = load_rules()
ROUNDING = 1e-10
"""mm: what sine and cosine may differ by."""
_OF_THE_FILE = ("source", "offset")


def columns(home):
    """All columns of all tables of a board but what is of the file; shapes as they are drawn, from which point and which way."""
    tables = {f.name: getattr(home, f.name) for f in fields(home) if isinstance(getattr(home, f.name), Table)}
    return {
        f"{name}.{f.name}": [told(value) for value in getattr(table, f.name).tolist()]
        for name, table in tables.items()
        for f in fields(table)
        if f.name not in _OF_THE_FILE
    } | {"uuids": [Names(home).item(row, -1, None).uuid for row in range(len(home.items))]}


def told(value):
    if isinstance(value, shapely.Geometry):
        return value.wkt
    return "none" if value != value else value


def same_tables(one, two):
    here, there = columns(one), columns(two)
    assert list(here) == list(there)
    assert [name for name in here if here[name] != there[name]] == []


def words(content, layer, n):
    style = "(effects (font (size 1 1) (thickness 0.15)))"
    return f'(gr_text "{content}" (at 20 20) (layer "{layer}") (uuid "00000000-0000-4000-8000-{n:012d}") {style})'


def line(start, end, uuid, layer="F.Cu"):
    return f'(segment (start {start}) (end {end}) (width 0.2) (layer "{layer}") (net 1) (uuid "{uuid}"))'


def test_a_board_of_things_that_are_hard_to_tell_apart_has_the_same_tables_in_another_order():
    tied = '(net_tie_pad_groups "1, 2")'
    lands = pad(number="1"), pad(number="2", at="3 0")
    wall = '(fp_line (start {}) (end {}) (stroke (width 0.1) (type solid)) (layer "F.Fab"))'
    corners = ["-2 -1", "2 -1", "2 1", "-2 1"]
    body = [wall.format(a, b) for a, b in zip(corners, [*corners[1:], corners[0]])]
    mark = ["0 -1", "-1 0", "-2 0"]  # pin 1's, which makes a body of more than one ring
    parts = [
        *(footprint(*lands, ref="NT1", at=at, more=tied) for at in ("0 0", "0 9", "0 18")),
        *(footprint(*lands, ref="R1", at="30 0") for _ in range(3)),  # told apart by nothing but their uuids
        footprint(*body, *(wall.format(a, b) for a, b in itertools.pairwise(mark)), ref="U1", at="10 30"),
        *(words(content, layer, n) for n, (content, layer) in enumerate(itertools.product("XO", ("F.SilkS", "B.SilkS", "F.Cu")))),
        line("5 5", "7 7", "a0000000-0000-4000-8000-000000000001"),
        line("5 7", "7 5", "a0000000-0000-4000-8000-000000000002"),
        line("5 7", "7 5", "a0000000-0000-4000-8000-000000000003"),
    ]
    home = board(*parts)
    assert home.pads.tie.max() == 2
    assert len(home.texts) == 6
    for seed in range(6):
        chance = random.Random(seed)
        other = board(*(reordered(f"(x {part})", seed)[3:-1] for part in chance.sample(parts, len(parts))))
        assert other.sources[0].data != home.sources[0].data
        same_tables(home, other)


@pytest.mark.parametrize("path", ["docs/demo.kicad_pcb", "fixtures/rules/silk-legibility.kicad_pcb"])
def test_a_board_has_the_same_tables_in_another_order(path):
    data = (ROOT / path).read_bytes().decode("latin-1")
    other = reordered(data, seed=1)
    assert other != data
    same_tables(*(read_kicad(content.encode("latin-1"), path) for content in (data, other)))


# -- ordered() on tables -------------------------------------------------------------------------------------------------------


def tables(kinds, places, shapes, *, radius=0.1):
    """An item of each kind at each place, and a feature of each (item, shape)."""
    count, owners = len(places), [item for item, _ in shapes]
    return {
        "items": Items.of(
            kind=kinds, source=[0] * count, offset=range(count), net=[-1] * count, component=[-1] * count, label=[""] * count,
            x=[x for x, _ in places], y=[y for _, y in places], inferred=[False] * count,
        ),
        "features": Features.of(
            core=[shape for _, shape in shapes], radius=np.broadcast_to(radius, len(shapes)), layer=[0] * len(shapes),
            kind=[kinds[item] for item in owners], item=owners,
            **{name: [-1] * len(shapes) for name in ("net", "pad", "via", "zone", "component")},
        ),
        "texts": Texts.empty(), "pads": Pads.empty(),
        "holes": Holes.empty(), "vias": Vias.empty(), "zones": Zones.empty(), "components": Components.empty(),
    }  # fmt: skip


def settled(made, name=lambda item: ""):
    return ordered(made, Nets.empty(), name)


def drawn(*points):
    return shapely.LineString(points)


RISES, FALLS = drawn((0, 2), (2, 0)), drawn((0, 0), (2, 2))


@pytest.mark.parametrize("x", [0.0005, 0.001, 0.0, -0.0005, 1.27, 100.0635])
def test_places_that_differ_by_rounding_are_one_place(x):
    """The upper one comes first, whether it lies to the right or to the left of the other by rounding."""
    for off in (ROUNDING, -ROUNDING):
        made = tables([Kind.VIA] * 2, [(x, 5.0), (x + off, 3.0)], [])
        assert settled(made)["items"].y.tolist() == [3, 5]


def test_places_a_micrometre_apart_are_two():
    made = tables([Kind.VIA] * 2, [(0.001, 3.0), (0.0, 5.0)], [])
    assert settled(made)["items"].y.tolist() == [5, 3]


@pytest.mark.parametrize("off", [ROUNDING, -ROUNDING])
@pytest.mark.parametrize("edge", range(5))
def test_reach_and_thickness_that_differ_by_rounding_are_the_same_so_that_names_decide(off, edge):
    add = np.eye(5)[edge] * off
    shapes = [(0, shapely.box(0, 0, 2, 1)), (1, shapely.box(*(np.array([0, 0, 2, 1]) + add[:4])))]
    for names in ("ab", "ba"):
        made = tables([Kind.GRAPHIC] * 2, [(0, 0)] * 2, shapes, radius=[0.1, 0.1 + add[4]])
        assert [names[row] for row in settled(made, names.__getitem__)["items"].offset] == ["a", "b"]


LARGER, FLAT = drawn((0, 0), (2.01, 2)), drawn((0, 0), (2, 0))
STEPS = {
    "larger first": [(LARGER, 0.1), (RISES, 0.1)],
    "thicker first": [(FALLS, 0.2), (FALLS, 0.1)],
    "rising first": [(RISES, 0.1), (FALLS, 0.1)],
    "whichever way it is drawn": [(RISES.reverse(), 0.1), (FALLS, 0.1)],
}
"""Two lines of one place in their order."""


@pytest.mark.parametrize("named", ["ab", "ba"])
@pytest.mark.parametrize("case", STEPS)
def test_items_of_one_place_stand_by_what_they_draw_whatever_their_names(case, named):
    for order in ((0, 1), (1, 0)):
        shapes, radius = zip(*(STEPS[case][k] for k in order))
        made = tables([Kind.TRACK] * 2, [(1, 1)] * 2, list(enumerate(shapes)), radius=radius)
        assert [order[row] for row in settled(made, named.__getitem__)["items"].offset] == [0, 1]


@pytest.mark.parametrize("case", STEPS)
def test_what_one_item_draws_stands_by_what_it_is(case):
    seen = []
    for order in ((0, 1), (1, 0)):
        shapes, radius = zip(*(STEPS[case][k] for k in order))
        f = settled(tables([Kind.PAD], [(1, 1)], [(0, shape) for shape in shapes], radius=radius))["features"]
        seen.append((shapely.to_wkt(f.core).tolist(), f.radius.tolist()))
    assert seen[0] == seen[1]


def test_what_one_item_draws_is_told_apart_by_more_than_rounding():
    for off in (ROUNDING, -ROUNDING):
        f = settled(tables([Kind.PAD], [(1, 1)], [(0, FALLS), (0, drawn((off, 2), (2, off)))]))["features"]
        assert shapely.get_point(f.core, 0)[0].y == pytest.approx(2), "the rising one first"


def test_the_strokes_of_a_text_stay_as_its_words_draw_them():
    strokes = [drawn((x, 0), (x, 1)) for x in (3, 1, 2)]
    made = tables([Kind.TEXT, Kind.TEXT], [(5, 0), (0, 0)], [(0, strokes[0]), (1, strokes[2]), (0, strokes[1]), (1, strokes[0])])
    assert settled(made)["features"].core.tolist() == [strokes[2], strokes[0], strokes[0], strokes[1]]


def test_a_line_that_rises_by_rounding_neither_rises_nor_falls():
    for off in (ROUNDING, -ROUNDING, 0.0):
        made = tables([Kind.TRACK] * 2, [(1, 1)] * 2, [(0, FLAT), (1, drawn((0, 0), (2, off)))])
        assert settled(made, "ba".__getitem__)["items"].offset.tolist() == [1, 0]


# -- what is told of equals ----------------------------------------------------------------------------------------------------


def test_the_least_of_what_differs_by_rounding_is_that_of_the_first_tie():
    value, key = np.array([1 + ROUNDING, 1.0, 2.0, 0.5]), np.array([0, 0, 0, 1], np.int32)
    assert least(value, key, ties=(np.array([3, 4, 0, 0], np.int32),)).tolist() == [0, 3]
    assert least(value, key, ties=(np.array([4, 3, 0, 0], np.int32),)).tolist() == [1, 3]
    assert least(np.array([1 + 1e-5, 1.0]), key[:2]).tolist() == [1], "what differs by more than rounding"


def test_a_body_is_the_same_whichever_of_its_lines_comes_first():
    corners = [(-2.0, -1.0), (2.0, -1.0), (2.0, 1.0), (-2.0, 1.0), (-2.0, -1.0)]
    loops = [[(0.0, 0.0), (3.0, 0.0), (3.0, 0.5)], [(2.5, -0.5), (6.0, 0.0), (6.0, 0.5)]]
    lines = [([a, b], False) for a, b in itertools.pairwise(corners)] + [(loop, True) for loop in loops]
    bodies, rings = [], []
    for order in itertools.permutations(lines[:4]):
        for more in (lines[4:], lines[:3:-1]):
            body, ring = Drawn(), Drawn()
            for points, closed in [*more, *order]:
                body.add("fab", "top", points, closed)
                ring.add("courtyard", "top", points, closed)
            bodies.append(body.body("top"))
            rings.append(ring.rings("courtyard", "top"))
    assert bodies[0]
    assert all(other == bodies[0] for other in bodies)
    assert rings[0]
    assert all(other == rings[0] for other in rings)


def test_a_body_of_one_outline_begins_at_the_same_corner_whichever_of_its_lines_comes_first():
    corners = [(-2.0, -1.0), (2.0, -1.0), (2.0, 1.0), (-2.0, 1.0), (-2.0, -1.0)]
    bodies = []
    for order in itertools.permutations(itertools.pairwise(corners)):
        body = Drawn()
        for a, b in order:
            body.add("fab", "top", [a, b], closed=False)
        bodies.append(body.body("top"))
    assert len(bodies[0]) == 1
    assert all(other == bodies[0] for other in bodies)


def test_a_body_is_the_same_whichever_of_its_outlines_comes_first():
    boxes = [[(-r, -r), (r, -r), (r, r), (-r, r)] for r in (2.0, 1.0, 1.0)]
    bodies = []
    for order in itertools.permutations(boxes):
        body = Drawn()
        for points in order:
            body.add("fab", "top", points, closed=True)
        bodies.append(body.body("top"))
    assert len(bodies[0]) == 1
    assert all(other == bodies[0] for other in bodies)


def test_a_duplicate_is_told_at_its_leftmost_point_not_at_one_a_micrometre_away():
    turn = np.linspace(0, 2 * np.pi, 400, endpoint=False)
    loops = [Ring(shapely.Polygon(np.c_[10 + r * np.cos(turn), 10 + r * np.sin(turn)]), (k,)) for k, r in enumerate((3, 3.04))]
    found = Found(np.arange(2))
    assert len(distinct(loops, found, 0.05)) == 1
    (told_at,) = found.problems
    assert (told_at.x, told_at.y) == pytest.approx((7, 10), abs=1e-9)


@pytest.mark.parametrize("off", [ROUNDING, -ROUNDING])
def test_a_duplicate_is_told_at_the_upper_of_two_leftmost_corners(off):
    outer, inner = shapely.box(0, 0, 9, 9), shapely.Polygon([(0.02, 0.02), (8.98, 0.02), (8.98, 8.98), (0.02 + off, 8.98)])
    found = Found(np.arange(2))
    distinct([Ring(outer, (0,)), Ring(inner, (1,))], found, 0.05)
    assert (found.problems[0].x, found.problems[0].y) == (0.02, 0.02)


def grouped(home, values, **where):
    """The verdict on gaps where 0.1 mm is needed, and the findings."""
    rule = RULES["copper-clearance"]
    limits = resolve([], RULES, [(rule.id, "min_outer", "0.1 mm", "t")])[rule.id]
    m = Measurements.of(values, checked=len(values), param="min_outer", a=0, **where)
    verdict = judge(rule, limits, "error", m)
    return verdict, Grouper(home).group(rule, limits, m, verdict)


@pytest.mark.parametrize("off", [ROUNDING, -ROUNDING])
def test_values_that_differ_by_rounding_are_equally_bad(off):
    home = board(line("0 0", "5 0", "a0000000-0000-4000-8000-000000000001"))
    values, x = [0.05, 0.05 + off, 0.03], [1.0, 2.0, 3.0]
    verdict, (finding,) = grouped(home, values, x=x, y=0.0, layer=0)
    assert verdict.worst_row == 2
    assert [place.x for place in finding.places] == [3, 1, 2], "worst first, equals from left to right"
    verdict, _ = grouped(home, values[:2], x=x[:2], y=0.0)
    assert verdict.worst_row == 0, "of equals the first"
    _, (both,) = grouped(home, values[:2], x=1.0, y=0.0, layer=home.copper_layers[:2], detail=("the first", "the last"))
    assert [place.detail for place in both.places] == ["the first"]


def test_one_place_on_both_sides_is_told_of_the_top_first_whichever_layer_the_file_names_first():
    home = board(line("0 0", "5 0", "a0000000-0000-4000-8000-000000000001"), layers=TWO)
    top, bottom = home.layer("F.Mask"), home.layer("B.Mask")
    assert bottom < top
    for layers in ((top, bottom), (bottom, top)):
        _, (finding,) = grouped(home, [0.05, 0.05], x=5.0, y=5.0, layer=layers)
        assert finding.places[0].layers == ("F.Mask", "B.Mask")
