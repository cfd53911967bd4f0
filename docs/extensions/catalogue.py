"""Pages and tables made of the catalogue when the documentation is built: `rules/*.toml` is the only place where rules are told.

A page a rule is written to `docs/rules/ID.md`, which git does not keep. The directives `rule-table` and `profile-table` list
all rules and all profiles.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from dfmcheck.explain import limit_text
from dfmcheck.rule import Param, Profile, Rule, load_profile, load_rules, profile_names

if TYPE_CHECKING:
    from sphinx.application import Sphinx

AREAS = {
    "fabrication.copper": "Copper", "fabrication.drill": "Holes and drilling", "fabrication.outline": "Outline and panel",
    "fabrication.mask": "Solder mask", "fabrication.paste": "Stencil", "fabrication.silk": "Legend",
    "assembly.placement": "Placing", "assembly.spacing": "Room around parts", "assembly.density": "Density",
    "assembly.soldering": "Soldering", "assembly.mixed-technology": "Mixed technology", "test": "Test",
    "package": "The package as such",
}  # fmt: skip
SENSE = {"min": "at least", "max": "at most", "tune": "setting"}


@cache
def rules() -> dict[str, Rule]:
    return load_rules()


@cache
def profiles() -> tuple[Profile, ...]:
    return tuple(load_profile(name, rules()) for name in profile_names())


def plain(text: str) -> str:
    """Text of the catalogue as Markdown that shows it as it is; what stands in backticks is code there as well."""
    parts = re.split(r"(`[^`]*`)", " ".join(text.split()))
    return "".join(part if k % 2 else re.sub(r"([\\*_\[\]<>|$#{}~])", r"\\\1", part) for k, part in enumerate(parts))


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> list[str]:
    lines = [head, ("---",) * len(head), *rows]
    return ["", *(f"| {' | '.join(cells)} |" for cells in lines), ""]


def page(rule: Rule) -> str:
    """All that the catalogue and the profiles say about a rule."""
    told = ["---", "orphan: true", "---", f"# {plain(rule.title)}", "", f"`{rule.id}`: {rule.severity}, {rule.category}"]
    for head, text in (("Measures", rule.measure), ("Why", rule.why), ("Fix", rule.fix), ("Traps", rule.traps)):
        if text:
            told += ["", f"**{head}.** {plain(text)}"]
    told += ["", "## Parameters", ""]
    if rule.params:
        told += table(("parameter", "limit", "unit", "what it applies to"), [parameter(p) for p in rule.params.values()])
    if rule.always:
        told += ["", "There is no limit to set: whatever is found is told, under every profile."]
    else:
        told += ["", f"`--set {rule.id}.PARAMETER=VALUE` sets one for a run; a rule without a limit is off."]
    told += ["", "## Needs", ""]
    needs = ", ".join(sorted(rule.needs))
    told += [f"Skipped where the input cannot tell: {needs}." if needs else "Nothing: it always runs."]
    if rule.wants:
        told += [f"Better with: {', '.join(sorted(rule.wants))}."]
    if rule.tags:
        told += ["", f"Tags, for `--select` and `--ignore`: {', '.join(f'`{tag}`' for tag in sorted(rule.tags))}."]
    if rule.kicad:
        told += ["", f"What KiCad calls it: {', '.join(f'`{name}`' for name in rule.kicad)}."]
    told += limits(rule)
    if rule.refs:
        told += ["", "## References", "", *(f"- {plain(ref)}" for ref in rule.refs)]
    return "\n".join([*told, "", f"Defined in `{rule.origin}`.", ""])


def parameter(param: Param) -> tuple[str, ...]:
    sense = SENSE[param.sense] + (f", {param.default} unless set" if param.default else "")
    return f"`{param.name}`", sense, param.unit, plain(param.text)


def limits(rule: Rule) -> list[str]:
    """Which built-in profiles state a limit of the rule themselves, and which."""
    rows = []
    for profile in profiles():
        stated = {name: limit for name, limit in profile.limits.get(rule.id, {}).items() if not limit.off}
        if stated:
            text = "; ".join(f"`{name}` {plain(limit_text(limit))}" for name, limit in stated.items())
            rows.append((f"`{profile.name}`", text, profile.read))
    head = ["", "## Limits in the built-in profiles", ""]
    return [*head, *table(("profile", "limits", "source read"), rows)] if rows else [*head, "None states a limit of this rule."]


class RuleTable(SphinxDirective):
    """All rules, by area."""

    def run(self) -> list[nodes.Node]:
        told: list[str] = []
        for category, title in AREAS.items():
            mine = [rule for rule in rules().values() if rule.category == category]
            cells = [(f"[`{r.id}`](rules/{r.id}.md)", plain(r.title), r.severity) for r in mine]
            told += ["", f"## {title}", *table(("rule", "judges", "severity"), cells)]
        return self.parse_text_to_nodes("\n".join(told), allow_section_headings=True)


class ProfileTable(SphinxDirective):
    """All built-in profiles."""

    def run(self) -> list[nodes.Node]:
        cells = []
        for profile in profiles():
            stated = sum(any(not limit.off for limit in limits.values()) for limits in profile.limits.values())
            cells.append((f"`{profile.name}`", plain(profile.title), str(stated), plain(profile.source), profile.read))
        return self.parse_text_to_nodes("\n".join(table(("profile", "title", "rules", "source", "read"), cells)))


def write_pages(app: Sphinx) -> None:
    """A page a rule; one that has not changed is left alone, so that it is not built again."""
    unknown = {rule.category for rule in rules().values()} - set(AREAS)
    if unknown:
        raise ValueError(f"no heading for the rules of {', '.join(sorted(unknown))}")
    folder = Path(app.srcdir) / "rules"
    folder.mkdir(exist_ok=True)
    for old in folder.glob("*.md"):
        if old.stem not in rules():
            old.unlink()
    for rule in rules().values():
        path, text = folder / f"{rule.id}.md", page(rule)
        if not path.exists() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8", newline="\n")


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("rule-table", RuleTable)
    app.add_directive("profile-table", ProfileTable)
    app.connect("builder-inited", write_pages)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
