"""Pictures: what is drawn where in which colour, whole text as strokes, small, the same each time, harmless."""

from __future__ import annotations

import io
import math
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
import shapely
from plotted import needs_cli
from small_boards import board, footprint, hole, rect, smd, tht

import dfmcheck
from dfmcheck import shape
from dfmcheck.board import Board, Floats, Objects
from dfmcheck.cli import main
from dfmcheck.drawing import look
from dfmcheck.errors import DfmError
from dfmcheck.report import Finding, Place, Report
from dfmcheck.write import svg as writer
from dfmcheck.write.png import rendered, to_png
from dfmcheck.write.svg import finding_svg, side_svg, to_svg
from dfmcheck.write.svg_board import THROUGH, draw_side, extent
from dfmcheck.write.svg_finding import ITEMS
from dfmcheck.write.svg_paths import Frame, drawn, lines

image = pytest.importorskip("PIL.Image")
pytest.importorskip("resvg_py")
ROOT = Path(__file__).parents[1]
DEMO = ROOT / "docs" / "demo.kicad_pcb"
INK = '(gr_line (start 2 18) (end 12 18) (stroke (width 1) (type solid)) (layer "F.SilkS"))'
HOSTILE = ']]>&amp;</text><script>alert(1)</script><img src=x onerror=alert(1)>\\" onload=\\"x\u202e'


def plain() -> Board:
    """A board of 30 x 20 mm with a land, a covered track, ink and two holes on top, and a land below at its left."""
    return board(
        rect(0, 0, 30, 20), INK, hole(25, 5, 4),
        footprint("R1", 5, 5, smd("1", 0, 0, 2, 2)), footprint("J1", 15, 5, tht("1", 0, 0, 3, 1.5)),
        footprint("R2", 5, 10, '(pad "1" smd rect (at 0 0) (size 2 2) (layers "B.Cu" "B.Mask") (net 1 "A"))', side="B"),
        '(segment (start 2 14) (end 28 14) (width 1) (layer "F.Cu") (net 1))',
    )  # fmt: skip


@pytest.fixture(scope="module")
def demo() -> Report:
    return dfmcheck.check(dfmcheck.read(DEMO))


def pixels(svg: str, zoom: float = 1.0) -> np.ndarray:
    return np.asarray(image.open(io.BytesIO(rendered(svg, zoom))).convert("RGB"), np.int32)


def colour(text: str) -> list[int]:
    return [int(text[i : i + 2], 16) for i in (1, 3, 5)]


def share(picture: np.ndarray, text: str, within: int = 12) -> float:
    """Share of the picture that is about of a colour."""
    return float((np.abs(picture - colour(text)).max(axis=2) <= within).mean())


def report_of(design: Board) -> Report:
    return dfmcheck.check(design, select=["hole-to-edge", "pad-spacing", "track-width"])


def element(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg)


def test_a_side_has_the_colours_of_the_board_where_they_belong() -> None:
    design = plain()
    (told,) = report_of(design).designs
    top, bottom = (pixels(side_svg(told, side, findings=False, width=600.0)) for side in (0, 1))
    seen = look(design)

    def at(picture: np.ndarray, x: float, y: float) -> list[int]:
        return picture[round(y * 20), round(x * 20)].tolist()

    assert at(top, 8, 8) == colour(seen.mask[0])
    assert at(top, 5, 5) == at(top, 16.1, 5) == colour(seen.finish)
    assert at(top, 20, 14) == colour(seen.covered[0])
    assert at(top, 7, 18) == colour(seen.silk[0])
    assert at(top, 15, 5) == at(top, 25, 5) == colour(THROUGH)
    assert at(top, 5, 10) == colour(seen.mask[0])
    # Seen from below, left is right.
    assert at(bottom, 25, 10) == colour(seen.finish)
    assert at(bottom, 5, 10) == at(bottom, 23, 18) == at(bottom, 10, 14) == colour(seen.mask[1])
    assert at(bottom, 5, 5) == at(bottom, 15, 5) == colour(THROUGH)


def test_outside_of_the_outline_is_paper() -> None:
    round_board = '(gr_circle (center 10 10) (end 20 10) (stroke (width 0.1) (type solid)) (fill none) (layer "Edge.Cuts"))'
    (told,) = report_of(board(round_board, '(segment (start 0 0) (end 20 20) (width 2) (layer "F.Cu") (net 1))')).designs
    picture = pixels(side_svg(told, 0, findings=False, width=400.0))
    assert picture[10, 10].tolist() == colour(THROUGH)
    assert picture[200, 200].tolist() == colour(look(plain()).covered[0])


@pytest.mark.parametrize("rule", ["copper-neck", "thermal-relief-geometry", "annular-ring-outer"])
def test_as_much_copper_is_painted_as_there_is(rule: str) -> None:
    design = dfmcheck.read(ROOT / "fixtures" / "rules" / f"{rule}.kicad_pcb")
    f, box = design.features, shapely.total_bounds(design.features.core)
    left, top, right, bottom = box + np.array([-1, -1, 1, 1])
    scale = 1600 / max(right - left, bottom - top)
    rows = np.flatnonzero(f.layer == design.outer_layer(0))
    frame = Frame.of((left, top, right, bottom), scale)
    box = f"0 0 {(right - left) / frame.unit} {(bottom - top) / frame.unit}"
    size = f'width="{(right - left) * scale}" height="{(bottom - top) * scale}" viewBox="{box}"'
    back = '<rect width="100%" height="100%"/>'
    round_ = 'stroke-linecap="round" stroke-linejoin="round"'
    copper = f'<g fill="#fff" stroke="#fff" {round_}>{drawn(f.core[rows], f.radius[rows], frame)}</g>'
    picture = pixels(f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{back}{copper}</svg>')
    painted = picture[:, :, 0].sum() / 255 / scale**2
    assert painted == pytest.approx(shapely.union_all(shape.polygons(f.core[rows], f.radius[rows])).area, rel=0.01)


@pytest.mark.kicad
@needs_cli
def test_copper_looks_as_kicad_plots_it(tmp_path: Path) -> None:
    made = tmp_path / "f.svg"
    options = ["--layers", "F.Cu", "--mode-single", "--page-size-mode", "2", "--exclude-drawing-sheet", "--black-and-white"]
    subprocess.run(["kicad-cli", "pcb", "export", "svg", *options, "-o", str(made), str(DEMO)], check=True, capture_output=True)
    theirs = made.read_text("utf-8")
    found = re.search(r'viewBox="0\.0+ 0\.0+ ([\d.]+) ([\d.]+)"', theirs)
    assert found is not None
    wide, high = float(found[1]), float(found[2])
    design = dfmcheck.read(DEMO)
    view = extent(design)
    assert view is not None
    edge = 0.05  # half the pen of the outline, which KiCad's picture holds
    left, top, scale, f = view.left - edge, view.top - edge, 20.0, design.features
    frame, rows = Frame.of((left, top, left + wide, top + high), scale), np.flatnonzero(f.layer == design.outer_layer(0))
    size = f'width="{wide * scale}" height="{high * scale}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} viewBox="0 0 {wide / frame.unit} {high / frame.unit}">'
    caps = 'stroke-linecap="round" stroke-linejoin="round" fill="#000" stroke="#000"'

    def black(core: Objects, radius: Floats) -> np.ndarray:
        back = '<rect width="100%" height="100%" fill="#fff"/>'
        return pixels(f"{head}{back}<g {caps}>{drawn(core, radius, frame)}</g></svg>")[:, :, 0] < 128

    one, away = black(f.core[rows], f.radius[rows]), ~black(design.holes.core, design.holes.radius + 0.1)
    white = theirs.replace("<desc>", '<rect width="100%" height="100%" fill="#fff"/><desc>', 1)
    other = pixels(re.sub(r'width="[\d.]+mm" height="[\d.]+mm"', size, white, count=1))[:, :, 0] < 128
    h, w = min(one.shape[0], other.shape[0]), min(one.shape[1], other.shape[1])
    one, other, away = one[:h, :w], other[:h, :w], away[:h, :w]  # KiCad leaves out the holes in lands
    assert ((one != other) & away).sum() / (other & away).sum() < 0.02


def test_the_picture_tells_all_in_words_and_fetches_nothing(demo: Report) -> None:
    text = to_svg(demo)
    root = element(text)
    assert root.get("role") == "img"
    title, desc = (root.find(f"{{*}}{name}").text or "" for name in ("title", "desc"))  # type: ignore[union-attr]
    assert title.startswith("demo: fail; 3 errors")
    assert "error copper-clearance" in desc
    for node in root.iter():
        name = node.tag.split("}")[-1]
        assert name in {"svg", "title", "desc", "g", "path", "rect", "circle", "polygon", "defs", "mask", "clipPath", "use"}
        assert not [key for key in node.attrib if key.lower().startswith("on")]
        assert all(value.startswith("#") for key, value in node.attrib.items() if key.split("}")[-1] == "href")
        assert all(value.startswith("url(#") for key, value in node.attrib.items() if key in ("mask", "clip-path"))
    ids = [node.get("id") for node in root.iter() if node.get("id")]
    assert len(ids) == len(set(ids))


def test_hostile_text_stays_text() -> None:
    design = board(
        rect(0, 0, 30, 20), footprint(HOSTILE, 0.5, 5, tht("1", 0, 0, 1.4, 1)), footprint(HOSTILE, 0.5, 9, tht("1", 0, 0, 1.4, 1))
    )
    report = dfmcheck.check(replace(design, name="<b>\x00&\ud800"), select=["hole-to-edge", "copper-to-edge"])
    (told,) = report.designs
    assert told.findings
    for text in (to_svg(report), side_svg(told, 0), *(finding_svg(told, f) for f in told.findings)):
        root = element(text.encode("utf-8").decode("utf-8"))
        assert {node.tag.split("}")[-1] for node in root.iter()}.isdisjoint({"script", "img", "text", "b"})
        assert not [key for node in root.iter() for key in node.attrib if key.startswith("on")]
    assert "<script>" in (element(finding_svg(told, told.findings[0])).findtext("{*}title") or "")


def test_the_same_report_gives_the_same_bytes(demo: Report) -> None:
    again = dfmcheck.check(dfmcheck.read(DEMO))
    assert to_svg(demo) == to_svg(again)
    assert finding_svg(demo.designs[0], demo.findings[0]) == finding_svg(again.designs[0], again.findings[0])


@pytest.mark.parametrize(
    ("name", "sides"),
    [("board.svg", 2), ("board-top.svg", 1), ("Front.svg", 1), ("x_bottom.svg", 1), ("back.svg", 1), ("top-board.svg", 2)],
)
def test_the_name_of_the_file_says_which_side(demo: Report, name: str, sides: int) -> None:
    text = to_svg(demo, Path("somewhere") / name)
    assert len(element(text).findall(".//{*}svg")) == sides
    assert to_svg(demo, Path("bottom")).count('id="d0bc"') == 1
    assert to_svg(demo, Path("top")).count('id="d0bc"') == 0


def test_each_design_has_its_picture_below_the_other(demo: Report) -> None:
    (one,) = demo.designs
    both = element(to_svg(replace(demo, designs=(one, replace(one, name="second")))))
    alone = element(to_svg(demo))
    assert float(both.get("height", "0")) == pytest.approx(2 * float(alone.get("height", "0")), abs=2)
    ids = [node.get("id") for node in both.iter() if node.get("id")]
    assert len(ids) == len(set(ids)) == 2 * len([1 for node in alone.iter() if node.get("id")])


def test_marks_are_numbered_as_the_list_and_waived_ones_have_none(demo: Report) -> None:
    (told,) = demo.designs
    assert len(told.findings) > writer.TELL
    shown = side_svg(told, 0)
    assert share(pixels(shown), "#c4161c") > 0
    waived = replace(told, findings=tuple(replace(f, waived="good as it is") for f in told.findings))
    assert share(pixels(side_svg(waived, 0)), "#c4161c") == 0
    assert side_svg(waived, 0).replace(to_title(waived), "") == side_svg(told, 0, findings=False).replace(to_title(told), "")
    assert element(to_svg(replace(demo, designs=(waived,)))).findtext("{*}title") == "demo: pass; 0 errors, 0 warnings, 0 notes"


def to_title(told: object) -> str:
    return f"<title>{told.name}"  # type: ignore[attr-defined]


def test_a_close_up_shows_both_items_in_their_colours(demo: Report) -> None:
    (told,) = demo.designs
    for rule in ("copper-clearance", "pad-spacing"):
        finding = next(f for f in told.findings if f.rule == rule)
        text = finding_svg(told, finding, width=480.0)
        picture = pixels(text)
        dimmed = [replace_colour(c) for c in ITEMS]
        assert all(share(picture, c, 30) > 0.01 for c in dimmed)
        assert len(text) < 40_000
        assert element(text).findtext("{*}title") == f"{finding.severity} {finding.rule}: {finding.message}"
    single = next(f for f in told.findings if f.rule == "track-width")
    assert share(pixels(finding_svg(told, single)), replace_colour(ITEMS[1]), 30) < 0.001


def test_two_edges_are_told_apart() -> None:
    """A strip of laminate between two cutouts: each has the colour that the legend names."""
    board = dfmcheck.read(Path(dfmcheck.__file__).parents[1] / "fixtures/rules/board-web.kicad_pcb")
    (told,) = dfmcheck.check(board, select=["board-web"], sets=["board-web.min=1mm"]).designs
    between = next(f for f in told.findings if len(f.places[0].items) == 2)
    picture = pixels(finding_svg(told, between, width=480.0))
    drawn = picture[: int(0.6 * 480)]  # without the legend
    left, right = np.array_split(drawn, 2, axis=1)
    first, second = (replace_colour(c) for c in ITEMS)
    found = [[share(part, c, 40) > 0.001 for c in (first, second)] for part in (left, right)]
    assert sorted(found) == [[False, True], [True, False]]


def replace_colour(text: str) -> str:
    """A colour at four fifths over the dark board."""
    return "#" + "".join(f"{round(0.8 * a + 0.2 * b):02x}" for a, b in zip(colour(text), colour("#1a2129")))


def test_every_finding_has_a_close_up_even_those_without_a_place(demo: Report) -> None:
    (told,) = demo.designs
    for f in told.findings:
        for n in range(f.count):
            element(finding_svg(told, f, n))
    nowhere = replace(told.findings[0], places=(replace(told.findings[0].places[0], x=math.nan, y=math.nan),))
    element(finding_svg(told, nowhere))


def test_boards_with_little_on_them_are_drawn() -> None:
    for design in (
        board(),
        board('(segment (start 0 0) (end 5 5) (width 0.2) (layer "F.Cu") (net 1))'),
        board(hole(5, 5, 3)),
        board('(gr_line (start 0 0) (end 9 0) (stroke (width 0.1) (type solid)) (layer "Edge.Cuts"))', footprint("R", 3, 3)),
        replace(plain(), facts=plain().facts - {"mask"}),
    ):
        root = element(to_svg(report_of(design)))
        assert (len(root.findall(".//{*}svg")) == 2) == (extent(design) is not None)


def test_a_package_is_drawn_as_its_board() -> None:
    package = ROOT / "fixtures" / "gerber" / "hole-to-edge.zip"
    if not package.exists():
        pytest.skip("an sdist has no packages")
    own = dfmcheck.read(ROOT / "fixtures" / "rules" / "hole-to-edge.kicad_pcb")
    pictures = []
    for design in (own, dfmcheck.read(package)):
        view = extent(own)
        assert view is not None
        # A package has its origin elsewhere.
        there = extent(design)
        assert there is not None
        assert (there.width, there.height) == pytest.approx((view.width, view.height), abs=0.2)
        inner, frame = draw_side(design, 0, there, 8.0, "p")
        box = f"0 0 {there.width / frame.unit} {there.height / frame.unit}"
        size = f'width="{there.width * 8}" height="{there.height * 8}" viewBox="{box}"'
        pictures.append(pixels(f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{inner}</svg>'))
    h, w = (min(p.shape[k] for p in pictures) for k in (0, 1))
    one, other = (p[:h, :w] for p in pictures)
    assert (np.abs(one - other).max(axis=2) > 60).mean() < 0.02


def test_what_cannot_be_drawn_is_one_clear_line(demo: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    (told,) = demo.designs
    bare = replace(told, design=None)
    for draw in (
        lambda: to_svg(replace(demo, designs=(bare,))), lambda: to_svg(replace(demo, designs=())), lambda: side_svg(bare, 0),
        lambda: finding_svg(bare, told.findings[0]), lambda: side_svg(report_of(board()).designs[0], 1),
    ):  # fmt: skip
        with pytest.raises(DfmError) as error:
            draw()
        assert "\n" not in str(error.value)
    monkeypatch.setitem(sys.modules, "resvg_py", None)
    with pytest.raises(DfmError, match=r"pip install 'dfmcheck\[png\]'"):
        to_png(demo)


def test_a_png_is_twice_as_wide_and_no_font_is_asked(demo: Report) -> None:
    drawn_ = image.open(io.BytesIO(to_png(demo)))
    assert drawn_.size[0] == 2 * writer.WIDTH
    assert "<text" not in to_svg(demo)


def test_the_picture_of_the_readme_is_what_the_command_draws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw it anew with: dfmcheck docs/demo.kicad_pcb -o docs/board.svg"""
    monkeypatch.chdir(ROOT)
    assert main(["docs/demo.kicad_pcb", "-q", "-o", str(tmp_path / "board.svg")]) == 1
    assert (tmp_path / "board.svg").read_bytes() == (ROOT / "docs" / "board.svg").read_bytes()


def test_paths_start_where_the_pen_stands() -> None:
    xy, owner = np.array([[1, 1], [4, 1], [4, 5], [2, 2], [9, 9]]), np.array([0, 0, 0, 1, 2])
    assert lines(xy, owner) == "m1 1h3v4m-2-3h0m7 7h0"
    square = np.array([[0, 0], [2, 0], [2, 2], [0, 2], [5, 5], [6, 5], [6, 7]])
    assert lines(square, np.array([0, 0, 0, 0, 1, 1, 1]), closed=True) == "m0 0h2v2h-2zm5 5h1v2z"


def test_a_finding_about_the_whole_board_shows_its_edge_on_all_sides() -> None:
    (report,) = dfmcheck.check(dfmcheck.read(Path(__file__).parent.parent / "docs/demo.kicad_pcb")).designs
    assert report.design is not None
    x0, y0, x1, y1 = report.design.outline.bounds
    place = Place((x0 + x1) / 2, (y0 + y1) / 2, (), 1.0, 2.0, "mm", ())
    text = finding_svg(report, Finding("board-size", "note", "m", "f", "0", (place,)), width=480)
    seen = np.asarray(image.open(io.BytesIO(rendered(text))).convert("RGB")).astype(int)[:290]
    rows, columns = np.nonzero((np.abs(seen - (0xC9, 0xD1, 0xD9)) < 25).all(axis=2))
    assert columns.min() < 0.45 * seen.shape[1] < 0.55 * seen.shape[1] < columns.max()
    assert rows.max() - rows.min() > 0.5 * len(seen)
