"""The report for people: findings worst first, then what was measured beside its limit, then one closing line.

Text from the board is hostile: everything goes through `clean` and is printed as plain text, never as markup. Piped
output has no colour and its lines are not wrapped, so that it can be searched and compared.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import IO

from rich.console import Console
from rich.text import Text

from ..report import SEVERITIES, DesignReport, Finding, Place, Report, RuleResult
from ..units import show

SHOWN = {"error": 20, "warning": 8, "note": 3}
"""How many findings of one rule a terminal shows unless asked for all."""
NOTES = 5
_STYLES = {
    "error": "bold red", "warning": "yellow", "note": "cyan", "failed": "bold red", "warned": "yellow", "noted": "cyan",
    "passed": "green", "crashed": "bold red", "FAIL": "bold red", "PASS": "bold green",
}  # fmt: skip


def clean(text: object) -> str:
    """Text that cannot steer a terminal: control, bidirectional and other unprintable characters become escapes."""
    out = " ".join(str(text).split(" "))
    if out.isprintable():
        return out
    return "".join(
        c if c.isprintable() else " " if c.isspace() and c not in "\x1c\x1d\x1e\x1f\x85" else ascii(c)[1:-1] for c in out
    )


def write_text(
    report: Report, file: IO[str], *, color: bool = False, verbose: bool = False, quiet: bool = False, timing: bool = False,
    wrap: int | None = None,
) -> None:  # fmt: skip
    """Print the report into `file`: wrapped and shortened to `wrap` columns for a terminal, else in full, a line a thing.

    `verbose` shows every place, note and waiver; `quiet` prints the closing line of each design only.
    """
    console = Console(
        file=file, force_terminal=color, color_system="auto" if color else None, highlight=False, markup=False, emoji=False,
        width=wrap or 10_000, legacy_windows=None if color else False,
    )  # fmt: skip
    for design in report.designs:
        _Design(console, report, design, verbose, timing, wrap=wrap).write(quiet)


class _Design:
    """Prints one design."""

    def __init__(
        self, console: Console, report: Report, design: DesignReport, verbose: bool, timing: bool, *, wrap: int | None
    ) -> None:
        self.console, self.report, self.design = console, report, design
        self.verbose, self.timing, self.wrap = verbose, timing, wrap

    def write(self, quiet: bool) -> None:
        if not quiet:
            self.header()
            self.notes()
            self.findings()
            self.excused()
            self.measured()
            self.unjudged()
        self.closing()

    def put(self, *parts: object, indent: int = 0, hang: int = 0) -> None:
        """One line of (text, style) pairs or plain texts; on a terminal it is wrapped and keeps its indent.

        What is wrapped hangs by so many more.
        """
        line = Text()
        for part in parts:
            text, style = part if isinstance(part, tuple) else (part, "")
            line.append(clean(text), style or None)
        rows: Iterable[Text] = line.wrap(self.console, max(self.wrap - indent - hang, 20)) if self.wrap else [line]
        for n, row in enumerate(rows):
            row.rstrip()
            margin = indent + (hang if n else 0)
            self.console.print(Text(" " * margin if row else "") + row, soft_wrap=True)

    def header(self) -> None:
        d, b = self.design, self.design.board
        self.put((", ".join(str(i["path"]) for i in d.inputs) or d.name, "bold"))
        about = [
            f"{b['width']:.2f} x {b['height']:.2f} mm" if b["width"] else "no closed outline",
            f"{len(b['copper_layers'])} copper layers",
        ]
        if b["thickness"]:
            about.append(f"{b['thickness']:g} mm thick")
        parts = b["components"]
        about.append(f"{parts['top'] + parts['bottom']} parts ({parts['top']} top, {parts['bottom']} bottom)")
        about.append(f"{_plural(b['pads'], 'pad')}, {_plural(b['vias'], 'via')}, {_plural(b['nets'], 'net')}")
        self.put("; ".join(about), indent=2)
        told = [f"limits: {', '.join(d.profile['chain']) or 'none'}"]
        if d.profile.get("config"):
            told.append(f"config: {d.profile['config']}")
        self.put("; ".join(told), indent=2)
        self.put()

    def notes(self) -> None:
        notes = self.design.notes
        if not notes:
            return
        shown = notes if self.verbose or not self.wrap else notes[:NOTES]
        self.put(("Notes of the reader", "bold"), f" ({len(notes)})")
        for note in shown:
            self.put(f"{_at(str(note['path']), note['line'])}: {note['message']}", indent=2)
        self.more(len(notes) - len(shown), "note", indent=2)
        self.put()

    def findings(self) -> None:
        live = [f for f in self.design.findings if f.waived is None and f.change in (None, "new")]
        for severity in SEVERITIES:
            mine = [f for f in live if f.severity == severity]
            if not mine:
                continue
            self.put((f"{_plural(len(mine), severity)}", _STYLES[severity]))
            for rule, group in _by_rule(mine):
                self.rule(rule, severity, group)
            self.put()

    def rule(self, rule: str, severity: str, group: Sequence[Finding]) -> None:
        """The findings of one rule, the fix once."""
        title = next((r.title for r in self.design.rules if r.id == rule), "")
        self.put((rule, f"bold {_STYLES[severity]}"), f"  {title}" if title else "", indent=2)
        shown = group if self.verbose or not self.wrap else group[: SHOWN[severity]]
        for finding in shown:
            self.finding(finding)
        self.more(len(group) - len(shown), f"{rule} finding", indent=4)
        if group[0].fix:
            self.put(("fix: ", "bold"), group[0].fix, indent=4, hang=5)

    def finding(self, f: Finding) -> None:
        tags = [t for t, on in (("new", f.change == "new"), ("inherent to the part", f.inherent), ("inferred", f.inferred)) if on]
        self.put("- ", f.message, (f" [{', '.join(tags)}]" if tags else "", "dim"), indent=4, hang=2)
        places = f.places if self.verbose else f.places[:1]
        for place in places:
            self.put((_where(place, told=len(places) == 1), "dim"), indent=6)
        if len(f.places) > len(places):
            self.put((f"and {_plural(len(f.places) - len(places), 'more place')} (-v lists them)", "dim"), indent=6)

    def excused(self) -> None:
        """Waived findings, dead waivers, and what an earlier state already had."""
        waived = [f for f in self.design.findings if f.waived is not None]
        if waived:
            self.put((f"{len(waived)} waived", "bold"), "" if self.verbose else "  (-v lists them)")
            for f in waived if self.verbose else ():
                self.put(f"- {f.rule}: {f.message}; reason: {f.waived}", indent=2)
        if self.design.stale_waivers:
            self.put((_plural(len(self.design.stale_waivers), "stale waiver"), "yellow"))
            for line in self.design.stale_waivers:
                self.put(f"- {line}", indent=2)
        for change in ("unchanged", "fixed"):
            group = [f for f in self.design.findings if f.change == change and f.waived is None]
            if group:
                self.put((f"{len(group)} {change}", "bold"), "" if self.verbose else "  (-v lists them)")
                for f in group if self.verbose else ():
                    self.put(f"- {f.severity} {f.rule}: {f.message}", indent=2)
        if waived or self.design.stale_waivers or any(f.change in ("unchanged", "fixed") for f in self.design.findings):
            self.put()

    def measured(self) -> None:
        """The worst value of each rule that ran, beside its limit and where that comes from."""
        ran = [r for r in self.design.rules if r.status not in ("skipped", "off")]
        idle = [r for r in ran if r.checked == 0 and r.status == "passed"]
        if ran != idle:
            self.table([r for r in ran if r not in idle])
        if idle:
            self.put(("passed", "bold"), f" (the board has nothing of the kind): {', '.join(r.id for r in idle)}")
        self.put()

    def table(self, ran: Sequence[RuleResult]) -> None:
        rank = {"failed": 0, "warned": 1, "noted": 2, "passed": 3}
        rows = [
            (r.status, r.id, f"{r.checked:,}", *_worst(r), f"{r.seconds or 0:.3f} s")
            for r in sorted(ran, key=lambda r: rank[r.status])
        ]
        head = ("status", "rule", "checked", "worst", "limit", "from", "time")
        used = range(7) if self.timing else range(6)
        wide = [max(len(clean(row[i])) for row in (head, *rows)) for i in range(7)]
        right = {2, 3, 4, 6}
        if self.wrap:
            wide[5] = max(min(wide[5], self.wrap - 2 * len(used) - sum(wide[i] for i in used if i != 5)), 12)
        for n, row in enumerate((head, *rows)):
            cells = [_cut(clean(row[i]), wide[i]) for i in range(7)]
            cells = [c.rjust(wide[i]) if i in right else c.ljust(wide[i]) for i, c in enumerate(cells)]
            line = Text("  ").join(Text(cells[i], "bold" if n == 0 else _STYLES[row[0]] if i == 0 else "") for i in used)
            line.rstrip()
            self.console.print(line, soft_wrap=True)

    def unjudged(self) -> None:
        """Rules that judged nothing, each with its reason: silence about them would look like a pass."""
        for r in self.design.crashed:
            self.put(("crashed ", "bold red"), f"{r.id}: {r.why_skipped}")
        skipped = [r for r in self.design.rules if r.status == "skipped" and not r.crashed]
        for status, group in (("skipped", skipped), ("off", [r for r in self.design.rules if r.status == "off"])):
            reasons: dict[str, list[str]] = {}
            for r in group:
                reasons.setdefault(r.why_skipped or "", []).append(r.id)
            for why, ids in sorted(reasons.items()):
                self.put((status, "bold"), f" ({why}): {', '.join(ids)}")
        if self.design.crashed or skipped or any(r.status == "off" for r in self.design.rules):
            self.put()

    def closing(self) -> None:
        d, report = self.design, self.report
        counts, states = d.counts(), Counter(r.status for r in d.rules)
        told = [_plural(counts["errors"], "error"), _plural(counts["warnings"], "warning"), _plural(counts["notes"], "note")]
        changes = Counter(f.change for f in d.findings if f.waived is None and f.change)
        told += [f"{n} {what}" for what, n in (("waived", counts["waived"]), *sorted(changes.items())) if n]
        told.append(f"{_plural(counts['rules_run'], 'rule')} ran")
        told += [f"{n} {what}" for what, n in (("skipped", states["skipped"] - len(d.crashed)), ("off", states["off"])) if n]
        if d.crashed:
            told.append(f"{len(d.crashed)} crashed, so this report is incomplete")
        word = "FAIL" if report.fails(d) else "PASS"
        self.put((f"{d.name}: ", "bold"), (word, _STYLES[word]), f"  {', '.join(told)}")

    def more(self, n: int, what: str, *, indent: int) -> None:
        if n > 0:
            self.put((f"and {n} more {what}{'s' if n > 1 else ''} (-v shows all)", "dim"), indent=indent)


def _by_rule(findings: Sequence[Finding]) -> Iterator[tuple[str, list[Finding]]]:
    """Findings by rule, the rule of the first one first; the order within is kept."""
    order = {rule: n for n, rule in enumerate(dict.fromkeys(f.rule for f in findings))}
    for rule, group in groupby(sorted(findings, key=lambda f: order[f.rule]), key=lambda f: f.rule):
        yield rule, list(group)


def _where(place: Place, *, told: bool) -> str:
    """`at 101.300, 88.200 on F.Cu, video.kicad_pcb:48213`; with the value and the items where the message does not tell them."""
    text = f"at {place.x:.3f}, {place.y:.3f}" + (f" on {', '.join(place.layers)}" if place.layers else "")
    if not told:
        what = " / ".join(str(i) for i in place.items)
        value = show(place.measured, place.unit, apart_from=place.limit) if place.measured == place.measured else ""
        text += "".join(f", {t}" for t in (value, what, place.detail) if t)
    return text + "".join(f", {f}" for f in _files(place))


def _files(place: Place) -> Iterator[str]:
    """`board.kicad_pcb:7 and :12`: each file once, with the lines of the items in it."""
    lines: dict[str, list[str]] = {}
    for item in place.items:
        if item.file:
            lines.setdefault(item.file, []).append(f":{item.line}" if item.line else "")
    for file, given in lines.items():
        yield file + " and ".join(dict.fromkeys(given))


def _worst(r: RuleResult) -> tuple[str, str, str]:
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


def _at(path: str, line: object) -> str:
    return f"{path}:{line}" if line else path


def _cut(text: str, width: int) -> str:
    """The end of a text that is too long: of a file and line it is the telling part."""
    return text if len(text) <= width else "..." + text[len(text) - width + 3 :]


def _plural(n: int, what: str) -> str:
    return f"{n:,} {what}{'' if n == 1 else 's'}"
