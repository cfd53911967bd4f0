"""The shipped manufacturer profiles beside the board: who can build it, what stands in the way, who takes each value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...gauge import Breach
from ...makers import VERDICTS, Maker, accepted_by, makers
from ...report import DesignReport
from ...units import show
from ..phrases import plural

STATUS = dict(zip(VERDICTS, ("passed", "unknown", "failed", "off")))
NAMED = 3
"""How many manufacturers a rule names before it counts the rest."""


def compared(d: DesignReport) -> tuple[Maker, ...]:
    """Nothing where the design is not at hand: each row would say no more than that."""
    return () if d.design is None else makers(d)


def table(rows: Sequence[Maker]) -> dict[str, Any]:
    """A row for each manufacturer, those that can build the board first; those whose limits are for other boards apart."""
    judged = [m for m in rows if m.verdict != VERDICTS[3]]
    told = [
        f"{sum(m.verdict == VERDICTS[0] for m in mine)} of {plural(len(mine), kind)}"
        for kind in ("fabricator", "assembler") if (mine := [m for m in judged if m.kind == kind])
    ]  # fmt: skip
    return {
        "line": f"{' and '.join(told)} can" if told else "",
        "rows": [_row(m) for m in judged],
        "others": [(m.title, m.why) for m in rows if m.verdict == VERDICTS[3]],
    }


def _row(m: Maker) -> dict[str, Any]:
    return {
        "name": m.name, "title": m.title, "kind": m.kind, "word": m.verdict, "status": STATUS[m.verdict], "why": m.why,
        "obstacles": [_breach(b) for b in m.obstacles], "remarks": [_breach(b) for b in m.remarks],
        "unsaid": [f"{u.title}: {u.why}" for u in m.unsaid if not u.absent], "stated": m.stated, "judged": m.judged,
        "source": m.source, "revision": m.revision, "read": m.read,
    }  # fmt: skip


def _breach(b: Breach) -> str:
    worst, limit = show(b.worst, b.unit, apart_from=b.limit), show(b.limit, b.unit, apart_from=b.worst)
    least = "at least" if b.sense == "min" else "at most"
    places = f" ({plural(b.count, 'place')})" if b.count > 1 else ""
    what = f" ({b.text})" if b.text else ""  # which layers, which holes: rows of one rule differ in it
    return f"{b.title}{what}: {worst}, {least} {limit}{places}"


def accepted(rows: Sequence[Maker], rule: str) -> str:
    """How many take the worst value of a rule, and which they are where they are few; '' where none states a limit for it."""
    told = accepted_by(rows, rule)
    judged = len(told.by) + len(told.refused)
    if not judged:
        return ""
    if not told.refused:
        return f"all {judged}"
    if not told.by:
        return f"none of {judged}"
    named = ", ".join(told.by[:NAMED]) + (" …" if len(told.by) > NAMED else "")
    return f"{len(told.by)} of {judged}: {named}"
