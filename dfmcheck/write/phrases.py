"""How the text report words things; nothing here knows the terminal."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from ..report import DesignReport, Finding, Place, Report, RuleResult
from ..units import show


def clean(text: object) -> str:
    """Text that cannot steer a terminal: control, bidirectional and other unprintable characters become escapes."""
    out = str(text)
    if out.isprintable():
        return out
    return "".join(
        c if c.isprintable() else " " if c.isspace() and c not in "\x1c\x1d\x1e\x1f\x85" else ascii(c)[1:-1] for c in out
    )


def by_rule(findings: Sequence[Finding]) -> Iterator[tuple[str, list[Finding]]]:
    """Findings by rule, the rule of the first one first; the order within is kept."""
    order = {rule: n for n, rule in enumerate(dict.fromkeys(f.rule for f in findings))}
    for rule, group in groupby(sorted(findings, key=lambda f: order[f.rule]), key=lambda f: f.rule):
        yield rule, list(group)


def alike(findings: Sequence[Finding]) -> list[list[Finding]]:
    """Findings that are inherent to equal parts stand together: they differ in reference and net only."""
    groups: dict[tuple[object, ...], list[Finding]] = {}
    for f in findings:
        refs = {item.component for place in f.places for item in place.items}
        ref = refs.pop() if len(refs) == 1 else None
        key: tuple[object, ...] = (f.fingerprint,)
        if f.inherent and ref:
            said = re.sub(r" ?\[[^\]]*\]", "", f.message)
            key = (re.sub(rf"(?<!\w){re.escape(ref)}(?!\w)", "*", said), f.inferred, f.change)
        groups.setdefault(key, []).append(f)
    return list(groups.values())


def where(place: Place, *, told: bool, names: Mapping[str, str] | None = None, lines: bool = True) -> str:
    """`at 101.300, 88.200 on F.Cu, video.kicad_pcb:48213`; with the value and the items where the message does not tell them.

    '' for what has no place, in no file. `names` are what stands for the paths of files; `lines` False leaves out those of items.
    """
    text = f"at {place.x:.3f}, {place.y:.3f}" if math.isfinite(place.x) else ""
    text += f" on {', '.join(place.layers)}" if place.layers else ""
    if not told:
        what = " / ".join(str(i) for i in place.items)
        value = show(place.measured, place.unit, apart_from=place.limit) if place.measured == place.measured else ""
        text += "".join(f", {t}" for t in (value, what, place.detail) if t)
    said: dict[str, list[str]] = {}
    names = names or {}
    for item in place.items if lines else ():
        if item.file:
            said.setdefault(names.get(item.file, item.file), []).append(f":{item.line}" if item.line else "")
    if place.file:
        said.setdefault(names.get(place.file, place.file), []).append(f":{place.line}" if place.line else "")
    text += "".join(f", {file}{' and '.join(dict.fromkeys(given))}" for file, given in said.items())
    return text.lstrip(", ")


def worst_of(r: RuleResult) -> tuple[str, str, str]:
    """Worst value, its limit, and where the limit is from, as texts."""
    judging = [u for u in r.limits.values() if u.value is not None or u.prefer is not None]
    if r.worst_limit is not None:
        judging = [u for u in judging if r.worst_limit in (u.value, u.prefer)] or judging
    unit = judging[0].unit if judging else r.unit
    limits = {u.value if u.value is not None else u.prefer for u in judging} if r.worst_limit is None else {r.worst_limit}
    worst = "" if r.worst is None else show(r.worst, unit, apart_from=r.worst_limit)
    one = limits.pop() if len(limits) == 1 else None
    limit = show(one, unit, apart_from=r.worst) if one is not None else f"{len(judging)} limits" if judging else ""
    if one is not None and r.worst is not None and r.status != "passed" and (prefer := judging[0].prefer) is not None:
        hard = judging[0].value
        if hard is None or min(hard, prefer) <= r.worst <= max(hard, prefer):  # it keeps the limit, not the preferred one
            limit = f"better {show(prefer, unit, apart_from=r.worst)}"
    return worst, limit, re.sub(r"^rules/profiles/(.+)\.toml:", r"\1:", judging[0].origin) if judging else ""


_BUILD = re.compile(r"(F\.Cu)|In(\d+)\.Cu|(B\.Cu)|([FB]\.Mask)|([FB]\.Paste)|([FB]\.SilkS)|(Edge\.Cuts)|(drill.*)", re.DOTALL)


def is_layer(role: str) -> bool:
    """Whether a file's role is a layer that the board is built by, or its holes."""
    return bool(_BUILD.fullmatch(role))


def in_build_order(role: str) -> tuple[int, int, str]:
    """Sorts such roles: copper from the top, mask, paste, silk, outline, holes."""
    found = _BUILD.fullmatch(role)
    assert found is not None
    return found.lastindex or 0, int(found[2] or 0), "01"[role.startswith("B")] + role


def at(path: str, line: object) -> str:
    return f"{path}:{line}" if line else path


def cut(text: str, width: int) -> str:
    """The end of a text that is too long: of a file and line it is the telling part."""
    return text if len(text) <= width else "..." + text[len(text) - width + 3 :]


def plural(n: int, what: str) -> str:
    return f"{n:,} {what}{'' if n == 1 else 's'}"


def strictly(report: Report, d: DesignReport) -> str:
    """`--strict: 18 skipped rules`: what makes a strict run fail beside its findings; '' for nothing."""
    skipped = sum(r.status == "skipped" for r in d.rules)
    kinds = ((skipped, "skipped rule"), (len(d.stale_waivers), "stale waiver"), (len(d.notes), "reader's note"))
    strict = report.strict if d.strict is None else d.strict
    told = [plural(n, name) for n, name in kinds if n] if strict else []
    return f"--strict: {', '.join(told)}" if told else ""


_ON = {
    "design_via": " of a via", "design_tht": " of a component hole",
    "min_outer": " on an outer layer", "min_inner": " on an inner layer",
}  # fmt: skip
"""What the limit that judges the worst place of a level is about."""


def producibility(told: Mapping[str, Any]) -> str:
    """The producibility level in a line: what it is, what keeps the board from the next better one, what could not be told."""
    if told["level"] is None:
        return "producibility level: not told, no rule that decides about it could run"
    text = f"producibility level: {told['level']}"
    features = {f["feature"]: f for f in told["features"]}
    held = [features[name] for name in told["held_by"]]
    if held:
        each = [
            f"{f['feature']} ({plural(f['instances'], 'place')}, worst {show(f['worst'], f['unit'], apart_from=f['limit'])}"
            f"{_ON.get(f['param'], '')}, {show(f['limit'], f['unit'], apart_from=f['worst'])} is needed)"
            for f in held
        ]
        text += f"; what keeps it from level {told['next']}: {', '.join(each)}"
    unknown = [f["feature"] for f in told["features"] if f["level"] is None]
    return text + (f"; not told: {', '.join(unknown)}" if unknown else "")
