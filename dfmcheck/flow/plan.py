"""The flows of a board (rule catalogue, section 5), each open or excluded, and the one that its rules speak of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from ..board import Objects
from ..check import Context


class Exclusion(NamedTuple):
    """Why a flow cannot build the board: parts that stand in its way, by one measure."""

    rule: str
    """Id of the rule whose hard limit is broken; `assembly-flow` for what the flow itself cannot do."""
    why: str
    """Half a sentence that follows the names of the parts: "would meet the wave below the least size, 0603"."""
    parts: tuple[int, ...]
    """Rows of `Board.components`."""
    places: tuple[tuple[float, float], ...]
    """mm: where it is broken."""
    remedy: str
    """What would open the flow for these parts: "move to the top", "turn by 90 degrees", "replace"; '' for nothing simple."""


class Step(NamedTuple):
    """One step of a flow, in order."""

    what: str
    """print, place, reflow, flip, glue, cure, insert, wave, selective, hand, press, inspect, ..."""
    side: str
    """top, bottom, or '' for both or neither."""
    parts: int
    """How many parts or joints it handles."""


class Charge(NamedTuple):
    """One contribution to the cost index: `number` times the weight `key` of `[flow]`."""

    key: str
    number: int
    cost: float


class Burden(NamedTuple):
    """Parts that make a flow dearer than it is without them, though it builds the board."""

    way: str
    """What they stand in the way of: wave, selective, or `one side` of SMT."""
    excluded: tuple[Exclusion, ...]
    saving: float
    """What the flow costs less once they are changed."""


@dataclass(frozen=True, slots=True, eq=False)
class Flow:
    """A way to build this board."""

    code: str
    """F1, F2, F3, F4, F4p, F5, F6, F7, F7p, F7h (selective where it fits, else by hand), F8, F9."""
    name: str
    ipc: str
    """IPC type and class, 1A to 2Z."""
    process: str
    """How leads are soldered: '' (none), wave, selective, pip, hand."""
    status: str
    """open; excluded; needless: it has a pass that this board does not need."""
    excluded: tuple[Exclusion, ...]
    unjudged: tuple[str, ...]
    """What could not be judged, and why."""
    steps: tuple[Step, ...]
    charges: tuple[Charge, ...]
    """Of an excluded flow what it will cost once the parts that exclude it are changed, their joints included."""
    first: int
    """Side that is reflowed first: 0 top, 1 bottom; -1 where at most one is."""
    method: Objects
    """By row of `Board.components`: how its leads are soldered: '' (it has none), wave, selective, hand, pip, press."""
    surface: Objects
    """By row of `Board.components`: how its lands are soldered: '' (it has none), reflow, wave (glued)."""
    exposures: Mapping[str, Objects]
    """By kind (reflow, wave, local) and row of `Board.components`: how often a part sees the heat of it."""
    burdens: tuple[Burden, ...] = ()

    @property
    def cost(self) -> float:
        return sum(charge.cost for charge in self.charges)


class Change(NamedTuple):
    """The parts to move, turn or replace so that a cheaper flow opens, or the same flow gets cheaper, and what that saves."""

    flow: str
    parts: tuple[int, ...]
    remedies: tuple[tuple[str, tuple[int, ...]], ...]
    saving: float


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """All flows of a board, in the order of the catalogue."""

    flows: tuple[Flow, ...]
    chosen: Flow | None
    """The one that rules speak of: of the flows of the process that the profile wants the cheapest open one, or, of those that
    suit the sides of the parts, the one with the fewest parts in its way; without a wish, or where no flow is of that process,
    the same of all flows. None where there is nothing to solder."""
    changes: tuple[Change, ...]
    """Those that assembly-flow suggests, by its `move_max` and `few_tht`, to flows that suit what the profile wants; smallest
    first, and each saves more than those before it."""
    lead_side: int
    """Side on which the bodies of leaded parts stand, that of most of them: 0 top, 1 bottom; their joints are on the other."""
    why: str = ""
    """Why there is no flow: no parts, or none that is fitted."""
    larger: tuple[Change, ...] = ()
    """Changes of too many parts to be suggested, that save more than all that are; smallest first."""


def plan(ctx: Context) -> Plan:
    """The flows of a board; `ctx.shared(plan)` makes them once a run.

    Which flow is open depends on the hard limits of the other rules of the run, see `Context.other`; a check that runs alone
    knows its own.
    """
    from .make import make  # which asks the rules' measures, and these use the types above

    return make(ctx)
