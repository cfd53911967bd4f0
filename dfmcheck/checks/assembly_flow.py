"""How few parts force a dearer assembly, and what excludes the process that the profile wants."""

from __future__ import annotations

from collections.abc import Iterable

from ..check import Context, Measurements, Skip, check
from ..flow.plan import Change, Flow, Plan, plan
from ..parts_table import natural
from ..wording import agree

_SHOWN = 8
"""References that a sentence names; the places of the finding show all."""
_WISHES = {
    "reflow": "reflow alone", "wave": "the wave", "selective": "selective soldering", "pip": "solder paste", "hand": "the iron",
}  # fmt: skip


@check("assembly_flow", tunes="move_max few_tht")
def assembly_flow(ctx: Context) -> Measurements:
    """Number of parts that a change has to touch so that a cheaper flow opens; a row a part and change, a finding a change.

    The changes are those of `Plan.changes`, which move or turn at most `move_max` parts and replace at most `few_tht` leaded
    ones. Where the profile wants a process that cannot build the board, also the parts that exclude it. Raises `Skip` where
    nothing is to be soldered.
    """
    made = ctx.shared(plan)
    if made.chosen is None:
        raise Skip(made.why)
    checked = int(((made.chosen.method != "") | (made.chosen.surface != "")).sum())
    rows = [_rows(ctx, change.parts, f"*{change.flow}", _told(ctx, made, change)) for change in made.changes]
    wish = ctx.run.process if ctx.run is not None else ""
    if (unmet := _unmet(made, wish)) is not None:
        parts = tuple(sorted({row for e in unmet.excluded for row in e.parts}))
        why = "; ".join(f"{_refs(ctx, e.parts)}, which {agree(e.why, len(e.parts))}" for e in unmet.excluded)
        rows.append(_rows(ctx, parts, "*wish", f"in the way of {_WISHES[wish]}, which the profile wants: {why}"))
    return Measurements.join([*rows, Measurements.none(checked)])


def _unmet(made: Plan, wish: str) -> Flow | None:
    """The flow of the process that the profile wants, where none of that process is open."""
    chosen = made.chosen
    if wish == "reflow":
        smt = [flow for flow in made.flows if flow.code in ("F2", "F3") and flow.status == "excluded"]
        return min(smt, key=lambda flow: len(flow.excluded)) if chosen is not None and chosen.process and smt else None
    unmet = wish and chosen is not None and wish == chosen.process and chosen.status == "excluded"
    return chosen if unmet else None


def _told(ctx: Context, made: Plan, change: Change) -> str:
    flow = next(flow for flow in made.flows if flow.code == change.flow)
    assert made.chosen is not None
    remedies = "; ".join(f"{_refs(ctx, rows)}: {remedy}" for remedy, rows in change.remedies)
    many = f"{len(change.parts)} parts" if len(change.parts) > 1 else "one part"
    cost, now = made.chosen.cost - change.saving, f"{made.chosen.code} ({made.chosen.name}) at {made.chosen.cost:.2f}"
    if flow is made.chosen:
        return f"with {many} changed {now} would cost {cost:.2f}: {remedies}"
    return f"with {many} changed {flow.code} ({flow.name}) would do at {cost:.2f} instead of {now}: {remedies}"


def _refs(ctx: Context, parts: Iterable[int]) -> str:
    refs = sorted((str(ctx.board.components.ref[row]) for row in parts), key=natural)
    return ", ".join(refs[:_SHOWN]) + (f" and {len(refs) - _SHOWN} more" if len(refs) > _SHOWN else "")


def _rows(ctx: Context, parts: tuple[int, ...], cause: str, detail: str) -> Measurements:
    c, rows = ctx.board.components, list(parts)
    return Measurements.of(
        [float(len(rows))] * len(rows), checked=0, param="", a=c.item[rows], x=c.x[rows], y=c.y[rows], cause=cause, detail=detail
    )
