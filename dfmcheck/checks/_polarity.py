"""What the pads and holes of a package tell of the polarity of its films."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import shapely

from ..board import Bools, Cover, Floats
from ..dark import Dark
from ..frames import Frames, hits, marks
from ..package import Entry, Package
from ..registration import Cloud, Points
from ._hits import span_of
from ._stack import number_of, total

_LEAST, _FEW = 8, 4
"""Places by which a film is judged; where all else speaks against it, a few will do."""
_COVERS, _AVOIDS, _CLEAR = 0.5, 0.05, 5.0
"""Of a film drawn inside out: the share of the board on which it is dark at least, the share at most of the places where it
must be dark, and how many times as much as elsewhere it is clear there."""
_SOME = 0.05
"""Share of the board that outer copper covers at least before it is asked for lands: a single-sided board has words there."""
_ISOLATED = 0.01
"""Share of the holes that a negative plane must be joined to: one that is joined to none is no plane."""
_GRID = 30
"""Points across the board and along it at which a film is looked at."""
_AT_WALL = 0.05
"""mm: copper no farther from the wall of a hole is at the hole."""
_MARK = 0.01
"""mm: marks that are no farther apart coincide."""


class Judged(NamedTuple):
    entry: Entry
    share: float = float("nan")
    """% of the places that must be dark and are; NaN where that does not tell."""
    what: str = ""
    """What is wrong if the share is too low; '' if nothing is."""
    cause: str = ""


def openings(package: Package, known: Frames, grid: Floats) -> Iterator[Judged]:
    """Masks and stencils against the pads of their side. `grid` are points spread over the board."""
    for side in ("top", "bottom"):
        copper = next((e.image for e in package.of("copper", side) if e.image and not known.astray(e)), None)
        pads = Cloud(marks(copper)) if copper else Cloud(np.empty(0, np.complex128))
        pasted: list[Points] = []
        for entry in [*package.of("paste", side), *package.of("mask", side)]:
            if entry.image is None or not len(entry.image.graphics) or known.astray(entry):
                continue
            dark = Dark(entry.image)
            stencil = entry.role.kind == "paste"
            board, on = float(dark.at(grid).mean()) if len(grid) else 0.0, dark.at(_xy(pads.points))
            if board >= _COVERS and (stencil or _spares(on, board)):
                what = f"is drawn inside out: {board:.0%} of the board is open, and {int((~on).sum())} of {len(on)} pads are not"
                yield Judged(entry, 100 * float(on.mean()) if not stencil and len(on) else 0.0, what, "inverted")
                continue
            if stencil:
                pasted.append(pads.points[Cloud(marks(entry.image)).has(pads.points, _MARK)])
                if len(pads) >= _FEW:
                    yield Judged(entry)
                continue
            at = np.concatenate([np.empty(0, np.complex128), *pasted])
            bare = dark.at(_xy(at))
            what = f"covers {int((~bare).sum())} of the {len(bare)} pads of the {side} that get paste"
            if len(at) >= _LEAST:
                yield Judged(entry, 100 * float(bare.mean()), what, "covered")
            elif len(pads) >= _FEW:
                yield Judged(entry)


def drawings(package: Package, known: Frames, grid: Floats) -> Iterator[Judged]:
    """Legends and outlines, which are always drawn positive: a legend leaves the pads, and an outline is lines."""
    for entry in [*package.of("silk"), *package.of("edge")]:
        image = entry.image
        if image is None or not len(image.graphics):
            continue
        drawn = Dark(image, negative=False)
        board = float(drawn.drawn(grid).mean()) if len(grid) else 0.0
        openings = [marks(e.image) for e in package.of("mask", entry.role.side) if e.image and not known.astray(e)]
        pads = np.concatenate([np.empty(0, np.complex128), *openings])
        if image.negative:
            yield Judged(entry, 0.0, "says that it is negative (%IPNEG): all but what it draws would be printed", "marked")
        elif entry.role.kind == "edge" and board >= _COVERS and image.clear:
            yield Judged(entry, 0.0, f"is drawn inside out: {board:.0%} of the board is dark, and lines are cut out", "inverted")
        elif entry.role.kind == "silk" and board >= _COVERS and len(pads) >= _FEW and drawn.drawn(_xy(pads)).mean() >= _COVERS:
            yield Judged(entry, 0.0, f"is drawn inside out: it covers {board:.0%} of the board, and the pads", "inverted")
        elif entry.role.kind == "silk" and len(pads) >= _FEW:
            yield Judged(entry)


def _spares(on: Bools, board: float) -> bool:
    """Whether a mask that is open almost everywhere is closed over the pads of all places."""
    clear = int((~on).sum())
    return clear >= _LEAST and clear >= _CLEAR * (1 - board) * len(on)


def copper(package: Package, known: Frames, grid: Floats) -> Iterator[Judged]:
    """Copper layers against the plated holes that go through them."""
    layers = total(package)
    for entry in package.of("copper"):
        image = entry.image
        if image is None or not len(image.graphics) or known.astray(entry):
            continue
        xy, wall = _holes(known, number_of(entry, layers))
        if len(xy) < _LEAST:
            continue
        drawn = Dark(image, negative=False)
        positive, negative = float(drawn.drawn(xy, wall + _AT_WALL).mean()), float((~drawn.drawn(xy)).mean())
        cover = float(drawn.drawn(grid).mean()) if len(grid) else 0.0
        here = f"of the {len(xy)} plated holes through it"
        if package.negative(entry):
            inner = entry.role.side == "inner"
            wrong = cover >= _COVERS or (negative <= (_ISOLATED if inner else _AVOIDS) and positive >= _COVERS)
            what = "says that it is negative, and is drawn positive: so there is copper on"
            what += f" {1 - cover:.0%} of the board and at {negative:.0%} {here}"
            yield Judged(entry, 100 * min(negative, 1 - cover), what, "marked") if wrong else Judged(entry)
        elif positive <= _AVOIDS and (cover >= _SOME or entry.role.side == "inner"):
            what = f"is drawn inside out: no copper at {1 - positive:.0%} {here}, and copper on {cover:.0%} of the board"
            yield Judged(entry, 100 * positive, what, "inverted")
        else:
            yield Judged(entry)


def _holes(known: Frames, number: int) -> tuple[Floats, Floats]:
    """Round plated holes through a copper layer (0: of all files): N x 2 and radii in mm."""
    parts = [(np.empty((0, 2)), np.empty(0))]
    for entry, drill, at in known.hits():
        span = span_of(entry)
        if span is not None and number and not span[0] <= number <= span[1]:
            continue
        plated = np.where(drill.hits.plated == Cover.UNKNOWN, entry.role.plated, drill.hits.plated) == Cover.YES
        plated &= shapely.length(drill.hits.core) == 0
        parts.append((_xy(at[plated]), np.nan_to_num(drill.hits.radius[plated])))
    return np.concatenate([xy for xy, _ in parts]), np.concatenate([r for _, r in parts])


def spread(package: Package) -> Floats:
    """Points spread over the board (N x 2): inside its outline where that is known, else in the box of its copper and holes."""
    outline = package.board.outline if package.board is not None else shapely.MultiPolygon()
    if outline.is_empty:
        images = [marks(e.image) for e in package.of("copper") if e.image]
        at = np.concatenate([np.empty(0, np.complex128), *images, *(hits(e.drill) for e in package.of("drill") if e.drill)])
        if not len(at):
            return np.empty((0, 2))
        outline = shapely.box(at.real.min(), at.imag.min(), at.real.max(), at.imag.max())
    x0, y0, x1, y1 = outline.bounds
    steps = (np.arange(_GRID) + 0.5) / _GRID
    x, y = np.meshgrid(x0 + steps * (x1 - x0), y0 + steps * (y1 - y0))
    xy = np.c_[x.ravel(), y.ravel()]
    shapely.prepare(outline)
    return np.asarray(xy[shapely.intersects_xy(outline, xy)])


def _xy(points: Points) -> Floats:
    return np.asarray(np.c_[points.real, points.imag], np.float64)
