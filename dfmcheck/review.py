"""The manufacturer's review: what its engineer decided about each finding, kept in a JSON file (`dfmcheck-review/1`).

A finding is `open`, accepted as it is (`accept`), a question to the OEM (`ask`), or mended in CAM (`cam`), with a remark. The
review is the manufacturer's side of a board; it changes no verdict and no exit status, which waivers do, the designer's side.

The file is made to be read and edited by hand, and by the HTML report. Nothing in it is lost: a decision about a finding that
is gone stays, marked `gone`, and one about a finding that got worse is open again, with what was decided in its remark.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from .errors import DfmError
from .files import SETTINGS, read_bytes, replace_file
from .report import SEVERITIES, DesignReport, Finding, Report
from .tomlfile import nearest
from .waive import grown

__all__ = ["DISPOSITIONS", "Entry", "counts", "load", "save", "update"]

SCHEMA = "dfmcheck-review/1"
DISPOSITIONS: Mapping[str, str] = {"open": "open", "accept": "accepted", "ask": "to ask the OEM", "cam": "to fix in CAM"}
"""What can be decided about a finding, with the words for people."""
REMARK = 2000
"""Characters of the longest remark."""
ABOUT = 300
"""Characters of a finding's message in the file."""
KNOWN_BY = 5
"""Places that a finding is known by where its fingerprint is a new one."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What was decided about one finding."""

    rule: str
    """Id of the rule."""
    fingerprint: str
    """Of the finding."""
    disposition: str = "open"
    """One of `DISPOSITIONS`."""
    remark: str = ""
    """The manufacturer's words, '' for none."""
    measured: float | None = None
    """The worst value when it was decided, in the rule's unit."""
    count: int | None = None
    """How many places it had when it was decided."""
    severity: str | None = None
    """Its severity when it was decided."""
    places: tuple[str, ...] = ()
    """`Place.identity` of each place when it was decided, where the finding's cause is shared over owners."""
    known_by: tuple[str, ...] = ()
    """What the worst places are, in short hashes, by which the finding is known when its fingerprint changes."""
    about: str = ""
    """The finding's message, for people."""
    gone: bool = False
    """The last run that could have found it did not."""

    @property
    def decided(self) -> bool:
        """Whether anything was decided or said."""
        return self.disposition != "open" or self.remark != ""


Key = tuple[str, str]
"""Rule and fingerprint."""
Review = Mapping[str, Sequence[Entry]]
"""Entries by the name of the design."""


def load(path: str | Path) -> dict[str, tuple[Entry, ...]]:
    """The review in a file, `path`, empty if there is none. Raises `DfmError`, one line with the place, for anything else."""
    path = Path(path)
    if not path.exists():
        return {}
    try:
        data = json.loads(read_bytes(path, SETTINGS).decode("utf-8-sig"))
    except json.JSONDecodeError as error:
        raise DfmError(f"is no review file: column {error.colno}: {error.msg}", path=str(path), line=error.lineno) from error
    except (UnicodeDecodeError, RecursionError, ValueError) as error:
        raise DfmError(f"is no review file: {type(error).__name__}", path=str(path)) from error
    if not isinstance(data, dict) or data.get("schema") != SCHEMA:
        raise DfmError(f'is no review file: it must hold "schema": "{SCHEMA}"', path=str(path))
    review: dict[str, tuple[Entry, ...]] = {}
    try:
        _keys(data, ("schema", "designs"), "the file")
        for n, design in enumerate(_list(data.get("designs"), "designs")):
            at = f"designs[{n}]"
            _keys(design, ("name", "dispositions"), at)
            name = _text(design.get("name"), f"{at}.name")
            if name in review:
                raise DfmError(f"{at}: the design {name!r} is there twice")
            rows = _list(design.get("dispositions"), f"{at}.dispositions")
            review[name] = _entries(rows, f"{at}.dispositions")
    except DfmError as error:
        raise DfmError(str(error), path=str(path)) from error
    return review


def update(review: Review, reports: Sequence[DesignReport]) -> tuple[tuple[DesignReport, ...], dict[str, tuple[Entry, ...]]]:
    """The reports with what was decided about their findings (`Finding.review`), and the review as it is to be kept.

    A finding is known by its rule and fingerprint, else by places that it alone shares with one entry. New ones that are not
    waived join the review as open. Designs and rules that did not run now stay as they are.
    """
    kept: dict[str, dict[Key, Entry]] = {name: {(e.rule, e.fingerprint): e for e in entries} for name, entries in review.items()}
    done: dict[int, DesignReport] = {}
    names = [_plain(report.name) for report in reports]
    for name in set(names):
        mine = [(n, report) for n, report in enumerate(reports) if names[n] == name]
        ran = {r.id for _, d in mine for r in d.rules if r.status not in ("skipped", "off")}
        found = [f for _, d in mine for f in d.findings if f.change != "fixed"]
        entries = _followed(kept.get(name, {}), found, ran)
        done |= {n: _applied(report, entries) for n, report in mine}
        live = {_key(f) for f in found}
        kept[name] = {k: replace(e, gone=k not in live) if k in live or e.rule in ran else e for k, e in entries.items()}
    told = {name: tuple(entries[key] for key in sorted(entries)) for name, entries in sorted(kept.items())}
    return tuple(done[n] for n in sorted(done)), told


def save(path: str | Path, review: Review) -> None:
    """Write a `review` into `path`, whole or not at all; a file that holds the same is left alone.

    Raises `DfmError` where it cannot be.
    """
    text, path = dumps(review), Path(path)
    if path.is_symlink():
        raise DfmError("is a symbolic link, which nothing is written through; name the file itself", path=str(path))
    try:
        if not path.exists() or path.read_bytes() != text.encode():
            replace_file(path, text)
    except OSError as error:
        raise DfmError(f"cannot be written: {error.strerror or error}", path=str(path)) from error


def dumps(review: Review) -> str:
    """The text of a review file: designs by name, entries by rule and fingerprint, so that equal reviews are equal bytes."""
    designs = [
        {"name": name, "dispositions": [_row(e) for e in sorted(entries, key=lambda e: (e.rule, e.fingerprint))]}
        for name, entries in sorted(review.items())
    ]
    return json.dumps({"schema": SCHEMA, "designs": designs}, indent=2, ensure_ascii=False) + "\n"


def said(report: Report) -> list[dict[str, Any]]:
    """What a review says on a report, as the designs of a review file: decisions, and those about what is gone or not here."""
    if report.review:
        told = {name: [_row(e) for e in entries if e.gone or e.decided] for name, entries in report.review.items()}
    else:  # a report that was read from a file: its findings are all that is known
        told = {
            _plain(d.name): [
                _row(Entry(f.rule, f.fingerprint, str(f.review.get("disposition", "open")), str(f.review.get("remark") or "")))
                for f in d.findings if f.review is not None and f.review.get("disposition") in DISPOSITIONS
            ]
            for d in report.designs
        }  # fmt: skip
    return [{"name": name, "dispositions": rows} for name, rows in told.items() if rows]


def counts(report: DesignReport) -> dict[str, int]:
    """How many findings of a `report` have each disposition, in the order of `DISPOSITIONS`; empty where there is no review."""
    told = Counter(str(f.review.get("disposition", "open")) for f in report.findings if f.review is not None)
    return {name: told[name] for name in DISPOSITIONS if told[name]}


def _followed(entries: Mapping[Key, Entry], found: Sequence[Finding], ran: Container[str]) -> dict[Key, Entry]:
    """The entries, those under the fingerprint of now whose finding has got another one; what could be two is left alone."""
    there = {_key(f) for f in found}
    holders: defaultdict[tuple[str, str], set[Key]] = defaultdict(set)
    for key, entry in entries.items():
        if key not in there and entry.rule in ran:
            for place in entry.known_by:
                holders[entry.rule, place].add(key)
    forth = {_key(f): set().union(*(holders.get((f.rule, p), ()) for p in _known_by(f))) for f in found if _key(f) not in entries}
    back = Counter(key for keys in forth.values() for key in keys)
    out = dict(entries)
    for new, keys in forth.items():
        if len(keys) == 1 and back[old := next(iter(keys))] == 1:
            out[new] = replace(out.pop(old), fingerprint=new[1], places=())  # names of now may differ
    return out


def _applied(report: DesignReport, entries: dict[Key, Entry]) -> DesignReport:
    done = []
    for f in report.findings:
        key = _key(f)
        if f.change != "fixed" and (key in entries or f.waived is None):
            entry = entries[key] = _renewed(entries.get(key, Entry(*key)), f)
            f = replace(f, review={"disposition": entry.disposition, "remark": entry.remark})
        done.append(f)
    return replace(report, findings=tuple(done))


def _key(f: Finding) -> Key:
    return f.rule, f.fingerprint


def _known_by(f: Finding) -> set[str]:
    """What the worst places are: their items, on which layers, judged by what, and what is said of them but for names and
    numbers, which tells faults of one rule apart. A place of nothing that is named by more than its net is not known again."""
    words = " ".join(word for word in re.sub(r"\[[^\]]*\]", "", f.message).split() if re.fullmatch(r"[a-z]+[,;:]?", word))
    places = [p for p in f.places[:KNOWN_BY] if any(i.uuid or i.component for i in p.items)]
    said = {f"{p.identity}|{','.join(p.layers)}|{p.param}|{f.inherent}|{words}" for p in places}
    return {hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:8] for text in said}


def _renewed(entry: Entry, f: Finding) -> Entry:
    """An entry as it is with its finding seen again: one that was decided keeps the figures of that day, unless it got worse."""
    severity = entry.severity if entry.severity is not None else f.severity
    worse = grown(f, severity=severity, count=entry.count, measured=entry.measured, places=entry.places)
    decided = entry.disposition != "open"
    if decided and worse:
        was = f"was {entry.disposition}, then it got worse ({worse})"
        entry = replace(entry, disposition="open", remark=_plain(f"{was}: {entry.remark}" if entry.remark else was)[:REMARK])
        decided = False
    now = _seen(f)
    if decided:
        figures = {k: v for k, v in now.items() if getattr(entry, k) in (None, ())}
        return replace(entry, about=now["about"], **figures)
    return replace(entry, **now)


def _seen(f: Finding) -> dict[str, Any]:
    """What an entry holds of the finding itself."""
    worst = f.places[0].measured if f.places else math.nan
    return {
        "measured": round(float(worst), 4) + 0.0 if math.isfinite(worst) else None,
        "count": f.count,
        "severity": f.severity,
        "places": tuple(sorted({p.identity for p in f.places})) if f.shared else (),
        "known_by": tuple(sorted(_known_by(f))),
        "about": _plain(f.message)[:ABOUT],
    }


def _row(e: Entry) -> dict[str, Any]:
    row: dict[str, Any] = {"rule": e.rule, "fingerprint": e.fingerprint, "disposition": e.disposition, "remark": e.remark}
    row |= {key: value for key in ("measured", "count", "severity") if (value := getattr(e, key)) is not None}
    row |= {key: list(value) for key in ("places", "known_by") if (value := getattr(e, key))}
    row |= {"about": e.about} if e.about else {}
    return row | ({"gone": True} if e.gone else {})


_KEYS = ("rule", "fingerprint", "disposition", "remark", "measured", "count", "severity", "places", "known_by", "about", "gone")


def _entries(rows: list[Any], at: str) -> tuple[Entry, ...]:
    seen: dict[Key, Entry] = {}
    for n, row in enumerate(rows):
        entry = _entry(row, f"{at}[{n}]")
        if (entry.rule, entry.fingerprint) in seen:
            raise DfmError(f"{at}[{n}]: {entry.rule} {entry.fingerprint} is there twice")
        seen[entry.rule, entry.fingerprint] = entry
    return tuple(seen.values())


def _entry(row: Any, at: str) -> Entry:
    _keys(row, _KEYS, at)
    rule, fingerprint = (_text(row.get(key), f"{at}.{key}") for key in ("rule", "fingerprint"))
    if not rule or not fingerprint:
        raise DfmError(f"{at}: a disposition needs a rule and a fingerprint")
    disposition = _text(row.get("disposition", "open"), f"{at}.disposition")
    if disposition not in DISPOSITIONS:
        raise DfmError(f"{at}: unknown disposition {disposition[:40]!r}{nearest(disposition, DISPOSITIONS)}")
    remark, about = (_text(row.get(key, ""), f"{at}.{key}") for key in ("remark", "about"))
    if len(remark) > REMARK:
        raise DfmError(f"{at}: the remark is longer than {REMARK} characters")
    measured, count, severity, gone = (row.get(key) for key in ("measured", "count", "severity", "gone"))
    if measured is not None and (isinstance(measured, bool) or not isinstance(measured, (int, float)) or not _finite(measured)):
        raise DfmError(f"{at}.measured is not a number")
    if count is not None and (isinstance(count, bool) or not isinstance(count, int)):
        raise DfmError(f"{at}.count is not a whole number")
    if severity is not None and severity not in SEVERITIES:
        raise DfmError(f"{at}.severity is none of {', '.join(SEVERITIES)}")
    if gone not in (None, True, False):
        raise DfmError(f"{at}.gone is not true or false")
    places, known_by = (_texts(row.get(key, []), f"{at}.{key}") for key in ("places", "known_by"))
    number = None if measured is None else float(measured)
    return Entry(rule, fingerprint, disposition, remark, number, count, severity, places, known_by, about, bool(gone))


def _finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number beyond all floats
        return False


def _keys(row: Any, known: Iterable[str], at: str) -> None:
    if not isinstance(row, dict):
        raise DfmError(f"{at} is not an object")
    for key in row:
        if key not in known:
            raise DfmError(f"{at} has an unknown key {key[:40]!r}{nearest(key, known)}")


def _list(value: Any, at: str) -> list[Any]:
    if not isinstance(value, list):
        raise DfmError(f"{at} is not a list")
    return value


def _texts(value: Any, at: str) -> tuple[str, ...]:
    return tuple(_text(text, at) for text in _list(value, at))


def _text(value: Any, at: str) -> str:
    if not isinstance(value, str):
        raise DfmError(f"{at} is not a text")
    return _plain(value)


def _plain(text: str) -> str:
    """Text that any file can hold: halves of characters, which JSON lets through, are none."""
    return text.encode("utf-8", "replace").decode()
