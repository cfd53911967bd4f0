"""What one piece of evidence says a file is."""

from __future__ import annotations

from dataclasses import dataclass

from ..board import Cover

SIDED = {
    "copper": "Cu",
    "mask": "Mask",
    "paste": "Paste",
    "silk": "SilkS",
    "adhesive": "Adhes",
    "courtyard": "CrtYd",
    "fab": "Fab",
}
"""Kinds of layers that exist on each side, to the last part of their canonical names."""
MAKING = ("copper", "mask", "paste", "silk", "edge", "drill")
"""Kinds of files that a board is made by."""


@dataclass(frozen=True, slots=True)
class Claim:
    kind: str
    """As `Role.kind`."""
    words: str
    """The evidence in words for people."""
    side: str = ""
    number: int = 0
    """Copper layer from 1 at the top, 0 if unsaid."""
    inner: int = 0
    """Which of the inner copper layers it is, from 1."""
    loose: int = 0
    """A number that is a copper layer with some tools (KiCad's .g2 is layer 2) and an inner layer with others (.G2 is the
    third copper layer in Altium)."""
    plane: bool = False
    """A plane layer, numbered apart from the signal layers and often drawn as a negative."""
    total: int = 0
    """How many copper layers the board has, 0 if unsaid."""
    layer: str = ""
    """Canonical name of a layer that has no side."""
    plated: Cover = Cover.UNKNOWN
    span: tuple[int, int] | None = None
    rank: int = 3
    """How surely it is meant: 3 by a word for just this, 2 by a word that also serves otherwise (keep-out for the outline),
    1 by a bare guess (a mechanical layer may be the outline)."""
    open: bool = False
    """Whether it names only a class (`Other,User`, a drawing), so that other evidence may tell more."""


def named(kind: str, side: str, number: int = 0, total: int = 0) -> str:
    """Canonical layer name, '' where it is not known."""
    if kind == "edge":
        return "Edge.Cuts"
    if kind not in SIDED:
        return ""
    if side == "inner":
        return f"In{number - 1}.Cu" if number > 1 else ""
    return {"top": "F.", "bottom": "B."}[side] + SIDED[kind] if side else ""
