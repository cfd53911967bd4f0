"""Room about test points: parts that a probe or the plate of a fixture hits, edges that cannot be sealed or held."""

from __future__ import annotations

import numpy as np
import shapely

from .. import around
from ..board import Kind
from ..check import Context, Measurements, check
from ..probe.fixture import Nails, nails
from ..probe.pins import pins
from ..probe.targets import UNDER, targets
from .size import by_limit


@check("testpoint.to_component", minima="min tall_ring", tunes="tall_above")
def to_component(ctx: Context) -> Measurements:
    """Distance in mm from the bare circle under each nail to the nearest body on its side (`min`), or to that of a part higher
    than `tall_above` (`tall_ring`); and test points under a part, which count one step more where the net has no other.

    A body that is not drawn counts a step less. Where no fixture is in mind only test points under parts are told, as notes.
    """
    n = ctx.shared(nails)
    found = [Measurements.none(int(n.taken.sum())), _under(ctx, n)]
    if n.meant:
        tall = n.taken & np.isfinite(n.tall) & ("tall_ring" in ctx.judged())
        found.append(_beside(ctx, n, np.flatnonzero(tall), "tall_ring"))
        near = n.taken & np.isfinite(n.body) & ~(tall & (n.part == n.tall_part))
        found.append(_beside(ctx, n, np.flatnonzero(near), "min"))
    return Measurements.join(found)


def _beside(ctx: Context, n: Nails, rows: np.ndarray, param: str) -> Measurements:
    board, t, parts = ctx.board, n.targets, ctx.board.derived.parts()
    row = n.row[rows]
    value, part = (n.tall[rows], n.tall_part[rows]) if param == "tall_ring" else (n.body[rows], n.part[rows])
    words = [f"the part is {h:.3g} mm high" if param == "tall_ring" else "" for h in parts.height[part].tolist()]
    params = np.full(len(rows), param, object)
    return Measurements.of(
        value, checked=0, param=params, a=t.item[row], b=board.components.item[part], x=n.x[rows], y=n.y[rows],
        layer=board.features.layer[t.feature[row]], soften=around.guessed(board, part), detail=words,
        cause=by_limit(ctx, params, value, "*tall parts" if param == "tall_ring" else "*parts"),
    ).take(np.full(len(rows), param in ctx.judged()))  # fmt: skip


def _under(ctx: Context, n: Nails) -> Measurements:
    """Test points that no side leaves free, one row a pad."""
    board, t = ctx.board, targets(ctx.board)
    rows = np.flatnonzero(t.declared & (t.why == UNDER) & ~np.isin(t.pad, t.pad[t.legal]))
    rows = rows[np.unique(t.pad[rows], return_index=True)[1]]
    other = np.isin(t.net[rows], n.net[n.taken])
    unsure = around.guessed(board, t.under[rows]) if len(rows) else np.zeros(0, np.bool_)
    return Measurements.of(
        np.full(len(rows), np.nan), checked=0, param="", a=t.item[rows], b=board.components.item[t.under[rows]], x=t.x[rows],
        y=t.y[rows], layer=board.features.layer[t.feature[rows]], cause="*under",
        soften=np.where(n.meant, np.where(other, 0, -1) + unsure, 1),
        detail=[f"it is under {name}, where no probe reaches" for name in around.names(board, t.under[rows])],
    )  # fmt: skip


@check("testpoint.to_edge", minima="edge tooling_hole")
def to_edge(ctx: Context) -> Measurements:
    """Distance in mm from the middle of each nail to the board's edge or a cut-out (`edge`), and to the rim of the nearest hole
    by which the fixture holds the board (`tooling_hole`). Nothing where no fixture is in mind."""
    board, n = ctx.board, ctx.shared(nails)
    rows = np.flatnonzero(n.taken)
    if not n.meant or not len(rows):
        return Measurements.none(0)
    t, p = n.targets, ctx.shared(pins)
    hole = np.flatnonzero(p.chosen)
    i, j, away = around.near(shapely.points(n.x[rows], n.y[rows]), shapely.points(p.x[hole], p.y[hole]), ctx.reach() + 4.0)
    away -= p.diameter[hole[j]] / 2
    near = np.flatnonzero(np.isfinite(n.edge[rows]))
    found = [Measurements.none(len(rows))]
    for param, at, value, b, words in (
        ("edge", rows[near], n.edge[rows[near]], np.full(len(near), -1), "from the edge of the board or a cut-out"),
        ("tooling_hole", rows[i], away, board.holes.item[p.hole[hole[j]]], "from the hole for a pin of the fixture"),
    ):
        params = np.full(len(at), param, object)
        row = n.row[at]
        found.append(Measurements.of(
            value, checked=0, param=params, a=t.item[row], b=b, kind_b=np.where(b >= 0, int(Kind.HOLE), -1), x=n.x[at],
            y=n.y[at], layer=board.features.layer[t.feature[row]], cause=by_limit(ctx, params, value, f"*{param}"), detail=words,
        ).take(np.full(len(at), param in ctx.judged())))  # fmt: skip
    return Measurements.join(found)
