"""Each flow of the catalogue (section 5.1) as if it were possible: its operations, and what is against it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from ..board import Ints
from .ask import Answer, Rules
from .line import Line
from .passes import MACHINES, Passes, against
from .plan import Burden, Exclusion
from .site import REPLACE, SIDES, Site


@dataclass(slots=True)
class Draft:
    """A flow in the making."""

    code: str
    process: str
    line: Line
    changed: Line | None = None
    """What an excluded flow costs, where the change that opens it asks for other operations, or adds joints."""
    name: str = ""
    """Where the catalogue's is not all of it."""
    first: int = -1
    needless: bool = False
    excluded: list[Exclusion] = field(default_factory=list)
    unjudged: list[str] = field(default_factory=list)
    burdens: list[Burden] = field(default_factory=list)

    def hold(self, *found: Iterable[Exclusion] | Iterable[Answer]) -> None:
        """Take what excludes the flow."""
        for some in found:
            for one in some:
                if isinstance(one, Exclusion):
                    self.excluded.append(one)
                else:
                    self.excluded += one.excluded
                    self.unjudged += [one.unjudged] if one.unjudged else []


class Drafts:
    """The flows of section 5.1, each as if it were possible, with what is against it."""

    def __init__(self, here: Site, rules: Rules, weights: Mapping[str, float], wish: str) -> None:
        self.here, self.rules, self.weights, self.wish = here, rules, weights, wish
        self.near, self.far = here.smd
        self.leads, self.others = here.leads
        self.mixed = here.has_leads and here.has_smd

    def all(self) -> Iterator[Draft]:
        here = self.here
        yield self._leads_only()
        yield self._smt(here.lead_side, "F2")
        yield self._smt(here.lead_side, "F3")
        yield self._wave("F4")
        yield self._in_paste("F4p")
        yield self._glued()
        yield self._wave("F6")
        yield self._selective()
        yield self._in_paste("F7p")
        yield self._by_hand()
        yield self._from_both_sides()

    def _draft(self, code: str, process: str) -> Draft:
        return Draft(code, process, Line(self.here, self.weights))

    def _first(self, draft: Draft, force: int = -1) -> int:
        """The side that is reflowed first, of both the one on which less falls, or whose worst part hangs more safely; the joint
        side where it is all the same.

        -1 where at most one side is reflowed.
        """
        here = self.here
        if not (len(self.near) and len(self.far)) and force < 0:
            return -1
        orders = (force,) if force >= 0 else (here.joint_side, here.lead_side)
        answers = {side: self.rules.upside_down(side) for side in orders}
        fallen = {s: sum(len(e.parts) for answer in answers[s] for e in answer.excluded) for s in orders}
        side = min(orders, key=lambda s: (fallen[s], self.rules.hanging(s)))
        draft.hold(answers[side])
        draft.first = side
        return side

    def _sides(self, draft: Draft) -> tuple[int, ...]:
        """The sides that have SMD, in the order of their reflow."""
        first = self._first(draft)
        if first >= 0:
            return first, 1 - first
        return (self.here.lead_side if len(self.near) else self.here.joint_side,) if self.here.has_smd else ()

    def _reflow(self, line: Line, sides: Iterable[int]) -> None:
        for side in sides:
            line.reflow(side, self._on(side))

    def _on(self, side: int) -> Ints:
        return self.near if side == self.here.lead_side else self.far

    def _one_sided(self, draft: Draft) -> None:
        """Leads from one side only, whose joints are free."""
        side = SIDES[self.here.lead_side]
        why = f"have their leads soldered on the {side}, where the others stand"
        draft.hold(self.here.blame(self.others, why, f"move to the {side}"))
        if len(self.far) and draft.code not in ("F4", "F4p"):  # which have nothing there
            draft.hold(self.rules.free(self.here.joint_side))

    def _leads_only(self) -> Draft:
        here, draft = self.here, self._draft("F1", self.wish if self.wish in MACHINES else "wave")
        draft.needless = not here.has_leads
        draft.hold(here.blame(np.r_[self.near, self.far], "are SMD", ""))
        self._one_sided(draft)
        if here.has_smd or draft.needless:
            draft.line = self._passes(self.leads).by(draft.process, set())
        else:
            machines = self._machines(bare=True)
            # Nothing costs less than a wave that solders all: then nobody asks what a nozzle reaches.
            self._solder(draft, machines if against(self._told(machines[0])) else machines[:1], ())
        return draft

    def _told(self, machine: str) -> tuple[Answer, ...]:
        """What rules have against a machine at the leads of the lead side."""
        ask = {"wave": self.rules.waved, "selective": self.rules.reached}.get(machine)
        return ask(self.here.joint_side) if ask else ()

    def _machines(self, *, bare: bool) -> tuple[str, ...]:
        """What may solder leads: what the profile wants or, where that is none of them, any; a wave only on a bare side."""
        some = MACHINES if bare else MACHINES[1:]
        return (self.wish,) if self.wish in some else some

    def _passes(self, leads: Ints, *sides: int, smd: Ints | None = None) -> Passes:
        """The ways to solder leads once each of the sides with SMD, or all of `smd` on one side, are reflowed."""

        def before(line: Line) -> None:
            if smd is None:
                self._reflow(line, sides)
            else:
                line.reflow(sides[0], smd)

        return Passes(self.here, self.weights, self._told, leads, before)

    def _solder(self, draft: Draft, machines: Sequence[str], sides: Sequence[int], *, moved: bool = True) -> None:
        """Solder the leads by the best of some machines; `moved`: those on the other side as well, once they are moved."""
        passes = self._passes(self.leads, *sides)
        way = passes.best(machines)
        if way is None:
            draft.hold(self._told(machines[0]))
            way = machines[0], passes.by(machines[0], set())
        draft.process, draft.line = way
        draft.unjudged += [answer.unjudged for answer in self._told(draft.process) if answer.unjudged]
        draft.burdens += passes.burdens(machines, draft.line.cost)
        if moved and len(self.others):
            after = self._passes(np.r_[self.leads, self.others], *sides)
            draft.changed = (after.best(machines) or (machines[0], after.by(machines[0], set())))[1]

    def _one_reflow(self, draft: Draft, machines: Sequence[str]) -> None:
        """SMD on the side that has less of it is a burden where leads are soldered the same way without."""
        if not (len(self.near) and len(self.far)):
            return
        few, main = self._few()
        passes = self._passes(self.leads, main, smd=np.r_[self.near, self.far])
        _, line = passes.best(machines) or (machines[0], passes.by(machines[0], set()))
        if (saving := draft.line.cost - line.cost) > 1e-9:
            moved = self.here.blame(few, f"are SMD on the {SIDES[1 - main]}", f"move to the {SIDES[main]}")
            draft.burdens.append(Burden("one side", moved, saving))

    def _few(self) -> tuple[Ints, int]:
        """The SMD of the side that has less of it, and the other side."""
        if len(self.far) <= len(self.near):
            return self.far, self.here.lead_side
        return self.near, self.here.joint_side

    def _smt(self, side: int, code: str) -> Draft:
        here, draft, why = self.here, self._draft(code, ""), "have leads in holes"
        if code == "F3":
            draft.hold(here.blame(np.r_[self.leads, self.others], why, REPLACE))
            draft.needless = not (len(self.near) and len(self.far))
            self._reflow(draft.line, self._sides(draft))
            return draft
        draft.needless = not here.has_smd
        few, main = self._few()
        stay, turn = (self.leads, self.others) if main == here.lead_side else (self.others, self.leads)
        draft.hold(here.blame(stay, why, REPLACE), here.blame(turn, why, f"{REPLACE} on the {SIDES[main]}"))
        draft.hold(here.blame(few, f"are SMD on the {SIDES[1 - main]}", f"move to the {SIDES[main]}"))
        draft.line.reflow(main, np.r_[self.near, self.far])
        return draft

    def _wave(self, code: str) -> Draft:
        """F4, with a bare joint side, or F6, with a pallet that covers it."""
        here, rules, draft = self.here, self.rules, self._draft(code, "wave")
        covered = code == "F6"
        draft.needless = not self.mixed or (covered and not len(self.far))
        if draft.needless:
            return draft
        side = SIDES[here.lead_side]
        self._one_sided(draft)
        draft.hold(rules.waved(here.joint_side))
        if covered:
            draft.hold(rules.covered(here.joint_side))
            self._reflow(draft.line, self._sides(draft))
        else:
            draft.hold(here.blame(self.far, "are SMD on the side that meets the wave", f"move to the {side}"))
            draft.line.reflow(here.lead_side, np.r_[self.near, self.far])
        draft.line.wave(self.leads, pallet=covered)
        return draft

    def _glued(self) -> Draft:
        here, draft = self.here, self._draft("F5", "wave")
        draft.needless = not self.mixed or not len(self.far)
        if draft.needless:
            return draft
        self._one_sided(draft)
        draft.hold(self.rules.waved(here.joint_side))
        fit = self.rules.glued(here.joint_side)
        draft.hold(fit)
        if fit[0].unjudged:
            draft.hold(here.blame(self.far, "would meet the wave, and nothing tells whether they may", ""))
        if len(self.near):
            draft.line.reflow(here.lead_side, self.near)
        draft.line.glue(here.joint_side, self.far)
        draft.line.wave(self.leads)
        away = (f"move to the {SIDES[here.lead_side]}", "move to the other side")
        moved = {row for e in draft.excluded if e.remedy in away for row in e.parts}
        if moved & set(self.far.tolist()):  # what moves is reflowed there, and what stays is glued
            stay = self.far[~np.isin(self.far, list(moved))]
            draft.changed = Line(here, self.weights)
            draft.changed.reflow(here.lead_side, np.r_[self.near, np.setdiff1d(self.far, stay)].astype(np.int32))
            if len(stay):
                draft.changed.glue(here.joint_side, stay)
            draft.changed.wave(self.leads)
        return draft

    def _in_paste(self, code: str) -> Draft:
        """F4p, one reflow, or F7p, the second reflow of two, with the leads in paste."""
        here, rules, draft = self.here, self.rules, self._draft(code, "pip")
        twice = code == "F7p"
        # A profile that wants leads in paste wants it on a board without SMD as well.
        draft.needless = not here.has_leads or (not here.has_smd and self.wish != "pip") or (twice and not len(self.far))
        if draft.needless:
            return draft
        self._one_sided(draft)
        fit = rules.in_paste()
        draft.hold(fit)
        if fit[0].unjudged:
            draft.hold(here.blame(self.leads, "would be reflowed, and nothing tells whether they stand it", ""))
        if twice:
            draft.line.reflow(self._first(draft, here.joint_side), self.far)
        else:
            draft.hold(here.blame(self.far, "are SMD on the other side than the leads", f"move to the {SIDES[here.lead_side]}"))
        draft.line.reflow(here.lead_side, self.near if twice else np.r_[self.near, self.far], self.leads)
        return draft

    def _selective(self) -> Draft:
        draft = self._draft("F7", "selective")
        draft.needless = not self.mixed
        if draft.needless:
            return draft
        self._one_sided(draft)
        draft.hold(self._told("selective"))
        sides = self._sides(draft)
        draft.line = self._passes(self.leads, *sides).by("selective", set())
        if len(self.others):
            draft.changed = self._passes(np.r_[self.leads, self.others], *sides).by("selective", set())
        self._one_reflow(draft, ("selective",))
        return draft

    def _by_hand(self) -> Draft:
        draft = self._draft("F7h", "hand")
        draft.needless = not self.mixed
        if draft.needless:
            return draft
        self._one_sided(draft)
        machines = ("hand",) if self.wish == "hand" else MACHINES[1:]
        self._solder(draft, machines, self._sides(draft))
        draft.burdens.clear()  # what no nozzle reaches stands in the way of F7
        self._one_reflow(draft, machines)
        draft.process = "hand"
        by_hand = (draft.line.method == "hand").sum()
        draft.needless = not by_hand
        if by_hand < len(self.leads):
            draft.name = "SMT, then selective soldering, and by hand what no nozzle reaches"
        return draft

    def _from_both_sides(self) -> Draft:
        draft = self._draft("F8", "hand")
        draft.needless = not len(self.others)
        if draft.needless:
            return draft
        for side in (0, 1):
            draft.hold(self.rules.free(side))
        machines = self._machines(bare=not len(self.far))  # what stands on the second side comes after
        self._solder(draft, machines, self._sides(draft), moved=False)
        self._one_reflow(draft, self._machines(bare=self._few()[1] == self.here.lead_side))
        draft.line.local("hand", self.others, second=True)
        return draft
