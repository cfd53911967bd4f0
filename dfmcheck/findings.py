"""From measurements to findings: judge every row, merge what is one place, group places by cause, word them, name them."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from .board import Board, Floats, Ints, Kind
from .check import Measurements
from .names import Names, Owner
from .report import SEVERITIES, Finding, Place
from .rule import Limit, Rule
from .units import TOUCH, above, below, show

_DIGITS = 6
"""Digits to which values and places are compared: what differs by less is rounding, and says nothing of which is worse."""


@dataclass(frozen=True, slots=True, eq=False)
class Verdict:
    """Per row of measurements: severity (row of `SEVERITIES`, -1 where it keeps its limits), and the limit that it breached."""

    severity: Ints
    limit: Floats
    share: Floats
    """How far the value is into its limit: value / limit for a minimum, limit / value for a maximum. Small is bad. Of a limit of
    0 there is no share: what breaches it has by how much it does, as a negative number."""
    worst_row: int
    """Row with the smallest share, -1 if none is judged by a limit."""
    worst_limit: float | None


def judge(rule: Rule, limits: Mapping[str, Limit], severity: str, m: Measurements) -> Verdict:
    """Compare every row with its parameter's limit: below it is the rule's severity, below the preferred value one step softer.

    A row with the parameter '' is a finding whatever its value (an open outline). Softer than a note is still a note.
    """
    base = SEVERITIES.index(severity)
    step = np.full(len(m), -1, np.int32)
    limit = np.full(len(m), np.nan)
    share = np.full(len(m), np.inf)
    for name in dict.fromkeys(m.param.tolist()):
        rows = m.param == name
        if name == "":
            step[rows] = 0
            share[rows] = 0.0
            continue
        if name not in limits or rule.params[name].sense == "tune":
            continue
        used, value, more = limits[name], m.value[rows], m.more[rows]
        minimum = rule.params[name].sense == "min"
        breach = below if minimum else above
        levels = np.full(len(value), -1, np.int32)
        bound = np.full(len(value), np.nan)
        for i, at in ((1, used.prefer), (0, used.value)):
            if at is not None:
                hit = breach(value, at + more)
                levels[hit] = i
                bound[hit] = at + more[hit]
        at = used.value if used.value is not None else used.prefer
        with np.errstate(divide="ignore", invalid="ignore"):
            if at == 0 or at is None:
                beyond = more - value if minimum else value - more
                ratio = np.where(levels >= 0, -beyond, np.inf)
            else:
                ratio = value / (at + more) if minimum else np.where(value > 0, (at + more) / value, np.inf)
        step[rows], limit[rows], share[rows] = levels, bound, ratio
    graded = np.where(step < 0, -1, np.clip(base + step + m.soften, 0, len(SEVERITIES) - 1)).astype(np.int32)
    # The worst row is the one that gives the rule its status: the gravest, and of those the farthest into its limit.
    judged = np.flatnonzero((m.param != "") & np.isfinite(share))
    order = np.lexsort((np.round(share[judged], _DIGITS), np.where(graded[judged] < 0, len(SEVERITIES), graded[judged])))
    worst_row = int(judged[order[0]]) if len(judged) else -1
    worst_limit = None
    if worst_row >= 0:
        used = limits[m.param[worst_row]]
        breached = None if np.isnan(limit[worst_row]) else float(limit[worst_row])
        kept = used.value if used.value is not None else used.prefer
        worst_limit = breached if breached is not None or kept is None else kept + float(m.more[worst_row])
    return Verdict(graded, limit, share, worst_row, worst_limit)


class Grouper:
    """Words the breaches of one board. Lines and uuids are looked up here, so only for what is reported."""

    def __init__(self, board: Board) -> None:
        self.board = board
        self.names = Names(board)
        self.share: dict[str, float] = {}

    def group(self, rule: Rule, limits: Mapping[str, Limit], m: Measurements, verdict: Verdict) -> list[Finding]:
        """Findings of one rule, unsorted. One finding per cause: same owners (unless the cause is shared), layers and text."""
        rows = np.flatnonzero(verdict.severity >= 0).astype(np.int32)
        places = self.merge_layers(rule, m, verdict, rows)
        causes: dict[tuple[Any, ...], list[tuple[int, tuple[int, ...]]]] = {}
        a, b, inherent, soften, file = (c.tolist() for c in (m.a, m.b, m.inherent, m.soften, m.file))
        for row, layers in places:
            shared = m.cause[row].startswith("*")
            owners = () if shared else self._owners(a[row], b[row], file[row])
            key = (owners, layers, inherent[row], soften[row], m.cause[row])
            causes.setdefault(key, []).append((row, layers))
        # Gravest first, of those the worst; rows that no limit judges come largest first. What differs by rounding is equal.
        size = np.where(m.param == "", np.nan_to_num(m.value), 0.0)
        rank = np.empty(len(m), np.int64)
        near = [np.round(column, _DIGITS) for column in (m.y, m.x, -size, verdict.share)]
        rank[np.lexsort((*near, verdict.severity))] = np.arange(len(m))
        found = []
        for key, members in causes.items():
            members.sort(key=lambda place: rank[place[0]])
            found.append(self._finding(rule, limits, m, verdict, members, key))
        return found

    def _owners(self, a: int, b: int, file: int) -> tuple[Owner, ...]:
        """Who is responsible for a row: the owners of its items, or the file that it speaks of."""
        if file >= 0 and max(a, b) < 0:
            return (("file", file),)
        return tuple(sorted((self.names.owner(a), self.names.owner(b))))

    def merge_layers(self, rule: Rule, m: Measurements, verdict: Verdict, rows: Ints) -> list[tuple[int, tuple[int, ...]]]:
        """The same pair (or the same item at the same spot) on several layers is one place, told with its worst value."""
        seen: dict[tuple[Any, ...], list[int]] = {}
        x, y = np.round(m.x, 3), np.round(m.y, 3)
        # The board edge is one thing, whatever lines it is drawn with: a zone near it on two layers is one place.
        other = np.where(np.append(self.board.items.kind == Kind.EDGE, False)[m.b], len(self.board.items), m.b)
        columns = (m.a, other, m.kind_a, m.kind_b, m.param, m.cause, m.inherent, m.soften, m.file, m.line, x, y, m.layer)
        units = {name: param.unit for name, param in rule.params.items()}
        for row, values in zip(rows.tolist(), zip(*(column[rows].tolist() for column in columns))):
            a, b, kind_a, kind_b, param, cause, inherent, soften, file, line, at_x, at_y, layer = values
            # A pair that breaks two limits (outer and inner, say) is one place; a single item may break two limits of two kinds.
            where: tuple[Any, ...] = (units.get(param, ""),) if b >= 0 else (param, at_x, at_y)
            key = (a, b, kind_a, kind_b, cause, inherent, soften, file, line, row if layer < 0 else -1, *where)
            seen.setdefault(key, []).append(row)
        out: list[tuple[int, tuple[int, ...]]] = []
        table, on = self.board.layers, m.layer.tolist()
        down = {i: (order, side != "top", i) for i, (order, side) in enumerate(zip(table.order.tolist(), table.side.tolist()))}
        for members in seen.values():
            layers = [on[r] for r in members]
            if len(set(layers)) < len(layers):  # several places on one layer: these are not one place
                out += [(r, (on[r],)) for r in members]
                continue
            worst = min(members, key=lambda r: (verdict.severity[r], round(float(verdict.share[r]), _DIGITS)))
            out.append((worst, tuple(sorted((i for i in layers if i >= 0), key=down.__getitem__))))
        return out

    def _finding(
        self, rule: Rule, limits: Mapping[str, Limit], m: Measurements, verdict: Verdict,
        members: Sequence[tuple[int, tuple[int, ...]]], key: tuple[Any, ...],
    ) -> Finding:  # fmt: skip
        owners, layers, inherent, soften, cause = key
        places = tuple(self.place(rule, m, verdict, row, on) for row, on in members)
        severity = SEVERITIES[min(int(verdict.severity[row]) for row, _ in members)]
        message = self._message(rule, limits, places[0], m.param[members[0][0]])
        if len(places) > 1:
            who = " and ".join(dict.fromkeys(self.names.of_owner(o) for o in owners if o[0]))
            message = (f"{who}: " if who else "") + f"{len(places)} places; worst: {message}"
        names = [str(self.board.layers.name[i]) for i in layers]
        who_is = sorted(self.names.identity(o) for o in owners)
        identity = [rule.id, *who_is, ",".join(names), cause, str(int(inherent)), str(soften)]
        fingerprint = hashlib.sha256("|".join(identity).encode()).hexdigest()[:16]
        self.share[fingerprint] = min(self.share.get(fingerprint, np.inf), float(verdict.share[members[0][0]]))
        inferred = any(m.inferred[row] or self._guessed(m, row) for row, _ in members)
        shared = cause.startswith("*")
        return Finding(rule.id, severity, message, rule.fix, fingerprint, places, inherent, inferred, shared=shared)

    def _guessed(self, m: Measurements, row: int) -> bool:
        """Whether the reader had to infer what an item of the row is."""
        return any(item >= 0 and bool(self.board.items.inferred[item]) for item in (m.a[row], m.b[row]))

    def place(self, rule: Rule, m: Measurements, verdict: Verdict, row: int, layers: tuple[int, ...]) -> Place:
        names = tuple(str(self.board.layers.name[i]) for i in layers)
        layer = names[0] if names else None
        pair = ((int(m.a[row]), int(m.kind_a[row])), (int(m.b[row]), int(m.kind_b[row])))
        refs = [self.names.item(item, kind, layer) for item, kind in pair if item >= 0]
        param = m.param[row]
        unit = rule.params[param].unit if param else rule.unit
        limit = None if np.isnan(verdict.limit[row]) else round(float(verdict.limit[row]), 6)
        path = self.names.path(int(m.file[row])) if m.file[row] >= 0 else ""
        return Place(
            float(m.x[row]), float(m.y[row]), names, float(m.value[row]), limit, unit, tuple(refs), param, m.detail[row],
            path, int(m.line[row]) or None, float(m.more[row]),
        )  # fmt: skip

    def _message(self, rule: Rule, limits: Mapping[str, Limit], place: Place, param: str) -> str:
        limit = "?" if place.limit is None else show(place.limit, place.unit, apart_from=place.measured)
        words = {
            "a": self._first(rule, place),
            "b": str(place.items[1]) if len(place.items) > 1 else "",
            "value": self._value(place),
            "limit": limit,
            "layers": ", ".join(place.layers),
            "detail": place.detail,
            "count": "",
        }
        template = rule.message if "{detail}" in rule.message else rule.message + "{detail}"
        if place.detail:  # a detail that follows a word directly is an addition; one with room around it is part of the sentence
            template = re.sub(r"(?<=[^\s{]){detail}", "; {detail}", template)
        if place.limit is None and "{limit}" in template:  # a row that no limit judges says all in its detail
            template = "{a}: {detail}"
        elif place.unit == "count" != rule.unit and "{detail} {value}" not in rule.message and len(place.items) > 1:
            # Nor does a sentence made for lengths fit a count, unless it says of each value what that is.
            template = "{a} and {b}: {detail}"
        text = " ".join(template.format_map(words).split())
        if place.limit is not None and param in limits:
            if self._softer(limits[param], place.limit - place.more):
                text, said = re.subn(r"\b(is|are) needed\b", r"\1 preferred", text)
                text += "" if said or "{limit}" not in template else ": preferred, not required"
            text += f" ({limits[param].origin})"
        return text

    def _first(self, rule: Rule, place: Place) -> str:
        if place.items:
            return str(place.items[0])
        return self.names.short(place.file) if place.file else "the package" if rule.category == "package" else "the board"

    @staticmethod
    def _value(place: Place) -> str:
        if not np.isfinite(place.measured):
            return ""
        text = show(place.measured, place.unit, apart_from=place.limit)
        return f"{text} (overlapping)" if place.unit == "mm" and place.measured < -TOUCH else text

    @staticmethod
    def _softer(limit: Limit, used: float) -> bool:
        return limit.prefer is not None and abs(limit.prefer - used) < 1e-9 and limit.value != limit.prefer

    def finish(self, findings: Sequence[Finding]) -> list[Finding]:
        """Sort (severity, then how bad) and make fingerprints unique, in an order that does not depend on chance."""
        ordered = sorted(findings, key=lambda f: (f.fingerprint, *np.nan_to_num((f.places[0].x, f.places[0].y)), f.message))
        seen: Counter[str] = Counter()
        unique = []
        for f in ordered:
            n = seen[f.fingerprint]
            seen[f.fingerprint] += 1
            share = round(self.share[f.fingerprint], _DIGITS)  # so that equal ones keep their order when the board is moved
            if n:
                f = replace(f, fingerprint=hashlib.sha256(f"{f.fingerprint}#{n}".encode()).hexdigest()[:16])
            unique.append((SEVERITIES.index(f.severity), f.inherent, f.rule, share, f.fingerprint, f))
        return [row[-1] for row in sorted(unique, key=lambda row: row[:-1])]
