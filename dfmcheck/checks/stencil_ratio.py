"""Whether paste leaves the stencil: area ratio and aspect ratio of each aperture."""

from __future__ import annotations

import numpy as np

from ..board import Floats, Objects
from ..check import Context, Measurements, check
from ..stencil import FOILS, passes
from ._paste import pattern
from .size import breaching


@check("stencil_ratio", minima="area_ratio_min aspect_ratio_min", tunes="foil_default foil_thin")
def stencil_ratio(ctx: Context) -> Measurements:
    """Of every aperture over a land: area of the opening over area of its walls in a foil of `foil_default` mm.

    An aperture longer than five widths is judged by width over thickness instead. Where a foil of `foil_thin` releases the
    paste it is advice, a step softer: assemblers choose that foil when they see the part.
    """
    board, a = ctx.board, ctx.board.derived.stencil().apertures
    a = a.take(a.land >= 0)
    foil, f = ctx.tune("foil_default"), board.features
    long = a.long()
    value = np.where(long, a.aspect_ratio(foil), a.area_ratio(foil))
    param = np.where(long, "aspect_ratio_min", "area_ratio_min").astype(object)
    told = breaching(ctx, param, value)
    a, value, param = a.take(told), value[told], param[told]
    by_area, by_aspect = (ctx.limit(name) for name in ("area_ratio_min", "aspect_ratio_min"))
    thickest = passes(a, by_area or 0.66, by_aspect or 1.5)
    # Without parts one size of aperture is one decision.
    size = np.array([f"*{w:.3f} x {across:.3f} mm" for w, across in zip(a.width, a.length)], object)
    component = f.component[a.land]
    return Measurements.of(
        value, checked=len(told), param=param, a=f.item[a.land], x=a.x, y=a.y, layer=a.layer,
        soften=thickest >= ctx.tune("foil_thin") - 1e-9, cause=np.where(component < 0, size, pattern(board, component)),
        detail=_details(a.width, a.length, thickest, foil, param),
    )  # fmt: skip


def _details(width: Floats, length: Floats, thickest: Floats, foil: float, param: Objects) -> Objects:
    """What the aperture measures, and the thickest of the usual foils that serves it."""
    out = np.empty(len(width), object)
    for k, (w, across, most, by) in enumerate(zip(width.tolist(), length.tolist(), thickest.tolist(), param.tolist())):
        fits = next((t for t in FOILS if t <= most + 1e-9), None)
        then = f"a foil of {fits:.2f} mm passes" if fits else f"no usual foil passes, it takes {most:.3f} mm"
        what = "area ratio" if by == "area_ratio_min" else "aspect ratio"
        out[k] = f"{what} of {w:.3f} x {across:.3f} mm in a foil of {foil:.2f} mm; {then}"
    return out
