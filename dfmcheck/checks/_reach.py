"""How far a search for neighbours looks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import wraps

from ..check import CheckFunction, Context, Measurements

SEEN = 1.5
"""How far beyond the largest limit to look first, so that a rule that passes can tell its worst value."""


def widening(far: float) -> Callable[[Callable[[Context, float], Measurements]], CheckFunction]:
    """Make a check of a search within a reach in mm: as long as nothing at all is found, look twice as far, up to `far`."""

    def decorate(search: Callable[[Context, float], Measurements]) -> CheckFunction:
        @wraps(search)
        def check(ctx: Context) -> Measurements:
            reach = SEEN * max(ctx.spacing_reach, ctx.reach())
            while not len(found := search(ctx, reach)) and reach < far:
                reach *= 2
            return replace(found, complete=reach)

        return check

    return decorate
