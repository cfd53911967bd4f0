"""What the command prints about rules and profiles: plain text, the effective limits as TOML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import fill, indent

from .rule import Limit, Limits, Rule, load_profile, profile_names
from .units import show
from .waive import quote

WIDTH = 100


def explain(rule: Rule, limits: Limits) -> str:
    """Everything that the catalogue says about a rule, and the limits that are in force."""
    parts = [
        f"{rule.id}: {rule.title}",
        f"{_severity(rule, limits)}, {rule.category}, tags: {', '.join(sorted(rule.tags)) or 'none'}",
    ]
    for head, text in (("Measures", rule.measure), ("Why", rule.why), ("Fix", rule.fix), ("Traps", rule.traps)):
        if text:
            parts += ["", head, _wrapped(text)]
    parts += ["", f"Limits under {' + '.join(limits.chain) or 'no profile'}"]
    mine = limits.get(rule.id, {})
    for name, param in rule.params.items():
        limit = mine.get(name)
        told = (
            f"{limit_text(limit)}  ({limit.origin})"
            if limit
            else f"{param.default} unless set"
            if param.default
            else "no limit, so not judged"
        )
        parts.append(f"  {name}: {told}")
        parts.append(f"    {param.text}")
        if limit and limit.source:
            parts.append(_wrapped(f"source: {limit.source}", "    "))
    if not rule.params:
        parts.append("  none: whatever it finds is told")
    if rule.needs:
        parts += ["", f"Needs {', '.join(sorted(rule.needs))}; skipped where the input cannot tell."]
    if rule.wants:
        parts.append(f"Better with {', '.join(sorted(rule.wants))}.")
    if rule.kicad:
        parts.append(f"KiCad's own name: {', '.join(rule.kicad)}")
    parts += [f"See {ref}" for ref in rule.refs]
    parts.append(f"Defined in {rule.origin}")
    return "\n".join(parts) + "\n"


def list_rules(rules: Mapping[str, Rule], limits: Limits) -> str:
    """One line a rule: id, severity, the limits in force, title."""
    rows = []
    for rule in rules.values():
        mine = [limits[rule.id][p.name] for p in rule.judged if rule.id in limits and p.name in limits[rule.id]]
        told = sorted({limit_text(limit) for limit in mine})
        force = "always on" if rule.always else "off" if not told else told[0] if len(told) == 1 else f"{len(mine)} limits"
        rows.append((rule.id, _severity(rule, limits), force, rule.title))
    return _columns(("rule", "severity", f"limit ({' + '.join(limits.chain)})", "title"), rows)


def list_profiles(rules: Mapping[str, Rule]) -> str:
    """One line a built-in profile: name, how many rules it limits itself, the day its source was read, title."""
    rows = []
    for name in profile_names():
        profile = load_profile(name, rules)
        stated = sum(any(not limit.off for limit in limits.values()) for limits in profile.limits.values())
        rows.append((name, str(stated), profile.read, ", ".join(profile.extends), profile.title))
    return _columns(("profile", "rules", "read", "extends", "title"), rows)


def show_profile(rules: Mapping[str, Rule], limits: Limits) -> str:
    """The limits in force as a profile that can be saved and used, with the origin of each; rules without limits as comments."""
    parts = [f"title = {quote(' + '.join(limits.chain))}", f"revision = {quote(limits.revision)}", f"read = {quote(limits.read)}"]
    if limits.severity:
        parts += ["", "[severity]", *(f"{rule} = {quote(level)}" for rule, level in sorted(limits.severity.items()))]
    for rule in rules:
        if rule in limits:
            parts += ["", f"[limits.{rule}]"]
            parts += [f"{name} = {_toml(limit)}  # {limit.origin}" for name, limit in limits[rule].items()]
    off = [rule.id for rule in rules.values() if rule.judged and not rule.always and rule.id not in limits]
    if off:
        parts += ["", "# Off, because no limit is stated for them:", *(f"#   {name}" for name in off)]
    return "\n".join(parts) + "\n"


def limit_text(limit: Limit) -> str:
    """``at least 0.13 mm, better 0.15 mm``"""
    sense = {"min": "at least ", "max": "at most "}.get(limit.sense, "")
    parts = [] if limit.value is None else [sense + _short(limit.value, limit.unit)]
    parts += [] if limit.prefer is None else [f"better {_short(limit.prefer, limit.unit)}"]
    return ", ".join(parts) or "off"


def _toml(limit: Limit) -> str:
    hard = "value" if limit.sense == "tune" else limit.sense
    pairs = [(hard, limit.value), ("prefer", limit.prefer)]
    given = [(key, f'"{_exact(value, limit.unit)}"') for key, value in pairs if value is not None]
    if len(given) == 1 and given[0][0] == hard:
        return given[0][1]
    return "{ " + ", ".join(f"{key} = {value}" for key, value in given) + " }"


def _exact(value: float, unit: str) -> str:
    """A limit as a profile states it, with all its digits."""
    return f"{round(value, 9):.10g}" + ("" if unit in ("ratio", "count") else f" {unit}")


def _short(value: float, unit: str) -> str:
    return show(value, unit, apart_from=value) if unit != "mm" else f"{round(value, 6):g} mm"


def _severity(rule: Rule, limits: Limits) -> str:
    return limits.severity.get(rule.id, rule.severity)


def _wrapped(text: str, margin: str = "  ") -> str:
    return indent(fill(" ".join(text.split()), WIDTH - len(margin), break_on_hyphens=False, break_long_words=False), margin)


def _columns(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    wide = [max(len(row[i]) for row in (head, *rows)) for i in range(len(head))]
    return "".join("  ".join(cell.ljust(wide[i]) for i, cell in enumerate(row)).rstrip() + "\n" for row in (head, *rows))
