"""The limits of a rule in every built-in profile, each with who states it and the day somebody read that; how to set one."""

from __future__ import annotations

import re
import shlex
from functools import cache

from dfmcheck.explain import limit_text
from dfmcheck.rule import Limit, Param, Profile, Rule, load_profile, load_rules, profile_names, resolve

_URL = re.compile(r"https?://[^\s<>()]*[^\s<>().,;]")


@cache
def rules() -> dict[str, Rule]:
    return load_rules()


@cache
def profiles() -> tuple[Profile, ...]:
    """`standard` first, which applies where none is chosen."""
    names = sorted(profile_names(), key=lambda name: (name != "standard", name))
    return tuple(load_profile(name, rules()) for name in names)


@cache
def _in_force() -> dict[str, dict[str, dict[str, Limit]]]:
    """By profile, rule and parameter: the limits of a run by this profile, with what it takes over from those that it extends."""
    found = {}
    for name in profile_names():
        limits = resolve([name], rules())
        found[name] = {rule: dict(mine) for rule, mine in limits.items()}
    return found


def plain(text: str) -> str:
    """Text of the catalogue as Markdown that shows it as it is; what stands in backticks is code there as well."""
    parts = re.split(r"(`[^`]*`)", " ".join(text.split()))
    return "".join(part if k % 2 else re.sub(r"([\\*_\[\]<>|$#{}~])", r"\\\1", part) for k, part in enumerate(parts))


def linked(text: str) -> str:
    """The same, with addresses that can be followed."""
    out, at = "", 0
    for found in _URL.finditer(text):
        out += plain(text[at : found.start()]) and f"{plain(text[at : found.start()])} "
        out += f"<{found[0]}>"
        at = found.end()
    return out + plain(text[at:])


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> list[str]:
    lines = [head, ("---",) * len(head), *rows]
    return ["", *(f"| {' | '.join(cells)} |" for cells in lines), ""]


def _source(profile: Profile, limit: Limit) -> str:
    """Who states a limit, with the address where one is known."""
    text = limit.source or profile.source
    found = _URL.search(text)
    said = _URL.sub("", text).strip(" ,;") or text
    address = found[0] if found else profile.address if text == profile.source else ""
    return f"{said}, {address}" if address else said


def source(profile: Profile) -> str:
    """What a profile was taken from, with a link where there is one."""
    return f"[{plain(profile.source)}]({profile.address})" if profile.address else linked(profile.source)


def limits(rule: Rule) -> list[str]:
    """What every built-in profile asks of a rule: a row for each that states a limit, the names of those that state none."""
    stating = {f"rules/profiles/{p.path.name}": p for p in profiles()}
    rows: list[tuple[str, ...]] = []
    sources: dict[str, int] = {}
    for profile in profiles():
        mine = _in_force()[profile.name].get(rule.id, {})
        told: list[str] = []
        days: set[str] = set()
        for name, limit in mine.items():
            by = stating[limit.origin.rpartition(":")[0]]
            number = sources.setdefault(_source(by, limit), len(sources) + 1)
            note = f" ({plain(limit.note)})" if limit.note else ""
            told.append(f"`{name}` {plain(limit_text(limit))}{note} [\\[{number}\\]](#sources)")
            days.add(by.read)
        if told:
            rows.append((f"`{profile.name}`", "<br>".join(told), ", ".join(f"[{day}]{{.day}}" for day in sorted(days))))
    if not rows:
        always = "The rule needs no limit: whatever is found is told, under every profile."
        return ["", "No built-in profile states one; set your own as below." if rule.judged else always]
    out = table(("profile", "limit, and who states it", "read on"), rows)
    if others := len(profiles()) - len(rows):
        out += [f"The other {others} [built-in profiles](../profiles.md#built-in-profiles) state none: with one of them alone"]
        out += [f"the rule is {'judged by what needs no limit' if rule.always else 'off'}."]
    return [*out, "", "### Sources", "", *(f"{number}. {linked(text)}" for text, number in sources.items())]


def setting(rule: Rule) -> list[str]:
    """How to set a limit of the rule, for a run and for good, with a number that somebody does ask for."""
    known = [(p, value) for p in rule.params.values() if (value := _example(rule, p))]
    out = []
    if known:
        param, value = next((pair for pair in known if not pair[1].startswith("0 ") and pair[1] != "0"), known[0])
        design = "handoff.zip" if rule.category == "package" else "board.kicad_pcb"
        given = f"{rule.id}.{param.name}={value if '/' in value else value.replace(' ', '')}"
        out += [
            "For one run:", "", "```sh", f"dfmcheck {design} --set {shlex.quote(given)}", "```", "",
            "For good, in [the config file](../profiles.md#the-config-file) or "
            "[a profile of your own](../profiles.md#a-profile-of-your-own):",
            "", "```toml", f"[limits.{rule.id}]", f'{param.name} = "{value}"', "```",
        ]  # fmt: skip
    if not rule.always:
        out += ["", 'The limit `"off"` takes it away; a rule that has none is off, and reports say so.']
    elif rule.judged:
        out += ["", "The rule runs under every profile; the limits above add to what it finds without one."]
    return [*out, "", f"`--ignore {rule.id}` leaves the rule out; `[severity]` in the config file changes how grave it is."]


def _example(rule: Rule, param: Param) -> str:
    """A value for a parameter: that of `standard`, else of the first profile that has one, else what holds where none is set."""
    for name in ("standard", *profile_names()):
        limit = _in_force()[name].get(rule.id, {}).get(param.name)
        if limit is not None:
            value = limit.prefer if limit.value is None else limit.value
            return f"{round(value or 0.0, 9):.10g}" + ("" if limit.unit in ("ratio", "count") else f" {limit.unit}")
    return param.default or ""
