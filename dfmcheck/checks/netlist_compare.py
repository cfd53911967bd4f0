"""Copper that does not join what the netlist joins, or joins what it keeps apart."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from .. import shape
from ..board import Board, Floats, Ints
from ..check import Context, Measurements, Skip, check
from ..derived import ties_nets
from ..package import Package
from ._files import Row, package_of, told
from ._probes import Probes, connected, fit_of, of_attributes, of_netlist

_TIES = re.compile(r"(NT|TIE|NETTIE|JP|SJ|SP)[-_]?\d*\Z", re.IGNORECASE)
"""References of parts that join nets on purpose: net ties, solder jumpers, shorting points."""
_CUT = 14
"""Characters that a net's name has in a record; one that fills them may be cut."""
_LISTED = 4
_FEW = 10
"""Opens that are always listed."""


@check("package.netlist_compare", tunes="match_min")
def netlist_compare(ctx: Context) -> Measurements:
    """Points of one net on pieces of copper that nothing joins (opens), nets on one piece (shorts), points without copper.

    The netlist is the package's IPC-D-356 file, else the nets that its films name (X2). Copper is joined where it touches
    and by plated holes, whatever nets it is said to be of. Each piece that hangs apart and each net that is shorted is a row.
    """
    package = package_of(ctx.board)
    board = package.board if package.board is not None and "copper" in package.board.facts else ctx.board
    if "copper" not in board.facts:
        raise Skip("needs copper layers")
    if len(board.copper_layers) > 1 and "holes" not in board.facts:
        raise Skip("needs the drill files: without them no layer is joined with another")
    if package.netlist is None:
        probes, source, said, doubts = of_attributes(board), -1, "the films' own net names", []
        if not len(probes):
            raise Skip("needs a netlist: an IPC-D-356 file, or Gerber files with X2 net names")
    else:
        source, said = package.netlist.source, "the netlist"
        faults = package.netlist.faults
        doubts = [Row(f.message, file=source, line=f.line or 0, cause=f.what, soften=int(not f.grave)) for f in faults]
        fit = fit_of(package.netlist.points, board)
        if not fit.plain or 100 * fit.share < ctx.tune("match_min"):
            text = f"is a netlist of another board or revision: {100 * fit.share:.0f} % of its drilled points lie on holes"
            return told([*doubts, Row(text, file=source, cause="*other board")], checked=len(package.netlist.points))
        probes = of_netlist(package.netlist.points, fit, board)
    node, touching = connected(board)
    on = probes.feature >= 0
    there = probes.take(on)
    rows = _bare(probes.take(~on), source)
    opens, nets = _opens(there, node[there.feature], source, said), len(np.unique(there.net))
    if len(opens) > max(_FEW, nets // 2):  # one cause, not a hundred: no use in listing what does not belong together
        text = f"{len(opens)} pieces of {nets} nets hang apart: films, drill files and {said} do not belong together"
        opens = [Row(text, file=source, cause="*apart", value=float(len(opens)))]
    rows += opens
    rows += _shorts(there, node[there.feature], source, said, _Ties(package, there), _contacts(board, there, touching))
    return told([*doubts, *(row._replace(layer=-1) for row in rows)], checked=len(probes))


def _bare(probes: Probes, source: int) -> list[Row]:
    return [
        Row(f"{label} of net {net} has no copper", file=source, cause=f"*bare {net}", x=float(x), y=float(y))
        for label, net, x, y in zip(probes.label, probes.net, probes.x, probes.y)
    ]


def _opens(probes: Probes, node: Ints, source: int, said: str) -> list[Row]:
    """A row for each piece of a net but the one with most points."""
    rows = []
    for net, mine in _grouped(probes.net):
        pieces, of, count = np.unique(node[mine], return_inverse=True, return_counts=True)
        if len(pieces) < 2:
            continue
        main = int(np.argmax(count))
        for k in np.flatnonzero(np.arange(len(pieces)) != main).tolist():
            apart = mine[of == k]
            who, rest = _listed(probes.label[apart]), _distinct(probes, mine) - _distinct(probes, apart)
            verb = "are" if len(set(probes.label[apart])) > 1 else "is"
            text = f"net {net} is open: {who} {verb} not joined with the other {max(rest, 1)} of {said}"
            cut = len(str(net)) == _CUT and source >= 0
            text += "; the name has 14 characters and may stand for several nets" if cut else ""
            x, y = float(probes.x[apart[0]]), float(probes.y[apart[0]])
            rows.append(Row(text, file=source, cause=f"*open {net}", value=float(len(apart)), soften=int(cut), x=x, y=y))
    return rows


def _shorts(
    probes: Probes, node: Ints, source: int, said: str, ties: _Ties, contacts: dict[tuple[str, str], tuple[float, float]]
) -> list[Row]:  # fmt: skip
    """A row for each net that shares a piece of copper with a net of more points there, unless a part ties the two."""
    rows: list[Row] = []
    for _, mine in _grouped(node):
        nets, of, count = np.unique(probes.net[mine].astype(str), return_inverse=True, return_counts=True)
        if len(nets) < 2:
            continue
        tied = ties.groups(nets.tolist(), mine)
        main = int(np.argmax(count))
        for k in np.flatnonzero(tied != tied[main]).tolist():
            at = mine[of == k][0]
            x, y = contacts.get((nets[k], nets[main]), (float(probes.x[at]), float(probes.y[at])))
            joins = f"{probes.label[at]} is joined with {_listed(probes.label[mine[of == main]])}"
            text = f"nets {nets[k]} and {nets[main]} of {said} are shorted: {joins}"
            rows.append(Row(text, file=source, cause=f"*short {nets[main]}", value=float(count[k]), x=x, y=y))
    return rows


class _Ties:
    """Which nets parts join on purpose."""

    def __init__(self, package: Package, probes: Probes) -> None:
        self.net, self.part = probes.net, probes.part
        self.known: set[str] = set()
        if package.native is not None:
            parts = package.native.components
            self.known = set(parts.ref[ties_nets(parts)].tolist())

    def groups(self, nets: Sequence[str], rows: Ints) -> Ints:
        """One number per net: nets that share it are joined by ties, directly or by others."""
        group = np.arange(len(nets))
        at = {net: k for k, net in enumerate(nets)}
        joined: defaultdict[str, set[int]] = defaultdict(set)
        for row in rows.tolist():
            part = str(self.part[row])
            if part and (part in self.known or _TIES.match(part)):
                joined[part].add(int(group[at[str(self.net[row])]]))
        for members in joined.values():
            labels = {int(group[k]) for k in members}
            group[np.isin(group, list(labels))] = min(labels)
        return group.astype(np.int32)


def _contacts(board: Board, probes: Probes, touching: tuple[Ints, Ints]) -> dict[tuple[str, str], tuple[float, float]]:
    """Where copper of two nets touches, as far as the copper itself names them: a place for each pair."""
    f = board.features
    named = (f.net >= 0) & ~board.items.inferred[f.item]
    a, b = touching
    cross = named[a] & named[b] & (f.net[a] != f.net[b])
    a, b = a[cross], b[cross]
    x, y = shape.witness(f.core[a], f.radius[a], f.core[b], f.radius[b]) if len(a) else (np.empty(0), np.empty(0))
    out: dict[tuple[str, str], tuple[float, float]] = {}
    for m, n, at_x, at_y in zip(board.nets.name[f.net[a]], board.nets.name[f.net[b]], x.tolist(), y.tolist()):
        out.setdefault((m, n), (at_x, at_y))
        out.setdefault((n, m), (at_x, at_y))
    return out


def _grouped(values: Floats | Ints | np.ndarray) -> list[tuple[object, Ints]]:
    """Each value with the rows that have it."""
    if not len(values):
        return []
    each, of = np.unique(values.astype(str) if values.dtype == object else values, return_inverse=True)
    order = np.argsort(of, kind="stable").astype(np.int32)
    return list(zip(each.tolist(), np.split(order, np.flatnonzero(np.diff(of[order])) + 1)))


def _distinct(probes: Probes, rows: Ints) -> int:
    """How many points stand in rows: a pad on several layers is one."""
    return len({(probes.label[k], round(float(probes.x[k]), 3), round(float(probes.y[k]), 3)) for k in rows.tolist()})


def _listed(labels: np.ndarray) -> str:
    names = list(dict.fromkeys(labels.tolist()))
    more = len(names) - _LISTED
    return ", ".join(names[:_LISTED]) + (f" and {more} more" if more > 0 else "")
