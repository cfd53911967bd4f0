"""All flows of a board: for each of the catalogue (section 5.1) what excludes it, its steps, its cost and its heat."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from ..check import Context
from ..parts_table import natural
from ..weights import load_weights
from .ask import Rules
from .change import changes
from .drafts import Draft, Drafts
from .line import Line, exposures
from .plan import Flow, Plan
from .site import RULE, Site, site

_NAMED = 6
"""References that a sentence names."""
_NAMES = {
    "F1": "leads only",
    "F2": "SMT on one side",
    "F3": "SMT on both sides",
    "F4": "SMT on the lead side, then wave",
    "F4p": "SMT on the lead side with the leads in paste",
    "F5": "SMT glued on the joint side, then wave",
    "F6": "SMT, then wave in a pallet",
    "F7": "SMT, then selective soldering",
    "F7p": "SMT on both sides with the leads in paste",
    "F7h": "SMT, then leads by hand",
    "F8": "leads from both sides",
    "F9": "stations beside the line",
}


def make(ctx: Context) -> Plan:
    """The flows of a board, see `plan.plan`."""
    board = ctx.board
    if "components" not in board.facts:
        return Plan((), None, (), 0, f"nothing tells of parts: {board.missing.get('components', 'this input has none')}")
    here = site(board)
    if not (here.has_leads or here.has_smd or here.stations):
        why = "no part is fitted" if not (here.work.kind != "").any() else "no part that is fitted has a joint"
        return Plan((), None, (), here.lead_side, "the board has no parts" if not len(board.components) else why)
    wish = ctx.run.process if ctx.run is not None and here.has_leads else ""
    weights = (ctx.run.weights if ctx.run is not None else load_weights())["flow"]
    rules = Rules(ctx)
    flows = [_finished(draft, here, rules) for draft in Drafts(here, rules, weights, wish).all()]
    if untold := _untold_sides(here):
        flows = [replace(flow, unjudged=(*flow.unjudged, untold)) if flow.status != "needless" else flow for flow in flows]
    flows = _with_stations(flows, here, weights, wish)
    chosen = _choose(flows, wish)
    small, larger = changes(flows, chosen, wish, rules.rule("assembly-flow"))
    return Plan(tuple(flows), chosen, small, here.lead_side, larger=larger)


def _untold_sides(here: Site) -> str:
    """That films show no side of leads: only an outline of the body, a placement file or the board itself tells it."""
    package, c = here.board.package, here.board.components
    if package is None or package.native is not None or any(source.kind == "placement" for source in package.sources):
        return ""
    refs = sorted((str(c.ref[row]) for row in np.r_[here.leads] if c.fab[row] is None), key=natural)
    more = f" and {len(refs) - _NAMED} more" if len(refs) > _NAMED else ""
    return f"on which side {', '.join(refs[:_NAMED])}{more} stand: the files do not tell, the top is taken" if refs else ""


def _finished(draft: Draft, here: Site, rules: Rules) -> Flow:
    line = draft.line
    line.finish()
    flow = Flow(
        draft.code, draft.name or _NAMES[draft.code], here.ipc, draft.process, "open", (), (), tuple(line.steps),
        (draft.changed or line).charges, draft.first,
        line.method, line.surface, exposures(line), tuple(draft.burdens),
    )  # fmt: skip
    if draft.needless:
        return replace(flow, status="needless")
    draft.hold(rules.heated(flow))
    status = "excluded" if draft.excluded else "open"
    return replace(flow, status=status, excluded=tuple(draft.excluded), unjudged=tuple(dict.fromkeys(draft.unjudged)))


def _choose(flows: list[Flow], wish: str) -> Flow:
    """The flow that rules speak of, see `Plan.chosen`."""
    needed = [flow for flow in flows if flow.status != "needless"]
    wanted = [flow for flow in needed if flow.process == wish] if wish else []
    for some in (wanted, needed):
        if ready := [flow for flow in some if flow.status == "open"]:
            return min(ready, key=lambda flow: flow.cost)
        if some:
            return min(some, key=_far_off)
    raise AssertionError("every board with parts needs some flow")


def _far_off(flow: Flow) -> tuple[bool, int, int, float]:
    """Where nothing is open: flows that suit the sides of the parts come first, of which rules tell what is wrong; then those
    with fewer parts in their way, for fewer reasons."""
    misfit = any(e.rule == RULE for e in flow.excluded)
    return misfit, len({row for e in flow.excluded for row in e.parts}), len(flow.excluded), flow.cost


def _with_stations(flows: list[Flow], here: Site, weights: Mapping[str, float], wish: str) -> list[Flow]:
    """F9: the best of the flows with the stations that parts ask for, without which no flow builds the board."""
    base = [flow for flow in flows if flow.status != "needless"]
    best = _choose(flows, wish) if base else flows[0]
    line = Line(here, weights)
    for name, rows in here.stations:
        line.station(name, rows)
    names = " and ".join(name for name, _ in here.stations)
    method, steps = best.method.copy(), (*best.steps[:-1], *line.steps, *best.steps[-1:])
    method[line.method == "press"] = "press"
    last = replace(
        best, code="F9", name=f"{best.name}; {names}" if names else _NAMES["F9"], method=method, steps=steps,
        charges=best.charges + line.charges, status=best.status if names else "needless", excluded=best.excluded if names else (),
    )  # fmt: skip
    if not names:
        return [*flows, last]
    if not (here.has_leads or here.has_smd):
        last = replace(last, name=names, process="", steps=tuple(line.steps), charges=line.charges, status="open", excluded=())
    need = [e for name, rows in here.stations for e in here.blame(rows, f"need a station for {name}", "")]
    without = [replace(flow, status="excluded", excluded=(*flow.excluded, *need)) for flow in base]
    return [*(without.pop(0) if flow.status != "needless" else flow for flow in flows), last]
