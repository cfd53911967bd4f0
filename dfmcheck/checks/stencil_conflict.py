"""Whether one foil serves the finest aperture of a side and its largest part."""

from __future__ import annotations

import numpy as np

from ..board import PadType
from ..check import Context, Measurements, check
from ..exposed import exposed_pads
from ..stencil import passes
from ..units import show


@check("stencil_conflict", minima="large_min_foil", tunes="area_ratio large_land")
def stencil_conflict(ctx: Context) -> Measurements:
    """Of each side that has a large part: the thickest foil in mm of which its finest aperture releases its paste.

    Large is a part with leads that are soldered with paste, or with a land of `large_land` mm2 or more that is no exposed pad:
    it needs a volume that only a foil of `large_min_foil` prints.
    """
    board, f, pads = ctx.board, ctx.board.features, ctx.board.pads
    a = board.derived.stencil().apertures
    a = a.take(a.land >= 0)
    pad = f.pad[a.land]
    leads = np.append(pads.type == PadType.THT, False)[pad]
    heat = np.append(exposed_pads(board), False)[pad]
    large = leads | ((a.area >= ctx.tune("large_land")) & ~heat)
    most = passes(a, ctx.tune("area_ratio"), ctx.tune("area_ratio"))
    most[a.long()] = np.inf  # long apertures release paste by their width, and are not what is fine here
    rows: list[tuple[float, int, int]] = []
    for side in (0, 1):
        mine, big = np.flatnonzero(a.side == side), np.flatnonzero((a.side == side) & large)
        if len(big):
            finest = mine[np.argmin(most[mine])]
            rows.append((float(most[finest]), int(finest), int(big[np.lexsort((-a.area[big], ~leads[big]))[0]])))
    rows = [r for r in rows if np.isfinite(r[0])]
    if not rows:
        return Measurements.none(len(a))
    value, fine, big = (np.array(column) for column in zip(*rows))
    kind = np.where(leads[big], "a lead in paste", "a large land")
    return Measurements.of(
        value, checked=len(a), param="large_min_foil", a=f.item[a.land[fine]], b=f.item[a.land[big]], x=a.x[fine], y=a.y[fine],
        layer=a.layer[fine], detail=[f"aperture of {show(s, 'mm2')} against {k}" for s, k in zip(a.area[fine], kind)],
    )  # fmt: skip
