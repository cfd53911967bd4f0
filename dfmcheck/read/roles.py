"""Which file of a handoff package is what.

Evidence in this order: X2 attributes, the Gerber job file, what the content says of itself, the conventions of CAD tools
for names. The first that speaks decides, the others complete what it leaves open (a side, a layer's number), and what
contradicts it is told in `Role.conflict`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from ..board import Cover, Floats
from ..package import Role
from . import role_holes, role_order, role_outline, role_x2
from .archive import shown_name
from .role_claim import MAKING, SIDED, Claim, named
from .role_evidence import Case, File, decide, evidence

__all__ = ["File", "assign"]

_LONG = 300
"""Characters of the words that a role says."""
_MANY = 30
"""Files of one use that a file is compared with to find copies."""


def assign(files: Sequence[File]) -> list[Role]:
    """The role of each file of one design, in the order given; the result does not depend on that order."""
    jobs = [f.job for f in files if f.job is not None]
    cases = evidence(files)
    claims = [decide(case) for case in cases]
    total = max([0, *(job.layers for job in jobs), *(c.total for c in claims)])
    claims, total = _copper(cases, claims, total)
    claims = _outline(cases, claims)
    claims = _plating(cases, claims, total)
    roles = [_role(case, claim) for case, claim in zip(cases, claims)]
    return _twins(cases, roles)


def _copper(cases: Sequence[Case], claims: list[Claim], total: int) -> tuple[list[Claim], int]:
    """Number the copper layers; also gives how many there are at least."""
    rows = [i for i, c in enumerate(claims) if c.kind == "copper"]
    done, total, doubts = role_order.number([claims[i] for i in rows], [cases[i].file.path for i in rows], total)
    claims = list(claims)
    for i, claim, doubt in zip(rows, done, doubts):
        claims[i] = claim
        if not claim.side:
            doubt = "nothing tells which copper layer it is"
        if doubt:
            cases[i].conflict = "; ".join(filter(None, (cases[i].conflict, doubt)))
    return claims, total


def _outline(cases: Sequence[Case], claims: list[Claim]) -> list[Claim]:
    """Of several candidates for the outline keep the surest that encloses the copper; the others are user layers.

    Two that are equally sure by a word for just this (X2 Profile, Edge_Cuts) are both kept, and contradict each other.
    """
    rows = [i for i, c in enumerate(claims) if c.kind == "edge"]
    films = [cases[i].file.image for i, c in enumerate(claims) if c.kind == "copper"]
    box = role_outline.extent([image for image in films if image is not None], flashes=True)

    def fits(i: int) -> bool:
        image = cases[i].file.image
        return image is not None and role_outline.encloses(image, box)

    if not rows and box is not None:
        return _unnamed(cases, claims, box)
    weight = {i: (claims[i].rank == 3, fits(i), claims[i].rank, cases[i].by in ("x2", "job")) for i in rows}
    if not rows or not (len(rows) > 1 or claims[rows[0]].rank == 1):
        return claims
    best = max(weight.values())
    keep = [i for i in rows if weight[i] == best]
    if best[0]:
        keep = [i for i in rows if weight[i][0] and weight[i][3] == best[3]]
    elif best[2] == 1 and not best[1] and all(cases[i].file.image is not None for i in rows):
        keep = []  # mechanical layers of which none closes around the copper
    else:
        data = cases[_smallest(cases, keep)].file.data
        keep = [i for i in keep if cases[i].file.data == data]
    return [replace(c, kind="user", layer="") if c.kind == "edge" and i not in keep else c for i, c in enumerate(claims)]


def _unnamed(cases: Sequence[Case], claims: list[Claim], box: Floats) -> list[Claim]:
    """Where nothing is named as the outline: the one Gerber of unknown use that closes around the copper, if it is one."""
    images = {i: cases[i].file.image for i, c in enumerate(claims) if c.kind == "unknown"}
    found = [i for i, image in images.items() if image is not None and role_outline.alone(image, box)]
    if len(found) != 1:
        return claims
    cases[found[0]].by = "content"
    cases[found[0]].claims["content"] = claim = Claim("edge", "strokes that close around the copper")
    return [claim if i == found[0] else c for i, c in enumerate(claims)]


def _smallest(cases: Sequence[Case], rows: list[int]) -> int:
    """Of several layers that enclose the copper the one with the least box: frames and title blocks are larger."""

    def key(i: int) -> tuple[float, int, str]:
        image, path = cases[i].file.image, cases[i].file.path
        box = role_outline.extent([image]) if image is not None else None
        area = float((box[2] - box[0]) * (box[3] - box[1])) if box is not None else float("inf")
        number = re.search(r"\d+$", path)
        return round(area, 2), int(number[0]) if number else 0, path

    return min(rows, key=key)


def _plating(cases: Sequence[Case], claims: list[Claim], total: int) -> list[Claim]:
    """What drill files say beyond their names; and old KiCad names files board.drl (plated) and board-NPTH.drl."""
    done = []
    for case, claim in zip(cases, claims):
        drill = case.file.drill
        if claim.kind == "drill" and drill is not None:
            plated = claim.plated if claim.plated != Cover.UNKNOWN else drill.plated
            claim = replace(claim, plated=plated, span=claim.span or drill.span)
        if claim.span and claim.span[1] == 0:  # down to the bottom
            claim = replace(claim, span=(claim.span[0], total) if total > claim.span[0] else None)
        done.append(claim)
    stems = {i: re.sub(r"\.\w+$", "", cases[i].file.path.lower()) for i, c in enumerate(done) if c.kind == "drill"}
    for i, stem in stems.items():
        twin = [k for k, other in stems.items() if other == f"{stem}-npth" and done[k].plated == Cover.NO]
        if done[i].plated == Cover.UNKNOWN and twin:
            done[i] = replace(done[i], plated=Cover.YES)
            cases[i].claims["name"] = replace(done[i], words=f"plated, as {cases[twin[0]].file.path} holds the others")
    return done


def _role(case: Case, claim: Claim) -> Role:
    said = {s: _shown(c.words) for s, c in case.claims.items()}
    image = case.file.image
    stated = case.negative or role_x2.negative(case.file.data, image.file if image is not None else {})
    if claim.kind == "copper" and (stated or (image is not None and image.negative)):
        said["polarity"] = "a negative: what is drawn is free of copper"
    elif claim.plane and claim.kind == "copper":
        said["polarity"] = "a plane layer: it may be a negative"
    side = claim.side if claim.kind in SIDED or claim.kind in ("user", "drawing") else ""
    number = claim.number if claim.kind == "copper" else 0
    layer = named(claim.kind, side, number) if claim.kind in SIDED or claim.kind == "edge" else claim.layer
    negative, plane = claim.kind == "copper" and stated, claim.kind == "copper" and claim.plane
    return Role(
        kind=claim.kind, layer=layer, side=side, number=number, by=case.by, said=said, conflict=_shown(case.conflict),
        negative=negative, plane=plane,
        plated=claim.plated if claim.kind == "drill" else Cover.UNKNOWN, span=claim.span if claim.kind == "drill" else None,
    )  # fmt: skip


def _twins(cases: Sequence[Case], roles: list[Role]) -> list[Role]:
    """Tell files that claim one layer: exact copies of one another are duplicates, others contradict."""
    rows: dict[str, list[int]] = {}
    for i, role in enumerate(roles):
        if role.kind in MAKING and (role.layer or role.kind == "drill"):
            rows.setdefault(role.layer, []).append(i)
    roles = list(roles)
    for layer, claimed in rows.items():
        kept: list[int] = []
        for i in sorted(claimed, key=lambda i: _first(cases[i])):
            near = kept[-_MANY:]
            copy = next(filter(None, (_copy(cases[i].file, cases[k].file, roles[i], roles[k]) for k in near)), "")
            if copy:
                roles[i] = replace(roles[i], kind="duplicate", said={**roles[i].said, "copy": copy})
            else:
                kept.append(i)
        for i in kept if layer and len(kept) > 1 else ():
            paths = [cases[k].file.path for k in kept if k != i]
            others = ", ".join(paths[:3]) + (f" and {len(paths) - 3} more" if len(paths) > 3 else "")
            why = f"{layer} is claimed by {others} as well"
            roles[i] = replace(roles[i], conflict="; ".join(filter(None, (roles[i].conflict, why))))
    return roles


def _shown(text: str) -> str:
    """Words out of a file, without what would steer a terminal, and no longer than a line or two."""
    text = shown_name(text)
    return text if len(text) <= _LONG else f"{text[:_LONG]}..."


def _first(case: Case) -> tuple[bool, int, int, str]:
    """Which of several files of one use is the original: drill data before a Gerber of it, the one with more holes."""
    hits = case.file.drill.hits if case.file.drill is not None else ()
    return case.form != "drill", -len(hits), len(case.file.path), case.file.path


def _copy(one: File, other: File, role: Role, theirs: Role) -> str:
    """In words, how one file repeats another of the same use, '' if it does not."""
    if one.data == other.data and one.data.strip():
        return f"the same bytes as {other.path}"
    if role.kind != "drill" or (role.plated, role.span) != (theirs.plated, theirs.span) or not role_holes.within(one, other):
        return ""
    return f"its holes are all in {other.path}"
