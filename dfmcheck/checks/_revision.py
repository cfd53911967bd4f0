"""The native board and the board that its fabrication files make, laid upon each other."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import PurePosixPath

import numpy as np
import shapely

from ..board import Board, Floats, Kind
from ..check import Skip
from ..names import Names
from ..package import Entry, Package
from ..read.assemble_films import layer_name
from ..registration import Cloud, Fit, anyhow
from ._files import package_of

NEAR = 0.006
"""mm: places that are no farther from each other are the same; formats of inches with four decimals round to 0.0025 mm."""
_KIN = 0.5
"""Share of marks that must coincide before two boards are compared at all."""
_FEW = 4


@dataclass(frozen=True, slots=True, eq=False)
class Revisions:
    native: Board
    made: Board
    """By the package's films and drill files, in their own frame."""
    package: Package
    fit: Fit
    """From the marks of `made` to those of `native`."""

    @property
    def shift(self) -> tuple[float, float]:
        """What to add to coordinates of `made`, mm."""
        x, y = float(self.fit.shift.real), float(self.fit.shift.imag)
        return (x, y) if max(abs(x), abs(y)) > NEAR / 2 else (0.0, 0.0)

    @property
    def kin(self) -> bool:
        """Whether the two are one design, as far as their holes (or outlines) tell, in one orientation and scale."""
        return self.fit.plain and (self.fit.share >= _KIN or not self.fit.matched)

    @property
    def said(self) -> str:
        """How the package was moved, for the end of a message."""
        x, y = self.shift
        return f"; the package's origin lies {x:.3f}, {y:.3f} mm off the board's, which is allowed for" if x or y else ""

    @property
    def board_name(self) -> str:
        return PurePosixPath(self.native.sources[0].path.replace("\\", "/")).name

    def films(self) -> dict[str, Entry]:
        """By layer the first film of it that was read."""
        found: dict[str, Entry] = {}
        for entry in self.package.entries:
            if entry.image is not None and entry.role.kind in ("copper", "mask", "paste", "silk", "edge"):
                found.setdefault(layer_name(entry), entry)
        return found


def named(names: Names, item: int, layer: str | None = None) -> str:
    """What to call an item; without a net that was made up for copper that none names."""
    ref = names.item(item, -1, layer)
    return str(replace(ref, net=None) if names.board.items.inferred[item] else ref)


def revisions(board: Board) -> Revisions:
    """The two boards of a design; raises `Skip` where there is only one."""
    package = package_of(board)
    native = package.native if package.native is not None else board if board.sources[0].kind == "kicad_pcb" else None
    if native is None:
        raise Skip("needs the native board to compare with: put the .kicad_pcb beside the files, or give it by --with")
    if package.board is None:
        raise Skip("the package makes no board to compare with")
    return Revisions(native, package.board, package, _fit(package.board, native))


def _fit(made: Board, native: Board) -> Fit:
    """How the package lies to the board: by holes, else by the corners of the outlines; at rest where neither tells."""
    for marks in (_holes, _corners):
        a, b = Cloud(marks(made)), Cloud(marks(native))
        if min(len(a), len(b)) >= _FEW:
            return anyhow(a, b, NEAR)
    return Fit(False, 1 + 0j, 0j, 0, 0.0)


def _holes(board: Board) -> np.ndarray[tuple[int], np.dtype[np.complex128]]:
    return _complex(shapely.bounds(board.holes.core).reshape(-1, 2, 2).mean(axis=1))


def _corners(board: Board) -> np.ndarray[tuple[int], np.dtype[np.complex128]]:
    return _complex(shapely.get_coordinates(board.features.core[board.features.kind == Kind.EDGE]))


def _complex(xy: Floats) -> np.ndarray[tuple[int], np.dtype[np.complex128]]:
    return np.asarray(xy[:, 0] + 1j * xy[:, 1])
