"""Crowded places, by a square that slides over each side."""

from __future__ import annotations

from ..check import Context, Measurements, Skip, check
from ..crowds import crowds
from .side_balance import named

FEW = 50
"""Joints of a side; fewer crowd nowhere, however unevenly they stand."""


@check("density.tile", maxima="coverage_hot peak_to_mean", tunes="tile step")
def density_tile(ctx: Context) -> Measurements:
    """The three most crowded tiles of each side: the share that courtyards cover, and joints against the mean of the
    board, where a side has at least `FEW`.

    Raises `Skip` where no part is fitted.
    """
    board = ctx.board
    density = board.derived.density(ctx.tune("tile"), ctx.tune("step"))
    if not density.placed.any():
        raise Skip("no part is fitted")
    judged, grid = ctx.judged(), density.tiles.grid
    limits = {name: min(v for v in (ctx.limits[name].value, ctx.limits[name].prefer) if v is not None) for name in judged}
    room = limits.get("coverage_hot", 100.0)
    parts = [Measurements.none(2 * density.tiles.whole.size)]
    for side in (0, 1):
        for param in judged:
            joints = param == "peak_to_mean"
            if joints and density.joints[side].sum() < FEW:
                continue
            unit = density.mean if joints else 1.0
            value = density.joint_share[side] if joints else density.shares(side)
            found = crowds(density, side, joints=joints, hot=limits[param] * unit, room=room)
            if not found:
                continue
            detail = []
            for tile in found:
                what = (
                    f"{grid.windows(density.joints[side])[tile.row, tile.column]:.0f} joints stand in a tile of {grid.tile:g} mm:"
                    if joints else f"courtyards cover of a tile of {grid.tile:g} mm"
                )  # fmt: skip
                where = f"({tile.cold[0]:.2f}, {tile.cold[1]:.2f})" if tile.cold else "nowhere on this side"
                detail.append(f"with {named(board.components.ref[list(tile.parts)])}, room for parts at {where}: {what}")
            parts.append(Measurements.of(
                [value[tile.row, tile.column] / unit for tile in found], checked=0, param=param,
                a=[board.components.item[tile.parts[0]] if tile.parts else -1 for tile in found],
                x=[tile.x for tile in found], y=[tile.y for tile in found],
                layer=board.outer_layer(side), cause=f"*{param}", detail=detail,
            ))  # fmt: skip
    return Measurements.join(parts)
