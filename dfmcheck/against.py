"""What changed since an earlier report: new findings, those that were there before, and those that are gone."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import numpy as np

from .board import Board, Floats
from .errors import DfmError
from .files import DESIGN, read_bytes
from .report import SEVERITIES, DesignReport, Finding, Place, Report, RuleResult, from_dict
from .waive import grown

_NEAR = 0.01
"""mm: places nearer than this to where they were have not moved."""
_NAMED = 3
"""So many rules are named in a note."""

Pairs = dict[int, int]
"""Rows of findings now, by rows of findings before."""
_Design = TypeVar("_Design", DesignReport, Board)


def load(path: Path) -> Report | None:
    """An earlier JSON report; None if the file is something else (an earlier revision of the design).

    Raises `DfmError` for a file that cannot be read, or that is JSON but no report of ours.
    """
    if path.is_dir():
        return None
    data = read_bytes(path, DESIGN)
    if not data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return None
    try:
        return from_dict(json.loads(data))
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise DfmError(f"is not a JSON report of dfmcheck ({type(error).__name__}: {error})", path=str(path)) from error


def earlier(designs: Sequence[_Design], name: str, *, only: bool) -> _Design | None:
    """The earlier state of a design: of the same name, or the one there is where `only` one design is compared."""
    found = next((d for d in designs if d.name == name), None)
    return found or (designs[0] if only and len(designs) == 1 else None)


def compare(now: DesignReport, before: DesignReport, path: str = "") -> DesignReport:
    """Tell each finding `new` or `unchanged`, and add those of `before` that are `fixed`.

    A finding is known by its fingerprint, else by its items: see `_moved`. One that got worse (more places, a worse value, a
    graver severity) or was waived before and is no longer is new, and says so. A finding of a rule that did not run now is
    not told as fixed. Where the two were judged differently, a note on `path` tells.
    """
    olds = [f for f in before.findings if f.change != "fixed"]
    row = {(f.rule, f.fingerprint): k for k, f in enumerate(olds)}
    was = {n: row[key] for n, f in enumerate(now.findings) if (key := (f.rule, f.fingerprint)) in row}
    moved = _moved(olds, now.findings, {k: n for n, k in was.items()})
    was |= {n: k for k, n in moved.items()}
    told = []
    for n, f in enumerate(now.findings):
        old = olds[was[n]] if n in was else None
        why = "" if old is None else _worse(f, old)
        message = f"{f.message} ({why})" if why else f.message
        told.append(replace(f, message=message, change="new" if old is None or why else "unchanged"))
    kept, ran = set(was.values()), {r.id for r in now.rules if _ran(r)}
    lost = [f for k, f in enumerate(olds) if k not in kept and f.rule in ran]
    gone = [replace(f, change="fixed", waived=None, places=_unplaced(f)) for f in lost]
    gone.sort(key=lambda f: (SEVERITIES.index(f.severity), f.rule, f.fingerprint))
    notes = tuple({"path": path, "line": None, "message": message} for message in _differences(now, before))
    return replace(now, findings=(*told, *gone), notes=(*now.notes, *notes))


def _worse(f: Finding, old: Finding) -> str:
    """Why a finding that was there before counts as new all the same; '' if it does not."""
    places = {p.identity for p in old.places} if f.fingerprint == old.fingerprint else set()
    measured = old.places[0].measured if old.places else None
    worse = grown(f, severity=old.severity, count=old.count, measured=measured, places=places)
    if worse:
        return f"worse than before: {worse}"
    return "it was waived before" if old.waived is not None and f.waived is None else ""


def _unplaced(f: Finding) -> tuple[Place, ...]:
    """The places of a finding of an earlier board: its items have no rows in the board of now."""
    return tuple(replace(p, items=tuple(replace(item, row=-1) for item in p.items)) for p in f.places)


def _ran(rule: RuleResult) -> bool:
    return rule.status not in ("skipped", "off")


def _moved(olds: Sequence[Finding], news: Sequence[Finding], known: Pairs) -> Pairs:
    """Findings without a fingerprint in common that are the same: rows of those now by rows of those before.

    First by the uuids of items, which a new name of a component or a net leaves as they are; then by the names of items, which
    outlive their uuids; then by what is measured where, for what has neither. Whatever could be paired in two ways is not,
    nor are things outside components that have uuids, and other ones.
    """
    pairs: Pairs = {}
    for link in (_by_uuid, _by_name):
        left = [k for k in range(len(olds)) if k not in known and k not in pairs]
        there = set(known.values()) | set(pairs.values())
        fresh = [n for n in range(len(news)) if n not in there]
        if not left or not fresh:
            return pairs
        pairs |= _linked(olds, news, left, fresh, link)
    left = [k for k in left if k not in pairs]
    fresh = [n for n in fresh if n not in set(pairs.values())]
    return pairs | _shifted(olds, news, left, fresh)


def _others(old: Finding, new: Finding) -> bool:
    """Whether two findings are about things outside components of which none is the same."""
    one, other = ({i.uuid for p in f.places for i in p.items if i.uuid and i.component is None} for f in (old, new))
    return bool(one and other) and one.isdisjoint(other)


def _kind(f: Finding) -> tuple[Hashable, ...]:
    """What must be equal at any rate."""
    first = f.places[0] if f.places else None
    return f.rule, f.inherent, first.layers if first else (), first.param if first else ""


def _by_uuid(place: Place) -> Hashable:
    uuids = frozenset(i.uuid for i in place.items)
    return uuids if uuids and None not in uuids else None


def _by_name(place: Place) -> Hashable:
    names = sorted((i.kind, i.component or "", i.pad or "", i.net or "") for i in place.items)
    return tuple(names) if names and all(any(name[1:]) for name in names) else None


def _linked(
    olds: Sequence[Finding], news: Sequence[Finding], left: Iterable[int], fresh: Iterable[int], link: Callable[[Place], Hashable]
) -> Pairs:
    """Findings that have a place in common, and none with any other."""
    holders: defaultdict[Hashable, set[int]] = defaultdict(set)
    for k in left:
        for place in olds[k].places:
            if (name := link(place)) is not None:
                holders[_kind(olds[k]), name].add(k)
    forth: dict[int, set[int]] = {}
    back: defaultdict[int, set[int]] = defaultdict(set)
    for n in fresh:
        names = {name for place in news[n].places if (name := link(place)) is not None}
        found = set().union(*(holders.get((_kind(news[n]), name), ()) for name in names))
        forth[n] = {k for k in found if not _others(olds[k], news[n])}
        for k in forth[n]:
            back[k].add(n)
    return {k: n for n, found in forth.items() if len(found) == 1 for k in found if len(back[k]) == 1}


def _shifted(olds: Sequence[Finding], news: Sequence[Finding], left: Iterable[int], fresh: Iterable[int]) -> Pairs:
    """Findings of the same things with the same values, all of which lie by one and the same way from where they lay.

    Things that have a name must lie where they lay: under another name there, they are others elsewhere.
    """
    groups: defaultdict[Hashable, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    for rows, findings, side in ((left, olds, 0), (fresh, news, 1)):
        for row in rows:
            f = findings[row]
            values = tuple(sorted(np.round([np.nan_to_num(p.measured) for p in f.places], 3).tolist()))
            things = tuple(tuple(sorted(i.kind for i in p.items)) for p in f.places)
            groups[_kind(f), values, things, f.places[0].file if f.places else ""][side].append(row)
    pairs: Pairs = {}
    for old, new in groups.values():
        if len(old) != len(new) or not all(f.places for f in (olds[old[0]], news[new[0]])):
            continue
        old, new = (_in_order(findings, rows) for findings, rows in ((olds, old), (news, new)))
        way = np.array([_spot(news[n]) - _spot(olds[k]) for k, n in zip(old, new)])
        named = any(_by_name(place) is not None for k in old for place in olds[k].places)
        apart = any(_others(olds[k], news[n]) for k, n in zip(old, new))
        if np.ptp(way, axis=0).max() < _NEAR and not apart and (not named or np.abs(way).max() < _NEAR):
            pairs |= dict(zip(old, new))
    return pairs


def _in_order(findings: Sequence[Finding], rows: list[int]) -> list[int]:
    return sorted(rows, key=lambda k: tuple(np.round(_spot(findings[k]), 2)))


def _spot(f: Finding) -> Floats:
    return np.array([0.0 if np.isnan(c) else c for c in (f.places[0].x, f.places[0].y)])


def _differences(now: DesignReport, before: DesignReport) -> list[str]:
    """What makes findings new or fixed although nothing changed on the board."""
    then = {r.id: r for r in before.rules}
    both = [(r, then[r.id]) for r in now.rules if _ran(r) and r.id in then and _ran(then[r.id])]
    other = [r.id for r, old in both if _limits(r) != _limits(old) or r.severity != old.severity]
    fresh = [r.id for r in now.rules if _ran(r) and not (r.id in then and _ran(then[r.id]))]
    fresh = [rule for rule in fresh if any(f.rule == rule for f in now.findings)]
    told = []
    if other:
        told.append(f"was judged by other limits or severities in {_some(other)}: what is new or fixed there may come of that")
    if fresh:
        told.append(f"did not run {_some(fresh)}: all that is found there counts as new")
    return told


def _limits(rule: RuleResult) -> dict[str, tuple[float | None, float | None]]:
    return {name: (used.value, used.prefer) for name, used in rule.limits.items()}


def _some(rules: Sequence[str]) -> str:
    more = f" and {len(rules) - _NAMED} more" if len(rules) > _NAMED else ""
    return ", ".join(rules[:_NAMED]) + more
