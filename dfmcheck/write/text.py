"""The report for people: findings worst first, then what was measured beside its limit, then one closing line.

Text from the board is hostile: everything goes through `clean` and is printed as plain text, never as markup. Piped
output has no colour and its lines are not wrapped, so that it can be searched and compared.
"""

from __future__ import annotations

import os.path
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import PurePath
from typing import IO

from ..report import SEVERITIES, DesignReport, Finding, Report, RuleResult
from .phrases import alike, at, by_rule, clean, cut, in_build_order, is_layer, plural, producibility, strictly, where, worst_of

SHOWN = {"error": 20, "warning": 8, "note": 3}
"""How many findings of one rule a terminal shows unless asked for all."""
NOTES = 5
MANY = 2
"""From more files than this on the headline counts them, and places name them within their common folder."""
_STYLES = {
    "error": "bold red", "warning": "yellow", "note": "cyan", "failed": "bold red", "warned": "yellow", "noted": "cyan",
    "passed": "green", "crashed": "bold red", "FAIL": "bold red", "PASS": "bold green",
}  # fmt: skip


def write_text(
    report: Report, file: IO[str], *, color: bool = False, verbose: bool = False, quiet: bool = False, timing: bool = False,
    wrap: int | None = None,
) -> None:  # fmt: skip
    """Print the report into `file`: wrapped and shortened to `wrap` columns for a terminal, else in full, a line a thing.

    `verbose` shows every place, note and waiver; `quiet` prints the closing line of each design only.
    """
    # What is neither coloured nor wrapped needs no console, nor the time to load one.
    out = _Console(file, color=color, wrap=wrap) if color or wrap else _Plain(file)
    for design in report.designs:
        _Design(out, report, design, verbose, timing, wrap=wrap).write(quiet)


Texts = Sequence[tuple[str, str]]
"""Pieces of a line with their styles, '' for none."""


class _Plain:
    """Lines as they are, for files and pipes."""

    def __init__(self, file: IO[str]) -> None:
        self.file = file

    def line(self, texts: Texts, *, indent: int = 0, hang: int = 0, fold: bool = True) -> None:
        self.file.write((" " * indent + "".join(text for text, _ in texts)).rstrip() + "\n")


class _Console:
    """Lines with colour, wrapped where a width is given: what is wrapped keeps the indent and hangs by so many more."""

    def __init__(self, file: IO[str], *, color: bool, wrap: int | None) -> None:
        from rich.console import Console

        self.wrap = wrap
        self.console = Console(
            file=file, force_terminal=color, color_system="auto" if color else None, highlight=False, markup=False, emoji=False,
            width=wrap or 10_000, legacy_windows=None if color else False,
        )  # fmt: skip

    def line(self, texts: Texts, *, indent: int = 0, hang: int = 0, fold: bool = True) -> None:
        from rich.text import Text

        line = Text()
        for text, style in texts:
            line.append(text, style or None)
        rows: Iterable[Text] = [line]
        if self.wrap and fold:
            rows = line.wrap(self.console, max(self.wrap - indent - hang, 20))
        for n, row in enumerate(rows):
            row.rstrip()
            margin = indent + (hang if n else 0)
            self.console.print(Text(" " * margin if row else "") + row, soft_wrap=True)


class _Design:
    """Prints one design."""

    def __init__(
        self, out: _Plain | _Console, report: Report, design: DesignReport, verbose: bool, timing: bool, *, wrap: int | None
    ) -> None:
        self.out, self.report, self.design = out, report, design
        self.verbose, self.timing, self.wrap = verbose, timing, wrap
        self.inputs = [i for i in design.inputs if i.get("kind") != "kicad_pro"]
        self.names = self._names([str(i["path"]) for i in self.inputs])
        """What stands for the paths in places, where they are long and the headline tells where they lie."""

    def _names(self, paths: Sequence[str]) -> dict[str, str]:
        if len(paths) > MANY:
            rooted = len({*map(os.path.isabs, paths)}) == 1
            folder = os.path.commonpath([PurePath(path).parent for path in paths]) if rooted else ""
            return {path: os.path.relpath(path, folder) if folder else path for path in paths}
        long = self.wrap is not None and len(paths) == 1 and len(paths[0]) > self.wrap // 3
        return {path: PurePath(path).name for path in paths} if long else {}

    def write(self, quiet: bool) -> None:
        if not quiet:
            self.header()
            self.notes()
            self.findings()
            self.excused()
            self.reviewed()
            self.built()
            self.measured()
            self.unjudged()
        self.closing()

    def put(self, *parts: object, indent: int = 0, hang: int = 0) -> None:
        """One line of (text, style) pairs or plain texts; on a terminal it is wrapped and keeps its indent.

        What is wrapped hangs by so many more.
        """
        texts = [part if isinstance(part, tuple) else (part, "") for part in parts]
        self.out.line([(clean(text), style) for text, style in texts], indent=indent, hang=hang)

    def header(self) -> None:
        d, b = self.design, self.design.board
        many = len(self.inputs) > MANY
        paths = ", ".join(str(i["path"]) for i in self.inputs) or d.name
        self.put((f"{d.name}: {len(self.inputs)} files" if many else paths, "bold"))
        about = [
            f"{b['width']:.2f} x {b['height']:.2f} mm" if b["width"] else "no closed outline",
            f"{len(b['copper_layers'])} copper layers",
        ]
        if b["thickness"]:
            about.append(f"{b['thickness']:g} mm thick")
        parts = b["components"]
        count = f"{parts['top'] + parts['bottom']} parts ({parts['top']} top, {parts['bottom']} bottom)"
        about.append(count if "components" in d.facts or "package" not in d.facts else "parts unknown")
        about.append(f"{plural(b['pads'], 'pad')}, {plural(b['vias'], 'via')}, {plural(b['nets'], 'net')}")
        self.put("; ".join(about), indent=2)
        told = [f"limits: {', '.join(d.profile['chain']) or 'none'}"]
        if d.profile.get("config"):
            told.append(f"config: {d.profile['config']}")
        told += [f"project: {PurePath(str(i['path'])).name}" for i in d.inputs if i not in self.inputs]
        self.put("; ".join(told), indent=2)
        if d.producibility.get("features"):
            self.put(producibility(d.producibility), indent=2)
        if many:
            self.files()
        self.put()

    def files(self) -> None:
        """What each file of a package is: the layers of the board in a line, all files where more is asked for."""
        inputs = self.inputs
        if self.verbose:
            for i in inputs:
                self.put(f"{self.names[str(i['path'])]}: {i['role'] or i['kind']}", indent=4)
            return
        roles = sorted((r for i in inputs if is_layer(r := str(i["role"] or ""))), key=in_build_order)
        others = len(inputs) - len(roles)
        more = f"; {plural(others, 'other file')} (-v lists them)" if others else ""
        self.put(f"read as {', '.join(roles) or 'no layer of a board'}{more}", indent=2, hang=2)

    def notes(self) -> None:
        notes = self.design.notes
        if not notes:
            return
        shown = notes if self.verbose or not self.wrap else notes[:NOTES]
        self.put(("Notes of the reader", "bold"), f" ({len(notes)})")
        for note in shown:
            self.put(f"{at(str(note['path']), note['line'])}: {note['message']}", indent=2)
        self.more(len(notes) - len(shown), "note", indent=2)
        self.put()

    def findings(self) -> None:
        live = [f for f in self.design.findings if f.waived is None and f.change in (None, "new")]
        for severity in SEVERITIES:
            mine = [f for f in live if f.severity == severity]
            if not mine:
                continue
            self.put((f"{plural(len(mine), severity)}", _STYLES[severity]))
            for rule, group in by_rule(mine):
                self.rule(rule, severity, group)
            self.put()

    def rule(self, rule: str, severity: str, group: Sequence[Finding]) -> None:
        """The findings of one rule, the fix once."""
        title = next((r.title for r in self.design.rules if r.id == rule), "")
        self.put((rule, f"bold {_STYLES[severity]}"), f"  {title}" if title else "", indent=2)
        causes = [[f] for f in group] if self.verbose else alike(group)
        shown = causes[: SHOWN[severity]] if self.wrap and not self.verbose else causes
        for first, *others in shown:
            self.finding(first)
            if others:
                same = ", ".join(str(f.places[0].items[0].component) for f in others)
                self.put((f"the same in {plural(len(others), 'more part')}: {same}", "dim"), indent=6)
        self.more(len(group) - sum(map(len, shown)), f"{rule} finding", indent=4)
        if group[0].fix:
            self.put(("fix: ", "bold"), group[0].fix, indent=4, hang=5)

    def finding(self, f: Finding) -> None:
        tags = [t for t, on in (("new", f.change == "new"), ("inherent to the part", f.inherent), ("inferred", f.inferred)) if on]
        self.put("- ", f.message, (f" [{', '.join(tags)}]" if tags else "", "dim"), indent=4, hang=2)
        places = f.places if self.verbose else f.places[:1]
        for place in places:
            if at_place := where(place, told=len(places) == 1, names=self.names):
                self.put((at_place, "dim"), indent=6)
        if len(f.places) > len(places):
            self.put((f"and {plural(len(f.places) - len(places), 'more place')} (-v lists them)", "dim"), indent=6)

    def excused(self) -> None:
        """Waived findings, dead waivers, and what an earlier state already had."""
        waived = [f for f in self.design.findings if f.waived is not None]
        if waived:
            self.put((f"{len(waived)} waived", "bold"), "" if self.verbose else "  (-v lists them)")
            for f in waived if self.verbose else ():
                self.put(f"- {f.rule}: {f.message}; reason: {f.waived}", indent=2)
        if self.design.stale_waivers:
            self.put((plural(len(self.design.stale_waivers), "stale waiver"), "yellow"))
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

    def reviewed(self) -> None:
        """What the manufacturer decided, in a line."""
        if any(f.review is not None for f in self.design.findings):
            from ..review import DISPOSITIONS, counts

            told = [f"{n} {DISPOSITIONS[name]}" for name, n in counts(self.design).items()]
            self.put(("manufacturer's review: ", "bold"), ", ".join(told))
            self.put()

    def built(self) -> None:
        """How the board will be built, and what that costs."""
        d = self.design
        if d.assembly or d.economics:
            from .built import blocks

            for title, lines in blocks(d.assembly, d.economics, all_=self.verbose).items():
                self.put((title, "bold"))
                for line in lines:
                    self.put(line, indent=2, hang=2)
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
            (r.status, r.id, f"{r.checked:,}", *worst_of(r), f"{r.seconds or 0:.3f} s")
            for r in sorted(ran, key=lambda r: rank[r.status])
        ]
        head = ("status", "rule", "checked", "worst", "limit", "from", "time")
        used = range(7) if self.timing else range(6)
        wide = [max(len(clean(row[i])) for row in (head, *rows)) for i in range(7)]
        right = {2, 3, 4, 6}
        if self.wrap:
            wide[5] = max(min(wide[5], self.wrap - 2 * len(used) - sum(wide[i] for i in used if i != 5)), 12)
        for n, row in enumerate((head, *rows)):
            cells = [cut(clean(row[i]), wide[i]) for i in range(7)]
            cells = [c.rjust(wide[i]) if i in right else c.ljust(wide[i]) for i, c in enumerate(cells)]
            styles = ["bold" if n == 0 else _STYLES[row[0]] if i == 0 else "" for i in used]
            texts = [text for i, style in zip(used, styles) for text in (("  ", ""), (cells[i], style))]
            self.out.line(texts[1:], fold=False)

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
        told = [plural(counts["errors"], "error"), plural(counts["warnings"], "warning"), plural(counts["notes"], "note")]
        changes = Counter(f.change for f in d.findings if f.waived is None and f.change)
        told += [f"{n} {what}" for what, n in (("waived", counts["waived"]), *sorted(changes.items())) if n]
        told.append(f"{plural(counts['rules_run'], 'rule')} ran")
        told += [f"{n} {what}" for what, n in (("skipped", states["skipped"] - len(d.crashed)), ("off", states["off"])) if n]
        if d.crashed:
            told.append(f"{len(d.crashed)} crashed, so this report is incomplete")
        told += [why] if (why := strictly(report, d)) else []
        word = "FAIL" if report.fails(d) else "PASS"
        self.put((f"{d.name}: ", "bold"), (word, _STYLES[word]), f"  {', '.join(told)}")

    def more(self, n: int, what: str, *, indent: int) -> None:
        if n > 0:
            self.put((f"and {n} more {what}{'s' if n > 1 else ''} (-v shows all)", "dim"), indent=indent)
