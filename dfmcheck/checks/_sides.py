"""Films that hold the marks of the other side of the board."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ..frames import Film, Frames, near
from ..package import Entry, Package

LEAST = 5
"""Marks that only one side has, by which a film is told to belong there."""
_OTHER = {"top": "bottom", "bottom": "top"}


class Lean(NamedTuple):
    """Marks of a film that only its own side's film has, and that only the other side's has."""

    own: int
    other: int


def exchanged(package: Package, known: Frames) -> Iterator[tuple[Entry, str, float]]:
    """Files that are said to be of one side and hold the marks of the other: (file, what, share of marks in %).

    Mask and paste are held against copper. Where both of a side lean to the other side's copper, it is the copper that
    was exchanged.
    """
    by = {(f.kind, f.entry.role.side): f for f in known.films if f.entry.role.side in _OTHER}
    for side, across in _OTHER.items():
        own, other = by.get(("copper", side)), by.get(("copper", across))
        if own is None or other is None or known.astray(own.entry) or known.astray(other.entry):
            continue
        leans = {
            kind: _lean(film, own, other)
            for kind in ("mask", "paste") if (film := by.get((kind, side))) is not None and not known.astray(film.entry)
        }  # fmt: skip
        wrong = {kind: lean for kind, lean in leans.items() if lean.other >= LEAST and lean.other > lean.own}
        if not wrong:
            continue
        share = min(100.0 * lean.other / (lean.own + lean.other) for lean in wrong.values())
        if len(wrong) == 2:
            n = sum(lean.other for lean in wrong.values())
            what = f"{n} openings of the {side} mask and paste lie on pads that only the {across} copper has"
            yield own.entry, f"is said to be the {side} copper, yet {what}", share
            continue
        ((kind, lean),) = wrong.items()
        what = f"{lean.other} of its openings lie on pads that only the {across} copper has"
        yield by[kind, side].entry, f"is said to be the {side} {kind}, yet {what}", share


def _lean(film: Film, own: Film, other: Film) -> Lean:
    points = film.cloud.points
    here, there = own.cloud.has(points, near(film, own)), other.cloud.has(points, near(film, other))
    return Lean(int((here & ~there).sum()), int((there & ~here).sum()))
