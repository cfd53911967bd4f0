"""Which files of a folder belong to one design.

A folder or archive that holds copper and what belongs to it is a design. One that lacks it (drill files in a folder of
their own) joins the nearest that lacks what it holds. Where names in one folder begin with the names of several boards,
each board is a design. Two plots of one board stay two designs, unless they are the same bytes.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from . import role_names, role_x2
from .role_claim import MAKING, Claim
from .role_evidence import File, decide, evidence

_ARCHIVE = re.compile(r"\.(zip|rar|7z|tar|tgz|gz|bz2|xz)$", re.I)

_MANY = 200
"""Designs that a folder which is none by itself is held against."""

Signature = tuple[str, str, int]


@dataclass
class _Cluster:
    """Layer and drill files that belong together."""

    place: tuple[str, ...]
    """Folders and archives it lies in."""
    label: list[str]
    """Words that name it: of its archive, or those that its files' names begin with."""
    members: list[int] = field(default_factory=list)
    more: list[int] = field(default_factory=list)
    places: list[tuple[str, ...]] = field(default_factory=list)


def group(files: Sequence[File]) -> list[list[int]]:
    """The designs in a package: for each, the rows of its files in the order given; whole boards before mere stencils.

    Files that several designs share (a parts list, a licence) are in each of them. Every file is in at least one.
    """
    cases = evidence(files)
    claims = [decide(case) for case in cases]
    layers = [
        i for i, (case, claim) in enumerate(zip(cases, claims)) if case.form in ("gerber", "drill") and claim.kind != "document"
    ]
    layers += [i for i, (case, claim) in enumerate(zip(cases, claims)) if case.form == "empty" and claim.kind in MAKING]
    if not layers:
        return [list(range(len(files)))] if files else []
    signs: dict[int, Signature] = {i: _sign(claims[i]) for i in layers}
    folders: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for i in layers:
        folders[_place(files[i].path)].append(i)
    clusters: list[_Cluster] = []
    for place in sorted(folders):
        clusters += _boards(files, place, folders[place], signs)
    clusters = _joined(_same_bytes(files, clusters), signs)
    _share(files, claims, clusters, [i for i in range(len(files)) if i not in signs])
    clusters.sort(key=lambda c: (not _whole(c.members, signs), c.place, c.label, min(files[i].path for i in c.members)))
    return [sorted({*c.members, *c.more}) for c in clusters]


def _parts(path: str) -> list[str]:
    return [p for p in re.split(r"[/\\]", path) if p] or [""]


def _place(path: str) -> tuple[str, ...]:
    return tuple(_parts(path)[:-1])


def _sign(claim: Claim) -> Signature:
    """What only one file of a design can be, as far as it is known before the design is."""
    kind, side = claim.kind, claim.side
    if kind == "copper":
        number = claim.number or claim.inner * 100 or claim.loose * 1000
        return kind, side, number if side not in ("top", "bottom") else 0
    if kind == "drill":
        through = claim.span is None or claim.span[1] == claim.total
        return kind, "" if through else str(claim.span), int(claim.plated)
    return kind, side, 0


def _once(sign: Signature) -> bool:
    """Whether a design has only one such file; several drill files, drawings and unknown layers are usual."""
    return sign[0] in ("copper", "mask", "paste", "silk", "edge") and (sign[0] == "edge" or bool(sign[1]))


def _clash(rows: Sequence[int], signs: dict[int, Signature]) -> bool:
    seen = [signs[i] for i in rows if _once(signs[i]) and signs[i][0] != "edge"]
    return len(seen) != len(set(seen))


def _whole(rows: Sequence[int], signs: dict[int, Signature]) -> bool:
    """Whether files alone make a board: copper and two other kinds of layers."""
    kinds = {signs[i][0] for i in rows if signs[i][0] in MAKING}
    return "copper" in kinds and len(kinds) >= 3


def _boards(files: Sequence[File], place: tuple[str, ...], rows: list[int], signs: dict[int, Signature]) -> list[_Cluster]:
    """Split one folder by the boards that its files name, where they claim layers twice."""
    archive = next((p for p in reversed(place) if _ARCHIVE.search(p)), "")
    label = role_names.tokens(_ARCHIVE.sub("", archive))
    parts = {"": rows}
    if _clash(rows, signs):
        parts = _by_project(files, rows, signs) or _by_words(files, rows, signs) or parts
    return [_Cluster(place, name.split() or label, members, places=[place]) for name, members in sorted(parts.items())]


def _by_project(files: Sequence[File], rows: list[int], signs: dict[int, Signature]) -> dict[str, list[int]]:
    """By X2 ProjectId; a file without one goes where its name begins alike."""
    parts: dict[str, list[int]] = defaultdict(list)
    rest: list[int] = []
    for i in rows:
        project = role_x2.attributes(files[i].data).get(".ProjectId", ())
        (parts[" ".join(role_names.tokens(project[0]))] if project else rest).append(i)
    names = {name: name.split() for name in parts}
    for i in rest:
        words = role_names.tokens(_parts(files[i].path)[-1])
        fitting = [name for name, start in names.items() if words[: len(start)] == start]
        if not fitting:
            return {}
        parts[max(fitting, key=len)].append(i)
    return dict(parts) if _good(parts, signs) else {}


def _by_words(files: Sequence[File], rows: list[int], signs: dict[int, Signature]) -> dict[str, list[int]]:
    """By the fewest leading words of the names under which no board has a layer twice."""
    words = {i: role_names.tokens(role_names.split(_parts(files[i].path)[-1])[0]) for i in rows}
    for length in range(1, max(map(len, words.values())) + 1):
        parts: dict[str, list[int]] = defaultdict(list)
        for i in rows:
            parts[" ".join(words[i][:length])].append(i)
        if _good(parts, signs):
            return dict(parts)
    return {}


def _good(parts: dict[str, list[int]], signs: dict[int, Signature]) -> bool:
    return len(parts) > 1 and all(_whole(rows, signs) and not _clash(rows, signs) for rows in parts.values())


def _same_bytes(files: Sequence[File], clusters: list[_Cluster]) -> list[_Cluster]:
    """A cluster whose every file is in another, byte for byte, is a copy: its files go with that one, as duplicates."""
    kept: list[_Cluster] = []
    homes: dict[bytes, list[int]] = defaultdict(list)
    for cluster in sorted(clusters, key=lambda c: (-len(c.members), len(c.place), c.place)):
        content = {files[i].data for i in cluster.members} - {b""}
        within = [set(homes.get(data, ())) for data in content]
        common = set.intersection(*within) if within else set()
        if common:
            home = kept[min(common)]
            home.more += cluster.members
            home.places += cluster.places
            continue
        for data in content:
            homes[data].append(len(kept))
        kept.append(cluster)
    return kept


def _joined(clusters: list[_Cluster], signs: dict[int, Signature]) -> list[_Cluster]:
    """Join clusters that are no board by themselves with the nearest that holds nothing they hold."""
    holds = {id(c): {signs[i] for i in c.members if signs[i][0] in MAKING} for c in clusters}
    todo = sorted((c for c in clusters if not _whole(c.members, signs)), key=lambda c: (-_copper(c, signs), c.place, c.label))
    done = [c for c in clusters if _whole(c.members, signs)]
    for cluster in todo:
        fitting = [c for c in done[:_MANY] if holds[id(c)].isdisjoint(holds[id(cluster)])]
        home = max(fitting, key=lambda c: _near(cluster.place, c.place), default=None)
        if home is None or (_near(cluster.place, home.place) == 0 and min(len(cluster.place), len(home.place)) > 1):
            done.append(cluster)
        else:
            home.members += cluster.members
            home.places += cluster.places
            holds[id(home)] |= holds[id(cluster)]
    return done


def _copper(cluster: _Cluster, signs: dict[int, Signature]) -> int:
    return sum(signs[i][0] == "copper" for i in cluster.members)


def _near(one: tuple[str, ...], other: tuple[str, ...]) -> int:
    """How many leading folders two places share."""
    length = 0
    while length < min(len(one), len(other)) and one[length] == other[length]:
        length += 1
    return length


def _share(files: Sequence[File], claims: Sequence[Claim], clusters: list[_Cluster], rest: list[int]) -> None:
    """Give each other file to the designs it belongs to: of its folder, of its name, else to all that are nearest."""
    boards = [c for c in clusters if any(claims[i].kind == "copper" for i in c.members)] or clusters
    at: dict[tuple[str, ...], list[_Cluster]] = defaultdict(list)
    for cluster in clusters:
        for place in {p[:n] for p in cluster.places for n in range(len(p) + 1)}:
            at[place].append(cluster)
    exact: dict[tuple[str, ...], list[_Cluster]] = defaultdict(list)
    for cluster in clusters:
        for place in set(cluster.places):
            exact[place].append(cluster)
    for i in rest:
        parts = tuple(_parts(files[i].path))
        # Its own folder; the archive itself; else the boards of the nearest folder above that has any.
        pool = exact.get(parts[:-1]) or at.get(parts) or boards
        if len(pool) > 1:
            words = role_names.tokens(role_names.split(parts[-1])[0])
            fits = [_match(words, c.label) for c in pool]
            if max(fits):
                pool = [c for c, fit in zip(pool, fits) if fit == max(fits)]
            elif pool is boards:
                mine = {id(c) for c in boards}
                above = (at.get(parts[:n], []) for n in range(len(parts) - 1, -1, -1))
                pool = next(found for near in above if (found := [c for c in near if id(c) in mine]))
        for cluster in pool:
            cluster.more.append(i)


def _match(words: list[str], label: list[str]) -> int:
    """How many words of a design's name a file's name begins with, 0 unless all."""
    return len(label) if label and words[: len(label)] == label else 0
