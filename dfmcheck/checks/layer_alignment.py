"""Whether the films of a package have one origin, one unit and one scale."""

from __future__ import annotations

from dataclasses import replace

from ..check import Context, Measurements, check
from ..frames import frames
from ._files import Row, package_of, told
from ._fit import off, slack, way, witness


@check("package.layer_alignment", tunes="tol")
def layer_alignment(ctx: Context) -> Measurements:
    """How far in mm each film lies off the frame that most files of the package share.

    Copper, mask and paste are held against one another and the hits by the middles of their flashes and
    small regions. Counts the films that could be judged.
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
    return replace(told(rows, judged), worst=worst)
