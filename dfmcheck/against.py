"""What changed since an earlier report: new findings, those that were there before, and those that are gone."""

from __future__ import annotations

import json
import math
import re
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from itertools import permutations, takewhile
from pathlib import Path, PurePath
from typing import Generic, TypeVar

import numpy as np

from .board import Board
from .errors import DfmError
from .files import DESIGN, read_bytes
from .report import SEVERITIES, DesignReport, Finding, Place, Report, RuleResult
from .same import NEAR, Same
from .waive import grown

_NEAR = 0.01
"""mm: places nearer than this to where they were have not moved."""
_KNOWN = 0.1
"""Share of earlier findings of which fewer are found again on another board."""
_NAMED = 3
"""So many rules are named in a note."""

Pairs = dict[int, int]
"""Rows of findings now, by rows of findings before."""


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
        told = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise DfmError(f"is not a JSON report of dfmcheck ({type(error).__name__}: {error})", path=str(path)) from error
    return Report.from_dict(told, path=str(path))


Design = TypeVar("Design", bound=DesignReport | Board)


class Earlier(Generic[Design]):
    """Earlier states of designs, each of which is taken for one design of now."""

    def __init__(self, designs: Sequence[Design]) -> None:
        self.designs = designs
        self.taken: dict[int, str] = {}
        """Path of the design that each was taken for."""

    def of(self, now: DesignReport, *, alone: bool) -> Design:
        """The earlier state of a design: of the same name, or the one there is where the design is compared `alone`.

        Of several with that name the one whose file's path ends most alike. Raises `DfmError` where that does not tell, where
        there is none, and where it was taken for another design.
        """
        name, path = now.name, _path(now)
        found = [d for d in self.designs if d.name == name] or list(self.designs if alone and len(self.designs) == 1 else ())
        if not found:
            names = ", ".join(d.name for d in self.designs) or "none"
            raise DfmError(f"holds nothing earlier of {name}; it has {names}")
        alike = [_alike(_path(d), path) for d in found]
        if alike.count(max(alike)) > 1:
            raise DfmError(
                f"holds {len(found)} designs of the name {name}, and their paths do not tell which is the earlier {path}"
            )
        one = found[alike.index(max(alike))]
        if (other := self.taken.setdefault(id(one), path)) != path:
            raise DfmError(f"holds one {name}, which was taken for {other} already")
        return one


def _path(design: DesignReport | Board) -> str:
    if isinstance(design, Board):
        return design.sources[0].path if design.sources else ""
    return str(design.inputs[0]["path"]) if design.inputs else ""


def _alike(one: str, other: str) -> int:
    """How many of the last parts of two paths are the same."""
    pairs = zip(reversed(PurePath(one).parts), reversed(PurePath(other).parts))
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def compare(now: DesignReport, before: DesignReport, path: str = "") -> DesignReport:
    """Tell each finding `new` or `unchanged`, and add those of `before` that are `fixed`.

    A finding is known by its fingerprint, else by its items: see `_moved`. One that got worse (another place, a worse value
    at one, a graver severity) or was waived before and is no longer is new, and says so. A finding of a rule that did not run
    now is not told as fixed. Where the two were judged differently, a note on `path` tells. What an earlier comparison of `now`
    told as fixed is not there now.
    """
    now = replace(now, findings=tuple(f for f in now.findings if f.change != "fixed"))
    same = Same(now, before)
    olds = [f for f in before.findings if f.change != "fixed"]
    row = {(f.rule, f.fingerprint): k for k, f in enumerate(olds)}
    was = {n: row[key] for n, f in enumerate(now.findings) if (key := (f.rule, f.fingerprint)) in row}
    known = {k: n for n, k in was.items()}
    linked = _linked(olds, now.findings, known, same)
    shifted = _shifted(olds, now.findings, known | linked, same)  # that lie where they lay was looked at
    was |= {n: k for k, n in (linked | shifted).items()}
    told = []
    for n, f in enumerate(now.findings):
        old = olds[was[n]] if n in was else None
        why = ""
        if old is not None:
            worse = grown(f, severity=old.severity, count=old.count) if was[n] in shifted else same.worse(f, old)
            gone = old.waived is not None and f.waived is None
            why = f"worse than before: {worse}" if worse else "it was waived before" if gone else ""
        message = f"{f.message} ({why})" if why else f.message
        told.append(replace(f, message=message, change="new" if old is None or why else "unchanged"))
    kept, ran = set(was.values()), {r.id for r in now.rules if _ran(r)}
    lost = [f for k, f in enumerate(olds) if k not in kept and f.rule in ran]
    gone_ = [replace(f, change="fixed", waived=None, places=_unplaced(f)) for f in lost]
    gone_.sort(key=lambda f: (SEVERITIES.index(f.severity), f.rule, f.fingerprint))
    differences = _differences(now, before)
    if olds and len(kept) < len(olds) * _KNOWN and _strange(now, before):
        differences.append("has another outline and no component in common: is it an earlier state of this design?")
    notes = ({"path": path, "line": None, "message": message} for message in differences)
    return replace(now, findings=(*told, *gone_), notes=(*now.notes, *(note for note in notes if note not in now.notes)))


def _unplaced(f: Finding) -> tuple[Place, ...]:
    """The places of a finding of an earlier board: its items have no rows in the board of now."""
    return tuple(replace(p, items=tuple(replace(item, row=-1) for item in p.items)) for p in f.places)


def _ran(rule: RuleResult) -> bool:
    return rule.status not in ("skipped", "off")


def _left(olds: Sequence[Finding], news: Sequence[Finding], known: Pairs) -> tuple[list[int], list[int]]:
    there = set(known.values())
    return [k for k in range(len(olds)) if k not in known], [n for n in range(len(news)) if n not in there]


def _kind(f: Finding) -> tuple[Hashable, ...]:
    """What must be equal at any rate, with what is said of the worst place: that tells one cause from another."""
    first = f.places[0] if f.places else None
    return f.rule, f.inherent, first.layers if first else (), first.param if first else "", _words(first.detail if first else "")


def _words(text: str) -> str:
    return re.sub(r"[-\d.]+", "", text)


def _by_uuid(place: Place, same: Same) -> Hashable:
    uuids = frozenset(i.uuid for i in place.items)
    return uuids if uuids and None not in uuids else None


def _by_name(place: Place, same: Same) -> Hashable:
    names = sorted(same.name(i) for i in place.items)
    return tuple(names) if names and all(any(name[1:]) for name in names) else None


def _linked(olds: Sequence[Finding], news: Sequence[Finding], known: Pairs, same: Same) -> Pairs:
    """Findings without a fingerprint in common that are about the same things: rows of those now by rows of those before.

    First by the uuids of items, which a new name of a component or a net leaves as they are; then by the names of items, where
    they have no uuids to tell them apart. Whatever could be paired in two ways is not.
    """
    pairs: Pairs = {}
    for link in (_by_uuid, _by_name):
        left, fresh = _left(olds, news, known | pairs)
        if not left or not fresh:
            return pairs
        pairs |= _in_common(olds, news, left, fresh, partial(link, same=same), same)
    return pairs


def _in_common(
    olds: Sequence[Finding],
    news: Sequence[Finding],
    left: Iterable[int],
    fresh: Iterable[int],
    link: Callable[[Place], Hashable],
    same: Same,
) -> Pairs:
    """Findings that have a place in common, and none with any other."""
    holders: defaultdict[Hashable, list[tuple[int, Place]]] = defaultdict(list)
    for k in left:
        for place in olds[k].places:
            if (name := link(place)) is not None:
                holders[_kind(olds[k]), name].append((k, place))
    forth: dict[int, set[int]] = {}
    back: defaultdict[int, set[int]] = defaultdict(set)
    for n in fresh:
        forth[n] = set()
        for place in news[n].places:
            for k, old in holders.get((_kind(news[n]), link(place)), ()):
                if k not in forth[n] and same.place(place, old):
                    forth[n].add(k)
                    back[k].add(n)
    return {k: n for n, found in forth.items() if len(found) == 1 for k in found if len(back[k]) == 1}


def _shifted(olds: Sequence[Finding], news: Sequence[Finding], known: Pairs, same: Same) -> Pairs:
    """Findings of the same kinds of things with the same values, all of which lie by one and the same way from where they lay.

    A lone one must lie where it lay, as far as the whole board did not move. Things that have a name must lie where they lay:
    under another name there, they are others elsewhere. What has no things at all is known by its fingerprint alone.
    """
    groups: defaultdict[Hashable, tuple[list[Finding], list[Finding]]] = defaultdict(lambda: ([], []))
    rows = {}
    for side, (findings, left) in enumerate(zip((olds, news), _left(olds, news, known))):
        for row in left:
            f = _in_order(findings[row])
            if not f.places or not all(p.items and math.isfinite(p.x + p.y) for p in f.places):
                continue
            rows[id(f)] = row
            values = tuple(None if not math.isfinite(p.measured) else round(p.measured, 3) for p in f.places)
            things = tuple(tuple(sorted(i.kind for i in p.items)) for p in f.places)
            groups[_kind(f), values, things, f.places[0].file][side].append(f)
    pairs: Pairs = {}
    for old, new in groups.values():
        if len(old) != len(new):
            continue
        old.sort(key=_spots)
        new.sort(key=_spots)
        both = list(zip(old, new))
        way = np.array([(p.x - q.x, p.y - q.y) for o, f in both for p, q in zip(f.places, o.places)])
        named = any(_by_name(p, same) is not None for f in old for p in f.places)
        if named:
            stays = np.abs(way).max() < _NEAR
        elif len({_spots(f)[0] for f in old}) == 1:
            stays = any(np.hypot(*(way - np.array(moved)).T).max() <= NEAR for moved in same.ways)
        else:
            stays = np.ptp(way, axis=0).max() < _NEAR
        if stays and not any(_others(p, q) for o, f in both for p, q in zip(f.places, o.places)):
            pairs |= {rows[id(o)]: rows[id(f)] for o, f in both}
    return pairs


def _others(new: Place, old: Place) -> bool:
    """Whether two places are about things that have uuids, and other ones."""
    orders = permutations(old.items)
    return not any(all(not (i.uuid and j.uuid and i.uuid != j.uuid) for i, j in zip(new.items, order)) for order in orders)


def _spots(f: Finding) -> list[tuple[float, float]]:
    return [(round(p.x, 2), round(p.y, 2)) for p in f.places]


def _in_order(f: Finding) -> Finding:
    """A finding with its places in the order in which they lie."""
    return replace(f, places=tuple(sorted(f.places, key=lambda p: (round(p.x, 2), round(p.y, 2)))))


def _strange(now: DesignReport, before: DesignReport) -> bool:
    """Whether the two seem to be other boards altogether."""
    refs, then = ({str(c.get("ref")) for c in d.components} for d in (now, before))
    sizes = [(d.board.get("width"), d.board.get("height")) for d in (now, before)]
    return sizes[0] != sizes[1] and not refs & then


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
