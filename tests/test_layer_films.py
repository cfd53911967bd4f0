"""Alignment, mirroring and polarity of the films of small packages."""

import numpy as np
import pytest
from handmade import Sheet, copper, film, measure, sheets

from dfmcheck.check import Skip
from dfmcheck.handed import mirrored, reading, strokes
from dfmcheck.package import Role
from dfmcheck.read.gerber import read_gerber
from dfmcheck.read.strokefont import font

RULES = ("drill-registration", "layer-alignment", "layer-mirrored", "layer-polarity")
FILMS = ("f.cu", "b.cu", "f.mask", "b.mask", "f.paste", "b.paste")


def found(files, *rules):
    """By rule the files that it names."""
    return {rule: set(measure(rule, files.values())[1]) for rule in rules or RULES}


def with_(**changed):
    files = sheets()
    return files | {name.replace("_", "."): way(files[name.replace("_", ".")]) for name, way in changed.items()}


def moved(way):
    return lambda sheet: sheet.moved(way)


@pytest.mark.parametrize(
    "way", [lambda z: z, lambda z: z + 113 - 77.7j, lambda z: 1j * z, lambda z: -z, lambda z: 30 - np.conj(z)]
)
def test_a_good_package_is_silent_wherever_all_of_it_lies(way):
    assert found({name: sheet.moved(way) for name, sheet in sheets().items()}) == {rule: set() for rule in RULES}


@pytest.mark.parametrize("name", FILMS)
def test_one_mirrored_film_is_named_alone(name):
    files = sheets()
    files[name] = files[name].moved(lambda z: 60 - np.conj(z))
    assert found(files) == {rule: {name} if rule == "layer-mirrored" else set() for rule in RULES}


@pytest.mark.parametrize("name", FILMS)
@pytest.mark.parametrize("off", [0.1, 0.3j, 25 + 3j])
def test_one_shifted_film_is_named_alone(name, off):
    files = sheets()
    files[name] = files[name].moved(lambda z: z + off)
    assert found(files) == {rule: {name} if rule == "layer-alignment" else set() for rule in RULES}


@pytest.mark.parametrize("way", [lambda z: z / 25.4, lambda z: 1.002 * z, lambda z: 1j * z])
def test_a_film_in_another_unit_scaled_or_turned_is_named(way):
    assert found(with_(f_mask=moved(way)), "layer-alignment") == {"layer-alignment": {"f.mask"}}


@pytest.mark.parametrize(("off", "names"), [(0.019, set()), (0.021, {"b.paste"}), (0.019j, set()), (-0.021j, {"b.paste"})])
def test_the_tolerance_of_a_film_has_an_edge(off, names):
    m, told = measure("layer-alignment", with_(b_paste=moved(lambda z: z + off)).values())
    assert told.keys() == names
    assert m.worst == pytest.approx(abs(off), abs=1e-9)


def test_all_bottom_films_mirrored_are_each_named():
    files = sheets()
    bottom = ("b.cu", "b.mask", "b.paste")
    files |= {name: files[name].moved(lambda z: 60 - np.conj(z)) for name in bottom}
    assert found(files)["layer-mirrored"] == set(bottom)


@pytest.mark.parametrize(("one", "other"), [("f.cu", "b.cu"), ("f.mask", "b.mask"), ("f.paste", "b.paste")])
def test_films_exchanged_between_the_sides_are_named(one, other):
    files = sheets()
    a, b = files[one], files[other]
    files[one], files[other] = Sheet(a.role, b.flashes), Sheet(b.role, a.flashes)
    assert found(files, "layer-mirrored")["layer-mirrored"] == {one, other}


def test_a_board_that_is_its_own_mirror_image_tells_nothing():
    rows = [complex(x, y) for x in range(5, 60, 5) for y in (10, 30)]
    same = [Sheet(copper(side, n), [(p, 1.0) for p in rows]) for n, side in ((1, "top"), (2, "bottom"))]
    files = {s.name: s.moved(lambda z: 60 - np.conj(z)) if s.name == "b.cu" else s for s in same}
    assert found(files, "layer-mirrored", "layer-alignment") == {"layer-mirrored": set(), "layer-alignment": set()}


# -- polarity ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FILMS)
def test_a_film_that_says_that_it_is_negative_and_is_not_is_named(name):
    files = sheets()
    files[name].head = "%IPNEG*%"
    assert found(files) == {rule: {name} if rule == "layer-polarity" else set() for rule in RULES}


@pytest.mark.parametrize("name", FILMS)
def test_a_film_drawn_inside_out_is_named(name):
    files = sheets()
    files[name].filled = (-1 - 1j, 61 + 41j)
    assert found(files, "layer-polarity") == {"layer-polarity": {name}}


@pytest.mark.parametrize(("marked", "inside_out"), [(True, False), (False, True)])
def test_a_negative_plane_is_fine_where_it_says_so(marked, inside_out):
    """Drawn are the antipads and the frame; five pins are joined to it."""
    files = sheets()
    plane = Sheet(copper("inner", 2), [(at, size + 0.6) for at, size in files["pth"].holes[5:]])
    plane.head = "%IPNEG*%" if marked else ""
    files["b.cu"].role = copper("bottom", 3)
    files[plane.name] = plane
    assert found(files, "layer-polarity") == {"layer-polarity": set()}
    files[plane.name] = Sheet(copper("inner", 2), plane.flashes, filled=(0j, 60 + 40j), head=plane.head)
    assert found(files, "layer-polarity") == {"layer-polarity": {plane.name} if marked else set()}
    assert inside_out != marked


def test_pads_that_get_paste_under_mask_are_told():
    files = sheets()
    files["f.mask"].flashes = files["f.mask"].flashes[3:]
    m, told = measure("layer-polarity", files.values())
    assert told == {"f.mask": "covers 3 of the 40 pads of the top that get paste"}
    assert m.worst == pytest.approx(92.5)


# -- outline and legend ------------------------------------------------------------------------------------------------


def test_an_outline_elsewhere_leaves_the_pads_outside():
    files = with_(edge_cuts=moved(lambda z: z + 40))
    assert found(files)["layer-alignment"] == {"edge.cuts"}


def test_an_outline_beside_its_copy_is_told_and_of_several_copies_the_odd_one():
    files = sheets()
    frame = files["edge.cuts"].lines
    files["fab"] = Sheet(Role("fab", "F.Fab", "top"), lines=frame)
    assert found(files)["layer-alignment"] == set()
    files["edge.cuts"] = files["edge.cuts"].moved(lambda z: z + 0.1)
    assert found(files)["layer-alignment"] == {"edge.cuts"}
    files = sheets()
    for name, way in (("F.Fab", lambda z: z), ("B.Fab", lambda z: z + 0.1)):
        files[name] = Sheet(Role("fab", name), lines=frame).moved(way)
    assert found(files)["layer-alignment"] == {"b.fab"}


def text(words, at, flip=False):
    """Polylines of a text in KiCad's font, y up; `flip` mirrors it as on the bottom."""
    lines, x = [], 0.0
    for character in words:
        glyph = font().glyph(character)
        for stroke in np.split(glyph.points, np.cumsum(glyph.counts)[:-1]):
            z = stroke[:, 0] + x - 1j * stroke[:, 1]
            lines.append([at + complex(-np.conj(p) if flip else p) for p in z])
        x += glyph.advance
    return lines


WORDS = "R12C37U2J5P64D9Q3F7"


def image(sheet):
    return read_gerber(sheet.text().encode(), "x.gbr")


def test_text_tells_which_way_it_reads():
    front = image(Sheet(film("silk", "top"), lines=text(WORDS, 5 + 5j)))
    back = image(Sheet(film("silk", "top"), lines=text(WORDS, 50 + 5j, flip=True)))
    right, wrong = reading(front)
    assert (right, wrong) == (13, 0)  # of R12 37 2 J5 P6 D9 Q3; C, U and F are no strokes, or their own mirror images
    assert reading(back)[0] == 0
    assert reading(back)[1] >= right - 1  # rounding may put a stroke elsewhere
    assert len({mirrored(key) for key in strokes(front)} & set(strokes(back))) >= len(strokes(front)) - 1


@pytest.mark.parametrize(("side", "flip"), [("top", True), ("bottom", False)])
def test_a_legend_that_reads_the_wrong_way_is_named(side, flip):
    for wrong in (False, True):
        legend = Sheet(film("silk", side), lines=text(WORDS, 30 + 5j, flip=flip == wrong))
        assert found(sheets() | {legend.name: legend})["layer-mirrored"] == ({legend.name} if wrong else set())


def test_legends_in_another_font_that_read_the_same_way_are_named():
    hooks = [[complex(3 * n, 0), complex(3 * n, 1 + n / 9), complex(3 * n + 1, 1), complex(3 * n + 1, 0.7)] for n in range(12)]
    top = Sheet(film("silk", "top"), lines=hooks)
    bottom = Sheet(film("silk", "bottom"), lines=hooks).moved(lambda z: 50 - np.conj(z))
    good = sheets() | {top.name: top, bottom.name: bottom}
    assert found(good)["layer-mirrored"] == set()
    assert found(good | {bottom.name: Sheet(bottom.role, lines=hooks)})["layer-mirrored"] == {bottom.name}


@pytest.mark.parametrize(
    ("off", "names"), [(0, set()), (0.1, {"f.silks"}), (0.019j, set()), (0.021, {"f.silks"}), (3j, {"f.silks"})]
)
def test_a_legend_lies_on_the_pads_of_its_parts(off, names):
    """Ten parts of two pads; two lines of each, beside the pads' middle, and one that is not symmetric."""
    files = sheets()
    lands, lines, parts = [], [], {}
    rows = files["f.cu"].flashes
    for n in range(10):
        at, half = complex(8 + 5 * n, 20.3), 0.8 + 0.05 * (n % 5)
        lands += [(at - half, 0.7), (at + half, 0.7)]
        lines += [[at - half / 2 + 0.6j, at + half / 2 + 0.6j], [at - half / 2 - 0.6j, at + half / 2 - 0.6j]]
        lines += [[at - 2 - 0.4j, at - 2 + 0.2j]]
    files["f.cu"].parts = {len(rows) + k: f"R{k // 2}" for k in range(20)}
    files["f.cu"].flashes = rows + lands
    parts = {k: f"R{k // 3}" for k in range(30)}
    legend = Sheet(film("silk", "top"), lines=lines, parts=parts).moved(lambda z: z + off)
    m, told = measure("layer-alignment", (files | {legend.name: legend}).values())
    assert told.keys() == names
    assert m.worst == pytest.approx(abs(off), abs=1e-6)


def test_an_outline_that_is_mirrored_in_place_lets_copper_stand_out():
    files = sheets()
    corners = [0j, 50 + 0j, 60 + 10j, 60 + 40j, 40j, 0j]
    files["edge.cuts"].lines = [corners]
    files["f.cu"].lines = [[0.5 + 0.5j, 49.7 + 0.5j, 59.5 + 10.2j, 59.5 + 39.5j, 0.5 + 39.5j, 0.5 + 0.5j]]
    files["f.cu"].lines += [[0.5 + k * 1j, 1 + k * 1j] for k in (1, 2)]
    for name in ("f.cu", "b.cu"):  # nothing of the board's own in the corner that is cut
        files[name].flashes = [(at, size) for at, size in files[name].flashes if (at.real < 48) or (at.imag > 12)]
    assert found(files, "layer-alignment")["layer-alignment"] == set()
    files["edge.cuts"] = files["edge.cuts"].moved(lambda z: 60 - np.conj(z))
    assert found(files, "layer-alignment")["layer-alignment"] == {"edge.cuts"}


@pytest.mark.parametrize("name", ["f.silks", "edge.cuts"])
def test_a_legend_or_outline_drawn_inside_out_is_named(name):
    files = sheets()
    files["f.silks"] = Sheet(film("silk", "top"), lines=text(WORDS, 5 + 5j))
    assert found(files, "layer-polarity")["layer-polarity"] == set()
    files[name].filled = (-1 - 1j, 61 + 41j)
    assert found(files, "layer-polarity")["layer-polarity"] == {name}


# -- what is counted ---------------------------------------------------------------------------------------------------

ALONE = {
    "copper": ["f.cu"],
    "copper and outline": ["f.cu", "edge.cuts"],
    "outline": ["edge.cuts"],
    "legend without text": ["f.silks", "edge.cuts"],
}


@pytest.mark.parametrize("rule", ["layer-alignment", "layer-mirrored", "layer-polarity", "drill-format", "drill-plating"])
@pytest.mark.parametrize("names", ALONE.values(), ids=ALONE)
def test_a_rule_that_has_nothing_to_judge_by_is_skipped_with_what_it_needs(rule, names):
    files = sheets() | {"f.silks": Sheet(film("silk", "top"), lines=[[1 + 1j, 5 + 1j]])}
    if rule == "layer-alignment" and {"f.cu", "edge.cuts"} <= set(names):  # the outline holds the pads
        assert measure(rule, [files[name] for name in names])[0].checked == 1
        return
    with pytest.raises(Skip, match=r"^needs "):
        measure(rule, [files[name] for name in names])


@pytest.mark.parametrize(
    ("rule", "names", "checked"),
    [
        ("layer-alignment", ["f.cu", "f.mask", "b.paste", "edge.cuts"], 3),
        ("layer-mirrored", ["f.cu", "f.mask", "b.paste", "edge.cuts"], 2),
        ("layer-mirrored", ["f.silks", "edge.cuts"], 1),
        ("layer-polarity", ["f.cu", "f.mask", "b.paste", "edge.cuts"], 1),
        ("layer-polarity", ["f.cu", "b.cu", "pth", "f.silks"], 2),
        ("drill-format", ["f.cu", "pth", "npth"], 2),
        ("drill-plating", ["f.cu", "pth", "npth"], 2),
    ],
)
def test_only_films_that_something_tells_of_are_counted(rule, names, checked):
    """Of the stencil of the bottom nothing tells without copper there; pads tell of mask and stencil, holes of copper."""
    files = sheets() | {"f.silks": Sheet(film("silk", "top"), lines=text(WORDS, 5 + 5j))}
    assert measure(rule, [files[name] for name in names])[0].checked == checked


@pytest.mark.parametrize("words", ["", WORDS])
def test_a_mirrored_legend_is_one_finding_of_one_rule(words):
    """Told by its text or, without any, by where the pads of its parts are."""
    files = sheets()
    rows = files["f.cu"].flashes
    spots = [complex(8 + 5 * n, 20.3 + n) for n in range(8)]
    files["f.cu"].parts = {len(rows) + n: f"R{n}" for n in range(8)}
    files["f.cu"].flashes = rows + [(at, 0.7) for at in spots]
    lines = [[at - 0.5, at + 0.5] for at in spots] + (text(words, 5 + 5j) if words else [])
    legend = Sheet(film("silk", "top"), lines=lines, parts={n: f"R{n}" for n in range(8)})
    assert found(files | {legend.name: legend}, *RULES[1:3]) == {"layer-alignment": set(), "layer-mirrored": set()}
    legend = legend.moved(lambda z: 60 - np.conj(z))
    told = found(files | {legend.name: legend}, *RULES[1:3])
    assert told == {"layer-alignment": set(), "layer-mirrored": {legend.name}}
