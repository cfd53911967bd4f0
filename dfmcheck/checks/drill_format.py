"""Whether drill files say what their numbers mean, and define the tools that they use."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..check import Context, Measurements, Skip, check
from ..package import Drill, Entry, Package
from ..read.drill_faults import GUESSED
from ._files import Row, package_of, told
from ._stack import name

SURE = 0.95
"""Share of hits on lands from which on a format that was chosen by them is beyond doubt."""


@check("package.drill_format", maxima="ambiguous_allowed metric_allowed")
def drill_format(ctx: Context) -> Measurements:
    """Drill files without a stated format, their faults, and drawings or reports that stand in for a drill file.

    A format that was chosen is told with the share of hits that fall on copper lands by it; one that nearly all agree with
    is a step softer. Value of `ambiguous_allowed` and `metric_allowed`: how many files are so.
    """
    package = package_of(ctx.board)
    drilled = [(e, e.drill) for e in package.entries if e.drill is not None and e.image is None and e.role.kind != "duplicate"]
    rows = [row for entry, drill in drilled for row in _faults(entry, drill)]
    vague = [(e, d) for e, d in drilled if not d.stated and len(d.hits)]
    rows += [Row(_chosen(drill), entry.source, param="ambiguous_allowed", value=len(vague), cause="format",
                 soften=int(drill.fit >= SURE)) for entry, drill in vague]  # fmt: skip
    metric = [e for e, d in drilled if d.format.unit == "mm" and len(d.hits)]
    rows += [Row("is in millimetres, which this manufacturer does not take", e.source, param="metric_allowed", value=len(metric),
                 cause="*metric") for e in metric]  # fmt: skip
    if not any(len(drill.hits) for _, drill in drilled):
        rows += [Row("is a drawing or a report of the holes, no drill file", e.source, cause="stands in")
                 for e in package.entries if _stands_in(package, e)]  # fmt: skip
    if not rows and not drilled:
        made = any(e.drill is not None for e in package.entries)
        why = "those here are Gerber files, whose format gerber-format judges" if made else "none was read"
        raise Skip(f"needs a drill file in Excellon format; {why}")
    return told(rows, len(drilled))


def _faults(entry: Entry, drill: Drill) -> Iterator[Row]:
    for fault in drill.faults:
        if fault.what == GUESSED and not drill.stated:  # told as a whole
            continue
        yield Row(fault.message, entry.source, fault.line or 0, cause=fault.what, soften=0 if fault.grave else 2)


def _chosen(drill: Drill) -> str:
    others = f"; its words allow {len(drill.candidates)} formats" if len(drill.candidates) > 1 else ""
    why = "; ".join(f.message for f in drill.faults if f.what == GUESSED and not f.message.startswith("read as "))
    how = "nothing in the package tells more" if np.isnan(drill.fit) else f"{drill.fit:.1%} of its holes fall on lands so"
    return f"does not state its number format{f' ({why})' if why else ''}; taken as {drill.format}: {how}{others}"


def _stands_in(package: Package, entry: Entry) -> bool:
    said = " ".join((name(package, entry), *entry.role.said.values())).lower()
    return entry.role.kind in ("drawing", "report") and any(word in said for word in ("drill", "drl", "hole"))
