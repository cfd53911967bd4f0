"""What parts weigh, what of their lands they touch, and which would fall when they hang in the second reflow."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import shapely

from ..board import Board, Bools, Floats, Ints, Objects, Table, column, once_a_board
from ..check import Context
from ..exposed import exposed_pads
from ..stencil import measured
from ..units import above
from .plan import Exclusion
from .work import work

RULE = "second-side-mass"
DENSITY = 3.5e-3
"""g/mm3 of a body with its leads (judgement of the rule catalogue; heavy for plastic connectors, light for wound parts)."""
PARAMS = {
    "chip-S": "chip", "chip-L": "chip", "SOT": "gullwing", "SO": "gullwing", "QFP": "gullwing", "PLCC": "jlead", "BGA": "array",
}  # fmt: skip
"""Families with a limit of their own; all others keep the general one, `mass_per_area`. So do MELFs, and crystals and cans:
they roll, or are heavy for the little that they touch."""
_GULL, _UNDER = (0.75, 0.40), (0.85, 0.50)
TOUCHED = {
    "chip-S": (0.85, 0.45), "chip-L": (0.85, 0.45), "SOT": _GULL, "SO": _GULL, "QFP": _GULL, "conn-SMT": _GULL,
    "PLCC": (0.70, 0.40), "BGA": (1.0, 1.0),
}  # fmt: skip
"""Shares of a land's shorter and longer side that the terminal stands on: a land is larger by its fillets and tolerances.
Judgement, from nominal packages on usual lands: 0603 0.80 x 0.35 on 0.95 x 0.80 mm, SO-8 0.41 x 0.8 on 0.6 x 1.95, QFP-0.5
0.22 x 0.6 on 0.3 x 1.5; terminals beneath other bodies by `_UNDER`; balls and exposed pads cover their lands."""
_KEY = re.compile(
    r"\s*(?:(?:unit|part|net|component)[-_ ]?)?(?:mass|weight|gewicht|masse)[-_ ]*[\[(]?(g|mg|kg)?[\])]?\s*\Z", re.IGNORECASE
)
_VALUE = re.compile(r"\s*[~≈]?\s*(\d*[.,]?\d+)\s*(g|mg|kg|grams?)?\s*\Z", re.IGNORECASE)
_GRAMS = {"g": 1.0, "mg": 1e-3, "kg": 1e3, "gram": 1.0, "grams": 1.0}
_GLUED = re.compile(r"\s*(glued?|adhesive|glue[-_ ]?dots?)\s*\Z", re.IGNORECASE)
_NOT = re.compile(r"\s*(no|none|false|0|n|-)?\s*\Z", re.IGNORECASE)
SURE = "its body"
"""Source of a mass by a body that is drawn and whose height something tells; sources that start with it say what is guessed."""


@dataclass(frozen=True, slots=True, eq=False)
class Loads(Table):
    """One row per part with soldered lands that hangs by them alone: none with leads or pegs in plated holes, none glued."""

    component: Ints = column("i4")
    side: Ints = column("i4")
    mass: Floats = column("f8")
    """g; NaN where nothing tells."""
    source: Objects = column("O")
    area: Floats = column("f8")
    """mm2 that its terminals touch, see `TOUCHED`."""
    perimeter: Floats = column("f8")
    """mm around what they touch."""
    param: Objects = column("O")
    """Parameter of the rule that judges the mass per area."""
    doubtful: Bools = column("b")
    """Its mass rests on more than the density: the usual height of a family, or a body that is not drawn."""


@once_a_board
def masses(board: Board) -> tuple[Floats, Objects]:
    """Mass in g of each component, NaN for unknown, and what it is from: a field (`Mass`, `Weight`, with a unit), or its body.

    The body is its area seen from above, times its height, times `DENSITY`.
    """
    c, parts = board.components, board.derived.parts()
    mass = shapely.area(parts.body) * parts.height * DENSITY
    drawn, told = parts.body_source == "fab", parts.height_source != "family"
    source = np.select(
        [~(mass > 0), drawn & told, drawn, told],
        ["", SURE, f"{SURE} at the usual height", f"{SURE}, not drawn"], f"{SURE}, not drawn, at the usual height",
    ).astype(object)  # fmt: skip
    mass[~(mass > 0)] = np.nan
    for row, fields in enumerate(c.fields):
        for key, value in fields.items():
            said = _grams(key, value)
            if said is not None:
                mass[row], source[row] = said, f"field {key}"
    return mass, source


@lru_cache(maxsize=4096)
def _grams(key: str, value: str) -> float | None:
    """What a field says of the mass; None where it says nothing, or a number without a unit: it may be of g or mg."""
    field = _KEY.match(key)
    found = _VALUE.match(value) if field else None
    unit = (found[2] or (field and field[1])) if found else None
    if found is None or not unit:
        return None
    return float(found[1].replace(",", ".")) * _GRAMS[unit.lower()]


@once_a_board
def loads(board: Board) -> Loads:
    """What hangs by its lands, on either side."""
    f, c, parts, todo = board.features, board.components, board.derived.parts(), work(board)
    rows = np.flatnonzero((todo.kind == "smd") & (todo.barrels == 0) & ~glued(board)).astype(np.int32)
    lands = board.derived.printed_lands()
    lands = lands[np.isin(f.component[lands], rows)]
    family = parts.family[f.component[lands]]
    area, perimeter, width, length = measured(f.core[lands], f.radius[lands])
    across, along = np.array([TOUCHED.get(name, _UNDER) for name in family.tolist()], np.float64).reshape(-1, 2).T
    whole = exposed_pads(board)[f.pad[lands]] | ((across == 1) & (along == 1))
    across[whole] = along[whole] = 1.0
    around = np.where(whole, perimeter, 2 * (across * width + along * length))
    mass, source = masses(board)
    param = np.array([PARAMS.get(name, "mass_per_area") for name in parts.family[rows].tolist()], object)
    param[["melf" in f"{c.footprint[row]}".lower() for row in rows.tolist()]] = "mass_per_area"
    return Loads.of(
        component=rows, side=todo.side[rows], mass=mass[rows], source=source[rows],
        area=np.bincount(f.component[lands], area * across * along, len(c))[rows],
        perimeter=np.bincount(f.component[lands], around, len(c))[rows],
        param=param, doubtful=[s.startswith(SURE) and s != SURE for s in source[rows].tolist()],
    )  # fmt: skip


def glued(board: Board) -> Bools:
    """Mask over `Board.components`: those with a dot on an adhesive layer of theirs, or a field `Glue` that is not no."""
    f, c = board.features, board.components
    out = np.zeros(len(c), np.bool_)
    dots = f.component[(board.layers.role == "adhesive")[f.layer] & (f.component >= 0)]
    out[dots] = True
    names = {key for fields in c.fields for key in fields if _GLUED.match(key)}
    for row, fields in enumerate(c.fields) if names else ():
        out[row] |= any(not _NOT.match(fields[key]) for key in names & fields.keys())
    return out


def per_area(load: Loads) -> Floats:
    """mg/mm2 of what each part touches; NaN where its mass is unknown."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(1000 * load.mass / load.area, np.float64)


def per_perimeter(load: Loads) -> Floats:
    """mg/mm around what each part touches."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(1000 * load.mass / load.perimeter, np.float64)


def shares(ctx: Context, load: Loads) -> Floats:
    """How much of its hard limit each part uses, of both its limits the larger share; 0 where nothing judges it."""
    out = np.zeros(len(load))
    for mine, value, limit in _limits(ctx, load):
        out[mine] = np.maximum(out[mine], value / limit)
    return out


def _limits(ctx: Context, load: Loads) -> Iterator[tuple[Bools, Floats, float]]:
    """The hard limits of a rule: whom it judges, their values, and itself."""
    for param, value in ((load.param, per_area(load)), (np.full(len(load), "per_perimeter", object), per_perimeter(load))):
        for name in dict.fromkeys(param.tolist()):
            limit = ctx.limits[name].value if name in ctx.judged() else None
            mine = (param == name) & np.isfinite(value)
            if limit:
                yield mine, value[mine], limit


def worst(ctx: Context | None, side: int) -> float:
    """The largest of `shares` of the parts on a side: the side with the smaller one is better reflowed first."""
    if ctx is None:
        return 0.0
    load = loads(ctx.board)
    return float(np.max(shares(ctx, load)[load.side == side], initial=0.0))


def falling(ctx: Context | None, first: int) -> tuple[Exclusion, ...]:
    """Parts on the side that is reflowed first that would fall in the second reflow, by the hard limits of second-side-mass.

    ctx: that of the rule, None where the run has none. A part whose mass is doubtful excludes nothing.
    """
    if ctx is None:
        return ()
    load = loads(ctx.board)
    load = load.take((load.side == first) & ~load.doubtful)
    over = np.zeros(len(load), np.bool_)
    for mine, value, limit in _limits(ctx, load):
        over[mine] |= above(value, limit)
    fall = load.component[over]
    if not len(fall):
        return ()
    c = ctx.board.components
    places = tuple((float(c.x[row]), float(c.y[row])) for row in fall)
    why = f"would fall from the {('top', 'bottom')[first]} in the second reflow"
    return (Exclusion(RULE, why, tuple(fall.tolist()), places, "glue, or move to the other side"),)
