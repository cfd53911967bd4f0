"""Which native board belongs to which package: the one that is named alike, or that was given with it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePath

from ..board import Board, Note, Source
from ..errors import DfmError
from ..files import DESIGN, read_bytes
from ..package import Entry, Package, Role
from . import read_kicad
from .archive import Member

_WORD = re.compile(r"[\W_]+")


def pair(
    packages: Sequence[Package], natives: Sequence[tuple[Member, bool]], near: Sequence[Path], boards: Mapping[str, Board]
) -> list[Package]:
    """The packages with their native boards read and listed. Where boards lie with a package, and none is named like it, a
    note says so.

    natives: the boards among the files, and whether each was given for the one package there is (then its name does not
    matter). near: boards outside, which are read if they fit. boards: those that were read already, by path.
    """
    done = []
    for package in packages:
        named = [n for n in natives if is_named(package, PurePath(n[0].path).stem)]
        mine = [m for m, given in natives if given] or [m for m, _ in named]
        if not natives:
            outside = [p for p in near if is_named(package, p.stem)]
            mine = [Member(str(p), read_bytes(p, DESIGN)) for p in outside[:1]]
        if mine:
            package = _paired(package, mine[0], boards)
        elif natives:
            others = ", ".join(PurePath(m.path).name for m, _ in natives)
            why = f"is compared with no board: none that lies with it is named like it ({others}); --with says which it is"
            package = replace(package, notes=(*package.notes, Note(package.name, None, why)))
        for member in mine[1:]:
            package = _noted(package, member, f"is another board for the package; {PurePath(mine[0].path).name} is compared")
        done.append(package)
    return done


def is_named(package: Package, stem: str) -> bool:
    """Whether a package is named as a board file is."""
    return _key(stem) in names_of(package)


def names_of(package: Package) -> set[str]:
    """What the package calls its design, as `_key`: X2 project, job file, and what most of its layers' names begin with."""
    said = {package.job.project} if package.job else set()
    layers = [e for e in package.entries if e.image is not None or e.drill is not None]
    starts: Counter[str] = Counter()
    for entry in layers:
        for read in (entry.image, entry.drill):
            said |= set(read.file.get(".ProjectId", ())[:1]) if read is not None else set()
        name = PurePath(package.path(entry)).name
        starts.update({name[: end.start()] for end in _WORD.finditer(name)})
    said.add(max((start for start, n in starts.items() if n > len(layers) / 2), key=len, default=""))
    return {key for key in map(_key, said) if key}


def _paired(package: Package, member: Member, boards: Mapping[str, Board]) -> Package:
    """The package with its native board, which is read unless it was."""
    native, problem = boards.get(member.path), ""
    if native is None:
        try:
            native = read_kicad(member.data, member.path)
        except DfmError as error:
            problem = str(error).removeprefix(f"{member.path}: ")
            package = _noted(package, member, problem)
    entry = Entry(len(package.sources), Role("board", by="content"), problem=problem)
    source = Source(member.path, "kicad_pcb", member.data)
    return replace(package, sources=(*package.sources, source), entries=(*package.entries, entry), native=native)


def _noted(package: Package, member: Member, message: str) -> Package:
    return replace(package, notes=(*package.notes, Note(member.path, None, message)))


def _key(name: str) -> str:
    """A name without case and separators, for comparing."""
    return _WORD.sub("", name).lower()
