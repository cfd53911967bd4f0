"""How much copper each layer holds, and how evenly the stack does."""

from __future__ import annotations

import numpy as np

from ..check import Context, Measurements, Skip, check

SMALL = 1000.0
"""mm2: boards of one or two layers below this hardly bow."""


@check("balance", maxima="mirror_delta_max", minima="min_fill_inner", beside=True)
def balance(ctx: Context) -> Measurements:
    """Copper within the outline as a percentage of the board's area.

    `mirror_delta_max` judges the difference of each layer and its mirror layer about the middle of the stack (one row
    a pair), `min_fill_inner` the share of each inner layer. Raises `Skip` for boards that hardly bow.
    """
    board, layers = ctx.board, ctx.board.copper_layers
    area = board.outline.area
    if len(layers) <= 2 and area < SMALL:
        raise Skip(f"a board of {len(layers)} copper layer{'s' * (len(layers) > 1)} and {area:.0f} mm2 hardly bows")
    share = np.array([copper_area(ctx, layer) for layer in layers.tolist()]) / area * 100
    names = board.layers.name[layers]
    x, y = (board.outline.bounds[0] + board.outline.bounds[2]) / 2, (board.outline.bounds[1] + board.outline.bounds[3]) / 2
    top = np.arange(len(layers) // 2)
    bottom = len(layers) - 1 - top
    pairs = [f"{names[i]} holds {share[i]:.0f} %, {names[j]} {share[j]:.0f} %: they differ by" for i, j in zip(top, bottom)]
    inner = np.arange(1, len(layers) - 1)
    lighter = layers[np.where(share[top] < share[bottom], top, bottom)]
    mirrored = Measurements.of(
        np.abs(share[top] - share[bottom]), checked=len(layers), param="mirror_delta_max", a=-1, x=x, y=y, layer=lighter,
        cause=[f"{names[i]}/{names[j]}" for i, j in zip(top, bottom)], detail=pairs,
    )  # fmt: skip
    filled = Measurements.of(
        share[inner], checked=0, param="min_fill_inner", a=-1, x=x, y=y, layer=layers[inner], cause=names[inner],
        detail="copper covers only",
    )  # fmt: skip
    return Measurements.join([mirrored, filled])


def copper_area(ctx: Context, layer: int) -> float:
    """mm2 of a layer's copper inside the board's outline, to some 0.02 % of the board's area.

    Holes are not taken out, as plating and land cover most of them.
    """
    derived = ctx.board.derived
    return float(derived.copper_bits(layer).sum(dtype=np.float64)) * derived.lattice().step
