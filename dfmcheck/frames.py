"""Which files of a package lie in one frame, and how the others lie to it.

Flashes and hits that mean one thing coincide: mask openings and paste apertures with pads, hits with lands. Files that agree
as they are make one frame; the frame that most files share is the package's. The others are asked how they would fit.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import combinations
from typing import NamedTuple
from weakref import WeakKeyDictionary

import numpy as np
import shapely

from .package import Drill, Entry, Form, Image, Package
from .registration import STILL, Cloud, Fit, Points, anyhow, around, in_place

NEAR = 0.01
"""mm: marks of two files that are no farther from each other coincide; more where a file's numbers are coarser."""
LARGEST = 6.0
"""mm: a region no larger may be a pad or an opening, and its middle a mark."""
KINDS = ("copper", "mask", "paste", "drill")
_AGREE, _SOME = 0.8, 0.05
"""Share of the marks of the smaller file that coincide in files of one frame: without a further question, and if no other
way to lay them on one another is better."""
_SURE, _FEW = 8, 4
"""Marks that must coincide before a file is said to lie elsewhere; of a file with few marks all must."""
_SHARE, _LEFT = 0.6, 0.4
"""Share of the marks that must coincide then, and the part of those that do not in place that may be left over."""
_BEATEN = 1.25
"""Marks of a file that hardly coincide in place, where another way has this many times as many, tell nothing."""
MOST_FILMS = 128
"""Files that are held against one another; boards have fewer than a hundred."""
_SEARCHES, _ONE = 20_000_000, 10_000
"""Marks that are laid on others in any way, over all searches, and as how many a search counts besides those of its files."""


@dataclass(frozen=True, slots=True, eq=False)
class Film:
    """A file with the places of its marks."""

    entry: Entry
    cloud: Cloud
    grain: float
    """mm: by how much the number format may move a mark."""

    @property
    def kind(self) -> str:
        return self.entry.role.kind


class Placed(NamedTuple):
    """How a film lies to the package's frame."""

    film: int
    partner: int
    """The film that it was measured on, -1 where nothing tells."""
    fit: Fit
    """From the film's marks to the partner's."""
    astray: bool
    """Whether it lies in another frame; else it coincides as it is, but for what `fit` says."""


@dataclass(frozen=True, slots=True, eq=False)
class Frames:
    films: tuple[Film, ...]
    placed: tuple[Placed, ...]
    """One a film."""
    left: str = ""
    """What was not held against the other files, and why; '' if all was."""

    def of(self, entry: Entry) -> Placed | None:
        """How the film of an entry lies; None of one that is no film or could not be read."""
        return next((p for p in self.placed if self.films[p.film].entry is entry), None)

    def astray(self, entry: Entry) -> bool:
        """Whether an entry is known to lie elsewhere: then nothing else can be said of it."""
        placed = self.of(entry)
        return placed is not None and placed.astray and placed.partner >= 0

    def hits(self) -> Iterator[tuple[Entry, Drill, Points]]:
        """The holes of each drill file, by `hits`, brought to where they belong."""
        for placed in self.placed:
            entry = self.films[placed.film].entry
            if entry.role.kind == "drill" and entry.drill is not None:
                at = hits(entry.drill)
                yield entry, entry.drill, placed.fit.apply(at) if self.astray(entry) else at


_KNOWN: WeakKeyDictionary[Package, Frames] = WeakKeyDictionary()


def frames(package: Package) -> Frames:
    """The frames of a package, computed once."""
    found = _KNOWN.get(package)
    if found is None:
        known = films(package)
        found = _frames(known[:MOST_FILMS])
        if len(known) > MOST_FILMS:
            found = replace(found, left=f"of {len(known)} films and drill files only {MOST_FILMS} are held against one another")
        _KNOWN[package] = found
    return found


def films(package: Package) -> tuple[Film, ...]:
    """The copper, mask, paste and drill files that were read, with their marks."""
    out = []
    for entry in package.entries:
        kind = entry.role.kind
        if kind == "drill" and entry.drill is not None:
            out.append(Film(entry, Cloud(hits(entry.drill)), grain(entry.drill)))
        elif kind in ("copper", "mask", "paste") and entry.image is not None:
            out.append(Film(entry, Cloud(marks(entry.image)), 0.75 * entry.image.resolution))
    return tuple(out)


def grain(drill: Drill) -> float:
    unit = 25.4 if drill.format.unit == "in" else 1.0
    return float(0.75 * unit * 10.0 ** -max(drill.format.decimals, 3 if drill.format.zeros == "decimal" else 1))


def near(a: Film, b: Film) -> float:
    return max(NEAR, a.grain + b.grain)


def hits(drill: Drill) -> Points:
    """Middles of the holes and of the boxes of slots."""
    x0, y0, x1, y1 = shapely.bounds(drill.hits.core).T if len(drill.hits) else np.empty((4, 0))
    return np.asarray((x0 + x1) / 2 + 1j * (y0 + y1) / 2)


def marks(image: Image) -> Points:
    """Where an image flashes, and the middles of its small regions."""
    g = image.graphics
    flash = g.form == Form.FLASH
    rows = np.flatnonzero(g.form == Form.REGION)
    x0, y0, x1, y1 = shapely.bounds(g.core[rows]).T if len(rows) else np.empty((4, 0))
    small = np.maximum(x1 - x0, y1 - y0) <= LARGEST
    return np.concatenate([g.x[flash] + 1j * g.y[flash], ((x0 + x1) / 2 + 1j * (y0 + y1) / 2)[small]])


def _frames(films: tuple[Film, ...]) -> Frames:
    """Join files by what their marks say of one another, the surest first; then see how all lie to the frame of most."""
    n = len(films)
    group = np.arange(n)
    to_root = [STILL] * n
    budget, left = _SEARCHES, ""
    for (i, j), fit in _links(films):
        if group[i] == group[j]:
            continue
        if fit is None:
            budget -= _ONE + len(films[i].cloud) + len(films[j].cloud)
            if budget < 0:
                left = "the films have so little in common that not all were held against one another"
                break
            fit = _relation(films[i], films[j])
            if fit is None:
                continue
        moved = to_root[i].inverse().then(fit).then(to_root[j])
        for k in np.flatnonzero(group == group[i]).tolist():
            to_root[k] = to_root[k].then(moved)
        group[group == group[i]] = group[j]
    sizes = np.bincount(group, minlength=n) if n else np.zeros(1, np.int64)
    joined = np.flatnonzero(group == np.argmax(sizes)).tolist() if n and sizes.max() > 1 else []
    home = _home(films, joined, to_root)
    return Frames(films, tuple(_placed(films, i, home, joined, to_root) for i in range(n)), left)


def _links(films: tuple[Film, ...]) -> Iterator[tuple[tuple[int, int], Fit | None]]:
    """Pairs of files in the order in which they are to be believed; with the fit where it needs no search.

    First those of which most marks of both coincide, then those that could have most in common: so a few holes that are
    symmetric by chance do not vouch for a mirrored file.
    """
    sure, rest = [], []
    for i, j in combinations(range(len(films)), 2):
        a, b = films[i], films[j]
        if not _related(a.entry, b.entry) or not len(a.cloud) or not len(b.cloud):
            continue
        fit = in_place(a.cloud, b.cloud, near(a, b))
        if fit.share >= _AGREE and fit.matched >= max(_SURE, len(a.cloud) / 4, len(b.cloud) / 4):
            sure.append((-fit.matched, 0, (i, j), fit))
        else:
            rest.append((-min(len(a.cloud), len(b.cloud)), -fit.matched, (i, j), None))
    for *_, pair, known in sorted(sure, key=lambda row: row[:3]) + sorted(rest, key=lambda row: row[:3]):
        yield pair, known


def _relation(a: Film, b: Film) -> Fit | None:
    """How the marks of `a` lie to those of `b`; None where they do not tell."""
    plain = in_place(a.cloud, b.cloud, near(a, b))
    if plain.share >= _AGREE:
        return plain
    fit = anyhow(a.cloud, b.cloud, near(a, b))
    if fit.matched >= plain.matched + _SURE and fit.share >= _SHARE and 1 - fit.share <= (1 - plain.share) * _LEFT:
        return fit
    if fit.matched >= _FEW and fit.share == 1 and fit.matched >= 2 * plain.matched:
        return fit
    if plain.matched >= _FEW and plain.share >= _SOME and fit.matched <= _BEATEN * plain.matched:
        return plain
    return None


def _related(a: Entry, b: Entry) -> bool:
    """Whether files of these roles have marks in common."""
    one, other = sorted((a.role, b.role), key=lambda r: KINDS.index(r.kind))
    match one.kind, other.kind:
        case ("copper", "copper") | ("mask", "mask") | ("copper" | "mask", "drill"):
            return True
        case ("copper" | "mask", "mask" | "paste"):
            return one.side == other.side
    return False


def _home(films: tuple[Film, ...], joined: list[int], to_root: list[Fit]) -> list[int]:
    """The files of the frame that most of the joined ones share; of several, of the one with drill files, then most marks."""
    frames: list[list[int]] = []
    for i in joined:
        for members in frames:
            k = members[0]
            if _apart(films[i], to_root[i], to_root[k]) <= near(films[i], films[k]):
                members.append(i)
                break
        else:
            frames.append([i])

    def rank(members: list[int]) -> tuple[int, int, int]:
        drilled = sum(films[i].kind == "drill" for i in members)
        return len(members), drilled, sum(len(films[i].cloud) for i in members)

    return max(frames, key=rank, default=[])


def _apart(film: Film, one: Fit, other: Fit) -> float:
    """mm: how far apart two fits move the marks of a film at most."""
    return float(np.abs(one.apply(film.cloud.points) - other.apply(film.cloud.points)).max(initial=0.0))


def _placed(films: tuple[Film, ...], i: int, home: list[int], joined: list[int], to_root: list[Fit]) -> Placed:
    """How a film lies to the frame `home`, and the film that has most marks in common with it: one of home, if any has."""
    if i not in joined or home == [i]:
        return Placed(i, -1, STILL, i not in home)

    def homeward(k: int) -> Fit:
        return STILL if k in home else to_root[k].then(to_root[home[0]].inverse())

    fit, film = homeward(i), films[i]
    moved = Cloud(fit.apply(film.cloud.points))
    common: dict[int, Fit] = {}
    for pool in (home, joined):
        for k in pool:
            if k != i and _related(film.entry, films[k].entry):
                common[k] = in_place(moved, Cloud(homeward(k).apply(films[k].cloud.points)), near(film, films[k]))
        most = max((f.matched for f in common.values()), default=0)
        if most >= _FEW:
            break
    partner = max((k for k in common if common[k].matched >= most / 2), key=lambda k: common[k].share, default=-1)
    if not most:
        return Placed(i, -1, fit, i not in home)
    if i in home and partner in home:
        fit = around(film.cloud, films[partner].cloud, near(film, films[partner]))
    found = common[partner]
    return Placed(i, partner, fit._replace(matched=found.matched, share=found.share), i not in home)
