"""How the leads of one side are soldered at the least cost: by a wave, a nozzle or by hand, and by hand what these cannot."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np

from ..board import Ints
from .ask import Answer
from .line import Line
from .plan import Burden
from .site import Site

MACHINES = ("wave", "hand", "selective")
"""Of two that cost the same the first is taken."""
Told = Callable[[str], tuple[Answer, ...]]
"""What rules have against a machine."""
Way = tuple[str, Line]
"""A machine, and the line that solders leads by it."""


def against(answers: tuple[Answer, ...]) -> set[int]:
    """Rows of `Board.components` that the rules exclude."""
    return {row for answer in answers for e in answer.excluded for row in e.parts}


class Passes:
    """Lines that solder the same leads in different ways, after what `before` does."""

    def __init__(
        self, here: Site, weights: Mapping[str, float], told: Told, leads: Ints, before: Callable[[Line], None]
    ) -> None:
        self._here, self._weights, self._told, self._leads, self._before = here, weights, told, leads, before

    def by(self, machine: str, unfit: set[int]) -> Line:
        """By a machine, and by hand the unfit parts."""
        line = Line(self._here, self._weights)
        self._before(line)
        apart = np.isin(self._leads, list(unfit))
        rest, hand = self._leads[~apart], self._leads[apart]
        if machine == "wave":
            line.wave(rest)
        else:
            line.local(machine, rest)
        line.local("hand", hand)
        return line

    def best(self, machines: Sequence[str]) -> Way | None:
        """The cheapest way; a machine that can solder no lead is none."""
        unfit = {machine: against(self._told(machine)) for machine in machines}
        made = [(m, self.by(m, unfit[m])) for m in machines if not np.isin(self._leads, list(unfit[m])).all()]
        return min(made, key=lambda way: way[1].cost) if made else None

    def burdens(self, machines: Sequence[str], cost: float) -> Iterator[Burden]:
        """The parts without which one of the machines would be cheaper."""
        for machine in machines:
            found = tuple(e for answer in self._told(machine) for e in answer.excluded)
            saving = cost - self.by(machine, set()).cost if found else 0.0
            if saving > 1e-9:
                yield Burden(machine, found, saving)
