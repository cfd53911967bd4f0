"""From a folder, a zip or single files to the handoff packages in them: each file is read once and given its role."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePath

import numpy as np
import shapely

from ..board import Board, Cover, Floats, Note, Source
from ..console import DEBUG, bug
from ..errors import DfmError
from ..package import Drill, Entry, Fault, Form, Image, Job, Netlist, Package, Points, Role
from .archive import Member, contents
from .assemble import assemble
from .designs import group
from .drill_faults import TABLE
from .drill_fit import fit
from .drill_image import drill_of
from .drill_tools import read_tools
from .excellon import read_excellon
from .gerber import read_gerber
from .ipcd356 import read_ipcd356
from .job import read_job
from .kinds import kind_of
from .native import pair
from .roles import File, assign

FABRICATION = ("gerber", "excellon")
_KINDS = {"bom": "bom", "placement": "placement", "document": "document", "report": "document", "archive": "archive"}
"""Kind in the report of files that only their role tells apart."""
FAR = 20_000.0
"""mm from the origin: no board or panel reaches there."""
_MAKING = ("copper", "mask", "paste", "silk", "edge", "drill")
_OWN = ("dfmcheck.toml", "pyproject.toml")
"""Our own files, which lie where they are looked for."""
_LISTED = 5
"""Files that one note names."""


@dataclass(slots=True)
class Found:
    """A file of the handoff with what was read of it."""

    member: Member
    kind: str
    given: bool
    """Named by --with, not found in the design's own folder or zip."""
    image: Image | None = None
    drill: Drill | None = None
    job: Job | None = None
    points: tuple[Points, tuple[Fault, ...]] | None = None
    note: Note | None = None
    """Why it could not be read."""

    @property
    def file(self) -> File:
        return File(self.member.path, self.member.data, self.image, self.drill, self.job)


@dataclass(slots=True)
class Handoff:
    """All files that a design was given as, before they are told apart."""

    path: Path
    found: list[Found]
    notes: list[Note]
    """What was passed over, and what could not be had."""


def read_packages(path: Path, extra: Sequence[Path] = ()) -> list[Package]:
    """The packages in a folder, a zip, or a single Gerber or drill file; none where there is no such file.

    path: where to look; several boards in one folder are several packages.
    extra: further files, folders or zips that belong to the one package there.

    A file that cannot be read is an entry with its `problem`, and noted. Raises `DfmError` for a folder or archive that
    cannot be read safely, and where `extra` meets several packages.
    """
    return packages_of(find(path, extra))


def find(path: Path, extra: Sequence[Path] = ()) -> Handoff:
    """All files of a design, each read once where a reader knows it; boards are left for later."""
    handoff = Handoff(path, [], [])
    for place in (path, *extra):
        inside = contents(place)
        handoff.notes += inside.notes
        handoff.found += [_read(member, place is not path) for member in inside.members]
    return handoff


def packages_of(handoff: Handoff, boards: Mapping[str, Board] | None = None, near: Sequence[Path] = ()) -> list[Package]:
    """The packages among the files.

    boards: native ones that were read already, by path. near: further ones, outside, that are read where they fit.
    """
    natives = [f for f in handoff.found if f.kind == "kicad_pcb"]
    others = [f for f in handoff.found if f.kind != "kicad_pcb"]
    own = [f for f in others if not f.given]
    groups = [[own[i] for i in rows] for rows in group([f.file for f in own])]
    groups = [members for members in groups if any(f.kind in FABRICATION for f in members)]
    if len(groups) > 1 and any(f.given for f in handoff.found):
        several = ", ".join(_names(handoff.path, groups))
        raise DfmError(f"holds several designs ({several}), and --with goes with one", path=str(handoff.path))
    given = [f for f in others if f.given]
    if given and (groups or any(f.kind in FABRICATION for f in given)):
        groups = [[*(groups[0] if groups else own), *given]]
    names = _names(handoff.path, groups)
    packages = [package_of(name, handoff.path, members, handoff.notes) for name, members in zip(names, groups)]
    packages = pair(packages, [(f.member, f.given) for f in natives], near, boards or {})
    return [replace(package, board=assemble(package)) for package in packages]


def _read(member: Member, given: bool) -> Found:
    """Read one file by what it is. What fails is told in its note, and the file stays as its bytes."""
    path, data = member.path, member.data
    if member.problem:
        return Found(member, "unknown", given)  # noted where it was found
    found = Found(member, kind_of(data), given)
    line = None
    try:
        if found.kind == "gerber":
            found.image = _near(read_gerber(data, path), data, path)
        elif found.kind == "excellon":
            found.drill = read_excellon(data, path)
        elif found.kind == "gbrjob":
            found.job = read_job(data, path)
        elif found.kind == "ipcd356":
            found.points = read_ipcd356(data, path)
        return found
    except DfmError as error:
        line, why = error.line, re.sub(rf"\A{re.escape(path)}(:\d+)?: ", "", str(error))
    except (RecursionError, MemoryError) as error:
        why = f"is too large or too deeply nested to be read ({type(error).__name__})"
    except Exception as error:
        if os.environ.get(DEBUG):
            raise
        why = f"could not be read: {bug(error)}"
    found.note = Note(path, line, why)
    return found


def _near(image: Image, data: bytes, path: str) -> Image:
    """The image. Raises `DfmError` where it reaches farther than any board; what follows a line's length would take forever."""
    g = image.graphics
    if len(g):
        reach = np.nan_to_num(np.abs(shapely.bounds(g.core)).max(axis=1)) + g.radius
        row = int(reach.argmax())
        if not reach[row] <= FAR:
            line = 1 + data.count(b"\n", 0, int(g.offset[row]))
            why = f"draws {reach[row] / 1000:.0f} m from the origin: a number or the format is damaged"
            raise DfmError(why, path=path, line=line)
    return image


def common_stem(paths: Iterable[str]) -> str:
    """What the names of files begin with, up to the end of a word; '' if they share nothing."""
    names = [_base(p) for p in paths]
    start = _start(names)
    if len(set(names)) == 1:
        return start.rpartition(".")[0] or start
    if any(len(name) > len(start) and name[len(start)].isalnum() for name in names):
        start = re.sub(r"[^\W_]+\Z", "", start)
    return start.rstrip(" -_.,(")


def _start(names: Sequence[str]) -> str:
    """The characters that all names begin with."""
    low, high = min(names, default=""), max(names, default="")
    return low[: next((i for i, (a, b) in enumerate(zip(low, high)) if a != b), len(low))]


def _names(path: Path, groups: Sequence[Sequence[Found]]) -> list[str]:
    """A name for each package: the folder's or zip's; of several, also what tells them apart."""
    at = path if path.name else path.resolve()
    whole = at.name if path.is_dir() else at.stem
    if len(groups) < 2:
        return [whole] * len(groups)
    paths = [[f.member.path for f in members if f.kind in FABRICATION] for members in groups]
    stems = [common_stem(p) for p in paths]
    if len(set(stems)) < len(stems) or "" in stems:
        folders = [PurePath(_start([p.rpartition("/")[0] + "/" for p in some]).rpartition("/")[0]).name for some in paths]
        if len(set(folders)) == len(folders) and "" not in folders:
            stems = folders
    seen: Counter[str] = Counter()
    names = []
    for stem in stems:
        seen[stem] += 1
        names.append("/".join([whole, *filter(None, [stem, str(seen[stem]) if seen[stem] > 1 else ""])]))
    return names


def package_of(name: str, path: Path, members: Sequence[Found], notes: Sequence[Note]) -> Package:
    """The package of these files: roles, then what needs them: drill files' tools and number formats, holes in Gerber files.

    path: where it was found. notes: of the whole handoff.
    """
    members = sorted(members, key=lambda f: f.member.path)
    roles = assign([f.file for f in members])
    lands = _lands(f.image for f, role in zip(members, roles) if role.kind == "copper" and f.image is not None)
    tables = [(f.member.path, table) for f in members if f.kind == "unknown" and (table := read_tools(f.member.data))]
    depth = max([f.job.layers for f in members if f.job] + [role.number for role in roles], default=0)
    sources, entries = [], []
    for row, (found, role) in enumerate(zip(members, roles)):
        file, data = found.member.path, found.member.data
        drill = found.drill
        if drill is not None:
            drill = fit(data, file, _with_tools(found, drill, tables), lands)
        elif role.kind == "drill" and found.image is not None:
            drill = drill_of(found.image, role)
        kind = _KINDS.get(role.kind, found.kind) if found.kind == "unknown" else found.kind
        sources.append(Source(file, kind, data, _shown(role, drill, depth)))
        problem = found.member.problem or _told(found.note)
        if not problem and role.kind in _MAKING and found.kind not in FABRICATION:
            problem = "is no Gerber or drill file" if data.strip() else "is empty"
        entries.append(Entry(row, role, found.image, drill, problem))
    netlists = [(row, f.points) for row, f in enumerate(members) if f.points is not None]
    mine = [*notes, *(f.note for f in members if f.note is not None)]
    mine += _unknown(path, entries, sources)
    if len(netlists) > 1:
        more = ", ".join(_base(sources[row].path) for row, _ in netlists)
        mine.append(Note(sources[netlists[0][0]].path, None, f"is one of several netlists ({more}): only this one is compared"))
    return Package(
        name=name, sources=tuple(sources), entries=tuple(entries), job=next((f.job for f in members if f.job is not None), None),
        netlist=Netlist(netlists[0][0], *netlists[0][1]) if netlists else None, notes=tuple(mine),
    )  # fmt: skip


def _lands(images: Iterable[Image]) -> Floats:
    """Centres of all flashes of copper films, N x 2."""
    found = [np.empty((0, 2))]
    for image in images:
        g = image.graphics
        flashed = g.form == Form.FLASH
        found.append(np.c_[g.x[flashed], g.y[flashed]])
    return np.unique(np.concatenate(found), axis=0)


def _with_tools(found: Found, drill: Drill, tables: Sequence[tuple[str, Mapping[int, float]]]) -> Drill:
    """The drill file with the sizes of its tools from the table beside it, where it states none itself."""
    lacking = {tool.code for tool in drill.tools if np.isnan(tool.diameter)}
    fitting = [(path, table) for path, table in tables if lacking & set(table)]
    if not fitting:
        return drill
    path = found.member.path

    def nearness(other: tuple[str, Mapping[int, float]]) -> tuple[bool, int, int]:
        stem = _base(other[0]).lower().rpartition(".")[0]  # ncroute.log beside BOARD_NCROUTE.rou
        return bool(stem) and stem in _base(path).lower(), len(lacking & set(other[1])), len(_start([path, other[0]]))

    beside, table = max(fitting, key=nearness)
    read = read_excellon(found.member.data, path, tools=table)
    told = Fault(TABLE, None, f"states no sizes of its tools: they are taken from {_base(beside)}")
    return replace(read, faults=(*read.faults, told))


def _shown(role: Role, drill: Drill | None, depth: int) -> str | None:
    """The role of a file for people and reports: ``F.Cu``, ``drill plated L1-L4``; None where its kind says it already."""
    if role.kind == "drill":
        plated = role.plated if role.plated != Cover.UNKNOWN or drill is None else drill.plated
        span = role.span or (drill.span if drill is not None else None) or ((1, depth) if depth > 1 else None)
        words = ["drill", {Cover.YES: "plated", Cover.NO: "non-plated"}.get(plated, ""), f"L{span[0]}-L{span[1]}" if span else ""]
        return " ".join(w for w in words if w)
    if role.layer:
        return role.layer
    if role.kind in (*_KINDS, "unknown", "job", "netlist", "board"):
        return None
    return f"{role.side} {role.kind}".strip()


def _told(note: Note | None) -> str:
    if note is None:
        return ""
    return note.message if note.line is None else f"line {note.line}: {note.message}"


def _unknown(path: Path, entries: Sequence[Entry], sources: Sequence[Source]) -> list[Note]:
    """One note that names the files nobody could tell the use of."""
    left = [_base(sources[e.source].path) for e in entries if e.role.kind == "unknown" and not e.problem]
    left = [name for name in left if name not in _OWN]
    if not left:
        return []
    more = f" and {len(left) - _LISTED} more" if len(left) > _LISTED else ""
    return [Note(str(path), None, f"not used, as nothing tells what it is: {', '.join(left[:_LISTED])}{more}")]


def _base(path: str) -> str:
    return path.rpartition("/")[2]
