"""What the rules of a run have against each way of soldering, by their hard limits; every rule is asked once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from ..check import Context, Skip
from . import covered, heat, low, mass, nozzle, pallet, pip, wave_parts, wave_rows
from .plan import Exclusion, Flow


class Answer(NamedTuple):
    excluded: tuple[Exclusion, ...]
    unjudged: str
    """Why the rule could not be asked, '' if it was."""


class Rules:
    """The other rules of the run; without a run the one rule that is checked."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._told: dict[Any, Answer] = {}

    def glued(self, side: int) -> tuple[Answer, ...]:
        """SMD on a side that is glued and meets the wave."""
        return (
            self._ask("wave-package-eligibility", wave_parts.exclusions, side),
            self._ask("smt-tht-wave-clearance", pallet.glued_exclusions, side),
            self._ask("bottom-height", low.exclusions, side, "wave_glued"),
        )

    def waved(self, side: int) -> tuple[Answer, ...]:
        """Lands of leads on a side that meets the wave."""
        return (self._ask("tht-pad-gap-wave", wave_rows.exclusions, side),)

    def covered(self, side: int) -> tuple[Answer, ...]:
        """SMD on a side that a pallet covers."""
        return (
            self._ask("smt-tht-wave-clearance", pallet.exclusions, side),
            self._ask("bottom-height", low.exclusions, side, "pallet"),
        )

    def reached(self, side: int) -> tuple[Answer, ...]:
        """Leads whose joints on a side a nozzle has to reach."""
        return (self._ask("selective-nozzle-clearance", nozzle.exclusions, side),)

    def free(self, side: int) -> tuple[Answer, ...]:
        """Parts on a side that stand over the joints of leads there."""
        return (self._ask("tht-both-sides", covered.exclusions, side),)

    def in_paste(self) -> tuple[Answer, ...]:
        """Leads in paste."""
        return (self._ask("pip-eligibility", pip.exclusions),)

    def upside_down(self, first: int) -> tuple[Answer, ...]:
        """SMD that hangs below in the second reflow, and parts too high for the line on the side that is reflowed first."""
        return (
            self._ask("second-side-mass", mass.falling, first),
            self._ask("bottom-height", low.exclusions, first, "machine"),
        )

    def hanging(self, first: int) -> float:
        """How many times its limit the worst part on the side that is reflowed first hangs by in the second reflow; 1 where all
        keep it, or nothing judges it."""
        ctx = self.rule("second-side-mass")
        judged = ctx is not None and not ctx.rule.needs - ctx.board.facts
        return max(1.0, round(mass.worst(ctx, first), 6)) if judged else 1.0

    def heated(self, flow: Flow) -> tuple[Answer, ...]:
        """Parts that see too much heat in a flow."""
        return (self._answer("heat-cycles", heat.exclusions, (flow,)),)

    def _ask(self, rule: str, measure: Callable[..., tuple[Exclusion, ...]], *about: Any) -> Answer:
        key = (measure, about)
        if key not in self._told:
            self._told[key] = self._answer(rule, measure, about)
        return self._told[key]

    def rule(self, rule: str) -> Context | None:
        """A rule of the run, None where it has none of this name."""
        return self._ctx if self._ctx.rule.id == rule else self._ctx.other(rule)

    def _answer(self, rule: str, measure: Callable[..., tuple[Exclusion, ...]], about: tuple[Any, ...]) -> Answer:
        ctx = self.rule(rule)
        if ctx is None:
            return Answer((), f"{rule}: this run has no such rule")
        if lacking := sorted(ctx.rule.needs - ctx.board.facts):
            return Answer((), f"{rule}: needs {', '.join(lacking)}")
        if not ctx.judged():
            return Answer((), f"{rule}: the profile states no limit for it")
        try:
            return Answer(measure(ctx, *about), "")
        except Skip as reason:
            return Answer((), f"{rule}: {reason}")
