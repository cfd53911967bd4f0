"""The two blocks of the text report on how a board will be built and what that costs, from the report's own objects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..wording import agree
from .phrases import plural

MOST = 6
"""How many parts a line names."""
FLOWS = 2
"""How many cheaper flows are told with what excludes them."""
RULES = 2
"""How many rules are told that cost most."""
_DRIVERS = {
    "second_side": "second SMT side", "tht_both_sides": "leads from both sides", "hand_joint": "hand joints",
    "selective_joint": "selective joints", "station": "further stations", "small_chip": "chips below 0402",
    "bga": "BGA to X-ray", "step_stencil": "step stencil", "via_fill": "filled vias", "small_board": "too small for a line",
}  # fmt: skip
_BY = {"hand": "by hand", "selective": "selective", "press": "pressed in"}
_NOT = {"wave": "not waved", "selective": "not by a nozzle"}
"""Of parts that make the flow dearer, by what they stand in the way of; SMD on a second side is told by its change."""
_WHOLE = ("flip", "pallet")
"""Steps that are done to the board, not to so many parts."""
_SOLDER = ("reflow", "cure", "wave", "selective", "hand")
"""Steps that end a pass."""
AREAS = ("fabrication", "assembly", "test", "package", "cost")


def blocks(assembly: Mapping[str, Any], economics: Mapping[str, Any], *, all_: bool = False) -> dict[str, list[str]]:
    """The lines of each block that there is something to say in, by its title."""
    made = {
        "How it will be built": how_built(assembly, all_=all_),
        "What it will cost you": what_it_costs(economics, all_=all_),
    }
    return {title: lines for title, lines in made.items() if lines}


def how_built(told: Mapping[str, Any], *, all_: bool = False) -> list[str]:
    """Flow, steps, what is soldered otherwise than the rest and why, cheaper flows with what excludes them, the smallest change.

    `told` is the report's `assembly`; nothing if it is empty. `all_` names every part and flow.
    """
    if not told:
        return []
    chosen = next((flow for flow in told.get("flows", ()) if flow["code"] == told.get("chosen")), None)
    if chosen is None:
        return [f"not told: {told.get('why') or 'no flow fits'}"]
    most = 10**6 if all_ else MOST
    first = f"; the {chosen['first']} is reflowed first" if chosen.get("first") else ""
    out = [_flow(chosen) + first]
    if chosen["status"] == "excluded":
        out.append(f"but no flow is open; in the way of this one: {_excluded(chosen, most)}")
    out += [f"steps: {_steps(chosen['steps'])}"] if chosen["steps"] else []
    ways = {word: _soldered(told, method) for method, word in _BY.items()}
    if any(ways.values()):
        out.append("; ".join(f"{word}: {_names(refs, most)}" for word, refs in ways.items() if refs))
    for burden in chosen.get("burdens") or ():
        out += [f"{_NOT[burden['way']]}: {_excluded(burden, most)}"] if burden["way"] in _NOT else []
    out += _cheaper(told, chosen, most)
    for n, change in enumerate((told.get("changes") or ())[: most if all_ else 1]):
        out.append(f"{'another' if n else 'smallest'} change: {_change(change, chosen, most)}")
    out += [_larger(change, chosen) for change in (told.get("larger") or ())[: most if all_ else 1]]
    return out + [f"not judged: {why}" for why in chosen.get("unjudged") or ()]


def _flow(flow: Mapping[str, Any]) -> str:
    ipc = f"IPC type {flow['ipc']}, " if flow.get("ipc") else ""
    return f"{flow['code']}, {flow['name']} ({ipc}cost index {_figure(flow['cost'])})"


def _soldered(told: Mapping[str, Any], method: str) -> list[str]:
    """The parts whose leads are soldered in a way, or pressed in."""
    return [ref for group in told.get("exposures", ()) if group["leads"] == method for ref in group["parts"]]


def _steps(steps: Sequence[Mapping[str, Any]]) -> str:
    """Steps in order; those that follow one another on one side with equal numbers stand together."""
    groups: list[tuple[str, int, list[str]]] = []
    for step in steps:
        side, parts = step.get("side") or "", 0 if step["what"] in _WHOLE else int(step.get("parts") or 0)
        if groups and groups[-1][0] == side and side and parts == groups[-1][1] and groups[-1][2][-1] not in _SOLDER:
            groups[-1][2].append(str(step["what"]))
        else:
            groups.append((side, parts, [str(step["what"])]))
    return "; ".join(
        f"{', '.join(what)}{f' {side}' if side else ''}{f' ({parts})' if parts else ''}" for side, parts, what in groups
    )


def _names(refs: Sequence[str], most: int) -> str:
    more = len(refs) - most
    return ", ".join(refs[:most]) + (f" and {more} more" if more > 0 else "")


def _excluded(flow: Mapping[str, Any], most: int) -> str:
    """What stands in the way of a flow, the fewest parts first: the first reason, or all of them."""
    ways = sorted(flow.get("excluded") or (), key=lambda way: len(way["parts"]))
    told = [_way(way, min(most, 4) if most == MOST else most) for way in ways]
    shown = told if most > MOST else told[:1]
    more = len(told) - len(shown)
    return "; ".join(shown) + (f"; and {plural(more, 'more reason')}" if more else "")


def _way(way: Mapping[str, Any], most: int) -> str:
    why = agree(str(way["why"]), len(way["parts"]) or 1)  # without parts it is the board that is meant
    rule = f" ({way['rule']})" if way["rule"] != "assembly-flow" else ""
    return f"{_names(way['parts'], most) or 'the board'} {why}{rule}"


def _cheaper(told: Mapping[str, Any], chosen: Mapping[str, Any], most: int) -> list[str]:
    """Cheaper flows, first those with the fewest parts in their way."""
    wish = told.get("process") or ""
    flows = [f for f in told["flows"] if f["status"] == "excluded" and f["cost"] < chosen["cost"] - 1e-9]
    flows = [f for f in flows if not wish or f["process"] in ("", wish)]  # as the changes, see `flow.change.suits`
    flows.sort(key=lambda flow: (len({ref for way in flow["excluded"] for ref in way["parts"]}), flow["cost"]))
    shown = flows if most > MOST else flows[:FLOWS]
    out = [f"not {f['code']} (cost index {_figure(f['cost'])}): {_excluded(f, most)}" for f in shown]
    rest = [f["code"] for f in flows[len(shown) :]]
    if rest and out:
        out[-1] += f"; nor {', '.join(rest)} (-v tells why)"
    return out


def _change(change: Mapping[str, Any], chosen: Mapping[str, Any], most: int) -> str:
    ways = ", ".join(f"{way['remedy']}: {_names(way['parts'], most)}" for way in change.get("remedies") or ())
    what = ways or f"change {_names(change['parts'], most)}"
    opens = f"opens {change['flow']} and " if change["flow"] != chosen["code"] else ""
    return f"{what}; that {opens}saves {_figure(change['saving'])} of the cost index"


def _larger(change: Mapping[str, Any], chosen: Mapping[str, Any]) -> str:
    """A change of more parts than is suggested."""
    verbs = [str(way["remedy"]).split(" ")[0] for way in change.get("remedies") or ()]
    verb = {"move": "moved", "replace": "replaced"}.get(verbs[0], "changed") if len(set(verbs)) == 1 else "changed"
    flow = f"a cheaper flow, {change['flow']}," if change["flow"] != chosen["code"] else f"{change['flow']} at less cost"
    return f"{flow} would need {plural(len(change['parts']), 'part')} {verb}"


def what_it_costs(told: Mapping[str, Any], *, all_: bool = False) -> list[str]:
    """Cost index, cost drivers, predicted yield, handwork and score, from the report's `economics`; nothing if it is empty."""
    if not told:
        return []
    if set(told) == {"why"}:
        return [f"not told: {told['why']}"]
    out = []
    reasons = {told[key]["why"] for key in ("index", "drivers", "yield") if set(told[key]) == {"why"}}
    out += [f"cost and yield are not told: {why}" for why in sorted(reasons)]
    if "contributions" in told["index"]:
        rows = [(row["step"].replace("_", " "), row) for row in told["index"]["contributions"]]
        out.append(f"cost index {_figure(told['index']['cost'])} (one side of SMT is 1): {_sum(rows)}")
    if "contributions" in told["drivers"]:
        out += _drivers(told["drivers"], told["manual"])
    if "dpu" in told["yield"]:
        out += _yield(told["yield"], all_)
    return out + _score(told["score"], told.get("beside", {}), all_)


def _sum(rows: Sequence[tuple[str, Mapping[str, Any]]]) -> str:
    """`reflow 1 + selective joint 28 x 0.01`: what makes a sum."""
    return " + ".join(
        f"{name} {_figure(row['weight'])}" if row["number"] == 1 else f"{name} {row['number']} x {_figure(row['weight'])}"
        for name, row in rows
        if row["contribution"]
    )


def _drivers(told: Mapping[str, Any], manual: Mapping[str, Any]) -> list[str]:
    known = {row["driver"]: row for row in told["contributions"]}
    top = [(_driver(key), known[key]) for key in told["top"]]
    least = "" if told["complete"] else "at least "
    dearest = f", the dearest {_sum(top)}" if top else ""
    out = [f"cost drivers {least}{_figure(told['score'])} (0 is cheapest){dearest}"]
    if manual.get("index") is not None:
        out[0] += f"; handwork {manual['seconds']:.0f} s for {plural(manual['parts'], 'part')}, DFA index {manual['index']:.0f} %"
    unknown = [f"{_driver(row['driver'])} ({row.get('why', '')})" for row in told["contributions"] if row["number"] is None]
    return out + ([f"cost drivers not known: {', '.join(unknown)}"] if unknown else [])


def _driver(key: str) -> str:
    return _DRIVERS.get(key, key.replace("_", " "))


def _yield(told: Mapping[str, Any], all_: bool) -> list[str]:
    whole = sum(row["defects"] for row in told["classes"])
    grave = sorted((row for row in told["classes"] if row["defects"]), key=lambda row: -row["defects"])
    classes = [f"{_class(row['class'])} {row['number']:,} x {row['dpmo']:g} ppm" for row in grave if row["defects"] >= whole / 10]
    most = f", most by {', '.join(classes if all_ else classes[:2])}" if classes else ""
    without = f", {_percent(told['without_findings'])} without the findings" if told["rules"] else ""
    out = [
        f"predicted first-pass yield {_percent(told['first_pass_yield'])}{without}: "
        f"{told['dpu']:.4f} defects a board on {told['opportunities']:,} opportunities{most}"
    ]
    costly = [row for row in told["rules"] if row["yield_points"]]
    shown = costly if all_ else [row for row in costly if row["yield_points"] >= 0.005][:RULES]
    if shown:
        each = ", ".join(f"{row['rule']} {_points(row['yield_points'])} ({row['touched']:,} touched)" for row in shown)
        out.append(f"yield that findings cost: {each}")
    return out + ([f"not in this yield: {'; '.join(told['not_counted'])}"] if all_ else [])


def _percent(value: float) -> str:
    """What is not all is not told as all."""
    return f"{min(round(value, 2), 99.99) if value < 100 else value:.2f} %"


def _points(value: float) -> str:
    return f"{value:.2f} points" if value >= 0.005 else "below 0.01 points"


def _class(key: str) -> str:
    what, _, kind = key.partition("_")
    words = {"joint": "joints", "place": "placements"}
    return f"{kind.replace('_', ' ')} {words[what]}" if what in words else f"{key}s"


def _score(told: Mapping[str, Any], beside: Mapping[str, Any], all_: bool) -> list[str]:
    sure = f"confidence {told['confidence']:.0f} %"
    if told["total"] is None:
        return [f"score not told: no rule that counts could judge; {sure}"]
    text = f"score {_figure(told['total'])} of 100, {sure}, at worst {_figure(told['at_worst'])}"
    closed = [gate for gate in told["gates"] if gate["open"]]
    if closed:
        gate = min(closed, key=lambda gate: gate["limit"])
        where = " of the package" if gate["gate"] == "package_error" else ""
        capped = told["before_gates"] > gate["limit"]
        text += f" (not ready: {plural(gate['open'], 'open error')}{where}"
        text += f"; {_figure(told['before_gates'])} without)" if capped else ")"
    areas = [f"{name} {_area(told['areas'][name])}" for name in AREAS if name in told["areas"]]
    out = [f"{text}: {', '.join(areas)}"]
    costly = told["penalties"] if all_ else told["penalties"][:RULES]
    if costly:
        each = ", ".join(f"{p['rule']} {_figure(p['points'])} ({plural(p['findings'], 'finding')})" for p in costly)
        out.append(f"points lost most by: {each}")
    lost = [f"{told['areas'][name]['rules']['not_run']} of {name}" for name in AREAS if _not_run(told["areas"].get(name))]
    out += [f"rules that could not judge: {', '.join(lost)}"] if lost else []
    figures = {"producibility level": "level", "layer-count index": "layer_index", "complexity index": "complexity_index"}
    known = [(name, beside[key]) for name, key in figures.items() if beside.get(key) is not None]
    beside_it = [f"{name} {value if isinstance(value, str) else _figure(value)}" for name, value in known]
    return out + ([f"read the score beside {', '.join(beside_it)}"] if beside_it and all_ else [])


def _area(area: Mapping[str, Any]) -> str:
    return "not judged" if area["score"] is None else _figure(area["score"])


def _not_run(area: Mapping[str, Any] | None) -> bool:
    return bool(area and area.get("rules", {}).get("not_run"))


def _figure(value: float) -> str:
    """Two decimals at most, and none that say nothing."""
    return f"{value:.2f}".rstrip("0").rstrip(".")
