"""Ink where there is no mask to print on."""

from __future__ import annotations

import numpy as np
import shapely

from .. import shape
from ..board import Bools, Floats, Ints, Kind
from ..check import Context, Measurements, check
from ..pieces import least
from ..silk import Ink, Openings, openings
from ..units import TOUCH, show

_LOST = 0.10
"""Share of a text's ink in openings from which clipping makes it hard to read."""
_TRIM = 0.02
"""mm; a drawing that reaches less into the openings of its own pads loses nothing that one sees."""
_CUT, _NOTHING = 0.005, 0.01
"""mm, mm2: nearer than this and sharing less, an area of ink and an opening have one edge."""
_CAUSES = ("*trimmed at their own pads", "*over vias", "*clipped texts", "*texts", "*drawings")


@check("silk_over_opening", minima="to_opening to_copper_bare")
def silk_over_opening(ctx: Context) -> Measurements:
    """Distance in mm from ink to the nearest edge of a mask opening or of a hole on its side, below 0 where they overlap.

    Manufacturers clip the legend to the mask openings, so what counts is what is lost: a text of which `_LOST` or more
    lies in openings has the rule's severity, anything else is a step softer. So is ink over the opening of a via. A
    footprint's ink over its own pads is a matter of its library: one finding for all parts of one footprint, and one for
    all whose ink is near but hardly loses any. Where nothing tells of the mask, `to_copper_bare` judges the distance to
    the lands. Each text and each drawing has one row for each of these reasons: its worst place. An area that is clipped
    already, so that it ends where an opening begins, is left out.
    """
    board = ctx.board
    ink, open_ = board.derived.ink(), openings(board)
    i, j, d = _near(ink, open_, ctx.reach())
    param = np.where(open_.land[j], "to_copper_bare", "to_opening").astype(object)
    keep = np.isin(param, ctx.judged())
    i, j, d, param = i[keep], j[keep], d[keep], param[keep]
    lost = _lost(ink, open_, i, j, d)
    own = (ink.component[i] >= 0) & (ink.component[i] == open_.component[j]) & (ink.text[i] < 0)
    text, via = ink.text[i] >= 0, open_.via[j]
    share = np.where(text, lost[i], 0.0)
    clipped = text & ~via & (share >= _LOST) & (d <= TOUCH)
    # Of each part the ink over its own pads has one row, of anything else each item: its worst place.
    kind = np.select([own, via, clipped, text], [0, 1, 2, 3], 4).astype(np.int32)
    first = least(np.round(d, 6), np.where(own, ink.component[i], ink.item[i]), kind, ink.side[i], ties=[open_.item[j]])
    i, j, d, param, share, kind = i[first], j[first], d[first], param[first], share[first], kind[first]
    names = np.append(np.array([f"*{name}" for name in board.components.footprint], object), "")
    cause = np.array(_CAUSES, object)[kind]
    cause = np.where((kind == 0) & (d <= -_TRIM), names[ink.component[i]], cause)
    amount, x, y = _shared(ink, open_, i, j, d)
    # An area that ends where the opening begins has been clipped to it already, when the films were plotted.
    clipped_before = (np.abs(d) <= _CUT) & ~(amount > _NOTHING) & np.isin(shapely.get_type_id(ink.core[i]), (3, 6))
    m = Measurements.of(
        d, checked=len(np.unique(ink.item)), param=param, a=ink.item[i], b=open_.item[j], x=x, y=y,
        layer=board.features.layer[ink.row[i]], inherent=kind == 0, soften=np.where(kind == 2, 0, 1), cause=cause,
        kind_b=np.where(open_.hole[j], Kind.HOLE, -1), detail=_details(ink.text[i] >= 0, amount, share),
    )  # fmt: skip
    return m.take(~clipped_before)


def _near(ink: Ink, open_: Openings, reach: float) -> tuple[Ints, Ints, Floats]:
    """Pairs of ink and openings of one side that are nearer than `reach`: rows of both, and the distance."""
    i, j = shape.meeting(shape.boxes(ink.core, ink.radius, reach), shape.boxes(open_.core, open_.radius))
    keep = ink.side[i] == open_.side[j]
    i, j = i[keep], j[keep]
    d = shape.distance(ink.core[i], ink.radius[i], open_.core[j], open_.radius[j])
    near = d < reach
    return i[near], j[near], d[near]


def _lost(ink: Ink, open_: Openings, i: Ints, j: Ints, d: Floats) -> Floats:
    """For each row of ink the share of its text's area that lies in openings of pads; 0 for drawings."""
    over = np.flatnonzero((d <= TOUCH) & (ink.text[i] >= 0) & ~open_.via[j] & ~open_.hole[j])
    out = np.zeros(len(ink))
    if not len(over):
        return out
    strokes = shape.polygons(ink.core[i[over]], ink.radius[i[over]], quad_segs=4)
    windows = shape.polygons(open_.core[j[over]], open_.radius[j[over]], quad_segs=8)
    texts = int(ink.text.max()) + 1
    inside = np.bincount(ink.text[i[over]], shapely.area(shapely.intersection(strokes, windows)), minlength=texts)
    mine = np.flatnonzero(ink.text >= 0)
    whole = np.bincount(ink.text[mine], shape.areas(ink.core[mine], ink.radius[mine]), minlength=texts)
    share = inside / np.maximum(whole, 1e-9)
    for text in np.flatnonzero(share >= _LOST).tolist():  # where openings overlap they take the same ink, as strokes do
        k, rows = np.flatnonzero(ink.text[i[over]] == text), np.flatnonzero(ink.text == text)
        lost = shapely.intersection(shapely.union_all(strokes[k]), shapely.union_all(windows[k]))
        share[text] = lost.area / shapely.union_all(shape.polygons(ink.core[rows], ink.radius[rows], quad_segs=4)).area
    out[mine] = share[ink.text[mine]]
    return out


def _shared(ink: Ink, open_: Openings, i: Ints, j: Ints, d: Floats) -> tuple[Floats, Floats, Floats]:
    """Area in mm2 of the ink in each opening (NaN where they stay apart), and a place: its middle, or that of the gap."""
    x, y = shape.witness(ink.core[i], ink.radius[i], open_.core[j], open_.radius[j])
    amount, over = np.full(len(i), np.nan), np.flatnonzero(d <= TOUCH)
    if len(over):
        strokes = shape.polygons(ink.core[i[over]], ink.radius[i[over]], quad_segs=8)
        windows = shape.polygons(open_.core[j[over]], open_.radius[j[over]], quad_segs=8)
        inside = shapely.intersection(strokes, windows)
        amount[over] = shapely.area(inside)
        middle = shapely.get_coordinates(shapely.centroid(inside[amount[over] > 0]))
        some = over[amount[over] > 0]
        x[some], y[some] = middle[:, 0], middle[:, 1]
    return amount, x, y


def _details(text: Bools, amount: Floats, share: Floats) -> list[str]:
    """How much of the ink is lost."""
    out = []
    for is_text, area, part in zip(text.tolist(), amount.tolist(), share.tolist()):
        if np.isnan(area):
            out.append("")
        elif is_text and part >= 0.005:
            out.append(f"{part:.0%} of the text lies in openings")
        else:
            out.append(f"{show(area, 'mm2')} of ink lies in it")
    return out
