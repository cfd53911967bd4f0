"""Paste where nothing is to be soldered: on marks, test points, holes, unfitted parts, or on no land at all."""

from __future__ import annotations

import numpy as np
import shapely

from .. import shape
from ..board import Board, Bools, PadType
from ..check import Context, Measurements, check
from ..stencil import Apertures
from ._paste import marks


@check("paste_unwanted", tunes="policy_dnp")
def paste_unwanted(ctx: Context) -> Measurements:
    """Area in mm2 of each aperture over a fiducial, a test point, an unplated hole, mechanical lands or no land at all.

    `policy_dnp` 1 tells those of parts that are not fitted as well. An aperture on solder mask or bare laminate counts where
    a board has an outline to be in; one that a mask opening shares may print on drawn copper, and is none.
    """
    board, f = ctx.board, ctx.board.features
    apertures = board.derived.stencil().apertures
    pad = f.pad[np.maximum(apertures.land, 0)]
    pads, parts = board.pads, board.derived.parts()
    no_pad = apertures.land < 0

    def of_pads(mask: Bools) -> Bools:
        return np.asarray(mask[pad] & ~no_pad, np.bool_) if len(mask) else np.zeros(len(apertures), np.bool_)

    def of_parts(mask: Bools) -> Bools:
        return of_pads(np.append(mask, False)[pads.component])

    marked = of_pads(marks(board) & (pads.property != "testpoint")) | of_parts(parts.family == "fiducial")
    probed = of_pads(pads.property == "testpoint") | of_parts(parts.family == "testpoint")
    tooled = of_pads((pads.type == PadType.NPTH) | (pads.property == "mechanical"))
    unfitted = of_parts(board.components.dnp) & (ctx.tune("policy_dnp") > 0)
    stray = no_pad & _on_mask(board, apertures)
    words = ["a fiducial", "a test point", "an unplated hole or a mechanical land", "a part that is not fitted", "no land"]
    which = np.select([marked, probed, tooled, unfitted, stray], range(5), -1)
    told = np.flatnonzero(which >= 0)
    item = np.where(no_pad, f.item[apertures.feature], f.item[np.maximum(apertures.land, 0)])[told]
    return Measurements.of(
        apertures.area[told], checked=len(apertures), param="", a=item, x=apertures.x[told], y=apertures.y[told],
        layer=apertures.layer[told], cause=[f"*{words[w]}" for w in which[told]],
        detail=[f"paste on {words[w]}" for w in which[told]],
    )  # fmt: skip


def _on_mask(board: Board, apertures: Apertures) -> Bools:
    """Apertures on the board that meet no mask opening of their side."""
    f, layers = board.features, board.layers
    out: Bools = shapely.intersects(apertures.core, board.outline) | board.outline.is_empty
    openings = np.flatnonzero((layers.role == "mask")[f.layer])
    i, j = shape.meeting(shape.boxes(apertures.core, apertures.radius), shape.boxes(f.core[openings], f.radius[openings]))
    j = openings[j].astype(np.int32)
    over = (layers.side[f.layer[j]] == "bottom") == (apertures.side[i] == 1)
    i, j = i[over], j[over]
    out[i[shape.distance(apertures.core[i], apertures.radius[i], f.core[j], f.radius[j]) <= 0]] = False
    return out
