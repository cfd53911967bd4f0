"""Which native board belongs to which package: the one that is named alike, or that was given with it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import PurePath

from ..board import Board, Note, Source
from ..errors import DfmError
from ..package import Entry, Package, Role
from . import read_kicad
from .archive import Member

_WORD = re.compile(r"[\W_]+")


def pair(packages: Sequence[Package], natives: Sequence[tuple[Member, bool]], boards: Mapping[str, Board]) -> list[Package]:
    """The packages with their native boards read and listed; a board that is named like none of them is noted.

    natives: the boards beside the packages, and whether each was given for the one package there is (then its name does
    not matter). boards: those that were read already, by path.
    """
    done = list(packages)
    for member, given in sorted(natives, key=lambda n: not n[1]):
        mine = [i for i, p in enumerate(done) if given or is_named(p, PurePath(member.path).stem)]
        if not mine:
            why = "its name matches no package here, so it is compared with none (--with says that it belongs)"
            done = [_noted(p, member, why) for p in done]
        for i in mine:
            if done[i].native is not None:
                done[i] = _noted(done[i], member, "is one of several boards for this package: not compared")
            else:
                done[i] = _paired(done[i], member, boards)
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
