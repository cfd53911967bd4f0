"""How a component is placed: whether at all, which way round, and where its pin 1 is."""

from __future__ import annotations

import re

import numpy as np

from .board import Board, Bools, Components, Ints, Objects, PadType
from .parts_names import prefix

NO_PARTS = frozenset({"fiducial", "testpoint", "jumper", "card-edge", "hole", "mark"})
"""Families of what is drawn as a component but that nobody places."""
_UNFITTED = re.compile(r"(?<![a-z0-9µ.,])(dnp|dnf|dni|dnm|dns|nf|n\.f\.|np|nc|no[-_ ]?pop|not[-_ ]?(fitted|populated|placed)|do[-_ ]?not[-_ ]?"
                       r"(place|populate|fit|install|stuff|mount))(?![a-z0-9])", re.IGNORECASE)  # fmt: skip
_FIELD = re.compile(r"dn[pfims]|do[-_ ]?not[-_ ]?(place|populate|fit|install)|populate|fitted|config|variant", re.IGNORECASE)
_ONE_WAY = re.compile(r"(?<![a-z])cp[-_]|(?<![a-z])cp(?![a-z])|tantal|electroly|elko|polari[sz]ed|cap_?pol|eia-?\d{4}-\d\d|µ?smd-elko", re.I)
_BOTH_WAYS = re.compile(r"bidir|(?<![a-z])(sm[abc]j?|p[46]smb?j?|1\.5ke)\d+(\.\d+)?ca|non[-_ ]?pol", re.IGNORECASE)
_FIRST = ("1", "A1", "01", "P1", "P$1", "+", "A")
_CATHODE = ("K", "C", "CATHODE", "KATHODE", "CAT", "-")


def fitted(c: Components, family: Objects) -> Bools:
    """Mask of the components that somebody or something places."""
    out = ~(c.dnp | (c.exclude_bom & c.exclude_placement & (c.mount != "tht"))) & ~np.isin(family, list(NO_PARTS))
    for row in np.flatnonzero(out).tolist():
        if _says_unfitted(str(c.value[row]), c.fields[row]):
            out[row] = False
    return np.asarray(out, np.bool_)


def _says_unfitted(value: str, fields: dict[str, str]) -> bool:
    if _UNFITTED.search(value):
        return True
    for name, content in fields.items():
        if content and _FIELD.fullmatch(name):
            if _UNFITTED.search(content):
                return True
            if name.lower().startswith("d") and content.strip().lower() in ("1", "true", "yes", "y", "x"):
                return True
    return False


def polarised(c: Components, family: Objects, pins: Ints) -> Bools:
    """Mask of the components for which it matters which way round they are soldered."""
    out = (pins > 2) & ~np.isin(family, list(NO_PARTS))
    for row in np.flatnonzero((pins == 2) & ~np.isin(family, list(NO_PARTS))).tolist():
        letters = prefix(str(c.ref[row]))
        text = f"{c.footprint[row]} {c.value[row]}"
        if letters in ("D", "LED", "CR", "ZD", "DZ", "VD", "TVS") or re.search(r":?(D|LED)_", str(c.footprint[row])):
            out[row] = not _BOTH_WAYS.search(text)
        elif _ONE_WAY.search(text) and not _BOTH_WAYS.search(text):
            out[row] = True
    return np.asarray(out, np.bool_)


def pin_one(board: Board) -> Ints:
    """Row of the pad of each component that is its pin 1, A1 or cathode; -1 where none is so numbered."""
    c, pads = board.components, board.pads
    out = np.full(len(c), -1, np.int32)
    diode = np.array([prefix(str(ref)) in ("D", "LED", "CR", "ZD", "VD") for ref in c.ref], np.bool_)
    rank = {number: len(_FIRST) - k for k, number in enumerate(_FIRST)}
    best = np.zeros(len(c))
    for row in np.flatnonzero((pads.component >= 0) & (pads.type != PadType.NPTH)).tolist():
        part, number = pads.component[row], str(pads.number[row]).upper()
        score = rank.get(number, 0) + (100 if diode[part] and number in _CATHODE else 0)
        if score > best[part]:
            best[part], out[part] = score, row
    return out
