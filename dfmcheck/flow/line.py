"""The line on which a board is built: each operation appends its steps, what it costs, and the heat that parts on it see."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..board import Ints, Objects
from .plan import Charge, Step
from .site import SIDES, Site

KINDS = ("reflow", "wave", "local")


class Line:
    """Operations in the order in which they are called. A part sees heat from the operation on that puts it on the board."""

    def __init__(self, site: Site, weights: Mapping[str, float]) -> None:
        n = len(site.board.components)
        self.site, self._weights = site, weights
        self.steps: list[Step] = []
        self.method, self.surface = np.full(n, "", object), np.full(n, "", object)
        self.heat: dict[str, Ints] = {kind: np.zeros(n, np.int32) for kind in KINDS}
        self._there = np.zeros(n, np.bool_)
        self._bill: dict[str, int] = {}
        self._up = -1
        self._soldered = False

    @property
    def charges(self) -> tuple[Charge, ...]:
        return tuple(Charge(key, n, n * self._weights[key]) for key, n in self._bill.items())

    @property
    def cost(self) -> float:
        return sum(charge.cost for charge in self.charges)

    def reflow(self, side: int, smd: Ints, leads: Ints | None = None) -> None:
        """Print, place and reflow a side; `leads` are inserted into paste and soldered with the rest."""
        self._turn(side)
        self._step("print", side, len(smd) + (len(leads) if leads is not None else 0))
        if len(smd):
            self._step("place", side, len(smd))
        if leads is not None:
            self._insert(side, leads, "pip")
            self._charge("pip")
        self.surface[smd] = "reflow"
        self._there[smd] = True
        self._heat("reflow")
        self._step("reflow", side, int(self._there.sum()))
        self._charge("second_reflow" if self._soldered else "reflow")
        self._soldered = True

    def glue(self, side: int, smd: Ints) -> None:
        """Glue and cure parts that a wave solders later."""
        self._turn(side)
        for what in ("glue", "place", "cure"):
            self._step(what, side, len(smd))
        self.surface[smd] = "wave"
        self._there[smd] = True
        self._charge("glue")

    def wave(self, leads: Ints, *, pallet: bool = False) -> None:
        """Insert the leads and pass the board, joints down, over the wave."""
        side = self.site.joint_side
        self._turn(1 - side)
        self._insert(1 - side, leads, "wave")
        if pallet:
            self._step("pallet", side, 1)
        self._step("wave", side, int(self.site.work.barrels[leads].sum()) + int(self._glued().sum()))
        self._heat("wave")
        self._pass("wave")
        if pallet:
            self._charge("pallet")

    def local(self, how: str, leads: Ints, *, second: bool = False) -> None:
        """Insert leads and solder them one by one: `selective` or by `hand`; `second`: those that stand on the other side."""
        if not len(leads):
            return
        lead_side = self.site.joint_side if second else self.site.lead_side
        joints = int(self.site.work.barrels[leads].sum())
        self._turn(lead_side)
        self._insert(lead_side, leads, how)
        self._step(how, 1 - lead_side, joints)
        self.heat["local"][leads] += 1
        if second:
            self._charge("second_tht")
            self._charge(f"{how}_joint", joints)
        else:
            self._pass(how)
            self._charge(f"{how}_joint", joints)

    def station(self, name: str, parts: Ints) -> None:
        """A station beside the line."""
        if name == "press-fit":
            self.method[parts] = "press"
        self._step("press" if name == "press-fit" else name, "", len(parts))
        self._there[parts] = True
        self._charge("station")

    def finish(self) -> None:
        self._step("inspect", "", int(self._there.sum()))

    def _glued(self) -> Ints:
        return np.asarray(self.site.work.lands[(self.surface == "wave") & self._there])

    def _pass(self, key: str) -> None:
        """Charge a pass that solders leads: what it costs after another, or what a board costs that is never reflowed."""
        self._charge(key if self._soldered else "tht_only")
        self._soldered = True

    def _charge(self, key: str, number: int = 1) -> None:
        if number:
            self._bill[key] = self._bill.get(key, 0) + number

    def _insert(self, side: int, leads: Ints, how: str) -> None:
        self._step("insert", side, len(leads))
        self.method[leads] = how
        self._there[leads] = True

    def _turn(self, up: int) -> None:
        if self._up not in (-1, up):
            self._step("flip", "", 1)
        self._up = up

    def _heat(self, kind: str) -> None:
        self.heat[kind][self._there] += 1

    def _step(self, what: str, side: int | str, parts: int) -> None:
        self.steps.append(Step(what, side if isinstance(side, str) else SIDES[side], parts))


def exposures(line: Line) -> Mapping[str, Objects]:
    """What `Flow.exposures` holds."""
    return {kind: counts.astype(object) for kind, counts in line.heat.items()}
