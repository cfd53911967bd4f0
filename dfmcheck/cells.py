"""Cells of the package-pair matrix: which class of part each family is, and which parameter judges two classes side by side."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from .board import Objects
from .parts import Parts

_CLASS = {
    "chip-S": "chip", "chip-L": "large", "xtal": "large", "SOT": "so", "SO": "so", "QFP": "qfp", "QFN": "qfn", "module": "qfn",
    "BGA": "bga", "conn-SMT": "conn", "tall": "tall", "PLCC": "plcc", "shield": "shield",
    "conn-THT": "tht", "DIP": "tht", "axial": "tht", "radial": "tht", "THT": "tht",
}  # fmt: skip
_ORDER = ("chip", "large", "so", "qfp", "qfn", "bga", "conn", "tall", "tht", "plcc", "shield")
_SOCKET_PINS = 16
"""A PLCC of fewer pins, where they have numbers, is no J-leaded chip carrier or socket but a small part, such as an LED."""

_MATRIX = """
        chip            large           so       qfp             qfn       bga      conn        tall        tht
chip    chip_chip       chip_large      chip_so  chip_leaded_ic  chip_qfn  chip_bga chip_conn   chip_tall   chip_tht
large   -               large_large     large_so chip_leaded_ic  large_qfn chip_bga chip_conn   chip_tall   chip_tht
so      -               -               so_so    so_qfp          so_qfn    ic_bga   so_conn     so_tall     so_tht
qfp     -               -               -        ic_ic           ic_ic     ic_bga   qfp_conn    qfp_tall    qfp_tht
qfn     -               -               -        -               qfn_qfn   ic_bga   qfn_conn    qfn_tall    qfn_tht
bga     -               -               -        -               -         bga_any  bga_any     bga_any     bga_tht
conn    -               -               -        -               -         -        conn_conn   conn_tall   conn_tht
tall    -               -               -        -               -         -        -           tall_tall   tall_tht
tht     -               -               -        -               -         -        -           -           hand_placed
plcc    plcc_any        plcc_any        plcc_any plcc_any        plcc_any  plcc_bga plcc_any    plcc_any    plcc_any
shield  shield_low      shield_low      shield_low shield_ic     shield_ic shield_bga shield_conn shield_low shield_conn
"""
"""Section 4.2 of the rule catalogue; cells of equal values on all levels share a parameter. Two sockets keep `plcc_any`, two
shields and a shield at a socket `shield_conn`."""


def _cells() -> Mapping[frozenset[str], str]:
    head, *rows = [line.split() for line in _MATRIX.strip().split("\n")]
    cells = {frozenset((row[0], name)): cell for row in rows for name, cell in zip(head, row[1:]) if cell != "-"}
    cells[frozenset(("plcc",))] = "plcc_any"
    return cells | dict.fromkeys((frozenset(("shield",)), frozenset(("plcc", "shield"))), "shield_conn")


CELLS = _cells()
"""Two classes (or one with itself) to the parameter that judges their gap."""


def classes(parts: Parts) -> Objects:
    """Class of each part in the matrix, '' for what has no row there."""
    small = (parts.family == "PLCC") & (parts.pins > 0) & (parts.pins < _SOCKET_PINS)
    return np.where(small, "large", np.array([_CLASS.get(f, "") for f in parts.family.tolist()], object))
