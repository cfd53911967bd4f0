"""What a DESIGN names, a board file or a folder or zip with boards and handoff packages in it, and how each is read."""

from __future__ import annotations

from collections.abc import MutableMapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, NamedTuple

from ..board import Board, Note
from ..errors import DfmError
from ..files import DESIGN, read_bytes
from . import read_kicad
from .kinds import GIVE, root_of, why_not

if TYPE_CHECKING:
    from ..package import Package
    from .package import Handoff

_WITH = "Gerber or drill files, a zip or folder of them, an IPC-D-356 netlist, a .kicad_pcb, a placement file, BOM or schematic"
_USED = {"gerber", "excellon", "gbrjob", "ipcd356", "kicad_pcb"}
_LISTED = {"bom", "placement", "kicad_sch"}
"""Kinds of files that belong to a design and that no rule reads yet, but for placement files with films."""


class Place(NamedTuple):
    """One thing to read: a file, or all packages of a folder."""

    path: Path
    boards: tuple[Path, ...] = ()
    """Boards directly in the folder, which are designs of their own."""

    @property
    def home(self) -> Path:
        """A path in the folder where the design's config file is looked for first."""
        return self.path / "package" if self.path.is_dir() else self.path


def places(path: Path) -> list[Place]:
    """What there is to read at a path: of a folder each board directly in it, and the packages below it."""
    if not path.is_dir():
        return [Place(path)]
    boards = boards_in(path)
    found = [Place(p) for p in boards]
    return found if boards and not _holds_package(path) else [*found, Place(path, tuple(boards))]


def _holds_package(folder: Path) -> bool:
    """Whether Gerber or drill files lie below a folder. What cannot be looked through is told when it is read."""
    from .archive import contents
    from .kinds import kind_of
    from .package import FABRICATION

    try:
        return any(kind_of(member.data) in FABRICATION for member in contents(folder).members)
    except DfmError:
        return True


def read_place(
    place: Place, extra: Sequence[Path] = (), known: MutableMapping[str, Board] | None = None
) -> tuple[list[Board], list[DfmError]]:
    """The designs of a place, and why others there are none: the board of a file; of a zip its boards, then its packages; of
    a folder its packages.

    extra: further files of the one design there. known: native boards that were read before, by path; those read now are added.
    Raises `DfmError` where nothing is readable, and where `extra` does not fit.
    """
    known = {} if known is None else known
    path, folder = place.path, place.path.is_dir()
    data = b"" if folder else read_bytes(path, DESIGN)
    if root_of(data) == b"kicad_pcb":
        board = known[str(path)] = read_kicad(data, str(path))
        return [_with(board, extra) if extra else board], []
    from .archive import is_zip
    from .package import find, packages_of

    handoff = find(path, extra)
    boards, errors = ([], []) if folder else _natives(handoff, known)
    packages = packages_of(handoff, known, _neighbours(path) if folder or is_zip(data) else ())
    if extra:
        if len(boards) + len(packages) > 1:
            raise DfmError(f"holds {len(boards) + len(packages)} designs, and --with goes with one", path=str(path))
        boards = [_with(board, extra) for board in boards]
        packages = [_noted(package, _accepted(package, extra)) for package in packages]
    for package in packages:
        try:
            boards.append(made(package, path))
        except DfmError as error:
            errors.append(error)
    if not boards and not errors:
        many = folder or is_zip(data)
        raise DfmError(f"holds no board and no Gerber or drill file; {GIVE}" if many else why_not(data), path=str(path))
    return boards, errors


def made(package: Package, path: Path) -> Board:
    """The board of a package, with it. Raises `DfmError` if its files make nothing at all."""
    board = package.board
    if board is None or not (len(board.features) or len(board.holes)):
        raise _no_board(package, path)
    return replace(board, package=package, facts=board.facts | {"package"})


def _noted(package: Package, notes: Sequence[Note]) -> Package:
    board = package.board
    board = board if board is None else replace(board, notes=(*board.notes, *notes))
    return replace(package, notes=(*package.notes, *notes), board=board)


def _no_board(package: Package, path: Path) -> DfmError:
    """Why a package makes no board: the first file that could not be read, the gravest fault in one, or that all are empty."""
    for entry in package.entries:
        if entry.problem:
            return DfmError(f"{entry.problem}; there is nothing else to make a board of", path=package.path(entry))
    read = ((entry, film) for entry in package.entries for film in (entry.image, entry.drill) if film is not None)
    faults = [(not fault.grave, fault.line is None, entry.source, fault) for entry, film in read for fault in film.faults]
    if not faults:
        return DfmError("makes no board: its Gerber and drill files draw nothing", path=str(path))
    *_, source, fault = min(faults, key=lambda f: f[:3])
    return DfmError(f"{fault.message}; so nothing is drawn", path=package.sources[source].path, line=fault.line)


def _neighbours(path: Path) -> list[Path]:
    """Boards beside a folder or zip: one of them may be what the package was made of."""
    if path.name in ("", ".."):
        return []
    try:
        return boards_in(path.parent)
    except OSError:
        return []


def boards_in(folder: Path) -> list[Path]:
    """The native boards directly in a folder, by name."""
    return sorted(p for p in folder.glob("*.kicad_pcb") if p.is_file() and not p.name.startswith("_autosave-"))


def _natives(handoff: Handoff, known: MutableMapping[str, Board]) -> tuple[list[Board], list[DfmError]]:
    """The boards that lie outermost in a zip; they are designs of their own."""
    boards, errors = [], []
    members = [f.member for f in handoff.found if f.kind == "kicad_pcb" and not f.given]
    projects = {f.member.path: f.member.data for f in handoff.found if f.member.path.endswith(".kicad_pro")}
    depth = min((member.path.count("/") for member in members), default=0)
    for member in members:
        if member.path.count("/") == depth and not PurePath(member.path).name.startswith("_autosave-"):
            try:
                beside = projects.get(str(PurePath(member.path).with_suffix(".kicad_pro")))
                known[member.path] = read_kicad(member.data, member.path, beside)
                boards.append(known[member.path])
            except DfmError as error:
                errors.append(error)
    return boards, errors


def _with(board: Board, extra: Sequence[Path]) -> Board:
    """A native board with its package, or with what else was given of it."""
    from .native import is_named
    from .package import find, package_of, packages_of

    handoff = find(extra[0], extra[1:])
    for found in handoff.found:
        found.given = False
        if found.kind == "kicad_pcb" and Path(found.member.path) in extra:
            why = "--with: a board is a design of its own; name it without --with, or compare with --against"
            raise DfmError(why, path=found.member.path)
    handoff.found = [f for f in handoff.found if f.kind != "kicad_pcb"]
    packages = packages_of(handoff)
    stem = PurePath(board.sources[0].path).stem
    fitting = packages if len(packages) < 2 else [p for p in packages if is_named(p, stem)]
    if packages and len(fitting) != 1:
        names = ", ".join(p.name for p in packages)
        raise DfmError(f"--with: holds several packages ({names}), and not one is named {stem}", path=str(extra[0]))
    package = fitting[0] if fitting else package_of(board.name, extra[0], handoff.found, handoff.notes)
    notes = _accepted(package, extra)
    package = replace(package, name=board.name, native=board, notes=(*package.notes, *notes))
    return replace(
        board, package=package, sources=(*board.sources, *package.sources), notes=(*board.notes, *package.notes),
        facts=board.facts | ({"package"} if fitting else frozenset()),
    )  # fmt: skip


def _accepted(package: Package, extra: Sequence[Path]) -> list[Note]:
    """Notes on files given by --with that no rule uses. Raises `DfmError` for one that no reader knows or can read."""
    problems = {package.path(entry): entry.problem for entry in package.entries}
    kinds = {source.path: source.kind for source in package.sources}
    used = _USED | ({"placement"} if package.board is not None else set())
    notes = []
    for path in map(str, extra):
        inside = [kind for name, kind in kinds.items() if name == path or name.startswith(f"{path}/")]
        if not _USED & set(inside) and not _LISTED & set(inside):
            raise DfmError(f"--with: no reader knows what it is; give {_WITH}", path=path)
        if problems.get(path):
            raise DfmError(problems[path], path=path)
        if not used & set(inside):
            notes.append(Note(path, None, "is listed only: no rule of this version reads it"))
    return notes
