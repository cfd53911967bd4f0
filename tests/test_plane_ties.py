"""How many planes a lead is tied to, by hand, and against a thin ring cut out of the copper."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from flows import flow, plan
from hypothesis import given, settings
from hypothesis import strategies as st
from pours import slit, zone
from small import board, footprint, pad, rows, track

from dfmcheck.board import Board
from dfmcheck.check import Context, Run, registry
from dfmcheck.flow import plan as flows
from dfmcheck.flow.plane_ties import plane_ties
from dfmcheck.flow.work import work
from dfmcheck.rule import Limit, load_rules

RULES = load_rules()
LAYERS = ("F.Cu", "In1.Cu", "In2.Cu", "B.Cu")
SHEET = shapely.box(2, 2, 18, 18)
LIMITS = {"solid_ties_max": 2.0, "spoke_width_sum_max": 4.0}


def pin(drill=1.0, *, ref="J1", extra="", name="lib:part"):
    """A square land of 1.6 mm about (10, 10)."""
    return footprint(pad("rect", "1.6 1.6", drill, extra=extra), ref=ref, name=name)


def solid(layer, sheet=SHEET):
    return zone(sheet, layer=layer, connect="yes")


def relief(layer, width, spokes=4, asked=None):
    """Spokes of a width on some sides of the land, across a gap of 0.5 mm."""
    ways = (1, 0), (0, 1), (-1, 0), (0, -1)
    across = [shapely.LineString([(10, 10), (10 + 1.5 * x, 10 + 1.5 * y)]).buffer(width / 2, cap_style="flat") for x, y in ways]
    inner = shapely.box(9.3, 9.3, 10.7, 10.7)
    joined = shapely.union_all([SHEET.difference(shapely.box(8.7, 8.7, 11.3, 11.3)), *across[:spokes]]).difference(inner)
    return zone(slit(joined), outline=SHEET, layer=layer, gap=0.5, width=asked or width)


def ties(*items, copper=4, radius=5.0, over=(0.0, 0.0)):
    b = board(*items, copper=copper)
    return plane_ties(b, np.flatnonzero(work(b).lead).astype(np.int32), radius, *over)


def context(b: Board, made, **limits: float) -> Context:
    row = RULES["tht-plane-ties"]
    known = {k: Limit(v, None, row.params[k].sense, row.params[k].unit, "test") for k, v in limits.items()}
    return Context(b, row, known, run=Run(RULES, {row.id: known}, results={flows.plan: made}))


def told(*items, leads="wave", copper=4):
    b = board(*items, copper=copper)
    return registry()["plane_ties"].measure(context(b, plan(flow(b, leads)), **LIMITS))


@pytest.mark.parametrize("count", [0, 1, 2, 4])
def test_layers_tied_solidly_are_counted(count):
    t = ties(pin(), *(solid(layer) for layer in LAYERS[:count]))
    assert t.solid.tolist() == [count] * (count > 0)
    assert t.spokes.tolist() == [0.0] * (count > 0)


@pytest.mark.parametrize(("spokes", "count", "width"), [(4, 4, 0.5), (2, 3, 0.3), (3, 1, 0.8)])
def test_widths_of_spokes_add_up_over_sides_and_layers(spokes, count, width):
    t = ties(pin(), *(relief(layer, width, spokes) for layer in LAYERS[:count]))
    assert t.solid.tolist() == [0]
    assert t.spoked.tolist() == [count]
    assert t.spokes == pytest.approx([spokes * count * width], abs=1e-6)


def test_solid_and_spoked_layers_are_told_apart():
    t = ties(pin(), solid("F.Cu"), relief("In1.Cu", 0.4), relief("B.Cu", 0.4))
    assert rows(t, "solid", "spoked", "spokes") == [(1, 2, 3.2)]


def test_the_copper_that_is_there_counts_not_the_setting():
    """0.9 mm of copper where spokes of 0.5 mm are asked for; a little more than asked for is the edge of a land."""
    assert ties(pin(), relief("F.Cu", 0.9, asked=0.5)).spokes == pytest.approx([3.6], abs=1e-6)
    assert ties(pin(), relief("F.Cu", 0.52, asked=0.5)).spokes == pytest.approx([2.0], abs=1e-6)


def test_small_pours_other_nets_and_tracks_cool_nothing():
    small = shapely.box(6, 6, 14, 14)  # 64 mm2 against 78.5 of the disc of 5 mm
    assert len(ties(pin(), solid("F.Cu", small))) == 0
    assert ties(pin(), solid("F.Cu", small), radius=4.0).solid.tolist() == [1]
    assert len(ties(pin(), zone(SHEET, net=2, name="B", connect="yes"))) == 0
    assert len(ties(pin(), track(1.5, at="10 10", to="25 10"))) == 0


def test_leads_that_cannot_have_more_are_left_out():
    sheets = [solid(layer) for layer in LAYERS[:2]]
    assert len(ties(pin(), *sheets, over=(2, 4.0))) == 0
    assert ties(pin(), *sheets, solid("In2.Cu"), over=(2, 4.0)).solid.tolist() == [3]
    assert len(ties(pin(), *(relief(layer, 0.25) for layer in LAYERS), over=(2, 4.0))) == 0
    assert len(ties(pin(), *(relief(layer, 0.26) for layer in LAYERS), over=(2, 4.0))) == 1


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from(["", "solid", 0.2, 0.35, 0.5, 0.8]), min_size=4, max_size=4), st.integers(1, 4))
def test_agrees_with_a_ring_cut_out_of_the_copper(how, spokes):
    """0.02 mm outside the land, what of a thin ring lies in copper: its area over its thickness is the width of all ties."""
    made = [solid(layer) if h == "solid" else relief(layer, h, spokes) for layer, h in zip(LAYERS, how) if h]
    b = board(pin(), *made, copper=4)
    t = plane_ties(b, np.flatnonzero(work(b).lead).astype(np.int32), 5.0)
    land = shapely.box(9.2, 9.2, 10.8, 10.8)
    ring = land.buffer(0.021, join_style="mitre").difference(land.buffer(0.019, join_style="mitre"))
    f = b.features
    width = {int(f.layer[k]): f.core[k].intersection(ring).area / 0.002 for k in np.flatnonzero(f.zone >= 0)}
    full = [w for w in width.values() if w > 6]
    some = [w for w in width.values() if w <= 6]
    assert int(t.solid.sum()) == len(full)
    assert float(t.spokes.sum()) == pytest.approx(sum(some), abs=1e-3)


# --- what the rule makes of it ------------------------------------------------------------------------------------------


def test_three_solid_layers_are_too_many():
    m = told(pin(), *(solid(layer) for layer in LAYERS[:3]))
    assert rows(m, "param", "value", "soften", "cause") == [
        ("solid_ties_max", 3.0, 0, "*solid_ties_max"), ("spoke_width_sum_max", 0.0, 0, "*spoke_width_sum_max"),
    ]  # fmt: skip
    assert m.checked == 1


@pytest.mark.parametrize("leads", ["pip", "press", ""])
def test_only_wave_nozzle_and_iron_are_judged(leads):
    sheets = [solid(layer) for layer in LAYERS]
    assert told(pin(), *sheets, leads=leads).checked == 0
    assert [told(pin(), *sheets, leads=how).checked for how in ("wave", "selective", "hand")] == [1, 1, 1]


@pytest.mark.parametrize(("drill", "extra", "soften"), [(1.0, "", 0), (1.49, "", 0), (1.5, "", 1), (1.0, "(zone_connect 2)", 1)])
def test_pins_that_carry_much_current_are_softer(drill, extra, soften):
    m = told(pin(drill, extra=extra), *(solid(layer) for layer in LAYERS))
    assert m.soften[m.param == "solid_ties_max"].tolist() == [soften]


@pytest.mark.parametrize(("count", "soften"), [(2, 1), (3, 0)])
def test_spokes_on_the_two_outer_layers_are_softer(count, soften):
    m = told(pin(), *(relief(layer, 0.7) for layer in LAYERS[:count]))
    spokes = m.take(m.param == "spoke_width_sum_max")
    assert rows(spokes, "value", "soften") == [(round(4 * count * 0.7, 6), soften)]
    assert f"spokes on {count} layers" in spokes.detail[0]


def test_press_fit_pins_are_no_leads():
    assert told(pin(extra="(property pad_prop_pressfit)"), *(solid(layer) for layer in LAYERS)).checked == 0
