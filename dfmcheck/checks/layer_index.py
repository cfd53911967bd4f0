"""How many layers the pins of a board ask for."""

from __future__ import annotations

import math

import numpy as np

from ..check import Context, Measurements, Skip, check
from ..density import layer_index, middle

LAYERS = (2, 4, 6, 8)


@check("density.layers", minima="k_2layers k_4layers k_6layers k_8layers", maxima="spare_layers")
def layer_count_index(ctx: Context) -> Measurements:
    """K against the least that as many layers route; layers beyond those that K asks for. Raises `Skip` without pins."""
    k, layers = layer_index(ctx.board), len(ctx.board.copper_layers)
    if not math.isfinite(k):
        raise Skip("the board has no pins")
    x, y = middle(ctx.board)
    own = f"k_{next((n for n in LAYERS if n >= layers), LAYERS[-1])}layers"
    asked = next((n for n in LAYERS if k >= (ctx.limit(f"k_{n}layers") or 0.0)), LAYERS[-1])
    spare = max(layers - asked, 0)
    rows = Measurements.join([
        Measurements.of(k, checked=1, param=own, a=-1, x=x, y=y, detail=f"{layers} copper layers; K is"),
        Measurements.of(
            spare, checked=0, param="spare_layers", a=-1, x=x, y=y,
            detail=f"{layers} copper layers, and K of {k:.2f} asks for {asked}; beyond those",
        ),
    ])  # fmt: skip
    return rows.take(np.isin(rows.param, ctx.judged()))
