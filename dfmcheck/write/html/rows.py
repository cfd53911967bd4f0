"""The findings as the page lists them: in groups of one rule and severity, worst first, and what its filters go by."""

from __future__ import annotations

import math
import os.path
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from ...report import SEVERITIES, DesignReport, Finding, ItemRef, Place
from ...review import DISPOSITIONS
from ...units import show
from ..phrases import where

STATES = ("", "unchanged", "waived", "fixed")
"""What stands apart from the findings that count, in the order of the list."""
SIDES = ("top", "bottom", "inner")


@dataclass(frozen=True, slots=True)
class Row:
    index: int
    """Place in `DesignReport.findings`."""
    message: str
    where: str
    measured: str
    limit: str
    tags: tuple[tuple[str, str], ...]
    """(kind, text); the kind chooses the look."""
    places: tuple[str, ...]
    """All of them, where there are several, or the first few."""
    count: int


@dataclass(frozen=True, slots=True)
class Group:
    rule: str
    title: str
    severity: str
    state: str
    fix: str
    rows: tuple[Row, ...]


def state(f: Finding) -> str:
    """Which part of the list a finding stands in; '' where it counts."""
    return "waived" if f.waived is not None else f.change if f.change in ("unchanged", "fixed") else ""


def groups(d: DesignReport, few: int | None = None) -> list[Group]:
    """All findings; those that count first, then by severity and, within, in the report's order.

    `few` is how many places of each are told, None for all.
    """
    titles = {r.id: r.title for r in d.rules}
    names = file_names(d)
    found: dict[tuple[int, int, str], list[int]] = {}
    order: dict[str, int] = {}
    for index, f in enumerate(d.findings):
        order.setdefault(f.rule, index)
        found.setdefault((STATES.index(state(f)), SEVERITIES.index(f.severity), f.rule), []).append(index)
    return [
        Group(
            rule, titles.get(rule, ""), SEVERITIES[severity], STATES[rank], d.findings[mine[0]].fix,
            tuple(_row(index, d.findings[index], _origins(d, rule), names, few) for index in mine),
        )
        for (rank, severity, rule), mine in sorted(found.items(), key=lambda pair: (*pair[0][:2], order[pair[0][2]]))
    ]  # fmt: skip


def file_names(d: DesignReport) -> dict[str, str] | None:
    """What stands for the paths of several inputs in places, which is what tells them apart; None for those of one board."""
    if "package" not in d.facts:
        return None
    paths = [str(i["path"]) for i in d.inputs]
    if len({*map(os.path.isabs, paths)}) != 1:
        return {}
    folder = os.path.commonpath([PurePath(path).parent for path in paths])
    return {path: os.path.relpath(path, folder) for path in paths} if folder else {}


def _origins(d: DesignReport, rule: str) -> tuple[str, ...]:
    return next((tuple(f" ({u.origin})" for u in r.limits.values()) for r in d.rules if r.id == rule), ())


def _row(index: int, f: Finding, origins: Sequence[str], names: Mapping[str, str] | None, few: int | None) -> Row:
    worst = f.places[0] if f.places else None
    message = f.message
    for origin in origins:  # it stands in the table of measured values
        message = message.removesuffix(origin)
    return Row(
        index,
        message,
        _where(worst, names, told=True) if worst else "",
        _value(worst.measured, worst) if worst else "",
        _value(worst.limit, worst) if worst and worst.limit is not None else "",
        tuple(_tags(f)),
        tuple(place_texts(f, names, few)),
        f.count,
    )


def place_texts(f: Finding, names: Mapping[str, str] | None, few: int | None = None) -> list[str]:
    """Where each place is and what was measured there; none where the finding has but one, which its row tells."""
    return [_where(p, names, told=False) for p in f.places[:few]] if len(f.places) > 1 else []


def _where(place: Place, names: Mapping[str, str] | None, *, told: bool) -> str:
    """Where a place is; in a design of one file its lines say nothing that the board beside the list does not show."""
    return where(place, told=told, names=names, lines=names is not None)


def _value(value: float, place: Place) -> str:
    other = place.limit if value is not place.limit else place.measured
    known = other is not None and math.isfinite(other)
    return show(value, place.unit, apart_from=other if known else None) if math.isfinite(value) and place.unit else ""


def _tags(f: Finding) -> Iterator[tuple[str, str]]:
    if f.change in ("new", "fixed"):
        yield f.change, f.change
    if f.inherent:
        yield "plain", "inherent to the part"
    if f.inferred:
        yield "plain", "inferred"
    if f.waived is not None:
        yield "waived", f"waived: {f.waived}"
    if f.review is not None and decided(f):
        said, remark = str(f.review.get("disposition", "open")), str(f.review.get("remark") or "")
        yield "review", f"review: {DISPOSITIONS.get(said, said)}{f', {remark}' if remark else ''}"


def decided(f: Finding) -> bool:
    """Whether a review says more of a finding than that it is open."""
    return f.review is not None and bool(f.review.get("remark") or f.review.get("disposition", "open") != "open")


def filters(d: DesignReport) -> dict[str, Any]:
    """What page.js knows of each finding; texts that many share stand once, in lists, and findings hold their places there."""
    rules = {r.id: [r.id, r.title, r.category] for r in d.rules}
    for f in d.findings:
        rules.setdefault(f.rule, [f.rule, "", ""])
    used = sorted({f.rule for f in d.findings})
    parts_at = {str(c["ref"]): str(c["side"]) for c in d.components if c.get("side") in SIDES}
    layers = sorted({layer for f in d.findings for layer in _layers(f)})
    parts = sorted({name for f in d.findings for name in _parts(f)}, key=natural)
    at_layer, at_part, at_rule = ({name: n for n, name in enumerate(names)} for names in (layers, parts, used))
    return {
        "name": d.name,
        "rules": [rules[rule] for rule in used],
        "layers": layers,
        "parts": parts,
        "findings": [
            [
                at_rule[f.rule], SEVERITIES.index(f.severity), f.fingerprint, [at_layer[name] for name in _layers(f)],
                [at_part[name] for name in _parts(f)], sum(1 << SIDES.index(side) for side in sides(f, parts_at)),
                STATES.index(state(f)), int(f.change == "new"), f.count, _plain(f.places[0].measured if f.places else math.nan),
            ]
            for f in d.findings
        ],
    }  # fmt: skip


def _layers(f: Finding) -> list[str]:
    return sorted({layer for p in f.places for layer in p.layers})


def _parts(f: Finding) -> list[str]:
    return sorted({item.component for item in _items(f) if item.component})


def _items(f: Finding) -> Iterator[ItemRef]:
    return (item for p in f.places for item in p.items)


def sides(f: Finding, parts_at: Mapping[str, str]) -> set[str]:
    """The sides of the board that a finding is seen on: by its layers, else where its parts are (side by name); none where it
    has neither."""
    named = {layer for p in f.places for layer in p.layers} or {item.layer for item in _items(f) if item.layer}
    known = {"top" if name.startswith("F.") else "bottom" if name.startswith("B.") else "inner" for name in named
             if name[:2] in ("F.", "B.", "In")}  # fmt: skip
    return known or {parts_at[name] for name in _parts(f) if name in parts_at}


def natural(name: str) -> list[tuple[int, int, str]]:
    """Sorts C2 before C10."""
    out: list[tuple[int, int, str]] = []
    digits, word = "", ""
    for c in name + "\0":
        if c.isascii() and c.isdigit():
            word = _end(out, word, number=False)
            digits += c
        else:
            digits = _end(out, digits, number=True)
            word += c
    _end(out, word, number=False)
    return out


def _end(out: list[tuple[int, int, str]], text: str, *, number: bool) -> str:
    if text:
        out.append((0, int(text[:18]), text) if number else (1, 0, text))
    return ""


def _plain(value: float) -> float | None:
    return round(value, 4) if math.isfinite(value) else None
