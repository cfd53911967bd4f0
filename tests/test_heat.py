"""How often parts are heated in a flow, against general limits and their own ratings; whom the rule tells."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from kicad_boards import board as drawn
from small import footprint, pad, smd

from dfmcheck.api import read
from dfmcheck.check import Context, Run, registry
from dfmcheck.flow.heat import exclusions, heats
from dfmcheck.flow.plan import plan
from dfmcheck.rule import load_rules, resolve

RULES = load_rules()
FIXTURES = Path(__file__).parents[1] / "fixtures" / "rules"
BOTTOM = '"B.Cu" "B.Paste" "B.Mask"'


def context(b, *sets, process="", rule="heat-cycles"):
    limits = resolve(["standard"], RULES, [(rule, name, value, "test") for name, value in sets])
    run = Run(RULES, {name: limits.get(name, {}) for name in RULES}, process)
    return Context(b, RULES[rule], limits.get(rule, {}), 0.0, run)


def mixed(*fields, bottom=True):
    """R1 above, R2 below with fields, J1 with leads."""
    told = [f'(property "{key}" "{value}" (at 0 0) (layer "B.Fab"))' for key, value in fields]
    lands = [smd("0.8 0.95", at=f"{1.6 * k - 0.8} 0", number=str(k + 1)) for k in range(2)]
    below = [smd("0.8 0.95", at=f"{1.6 * k - 0.8} 0", number=str(k + 1), layers=BOTTOM) for k in range(2)]
    pins = [pad("circle", "1.7 1.7", "1.0", at=f"{2.54 * k} 0", number=str(k + 1)) for k in range(3)]
    name = "lib:R_0603_1608Metric"
    parts = [
        footprint(*lands, at="10 10", ref="R1", name=name),
        footprint(*pins, at="40 10", ref="J1", name="lib:PinHeader_1x03"),
    ]
    if bottom:
        upper = footprint(*below, *told, at="10 30", ref="R2", name=name)
        parts.append(upper.replace('(layer "F.Cu") (at', '(layer "B.Cu") (at'))
    return drawn(*parts, nets='(net 0 "") (net 1 "A")')


def flow_of(ctx, code):
    return next(flow for flow in plan(ctx).flows if flow.code == code)


def seen(ctx, code):
    """By reference: reflows and all exposures."""
    heat = heats(ctx, flow_of(ctx, code))
    return {str(ref): row for ref, *row in zip(ctx.board.components.ref, heat.reflows.tolist(), heat.total.tolist())}


def test_exposures_of_the_flows_of_a_mixed_board():
    """By section 5.1 of the catalogue, and one rework: what stands below in SMT on both sides and wave sees three."""
    ctx = context(mixed())
    assert seen(ctx, "F6") == {"R1": [1, 3], "R2": [2, 4], "J1": [0, 2]}
    assert seen(ctx, "F7") == {"R1": [1, 2], "R2": [2, 3], "J1": [0, 2]}
    assert seen(ctx, "F5") == {"R1": [1, 3], "R2": [0, 2], "J1": [0, 2]}
    assert seen(ctx, "F7p") == {"R1": [1, 2], "R2": [2, 3], "J1": [1, 2]}
    ctx = context(mixed(bottom=False))
    assert seen(ctx, "F4") == {"R1": [1, 3], "J1": [0, 2]}
    assert seen(ctx, "F4p") == {"R1": [1, 2], "J1": [1, 2]}


def test_what_is_never_heated_has_no_rework():
    ctx = context(mixed())
    flow = flow_of(ctx, "F6")
    none = {kind: np.zeros(3, object) for kind in flow.exposures}
    assert heats(ctx, replace(flow, exposures=none)).total.tolist() == [0, 0, 0]


@pytest.mark.parametrize(("sets", "out"), [
    ((), set()), ((("total_max", "3"),), {"R2"}), ((("total_max", "2"),), {"R1", "R2"}), ((("reflow_max", "1"),), {"R2"}),
    ((("total_max", "3"), ("rework", "0")), set()), ((("total_max", "off"), ("reflow_max", "off")), set()),
])  # fmt: skip
def test_whom_the_limits_exclude_in_a_flow(sets, out):
    b = mixed()
    ctx = context(b, *sets)
    found = exclusions(ctx, flow_of(context(b), "F6"))
    assert {str(b.components.ref[row]) for e in found for row in e.parts} == out
    assert exclusions(None, flow_of(ctx, "F6")) == ()


@pytest.mark.parametrize(("rated", "out"), [("1", {"R2"}), ("2", set()), ("3", set())])
def test_a_rating_goes_before_the_limit(rated, out):
    b = mixed(("Reflow cycles", rated))
    for limit in ("1", "3"):
        found = exclusions(context(b, ("reflow_max", limit)), flow_of(context(b), "F6"))
        assert {str(b.components.ref[row]) for e in found for row in e.parts} == out, limit


def test_more_cycles_allowed_never_excludes_more():
    b = mixed()
    for name in ("reflow_max", "total_max"):
        sizes = [len([r for e in exclusions(context(b, (name, str(n))), flow_of(context(b), "F6")) for r in e.parts])
                 for n in range(6)]  # fmt: skip
        assert sizes == sorted(sizes, reverse=True)
        assert sizes[0] > 0


def test_what_the_rule_says_of_a_part_above_a_wave():
    ctx = context(mixed(), ("total_max", "2"), ("reflow_max", "off"), process="wave")
    m = registry()["heat_cycles"].measure(ctx)
    assert plan(ctx).chosen.code == "F5"
    assert (m.checked, m.value.tolist(), m.detail.tolist()) == (3, [3.0], ["in F5: reflow, wave, rework"])


def test_moisture_is_told_of_what_is_reflowed_twice():
    for level, told in (("3", False), ("4", True), ("5a", True)):
        m = registry()["heat_cycles"].measure(context(mixed(("MSL", level)), process="selective"))
        assert [d for d in m.detail if "moisture" in d] == (
            [f"moisture level {level}, and reflowed more than once in F7: bake it, or keep the time between short"]
            if told
            else []
        )


def test_the_fixture_of_ratings():
    b = read(FIXTURES / "heat-cycles.rated.kicad_pcb")
    ctx = context(b)
    flow = plan(ctx).chosen
    assert flow is not None
    assert (flow.code, flow.first) == ("F3", 1)
    heat = heats(ctx, flow)
    by_ref = {str(ref): (seen, rated) for ref, seen, rated in zip(b.components.ref, heat.reflows.tolist(), heat.rated.tolist())}
    assert by_ref["U1"] == (2, 1.0)
    assert by_ref["U2"] == (2, 2.0)
    assert by_ref["U5"] == (1, 1.0)
