"""Files whose purpose or content is in doubt."""

from __future__ import annotations

from collections.abc import Iterator

from ..package import Package
from ..read.role_order import UNORDERED
from ._files import Row
from ._stack import name, of_kind, stated

_SOFTER = {"copper": 0, "mask": 0, "edge": 0, "drill": 0, "paste": 1, "silk": 1, "unknown": 1}
"""Steps by which a doubt about a file of a kind is softer than an error; of any other it is a note."""


def doubtful(package: Package) -> Iterator[Row]:
    """Unreadable files, contradictory evidence, inner layers without a place, unknown files, contradictory layer counts."""
    for entry in package.entries:
        role, soften = entry.role, _SOFTER.get(entry.role.kind, 2)
        if entry.problem:
            meant = role.layer or ("a drill file" if role.kind == "drill" else role.kind)
            what = f" (it ought to be {meant})" if role.kind in _SOFTER and role.kind != "unknown" else ""
            yield Row(f"could not be read{what}: {entry.problem}", entry.source, cause="unreadable", soften=soften)
        elif role.kind in ("job", "netlist") and not package.sources[entry.source].data.strip():
            yield Row("is empty", entry.source, cause="unreadable", soften=2)
        doubts = [part for part in role.conflict.split("; ") if part and "is claimed by" not in part]  # see `twice`
        if UNORDERED in doubts:
            doubts.remove(UNORDERED)
            yield Row(f"{UNORDERED}; it is taken as L{role.number}", entry.source, cause="*order", soften=1)
        if doubts:
            yield Row(f"what it is for is contradictory: {'; '.join(doubts)}", entry.source, cause="conflict", soften=soften)
        if role.kind == "unknown" and not entry.problem:
            yield Row("what this file is for is not known", entry.source, cause="*unknown", soften=2)
    loose = [e for e in of_kind(package, "copper") if not e.role.layer and not e.role.number and not e.role.conflict]
    for entry in loose:
        yield Row(f"copper whose place among the layers is not known ({_evidence(entry.role.said)})", entry.source,
                  cause="*loose", soften=1)  # fmt: skip
    counts = stated(package)
    if len(set(counts.values())) > 1:
        said = "; ".join(f"{who}: {n}" for who, n in counts.items())
        first = next((e.source for e in package.entries if name(package, e) in counts), -1)
        yield Row(f"the number of copper layers is contradictory: {said}", first, cause="*layers")


def _evidence(said: object) -> str:
    values = list(said.values()) if isinstance(said, dict) else []
    return "; ".join(map(str, values)) or "nothing tells it"
