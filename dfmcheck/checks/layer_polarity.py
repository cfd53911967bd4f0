"""Whether films are drawn positive or negative as they say."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..check import Context, Measurements, Skip, check
from ..frames import frames
from ._files import Row, package_of, told
from ._polarity import copper, drawings, openings, spread


@check("package.layer_polarity", tunes="pad_hit_ratio_min")
def layer_polarity(ctx: Context) -> Measurements:
    """Masks, paste and copper that are drawn inside out: the share in % of places that must be dark and are.

    A mask is dark (open) where paste is on a pad, a stencil where it is on pads, copper at plated holes. A film is told of
    when it leaves those places and is dark almost everywhere else, or when lands that get paste are covered by mask. Counts
    the films that have such places.
    """
    package = package_of(ctx.board)
    known = frames(package)
    grid = spread(package)
    least = ctx.tune("pad_hit_ratio_min")
    judged = [*openings(package, known, grid), *copper(package, known, grid), *drawings(package, known, grid)]
    rows = [
        Row(j.what, j.entry.source, cause=j.cause, value=j.share)
        for j in judged if j.what and j.share < least
    ]  # fmt: skip
    if not judged:
        raise Skip("needs pads and plated holes to hold the films against: copper with its mask, or with its drill file")
    shares = [j.share for j in judged if np.isfinite(j.share)]
    return replace(told(rows, len(judged)), worst=min(shares, default=float("nan")))
