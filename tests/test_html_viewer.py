"""The board of the HTML report: what is packed for it, and in a real browser what is drawn, picked and zoomed to."""

import base64
import json
import zlib
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import shapely
from browser import chromium, opened, until  # noqa: F401

import dfmcheck
from dfmcheck import drawing, witness
from dfmcheck.read import read_kicad
from dfmcheck.readback import from_dict
from dfmcheck.report import Finding, ItemRef, Place, Report
from dfmcheck.units import show
from dfmcheck.write.html import VIEWER
from dfmcheck.write.html.board_data import LINES, SHOWN, board_data
from dfmcheck.write.html.packing import distinct, shapes, varints

ROOT = Path(__file__).parents[1]
ASSETS = ROOT / "dfmcheck/write/html"
ITEMS = [(255, 63, 164), (33, 212, 253)]
"""Colours of the two items of a finding."""

# Top: a land at 4, 5 with mask drawn back by 0.4, a track to 9, 5, a legend line at y = 2; bottom: a track at y = 8, a legend
# at x = 17. Holes: a plated one with open lands at 14, 5, a bare one at 18, 2, a covered via at 9, 5. Inner: a track at y = 7.
SMALL = """(kicad_pcb (version 20241229) (generator "pcbnew") (general (thickness 1.6))
  (layers (0 "F.Cu" signal) (4 "In1.Cu" signal) (6 "In2.Cu" signal) (2 "B.Cu" signal) (13 "F.Paste" user)
    (5 "F.SilkS" user) (7 "B.SilkS" user) (1 "F.Mask" user) (3 "B.Mask" user) (25 "Edge.Cuts" user) (31 "F.CrtYd" user))
  (setup (pad_to_mask_clearance 0)) (net 0 "") (net 1 "<b>A") (net 2 "B")
  (gr_rect (start 0 0) (end 20 10) (stroke (width 0.1) (type solid)) (fill no) (layer "Edge.Cuts"))
  (footprint "lib:part" (layer "F.Cu") (at 4 5) (property "Reference" "U1" (at 0 0) (layer "F.Fab"))
    (property "Value" "<i>10k" (at 0 0) (layer "F.Fab"))
    (fp_rect (start -2 -2) (end 2 2) (stroke (width 0.05) (type solid)) (fill no) (layer "F.CrtYd"))
    (pad "1" smd rect (at 0 0) (size 2 2) (layers "F.Cu" "F.Mask" "F.Paste") (solder_mask_margin 0.4) (net 1 "<b>A")))
  (footprint "lib:hole" (layer "F.Cu") (at 14 5) (property "Reference" "J1" (at 0 0) (layer "F.Fab"))
    (pad "7" thru_hole circle (at 0 0) (size 3 3) (drill 1.5) (layers "*.Cu" "*.Mask") (net 2 "B"))
    (pad "" np_thru_hole circle (at 4 -3) (size 1.5 1.5) (drill 1.5) (layers "*.Cu" "*.Mask")))
  (segment (start 4 5) (end 9 5) (width 0.6) (layer "F.Cu") (net 1))
  (segment (start 12 8) (end 18 8) (width 0.6) (layer "B.Cu") (net 2))
  (segment (start 2 8.5) (end 8 8.5) (width 0.6) (layer "In1.Cu") (net 2))
  (via (at 9 5) (size 1.6) (drill 1) (layers "F.Cu" "B.Cu") (net 1))
  (gr_line (start 2 2) (end 8 2) (stroke (width 0.5) (type solid)) (layer "F.SilkS"))
  (gr_line (start 17 4) (end 17 7) (stroke (width 0.5) (type solid)) (layer "B.SilkS")))
"""


def report_of(board):
    return dfmcheck.check(board).designs[0]


@pytest.fixture(scope="module")
def small():
    return report_of(read_kicad(SMALL.encode(), "small.kicad_pcb"))


@pytest.fixture(scope="module")
def demo():
    return report_of(dfmcheck.read(ROOT / "docs/demo.kicad_pcb"))


@pytest.fixture(scope="module")
def clearance():
    return report_of(dfmcheck.read(ROOT / "fixtures/rules/copper-clearance.kicad_pcb"))


# -- what is packed ---------------------------------------------------------------------------------------------------


def unpacked(data):
    """The header and the streams, read one number at a time."""
    raw = zlib.decompress(data, -15)
    at = 4 + int.from_bytes(raw[:4], "little")
    header, streams = json.loads(raw[4:at]), {}
    for name, count in header["streams"].items():
        values = []
        for _ in range(count):
            value = shift = 0
            while True:
                value |= (raw[at] & 127) << shift
                shift, at = shift + 7, at + 1
                if raw[at - 1] < 128:
                    break
            values.append((value >> 1) ^ -(value & 1))
        streams[name] = np.array(values, np.int64)
    assert at == len(raw)
    return header, streams


def test_numbers_of_any_size_come_back():
    values = np.array([0, 1, -1, 63, 64, -64, -65, 8191, 8192, 2**20, -(2**27), 2**31 - 1, -(2**31)])
    _, streams = unpacked_of(values)
    assert streams["all"].tolist() == values.tolist()
    assert varints([0, -1, 1, 64]) == bytes([0, 1, 2, 128, 1])
    assert varints([]) == b""


def unpacked_of(values):
    from dfmcheck.write.html.packing import packed

    return unpacked(packed({"known": 1}, {"none": [], "all": values}))


@pytest.mark.parametrize("name", ["demo", "clearance", "small"])
def test_every_feature_comes_back_within_half_a_micron(name, request):
    report = request.getfixturevalue(name)
    board, (header, s) = report.design, unpacked(board_data(report))
    f, holes = board.features, board.holes
    rows = np.flatnonzero(np.isin(board.layers.role[f.layer].astype(str), SHOWN))
    x, y = (np.cumsum(s[k]) + at for k, at in zip("xy", header["origin"]))
    ring_at, point_at = (np.r_[0, np.cumsum(s[k])] for k in ("rings", "size"))
    shape, newest = [], -1
    for back in s["shape"].tolist():
        newest += back == 0
        shape.append(newest - back + 1 if back else newest)
    layers = np.cumsum(s["layer"])
    assert [header["layers"][k]["name"] for k in layers] == board.layers.name[f.layer[rows]].tolist()
    assert len(shape) == len(rows) + len(holes) + header["bodies"] + header["outline"]
    cores = [*f.core[rows], *holes.core]
    radius = np.r_[f.radius[rows], holes.radius]
    assert np.abs(np.array(header["radii"])[s["width"][: len(cores)]] - radius * 1000).max() <= 0.5
    for core, k in zip(cores, shape):
        parts = shapely.get_parts([shapely.orient_polygons(core)])
        pieces = shapely.get_rings(parts) if core.geom_type in ("Polygon", "MultiPolygon") else parts
        assert len(pieces) == ring_at[k + 1] - ring_at[k]
        for piece, ring in zip(pieces, range(ring_at[k], ring_at[k + 1])):
            points = shapely.points(np.c_[x, y][point_at[ring] : point_at[ring + 1]] / 1000)
            assert shapely.distance(points, piece).max() < 0.00071  # half a µm each way
            corners = shapely.points(shapely.get_coordinates(piece))
            assert shapely.distance(corners, shapely.multipoints(points)).max() < 0.00071


def test_equal_cores_are_told_once():
    a, b = shapely.Point(1, 2), shapely.box(0, 0, 3, 1)
    cores, of = distinct([a, b, shapely.Point(1, 2), b, a])
    assert (len(cores), of.tolist()) == (2, [0, 1, 0, 1, 0])
    packed = shapes(cores, np.array([0.0, 0.0]))
    assert (packed.kind.tolist(), packed.rings.tolist(), packed.size.tolist()) == ([0, 2], [1, 1], [1, 4])


def test_a_hole_runs_against_its_outline():
    box = shapely.Polygon([(0, 0), (9, 0), (9, 9), (0, 9)], [[(1, 1), (2, 1), (2, 2), (1, 2)]])
    (cores, _), origin = distinct([box, shapely.MultiPolygon([box, shapely.box(10, 0, 12, 2)])]), np.zeros(2)
    packed = shapes(cores, origin)
    turns, at = [], 0
    for size in packed.size.tolist():
        turns.append(shapely.LinearRing(packed.xy[at : at + size]).is_ccw)
        at += size
    assert turns == [turns[0], not turns[0], turns[0], not turns[0], turns[0]]


def test_the_same_design_gives_the_same_bytes(demo):
    again = report_of(dfmcheck.read(ROOT / "docs/demo.kicad_pcb"))
    assert board_data(demo) == board_data(again)


def test_without_a_design_there_is_nothing_to_draw(demo):
    assert board_data(from_dict(Report((demo,), "1").to_dict()).designs[0]) == b""


def test_a_package_without_components_is_drawn():
    report = report_of(dfmcheck.read(ROOT / "fixtures/packages/two.plain.zip"))
    header, streams = unpacked(board_data(report))
    assert {layer["role"] for layer in header["layers"]} & {"copper", "mask"}
    assert len(streams["layer"]) > 0
    assert header["components"] == []


def test_a_design_without_anything_to_draw():
    text = b'(kicad_pcb (version 20241229) (generator "x") (layers (0 "F.Cu" signal) (2 "B.Cu" signal)))'
    assert board_data(report_of(read_kicad(text, "empty.kicad_pcb"))) == b""


# -- in the browser ---------------------------------------------------------------------------------------------------

HELPERS = """
const host = document.getElementById('host');
window.start = async () => {
  window.viewer = await createViewer(host, document.getElementById('board').textContent, {label: 'The board'});
  viewer.onPick = (told) => { window.picked = told; };
  await viewer.ready;
};
const text = ([r, g, b, a]) => a < 8 ? 'none' : '#' + [r, g, b].map((v) => v.toString(16).padStart(2, '0')).join('');
const one = Object.assign(document.createElement('canvas'), {width: 1, height: 1}).getContext('2d', {willReadFrequently: true});
window.colour = (x, y, which = 0) => {
  const [px, py] = viewer.locate(x, y);
  one.clearRect(0, 0, 1, 1);
  one.drawImage(host.querySelectorAll('canvas')[which], -Math.floor(px), -Math.floor(py));
  return text(one.getImageData(0, 0, 1, 1).data);
};
window.colours = async (places, which) => (await viewer.settled(), places.map(([x, y]) => colour(x, y, which)));
window.differing = async (options) => {
  await viewer.settled();
  const [base, over] = host.querySelectorAll('canvas'), {width, height} = base;
  const canvases = [0, 1].map(() => Object.assign(document.createElement('canvas'), {width, height}));
  const both = canvases[0].getContext('2d');
  both.drawImage(base, 0, 0);
  both.drawImage(over, 0, 0);
  viewer.picture(canvases[1], options);
  const [a, b] = canvases.map((c) => c.getContext('2d').getImageData(0, 0, c.width, c.height).data);
  let differ = 0, drawn = 0;
  for (let i = 0; i < a.length; i += 4) {
    drawn += b[i + 3] > 0;
    differ += [0, 1, 2, 3].some((k) => Math.abs(a[i + k] - b[i + k]) > 12);
  }
  return [differ, drawn];
};
"""


@contextmanager
def viewing(chromium, folder, report, **options):  # noqa: F811
    path, script = folder / f"{report.name}.html", "\n".join((ASSETS / name).read_text("utf-8") for name in VIEWER)
    path.write_text(
        "<!doctype html><meta charset=utf-8><title>t</title><style>body{margin:0}"
        '#host{position:relative;width:800px;height:600px}</style><div id="host"></div>'
        '<script type="application/octet-stream" id="board">'
        f"{base64.b64encode(board_data(report)).decode()}</script><script>{script}{HELPERS}</script>",
        "utf-8",
    )
    with opened(chromium, path, **options) as page:
        page.evaluate("start()")
        yield page


@pytest.fixture(scope="module")
def small_page(chromium, tmp_path_factory, small):  # noqa: F811
    with viewing(chromium, tmp_path_factory.mktemp("small"), small) as page:
        yield page


@pytest.fixture
def page(small_page):
    """The small board as it is first shown."""
    small_page.evaluate("""async () => {
      const first = ['copper', 'mask', 'silk', 'edge'];
      for (const layer of viewer.layers) viewer.setLayer(layer.name, layer.side !== 'inner' && first.includes(layer.role));
      viewer.clear(); viewer.heat(null); viewer.mark([]); viewer.side = 'top'; viewer.fit(); window.picked = null;
      await viewer.settled();
    }""")
    return small_page


SPOTS = {
    "mask": (11, 2), "copper under mask": (6.5, 5), "land": (4, 5), "substrate": (4, 3.8), "silk": (5, 2), "hole": (14, 5),
    "bare hole": (18, 2), "ring": (14, 6.1), "outside": (-0.5, 5), "bottom track": (16.5, 8), "bottom silk": (17, 5.5),
    "inner track": (5, 8.5), "courtyard": (2, 4),
}  # fmt: skip


def seen(page, *names):
    return dict(zip(names, page.evaluate("(places) => colours(places)", [SPOTS[name] for name in names])))


def test_each_side_has_the_colours_of_its_material(page, small):
    look = drawing.look(small.design)
    both = ("mask", "hole", "bare hole", "ring", "outside")
    told = {"mask": look.mask[0], "hole": "none", "bare hole": "none", "ring": look.finish, "outside": "none"}
    top = {
        "copper under mask": look.covered[0], "land": look.finish, "substrate": look.substrate, "silk": look.silk[0],
        "bottom track": look.mask[0], "bottom silk": look.mask[0],
    }  # fmt: skip
    assert seen(page, *both, *top) == {**told, **top}
    left = page.evaluate("viewer.locate(4, 5)[0]")
    page.evaluate("viewer.flip()")
    assert page.evaluate("viewer.side") == "bottom"
    bottom = dict.fromkeys(("copper under mask", "land", "substrate", "silk"), look.mask[1])
    bottom |= {"bottom track": look.covered[1], "bottom silk": look.silk[1]}
    assert seen(page, *both, *bottom) == {**told, **bottom}
    # As seen from below: what was on the left is as far on the right.
    assert page.evaluate("viewer.locate(4, 5)[0]") == pytest.approx(800 - left)
    page.evaluate("viewer.side = 'top'")
    assert seen(page, *both, *top) == {**told, **top}


def test_a_via_that_the_mask_covers_is_no_hole_to_look_through(page, small):
    covered, mask = page.evaluate("colours([[9, 5]])")[0], drawing.look(small.design).covered[0]
    assert covered not in ("none", mask)
    assert all(int(covered[i : i + 2], 16) < int(mask[i : i + 2], 16) for i in (1, 3, 5))


@pytest.mark.parametrize(
    ("layer", "on", "changes"),
    [
        ("F.Mask", False, {"mask", "copper under mask", "bottom track", "bottom silk", "inner track", "courtyard"}),
        ("F.Cu", False, {"copper under mask", "land", "ring"}),
        ("F.SilkS", False, {"silk"}),
        ("F.Paste", True, {"land"}), ("F.CrtYd", True, {"courtyard"}), ("B.SilkS", False, set()),
    ],
)  # fmt: skip
def test_a_layer_that_is_switched_changes_what_is_of_it(page, layer, on, changes):
    before = seen(page, *SPOTS)
    page.evaluate("([layer, on]) => viewer.setLayer(layer, on)", [layer, on])
    assert {"name": layer, "on": on}.items() <= next(k for k in page.evaluate("viewer.layers") if k["name"] == layer).items()
    after = seen(page, *SPOTS)
    assert {name for name in SPOTS if before[name] != after[name]} == changes
    page.evaluate("([layer, on]) => viewer.setLayer(layer, on)", [layer, not on])
    assert seen(page, *SPOTS) == before


def test_an_inner_layer_is_seen_through_the_board(page):
    before = seen(page, "inner track", "mask", "bottom track")
    page.evaluate("viewer.setLayer('In1.Cu', true)")
    after = seen(page, "inner track", "mask", "bottom track")
    assert after["inner track"] != after["mask"] != after["bottom track"]
    assert after["mask"] != before["mask"]


def test_the_heat_map_is_laid_over(page, small):
    assert {"joints top", "coverage bottom", "tallest top", "copper F.Cu"} <= set(page.evaluate("viewer.heats"))
    most = max(v for row in small.density["map"]["copper"]["F.Cu"] for v in row if v is not None)
    before = seen(page, "mask")
    page.evaluate("viewer.heat('copper F.Cu')")
    legend = page.evaluate("viewer.legend('copper F.Cu')")
    assert most > 0
    assert (legend["low"], legend["high"], legend["max"]) == ("0 % copper", f"{most} % copper", most)
    assert seen(page, "mask") != before
    assert page.evaluate("() => { viewer.heat(null); return 'drawing' in host.dataset; }")
    assert seen(page, "mask") == before
    assert not page.evaluate("'drawing' in host.dataset")


def test_a_finding_inside_the_board_is_seen_through_it(chromium, tmp_path, small):  # noqa: F811
    board = small.design
    on = board.layers.name[board.features.layer] == "In1.Cu"
    (track,) = np.flatnonzero(on & (shapely.get_type_id(board.features.core) == 1))
    item = ItemRef("track", None, None, None, "B", "In1.Cu", 5, 8.5, "", None, int(board.features.item[track]))
    place = Place(5, 8.5, ("In1.Cu",), 0.6, 0.7, "mm", (item,))
    with viewing(chromium, tmp_path, replace(small, findings=(Finding("x", "error", "m", "f", "0", (place,)),))) as page:
        inside = [[8.1, 8.5], [5, 8.9]]
        plain = page.evaluate("(places) => colours(places)", inside)
        page.evaluate("viewer.show(0)")
        over = page.evaluate("colours([[7.5, 8.5], [5, 8.5]], 1)")
        assert near(over[0], ITEMS[0])
        assert near(over[1], (255, 255, 255))  # the line across the track
        assert page.evaluate("(places) => colours(places)", inside) != plain
        assert not next(layer["on"] for layer in page.evaluate("viewer.layers") if layer["name"] == "In1.Cu")
        page.evaluate("viewer.clear(); viewer.fit()")
        assert page.evaluate("(places) => colours(places)", inside) == plain


def test_a_large_fill_has_its_holes_and_the_islands_in_them(chromium, tmp_path, small):  # noqa: F811
    board = small.design
    look = drawing.look(board)
    rings = [shapely.Point(x, y).buffer(0.35, quad_segs=16).exterior for x in range(2, 19) for y in range(2, 9)]
    island = shapely.Point(5, 4).buffer(0.15)
    fill = shapely.MultiPolygon([shapely.Polygon(shapely.box(1, 1, 19, 9).exterior, rings), island])
    assert shapely.get_num_coordinates(fill) > 7000
    core = board.features.core.copy()
    (track,) = np.flatnonzero((board.layers.name[board.features.layer] == "B.Cu") & (shapely.get_type_id(core) == 1))
    core[track] = fill
    radius = board.features.radius.copy()
    radius[track] = 0.05
    changed = replace(board, features=replace(board.features, core=core, radius=radius))
    with viewing(chromium, tmp_path, replace(small, design=changed)) as page:
        page.evaluate("viewer.mark([]); viewer.side = 'bottom'")
        # Between holes, in a hole, within the pen that widens the fill, on the island, and beyond the fill.
        places = [[4.5, 3.5], [5, 6], [5.32, 6], [5, 4], [5, 4.25], [0.5, 5]]
        wanted = [look.covered[1], look.mask[1], look.covered[1], look.covered[1], look.mask[1], look.mask[1]]
        assert page.evaluate("(places) => colours(places)", places) == wanted
        page.evaluate("viewer.zoomBy(3); viewer.panBy(500, 0)")
        places = [place for place in places if 0 < page.evaluate("([x, y]) => viewer.locate(x, y)[0]", place) < 800]
        assert len(places) >= 5
        assert page.evaluate("(places) => colours(places)", places) == wanted[: len(places)]
    item = ItemRef("zone", None, None, None, "B", "B.Cu", 5, 4, "", None, int(board.features.item[track]))
    finding = Finding("x", "error", "m", "f", "0", (Place(5, 4, ("B.Cu",), 0.1, 0.2, "mm", (item,)),))
    with viewing(chromium, tmp_path, replace(small, design=changed, findings=(finding,))) as page:
        page.evaluate("viewer.show(0); viewer.fit()")
        assert page.evaluate("viewer.side") == "bottom"
        told = page.evaluate("(places) => colours(places, 1)", [[10.5, 3.5], [10.32, 6], [10.5, 5.5], [10, 6]])
        assert all(near(colour, ITEMS[0]) for colour in told[:3])
        assert not near(told[3], ITEMS[0]), "a hole of what is marked shows the board"
        still = page.evaluate("viewer.settled().then(() => differing({finding: 0, side: 'bottom'}))")
        assert still[1] > 0
        moved = """async () => {
            const trace = Path2D.prototype.lineTo, wait = window.setTimeout;
            let traced = 0;
            window.setTimeout = () => 0;  // while it is moved there is no stillness, however slow the machine is
            Path2D.prototype.lineTo = function (...at) { traced++; return trace.apply(this, at); };
            for (let k = 0; k < 5; k++) {
                viewer.panBy(3, 0);
                await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
            }
            Path2D.prototype.lineTo = trace;
            window.setTimeout = wait;
            return traced;
        }"""
        assert page.evaluate(moved) < 200, "what was drawn is moved, not traced again"


def test_a_part_turns_the_board_to_its_side(chromium, tmp_path, small):  # noqa: F811
    board = small.design
    ref = {str(name): row for row, name in enumerate(board.components.ref)}
    side = board.components.side.copy()
    side[ref["J1"]] = 1
    changed = replace(board, components=replace(board.components, side=side))
    place = [
        Place(x, 5, (), 1.0, 2.0, "mm", (ItemRef("component", None, name, None, None, None, x, 5, "", None, row),))
        for name, x in (("U1", 4), ("J1", 14)) for row in [int(board.components.item[ref[name]])]
    ]  # fmt: skip
    found = tuple(Finding("x", "error", "m", "f", str(n), (p,)) for n, p in enumerate(place))
    with viewing(chromium, tmp_path, replace(small, design=changed, findings=found)) as page:
        for n, wanted in ((1, "bottom"), (0, "top"), (1, "bottom")):
            page.evaluate("(n) => viewer.show(n)", n)
            assert page.evaluate("viewer.side") == wanted


def test_a_marker_tells_the_side_of_its_finding(chromium, tmp_path, small):  # noqa: F811
    found = [
        Finding("x", severity, "m", "f", str(n), (Place(x, y, (layer,), 1.0, 2.0, "mm", ()),))
        for n, (severity, x, y, layer) in enumerate((
            ("error", 11, 2, "F.Cu"), ("error", 11, 5, "B.Cu"), ("warning", 11, 8, "In1.Cu"),
            ("error", 5, 7, "B.Cu"), ("note", 5, 7, "F.Cu"),
        ))
    ]  # fmt: skip
    at = [[11, 2], [11, 5], [11, 8], [5, 7]]
    with viewing(chromium, tmp_path, replace(small, findings=tuple(found))) as page:
        signs = page.evaluate("viewer.colours")
        full = {name: tuple(int(signs[name][k : k + 2], 16) for k in (1, 3, 5)) for name in ("error", "warning", "note")}
        hollow = (255, 255, 255)
        for side, wanted in (
            ("top", (full["error"], hollow, full["warning"], full["note"])),
            ("bottom", (hollow, full["error"], full["warning"], full["error"])),
        ):
            page.evaluate("(side) => { viewer.side = side; }", side)
            told = page.evaluate("(at) => colours(at, 1)", at)
            assert [near(colour, want) for colour, want in zip(told, wanted)] == [True] * 4, (side, told)


def test_a_zoom_is_shown_on_its_way(chromium, tmp_path, clearance):  # noqa: F811
    """Unless somebody wants less motion, which all other tests do. Here the clock and the frames are the test's."""
    with viewing(chromium, tmp_path, clearance, reduced_motion="no-preference") as page:
        seen = page.evaluate("""async () => {
            await viewer.settled();
            const queue = [], frames = window.requestAnimationFrame, clock = performance.now;
            let now = clock.call(performance);
            performance.now = () => now;
            window.requestAnimationFrame = (next) => queue.push(next);
            const views = () => [[0, 0], [10, 10]].flatMap(([x, y]) => viewer.locate(x, y));
            const run = (ms) => { now += ms; for (const next of queue.splice(0)) next(now); return views(); };
            const seen = {from: views()};
            viewer.show(0);
            seen.way = [views(), ...[30, 30, 30, 30, 30, 30, 30].map(run)];
            seen.after = run(30);
            viewer.fit();
            seen.back = run(110);
            viewer.zoomBy(1);
            seen.held = [views(), run(60), run(60)];
            performance.now = clock;
            window.requestAnimationFrame = frames;
            for (const next of queue) next(now);
            return seen;
        }""")
    with viewing(chromium, tmp_path, clearance) as page:
        page.evaluate("viewer.show(0)")
        end = page.evaluate("[[0, 0], [10, 10]].flatMap(([x, y]) => viewer.locate(x, y))")
    assert seen["way"][0] == pytest.approx(seen["from"])
    assert seen["way"][-1] != pytest.approx(end), "not yet after 210 ms"
    assert seen["after"] == pytest.approx(end)
    views = [np.array(v) for v in (seen["from"], *seen["way"][1:], seen["after"])]
    scales = [v[2] - v[0] for v in views]
    assert scales == sorted(scales)
    assert len(set(scales)) == len(scales)
    # One place of the board stands still on the screen while all grows about it.
    start, goal = (np.array(v) for v in (seen["from"], end))
    still = [(start[k] - goal[k]) / ((goal[2 + k] - goal[k]) - (start[2 + k] - start[k])) for k in (0, 1)]
    for v in views:
        assert [v[k] + still[k] * (v[2 + k] - v[k]) for k in (0, 1)] == pytest.approx(
            [start[k] + still[k] * (start[2 + k] - start[k]) for k in (0, 1)], abs=0.5
        )
    assert seen["from"][2] - seen["from"][0] < seen["back"][2] - seen["back"][0] < end[2] - end[0]
    assert seen["held"] == [pytest.approx(seen["back"])] * 3, "what somebody does by hand ends it"


def test_what_speaks_of_the_board_or_of_a_square_shows_that(chromium, tmp_path, small):  # noqa: F811
    whole = Finding("board-size", "note", "m", "f", "0", (Place(0, 5, (), 10.0, 50.0, "mm", ()),))
    told = "a square of 4 mm beside one of 50 % copper holds"
    tile = Finding("copper-density-tile", "note", "m", "f", "1", (Place(12, 5, ("B.Cu",), 1.0, 10.0, "%", (), "lo", told),))
    assert drawing.area(small.design, "board-size", whole.places[0]) == (0, 0, 20, 10)
    assert drawing.area(small.design, tile.rule, tile.places[0]) == (10, 3, 14, 7)
    with viewing(chromium, tmp_path, replace(small, findings=(whole, tile))) as page:
        for n, box in ((0, (0, 0, 20, 10)), (1, (10, 3, 14, 7))):
            page.evaluate("(n) => viewer.show(n)", n)
            corners = [page.evaluate("([x, y]) => viewer.locate(x, y)", [box[k], box[k + 1]]) for k in (0, 2)]
            assert all(0 < x < 800 and 0 < y < 600 for x, y in corners), "all of it is seen"
            assert abs(corners[1][0] - corners[0][0]) > 200, "and well"
            x, y = box[0] + 0.2 * (box[2] - box[0]), (box[1] + box[3]) / 2
            inside, line, beyond = page.evaluate("(at) => colours(at, 1)", [[x, y], [box[0], y], [box[0] - 0.3, y]])
            assert inside == "none", "it is not dimmed"
            assert near(line, (255, 255, 255))
            assert beyond not in ("none", line)
        assert page.evaluate("viewer.side") == "bottom"


def clicked(page, x, y):
    px, py = page.evaluate("([x, y]) => viewer.locate(x, y)", [x, y])
    page.evaluate("window.picked = null")
    page.mouse.click(px, py)
    return page.evaluate("picked")


def test_a_click_tells_what_is_there(page, small):
    told = clicked(page, 4.7, 5.7)
    assert (told["x"], told["y"]) == pytest.approx((4.7, 5.7), abs=0.05)
    first = told["things"][0]
    assert (first["kind"], first["component"], first["pad"], first["net"]) == ("pad", "U1", "1", "<b>A")
    assert (first["label"], first["layer"], first["value"]) == ("pad U1.1", "F.Cu", "<i>10k")
    named = [{(i.component, i.pad) for p in f.places for i in p.items} for f in small.findings]
    about = [n for n, names in enumerate(named) if ("U1", "1") in names]
    assert about
    assert set(about) <= set(told["findings"])
    assert clicked(page, 14, 6.2)["things"][0]["label"] == "pad J1.7"
    assert clicked(page, 11, 2)["things"] == []
    # What lies on the side that is looked at comes first.
    assert [t["kind"] for t in clicked(page, 16.5, 8)["things"]] == ["track"]
    page.evaluate("viewer.side = 'bottom'")
    assert clicked(page, 14, 6.2)["things"][0]["layer"] == "B.Cu"


def test_the_board_is_moved_by_dragging_and_zoomed_about_the_pointer(page):
    x, y = page.evaluate("viewer.locate(4, 5)")
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 60, y - 30, steps=3)
    page.mouse.up()
    assert page.evaluate("picked") is None
    assert page.evaluate("viewer.locate(4, 5)") == pytest.approx([x + 60, y - 30], abs=1)
    wide = page.evaluate("viewer.locate(8, 5)[0] - viewer.locate(4, 5)[0]")
    page.mouse.wheel(0, -300)
    until(page, "(wide) => viewer.locate(8, 5)[0] - viewer.locate(4, 5)[0] > wide * 1.2", wide)
    assert page.evaluate("viewer.locate(4, 5)") == pytest.approx([x + 60, y - 30], abs=1)
    page.evaluate("viewer.fit()")
    assert page.evaluate("viewer.locate(4, 5)") == pytest.approx([x, y], abs=1)
    page.mouse.dblclick(x, y)
    assert page.evaluate("viewer.locate(8, 5)[0] - viewer.locate(4, 5)[0]") == pytest.approx(2 * wide, rel=0.01)
    page.evaluate("viewer.fit(); viewer.zoomBy(2); viewer.panBy(50, 0)")
    assert page.evaluate("viewer.locate(10, 5)") == pytest.approx([350, 300], abs=1)


def test_two_fingers_zoom(page):
    wide = page.evaluate("viewer.locate(8, 5)[0] - viewer.locate(4, 5)[0]")
    session = page.context.new_cdp_session(page)
    for kind, spread in (("touchStart", 50), ("touchMove", 75), ("touchMove", 100)):
        points = [{"x": 400 - spread, "y": 300, "id": 1}, {"x": 400 + spread, "y": 300, "id": 2}]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    until(page, "(wide) => viewer.locate(8, 5)[0] - viewer.locate(4, 5)[0] > 1.98 * wide", wide)
    assert page.evaluate("viewer.locate(8, 5)[0] - viewer.locate(4, 5)[0]") == pytest.approx(2 * wide, rel=0.02)
    assert page.evaluate("viewer.locate(10, 5)") == pytest.approx([400, 300], abs=2)


@pytest.mark.parametrize("side", ["top", "bottom"])
def test_a_picture_is_what_the_screen_shows(page, small, side):
    page.evaluate("(side) => { viewer.side = side; viewer.fit(); }", side)
    differ, drawn = page.evaluate("(side) => differing({side})", side)
    assert drawn > 100_000
    assert differ == 0
    page.evaluate("viewer.show(0)")
    differ, drawn = page.evaluate("(side) => differing({side, finding: 0})", side)
    assert drawn > 100_000
    assert differ == 0


def test_a_finding_without_a_place_shows_nothing(chromium, tmp_path, small):  # noqa: F811
    nan = float("nan")
    place = Place(nan, nan, (), nan, None, "mm", (ItemRef("pad", None, None, None, None, None, nan, nan, "", None),))
    finding = Finding("x", "error", "m", "f", "0", (place,))
    with viewing(chromium, tmp_path, replace(small, findings=(finding, *small.findings))) as page:
        before = page.evaluate("viewer.locate(0, 0)")
        assert page.evaluate("viewer.show(0)") is False
        assert page.evaluate("viewer.show(99)") is False
        assert page.evaluate("viewer.locate(0, 0)") == before
        assert page.evaluate("viewer.show(1)") is True


def test_the_canvas_follows_its_host_and_the_resolution(chromium, tmp_path, small):  # noqa: F811
    with viewing(chromium, tmp_path, small, device_scale_factor=2) as page:
        assert page.evaluate("[host.children[0].width, host.children[0].height]") == [1600, 1200]
        page.evaluate("host.style.width = '500px'")
        until(page, "() => host.children[0].width === 1000")
        assert page.evaluate("viewer.locate(10, 5)") == pytest.approx([250, 300], abs=1)
        page.evaluate("viewer.destroy()")
        assert page.evaluate("host.children.length") == 0


def near(colour, wanted):
    return max(abs(int(colour[i : i + 2], 16) - c) for i, c in zip((1, 3, 5), wanted)) < 30


def test_a_clearance_is_shown_with_both_items_and_its_line(chromium, tmp_path, clearance):  # noqa: F811
    board, checked = clearance.design, 0
    with viewing(chromium, tmp_path, clearance) as page:
        page.evaluate("""() => {
            window.written = [];
            const write = CanvasRenderingContext2D.prototype.fillText;
            CanvasRenderingContext2D.prototype.fillText = function (text, ...at) {
                written.push(text);
                write.call(this, text, ...at);
            };
        }""")
        for n, finding in enumerate(clearance.findings):
            place = finding.places[0]
            line = witness.witness(board, place)
            if finding.rule != "copper-clearance" or line is None or len(place.items) != 2 or place.measured <= 0:
                continue
            checked += 1
            assert page.evaluate("(n) => viewer.show(n)", n) is True
            x0, y0, x1, y1 = line
            ux, uy = (x1 - x0) / place.measured, (y1 - y0) / place.measured
            beyond = [(x0 - ux * 0.08, y0 - uy * 0.08), (x1 + ux * 0.08, y1 + uy * 0.08)]
            inside = []
            for x, y in beyond:
                (k,) = [
                    k for k, item in enumerate(place.items)
                    for core, radius in [drawing.shapes(board, drawing.marked(board, item.row, item.kind, place.layers))]
                    if (shapely.distance(core, shapely.Point(x, y)) <= radius).any()
                ]  # fmt: skip
                inside.append(k)
            assert sorted(inside) == [0, 1]
            told = page.evaluate("(places) => colours(places, 1)", [*beyond, ((x0 + x1) / 2, (y0 + y1) / 2)])
            assert page.evaluate("written.splice(0).at(-1)") == show(place.measured, "mm", apart_from=place.limit)
            assert near(told[0], ITEMS[inside[0]])
            assert near(told[1], ITEMS[inside[1]])
            assert near(told[2], (255, 255, 255))
            ends = np.array(page.evaluate("(ends) => ends.map(([x, y]) => viewer.locate(x, y))", [(x0, y0), (x1, y1)]))
            assert np.hypot(*(ends[1] - ends[0])) > 20
            assert (ends > 0).all()
            assert (ends < [800, 600]).all()
    assert checked >= 5


def test_things_are_where_geometry_says(chromium, tmp_path, demo):  # noqa: F811
    board = demo.design
    f, holes = board.features, board.holes
    on = ("copper", "mask", "silk", "edge")
    rows = np.flatnonzero(np.isin(board.layers.role[f.layer].astype(str), on))
    parts = board.derived.parts().body
    bodied = [row for row, body in enumerate(parts) if body is not None]
    cores = np.array([*f.core[rows], *holes.core, *parts[bodied]], object)
    radius = np.r_[f.radius[rows], holes.radius, np.zeros(len(bodied))]
    item = np.r_[f.item[rows], holes.item, board.components.item[bodied]]
    layer = [*board.layers.name[f.layer[rows]], *[""] * (len(holes) + len(bodied))]
    middles, random = shapely.get_coordinates(shapely.point_on_surface(cores)), np.random.default_rng(6)
    somewhere = random.uniform(board.outline.bounds[:2], board.outline.bounds[2:], (200, 2))
    spread = np.r_[somewhere, random.choice(middles, 600) + random.normal(0, 0.1, (600, 2))]
    gap = shapely.distance(cores[:, None], shapely.points(spread)[None]) - radius[:, None]
    clear = np.abs(gap).min(axis=0) > 0.002  # what the rounding to µm may decide is not asked
    spread, gap = spread[clear], gap[:, clear]
    with viewing(chromium, tmp_path, demo) as page:
        told = page.evaluate("(points) => points.map(([x, y]) => viewer.at(x, y).things)", spread.tolist())
    hits = 0
    for k, things in enumerate(told):
        wanted = {}
        for hit in np.flatnonzero(gap[:, k] <= 0).tolist():
            wanted.setdefault(int(item[hit]), set()).update({layer[hit]} - {""})
        hits += len(wanted)
        assert sorted((t["kind"], t["component"] or "", tuple(sorted(t["layers"]))) for t in things) == sorted(
            (board_kind(board, one), component(board, one), tuple(sorted(layers))) for one, layers in wanted.items()
        )
    assert hits > 300


def board_kind(board, item):
    from dfmcheck.board import Kind

    return Kind(board.items.kind[item]).name.lower()


def component(board, item):
    row = board.items.component[item]
    return str(board.components.ref[row]) if row >= 0 else ""


def test_lines_are_looked_for_at_the_worst_places_only(clearance):
    finding = max(clearance.findings, key=lambda f: witness.witness(clearance.design, f.places[0]) is not None)
    many = replace(finding, places=finding.places[:1] * (LINES + 3))
    header, streams = unpacked(board_data(replace(clearance, findings=(many,))))
    assert header["severities"] == ["error", "warning", "note"]
    numbers = streams["findings"].tolist()
    at = 1
    for _ in range(numbers[0]):
        at += 2
        for _ in range(3):
            at += 1 + numbers[at]
    assert numbers[at] == 1
    kinds, at = [], at + 3
    while at < len(numbers):
        kinds.append(numbers[at])
        layers = numbers[at + 4]
        sets = at + 5 + layers + (4 if kinds[-1] == 2 else 0)
        at = sets + 1 + numbers[sets]
    assert kinds == [2] * LINES + [1] * 3
