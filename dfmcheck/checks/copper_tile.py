"""Copper that is spread unevenly over an outer layer."""

from __future__ import annotations

import numpy as np
import shapely

from ..board import Board, Bools, Floats
from ..check import Context, Measurements, check
from ..density_map import STEP
from ..tiles import Tiles, hottest

SHOWN = 3
KEPT_OUT = 0.5
"""Share of a tile from which on a keep-out of copper explains what it lacks."""


@check("copper_tile", minima="lo", maxima="hi", tunes="step tile", beside=True)
def copper_tile(ctx: Context) -> Measurements:
    """Share of copper in % of the worst tiles of each outer layer that differ from a tile beside them by more than `step`."""
    board, copper = ctx.board, ctx.board.copper_layers
    tiles = board.derived.tiles(ctx.tune("tile"), STEP)
    outer = sorted({0, len(copper) - 1})
    parts = [Measurements.none(len(outer) * tiles.whole.size)]
    for k in outer:
        share = np.where(_free(board, tiles, int(copper[k])), tiles.share(tiles.copper[k]), np.nan)
        least, most = _beside(share, tiles.grid.across)
        for param, differs, sign in (("lo", most - share, -1), ("hi", share - least, 1)):
            if param not in ctx.judged():
                continue
            uneven = np.where(np.nan_to_num(differs) > ctx.tune("step"), sign * share, np.nan)
            found = hottest(uneven, tiles.grid.across, SHOWN)
            if not found:
                continue
            row, column = np.array(found).T
            x, y = tiles.grid.middle(row, column)
            other = (most if sign < 0 else least)[row, column]
            parts.append(Measurements.of(
                share[row, column], checked=0, param=param, a=-1, x=x, y=y, layer=copper[k],
                cause=f"*{board.layers.name[copper[k]]}",
                detail=[f"a square of {tiles.grid.tile:g} mm beside one of {v:.0f} % copper holds" for v in other],
            ))  # fmt: skip
    return Measurements.join(parts)


def _beside(share: Floats, across: int) -> tuple[Floats, Floats]:
    """Least and largest share of the windows left, right, above and below each one, NaN where there is none."""
    wide = np.pad(share, across, constant_values=np.nan)
    rows, columns = share.shape
    near = [wide[across + dy : across + dy + rows, across + dx : across + dx + columns]
            for dx, dy in ((-across, 0), (across, 0), (0, -across), (0, across))]  # fmt: skip
    low, high = np.fmin.reduce(near), np.fmax.reduce(near)
    return low, high


def _free(board: Board, tiles: Tiles, layer: int) -> Bools:
    """Windows that no keep-out of copper covers for the most part."""
    zones = board.zones
    shut = [z for z in np.flatnonzero(zones.rule_area) if "copperpour" in zones.keepout[z] and layer in zones.layers[z]]
    if not shut:
        return np.ones(tiles.whole.shape, np.bool_)
    area = shapely.get_parts(zones.outline[shut])
    return np.asarray(tiles.grid.windows(tiles.of_shapes(area)) < KEPT_OUT * tiles.whole)
