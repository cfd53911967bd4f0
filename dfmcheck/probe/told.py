"""Test access as the report has it: coverage, targets net by net, and the nets that want a test point."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from ..board import Board
from ..check import Context
from ..report import number
from .access import SIDES, Access, access, largest_hole, least_sizes
from .nets import CLASSES, NO_NETS
from .room import PAD, in_the_open, places
from .targets import KINDS, TENTED, Targets

NEEDS = ("components", "mask", "nets", "pads")
LISTED = 50
"""For so many nets, the most important ones, a place for a test point is looked for."""


def told(ctx: Context) -> dict[str, Any]:
    """The object `test_access` of a report; `why` alone where that cannot be told.

    `nets` is by net to be tested, `add` the nets without a target, both with the most important first. A place in `add` is
    that of a via whose mask is to be opened, or of a pad of `pad` mm on a track of the net; null where none was found.
    """
    board = ctx.board
    if lacking := [fact for fact in NEEDS if fact not in board.facts]:
        reason = board.missing.get(lacking[0], "this input has none")
        return {"why": f"needs {', '.join(lacking)}; {reason}"}
    a = ctx.shared(access)
    if not len(a.net):
        return {"why": NO_NETS}
    reached = np.flatnonzero(a.reached)
    return {
        "coverage": number(a.share()), "tested": len(a.net), "reached": len(reached), "test_points": _points(a.targets),
        "side": SIDES[a.side], "one_side": number(float(100 * a.reach[reached, a.side].mean())) if len(reached) else None,
        "classes": {kind: _class(a, kind) for kind in CLASSES},
        "left_out": dict(sorted(Counter(why for why in a.nets.left.tolist() if why).items())),
        "nets": _nets(ctx, a), "pad": PAD, "add": _add(ctx, a),
    }  # fmt: skip


def _points(t: Targets) -> dict[str, int]:
    """How many pads the design calls test points, and how many of them a probe can use."""
    return {
        "declared": len(np.unique(t.pad[t.declared])), "legal": len(np.unique(t.pad[t.declared & t.legal])),
    }  # fmt: skip


def _class(a: Access, kind: str) -> dict[str, Any]:
    mine = a.of_class(kind)
    reached = int(a.reached[mine].sum())
    return {"nets": int(mine.sum()), "reached": reached, "coverage": number(a.share(mine)) if mine.any() else None}


def _nets(ctx: Context, a: Access) -> list[dict[str, Any]]:
    board, t = ctx.board, a.targets
    of_net = np.zeros((2, len(board.nets) + 1), np.bool_)
    of_net[a.reached.astype(int), a.net] = True
    counts = _by_net(t, np.flatnonzero(a.usable & of_net[1][t.net]), t.kind)
    rows = np.flatnonzero(~a.usable & of_net[0][t.net])
    why = t.why.copy()
    why[rows] = np.where(why[rows] != "", why[rows], np.where(t.hole[rows] > largest_hole(ctx), "open hole", "size"))
    refused = _by_net(t, rows, why)
    out = []
    for net, best in zip(a.net.tolist(), a.best.tolist()):
        row: dict[str, Any] = {
            "net": str(board.nets.name[net]), "class": str(a.nets.kind[net]), "pins": int(a.nets.pins[net]),
            "targets": counts.get(net, {}),
        }  # fmt: skip
        if best >= 0:
            row["best"] = {
                "kind": str(t.kind[best]), "item": _item(board, t, best), "side": SIDES[t.side[best]], "x": number(t.x[best]),
                "y": number(t.y[best]), "diameter": number(t.diameter[best]),
            }  # fmt: skip
        else:
            row["refused"] = refused.get(net, {})
        out.append(row)
    return out


def _by_net(t: Targets, rows: Any, word: Any) -> dict[int, dict[str, dict[str, int]]]:
    """Per net: how many of these targets there are by word and side."""
    out: dict[int, dict[str, dict[str, int]]] = {}
    seen = Counter(zip(t.net[rows].tolist(), word[rows].tolist(), t.side[rows].tolist()))
    order = {kind: n for n, kind in enumerate(KINDS)}
    for (net, what, side), count in sorted(seen.items(), key=lambda row: (row[0][0], order.get(row[0][1], 99), row[0][1:])):
        out.setdefault(net, {}).setdefault(what, {})[SIDES[side]] = count
    return out


def _item(board: Board, t: Targets, row: int) -> str:
    if t.pad[row] < 0:
        return "via"
    ref = str(board.components.ref[t.component[row]]) if t.component[row] >= 0 else ""
    return f"{ref}.{board.pads.number[t.pad[row]]}".strip(".") or "pad"


def _add(ctx: Context, a: Access) -> list[dict[str, Any]]:
    """Nets to add test points to: an opening over a via where one is large enough, else a pad."""
    board, t = ctx.board, a.targets
    missing = a.net[~a.reached]
    roomy = (t.why == TENTED) & (t.kind == "via") & (t.side == a.side)
    roomy &= (2 * board.features.radius[t.feature] >= least_sizes(ctx)[t.side]) & np.isin(t.net, missing)
    rows = np.flatnonzero(roomy)
    rows = rows[in_the_open(ctx, np.c_[t.x[rows], t.y[rows]], a.side)]
    via = dict(zip(t.net[rows].tolist(), rows.tolist()))
    wanted = np.array([net for net in missing.tolist() if net not in via][:LISTED], np.int32)
    used = a.best[a.reached]
    used = used[t.side[used] == a.side]
    found = places(ctx, wanted, a.side, np.c_[t.x[used], t.y[used]])
    out = []
    for net in missing.tolist():
        row = via.get(net)
        x, y = (float(t.x[row]), float(t.y[row])) if row is not None else found.get(net, (None, None))
        out.append({
            "net": str(board.nets.name[net]), "class": str(a.nets.kind[net]), "pins": int(a.nets.pins[net]),
            "side": SIDES[a.side], "how": "pad" if row is None else "open via", "x": number(x), "y": number(y),
        })  # fmt: skip
    return out
