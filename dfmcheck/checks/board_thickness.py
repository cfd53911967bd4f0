"""The thickness that a design declares, and what its layers add up to."""

from __future__ import annotations

import numpy as np
import shapely

from ..check import Context, Measurements, check

_UPON = ("mask", "silk", "paste")


@check("board_thickness", minima="min", maxima="max sum_tol")
def board_thickness(ctx: Context) -> Measurements:
    """Declared thickness in mm, and by how many per cent of it the layers of the stackup add up to something else.

    Whether the solder mask counts differs from tool to tool: the nearer sum is taken. Nothing is said of a stackup without
    thicknesses.
    """
    board, declared = ctx.board, ctx.board.thickness
    rows = [(declared, "min", "declared thickness"), (declared, "max", "declared thickness")]
    layers = [s for s in board.stackup if s.type not in _UPON]
    held = any(s.type != "copper" for s in layers)
    if held and not any(np.isnan(s.thickness) for s in layers):
        bare = sum(s.thickness for s in layers)
        coated = bare + sum(s.thickness for s in board.stackup if s.type == "mask" and s.thickness > 0)
        total = min((bare, coated), key=lambda t: abs(t - declared))
        off = 100 * abs(total - declared) / declared
        rows.append((off, "sum_tol", f"the stackup adds up to {total:.3f} mm, and {declared:.3f} mm of board are declared"))
    rows = [row for row in rows if row[1] in ctx.judged()]
    middle = shapely.centroid(board.outline)
    x, y = (middle.x, middle.y) if not middle.is_empty else (0.0, 0.0)
    return Measurements.of(
        [r[0] for r in rows], checked=1 + len(layers), param=[r[1] for r in rows], a=-1, x=x, y=y,
        cause=[f"*{r[1]}" for r in rows], detail=[r[2] for r in rows],
    )  # fmt: skip
