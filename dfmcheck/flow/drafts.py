"""Each flow of the catalogue (section 5.1) as if it were possible: its operations, and what is against it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from ..board import Ints
from .ask import Answer, Rules
from .line import Line
from .plan import Exclusion
from .site import REPLACE, SIDES, Site


@dataclass(slots=True)
class Draft:
    """A flow in the making."""

    code: str
    process: str
    line: Line
    changed: Line | None = None
    """What an excluded flow costs, where the change that opens it asks for other operations."""
    name: str = ""
    """Where the catalogue's is not all of it."""
    first: int = -1
    needless: bool = False
    excluded: list[Exclusion] = field(default_factory=list)
    unjudged: list[str] = field(default_factory=list)

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

    def _reflowed(self, draft: Draft) -> None:
        """Reflow of each side that has SMD."""
        first = self._first(draft)
        sides = (first, 1 - first) if first >= 0 else (self.here.lead_side if len(self.near) else self.here.joint_side,)
        for side in sides:
            draft.line.reflow(side, self._on(side))

    def _on(self, side: int) -> Ints:
        return self.near if side == self.here.lead_side else self.far

    def _one_sided(self, draft: Draft) -> None:
        """Leads from one side only."""
        side = SIDES[self.here.lead_side]
        why = f"have their leads soldered on the {side}, where the others stand"
        draft.hold(self.here.blame(self.others, why, f"move to the {side}"))

    def _leads_only(self) -> Draft:
        here, rules = self.here, self.rules
        process = self.wish if self.wish in ("wave", "selective", "hand") else ""
        if not process:
            process = "wave" if not _against(rules.waved(here.joint_side)) else "selective"
        if process == "selective" and not self.wish and _against(rules.reached(here.joint_side)):
            process = "hand"
        draft = self._draft("F1", process)
        draft.needless = not here.has_leads
        draft.hold(here.blame(np.r_[self.near, self.far], "are SMD", ""))
        self._one_sided(draft)
        if process == "wave":
            draft.hold(rules.waved(here.joint_side))
            draft.line.wave(self.leads)
        else:
            draft.hold(rules.reached(here.joint_side) if process == "selective" else ())
            draft.line.local(process, self.leads)
        return draft

    def _smt(self, side: int, code: str) -> Draft:
        here, draft = self.here, self._draft(code, "")
        draft.hold(here.blame(np.r_[self.leads, self.others], "have leads in holes", REPLACE))
        if code == "F3":
            draft.needless = not (len(self.near) and len(self.far))
            self._reflowed(draft)
            return draft
        draft.needless = not here.has_smd
        few = self.far if len(self.far) <= len(self.near) else self.near
        main = here.lead_side if few is self.far else here.joint_side
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
            self._reflowed(draft)
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
        if not len(self.near) and (moved := _against(fit[:1])):  # what moves to the bare lead side asks for a reflow there
            draft.changed = Line(here, self.weights)
            draft.changed.reflow(here.lead_side, np.array(sorted(moved), np.int32))
            if len(moved) < len(self.far):
                draft.changed.glue(here.joint_side, np.setdiff1d(self.far, list(moved)).astype(np.int32))
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
        draft.hold(self.rules.reached(self.here.joint_side))
        self._reflowed(draft)
        draft.line.local("selective", self.leads)
        return draft

    def _by_hand(self) -> Draft:
        draft = self._draft("F7h", "hand")
        draft.needless = not self.mixed
        if draft.needless:
            return draft
        self._one_sided(draft)
        self._reflowed(draft)
        by_hand = self._one_by_one(draft)
        draft.needless = by_hand == 0
        if by_hand < len(self.leads):
            draft.name = "SMT, then selective soldering, and by hand what no nozzle reaches"
        return draft

    def _from_both_sides(self) -> Draft:
        draft = self._draft("F8", "hand")
        draft.needless = not len(self.others)
        if draft.needless:
            return draft
        if self.here.has_smd:
            self._reflowed(draft)
        if len(self.leads) > self._one_by_one(draft):
            draft.process = "selective"
        draft.line.local("hand", self.others, second=True)
        return draft

    def _one_by_one(self, draft: Draft) -> int:
        """Selective where a nozzle reaches, the rest by hand; all by hand where that is cheaper or wanted. How many by hand."""
        joints, cost = self.here.work.barrels, self.weights
        far = _against(self.rules.reached(self.here.joint_side))
        hand = self.leads[np.isin(self.leads, list(far))]
        rest = self.leads[~np.isin(self.leads, hand)]
        split = cost["selective"] + cost["selective_joint"] * joints[rest].sum() + cost["hand"] * bool(len(hand))
        if self.wish == "hand" or split >= cost["hand"] + cost["hand_joint"] * joints[rest].sum():
            hand, rest = self.leads, rest[:0]
        draft.line.local("selective", rest)
        draft.line.local("hand", hand)
        return len(hand)


def _against(answers: tuple[Answer, ...]) -> set[int]:
    return {row for answer in answers for e in answer.excluded for row in e.parts}
