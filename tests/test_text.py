"""Text is drawn where KiCad draws it. Sizes are 21 mm where they are hand-checked: the grid of the font is then 1 mm."""

import json
import random
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import shapely

from dfmcheck.board import Kind
from dfmcheck.read import read
from dfmcheck.read.strokefont import ESCAPES, convert_overbars, font
from dfmcheck.read.text import Text, shape_text, shape_texts

PLAIN = {"angle": 0.0, "size": (21.0, 21.0), "thickness": 1.0, "h": "left", "v": "top"}


def shape(text, **options):
    cores, radius, note = shape_text(
        text, **{"x": 0.0, "y": 0.0, "mirror": False, "bold": False, "italic": False, "face": None} | PLAIN | options
    )
    return cores, radius, note


def bounds(text, **options):
    return shapely.total_bounds(shape(text, **options)[0])


def test_letter_as_plotted():
    # KiCad 9.0.8 plots this A, left and bottom justified at (0, 0), as a bar and two legs.
    cores, radius, note = shape("A", v="bottom")
    plotted = [[(4.657894, -8.622), (14.657894, -8.622)], [(2.657894, -2.622), (9.657894, -23.622), (16.657894, -2.622)]]
    assert [core.geom_type for core in cores] == ["LineString", "LineString"]
    for core, expected in zip(cores, plotted):
        np.testing.assert_allclose(core.coords, expected, atol=1e-6)
    assert (radius, note) == (0.5, "")


def test_justified():
    # H is 12 wide between its legs, 5 from either end of its advance of 22; the pen of 1 shifts it by 1/1.52.
    pen = 1 / 1.52
    assert bounds("H")[[0, 2]] == pytest.approx([5 + pen, 17 + pen])
    assert bounds("H", h="center")[[0, 2]] == pytest.approx([-6, 6])
    assert bounds("H", h="right")[[0, 2]] == pytest.approx([-17 - pen, -5 - pen])
    assert bounds("H", mirror=True)[[0, 2]] == pytest.approx([-17 - pen, -5 - pen])
    assert bounds("H")[[1, 3]] == pytest.approx([1 - 0.052, 22 - 0.052])
    assert bounds("H", v="center")[[1, 3]] == pytest.approx([1 - 0.052 - 12.285, 22 - 0.052 - 12.285])


def test_turned_is_counter_clockwise_as_seen():
    x0, y0, x1, y1 = bounds("H")
    assert bounds("H", angle=90) == pytest.approx([y0, -x1, y1, -x0])


def test_lines():
    first, second = shape("H")[0], shape("H\nH")[0]
    assert len(second) == 2 * len(first)
    assert second[3].bounds[1] - first[0].bounds[1] == pytest.approx(33.80882, abs=1e-5)
    assert np.array_equal(bounds("H\n", v="bottom"), bounds("H", v="bottom"))


def test_italic_leans_by_an_eighth():
    leg = shape("I", italic=True)[0][0].coords
    assert leg[1][0] - leg[0][0] == pytest.approx(21 / 8)


def test_markup():
    bar = shape("~{I}")[0][-1].coords
    assert bar[0][1] == bar[1][1] == pytest.approx(21 - 1.23 * 21 - 0.052)
    assert bar[1][0] - bar[0][0] == pytest.approx(10 - 2 * 2.1)
    assert shapely.total_bounds(shape("^{I}")[0])[3] < bounds("I")[3]
    assert np.ptp(np.asarray(shape("x_{I}")[0][-1].coords)[:, 1]) == pytest.approx(0.8 * 21)
    assert len(shape("~{I")[0]) > 2  # not closed: plain text


@pytest.mark.parametrize(
    ("thickness", "bold", "pen"), [(0, False, 1.27 / 8), (0, True, 1.27 / 5), (0.2, True, 0.2), (0.9, False, 0.25)]
)
def test_pen(thickness, bold, pen):
    assert shape("I", size=(1.27, 1.0), thickness=thickness, bold=bold)[1] == pytest.approx(min(pen, 0.25) / 2)


def test_unknown_characters_are_told():
    cores, _, note = shape("漢A")
    assert len(cores) == 3
    assert cores[0].is_ring
    assert "漢" in note
    # What KiCad has no glyph for it draws as a box or, beyond the basic plane, as a question mark: both are exact.
    assert shape("☃")[2] == shape("🔋")[2] == ""
    assert len(shape("🔋")[0]) == len(shape("?")[0])


def test_truetype_outlines():
    ring = np.array([(0, 0), (4, 0), (4, 4), (0, 4)], float)
    outer, hole = [(10, 2), (10, 0), (14, 0), (14, 4), (10, 4), (10, 2)], [(11, 2), (11, 3), (13, 3), (13, 1), (11, 1), (11, 2)]
    slit = np.array(outer + hole, float)
    cores, radius, note = shape("xD", face="Ubuntu Sans", render_cache=[ring, slit])
    assert [core.area for core in cores] == [16, 12]
    assert all(core.is_valid for core in cores)
    assert len(cores[1].interiors) == 1
    assert (radius, note) == (0.0, "")
    assert shape("x", face="Ubuntu Sans", render_cache=[np.zeros((2, 2))]) == ([], 0.0, "")
    assert "Ubuntu Sans" in shape("x", face="Ubuntu Sans")[2]


def test_knockout():
    # The box exceeds the material by a ninth of the height; the I takes a leg of 21 x 1 with round ends out of it.
    (cores, radius, _), (x0, y0, x1, y1) = shape("I", knockout=True), bounds("I")
    margin = 0.5 + 21 / 9
    assert shapely.total_bounds(cores) == pytest.approx([x0 - margin, y0 - margin, x1 + margin, y1 + margin])
    assert shapely.area(cores).sum() == pytest.approx(2 * margin * (21 + 2 * margin) - 21 - np.pi / 4, abs=2e-3)
    assert radius == 0
    assert [core.area > 1 for core in shape("O", knockout=True)[0]] == [True, True]  # the box and the inside of the O
    assert shape(" ", knockout=True)[0] == []


def test_overbars_of_old_files():
    # As pcbnew 9.0.8 reads these texts from a file of version 20171130.
    converted = {
        "~RESET": "~{RESET}", "~RESET~": "~{RESET}", "a~B~c": "a~{B}c", "~A B": "~{A} B", "~A~ ~B": "~{A} ~{B}", "~": "~",
        "~~": "~", "a~~b": "a~b", "~A~~B~": "~{A~B}", "(~A)B": "(~{A})B", "~A}B": "~{A}}B", "~A,B": "~{A,B}", "~{A}": "~{A}",
        "a~": "a~{}", "x~{A}~B": "x~{A}~B", "~A~B~C": "~{A}B~{C}", "~A~~": "~{A~}", "~A~\nB": "~{A}\nB", "~ A": "~{} A",
        "~~{A}": "~~{A}", "~A{B}C": "~{A{B}}C", "~A_B": "~{A_B}", "RESET": "RESET", "a (b)": "a (b)",
    }  # fmt: skip
    assert {text: convert_overbars(text) for text in converted} == converted


def test_pens_and_overbars_of_an_old_board(tmp_path):
    # pcbnew 9.0.8: a footprint's text that states no pen has one of 0.15, another text an eighth of its width.
    effects = "(effects (font (size 2 2)))"
    path = tmp_path / "old.kicad_pcb"
    path.write_text(f"""(kicad_pcb (version 20171130) (host pcbnew 5) (general (thickness 1.6))
      (layers (0 F.Cu signal) (31 B.Cu signal) (37 F.SilkS user) (44 Edge.Cuts user))
      (module x (layer F.Cu) (at 50 50) (fp_text user ~I (at 0 0) (layer F.SilkS) {effects}))
      (gr_text I (at 80 50) (layer F.SilkS) {effects}))""")
    texts = read(path).features
    assert sorted(texts.radius[texts.kind == Kind.TEXT].tolist()) == pytest.approx([0.075, 0.075, 0.125])


@pytest.mark.timeout(120)  # what is quadratic takes minutes
@pytest.mark.parametrize("text", ["~{" * 50_000, "~{a" * 50_000 + "}" * 50_000, "{slash" * 20_000, "}" * 50_000, "\n" * 50_000])
def test_hostile_markup_takes_little_time_and_no_stack(text):
    shape(text)


def test_many_at_once_as_one_by_one():
    assert shape_texts([]).notes == []
    many = [Text("R1", 5, 6, 30, (1, 1.2), 0.15), Text("", 0, 0, 0, (1, 1)), Text("a\nb^{2}", -3, 2, 90, (1, 1), mirror=True)]
    ring = np.array([(0, 0), (4, 0), (4, 4), (0, 4)], float)
    many += [Text("x", 0, 0, 0, (1, 1), face="Sans", render_cache=[ring, ring + 9]), Text("C2", 1, 1, 0, (2, 2), italic=True)]
    shaped = shape_texts(many)
    assert (np.diff(shaped.owner) >= 0).all()
    for i, text in enumerate(many):
        single = shape_texts([text])
        mine = shaped.owner == i
        assert shapely.equals(shaped.cores[mine], single.cores).all()
        assert np.array_equal(shaped.radius[mine], single.radius)
    assert shaped.owner.tolist().count(1) == 0


# KiCad as referee.


def item(text, layer, angle, size, thickness, h, v, mirror, bold, italic, x, y, knockout=False):
    quoted = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    pen = f"(thickness {thickness})" if thickness else ""
    style = ("(bold yes)" if bold else "") + ("(italic yes)" if italic else "")
    words = [word for word in (h, v) if word != "center"] + ["mirror"] * mirror
    justify = f"(justify {' '.join(words)})" if words else ""
    font_ = f"(font (size {size[1]} {size[0]}) {pen} {style})"
    return f'(gr_text "{quoted}" (at {x} {y} {angle}) (layer "{layer}"{" knockout" * knockout}) (effects {font_} {justify}))'


def plot(items, layer, folder):
    """The Gerber text of KiCad's plot."""
    board = folder / "text.kicad_pcb"
    layers = '(layers (0 "F.Cu" signal) (2 "B.Cu" signal) (5 "F.SilkS" user) (7 "B.SilkS" user) (25 "Edge.Cuts" user))'
    head = f'(kicad_pcb (version 20241229) (generator "dfmcheck") (general (thickness 1.6)) (paper "A0") {layers}'
    board.write_text("\n".join([head, *items, ")"]), encoding="utf-8")
    return export(board, layer, folder)


def export(board, layer, folder):
    out = folder / "text.gbr"
    command = ["kicad-cli", "pcb", "export", "gerber", "--no-x2", "--precision", "6", "-l", layer, "-o", str(out), str(board)]
    subprocess.run(command, check=True, capture_output=True)
    return out.read_text()


def draws(gerber):
    """Columns x0, y0, x1, y1, pen."""
    pens = {number: float(width) for number, width in re.findall(r"%ADD(\d+)C,([\d.]+)\*%", gerber)}
    rows, pen, at = [], 0.0, (0.0, 0.0)
    for x, y, code, number in re.findall(r"^(?:X(-?\d+)Y(-?\d+)D0([12])|D(\d+))\*", gerber, re.MULTILINE):
        if number:
            pen = pens[number]
            continue
        to = (int(x) / 1e6, -int(y) / 1e6)
        if code == "1":
            rows.append((*at, *to, pen))
        at = to
    return np.array(rows)


def check_against_plot(cases, folder, layer="F.SilkS"):
    """Every draw of KiCad within 0.01 um of ours, in number, order, ends and pen."""
    across, step = 30, 60.0
    options = [(text, opts | {"x": 30 + i % across * step, "y": 30 + i // across * step}) for i, (text, opts) in enumerate(cases)]
    rows = draws(plot([item(text, layer, **opts) for text, opts in options], layer, folder))
    cell = (rows[:, 0] // step + rows[:, 1] // step * across).astype(int)
    for i, (text, opts) in enumerate(options):
        cores, radius, note = shape_text(text, face=None, **opts)
        ours = [(*a, *b, 2 * radius) for core in cores for a, b in zip(core.coords, core.coords[1:])]
        theirs = rows[cell == i]
        assert note == ""
        assert len(ours) == len(theirs), (text, opts)
        if ours:
            np.testing.assert_allclose(ours, theirs, atol=1e-5, rtol=0, err_msg=f"{text!r} {opts}")


needs_kicad = pytest.mark.skipif(shutil.which("kicad-cli") is None, reason="kicad-cli is absent")
DEFAULT = PLAIN | {"size": (1.0, 1.0), "thickness": 0.15, "mirror": False, "bold": False, "italic": False}
TRAPS = [
    "~{RST", "a_b^c~d}{", "~{}", "~{ }x", "~{a_{b}c}", "_{a~{b}c}", "x^{a_{b}c}", "~{a{b}c}", "~{a{slash}b}", "~{_{}}x",
    "_{slash}", "~{~{}a}", "{{slash}}", "~{a{brace}b}", "{slash", "{foo}", "A\n\n", "\nA\n", "\n\nA", "  a ", "", "\ta", "ab\tc",
    "abcd\te", "_{a\tb}c", "a~{b\tc}", " \tx", "☃", "⚡A🔋", "a\u00adb\u2003c", *(f"|{{{name}}}|" for name in ESCAPES),
]  # fmt: skip


@pytest.mark.kicad
@needs_kicad
@pytest.mark.parametrize("layer", ["F.SilkS", "B.SilkS"])
def test_plot_of_every_option(tmp_path, layer):
    rng = random.Random(5)
    pieces = [*"ABCgjpq01289.,:/-+_~^{}()[]%&@#ÄéßΩµ°±²→≤½€ \t\n", "~{RST}", "_{2}", "^{n+1}", "~{A_{0}}", "{slash}", "x\ty"]
    cases = [(text, DEFAULT | {"h": h}) for text in TRAPS for h in ("left", "right")]
    for _ in range(400):
        opts = {
            "angle": rng.choice([0, 90, 180, 270, -90, 45, 30.5, -12.25, 359]),
            "size": (rng.choice([0.5, 1, 1.27, 2.123]), rng.choice([0.5, 1, 1.5])),
            "thickness": rng.choice([0, 0.1, 0.15, 0.2345, 0.7]),
            "h": rng.choice(["left", "center", "right"]),
            "v": rng.choice(["top", "center", "bottom"]),
            "mirror": rng.random() < 0.5,
            "bold": rng.random() < 0.3,
            "italic": rng.random() < 0.4,
        }
        cases.append(("".join(rng.choices(pieces, k=rng.randint(1, 7))), opts))
    check_against_plot(cases, tmp_path, layer)


@pytest.mark.kicad
@needs_kicad
def test_plot_of_every_glyph(tmp_path):
    glyphs = list(font()._glyphs)
    blocks = [(0x21, 0x7E), (0xA1, 0xAC), (0xAE, 0xFF), (0x391, 0x3A1), (0x3A3, 0x3CE)]
    assert {*(chr(c) for first, last in blocks for c in range(first, last + 1)), *"•…–—‘’“”←↑→↓≤≥≈≠√∞∆∑∅⌀€□■▲▼●○"} <= {*glyphs}
    # Four to a text, so that each advance is checked by the glyph behind it.
    cases = [("".join(glyphs[i : i + 4]), DEFAULT | {"size": (1.27, 1.1)}) for i in range(0, len(glyphs), 4)]
    check_against_plot(cases, tmp_path)


@pytest.mark.kicad
@needs_kicad
def test_plot_of_knockouts(tmp_path):
    rng = random.Random(7)
    cases = []
    for i, text in enumerate(["HO", "R{slash}Ωg", "a\nBcd", "~{R}_{2}", "8", "x y"] * 4):
        opts = {
            "x": 20.0 + 40 * (i % 6), "y": 20.0 + 40 * (i // 6), "angle": rng.choice([0, 90, 30, -135]),
            "size": (rng.choice([1, 2]), rng.choice([1, 1.5])), "thickness": rng.choice([0, 0.1, 0.3, 0.9]),
            "h": rng.choice(["left", "center", "right"]), "v": rng.choice(["top", "center", "bottom"]),
            "mirror": rng.random() < 0.5, "bold": rng.random() < 0.3, "italic": rng.random() < 0.4, "knockout": True,
        }  # fmt: skip
        cases.append((text, opts))
    gerber = plot([item(text, "F.SilkS", **opts) for text, opts in cases], "F.SilkS", tmp_path)
    theirs = [[] for _ in cases]
    for region in re.findall(r"G36\*(.*?)G37\*", gerber, re.DOTALL):
        xy = [(int(x) / 1e6, -int(y) / 1e6) for x, y in re.findall(r"X(-?\d+)Y(-?\d+)", region)]
        theirs[int(xy[0][0] // 40 + xy[0][1] // 40 * 6)].append(shapely.make_valid(shapely.Polygon(xy)))
    for (text, opts), parts in zip(cases, theirs):
        ours, kicads = shapely.union_all(shape_text(text, face=None, **opts)[0]), shapely.union_all(parts)
        # KiCad makes circles of chords up to 5 um from the circle.
        assert ours.symmetric_difference(kicads).area < 0.005 * ours.length, (text, opts)
        assert shapely.hausdorff_distance(ours.envelope, kicads.envelope) < 0.007, (text, opts)


@pytest.mark.kicad
@needs_kicad
@pytest.mark.parametrize("demo", ["video/video", "stickhub/StickHub"])
def test_texts_of_a_board_as_plotted(tmp_path, demo):
    path = Path(f"/usr/share/kicad/demos/{demo}.kicad_pcb")
    if not path.exists():
        pytest.skip("the demo is absent")
    board = read(path)
    command = ["kicad-cli", "pcb", "export", "gerbers", "--no-x2", "--precision", "6", "-l", "F.SilkS,B.SilkS"]
    subprocess.run([*command, "-o", f"{tmp_path}/", str(path)], check=True, capture_output=True)
    for layer, suffix in (("F.SilkS", "gto"), ("B.SilkS", "gbo")):
        texts = board.features.take((board.features.kind == Kind.TEXT) & (board.features.layer == board.layer(layer)))
        ours = np.array([(*a, *b, 2 * r) for c, r in zip(texts.core, texts.radius) for a, b in zip(c.coords, c.coords[1:])])
        (film,) = tmp_path.glob(f"*.{suffix}")
        theirs = draws(film.read_text())
        assert len(ours) > 400
        starts = shapely.STRtree(shapely.points(theirs[:, :2]))
        a, b = starts.query(shapely.points(ours[:, :2]), predicate="dwithin", distance=1e-4)
        same = np.abs(ours[a] - theirs[b]).max(axis=1) < 1e-5
        assert set(a[same]) == set(range(len(ours)))


PCBNEW = """
import json, sys, pcbnew
rows = []
for path in sys.argv[1:]:
    board = pcbnew.LoadBoard(path)
    items = [*board.GetDrawings(), *(i for f in board.GetFootprints() for i in (*f.GraphicalItems(), *f.GetFields()))]
    for t in items:
        if isinstance(t, pcbnew.PCB_TEXT) and not t.GetFontName():
            area = pcbnew.SHAPE_POLY_SET()
            t.TransformTextToPolySet(area, 0, 500, pcbnew.ERROR_INSIDE)
            box, size, at = t.GetEffectiveTextShape().BBox(), t.GetTextSize(), t.GetTextPos()
            rows.append({
                "text": t.GetShownText(False), "x": at.x / 1e6, "y": at.y / 1e6, "angle": t.GetDrawRotation().AsDegrees(),
                "size": (size.x / 1e6, size.y / 1e6), "thickness": t.GetTextThickness() / 1e6, "mirror": t.IsMirrored(),
                "h": ("left", "center", "right")[t.GetHorizJustify() + 1],
                "v": ("top", "center", "bottom")[t.GetVertJustify() + 1],
                "bold": t.IsBold(), "italic": t.IsItalic(),
                "area": area.Area() / 1e12,
                "box": [v / 1e6 for v in (box.GetLeft(), box.GetTop(), box.GetRight(), box.GetBottom())]})
print("@" + json.dumps(rows))
"""


@pytest.mark.kicad
@pytest.mark.parametrize("demo", ["video/video", "stickhub/StickHub"])
def test_demo_texts_as_pcbnew_shapes_them(demo):
    path = f"/usr/share/kicad/demos/{demo}.kicad_pcb"
    run = subprocess.run(["/usr/bin/python3", "-c", PCBNEW, path], capture_output=True, text=True, check=False)
    if run.returncode:
        pytest.skip("pcbnew or the demo is absent")
    compared = 0
    for row in json.loads(run.stdout.partition("@")[2]):
        box, area = row.pop("box"), row.pop("area")
        text = Text(**row)
        if text.thickness > text.pen + 1e-9:
            continue  # pcbnew places the text by the thickness set, the plot (and we) by the pen that draws it
        cores = shape_texts([text]).cores
        if not len(cores):
            assert area == 0
            continue
        half = text.pen / 2
        x0, y0, x1, y1 = shapely.total_bounds(cores)
        assert (x0 - half, y0 - half, x1 + half, y1 + half) == pytest.approx(box, abs=1e-5), row
        material = shapely.union_all(shapely.buffer(cores, half, quad_segs=32))
        assert material.area == pytest.approx(area, abs=0.0005 * material.length), row  # pcbnew's arcs are good to 0.5 um
        compared += 1
    assert compared > 100
