"""How many layers the pins of a board ask for."""

from __future__ import annotations

import math

import numpy as np

from ..check import Context, Measurements, Skip, check
from ..density import layer_index, middle

LAYERS = (2, 4, 6, 8)
MORE = 10
"""What a K below that of 8 layers asks for."""


@check("density.layers", maxima="short_pairs spare_pairs", tunes="k_2layers k_4layers k_6layers k_8layers")
def layer_count_index(ctx: Context) -> Measurements:
    """Pairs of layers that the board lacks of those that K asks for, and has beyond them. Raises `Skip` without pins."""
    k, layers = layer_index(ctx.board), len(ctx.board.copper_layers)
    if not math.isfinite(k):
        raise Skip("the board has no pins")
    asked = next((n for n in LAYERS if k >= ctx.tune(f"k_{n}layers")), MORE)
    what = f"{asked}" if asked < MORE else f"more than {LAYERS[-1]}"
    detail = f"{layers} copper layers, and K of {k:.2f} asks for {what}:"
    x, y = middle(ctx.board)
    m = Measurements.of(
        [max(asked - layers, 0) // 2, max(layers - asked, 0) // 2], checked=1, param=["short_pairs", "spare_pairs"], a=-1, x=x,
        y=y, detail=[f"{detail} pairs that it lacks:", f"{detail} pairs to spare:"],
    )  # fmt: skip
    return m.take(np.isin(m.param, ctx.judged()))
