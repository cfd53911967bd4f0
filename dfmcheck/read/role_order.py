"""Which copper layer is the how-manieth: from what each file claims to the number of every layer, top to bottom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from .role_claim import Claim

UNORDERED = "the order of the inner layers is not stated"


def number(claims: Sequence[Claim], names: Sequence[str], total: int) -> tuple[list[Claim], int, list[str]]:
    """Number the copper layers of one design.

    claims: what each copper file is; names: their paths, to order what nothing else orders; total: how many layers are
    known otherwise (X2, job file), 0 if unsaid. Returns the claims with side and number where they can be told, how many
    copper layers the design has at least, and for each file why its place is in doubt ('' if it is not).
    """
    done = [_loosen(c, claims) for c in claims]
    doubts = [""] * len(done)
    total = max([total, *(c.total for c in done)])
    done = [replace(c, number=c.inner + 1, side="inner") if c.inner and not c.number and not c.plane else c for c in done]
    signals = {c.inner for c in done if c.inner and not c.plane}
    planes = [c for c in done if c.plane and not c.number]
    if planes and not signals and not any(c.side == "inner" and c.number for c in done) and all(p.inner for p in planes):
        done = [replace(c, number=c.inner + 1, side="inner") if c.plane and not c.number else c for c in done]
    unplaced = [i for i, c in enumerate(done) if c.side == "inner" and not c.number]
    if unplaced:
        done, doubts = _fill(done, names, unplaced, total)
    inner = max((c.number for c in done if c.side in ("inner", "")), default=0)
    bottom = any(c.side == "bottom" and not c.number for c in done)
    sided = {c.number for c in done if c.number} | {1 for c in done if c.side == "top"}
    least = max([inner + 1 if bottom and inner > 1 else inner, len(sided) + bottom, *(c.number for c in done)], default=0)
    total = max(total, least)
    for i, c in enumerate(done):
        if c.side == "top" and not c.number:
            done[i] = replace(c, number=1)
        elif c.side == "bottom" and not c.number:
            done[i] = replace(c, number=total if total > 1 else 2)
        elif not c.side and c.number:
            done[i] = replace(c, side="top" if c.number == 1 else "bottom" if c.number == total and not bottom else "inner")
    return done, total, doubts


def _loosen(claim: Claim, claims: Sequence[Claim]) -> Claim:
    """Decide whether the numbers of .G1, .G2 or GND2, PWR3 count inner layers or all layers: KiCad's begin at 2.

    Numbers that two files bear (GND1, PWR1) count neither.
    """
    if not claim.loose or claim.number or claim.inner:
        return claim
    loose = [c.loose for c in claims if c.loose and not c.number and not c.inner]
    if len(loose) != len(set(loose)):
        return replace(claim, loose=0)
    return replace(claim, inner=claim.loose) if 1 in loose else replace(claim, number=claim.loose)


def _fill(done: list[Claim], names: Sequence[str], unplaced: list[int], total: int) -> tuple[list[Claim], list[str]]:
    """Give inner layers without a number the numbers that are left, signals and planes in the order of their names.

    Only one layer for the one number left is sure; else the order of all inner layers that are not numbered from the top
    (.GND, or .G1 beside .GP1) is in doubt.
    """
    doubts = [""] * len(done)
    taken = {c.number for c in done if c.number}
    unplaced = sorted(unplaced, key=lambda i: (done[i].plane, done[i].inner, names[i]))
    free = [n for n in range(2, len(done) + len(taken) + max(total, 2) + 1) if n not in taken]
    placed = [i for i, c in enumerate(done) if c.inner and c.number and not c.plane]
    sure = len(unplaced) == 1 and not placed
    for i, n in zip(unplaced, free):
        done[i] = replace(done[i], number=n)
    for i in () if sure else (*unplaced, *placed):
        doubts[i] = UNORDERED
    return done, doubts
