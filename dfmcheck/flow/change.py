"""The smallest changes of a board that open a cheaper flow."""

from __future__ import annotations

from collections.abc import Sequence

from .plan import Change, Flow


def changes(flows: Sequence[Flow], chosen: Flow) -> tuple[Change, ...]:
    """The changes that open a flow cheaper than the chosen one, smallest first; none that saves no more than a smaller one.

    Every part that excludes the flow has to be changed, and every exclusion must have a remedy. The saving is the cost of
    the chosen flow less that of the other, as it is without what excluded it.
    """
    found = [_change(flow, chosen.cost - flow.cost) for flow in flows if flow.status == "excluded" and flow is not chosen]
    out: list[Change] = []
    for change in sorted((c for c in found if c is not None), key=lambda c: (len(c.parts), -c.saving)):
        if change.saving > max((c.saving for c in out), default=0.0) + 1e-9:
            out.append(change)
    return tuple(out)


def _change(flow: Flow, saving: float) -> Change | None:
    if saving <= 1e-9 or not all(e.remedy for e in flow.excluded):
        return None
    remedies: dict[str, set[int]] = {}
    for e in flow.excluded:
        remedies.setdefault(e.remedy, set()).update(e.parts)
    parts = tuple(sorted({row for e in flow.excluded for row in e.parts}))
    return Change(flow.code, parts, tuple((remedy, tuple(sorted(rows))) for remedy, rows in remedies.items()), saving)
