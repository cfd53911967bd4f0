"""A comment for a pull request, or the summary of a CI step: verdict, what changed, the worst ten, the rest folded away.

For GitHub's step summary: `dfmcheck ... -f markdown >> "$GITHUB_STEP_SUMMARY"`. The first line is a mark by which a bot finds
its own comment again. Text from the board is hostile: it neither makes markup nor pings anyone nor links anywhere.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from pathlib import Path, PurePath

from ..report import SEVERITIES, DesignReport, Finding, Place, Report
from ..units import show
from .phrases import by_rule, clean, plural, producibility
from .spots import fresh, gravity, troubles

LONGEST = 65_000
"""Characters; GitHub refuses a comment of more than 65,536."""
WORST = 10
LISTED = 50
"""Findings of a rule that are listed when it is unfolded."""
CELL = 240
"""Characters of a text in a table or list."""
MARK = "<!-- dfmcheck -->"
_JOINER = "\u2060"
"""Word joiner: shows nothing, and parts what would otherwise ping or link."""
_PINGS = re.compile(
    r'[@#!$%&~](?=[\w"]|\\_)|\bGH(?=-\d)|:(?=//)|\bwww(?=\.)|\b(?:mailto|xmpp)(?=:)', re.IGNORECASE
)  # fmt: skip


def to_markdown(report: Report, path: Path | None = None) -> str:
    """The report as GitHub-flavoured Markdown of at most `LONGEST` characters; what was left out is told."""
    top = [MARK, "", f"## dfmcheck: {'FAIL' if report.failed() or report.errors else 'PASS'}", ""]
    top += [f"- **could not be checked:** {escape(error)}" for error in report.errors[:20]]
    top += [f"- and {len(report.errors) - 20} more"] if len(report.errors) > 20 else []
    top += [""] if report.errors else []
    room = LONGEST - sum(len(line) + 1 for line in top) - 300  # for the line that tells what was left out
    # Every design has its line before one has its table, and all have their tables before anything is unfolded.
    parts = [_parts(report, d) for d in report.designs]
    order = sorted(range(len(parts)), key=lambda n: gravity(report.designs[n]), reverse=True)
    kept: list[list[str]] = [[] for _ in parts]
    left: Counter[str] = Counter()
    for tier, name in enumerate(("design", "table", "folded list")):
        for n in order:
            for piece in parts[n][tier] if kept[n] or not tier else ():
                if len(piece) + 1 <= room:
                    kept[n].append(piece)
                    room -= len(piece) + 1
                else:
                    left[name] += 1
    if left:
        what = ", ".join(plural(n, name) for name, n in left.items())
        top += [f"_{what} left out here, as a comment holds no more; the full report has all._", ""]
    return "\n".join(top + [line for lines in kept for line in lines])


def escape(text: object, most: int = 0) -> str:
    """Text that Markdown shows as it is: nothing in it is markup, a mention, a reference or a link.

    Longer text than `most`, if that is given, is cut.
    """
    line = " ".join(clean(text).split())
    if most and len(line) > most:
        line = line[: most - 3].rstrip() + "..."
    line = re.sub(r"([\\`*_\[\]<>|&~$#!])", r"\\\1", line)
    return _unlinked(line)


def _unlinked(text: str) -> str:
    return _PINGS.sub(lambda found: found[0] + _JOINER, text)


def _parts(report: Report, d: DesignReport) -> tuple[list[str], list[str], list[str]]:
    """The pieces of a design: its line, its tables, its unfolding lists."""
    found = list(fresh(d))
    return _headline(report, d), _worst(d, found), [*_lists(d, found), *_skipped(d)]


def _headline(report: Report, d: DesignReport) -> list[str]:
    counts = d.counts()
    verdict = "FAIL" if report.fails(d) else "PASS"
    told = [plural(counts[f"{level}s"], level) for level in SEVERITIES if counts[f"{level}s"]] or ["no findings"]
    told += [f"{counts['waived']} waived"] if counts["waived"] else []
    off = sum(r.status == "off" for r in d.rules)
    rules = f"{plural(counts['rules_run'], 'rule')} run, {counts['rules_skipped']} skipped{f', {off} off' if off else ''}"
    limits = ", ".join(d.profile.get("chain", ())) or "none"
    gate = f"fails on: {d.fail_on or report.fail_on}"
    lines = [f"### {escape(d.name)}: {verdict}", "", f"**{', '.join(told)}**; {gate}; {rules}; limits: {escape(limits)}"]
    change = Counter(f.change for f in d.findings if f.waived is None)
    if any(change[key] for key in ("new", "unchanged", "fixed")):
        lines += ["", f"**What changed:** {', '.join(f'{change[key]} {key}' for key in ('new', 'fixed', 'unchanged'))}"]
    if d.producibility.get("features"):
        lines += ["", escape(producibility(d.producibility), 400)]
    lines += [f"\n**could not be checked:** {escape(rule)}: {escape(why, CELL)}" for rule, why in troubles(d)[:20]]
    lines += [f"\n{plural(len(d.stale_waivers), 'stale waiver')}"] if d.stale_waivers else []
    return ["\n".join(lines) + "\n"]


def _worst(d: DesignReport, found: list[Finding]) -> list[str]:
    if not found:
        return []
    new = any(f.change == "new" for f in found)
    rows = [f"| | rule | {'new finding' if new else 'finding'} | place | measured | limit |", "|---|---|---|---|---:|---:|"]
    for f in found[:WORST]:
        cells = [f.severity, escape(f.rule), escape(f.message, CELL), *_place(f.places[0] if f.places else None)]
        rows.append(f"| {' | '.join(cells)} |")
    more = len(found) - WORST
    rows += [f"\n{plural(more, 'more finding')} below"] if more > 0 else []
    return ["\n".join(rows) + "\n"]


def _place(place: Place | None) -> tuple[str, str, str]:
    """Where it is, what was measured there, and the limit, as cells."""
    if place is None:
        return "", "", ""
    spot = f"{place.x:.3f}, {place.y:.3f}" if math.isfinite(place.x) else PurePath(place.file).name
    layers = f" {', '.join(place.layers)}" if place.layers else ""
    value = show(place.measured, place.unit, apart_from=place.limit) if math.isfinite(place.measured) else ""
    limit = show(place.limit, place.unit, apart_from=place.measured) if place.limit is not None else ""
    return escape(spot + layers, 100), escape(value), escape(limit)


def _lists(d: DesignReport, found: list[Finding]) -> list[str]:
    """What is beyond the table, and what an earlier state had, a folded list each."""
    out = []
    for rule, group in by_rule(found[WORST:]):
        title = next((r.title for r in d.rules if r.id == rule), "")
        count = Counter(f.severity for f in group)
        told = ", ".join(plural(count[level], level) for level in SEVERITIES if count[level])
        lines = [f"- {f.severity}: {escape(f.message, CELL)}" for f in group[:LISTED]]
        lines += [f"- and {plural(len(group) - LISTED, 'more finding')}"] if len(group) > LISTED else []
        lines += [f"\nFix: {escape(group[0].fix)}"] if group[0].fix else []
        out.append(_folded(f"{rule}: {title} ({told})", lines))
    for change in ("fixed", "unchanged"):
        group = [f for f in d.findings if f.change == change and f.waived is None]
        if group:
            lines = [f"- {f.severity} {escape(f.rule)}: {escape(f.message, CELL)}" for f in group[:LISTED]]
            lines += [f"- and {plural(len(group) - LISTED, 'more finding')}"] if len(group) > LISTED else []
            out.append(_folded(f"{plural(len(group), 'finding')} {change}", lines))
    waived = [f for f in d.findings if f.waived is not None]
    if waived:
        lines = [f"- {escape(f.rule)}: {escape(f.message, CELL)}; reason: {escape(f.waived, CELL)}" for f in waived[:LISTED]]
        lines += [f"- and {plural(len(waived) - LISTED, 'more finding')}"] if len(waived) > LISTED else []
        out.append(_folded(f"{plural(len(waived), 'finding')} waived", lines))
    return out


def _skipped(d: DesignReport) -> list[str]:
    skipped = [r for r in d.rules if r.status == "skipped" and not r.crashed]
    lines = [f"- {escape(r.id)}: {escape(r.why_skipped or '', CELL)}" for r in skipped]
    return [_folded(f"{plural(len(skipped), 'rule')} skipped", lines)] if lines else []


def _folded(summary: str, lines: list[str]) -> str:
    # Blank lines end the HTML, so that what stands between is Markdown again; the summary is HTML, where escapes are entities.
    head = clean(summary).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    body = "\n".join(lines)
    return f"<details><summary>{_unlinked(head)}</summary>\n\n{body}\n\n</details>\n"
