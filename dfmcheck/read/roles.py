"""Which file of a handoff package is what.

Evidence in this order: X2 attributes, the Gerber job file, what the content says of itself, the conventions of CAD tools
for names. The first that speaks decides, the others complete what it leaves open (a side, a layer's number), and what
contradicts it is told in `Role.conflict`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ..board import Cover
from ..package import Drill, Image, Job, Role
from . import role_content, role_names, role_order, role_outline, role_x2
from .role_claim import MAKING, SIDED, Claim, named

_ORDER = ("x2", "job", "content", "name")
_FORMS = {
    "ipc356": ("netlist", "IPC-D-356 records"), "job": ("job", "a Gerber job"), "board": ("board", "a board of a CAD tool"),
    "archive": ("archive", "an archive"), "document": ("document", "a document"),
    "junk": ("document", "a file of the operating system"), "bom": ("bom", "a table of parts with quantities"),
    "placement": ("placement", "a table of parts with positions"),
}  # fmt: skip


@dataclass
class File:
    """One file of a package with what was read of it."""

    path: str
    data: bytes
    image: Image | None = None
    drill: Drill | None = None
    job: Job | None = None


@dataclass
class Case:
    """A file and what its evidence says."""

    file: File
    form: str
    claims: dict[str, Claim]
    conflict: str = ""
    said: Mapping[str, str] | None = None

    @property
    def by(self) -> str:
        return next((s for s in _ORDER if s in self.claims), "")

    @property
    def claim(self) -> Claim | None:
        return self.claims.get(self.by)


def assign(files: Sequence[File]) -> list[Role]:
    """The role of each file of one design, in the order given; the result does not depend on that order."""
    jobs = [f.job for f in files if f.job is not None]
    cases = evidence(files)
    claims = [decide(case) for case in cases]
    total = max([0, *(job.layers for job in jobs), *(c.total for c in claims)])
    claims = _copper(cases, claims, total)
    claims = _outline(cases, claims)
    claims = _plating(cases, claims)
    roles = [_role(case, claim) for case, claim in zip(cases, claims)]
    return _twins(cases, roles)


def evidence(files: Sequence[File]) -> list[Case]:
    """What is known of each file by itself, before files are compared."""
    common = _common([f.path for f in files if _form(f) in ("gerber", "drill")])
    listed = _listed([f.job for f in files if f.job is not None])
    return [_case(f, listed, common) for f in files]


def _form(file: File) -> str:
    if file.job is not None:
        return "job"
    if file.image is not None:
        return "gerber"
    return "drill" if file.drill is not None else role_content.form(file.data)


def _common(paths: Sequence[str]) -> int:
    """How many leading words the names of three or more layers share."""
    stems = [role_names.tokens(role_names.split(p)[0] if "." in p.rsplit("/", 1)[-1] else p.rsplit("/", 1)[-1]) for p in paths]
    if len(stems) < 3:
        return 0
    length = 0
    while all(len(s) > length for s in stems) and len({s[length] for s in stems}) == 1:
        length += 1
    return length


def _listed(jobs: Sequence[Job]) -> dict[str, tuple[str, ...]]:
    return {path.replace("\\", "/").rsplit("/", 1)[-1].lower(): fields for job in jobs for path, fields in job.files.items()}


def _case(file: File, listed: Mapping[str, tuple[str, ...]], common: int) -> Case:
    """Collect the evidence on one file."""
    form = _form(file)
    claims: dict[str, Claim | None]
    base = file.path.rsplit("/", 1)[-1]
    plain = role_names.plain(file.path)
    if form in ("gerber", "drill"):
        given = file.image.file if file.image is not None else file.drill.file if file.drill is not None else {}
        spoken = role_names.layer(file.path, common)
        if base.startswith("._"):
            spoken = plain
        elif spoken and spoken.kind == "drill" and form == "gerber" and base.lower().endswith(".drd"):
            spoken = Claim("drawing", ".drd, OrCAD's drill drawing")
        claims = {
            "x2": role_x2.claim(file.data, given),
            "job": role_x2.function_claim(listed.get(base.lower(), ())),
            "content": role_content.title(file.data) or (Claim("drill", "drill data") if form == "drill" else None),
            "name": spoken,
        }
    elif form in _FORMS and not (plain and plain.kind in ("bom", "placement", "report")):
        kind, words = _FORMS[form]
        claims = {"content": Claim(kind, words), "name": plain}
    else:
        spoken = plain if plain or (form in ("text", "binary") and "." not in base) else role_names.layer(file.path, common)
        claims = {"x2": None, "job": role_x2.function_claim(listed.get(base.lower(), ())), "name": spoken}
        if form == "text" and not any(claims.values()):
            claims["content"] = Claim("document", "text")
    return Case(file, form, {s: c for s, c in claims.items() if c is not None})


def decide(case: Case) -> Claim:
    """The claim that wins, completed by the weaker ones; sets the conflict of the case."""
    found = [(s, case.claims[s]) for s in _ORDER if s in case.claims]
    if not found:
        return Claim("unknown", "")
    best, conflicts = found[0][1], []
    for source, other in found[1:]:
        if best.open and other.kind not in MAKING and other.kind != best.kind:
            best = replace(other, words=best.words)
        elif best.open and other.kind == best.kind:
            best = replace(best, layer=best.layer or other.layer, side=best.side or other.side)
        elif best.kind == other.kind:
            if why := _differ(best, other):
                conflicts.append(f"{found[0][0]} says {best.words}, {source} says {other.words}: {why}")
            best = _complete(best, other)
        elif best.rank == 1 and other.rank > 1:
            best = other
        elif not best.open and other.rank >= 3 and not _kin(best, other):
            conflicts.append(f"{found[0][0]} says {best.words} ({best.kind}), {source} says {other.words} ({other.kind})")
    if case.form in ("document", "archive", "binary", "text", "junk") and best.kind in MAKING:
        conflicts.append("it is neither a Gerber nor a drill file")
    case.conflict = "; ".join(conflicts)
    return best


def _kin(one: Claim, other: Claim) -> bool:
    """Whether two kinds are names of one thing: a fabrication layer is a drawing, .fab or .gm1 may be anything."""
    soft = {"drawing", "fab", "user", "courtyard", "document", "report"}
    return (one.kind in soft and other.kind in soft) or (one.kind in soft and other.kind == "edge" and other.rank < 3)


def _differ(one: Claim, other: Claim) -> str:
    if one.kind == "copper":
        sides = one.side and other.side and one.side != other.side
        mine = {one.number, one.inner + 1 if one.inner else 0} - {0}
        theirs = {other.number, other.inner + 1 if other.inner else 0} - {0}
        if other.loose:
            theirs |= {other.loose, other.loose + 1}
        numbers = mine and theirs and not mine & theirs and "bottom" not in (one.side, other.side)
        return "another layer" if sides or (numbers and not (one.plane or other.plane)) else ""
    if one.side and other.side and one.side != other.side:
        return "another side"
    if one.kind == "drill" and Cover.UNKNOWN not in (one.plated, other.plated) and one.plated != other.plated:
        return "plated or not"
    if one.kind == "drill" and one.span and other.span and one.span != other.span:
        return "another span"
    return ""


def _complete(one: Claim, other: Claim) -> Claim:
    if one.kind == "copper" and one.side and other.side and one.side != other.side:
        return one
    placed = one.number or one.inner
    return replace(
        one,
        side=one.side or other.side,
        number=one.number or (0 if placed else other.number),
        inner=one.inner or (0 if placed else other.inner),
        loose=one.loose or (0 if placed else other.loose),
        plane=one.plane or other.plane,
        total=one.total or other.total,
        layer=one.layer or other.layer,
        span=one.span or other.span,
        plated=one.plated if one.plated != Cover.UNKNOWN else other.plated,
    )


def _copper(cases: Sequence[Case], claims: list[Claim], total: int) -> list[Claim]:
    rows = [i for i, c in enumerate(claims) if c.kind == "copper"]
    done, _, doubts = role_order.number([claims[i] for i in rows], [cases[i].file.path for i in rows], total)
    claims = list(claims)
    for i, claim, doubt in zip(rows, done, doubts):
        claims[i] = claim
        if not claim.side:
            doubt = "nothing tells which copper layer it is"
        if doubt:
            cases[i].conflict = "; ".join(filter(None, (cases[i].conflict, doubt)))
    return claims


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


def _smallest(cases: Sequence[Case], rows: list[int]) -> int:
    """Of several layers that enclose the copper the one with the least box: frames and title blocks are larger."""

    def key(i: int) -> tuple[float, int, str]:
        image, path = cases[i].file.image, cases[i].file.path
        box = role_outline.extent([image]) if image is not None else None
        area = float((box[2] - box[0]) * (box[3] - box[1])) if box is not None else float("inf")
        number = re.search(r"\d+$", path)
        return round(area, 2), int(number[0]) if number else 0, path

    return min(rows, key=key)


def _plating(cases: Sequence[Case], claims: list[Claim]) -> list[Claim]:
    """What drill files say beyond their names; and old KiCad names files board.drl (plated) and board-NPTH.drl."""
    done = []
    for case, claim in zip(cases, claims):
        drill = case.file.drill
        if claim.kind == "drill" and drill is not None:
            plated = claim.plated if claim.plated != Cover.UNKNOWN else drill.plated
            claim = replace(claim, plated=plated, span=claim.span or drill.span)
        done.append(claim)
    stems = {i: re.sub(r"\.\w+$", "", cases[i].file.path.lower()) for i, c in enumerate(done) if c.kind == "drill"}
    for i, stem in stems.items():
        twin = [k for k, other in stems.items() if other == f"{stem}-npth" and done[k].plated == Cover.NO]
        if done[i].plated == Cover.UNKNOWN and twin:
            done[i] = replace(done[i], plated=Cover.YES)
            cases[i].claims["name"] = replace(done[i], words=f"plated, as {cases[twin[0]].file.path} holds the others")
    return done


def _role(case: Case, claim: Claim) -> Role:
    said = {s: c.words for s, c in case.claims.items()}
    given = case.file.image.file if case.file.image is not None else {}
    if claim.kind == "copper" and (
        role_x2.negative(case.file.data, given) or (case.file.image is not None and case.file.image.negative)
    ):
        said["polarity"] = "a negative: what is drawn is free of copper"
    elif claim.plane and claim.kind == "copper":
        said["polarity"] = "a plane layer: it may be a negative"
    side = claim.side if claim.kind in SIDED or claim.kind in ("user", "drawing") else ""
    number = claim.number if claim.kind == "copper" else 0
    layer = named(claim.kind, side, number) if claim.kind in SIDED or claim.kind == "edge" else claim.layer
    return Role(
        kind=claim.kind, layer=layer, side=side, number=number, by=case.by, said=said, conflict=case.conflict,
        plated=claim.plated if claim.kind == "drill" else Cover.UNKNOWN, span=claim.span if claim.kind == "drill" else None,
    )  # fmt: skip


def _twins(cases: Sequence[Case], roles: list[Role]) -> list[Role]:
    """Tell files that claim one layer: exact copies of one another are duplicates, others contradict."""
    rows: dict[str, list[int]] = {}
    for i, role in enumerate(roles):
        if role.layer and role.kind in MAKING:
            rows.setdefault(role.layer, []).append(i)
    drills = Counter((r.plated, r.span, cases[i].file.data) for i, r in enumerate(roles) if r.kind == "drill")
    for i, role in enumerate(roles):
        if role.kind == "drill" and drills[role.plated, role.span, cases[i].file.data] > 1:
            rows.setdefault(f"drill {hash((role.plated, role.span, cases[i].file.data))}", []).append(i)
    roles = list(roles)
    for claimed in rows.values():
        claimed.sort(key=lambda i: (len(cases[i].file.path), cases[i].file.path))
        first: dict[bytes, int] = {}
        kept = []
        for i in claimed:
            if cases[i].file.data in first:
                original = cases[first[cases[i].file.data]].file.path
                roles[i] = replace(roles[i], kind="duplicate", said={**roles[i].said, "copy": f"the same bytes as {original}"})
            else:
                first[cases[i].file.data] = i
                kept.append(i)
        if len(kept) > 1 and roles[kept[0]].kind != "drill":
            for i in kept:
                others = ", ".join(cases[k].file.path for k in kept if k != i)
                why = f"{roles[i].layer} is claimed by {others} as well"
                roles[i] = replace(roles[i], conflict="; ".join(filter(None, (roles[i].conflict, why))))
    return roles
