"""Whether drill files tell plated from unplated holes, and which copper layers their holes join."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import shapely

from ..board import Cover, Ints
from ..check import Context, Measurements, Skip, check
from ..package import Drill, Entry, Package
from ._files import Row, package_of, told
from ._lands import Through, covers, plating, swallowed, through
from ._stack import OUTER, total


@check("package.drill_plating", minima="separate_required")
def drill_plating(ctx: Context) -> Measurements:
    """Files with holes of unknown plating, files that hold both kinds, and spans that the lands contradict.

    Unknown plating is a note where rings on both sides of every hole leave no doubt, and on boards of one copper layer;
    blind and buried holes are plated, said or not.
    Value of `separate_required`: 1 for a file with holes of one kind, 0 for one with both.
    """
    package = package_of(ctx.board)
    drilled = [(e, e.drill) for e in package.entries if e.drill is not None and len(e.drill.hits)]
    if not drilled:
        raise Skip("needs a drill file; none with holes was read")
    layers = total(package)
    seen = through(package)
    rows: list[Row] = []
    for entry, drill in drilled:
        plated = plating(entry, drill)
        rows += _unknown(package, entry, drill, plated, layers)
        both = bool((plated == Cover.YES).any() and (plated == Cover.NO).any())
        what = f"holds {int((plated == Cover.YES).sum())} plated and {int((plated == Cover.NO).sum())} unplated holes"
        rows.append(Row(what, entry.source, param="separate_required", value=0 if both else 1, cause="merged"))
        rows += _span(package, entry, drill, seen, layers)
    return told(rows, len(drilled))


def _unknown(package: Package, entry: Entry, drill: Drill, plated: Ints, layers: int) -> Iterator[Row]:
    vague = np.flatnonzero(plated == Cover.UNKNOWN)
    span = drill.span or entry.role.span
    if not len(vague) or (span and span != (1, layers)):
        return
    centres = shapely.centroid(drill.hits.core[vague])
    outer = [e for e in package.of("copper") if e.role.side in OUTER and e.image]
    landed = np.logical_and.reduce([covers(e, centres) for e in outer])
    lost = np.logical_or.reduce([swallowed(e, centres, drill.hits.radius[vague]) for e in outer]) if layers > 1 else np.False_
    sure = layers < 2 or bool(np.all(landed & ~lost))
    what = f"nothing says whether its {'hole is' if len(vague) == 1 else f'{len(vague)} holes are'} plated"
    if not sure:
        what += f"; {int(np.sum(landed))} of them have lands on both sides"
        if np.any(lost):
            what += f", and {int(np.sum(lost))} leave nothing of a land: are the tools too large?"
    yield Row(what, entry.source, cause="unknown", soften=2 if sure else 0)


def _span(package: Package, entry: Entry, drill: Drill, seen: Through, layers: int) -> Iterator[Row]:
    """Spans that do not exist, or that the lands of most of the file's holes contradict."""
    span = drill.span or entry.role.span
    if span and (span[0] < 1 or span[1] > max(layers, 1) or span[0] > span[1]):
        yield Row(f"is for {_words(span)} of a board of {layers} copper layers", entry.source, cause="span")
        return
    first, last = _lands_of(drill, seen)
    if not len(first):
        return
    given = span or (1, layers)
    beyond = (first < given[0]) | (last > given[1])
    short = last < given[1]
    if beyond.sum() * 2 > len(first):
        reach = int(np.median(first[beyond])), int(np.median(last[beyond]))
        what = f"is for {_words(given)}, but the lands of {int(beyond.sum())} of its holes are on {_words(reach)}"
        yield Row(what, entry.source, cause="span")
    elif short.sum() * 2 > len(first) and layers > 2:
        reach = int(np.median(first[short])), int(np.median(last[short]))
        said = f"is for {_words(span)}" if span else "names no layers, so that its holes go through the board"
        what = f"{said}, but {int(short.sum())} of its holes have lands on {_words(reach)} only"
        yield Row(what, entry.source, cause="span", soften=int(not span))


def _lands_of(drill: Drill, seen: Through) -> tuple[Ints, Ints]:
    """First and last land of each hit that lies on a place with lands on several layers."""
    known = seen.last > seen.first
    if not known.any():
        return np.zeros(0, np.int32), np.zeros(0, np.int32)
    tree = shapely.STRtree(shapely.points(seen.x[known], seen.y[known]))
    centres = shapely.centroid(drill.hits.core)
    (hit, place), distance = tree.query_nearest(centres, all_matches=False, return_distance=True)
    place = place[distance <= drill.hits.radius[hit]]
    return seen.first[known][place], seen.last[known][place]


def _words(span: tuple[int, int]) -> str:
    return f"L{span[0]} to L{span[1]}"
