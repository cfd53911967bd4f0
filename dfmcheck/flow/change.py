"""The smallest changes of a board that make it cheaper to build."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ..check import Context
from .plan import Change, Exclusion, Flow
from .site import REPLACE


def suits(flow: Flow, wish: str) -> bool:
    """Whether a flow is what the profile wants: of its process, or without leads, for which there is nothing to want."""
    return not wish or flow.process in ("", wish)


def changes(
    flows: Sequence[Flow], chosen: Flow, wish: str, ctx: Context | None
) -> tuple[tuple[Change, ...], tuple[Change, ...]]:
    """The changes that make the board cheaper, smallest first, none that saves no more than a smaller one: those that are
    suggested, and those of more parts that save more than these.

    Every part that excludes a flow, or is a burden of the chosen one, has to be changed, and each must have a remedy. The
    saving is what the board costs now less what it costs after the change. ctx: that of assembly-flow, whose `move_max` and
    `few_tht` limit what is suggested; None where the run has none, and nothing is too much.
    """
    found = sorted(_all(flows, chosen, wish), key=lambda c: (len(c.parts), -round(c.saving, 6), len(_replaced(c))))
    few = [change for change in found if ctx is None or _few(ctx, change)]
    suggested = _each_saves_more(few, 0.0)
    most = max((change.saving for change in suggested), default=0.0)
    return suggested, _each_saves_more([change for change in found if change not in few], most)


def _all(flows: Sequence[Flow], chosen: Flow, wish: str) -> Iterator[Change]:
    for flow in flows:
        if flow.status == "excluded" and flow is not chosen and suits(flow, wish):
            yield from _change(flow.code, flow.excluded, chosen.cost - flow.cost)
    for burden in chosen.burdens:
        # SMD on a second side is dear whether something else excludes the flow or not.
        if chosen.status == "open" or burden.way == "one side":
            yield from _change(chosen.code, burden.excluded, burden.saving)


def _change(code: str, excluded: Sequence[Exclusion], saving: float) -> Iterator[Change]:
    if saving <= 1e-9 or not all(e.remedy for e in excluded):
        return
    remedies: dict[str, set[int]] = {}
    for e in excluded:
        remedies.setdefault(e.remedy, set()).update(e.parts)
    parts = tuple(sorted({row for e in excluded for row in e.parts}))
    yield Change(code, parts, tuple((remedy, tuple(sorted(rows))) for remedy, rows in remedies.items()), saving)


def _replaced(change: Change) -> set[int]:
    return {row for remedy, rows in change.remedies if remedy.startswith(REPLACE) for row in rows}


def _few(ctx: Context, change: Change) -> bool:
    others = {row for remedy, rows in change.remedies if not remedy.startswith(REPLACE) for row in rows}
    return len(_replaced(change)) <= ctx.tune("few_tht") and len(others) <= ctx.tune("move_max")


def _each_saves_more(found: Iterable[Change], most: float) -> tuple[Change, ...]:
    out: list[Change] = []
    for change in found:
        if change.saving > most + 1e-9:
            out.append(change)
            most = change.saving
    return tuple(out)
