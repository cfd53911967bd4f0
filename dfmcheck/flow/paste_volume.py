"""How much solder paste a lead in a hole takes, and how much a stencil prints: formulas on arrays, lengths in mm, volumes in mm3.

A quarter of a circle that is hollow, the fillet between lead and land, has the area (1 - pi/4) r2 and its centroid
(10 - 3 pi) / (12 - 3 pi) r from either wall; turned about the lead's axis it makes the volume of Pappus' theorem.
"""

from __future__ import annotations

import numpy as np

from ..board import Floats

_AREA, _CENTROID = 1 - np.pi / 4, (10 - 3 * np.pi) / (12 - 3 * np.pi)


def fillet(lead: Floats, land: Floats) -> Floats:
    """Solder between a lead of radius `lead` and the rim of a land of radius `land` on one side of the board; 0 without a rim."""
    r = np.maximum(land - lead, 0.0)
    return np.asarray(_AREA * r**2 * 2 * np.pi * (lead + _CENTROID * r), np.float64)


def needed(hole: Floats, lead: Floats, land: Floats, thickness: float, metal: float) -> Floats:
    """Paste that fills a hole around its lead, with a fillet on both sides, when its flux has gone.

    hole, lead: mm2 of cross-section; land: mm, half the land's shorter side; thickness: of the board; metal: share of the
    paste's volume that is solder.
    """
    solder = np.maximum(hole - lead, 0.0) * thickness + 2 * fillet(np.sqrt(lead / np.pi), land)
    return np.asarray(solder / metal, np.float64)


def printed(foil: float, aperture: Floats, hole: Floats, thickness: float, fill: float) -> Floats:
    """Paste that one stroke leaves: an aperture of this area (mm2) through the foil, and a share `fill` of the hole."""
    return np.asarray(foil * aperture + fill * hole * thickness, np.float64)


def aperture(paste: Floats, foil: float, hole: Floats, thickness: float, fill: float) -> Floats:
    """Area of the aperture that prints so much paste; at least that of the hole, which it must cover."""
    return np.asarray(np.maximum((paste - fill * hole * thickness) / foil, hole), np.float64)
