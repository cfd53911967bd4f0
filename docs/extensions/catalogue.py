"""Pages and tables made of the catalogue when the documentation is built: `rules/*.toml` is the only place where rules are told.

A page a rule is written to `docs/rules/ID.md`, which git does not keep. The directives `rule-table` and `profile-table` list
all rules and all profiles.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from docutils import nodes
from limits import limits, linked, plain, profiles, rules, setting, source, table
from pictures import Picture, picture
from sphinx.util.docutils import SphinxDirective

from dfmcheck.rule import Param, Rule

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


def page(rule: Rule, drawn: Picture | None) -> str:
    """All that the catalogue and the profiles say about a rule."""
    told = ["---", "orphan: true", "---", f"# {plain(rule.title)}", ""]
    told += [f"`{rule.id}`: {rule.severity}, {AREAS[rule.category]}. [All rules](../rules.md)"]
    told += ["", f"**Measures.** {plain(rule.measure)}", *figure(rule, drawn)]
    for head, text in (("Why", rule.why), ("Fix", rule.fix), ("Traps", rule.traps)):
        if text:
            told += ["", f"**{head}.** {plain(text)}"]
    if rule.kicad:
        told += ["", f"**In KiCad's own DRC** this is {' or '.join(f'`{name}`' for name in rule.kicad)}: a violation of that"]
        told += ["name which was excluded there [is excused here too](../waivers.md#exclusions-made-in-kicad)."]
    told += ["", "## Parameters", ""]
    if rule.params:
        told += table(("parameter", "limit", "unit", "what it applies to"), [parameter(p) for p in rule.params.values()])
    else:
        told += ["It has none."]
    told += ["", "## Limits in the built-in profiles", *limits(rule)]
    told += ["", "## How to set it", "", *setting(rule), "", "## Needs", ""]
    needs = ", ".join(sorted(rule.needs))
    told += [f"Skipped, and told as such, where the input cannot tell: {needs}." if needs else "Nothing: it always runs."]
    if rule.wants:
        told += [f"Better with: {', '.join(sorted(rule.wants))}."]
    if rule.tags:
        told += ["", f"Tags, for `--select` and `--ignore`: {', '.join(f'`{tag}`' for tag in sorted(rule.tags))}."]
    if rule.refs:
        told += ["", "## References", "", *(f"- {linked(ref)}" for ref in rule.refs)]
    return "\n".join([*told, "", f"Defined in `{rule.origin}`.", ""])


def figure(rule: Rule, drawn: Picture | None) -> list[str]:
    """The picture of the rule, or why there is none."""
    if drawn is None:
        return ["", "There is no picture: the rule judges files of a package, not places on a board."]
    return [
        "", f"```{{figure}} {rule.id}.svg", f":alt: {drawn.text}", "",
        f"A finding on `{drawn.board}`, the board that tests this rule: {plain(drawn.text)}.", "```",
    ]  # fmt: skip


def parameter(param: Param) -> tuple[str, ...]:
    sense = SENSE[param.sense] + (f", {param.default} unless set" if param.default else "")
    return f"`{param.name}`", sense, param.unit, plain(param.text)


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
            cells.append((f"`{profile.name}`", plain(profile.title), str(stated), source(profile), f"[{profile.read}]{{.day}}"))
        return self.parse_text_to_nodes("\n".join(table(("profile", "title", "rules", "source", "read"), cells)))


def write_pages(app: Sphinx) -> None:
    """A page a rule; one that has not changed is left alone, so that it is not built again."""
    unknown = {rule.category for rule in rules().values()} - set(AREAS)
    if unknown:
        raise ValueError(f"no heading for the rules of {', '.join(sorted(unknown))}")
    folder = Path(app.srcdir) / "rules"
    folder.mkdir(exist_ok=True)
    wanted = {}
    for rule in rules().values():
        drawn = picture(rule, rules())
        wanted[f"{rule.id}.md"] = page(rule, drawn)
        if drawn is not None:
            wanted[f"{rule.id}.svg"] = drawn.svg
    for old in folder.iterdir():
        if old.name not in wanted:
            old.unlink()
    for name, text in wanted.items():
        path = folder / name
        if not path.exists() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8", newline="\n")


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("rule-table", RuleTable)
    app.add_directive("profile-table", ProfileTable)
    app.connect("builder-inited", write_pages)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
