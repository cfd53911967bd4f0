"""The Gerber view of a board is its KiCad view, plotted by kicad-cli: the same shapes on every layer, the same findings.

`DFMCHECK_VIEWS=all` takes all of KiCad's demos and of the boards in DFMCHECK_BOARDS (a quarter of an hour) instead of a few.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from plotted import DEMOS, SHARED, layers, needs_cli, plot
from same_findings import gaps, skipped
from same_shapes import difference, image_shapes, layer_shapes

import dfmcheck
from dfmcheck.board import Board, Kind
from dfmcheck.read.arcs import CHORD
from dfmcheck.read.gerber import read_gerber
from dfmcheck.read.kicad import read_kicad
from dfmcheck.read.package import read_packages
from dfmcheck.rule import load_rules

pytestmark = [pytest.mark.kicad, needs_cli]

ALL = os.environ.get("DFMCHECK_VIEWS") == "all"
FEW = {
    "StickHub", "pic_programmer", "custom_pads_test", "RoyalBlue54L-Feather", "complex_hierarchy",
    "sensor_smd", "plate-bottom", "rp2040_stamp", "LNA915", "tomu-fpga",
}  # fmt: skip
SLOW = {"vme-wren"}
"""Takes minutes to plot and compare."""
SHARE, WIDE = 1e-4, 2e-3
"""Of a layer's area that may differ, and mm that a difference may be wide."""
AT_EDGE = 0.005
"""mm from a difference to the thing that explains it."""
ROLES = ("copper", "mask", "paste", "silk", "edge")

EXPLAINED: dict[str, tuple[float, str]] = {
    "polygon pads": (0.011, "custom pads, openings of chamfered ones and of trapezoids are plotted as polygons: chords of 5 um"),
    "stroked fills": (0.004, "fills of KiCad 5 with an outline are plotted as polygons, whose corners have chords"),
    "mask webs": (0.36, "where the board states a least width of mask, openings are joined to polygons: chords, closed webs"),
    "mask fills": (np.inf, "and zones on the mask are left out then"),
    "crossing": (np.inf, "a drawn polygon that crosses itself is plotted without its holes"),
    "knockout": (0.004, "text in a box is plotted as a polygon, whose letters have chords"),
    "fonts": (np.inf, "the reader draws text of TrueType fonts in KiCad's own font: the fonts are not in the file"),
}
"""What may differ by more, by how many mm, and why."""


DIFFERENT: dict[tuple[str, str], str] = {
    ("RoyalBlue54L-Feather", "drill-tool-count"): "183 vias have drills of 0.00001 mm; a tool of 0.000 mm drills no hole",
    ("RoyalBlue54L-Feather", "drill-size"): "and drill-format tells of that tool, so that a film's via has no size to judge",
    ("operacake", "annular-ring-inner"): "the ring in a fill with an outline is measured stroke by stroke",
    ("display", "copper-to-edge"): "how deep a fill with an outline lies over the edge is measured stroke by stroke",
    **{
        (board, rule): "parts that the board leaves out of its placement are placed in a package"
        for board in ("LNA915", "rp2040_stamp")
        for rule in ("paste-missing", "pin-density")
    },
    ("tomu-fpga", "paste-missing"): "U9 are contacts of the board's own: a package takes them for a part",
    **{
        ("tomu-fpga", rule): "webs that the board closes make one opening of several lands, which is of none of them"
        for rule in ("mask-dam", "mask-exposes-neighbour", "via-tenting")
    },
    ("mta1_usb_dev", "pad-spacing"): "how deep lands of several shapes lie in each other depends on the pair of shapes",
}
"""Board and rule whose findings differ by more than `same_findings` explains, and why."""

BODIES = "bodies, heights and names of parts are in the board alone; a package knows its lands (fixtures with fab films: twins)"
UNSEEN = {
    **dict.fromkeys(
        ("bga-keepout", "component-density", "component-gap", "component-overhang", "component-to-edge", "connector-keepout",
         "courtyard-overlap", "density-side-balance", "density-tile", "finish-vs-pitch", "hand-solder-access",
         "mlcc-to-breakline", "mounting-hole-keepout", "orientation-consistency", "pad-pair-mismatch",
         "panel-rails", "part-off-board", "stencil-thickness-conflict", "tall-part-shadow", "tombstone-asymmetry"),
        BODIES,
    ),
    **dict.fromkeys(
        ("flying-probe-access", "probe-density", "testpoint-coverage", "testpoint-one-side", "testpoint-size",
         "testpoint-spacing", "testpoint-target-type", "testpoint-to-component", "testpoint-to-edge", "tooling-holes"),
        "names and numbers of pins, test points by the names of footprints, and bodies are in the board alone",
    ),
    **dict.fromkeys(
        ("assembly-flow", "bottom-height", "heat-cycles", "pip-eligibility", "second-side-mass", "selective-nozzle-clearance",
         "smt-tht-wave-clearance", "tht-both-sides", "tht-pad-gap-wave", "tht-plane-ties", "wave-orientation",
         "wave-package-eligibility", "wave-smd-gap", "wave-thief-pad"),
        "the flow that is chosen rests on which parts are placed, and on bodies, names and fields of theirs",
    ),
    "antipad-merge": "which openings a plane leaves on purpose is told by zones and keep-outs",
    "copper-density-tile": "areas without copper by a keep-out are told by the board alone",
    "mask-clearance": "one land stands for all of one clearance; a land drawn in pieces is judged by its largest piece",
    "mask-defined-land": "pairs of lands are told by the names of parts",
    "paste-ep-coverage": "which side an exposed pad with plated holes is soldered on is told by its part",
    "silk-legibility": "texts are drawings in a film",
    "silk-over-opening": "texts and drawings of parts are drawings in a film",
    "silk-to-edge": "texts and drawings of parts are drawings in a film",
}  # fmt: skip
"""Rules whose findings rest on what only the board tells: they are not compared here, but on the twins of their fixtures."""


def boards() -> list[Path]:
    found = [*sorted(DEMOS.rglob("*.kicad_pcb")), *sorted((SHARED / "kicad").rglob("*.kicad_pcb"))]
    return [path for path in found if path.stem not in SLOW and (path.stem in FEW or ALL)]


@cache
def native(path: Path) -> Board:
    return read_kicad(path.read_bytes(), str(path))


@pytest.mark.parametrize("path", boards(), ids=lambda path: path.stem)
def test_every_layer_covers_the_same_area(path: Path) -> None:
    board, films = native(path), layers(plot(path))
    wrong = {}
    for name, film in films.items():
        found = difference(layer_shapes(board, name), image_shapes(read_gerber(film.read_bytes(), film.name)))
        parts = shapely.get_parts(np.array([found.missing, found.added], object))
        # Both views flatten curves, each from its own points, within CHORD.
        parts = parts[~shapely.is_empty(shapely.buffer(parts, -CHORD, quad_segs=1))]
        if not len(parts):
            continue
        why = reasons(board, name, parts)
        plain = parts[why == ""]
        if plain.size and shapely.area(plain).sum() > SHARE * found.layer:
            wrong[name] = f"{shapely.area(plain).sum():.5f} mm2 of {found.layer:.3f} mm2 differ"
        for reason, (width, _) in {"": (WIDE, ""), **EXPLAINED}.items():
            left = shapely.buffer(parts[why == reason], -width / 2, quad_segs=2) if np.isfinite(width) else np.empty(0, object)
            left = left[~shapely.is_empty(left)]
            if len(left):
                wrong[f"{name} {reason}"] = f"{len(left)} places wider than {width} mm: {shapely.point_on_surface(left[:3])}"
    assert wrong == {}
    drawn = {str(board.layers.name[row]) for role in ROLES for row in board.layers_with(role)}
    assert drawn <= set(films)


@pytest.mark.parametrize("path", boards(), ids=lambda path: path.stem)
def test_rules_find_the_same(path: Path) -> None:
    board = native(path)
    (package,) = read_packages(plot(path))
    assert package.board is not None
    rules = [rule.id for rule in load_rules().values() if "package" not in rule.needs and rule.id not in UNSEEN]
    films = dfmcheck.check(package.board, select=rules).designs[0]
    found = dfmcheck.check(board, select=rules).designs[0]
    for rule, why in skipped(films).items():
        assert why, rule
    told = [gap for gap in gaps(found, films) if not gap.why]
    assert [str(gap) for gap in told if (path.stem, gap.rule) not in DIFFERENT] == []
    assert {rule for stem, rule in DIFFERENT if stem == path.stem} <= {gap.rule for gap in told}, "no longer different"


def reasons(board: Board, layer: str, parts: Any) -> Any:
    """Per polygon, the key of `EXPLAINED` that tells why the layer may differ there, '' for none."""
    f, row = board.features, board.layer(layer)
    out = np.full(len(parts), "", object)
    on = np.flatnonzero(f.layer == row)
    if not len(on):
        return out
    if board.layers.role[row] == "mask" and board.settings.get("solder_mask_min_width"):
        zones = on[f.kind[on] == Kind.ZONE]
        out[:] = "mask webs"
        tree = shapely.STRtree(shapely.buffer(f.core[zones], f.radius[zones]))
        out[tree.query(parts, predicate="dwithin", distance=AT_EDGE)[0]] = "mask fills"
        return out
    why = np.full(len(on), "", object)
    shape = np.append(board.pads.shape, "")[f.pad[on]]
    why[np.isin(shape, ("custom", "chamfered", "trapezoid"))] = "polygon pads"
    rings = [g.geom_type == "Polygon" and len(g.interiors) > 0 for g in f.core[on]]
    why[(f.kind[on] == Kind.GRAPHIC) & rings] = "crossing"
    why[(f.kind[on] == Kind.ZONE) & (f.radius[on] > 0)] = "stroked fills"
    text = dict(texts(board))
    said = [text.get(item, b"") for item in f.item[on].tolist()]
    why[[b" knockout" in words for words in said]] = "knockout"
    odd = np.flatnonzero(why != "")
    areas = shapely.buffer(f.core[on[odd]], f.radius[on[odd]])
    filled = [shapely.Polygon(a.exterior) if w == "crossing" else a for a, w in zip(areas, why[odd])]
    tree = shapely.STRtree(filled)
    near, far = tree.query(parts, predicate="dwithin", distance=AT_EDGE)
    out[near] = why[odd[far]]
    drawn = np.array([b"(face " in words for words in said], np.bool_)
    if drawn.any():
        boxes = defaultdict(list)
        for item, bounds in zip(f.item[on[drawn]].tolist(), shapely.bounds(f.core[on[drawn]])):
            boxes[item].append(bounds)
        hulls = [(*np.min(b, 0)[:2], *np.max(b, 0)[2:]) for b in boxes.values()]
        # Letters of another font may be wider than ours and stand elsewhere in their line.
        areas = [shapely.buffer(shapely.box(*h), 1 + min(h[2] - h[0], h[3] - h[1])) for h in hulls]
        out[shapely.STRtree(areas).query(parts, predicate="intersects")[0]] = "fonts"
    return out


def texts(board: Board) -> Iterator[tuple[int, bytes]]:
    """Items that are texts, with what the file says of them."""
    items, data = board.items, board.sources[0].data
    starts = np.unique(items.offset)
    for item in np.flatnonzero(items.kind == Kind.TEXT).tolist():
        start = int(items.offset[item])
        after = starts[np.searchsorted(starts, start, "right") :][:1]
        yield item, data[start : int(after[0]) if len(after) else start + 2000]
