"""The evidence on each file by itself: X2, the job file, its content, its name; which wins, and what contradicts it."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ..board import Cover
from ..package import Drill, Image, Job
from . import role_content, role_holes, role_names, role_x2
from . import role_tables as tables
from .role_claim import MAKING, Claim

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
    by: str = ""
    """What decided, as `Role.by`."""
    conflict: str = ""
    negative: bool = False
    """Whether the job file calls it negative."""


def evidence(files: Sequence[File]) -> list[Case]:
    """What is known of each file by itself, before files are compared."""
    common = _common([f.path for f in files if _form(f) in ("gerber", "drill")])
    jobs = [f.job for f in files if f.job is not None]
    listed, negative = _listed(jobs), {_base(path) for job in jobs for path in job.negative}
    cases = [_case(f, listed, common) for f in files]
    for case in cases:
        case.negative = _base(case.file.path) in negative
    return cases


def _form(file: File) -> str:
    if file.job is not None:
        return "job"
    if file.image is not None:
        return "gerber"
    return "drill" if file.drill is not None else role_content.form(file.data)


def _common(paths: Sequence[str]) -> int:
    """How many leading words the names of three or more layers share, less the L of L1, L2, L3."""
    names = [p.rsplit("/", 1)[-1] for p in paths]
    stems = [role_names.tokens(role_names.split(n)[0]) for n in names]
    if len(stems) < 3:
        return 0
    shared = list(itertools.takewhile(lambda words: len(set(words)) == 1, zip(*stems)))
    while shared and tables.WORDS.get(shared[-1][0]) in ("number", "inner", "copper", "plane"):
        shared.pop()
    return len(shared)


def _listed(jobs: Sequence[Job]) -> dict[str, tuple[str, ...]]:
    return {_base(path): fields for job in jobs for path, fields in job.files.items()}


def _base(path: str) -> str:
    return path.replace("\\", "/").rsplit("/", 1)[-1].lower()


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
        claims = {"content": Claim(kind, words), "name": plain or role_names.layer(file.path, common)}
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
    conflicts: list[str] = []
    case.by, best = found[0]
    for source, other in found[1:]:
        if best.open and other.kind not in MAKING and other.kind != best.kind:
            best = replace(other, words=best.words)
        elif best.open and other.kind == best.kind:
            best = replace(best, layer=best.layer or other.layer, side=best.side or other.side)
        elif best.kind == other.kind:
            if why := _differ(best, other):
                conflicts.append(f"{case.by} says {best.words}, {source} says {other.words}: {why}")
            best = _complete(best, other)
        elif best.rank == 1 and other.rank > 1:
            case.by, best = source, other
        elif not best.open and other.rank >= 3 and not _kin(best, other):
            conflicts.append(f"{case.by} says {best.words} ({best.kind}), {source} says {other.words} ({other.kind})")
    if case.form in ("document", "archive", "binary", "text", "junk") and best.kind in MAKING:
        conflicts.append("it is neither a Gerber nor a drill file")
    elif best.kind == "drill" and case.by == "name" and case.file.image is not None and role_holes.picture(case.file.image):
        conflicts.append("its name says drill file, but it holds a Gerber picture")
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
        numbers = mine and theirs and not mine & theirs and "bottom" not in (one.side, other.side)
        return "another layer" if sides or (numbers and not (one.plane or other.plane)) else ""
    if one.side and other.side and one.side != other.side:
        return "another side"
    if one.kind == "drill" and Cover.UNKNOWN not in (one.plated, other.plated) and one.plated != other.plated:
        return "plated or not"
    if one.kind == "drill" and one.span and other.span and one.span != other.span and 0 not in (one.span[1], other.span[1]):
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
