"""Mask and paste openings of pads, as KiCad derives them: the pad's margin, else its footprint's, else the board's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .kicad_file import File, Parts, value

if TYPE_CHECKING:
    from .kicad_pads import Outline, Piece, Place


def _margin(file: File, pad: Parts, footprint: Parts, name: str, board: float) -> float:
    for found in (pad, footprint):
        if name in found:
            margin = value(found, name)
            if margin or file.version >= 20240201:  # up to KiCad 8, zero means unset
                return margin
    return board


def mask_shapes(file: File, pad: Parts, footprint: Parts, o: Outline, place: Place, base: list[Piece]) -> list[Piece]:
    margin = _margin(file, pad, footprint, "solder_mask_margin", file.setup.mask_margin)
    return [(core, radius + margin) for core, radius in base if radius + margin >= 0]


def paste_shapes(file: File, pad: Parts, footprint: Parts, o: Outline, place: Place, base: list[Piece]) -> list[Piece]:
    return base
