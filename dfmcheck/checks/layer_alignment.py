"""Whether the films of a package have one origin, one unit and one scale."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..check import Context, Measurements, Skip, check
from ..frames import frames
from ._edge_film import outline_off
from ._files import Row, package_of, told
from ._fit import off, slack, way, witness
from ._legend import parts_off


@check("package.layer_alignment", tunes="tol")
def layer_alignment(ctx: Context) -> Measurements:
    """How far in mm each film lies off the frame that most files of the package share.

    Copper, mask and paste are held against one another and the hits by the middles of their flashes and
    small regions; a legend against the pads of the parts that its X2 attributes name;
    the outline against the pads that it must hold, and its copies on other films. Counts the films that could be judged.
    """
    package = package_of(ctx.board)
    known = frames(package)
    rows: list[Row] = []
    worst, judged = 0.0, 0
    for placed in known.placed:
        film = known.films[placed.film]
        if film.kind == "drill" or placed.partner < 0:
            continue
        judged += 1
        if placed.fit.mirrored:
            continue
        value = off(known, placed)
        worst = max(worst, value)
        if not placed.fit.plain or value > ctx.tune("tol") + slack(known, placed):
            what = f"is {way(placed.fit)}: {witness(package, known, placed)}"
            rows.append(Row(what, film.entry.source, cause="astray", value=value))
    for entry, fit, parts in parts_off(package, known):
        if fit is None:
            continue
        judged += 1
        if fit.mirrored:  # see layer-mirrored
            continue
        worst = max(worst, abs(fit.shift))
        if abs(fit.shift) > ctx.tune("tol"):
            what = f"is {way(fit)}: told by the pads of {parts} parts"
            rows.append(Row(what, entry.source, cause="astray", value=abs(fit.shift)))
    for entry, what, value in outline_off(package, known):
        judged += entry.role.kind == "edge"
        worst = max(worst, np.nan_to_num(value))
        if not value <= ctx.tune("tol"):
            rows.append(Row(what, entry.source, cause="astray", value=value))
    if known.left:
        rows.append(Row(f"{known.left}: is it the package of one board?", cause="*left", soften=1))
    if not rows and not judged:
        raise Skip("needs files with marks in common: copper with the mask, paste or drill files of its holes and pads")
    return replace(told(rows, judged), worst=worst)
