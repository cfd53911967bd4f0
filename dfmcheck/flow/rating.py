"""What heat of soldering a part stands, as its fields say: peak temperature, number of reflows, moisture level.

Where no field tells, it is unknown; nothing is guessed from the kind of part.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from ..board import Board, Floats, Objects, Table, column, once_a_board

LEAD_FREE = 260.0
"""degC: what a part stands that is just said to be for reflow, or for reflow in holes (THR): the peak of lead-free ovens."""
_KEY = re.compile(
    r"reflow|solder(ing)?[-_ ]?(temp|heat|process|method|profile)|(body|peak|max|process)[-_ ]?(body[-_ ]?|peak[-_ ]?)?temp|"
    r"pin[-_ ]?in[-_ ]?(paste|hole)|paste[-_ ]?in[-_ ]?hole|(?<![a-z])(thr|pip)(?![a-z])", re.IGNORECASE,
)  # fmt: skip
"""Names of fields that tell of reflow. `Max temp` may be that of operation: a value below `_LEAST` is none of soldering."""
_CYCLES = re.compile(r"cycle|count|number|times|passes|reflows|exposures", re.IGNORECASE)
_MSL = re.compile(r"(?<![a-z])msl(?![a-z])|moisture[-_ ]?(sensitiv|level)", re.IGNORECASE)
_TEMPERATURE = re.compile(r"(?<![\d.])(\d{3})(?:\.\d+)?\s*(?:°|deg\.?)?\s*C(?![a-z])", re.IGNORECASE)
_PLAIN = re.compile(r"\s*(\d{3})\s*\Z")
_TIMES = re.compile(
    r"(?<![\d.])(\d)\s*(?:x|×|times?|cycles?|reflows?|passes)|(?:x|×)\s*(\d)(?!\d)|(?<![\d.])(\d)\s*\Z", re.IGNORECASE
)
_NO = re.compile(r"\s*(no|not|none|never|false|n|wave|hand|manual|selective)(?![a-z])", re.IGNORECASE)
_YES = re.compile(r"\s*(yes|true|ok|y|reflow|thr|pip)(?![a-z])", re.IGNORECASE)
_LEVEL = re.compile(r"\s*(?:msl|level)?[-_ ]*([1-6])(a?)(?!\d)", re.IGNORECASE)
_LEAST = 180.0
"""degC: no solder of today flows below it."""


class Rating(NamedTuple):
    """What the fields of one part tell. NaN for unknown."""

    temp: float = float("nan")
    """degC; 0 of a part that is said not to stand reflow."""
    reflows: float = float("nan")
    msl: str = ""
    """Moisture sensitivity level, 1 to 6 with or without `a`."""
    source: str = ""
    """`field Reflow`; of several the one that tells the temperature."""


@dataclass(frozen=True, slots=True, eq=False)
class Ratings(Table):
    """One row per row of `Board.components`; see `Rating`."""

    temp: Floats = column("f8")
    reflows: Floats = column("f8")
    msl: Objects = column("O")
    source: Objects = column("O")


@once_a_board
def ratings(board: Board) -> Ratings:
    """The ratings of all components."""
    told = [rating_of(fields) for fields in board.components.fields]
    return Ratings.of(
        temp=np.array([r.temp for r in told], np.float64), reflows=np.array([r.reflows for r in told], np.float64),
        msl=[r.msl for r in told], source=[r.source for r in told],
    )  # fmt: skip


_UNKNOWN = Rating()


def rating_of(fields: dict[str, str]) -> Rating:
    """The rating that fields such as `Reflow: 260C`, `Max reflow temp: 245 °C`, `Reflow cycles: 2`, `Reflow: 2x 260C`,
    `Reflow: no` (wave or hand soldering), `THR: yes` and `MSL: 3` tell. Of several fields the least holds."""
    out = _UNKNOWN
    for key, value in fields.items():
        about = _about(key)
        if not about or not value:
            continue
        if about == "msl":
            level = _LEVEL.match(value)
            out = out._replace(msl=level[1] + level[2].lower()) if level else out
            continue
        temp, reflows = _read(value, about == "cycles")
        if not np.isnan(temp) and not out.temp <= temp:
            out = out._replace(temp=temp, source=f"field {key}")
        if not np.isnan(reflows) and not out.reflows <= reflows:
            out = out._replace(reflows=reflows, source=out.source or f"field {key}")
    return out


@lru_cache(maxsize=4096)
def _about(key: str) -> str:
    """msl, cycles, reflow, or '' for a field of something else."""
    if _MSL.search(key):
        return "msl"
    if not _KEY.search(key):
        return ""
    return "cycles" if _CYCLES.search(key) else "reflow"


def _read(value: str, cycles: bool) -> tuple[float, float]:
    """degC and number of reflows."""
    found = _TEMPERATURE.search(value) or (None if cycles else _PLAIN.match(value))
    temp = float(found[1]) if found and float(found[1]) >= _LEAST else float("nan")
    if found is None and not cycles:
        temp = 0.0 if _NO.match(value) else LEAD_FREE if _YES.match(value) else temp
    times = _TIMES.search(value) if cycles or found else None
    number = next((float(t) for t in times.groups() if t), float("nan")) if times else float("nan")
    return temp, number
