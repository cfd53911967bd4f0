"""Whether the drill files fit the films: one origin, one unit, one revision, and the layers that the lands tell."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..check import Context, Measurements, Skip, check
from ..frames import Frames, frames
from ..package import Package
from ._files import Row, package_of, told
from ._fit import off, slack, way, witness
from ._hits import Landing, contradictions, eccentric, landing, undrilled
from ._stack import name

PLACES = 50
"""Holes or lands of one finding that are told each."""


@check("package.drill_registration", tunes="tol match_min")
def drill_registration(ctx: Context) -> Measurements:
    """How far in mm the drill files lie off the lands; the share of plated holes that have a land; lands without a hole.

    A hole has a land where it falls on the middle of a flash, or anywhere into a flash, a small region or a line. Holes
    that are said to be plated count, and those of unknown plating that touch copper. Lands that say that they are drilled
    (X2) need a hole; a file for some layers only needs lands there, and none beyond.
    """
    package = package_of(ctx.board)
    if not package.of("copper"):
        raise Skip("needs copper layers to hold the drill files against; none was read")
    known = frames(package)
    drills = [p for p in known.placed if known.films[p.film].kind == "drill" and len(known.films[p.film].cloud)]
    if not drills:
        raise Skip("needs a drill file; none with holes was read")
    rows: list[Row] = []
    worst = 0.0
    for placed in drills:
        entry = known.films[placed.film].entry
        if placed.partner >= 0:
            value = off(known, placed)
            worst = max(worst, value)
            if not placed.fit.plain or value > ctx.tune("tol") + slack(known, placed):
                what = f"is {way(placed.fit)}: {witness(package, known, placed)}"
                rows.append(Row(what, entry.source, cause="astray", value=value))
                continue
        else:
            off_all = eccentric(entry, known)
            value = float(np.abs(off_all).min(initial=np.inf))
            if ctx.tune("tol") + known.films[placed.film].grain < value < np.inf:
                x, y = -float(off_all[0].real), -float(off_all[0].imag)
                what = f"stands {value:.3f} mm off (x {x:+.3f}, y {y:+.3f} mm; y counts down) the openings of both masks"
                rows.append(Row(what, entry.source, cause="astray", value=value))
                worst = max(worst, value)
        rows += _bare(landing(package, entry, known.films), ctx.tune("match_min"), entry.source)
    holes = sum(len(known.films[p.film].cloud) for p in drills)
    rows += _undrilled(package, known)
    rows += [Row(what, entry.source, cause="span") for entry, what in contradictions(package, known)]
    return replace(told(rows, holes), worst=worst)


def _bare(found: Landing, least: float, file: int) -> list[Row]:
    """A file of whose plated holes too many have no land: a row a hole."""
    bare = np.flatnonzero(found.counted & ~found.landed)
    n = int(found.counted.sum())
    share = 100.0 * (1 - len(bare) / n) if n else 100.0
    if share >= least:
        return []
    what = f"{len(bare)} of its {n} plated holes fall on no land ({share:.1f} % do, {least:g} % must): is it of another revision?"
    return [
        Row(what, file, cause="bare", value=share, x=float(found.at[i].real), y=float(found.at[i].imag)) for i in bare[:PLACES]
    ]


def _undrilled(package: Package, known: Frames) -> list[Row]:
    entry, lands = undrilled(package, known)
    if entry is None:
        return []
    what = f"{len(lands)} lands that its attributes call drilled have no hole in any drill file"
    names = ", ".join(name(package, f.entry) for f in known.films if f.kind == "drill")
    what += f" ({names}): is it of another revision?"
    return [Row(what, entry.source, cause="undrilled", x=float(at.real), y=float(at.imag)) for at in lands[:PLACES]]
