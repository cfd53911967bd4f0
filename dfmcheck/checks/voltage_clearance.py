"""Gaps between copper of nets with a declared difference of potential."""

from __future__ import annotations

import numpy as np
import shapely

from .. import shape
from ..board import Board, Bools, Floats, Ints, Kind, Objects
from ..check import Context, Measurements, Skip, check
from ..pieces import Pieces, cut, least
from ..units import EPS
from ..voltage import Potentials, potentials, spacing
from ._reach import SEEN

_CASES = {"inner": "B1", "outer_masked": "B4", "outer_bare": "B2", "lead_bare": "A6"}
"""Case of the table by parameter."""
_PLACES = {"B1": "inner layer", "B4": "under solder mask", "B2": "bare copper", "A6": "bare land or lead"}


@check("voltage_clearance", minima="inner outer_masked outer_bare lead_bare")
def voltage_clearance(ctx: Context) -> Measurements:
    """Edge-to-edge distance in mm of copper of two nets on one layer whose potentials are known, one at least declared.

    Each parameter is a case of IPC-2221 table 6-1 and its limit the row up to 15 V; what the table asks for beyond that at
    the pair's volts is added (`more`). On an outer layer every gap is judged as one under mask, and the gaps from what the
    mask leaves bare by their own case: a land, or else a conductor. Raises `Skip` where no potential is declared.
    """
    board = ctx.board
    known = potentials(board)
    if not known.declared.any():
        raise Skip('needs a potential: "HV*" = "300 V" under [voltages] in the config file, or a net or net class named HV_300V')
    parts, checked = [], 0
    for layer in board.copper_layers.tolist():
        mine = _of_known(board, known, layer)
        checked += len(np.unique(mine.owner))
        side = str(board.layers.side[layer])
        if side == "inner":
            parts.append(_gaps(ctx, known, "inner", mine, mine))
            continue
        lands, rest = _bare(board, layer, side, mine)
        bare = Measurements.join([_gaps(ctx, known, "lead_bare", lands, mine), _gaps(ctx, known, "outer_bare", rest, mine)])
        masked = _gaps(ctx, known, "outer_masked", mine, mine)
        parts += [bare, masked.take(~_told(masked, bare))]
    return Measurements.join([*parts, Measurements.none(checked)])


def _of_known(board: Board, known: Potentials, layer: int) -> Pieces:
    pieces, net = board.derived.pieces(layer), board.features.net
    at = np.flatnonzero(np.append(~np.isnan(known.volts), False)[net[pieces.owner]])
    return Pieces(pieces.core[at], pieces.radius[at], pieces.owner[at])


def _gaps(ctx: Context, known: Potentials, param: str, one: Pieces, other: Pieces) -> Measurements:
    """Pairs of pieces of `one` and `other` that may be too near, once a pair of items."""
    board, f, case = ctx.board, ctx.board.features, _CASES[param]
    if param not in ctx.judged() or not len(one.owner) or not len(other.owner):
        return Measurements.none(0)
    known_volts = known.volts[~np.isnan(known.volts)]
    most = float(spacing(case, np.array([np.ptp(known_volts)]))[0])
    reach = SEEN * (ctx.reach(param) + most)
    i, j = shape.meeting(shape.boxes(one.core, one.radius, reach / 2), shape.boxes(other.core, other.radius, reach / 2))
    a, b = one.owner[i], other.owner[j]
    keep = (f.net[a] != f.net[b]) & (known.declared[f.net[a]] | known.declared[f.net[b]])
    keep &= np.ones(len(a), np.bool_) if one is not other else a < b
    i, j, a, b = i[keep], j[keep], a[keep], b[keep]
    volts = np.abs(known.volts[f.net[a]] - known.volts[f.net[b]])
    d = shape.distance(one.core[i], one.radius[i], other.core[j], other.radius[j])
    near = (d < reach) & (volts > 0)
    i, j, a, b, d, volts = i[near], j[near], a[near], b[near], d[near], volts[near]
    low, high = np.minimum(f.item[a], f.item[b]), np.maximum(f.item[a], f.item[b])
    first = least(np.round(d, 4), low, high)
    i, j, a, b, d, volts = i[first], j[first], a[first], b[first], d[first], volts[first]
    x, y = shape.witness(one.core[i], one.radius[i], other.core[j], other.radius[j])
    guessed = (known.guessed & known.declared)[f.net[a]] | (known.guessed & known.declared)[f.net[b]]
    names = board.nets.name
    return Measurements.of(
        d, checked=0, param=param, a=f.item[a], b=f.item[b], x=x, y=y, layer=f.layer[a],
        more=spacing(case, volts) - spacing(case, np.zeros(1)), inferred=guessed, soften=guessed,
        inherent=(f.component[a] == f.component[b]) & (f.component[a] >= 0),
        cause=[f"*{param} {' '.join(sorted((str(names[f.net[p]]), str(names[f.net[q]]))))}" for p, q in zip(a, b)],
        detail=[f"{v:.4g} V, IPC-2221 case {case}, {_PLACES[case]}" for v in volts.tolist()],
    )  # fmt: skip


def _told(masked: Measurements, bare: Measurements) -> Bools:
    """Rows of `masked` whose nearest place is a bare one, which is judged as that."""
    least_bare: dict[tuple[int, int], float] = {}
    for a, b, d in zip(bare.a.tolist(), bare.b.tolist(), bare.value.tolist()):
        pair = (min(a, b), max(a, b))
        least_bare[pair] = min(d, least_bare.get(pair, np.inf))
    pairs = zip(np.minimum(masked.a, masked.b).tolist(), np.maximum(masked.a, masked.b).tolist())
    nearest = np.array([least_bare.get(pair, np.inf) for pair in pairs])
    return np.asarray(nearest <= masked.value + EPS, np.bool_)


def _bare(board: Board, layer: int, side: str, mine: Pieces) -> tuple[Pieces, Pieces]:
    """What the mask leaves bare of copper of a known potential: in the openings of lands, and in other openings."""
    f = board.features
    openings = np.flatnonzero(np.isin(f.layer, board.layers_with("mask", side)))
    rows = np.unique(mine.owner)
    pad = f.kind == Kind.PAD
    own_row, own_core, own_radius = board.derived.bare_lands()
    of_pads = np.isin(own_row, rows)
    i, j = shape.meeting(shape.boxes(f.core[rows], f.radius[rows]), shape.boxes(f.core[openings], f.radius[openings]))
    row, hole = rows[i], openings[j]
    # A land in its own opening is told exactly above; so is what leads to it, which has the land's potential.
    apart = ~pad[row] & ((f.pad[hole] < 0) | (f.net[hole] != f.net[row]))
    row, hole = row[apart], hole[apart]
    over = shape.distance(f.core[row], f.radius[row], f.core[hole], f.radius[hole]) < 0
    row, hole = row[over], hole[over]
    shown = shapely.intersection(shape.polygons(f.core[row], f.radius[row]), shape.polygons(f.core[hole], f.radius[hole]))
    there = ~shapely.is_empty(shown)
    row, hole, shown = row[there], hole[there], shown[there]
    of_land = f.pad[hole] >= 0
    lands = _cut([own_core[of_pads], shown[of_land]], [own_radius[of_pads]], [own_row[of_pads], row[of_land]])
    return lands, _cut([shown[~of_land]], [], [row[~of_land]])


def _cut(cores: list[Objects], radii: list[Floats], owners: list[Ints]) -> Pieces:
    core, owner = np.concatenate(cores), np.concatenate(owners).astype(np.int32)
    radius = np.zeros(len(core))
    given = np.concatenate([np.empty(0), *radii])
    radius[: len(given)] = given
    return cut(core, radius, owner)
