"""Engineering queries: what a manufacturer asks the owner of a design before it builds, ready to send.

One query for what is asked alike: the findings of one rule and severity with the same remark. With a review these are the
findings that it disposes of as `ask`; without one, all errors and warnings that are not waived, as a draft, which the document
says. The Markdown has a picture each, in a folder beside; the table has a row each and the same columns.
"""

from __future__ import annotations

import csv
import math
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path, PurePath
from urllib.parse import quote

from ..errors import DfmError
from ..report import SEVERITIES, DesignReport, Finding, LimitUsed, Place, Report, RuleResult, number
from ..units import show
from ..waive import today
from . import MARK, Bundle, pictures_of
from .csv import Cell, safe
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
        """Who states that limit, and where it stands."""
        used = self.limit
        return "" if used is None else "; ".join(text for text in (used.source, used.origin) if text)


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
    out = StringIO()
    if path is not None:
        out.write("\ufeff")
    rows = csv.writer(out, lineterminator="\n" if path is None else "\r\n")
    rows.writerow(COLUMNS)
    rows.writerows([safe(cell) for cell in _row(q)] for q in queries(report))
    return out.getvalue()


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
    yield "Coordinates: mm, x to the right, y down, as the board's file has them"
    yield ""
    paths = [str(i["path"]) for i in d.inputs]
    folder = os.path.commonpath([PurePath(path).parent for path in paths]) if len({*map(os.path.isabs, paths)}) == 1 else ""
    names = [os.path.relpath(path, folder) if folder else path for path in paths]  # where it lies here is nobody else's business
    rows = [
        (escape(name), escape(i.get("role") or i.get("kind") or ""), f"`{clean(i['sha256'])}`")
        for name, i in zip(names, d.inputs)
    ]  # fmt: skip
    yield from _table(("file", "what it is", "SHA-256"), rows)


def _query(q: Query, picture: str) -> Iterator[str]:
    yield f"### {q.name}: {escape(q.title)}"
    yield ""
    yield f"**Found ({q.first.severity}, {escape(q.first.rule)}):** {escape(q.first.message)}"
    yield ""
    if measured := _measured(q.worst):
        source = f" (from {escape(q.source)})" if q.source else ""
        yield f"**Measured:** {measured}{source}"
        yield ""
    yield from _table(("where", "layers", "x", "y", "measured", "limit"), (_cells(p) for p in q.places[:LISTED]))
    if len(q.places) > LISTED:
        yield ""
        yield f"and {plural(len(q.places) - LISTED, 'more place')}, which the report lists"
    yield ""
    if picture:
        yield f"![{q.name}: {escape(_where(q.worst))}]({picture})"
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


def _cells(p: Place) -> tuple[str, ...]:
    x, y = (f"{v:.3f}" if math.isfinite(v) else "" for v in (p.x, p.y))
    value = escape(show(p.measured, p.unit, apart_from=p.limit)) if math.isfinite(p.measured) else ""
    limit = "" if p.limit is None else escape(show(p.limit, p.unit, apart_from=p.measured))
    return escape(_where(p)), escape(", ".join(p.layers)), x, y, value, limit


def _where(p: Place) -> str:
    return " and ".join(str(i) for i in p.items) or p.file or "the board"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def _row(q: Query) -> list[Cell]:
    p = q.worst
    return [
        q.name, q.design.name, q.first.severity, q.first.rule, q.title, q.first.message, len(q.findings), len(q.places),
        _where(p), " ".join(p.layers), number(p.x), number(p.y), number(p.measured), number(p.limit), p.unit, q.source,
        q.question, q.first.fix, q.consequence, " ".join(f.fingerprint for f in q.findings), "",
    ]  # fmt: skip
