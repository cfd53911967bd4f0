"""A package that is not of the board beside it: another revision, or edited after the plot."""

from __future__ import annotations

from ..check import Context, Measurements, check
from ._files import Row, told
from ._revision import revisions
from ._revision_holes import compare_holes
from ._revision_layers import compare_layers


@check("package.gerber_stale", tunes="xor_area_max width_min")
def gerber_stale(ctx: Context) -> Measurements:
    """Area in mm2 of each place at which a film and the native board's layer differ, and holes that differ.

    Copper, mask, paste and silk are compared as areas, the outline by its lines, holes one by one. A constant offset of the
    whole package is allowed for. What an option of the plot explains (references left out, vias tented, the edge drawn on
    every layer, ink cut off openings) is told once and softer, or not at all; so is ink. A layer of the board without a film,
    and holes without any drill file, are one row each.
    """
    two = revisions(ctx.board)
    if not two.kin:
        share = round(100 * two.fit.share)
        how = "" if two.fit.plain else ", and only mirrored, turned or scaled"
        text = f"is not of {two.board_name}, or of a very different revision: {share} % of their holes coincide{how}"
        return told([Row(text, cause="*other board")], checked=len(two.native.holes))
    holes, n = compare_holes(two)
    layers, m = compare_layers(two, ctx.tune("width_min"), ctx.tune("xor_area_max"))
    return told([row._replace(layer=_layer(ctx, row)) for row in holes + layers], checked=n + m)


def _layer(ctx: Context, row: Row) -> int:
    """The row of the layer that the cause names, where it names one."""
    return ctx.board.layer(row.cause.removeprefix("*").split(" ")[0])
