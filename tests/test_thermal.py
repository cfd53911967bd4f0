"""Spokes and gaps of thermal reliefs, by hand and against KiCad."""

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import shapely
from pours import slit, zone
from small import board, footprint, measure, pad, rows, smd, track

import dfmcheck
from dfmcheck.read import read

LIMITS = {"spokes_min": 2, "spoke_min": 0.2, "gap_min": 0.25}
CENTRE = shapely.Point(10, 10)


def spoke(degrees, width):
    bar = shapely.box(10, 10 - width / 2, 11.2, 10 + width / 2)
    return shapely.affinity.rotate(bar, degrees, origin=(10, 10))


def relief(*angles, width=0.3, gap=0.3, radius=0.5, asked=None, turn=0.0, outline=None, **kwargs):
    """A fill of 10 x 10 mm around a round land of 1 mm, joined by spokes at these angles."""
    ring = shapely.box(5, 5, 15, 15).difference(CENTRE.buffer(radius + gap, 64))
    bars = [spoke(a + turn, width).difference(CENTRE.buffer(radius - 0.05, 64)) for a in angles]
    fill = shapely.union_all([ring, *bars])
    around = outline or shapely.box(5, 5, 15, 15)
    return zone(*(slit(p) for p in shapely.get_parts(fill)), outline=around, gap=asked or gap, width=width, **kwargs)


def land(kind=pad, **kwargs):
    return footprint(pad("circle", "1 1", "0.5", **kwargs) if kind is pad else smd(shape="circle", **kwargs))


@pytest.mark.parametrize("turn", [0, 22.5, 45, 71])
@pytest.mark.parametrize("angles", [(0,), (0, 90), (0, 120, 240), (0, 90, 180, 270)])
def test_spokes_are_counted_and_measured(angles, turn):
    m = measure(board(relief(*angles, turn=turn), land()), "thermal-relief-geometry", **LIMITS)
    values = dict(zip(m.param.tolist(), m.value.tolist()))
    assert values["spokes_min"] == len(angles)
    assert values["spoke_min"] == pytest.approx(0.3, abs=1e-3)
    assert values["gap_min"] == pytest.approx(0.3, abs=2e-3)
    assert m.checked == 1


@pytest.mark.parametrize(("width", "gap"), [(0.15, 0.3), (0.3, 0.2), (0.5, 0.5)])
def test_widths_and_gaps_as_they_are_filled(width, gap):
    m = measure(board(relief(0, 90, 180, 270, width=width, gap=gap), land()), "thermal-relief-geometry", **LIMITS)
    values = dict(zip(m.param.tolist(), m.value.tolist()))
    assert values["spoke_min"] == pytest.approx(width, abs=2e-3)
    assert values["gap_min"] == pytest.approx(gap, abs=2e-3)


def test_reliefs_of_one_setting_are_told_once():
    both = footprint(pad("circle", "1 1", "0.5"), pad("circle", "1 1", "0.5", at="20 0", number="2"))
    second = shapely.affinity.translate(shapely.box(5, 5, 15, 15).difference(CENTRE.buffer(0.8, 64)), 20, 0)
    spokes = shapely.affinity.translate(shapely.box(9, 9.85, 11, 10.15).difference(CENTRE.buffer(0.45, 64)), 20, 0)
    there = zone(slit(shapely.union(second, spokes)), outline=shapely.box(25, 5, 35, 15), gap=0.3, width=0.3)
    m = measure(board(relief(0, 90), there, both), "thermal-relief-geometry", **LIMITS)
    assert [p for p, _ in rows(m)].count("gap_min") == 1
    assert "2 pads in 2 zones" in "".join(m.detail)
    assert m.checked == 2


def spokes(*items):
    m = measure(board(*items), "thermal-relief-geometry", **LIMITS)
    return [(int(v), int(s)) for p, v, s in zip(m.param, m.value, m.soften) if p == "spokes_min"]


def test_what_is_no_relief_or_needs_none():
    solid = zone(shapely.box(5, 5, 15, 15))
    assert spokes(relief(0), land()) == [(1, 0)]
    assert spokes(solid, land()) == [], "flooded"
    assert spokes(relief(), land()) == [], "not reached at all: that is a missing connection"
    assert spokes(relief(0, connect="yes"), land()) == [], "the zone asks for a solid joint"
    assert spokes(relief(0), land(extra="(zone_connect 2)")) == [], "the pad does"
    assert spokes(relief(0, connect="yes"), land(extra="(zone_connect 1)")) == [(1, 0)]
    assert spokes(relief(0, connect="thru_hole_only"), land()) == [(1, 0)]
    assert spokes(relief(0, connect="thru_hole_only"), land(smd)) == []
    assert spokes(relief(0, net=2, name="B"), land()) == []
    assert spokes(relief(0), land(), track(0.25, at="10 10", to="10 2")) == [], "a track joins it as well"


def test_the_number_of_spokes_is_told():
    path = Path(__file__).parents[1] / "fixtures" / "rules" / "thermal-relief-geometry.kicad_pcb"
    sets = {"thermal-relief-geometry.spokes_min": "2"}
    findings = dfmcheck.check(read(path), sets=sets, select=["thermal-relief-geometry"]).findings
    told = [f.message for f in findings if f.places[0].param == "spokes_min"]
    assert told == ["pad R2.1 [A2] in zone [A2] on F.Cu: spokes: 1; at least 2 is needed (sets)"]


def test_land_across_the_border_is_softer():
    half = relief(90, 270, outline=shapely.box(10, 5, 15, 15))
    assert spokes(half, land())[0][1] == 1


DEMOS = Path("/usr/share/kicad/demos")


def starved(path, folder):
    """Pads that KiCad calls starved for the number of spokes: (component.pad, layer)."""
    copy = folder / "board.kicad_pcb"
    shutil.copy(path, copy)
    settings = {"rule_severities": {"starved_thermal": "warning"}, "rules": {"min_resolved_spokes": 2}}
    (folder / "board.kicad_pro").write_text(json.dumps({"board": {"design_settings": settings}}))
    command = ["kicad-cli", "pcb", "drc", "--format", "json", "--severity-all", "-o", str(folder / "out.json"), str(copy)]
    subprocess.run(command, check=True, capture_output=True)
    found = set()
    for v in json.loads((folder / "out.json").read_text())["violations"]:
        if v["type"] == "starved_thermal" and "min spoke count" in v["description"]:
            words = v["items"][1]["description"].split()
            name = words[words.index("of") + 1] + "." + words[words.index("[GND]") - 1]
            found.add((name, v["description"].split("layer ")[1].split(";")[0]))
    return found


def ours(path):
    design = read(path)
    m = measure(design, "thermal-relief-geometry", **LIMITS)
    few = np.flatnonzero((m.param == "spokes_min") & (m.value < 2))
    ref, items = design.components.ref, design.items
    names = [f"{ref[items.component[i]]}.{items.label[i]}" for i in m.a[few].tolist()]
    layers = design.layers.take(m.layer[few])
    return set(zip(names, (alias or name for alias, name in zip(layers.alias, layers.name))))


@pytest.mark.kicad
@pytest.mark.skipif(not shutil.which("kicad-cli") or not DEMOS.is_dir(), reason="needs kicad-cli and its demos")
def test_starved_pads_are_those_of_kicad(tmp_path):
    path = DEMOS / "flat_hierarchy" / "flat_hierarchy.kicad_pcb"
    mine, theirs = ours(path), starved(path, tmp_path)
    assert mine == theirs
    assert len(mine) == 2
