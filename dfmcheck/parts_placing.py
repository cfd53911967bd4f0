"""How a component is placed: whether at all, which way round, and where its pin 1 is."""

from __future__ import annotations

import re
from functools import lru_cache

import numpy as np

from .board import Board, Bools, Components, Ints, Objects, PadType
from .parts_names import prefix

NO_PARTS = frozenset({"fiducial", "testpoint", "jumper", "card-edge", "hole", "mark"})
"""Families of what is drawn as a component but that nobody places."""
_WORD = re.compile(r"[^a-z0-9µ.]+")
_UNFITTED = frozenset({"dnp", "dnf", "dni", "dnm", "dns", "dnpop", "n.f.", "unpopulated", "nopop", "unfitted"})
_SHORT = re.compile(r"(?<![a-z0-9.])(?<!\d )(?<!f )n[fp](?![a-z0-9])")
"""Not fitted, not placed; but `10 nF` and `10uF NP` are values."""
_ABSENT = re.compile(r"na ?\(")
"""`NA(10k)`: not assembled, with what it would be."""
_PHRASES = ("notfit", "notpop", "notplace", "notmount", "notinstall", "notstuff", "nopop", "nostuff", "noload", "nichtbest")
_FIELDS = frozenset({"dnp", "dnf", "dni", "dnm", "dns", "donotplace", "donotpopulate", "donotfit", "donotinstall", "populate",
                     "fitted", "config", "variant", "placement", "assembly", "mounting"})  # fmt: skip
"""Fields, without blanks and dashes, that tell whether a part is fitted."""
_YES = frozenset({"1", "true", "yes", "y", "x", "dnp"})
_NO = frozenset({"0", "false", "no", "n"})
_DIODES = frozenset({"D", "LED", "CR", "ZD", "DZ", "VD", "TVS"})
_NAMED_DIODE = ("d_", "led_", "led0", "led1", "sod", "do-214", "do214")
_ONE_WAY = ("cp_", "tantal", "electroly", "elko", "polari", "cap_pol", "c_elec", "kemet_")
_NO_WAY = ("bidir", "non-pol", "nonpol", "bipol", "unpol")
_TVS = re.compile(r"(?:sm[abc]j?|smf|p[46](?:smb?|ke)|1\.5(?:ke|smc))[j-]?\d+(?:\.\d+)?ca")
"""Suppressors for both directions: the makers' names end in CA."""
_EIA = re.compile(r"eia-?\d{4}-\d\d")
_FIRST = {number: rank for rank, number in enumerate(("A", "+", "P$1", "P1", "01", "A1", "1"), start=1)}
_CATHODE = frozenset({"K", "C", "CATHODE", "KATHODE", "CAT", "-"})


def fitted(c: Components, family: Objects) -> Bools:
    """Mask of the components that somebody or something places.

    Not fitted is what the design marks so (DNP), what says so in its value or in a field, what is in neither the parts list
    nor the placement file, and what is no part. Left out of the placement file alone, a part is fitted by hand.
    """
    out = ~(c.dnp | (c.exclude_bom & c.exclude_placement)) & ~np.isin(family, list(NO_PARTS))
    names = {name for name in set().union(*c.fields) if _is_field(name)}
    for row in np.flatnonzero(out).tolist():
        told = c.fields[row]
        if _unfitted(c.value[row]) or any(_field_says(name, told[name]) for name in names & told.keys()):
            out[row] = False
    return np.asarray(out, np.bool_)


@lru_cache(maxsize=8192)
def _unfitted(text: str) -> bool:
    words = _WORD.split(text.lower())
    short = _SHORT.search(text.lower()) is not None
    short |= _ABSENT.match(text.lower()) is not None
    return short or not _UNFITTED.isdisjoint(words) or any(phrase in "".join(words) for phrase in _PHRASES)


def _is_field(name: str) -> bool:
    return re.sub(r"[-_ ]", "", name.lower()) in _FIELDS


def _field_says(name: str, text: str) -> bool:
    """Whether a field says that the part is not fitted: `DNP: yes`, `Fitted: no`, `Config: DNF`."""
    name, answer = name.lower(), text.strip().lower()
    plain = answer in _YES if name.startswith("d") else answer in _NO and name.startswith(("populate", "fitted", "placement"))
    return _unfitted(text) or plain


def polarised(c: Components, family: Objects, pins: Ints) -> Bools:
    """Mask of the components for which it matters which way round they are soldered.

    All parts with more than two pins; of those with two the diodes, but not suppressors for both directions, and the
    capacitors that a name calls polarised, electrolytic or tantalum.
    """
    parts = ~np.isin(family, list(NO_PARTS))
    out = (pins > 2) & parts
    for row in np.flatnonzero((pins == 2) & parts).tolist():
        out[row] = _one_way(prefix(c.ref[row]), c.footprint[row], c.value[row])
    return np.asarray(out, np.bool_)


@lru_cache(maxsize=8192)
def _one_way(letters: str, footprint: str, value: str) -> bool:
    name = footprint.rpartition(":")[2].lower()
    text = f"{name} {value.lower()}"
    if any(word in text for word in _NO_WAY) or _TVS.search(text):
        return False
    if letters in _DIODES or name.startswith(_NAMED_DIODE):
        return True
    return any(word in text for word in _ONE_WAY) or _EIA.search(text) is not None


def pin_one(board: Board) -> Ints:
    """Row of the pad of each component that is its pin 1 or A1, of a diode its cathode; -1 where none is so numbered."""
    c, pads = board.components, board.pads
    out = np.full(len(c), -1, np.int32)
    numbers, code = np.unique(pads.number.astype(str), return_inverse=True)
    rank = np.array([_FIRST.get(n.upper(), 0) for n in numbers.tolist()], np.int32)
    cathode = np.array([n.upper() in _CATHODE for n in numbers.tolist()], np.bool_)
    rows = np.flatnonzero((pads.component >= 0) & (pads.type != PadType.NPTH) & ((rank[code] > 0) | cathode[code]))
    diode = np.array([prefix(ref) in _DIODES for ref in c.ref.tolist()], np.bool_)
    part = pads.component[rows]
    score = np.where(diode[part] & cathode[code[rows]], 100, rank[code[rows]])
    rows, part, score = rows[score > 0], part[score > 0], score[score > 0]
    order = np.lexsort((-rows, score, part))  # of equals the first
    out[part[order]] = rows[order]
    return out
