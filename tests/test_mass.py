"""What parts weigh and touch, and which would fall in the second reflow: worked out by hand.

A chip's terminal stands on 0.85 by 0.45 of its land's sides, a gull wing on 0.75 by 0.40, other terminals on 0.85 by 0.50.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from kicad_boards import LAYERS
from kicad_boards import board as drawn
from small import footprint, pad, smd

from dfmcheck.api import read
from dfmcheck.check import Context, Run
from dfmcheck.flow.mass import falling, loads, masses, per_area, per_perimeter, shares, worst
from dfmcheck.flow.plan import plan
from dfmcheck.rule import load_rules, resolve

FIXTURE = Path(__file__).parents[1] / "fixtures" / "rules" / "second-side-mass.kicad_pcb"
BOARDS = os.environ.get("DFMCHECK_BOARDS")
REAL = "kicad/scottbez1__splitflap/splitflap-sensor-smd/electronics/sensor_smd/sensor_smd.kicad_pcb"
RULES = load_rules()


def board(*items):
    return drawn(*items, nets='(net 0 "") (net 1 "A")')


def context(b, *sets, rule="second-side-mass", profiles=("standard",)):
    limits = resolve(profiles, RULES, [(rule, name, value, "test") for name, value in sets])
    run = Run(RULES, {name: limits.get(name, {}) for name in RULES}, limits.process)
    return Context(b, RULES[rule], limits[rule], 0.0, run)


def table(b):
    """By reference: mass in mg, mm2, mm, mg/mm2, mg/mm, and the parameter."""
    load = loads(b)
    columns = 1000 * load.mass, load.area, load.perimeter, per_area(load), per_perimeter(load), load.param
    return {str(b.components.ref[row]): values for row, *values in zip(load.component.tolist(), *(c.tolist() for c in columns))}


def part(*fields, lands=("1 1.45", "1 1.45"), ref="R1", name="lib:R_0805_2012Metric", side="F", body=2.0, extra=""):
    """Two lands 1.9 mm apart under a square body."""
    flat = [f'(property "{key}" "{value}" (at 0 0) (layer "{side}.Fab"))' for key, value in fields]
    half = body / 2
    corners = f"(start {-half} {-half}) (end {half} {half})"
    outline = f'(fp_rect {corners} (stroke (width 0.05) (type solid)) (fill no) (layer "{side}.Fab"))' if body else ""
    layers = f'"{side}.Cu" "{side}.Paste" "{side}.Mask"'
    pads = [smd(size, at=f"{1.9 * k - 0.95} 0", number=str(k + 1), layers=layers) for k, size in enumerate(lands)]
    return footprint(*pads, *flat, outline, extra, ref=ref, name=name).replace('(layer "F.Cu") (at', f'(layer "{side}.Cu") (at')


def agrees(row, param, values, rel):
    assert row[-1] == param
    assert row[:-1] == pytest.approx(values, rel=rel)


# --- two boards by hand ---------------------------------------------------------------------------------------------------


def test_masses_and_ratios_of_the_fixture():
    found = table(read(FIXTURE))
    # Body of L2: 12 x 12 = 144 mm2, 8 mm high (tall): 1152 mm3 x 3.5 = 4032 mg.
    # Lands 2.5 x 4: (0.85 x 2.5) x (0.50 x 4) = 4.25 mm2 each, around 2 (2.125 + 2) = 8.25 mm.
    agrees(found["L2"], "mass_per_area", [4032, 8.5, 16.5, 4032 / 8.5, 4032 / 16.5], 1e-6)
    # Lands of R2 1.0 x 1.45: 1.45 x 0.3825 = 0.554625 mm2 each, around 2 (0.85 x 1.0 + 0.45 x 1.45) = 3.005 mm;
    # the body is drawn so that it is 76 mg/mm2: 84.303 mg.
    agrees(found["R2"], "chip", [84.303, 1.10925, 6.01, 76.0, 84.303 / 6.01], 1e-4)
    # Six gull wings of U0 on 0.6 x 1.5: 0.9 x 0.30 = 0.27 mm2 each, 1.62 in all; around 2 (0.45 + 0.6) = 2.1, 12.6 in all.
    agrees(found["U0"], "gullwing", [304 * 1.62, 1.62, 12.6, 304.0, 304 * 1.62 / 12.6], 1e-4)
    # Balls on all of 16 discs of 0.5 mm: 16 pi / 16 = pi mm2, around 8 pi mm.
    agrees(found["U4"], "array", [101.5 * np.pi, np.pi, 8 * np.pi, 101.5, 101.5 / 8], 1e-4)
    assert "L4" not in found, "a peg in a plated hole holds it"
    assert {found[ref][-1] for ref in ("D1", "Y1")} == {"mass_per_area"}, "MELFs and cans need margin"


@pytest.mark.boards
@pytest.mark.skipif(not BOARDS, reason="needs DFMCHECK_BOARDS")
def test_masses_and_ratios_of_a_real_board():
    b = read(Path(BOARDS or "") / REAL)
    found = table(b)
    # R1, 0603: fab 0.825 x 1.6 = 1.32 mm2, 0.6 mm high: 0.792 mm3 x 3.5 = 2.772 mg. Lands 0.8 x 0.95 with corners of
    # 0.2 mm: 0.76 - (4 - pi) 0.04 = 0.725664 mm2, both x 0.3825 = 0.555133; around 4 (0.85 x 0.8 + 0.45 x 0.95) = 4.43 mm.
    agrees(found["R1"], "chip", [2.772, 0.555133, 4.43, 4.99340, 0.625734], 1e-5)
    # U1, SOT-23W: 2.98 x 1.91 less a corner of 1 x 1 / 2 = 5.1918 mm2, 1.2 mm high: 21.80556 mg. Three lands 1.0 x 0.7:
    # 0.7 x 0.30 = 0.21, 0.63 mm2 in all; around 2 (0.75 x 0.7 + 0.40 x 1.0) = 1.85, 5.55 mm in all.
    agrees(found["U1"], "gullwing", [21.80556, 0.63, 5.55, 34.6120, 3.92893], 1e-5)
    # D1, LED 0603: 0.8 x 1.6 less a corner of 0.3 x 0.3 / 2 = 1.235 mm2: 2.5935 mg. Lands 0.875 x 0.95 with corners of
    # 0.21875 mm: 0.83125 - 0.858407 x 0.0478516 = 0.790174, both x 0.3825 = 0.604483; around 4 (0.74375 + 0.4275) = 4.685 mm.
    agrees(found["D1"], "chip", [2.5935, 0.604483, 4.685, 4.29044, 0.553575], 1e-5)
    assert loads(b).doubtful.all(), "all heights are those of families"


# --- mass -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("key", "value", "grams"), [
    ("Mass", "6 g", 6.0), ("Mass", "750mg", 0.75), ("Weight", "0,5 g", 0.5), ("Weight (g)", "2.5", 2.5),
    ("Unit Weight", "0.0015 kg", 1.5), ("Gewicht", "~3 g", 3.0), ("Weight", "5", None), ("Mass", "", None),
    ("Massage", "5 g", None), ("Weight", "5 N", None), ("weight_mg", "9", 0.009),
])  # fmt: skip
def test_fields_that_tell_a_mass(key, value, grams):
    """A number without a unit may be of g or mg: it tells nothing, and the body counts."""
    mass, source = masses(board(part((key, value))))
    # 2 x 2 mm, 1.5 mm high.
    assert mass[0] == pytest.approx(4 * 1.5 * 3.5e-3 if grams is None else grams)
    assert source[0] == ("its body at the usual height" if grams is None else f"field {key}")


def test_where_a_mass_is_from():
    assert masses(board(part(("Height", "2 mm"))))[1][0] == "its body"
    assert masses(board(part()))[1][0] == "its body at the usual height"
    assert masses(board(part(("Height", "2 mm"), body=0)))[1][0] == "its body, not drawn"
    assert masses(board(part(body=0)))[1][0] == "its body, not drawn, at the usual height"


def test_what_has_no_height_has_no_mass():
    lands = [smd("0.5 0.5", at=f"{1.5 * (k % 4)} {4 * (k // 4)}", number=str(k + 1)) for k in range(8)]
    b = board(footprint(*lands, ref="ZZ1", name="lib:unheard_of"))
    assert b.derived.parts().family[0] == ""
    assert np.isnan(masses(b)[0][0])
    assert masses(b)[1][0] == ""
    assert falling(context(b), 0) == ()


# --- what hangs -----------------------------------------------------------------------------------------------------------


def test_glue_and_pegs_hold_a_part():
    assert list(table(board(part(("Mass", "6 g"))))) == ["R1"]
    assert table(board(part(("Mass", "6 g"), ("Glue", "yes")))) == {}
    assert list(table(board(part(("Mass", "6 g"), ("Glue", "no"))))) == ["R1"]
    assert table(board(part(("Mass", "6 g"), extra=pad("circle", "2 2", "1", at="0 3", number="3")))) == {}
    npth = pad("circle", "1 1", "1", at="0 3", number="", kind="np_thru_hole", net="")
    assert list(table(board(part(("Mass", "6 g"), extra=npth)))) == ["R1"], "a plastic peg only finds the place"


@pytest.mark.parametrize(("mass", "falls"), [("52 mg", False), ("53 mg", False), ("55 mg", True)])
def test_a_part_falls_beyond_its_hard_limits(mass, falls):
    """0805 around 6.01 mm: 9 mg/mm are 54.09 mg."""
    found = falling(context(board(part(("Mass", mass)))), 0)
    assert [e.parts for e in found] == ([(0,)] if falls else [])
    if falls:
        assert found[0].why == "would fall from the top in the second reflow"
    assert falling(context(board(part(("Mass", mass)))), 1) == ()


def test_a_doubtful_mass_excludes_nothing_but_sets_the_order():
    b = board(part(body=12), part(body=2, ref="R2", side="B"))
    ctx = context(b)
    assert falling(ctx, 0) == ()
    # 144 mm2 x 1.5 mm x 3.5 = 756 mg: 756 / 1.10925 = 681.5 mg/mm2 of 75, 756 / 6.01 = 125.8 mg/mm of 9: 13.98 times.
    assert worst(ctx, 0) == pytest.approx(756 / 6.01 / 9)
    assert worst(ctx, 1) < worst(ctx, 0)
    assert plan(ctx).chosen is not None
    assert plan(ctx).chosen.first == 1


def test_without_a_limit_nothing_is_judged():
    ctx = context(board(part(("Mass", "6 g"))))
    assert falling(replace(ctx, limits={}), 0) == ()
    assert shares(replace(ctx, limits={}), loads(ctx.board)).tolist() == [0.0]
    assert falling(None, 0) == ()
    assert worst(None, 0) == 0.0


def test_heavier_parts_and_smaller_lands_are_never_safer():
    """Shares rise with the mass, and fall with the lands."""
    seen = [shares(c := context(board(part(("Mass", f"{m} mg")))), loads(c.board))[0] for m in (1, 10, 54, 200, 5000)]
    assert seen == sorted(seen)
    lands = [("1 1", "1 1"), ("1 1.45", "1 1.45"), ("1.2 1.45", "1.2 1.45"), ("1.2 3", "1.2 3")]
    seen = [shares(c := context(board(part(("Mass", "50 mg"), lands=pair))), loads(c.board))[0] for pair in lands]
    assert seen == sorted(seen, reverse=True)


def test_a_dot_of_glue_in_the_footprint_holds_a_part():
    layers = LAYERS.replace('(5 "F.SilkS"', '(9 "F.Adhes" user) (5 "F.SilkS"')
    dot = '(fp_circle (center 0 0) (end 0.3 0) (stroke (width 0.1) (type solid)) (fill solid) (layer "F.Adhes"))'
    items = part(("Mass", "6 g")), part(("Mass", "6 g"), extra=dot, ref="R2")
    b = drawn(*items, nets='(net 0 "") (net 1 "A")', layers=layers)
    assert list(table(b)) == ["R1"]
