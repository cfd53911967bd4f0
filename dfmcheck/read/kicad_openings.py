"""Margins of mask and paste openings: the pad's own, else its footprint's, else the board's."""

from __future__ import annotations

from .kicad_file import File, Parts, value
from .kicad_padshapes import Outline

_ZERO_COUNTS = 20240201
"""Up to KiCad 8 a margin of zero in a pad or footprint means that it has none of its own."""


def _first(file: File, pad: Parts, footprint: Parts, names: tuple[str, ...], board: float) -> float:
    for found in (pad, footprint):
        for name in names:
            margin = value(found, name, 0.0)
            if margin or (name in found and file.version >= _ZERO_COUNTS):
                return margin
    return board


def mask_margin(file: File, pad: Parts, footprint: Parts, o: Outline) -> float:
    """Expansion of the mask opening over the pad; a negative one stops where the opening vanishes."""
    margin = _first(file, pad, footprint, ("solder_mask_margin",), file.setup.mask_margin)
    return max(margin, -min(o.width, o.height) / 2)


def paste_margins(file: File, pad: Parts, footprint: Parts, o: Outline) -> tuple[float, float]:
    """Expansion of the paste aperture along the pad's x and y: a length plus a share of the pad's size."""
    margin = _first(file, pad, footprint, ("solder_paste_margin",), file.setup.paste_margin)
    ratio = _first(file, pad, footprint, ("solder_paste_margin_ratio", "solder_paste_ratio"), file.setup.paste_ratio)
    mx, my = margin + ratio * o.width, margin + ratio * o.height
    return (mx, my) if o.shape == "custom" else (max(mx, -o.width / 2), max(my, -o.height / 2))
