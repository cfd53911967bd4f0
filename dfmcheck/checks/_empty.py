"""Files of layers that hold nothing, judged by what they ought to hold."""

from __future__ import annotations

from collections.abc import Iterator

from ..board import Cover
from ..package import Entry, Package
from ._files import Row
from ._lands import lands, needs_copper, through, unplated
from ._stack import OUTER, of_kind

FEW = 4
"""Fewer lands than a small part and its neighbour have may be solder jumpers or test points, which need no paste."""


def empty(package: Package) -> Iterator[Row]:
    """Films that draw nothing and drill files without a hole.

    Copper that is empty is fine on a side that nothing solders to, a mask without openings on a side without lands, a
    file of unplated holes on a board that has none: then it is a note.
    """
    for entry in package.entries:
        kind, image = entry.role.kind, entry.image
        if image is None or len(image.graphics) or image.negative:
            continue
        if kind == "copper":
            needs = ", ".join(f"{n} {what}" for what, n in needs_copper(package, entry.role.side).items())
            fine = entry.role.side in OUTER and not len(through(package)) and not needs
            what = "draws nothing: the copper layer is empty" + (f", though there are {needs}" if needs else "")
            yield Row(what, entry.source, cause="empty", soften=2 if fine else 0)
        elif kind == "mask":
            yield _mask(package, entry)
        elif kind == "edge":
            yield Row("draws nothing: the board has no outline", entry.source, cause="empty", soften=_spare(package, entry))
        elif kind == "paste" and (count := lands(package, entry.role.side)):
            what = f"draws nothing, though the {entry.role.side} has {count} lands of surface-mounted parts"
            yield Row(what, entry.source, cause="empty", soften=1 + (count < FEW))
        elif kind == "silk":
            yield Row("draws nothing: there is no legend on this side", entry.source, cause="empty", soften=2)
    yield from _drill(package)


def _mask(package: Package, entry: Entry) -> Row:
    """Without openings the mask covers all: wrong where the side has lands that are meant to be soldered."""
    side = entry.role.side
    other = [e for e in package.of("mask") if e.role.side != side and e.image and len(e.image.graphics)]
    # Vias may be tented: only lands that the other mask leaves open, or lands without a hole, must be open here.
    needed = lands(package, side) or (len(through(package)) if other else 0)
    what = "draws nothing: the mask has no opening"
    if needed:
        return Row(f"{what}, and the {side} has lands", entry.source, cause="empty")
    return Row(what, entry.source, cause="empty", soften=2)


def _spare(package: Package, entry: Entry) -> int:
    """An empty file beside one that holds the layer is a note."""
    others = [e for e in package.of(entry.role.kind) if e is not entry and e.image and len(e.image.graphics)]
    return 2 if others else 0


def _drill(package: Package) -> Iterator[Row]:
    for_plated, for_bare = hollow(package), hollow(package, Cover.YES)
    seen = through(package) if for_plated else None
    bare = int((~seen.served).sum()) if seen else 0
    openings, unserved = unplated(package) if for_bare else (0, 0)
    for entry in of_kind(package, "drill"):
        if entry in for_plated and seen and bare * 2 > len(seen):
            yield Row(f"holds no hole, though lands lie on one another at {bare} places without one", entry.source, cause="empty")
        elif entry in for_bare and unserved * 2 > openings:
            what = f"holds no hole, though both masks are open without copper or a hole at {unserved} places"
            yield Row(what, entry.source, cause="empty", soften=1)
        elif entry in for_plated or entry in for_bare:
            yield Row("holds no hole", entry.source, cause="empty", soften=2)


def hollow(package: Package, but: Cover = Cover.NO) -> list[Entry]:
    """Drill files without a hole, those left out that are for holes of another plating."""
    drill = [e for e in of_kind(package, "drill") if e.drill is not None and not len(e.drill.hits)]
    return [e for e in drill if e.drill is not None and but not in (e.role.plated, e.drill.plated)]
