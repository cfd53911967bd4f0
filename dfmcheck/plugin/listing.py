"""What the window shows of a report, without the window: what is listed under a filter, details, text to copy.

It is grouped and worded as the HTML page is. Text from the board is hostile: everything that leaves here went through `clean`,
on one line, and is plain text.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple

from ..report import SEVERITIES, About, DesignReport, Finding, LimitUsed, Place, Report, RuleResult
from ..units import show
from ..write.html import summary
from ..write.html.rows import Group, Row, groups, state
from ..write.phrases import at, by_rule, clean, plural, where

LONG = 300
"""Characters of a message that the list shows; the details show all of it."""
TOLD = 100
"""Places of a finding that the details tell; the list has all of them."""
ITEMS = 20
"""Items of a place that the details tell, each on a line; the text to copy has all of them."""


@dataclass(frozen=True, slots=True)
class Filter:
    """What somebody wants to see; the parts hold together."""

    severities: frozenset[str] = frozenset(SEVERITIES)
    category: str = ""
    """A category, or the first part of some; '' for all."""
    rule: str = ""
    text: str = ""
    """Words that all must occur, whatever their case."""
    waived: bool = False
    """Whether what is waived is shown as well."""

    @property
    def active(self) -> bool:
        """Whether it hides anything that is not hidden by itself."""
        return bool(self.severities != frozenset(SEVERITIES) or self.category or self.rule or self.text.strip())


class Shown(NamedTuple):
    """A group, and those of its findings that fit a filter."""

    group: Group
    rows: tuple[Row, ...]


class Cells(NamedTuple):
    """A line of the list."""

    text: str
    measured: str = ""
    limit: str = ""
    layers: str = ""
    at: str = ""


class Block(NamedTuple):
    """A heading, '' for none, and the lines below it."""

    heading: str
    lines: tuple[str, ...]


class Listing:
    """One report on one design, as the window shows it."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self.design: DesignReport = report.designs[0]
        self.name = clean(self.design.name)
        self.rules: dict[str, RuleResult] = {r.id: r for r in self.design.rules}
        self.groups = groups(self.design, few=0)
        self.verdict: Mapping[str, Any] = summary.verdict(report, self.design)
        self._texts: list[str | None] = [None] * len(self.design.findings)

    # What is listed

    def shown(self, want: Filter) -> list[Shown]:
        """The groups with what fits in them, in the report's order; groups of which nothing fits are left out."""
        fitting = ((group, tuple(row for row in group.rows if self._fits(group, row, want))) for group in self.groups)
        return [Shown(group, rows) for group, rows in fitting if rows]

    def severities(self, want: Filter) -> dict[str, int]:
        """How many findings of each severity fit, whatever severities are wanted."""
        found = dict.fromkeys(SEVERITIES, 0)
        for group, rows in self.shown(replace(want, severities=frozenset(SEVERITIES))):
            found[group.severity] += len(rows)
        return found

    @cached_property
    def categories(self) -> list[str]:
        """Those that findings have, each before what is below it."""
        used = {r.category for group in self.groups if (r := self.rules.get(group.rule)) and r.category}
        above = {name.partition(".")[0] for name in used}
        return sorted(used | {name for name in above if sum(each.startswith(f"{name}.") for each in used) > 1})

    @cached_property
    def rules_found(self) -> list[tuple[str, str]]:
        """(id, title) of the rules that found something, in the order of the list."""
        return list({group.rule: clean(group.title) for group in self.groups}.items())

    def _fits(self, group: Group, row: Row, want: Filter) -> bool:
        if group.severity not in want.severities or (group.state and not want.waived):
            return False
        if (want.rule and group.rule != want.rule) or (want.category and not self._within(group.rule, want.category)):
            return False
        words = want.text.lower().split()
        return not words or all(word in self._text(row) for word in words)

    def _within(self, rule: str, category: str) -> bool:
        known = self.rules.get(rule)
        return known is not None and f"{known.category}.".startswith(f"{category}.")

    def _text(self, row: Row) -> str:
        """What search looks through: what is told of a finding, as on the HTML page, and nets."""
        known = self._texts[row.index]
        if known is None:
            f = self.design.findings[row.index]
            rule = self.rules.get(f.rule)
            names = {name for place in f.places for item in place.items for name in (item.component, item.net) if name}
            layers = {layer for place in f.places for layer in place.layers}
            told = [where(place, told=False, lines=False) for place in f.places] if len(f.places) > 1 else []
            tags = [text for _, text in row.tags]
            texts = [f.rule, rule.title if rule else "", f.fingerprint, *names, *layers, row.message, row.where, row.measured,
                     row.limit, *tags, *told]  # fmt: skip
            known = self._texts[row.index] = clean(" ".join(texts)).lower()
        return known

    # Lines of the list

    def group_cells(self, shown: Shown) -> Cells:
        """`Error: Copper clearance (3)`; of what is waived also that."""
        group, rows = shown
        number = f"{len(rows):,}" if len(rows) == len(group.rows) else f"{len(rows):,} of {len(group.rows):,}"
        said = f"{group.severity}{f', {group.state}' if group.state else ''}".capitalize()
        return Cells(shorten(clean(f"{said}: {group.title or group.rule}")) + f" ({number})")

    def row_cells(self, row: Row) -> Cells:
        f = self.design.findings[row.index]
        tags = f" [{', '.join(text for _, text in row.tags)}]" if row.tags else ""
        worst = f.places[0] if f.places else None
        return Cells(shorten(clean(row.message + tags)), row.measured, row.limit, _layers(worst), _at(worst))

    def places(self, index: int) -> int:
        """How many places a finding has below it: none where its own line tells the only one."""
        count = self.design.findings[index].count
        return count if count > 1 else 0

    def place_cells(self, index: int, number: int) -> Cells:
        place = self.design.findings[index].places[number]
        items = " / ".join(str(item) for item in place.items)
        text = ", ".join(t for t in (items, place.detail, at(place.file, place.line)) if t)
        measured, limit = _values(place)
        return Cells(shorten(clean(text)) or f"place {number + 1}", measured, limit, _layers(place), _at(place))

    # What belongs to a finding

    def uuids(self, index: int, place: int | None = None) -> tuple[str, ...]:
        """The items of a finding, or of one of its places, that an editor can find: each once, those of the worst place first."""
        places = self.design.findings[index].places
        chosen = places if place is None else places[place : place + 1]
        return tuple(dict.fromkeys(item.uuid for p in chosen for item in p.items if item.uuid))

    def findings(self, indices: Iterable[int]) -> list[Finding]:
        return [self.design.findings[index] for index in indices]

    def key(self, index: int) -> tuple[str, str]:
        """What a finding is known by in the next run."""
        f = self.design.findings[index]
        return f.rule, f.fingerprint

    def details(self, index: int, place: int | None = None) -> list[Block]:
        """All that is known of a finding, or of one of its places; the message comes first."""
        f = self.design.findings[index]
        rule = self.rules.get(f.rule)
        about = rule.about if rule else About()
        kinds = (("inherent to the part: no layout of the board changes it", f.inherent),
                 ("inferred: it rests on what the parts were taken for", f.inferred))  # fmt: skip
        return _blocks(
            ("", [f.message]),
            ("Waived", [f.waived] if f.waived is not None else []),
            *(self._about_place(f, f.places[place or 0], place) if f.places else ()),
            ("How to fix it", [f.fix]),
            ("Why it matters", [about.why]),
            ("What is measured", [about.measure]),
            ("Rule", [", ".join(t for t in (f.rule, rule.category if rule else "") if t), *(text for text, on in kinds if on)]),
        )

    def _about_place(self, f: Finding, p: Place, place: int | None) -> Iterator[tuple[str, list[str]]]:
        measured, limit = _values(p)
        number = f"place {(place or 0) + 1:,} of {f.count:,}{'' if place else ', the worst'}" if f.count > 1 else ""
        yield "Measured", [", ".join(t for t in (measured, f"limit {limit}" if limit else "", number) if t)]
        rule = self.rules.get(f.rule)
        used = rule.limits.get(p.param) if rule else None
        if used is not None:
            yield "Limit", list(_limit(p.param, used))
        yield "Where", [where(p, told=True, lines=False)]
        items = [f"{item}{f' on {item.layer}' if item.layer else ''}" for item in p.items]
        yield "Items", [*items[:ITEMS], *_more(len(items) - ITEMS, "item")]
        if place is None and f.count > 1:
            others = [where(other, told=False, lines=False) for other in f.places[1:TOLD]]
            yield "Other places", [*others, *_more(f.count - TOLD, "place")]

    def about_rule(self, group: Group) -> list[Block]:
        """What the catalogue and the profile say of the rule that a group is about."""
        rule = self.rules.get(group.rule)
        about = rule.about if rule else About()
        limits = [line for name, used in rule.limits.items() for line in _limit(name, used)] if rule else []
        return _blocks(
            ("", [group.title or group.rule]),
            ("How to fix it", [group.fix]),
            ("Why it matters", [about.why]),
            ("What is measured", [about.measure]),
            ("Limits", limits),
            ("Rule", [", ".join(t for t in (group.rule, rule.category if rule else "") if t)]),
        )

    def hint(self, want: Filter) -> list[Block]:
        """What stands where details would, while nothing is selected."""
        if self.shown(want):
            said = "Choose a finding to see its items in the editor and to read about it here."
        elif any(want.waived or not group.state for group in self.groups):
            said = "Nothing fits the filters."
        else:
            said = f"Nothing was found; {plural(self.verdict['counts']['rules_run'], 'rule')} ran."
        return _blocks(("", [said]))

    # The other pages

    def measured(self) -> list[tuple[str, ...]]:
        """Of every rule that ran: status, title, id, number checked, worst, limit, where that is from; worst status first."""
        rows = summary.measured(self.design, {})
        idle = [r for r in self.design.rules if r.checked == 0 and r.status == "passed"]
        return [
            *(tuple(clean(r[key]) for key in ("status", "title", "id", "checked", "worst", "limit", "origin", "source"))
              for r in rows),
            *(("passed", clean(r.title), r.id, "0", "", "", "the board has nothing of the kind", "") for r in idle),
        ]  # fmt: skip

    def unchecked(self) -> list[Block]:
        """What was not judged and why, and what else limits the report: silence about it would look like a pass."""
        told = summary.coverage(self.design)
        skipped, off = (
            [f"{why or 'no reason given'}: {self._titles(ids)}" for why, ids in told[kind]] for kind in ("skipped", "off")
        )
        return _blocks(
            ("Crashed: this report is incomplete", [f"{name or 'beside the rules'}: {why}" for name, why in told["crashed"]]),
            ("Waivers that no longer hold", self.design.stale_waivers),
            ("Skipped, and why", skipped),
            ("Off", off),
            ("Notes of the reader", [f"{path}: {message}" for path, message in told["notes"]]),
            ("What the board can tell", [", ".join(told["facts"])]),
        )

    def _titles(self, ids: Sequence[str]) -> str:
        return ", ".join(f"{self.rules[name].title} ({name})" for name in ids)

    # Text to copy

    def text(self, indices: Collection[int]) -> str:
        """The findings with all their places and what mends them, as one puts it into a message; in the report's order."""
        d, wanted = self.design, set(indices)
        chosen = [d.findings[row.index] for group in self.groups for row in group.rows if row.index in wanted]
        lines = [f"{d.name}: {self.verdict['word']}, {self.counts}"]
        lines.append(f"limits: {', '.join(d.profile.get('chain', ())) or 'none'}; dfmcheck {self.report.version}")
        if len(chosen) != len(d.findings):
            lines.append(f"{len(chosen):,} of {plural(len(d.findings), 'finding')} below")
        for waived in (False, True):
            for severity in SEVERITIES:
                mine = [f for f in chosen if f.severity == severity and bool(state(f)) is waived]
                if mine:
                    lines += ["", f"{plural(len(mine), severity)}{', waived' if waived else ''}"]
                for rule, group in by_rule(mine):
                    lines += self._rule_text(rule, group)
        return "\n".join(clean(line) for line in lines) + "\n"

    def _rule_text(self, rule: str, group: Sequence[Finding]) -> Iterator[str]:
        known = self.rules.get(rule)
        yield f"  {rule}" + (f"  {known.title}" if known else "")
        for f in group:
            yield f"    - {f.message}"
            for place in f.places:
                if text := where(place, told=len(f.places) == 1, lines=False):
                    yield f"      {text}"
            if f.waived is not None:
                yield f"      waived: {f.waived}"
        if group[0].fix:
            yield f"    fix: {group[0].fix}"

    @property
    def counts(self) -> str:
        """`1 error, 51 warnings, 3 notes, 2 waived; 120 rules ran, 9 skipped, 3 off; 1 waiver no longer holds`."""
        n = self.verdict["counts"]
        found = [plural(n["errors"], "error"), plural(n["warnings"], "warning"), plural(n["notes"], "note")]
        found += [f"{n['waived']:,} waived"] if n["waived"] else []
        crashed, off = len(self.design.crashed), sum(r.status == "off" for r in self.design.rules)
        others = ((crashed, "crashed"), (n["rules_skipped"] - crashed, "skipped"), (off, "off"))
        ran = [f"{plural(n['rules_run'], 'rule')} ran", *(f"{number:,} {what}" for number, what in others if number)]
        stale = len(self.design.stale_waivers)
        ended = f"; {plural(stale, 'waiver')} no longer hold{'s' if stale == 1 else ''}" if stale else ""
        return f"{', '.join(found)}; {', '.join(ran)}{ended}"

    @property
    def idle(self) -> int:
        """How many rules judged nothing: skipped, crashed or off."""
        return len(self.design.rules) - int(self.verdict["counts"]["rules_run"])


def profile_names(
    profiles: Iterable[tuple[str, str]], chain: Sequence[str], *, saved: bool = True
) -> list[tuple[tuple[str, ...], str]]:
    """What can be chosen, each with its text: first what the project says, whose chain is given, then one profile each.

    A board that is not saved has no project, so the chain is that of none.
    """
    own = clean(" + ".join(chain)) or "none"
    return [
        ((), f"{'project' if saved else 'no project'}: {own}"),
        *(((name,), shorten(clean(f"{name}: {title}"), 80)) for name, title in profiles),
    ]


def shorten(text: str, length: int = LONG) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}…"


def _values(place: Place) -> tuple[str, str]:
    """What was measured and its limit, as texts that differ where the values do; '' for what is not known."""
    known = math.isfinite(place.measured)
    measured = show(place.measured, place.unit, apart_from=place.limit) if known and place.unit else ""
    limit = show(place.limit, place.unit, apart_from=place.measured if known else None) if place.limit is not None else ""
    return measured, limit


def _limit(param: str, used: LimitUsed) -> Iterator[str]:
    value = "" if used.value is None else show(used.value, used.unit)
    better = "" if used.prefer is None else f"better {show(used.prefer, used.unit)}"
    yield f"{param}: {', '.join(t for t in (value, better) if t)}, from {used.origin.removeprefix('rules/profiles/')}"
    if used.source:
        yield f"source: {used.source}"


def _more(number: int, what: str) -> list[str]:
    return [f"and {plural(number, f'more {what}')}"] if number > 0 else []


def _layers(place: Place | None) -> str:
    return shorten(clean(", ".join(place.layers)), 60) if place else ""


def _at(place: Place | None) -> str:
    return f"{place.x:.3f}, {place.y:.3f}" if place and math.isfinite(place.x) else ""


def _blocks(*told: tuple[str, Sequence[str]]) -> list[Block]:
    """Cleaned, each line by itself, so that there are no breaks but ours; what is empty is left out."""
    made = (Block(clean(heading), tuple(clean(line) for line in lines if line)) for heading, lines in told)
    return [block for block in made if block.lines]
