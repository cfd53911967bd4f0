"""Engineering queries: what a manufacturer asks the owner of a design before it builds, ready to send.

One query for what is asked alike: the findings of one rule and severity with the same remark. With a review these are the
findings that it disposes of as `ask`; without one, all errors and warnings that are not waived, as a draft, which the document
says. The Markdown has a picture each, in a folder beside; the table has a row each and the same columns.
"""

from __future__ import annotations

import math
import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from urllib.parse import quote

from ..errors import DfmError
from ..report import SEVERITIES, DesignReport, Finding, LimitUsed, Place, Report, RuleResult, number
from ..units import show
from ..waive import today
from . import MARK, Bundle, pictures_of
from .csv import Cell, table
from .markdown import escape
from .phrases import by_rule, clean, plural

LISTED = 40
"""Places of one query that its table shows; more are counted."""
QUESTION = "Is this meant as it is? If so, please confirm; if not, please agree to the proposal or send corrected data."
"""What is asked where the review has no remark."""
DRAFT = "This is a draft: no review says what is to be asked, so it holds all errors and warnings that are not waived."
COLUMNS = (
    "query", "design", "severity", "rule", "title", "what", "findings", "places", "items", "layers", "x (mm)", "y (mm)",
    "measured", "limit", "unit", "limit from", "question", "proposed", "consequence", "fingerprints", "OEM's answer",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked in one go."""

    name: str
    """EQ-1 and on, through all designs of a report."""
    design: DesignReport
    findings: tuple[Finding, ...]
    """Of one rule and severity, worst first."""
    question: str
    result: RuleResult | None

    @property
    def first(self) -> Finding:
        return self.findings[0]

    @property
    def worst(self) -> Place:
        return self.first.places[0]

    @property
    def places(self) -> list[Place]:
        return [p for f in self.findings for p in f.places]

    @property
    def title(self) -> str:
        return self.result.title if self.result is not None else self.first.rule

    @property
    def consequence(self) -> str:
        return self.result.about.why if self.result is not None else ""

    @property
    def limit(self) -> LimitUsed | None:
        """What judges the worst place."""
        return self.result.limits.get(self.worst.param) if self.result is not None else None

    @property
    def source(self) -> str:
        """Who states that limit, and where it stands. A source states the hard limit, not a preferred one beside it."""
        used, judged = self.limit, self.worst.limit
        if used is None:
            return ""
        preferred = used.prefer not in (None, used.value) and judged is not None and _equal(judged - self.worst.more, used.prefer)
        return "; ".join(text for text in ("" if preferred else used.source, _origin(used.origin)) if text)

    @property
    def message(self) -> str:
        """What was found, without where files lie here, which is nobody else's business."""
        text = self.first.message
        names = _names(self.design) | ({self.limit.origin: _origin(self.limit.origin)} if self.limit is not None else {})
        for path in sorted(names, key=len, reverse=True):
            text = text.replace(path, names[path]) if len(path) > len(names[path]) else text
        return text


def queries(report: Report) -> tuple[Query, ...]:
    """The queries of all designs, numbered, errors before warnings, those of one rule together."""
    draft = is_draft(report)
    out: list[Query] = []
    for d in report.designs:
        results = {r.id: r for r in d.rules}
        chosen = [f for f in d.findings if f.places and f.change != "fixed" and _asked(f, draft)]
        chosen.sort(key=lambda f: SEVERITIES.index(f.severity))
        for name, group in by_rule(chosen):
            alike: dict[tuple[str, str], list[Finding]] = {}
            for f in group:
                alike.setdefault((f.severity, str((f.review or {}).get("remark") or "")), []).append(f)
            for (_, remark), found in alike.items():
                out.append(Query(f"EQ-{len(out) + 1}", d, tuple(found), remark or QUESTION, results.get(name)))
    return tuple(out)


def is_draft(report: Report) -> bool:
    """Whether nobody decided what is to be asked."""
    return all(f.review is None for f in report.findings)


def to_queries(report: Report, path: Path | None = None) -> Bundle:
    """The queries as Markdown, with an SVG picture each where the design is at hand."""
    asked = queries(report)
    folder = pictures_of(path or Path("queries.md")).name
    pictures = {q.name: picture for q in asked if (picture := _picture(q)) is not None}
    lines = ["# Engineering queries", ""]
    lines += [f"**{DRAFT}**", ""] if is_draft(report) else []
    if os.environ.get("SOURCE_DATE_EPOCH"):
        lines += [f"Date: {today().isoformat()}  "]
    lines += ["Asked by: ______________________  ", "Answered by: ______________________", ""]
    for d in report.designs:
        lines += [*_header(d, sum(q.design is d for q in asked)), ""]
        for q in (q for q in asked if q.design is d):
            lines += [*_query(q, f"{quote(folder)}/{q.name}.svg" if q.name in pictures else ""), ""]
    beside = {f"{folder}/{name}.svg": svg.encode("utf-8", "backslashreplace") + MARK for name, svg in pictures.items()}
    return Bundle("\n".join(lines).rstrip() + "\n", beside)


def to_queries_csv(report: Report, path: Path | None = None) -> str:
    """The queries as a table, a row each; as `to_csv` of the report in all else."""
    return table(COLUMNS, map(_row, queries(report)), path is not None)


def _asked(f: Finding, draft: bool) -> bool:
    if draft:
        return f.waived is None and f.severity != "note"
    return f.review is not None and f.review.get("disposition") == "ask"


def _picture(q: Query) -> str | None:
    """The worst place, drawn; None for what has no place on the board, and where there is no board to draw."""
    if q.design.design is None or not math.isfinite(q.worst.x):
        return None
    from .svg import finding_svg

    try:
        return finding_svg(q.design, q.first)
    except DfmError:  # a package of drill files alone, say, has nothing to show
        return None


def _header(d: DesignReport, many: int) -> Iterator[str]:
    yield f"## Design {escape(d.name)}: {many or 'no'} {'query' if many == 1 else 'queries'}"
    yield ""
    chain = ", ".join(d.profile.get("chain", ())) or "none"
    told = [f"{word} {d.profile[word]}" for word in ("revision", "read") if d.profile.get(word)]
    yield f"Limits: {escape('; '.join([chain, *told]))}  "
    native = any(i.get("kind") == "kicad_pcb" for i in d.inputs)
    frame = "as KiCad shows them" if native else "y is the negated y of the Gerber files"
    yield f"Coordinates: mm, x to the right, y down; {frame}"
    yield ""
    names = _names(d)
    rows = [
        (escape(names[str(i["path"])]), escape(i.get("role") or i.get("kind") or ""), f"`{clean(i['sha256'])}`") for i in d.inputs
    ]  # fmt: skip
    yield from _table(("file", "what it is", "SHA-256"), rows)


def _query(q: Query, picture: str) -> Iterator[str]:
    yield f"### {q.name}: {escape(q.title)}"
    yield ""
    yield f"**Found ({q.first.severity}, {escape(q.first.rule)}):** {escape(q.message)}"
    yield ""
    if measured := _measured(q.worst):
        source = f" (from {escape(q.source)})" if q.source else ""
        yield f"**Measured:** {measured}{source}"
        yield ""
    names = _names(q.design)
    rows = Counter(_cells(p, names) for p in q.places)
    times = ((where if n == 1 else f"{where} ({n} alike)", *cells) for (where, *cells), n in list(rows.items())[:LISTED])
    yield from _table(("where", "layers", "x", "y", "measured", "limit"), times)
    if more := sum(list(rows.values())[LISTED:]):
        yield ""
        yield f"and {plural(more, 'more place')}, which the report lists"
    yield ""
    if picture:
        yield f"![{q.name}: {escape(_where(q.worst, names))}]({picture})"
        yield ""
    for word, text in (("Question", q.question), ("Proposed", q.first.fix), ("Otherwise", q.consequence)):
        if text:
            yield f"**{word}:** {escape(text)}"
            yield ""
    yield "**OEM's answer:** ____________________________________________________________"


def _measured(p: Place) -> str:
    """`0.075 mm, limit 0.125 mm`, for Markdown."""
    if not math.isfinite(p.measured) or not p.param:
        return ""
    text = escape(show(p.measured, p.unit, apart_from=p.limit))
    return text if p.limit is None else f"{text}, limit {escape(show(p.limit, p.unit, apart_from=p.measured))}"


def _cells(p: Place, names: Mapping[str, str]) -> tuple[str, ...]:
    x, y = (f"{v:.3f}" if math.isfinite(v) else "" for v in (p.x, p.y))
    value = escape(show(p.measured, p.unit, apart_from=p.limit)) if math.isfinite(p.measured) else ""
    limit = "" if p.limit is None else escape(show(p.limit, p.unit, apart_from=p.measured))
    return escape(_where(p, names)), escape(", ".join(p.layers)), x, y, value, limit


def _where(p: Place, names: Mapping[str, str]) -> str:
    return " and ".join(str(i) for i in p.items) or names.get(p.file, PurePath(p.file).name) or "the board"


def _names(d: DesignReport) -> dict[str, str]:
    """What a design's files are called by their paths: from the folder that they share, or by name alone where it is none."""
    paths = [str(i["path"]) for i in d.inputs]
    names = {path: PurePath(path).name for path in paths}
    for full in (True, False):
        mine = [path for path in paths if os.path.isabs(path) == full]
        if mine and not (full and len(mine) < len(paths)):  # of files that lie apart the way to each says too much
            folder = os.path.commonpath([PurePath(path).parent for path in mine])
            names |= {path: os.path.relpath(path, folder or ".") for path in mine}
    return names


def _origin(text: str) -> str:
    """Where a limit stands: that of a profile which is shipped, else the file's name without its folders."""
    return text if text.startswith("rules/") or not re.search(r"\.toml:\d+\Z", text) else re.split(r"[/\\]", text)[-1]


def _equal(a: float, b: float | None) -> bool:
    return b is not None and abs(a - b) < 1e-9


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def _row(q: Query) -> list[Cell]:
    p = q.worst
    return [
        q.name, q.design.name, q.first.severity, q.first.rule, q.title, q.message, len(q.findings), len(q.places),
        _where(p, _names(q.design)), " ".join(p.layers), number(p.x), number(p.y), number(p.measured), number(p.limit), p.unit,
        q.source, q.question, q.first.fix, q.consequence, " ".join(f.fingerprint for f in q.findings), "",
    ]  # fmt: skip
