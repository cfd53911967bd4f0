"""Waivers: findings that somebody looked at and accepted, with a reason.

A waiver excuses what was accepted and no more. It dies when a finding gets worse than it was: a worse value, more
places or other ones, a graver severity, or when its day is past. A dead waiver is listed as stale, and its finding is live again.
"""

from __future__ import annotations

import datetime as dt
import math
import os
import tomllib
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from .errors import DfmError
from .files import SETTINGS, read_bytes, replace_file
from .report import SEVERITIES, DesignReport, Finding, Place
from .units import EPS, show


@dataclass(frozen=True, slots=True)
class Waiver:
    """What excuses one finding, as it was when it was accepted."""

    rule: str
    """Id of the rule."""
    fingerprint: str
    """Of the finding."""
    reason: str
    """Why it is good as it is."""
    by: str = ""
    """Who says so, '' if nobody is named."""
    date: dt.date | None = None
    """When it was written."""
    expires: dt.date | None = None
    """The last day on which it holds."""
    measured: float | None = None
    """The worst value that was accepted, in the rule's unit."""
    count: int | None = None
    """How many places were accepted."""
    places: tuple[str, ...] = ()
    """`Place.identity` of the accepted places: where all items have uuids, or the finding's cause is shared over owners."""
    severity: str = "error"
    """The gravest severity that was accepted."""
    items: str = ""
    """What it is about, for people."""
    design: str = ""
    """The design that it was written for; it excuses nothing on any other, nor is it stale there. '' for any."""
    origin: str = ""
    """As `file:line`."""


def today() -> dt.date:
    """The day that waivers expire by; `SOURCE_DATE_EPOCH` sets it for repeatable runs."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    return dt.datetime.fromtimestamp(int(epoch), dt.UTC).date() if epoch.isdigit() else dt.date.today()


def apply(
    findings: Iterable[Finding],
    waivers: Sequence[Waiver],
    *,
    active: Collection[str],
    design: str = "",
    day: dt.date | None = None,
) -> tuple[tuple[Finding, ...], tuple[str, ...]]:
    """Excuse the findings that waivers cover; returns all findings, and a line for each waiver that no longer holds.

    `active` names the rules that were measured: a waiver for any other is neither used nor stale. So is one for another
    `design`, where that is named.
    """
    day = day or today()
    by_print: dict[tuple[str, str], list[Waiver]] = {}
    elsewhere: dict[tuple[str, str], Waiver] = {}
    for waiver in waivers:
        if not design or waiver.design in ("", design):
            by_print.setdefault((waiver.rule, waiver.fingerprint), []).append(waiver)
        else:
            elsewhere[waiver.rule, waiver.fingerprint] = waiver
    done: list[Finding] = []
    stale: list[str] = []
    for finding in findings:
        given = by_print.pop((finding.rule, finding.fingerprint), [])
        broken = [(waiver, _why_dead(waiver, finding, day)) for waiver in given]
        holds = next((waiver for waiver, why in broken if not why), None)
        if holds is not None:
            finding = replace(finding, waived=holds.reason)
        elif broken and finding.waived is None:
            finding = replace(finding, message=f"{finding.message} (no longer waived: {broken[-1][1]})")
        elif finding.waived is None and (other := elsewhere.get((finding.rule, finding.fingerprint))) is not None:
            finding = replace(finding, message=f"{finding.message} (waived for the design {other.design!r} only)")
        done.append(finding)
        stale += [_stale(waiver, why) for waiver, why in broken if why]
    for left in by_print.values():
        stale += [_stale(w, "it matches nothing") for w in left if w.rule in active]
    return tuple(done), tuple(sorted(stale))


def excuse(report: DesignReport, waivers: Sequence[Waiver]) -> DesignReport:
    """A report on one design with its waivers applied, and its score as it is with them."""
    from .cost.score import regated

    active = {r.id for r in report.rules if r.status not in ("skipped", "off")}
    findings, stale = apply(report.findings, waivers, active=active, design=report.name)
    return regated(replace(report, findings=findings, stale_waivers=stale))


def _why_dead(waiver: Waiver, finding: Finding, day: dt.date) -> str:
    """Why a waiver does not cover the finding that it was written for; '' if it does."""
    if waiver.expires is not None and day > waiver.expires:
        return f"the waiver expired on {waiver.expires}"
    return grown(finding, severity=waiver.severity, count=waiver.count, measured=waiver.measured, places=waiver.places)


def grown(
    finding: Finding, *, severity: str, count: int | None, measured: float | None = None, places: Collection[str] = ()
) -> str:
    """How a finding is worse than it was when it had these figures; '' if it is not.

    `places` are identities of the places it had; as many of one as there are, where there are `count` of them.
    """
    if SEVERITIES.index(finding.severity) < SEVERITIES.index(severity):
        return f"it was a {severity}"
    if count is not None and finding.count > count:
        return f"{finding.count} places, it had {count}"
    if places and (other := _other(finding, places, each=len(places) == count)) is not None:
        return f"{' / '.join(str(item) for item in other.items)} was not part of it"
    worst = finding.places[0] if finding.places else None
    return deeper(worst, measured) if worst is not None and measured is not None else ""


def _other(finding: Finding, places: Collection[str], *, each: bool) -> Place | None:
    """A place that is none of these; if `each` of them stands for one place, also one that is too many."""
    left = Counter(places)
    for place in finding.places:
        known = next((name for name in place.identities if left[name] > 0), None)
        if known is None:
            return place
        left[known] -= each
    return None


def deeper(place: Place, measured: float) -> str:
    """How the value at a place is worse than it was; '' if it is not. Where only one is known, it is."""
    if not (math.isfinite(place.measured) and math.isfinite(measured)):
        if not math.isfinite(place.measured) and not math.isfinite(measured):
            return ""
        return f"{_value(place.measured, place, measured)}, it had {_value(measured, place, place.measured)}"
    change = place.measured - measured
    is_minimum = place.limit is not None and place.measured <= place.limit  # what no limit judges is the worse the larger
    worse = -change if is_minimum else change
    if worse <= EPS:
        return ""
    return f"{_value(place.measured, place, measured)}, it had {_value(measured, place, place.measured)}"


def _value(value: float, place: Place, other: float) -> str:
    apart = other if math.isfinite(other) else None
    return show(value, place.unit, apart_from=apart) if math.isfinite(value) else "no value"


def _stale(waiver: Waiver, why: str) -> str:
    place = f"{waiver.origin}: " if waiver.origin else ""
    about = f" ({waiver.items})" if waiver.items else ""
    return f"{place}waiver for {waiver.rule}{about}: {why}"


_KEYS = {
    "rule": str, "fingerprint": str, "reason": str, "by": str, "date": dt.date, "expires": dt.date, "measured": float,
    "count": int, "places": tuple, "severity": str, "items": str, "design": str,
}  # fmt: skip


def from_table(table: Any, path: str, line: int | None) -> Waiver:
    """A `[[waiver]]` table. Raises `DfmError` for an unknown key, a wrong type, a missing rule, fingerprint or reason."""
    if not isinstance(table, dict):
        raise DfmError("a waiver must be a table; write [[waiver]]", path=path, line=line)
    values: dict[str, Any] = {}
    for key, value in table.items():
        kind = _KEYS.get(key)
        if kind is None:
            raise DfmError(f"a waiver has no key {key!r} (known: {', '.join(_KEYS)})", path=path, line=line)
        if kind is float and type(value) is int:
            value = float(value)
        if kind is dt.date and isinstance(value, str):
            with suppress(ValueError):
                value = dt.date.fromisoformat(value)
        if kind is tuple and isinstance(value, list) and all(isinstance(v, str) for v in value):
            value = tuple(value)
        if type(value) is not kind:
            name = "list of texts" if kind is tuple else kind.__name__
            raise DfmError(f"the waiver's {key} is not a {name}", path=path, line=line)
        values[key] = value
    for key in ("rule", "fingerprint", "reason"):
        if not values.get(key, "").strip():
            raise DfmError(f"a waiver needs a {key}", path=path, line=line)
    if values.get("severity", "error") not in SEVERITIES:
        raise DfmError(f"the waiver's severity is one of {', '.join(SEVERITIES)}", path=path, line=line)
    return Waiver(**values, origin=f"{path}:{line}" if line else path)


def accept(findings: Iterable[Finding], reason: str, *, design: str, path: Path, table: str = "waiver") -> int:
    """Write waivers for every live finding into `path` and return how many; what stands there is kept.

    `table` is the name of the array of tables. Waivers for the same findings that no longer hold are replaced, but for those
    of other designs. Raises
    `DfmError` where the file cannot be written or holds waivers in a form that cannot be added to.
    """
    if not reason.strip():
        raise DfmError("--accept needs a reason; say why these findings are good as they are")
    live = [f for f in findings if f.waived is None and f.change != "fixed"]
    if not live:
        return 0
    if path.is_symlink():
        raise DfmError("is a symbolic link, which nothing is written through; name the file itself", path=str(path))
    try:
        text = read_bytes(path, SETTINGS).decode("utf-8") if path.exists() else ""
        text = _without(text, table, {(f.rule, f.fingerprint, name) for f in live for name in ("", design)})
        blocks = [_block(f, reason, design, table) for f in live]
        text = "\n\n".join([*([text.rstrip("\n")] if text.strip() else []), *blocks]) + "\n"
        tomllib.loads(text)
        replace_file(path, text)
    except tomllib.TOMLDecodeError as error:
        raise DfmError(f"waivers cannot be added: {error}; write them as [[{table}]] tables", path=str(path)) from error
    except UnicodeDecodeError as error:
        raise DfmError(f"waivers cannot be added: it is not UTF-8 ({error})", path=str(path)) from error
    except OSError as error:
        why = error.strerror or str(error)
        raise DfmError(f"waivers cannot be written: {why}; make the file and its folder writable", path=str(path)) from error
    return len(live)


def _without(text: str, table: str, gone: set[tuple[str, str, str]]) -> str:
    """The text without the `[[table]]` blocks that are for the rules, fingerprints and designs in `gone`; comments stay."""
    blocks: list[list[str]] = [[]]
    for row in text.split("\n"):
        if row.lstrip().startswith("["):
            blocks.append([])
        blocks[-1].append(row)
    kept = [[r for r in b if r.lstrip().startswith("#")] if _is_for(b, table, gone) else b for b in blocks]
    return "\n".join("\n".join(block) for block in kept if block)


def _is_for(block: list[str], table: str, gone: set[tuple[str, str, str]]) -> bool:
    if not block or block[0].split("#")[0].strip() != f"[[{table}]]":
        return False
    try:
        values = tomllib.loads("\n".join(block[1:]))
    except tomllib.TOMLDecodeError:
        return False
    return (values.get("rule"), values.get("fingerprint"), values.get("design", "")) in gone


def _block(finding: Finding, reason: str, design: str, table: str) -> str:
    rows = [
        f"[[{table}]]",
        f"rule = {quote(finding.rule)}",
        f"fingerprint = {quote(finding.fingerprint)}",
        f"reason = {quote(reason)}",
    ]
    rows += [f"date = {today().isoformat()}", f"design = {quote(design)}", f"severity = {quote(finding.severity)}"]
    rows += [f"count = {finding.count}"]
    if finding.shared or all(p.items and all(i.uuid for i in p.items) for p in finding.places):
        rows.append(f"places = [{', '.join(quote(p) for p in sorted(p.identity for p in finding.places))}]")
    if finding.places:
        worst = finding.places[0]
        rows.append(f"measured = {round(float(worst.measured), 4) if math.isfinite(worst.measured) else math.nan!r}")
        rows.append(f"items = {quote(', '.join(str(item) for item in worst.items))}")
    return "\n".join(rows)


def quote(text: str) -> str:
    """A TOML basic string on one line, whatever the text holds."""
    done = []
    for char in text:
        if char in '"\\':
            done.append("\\" + char)
        elif char.isprintable() or char == " ":
            done.append(char)
        elif 0xD800 <= ord(char) <= 0xDFFF:
            done.append("\\uFFFD")
        else:
            done.append(f"\\u{ord(char):04X}" if ord(char) <= 0xFFFF else f"\\U{ord(char):08X}")
    return '"' + "".join(done) + '"'
