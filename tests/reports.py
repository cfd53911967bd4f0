"""Reports that the tests of several writers share: of the small board in `docs`, and one made by hand whose texts are hostile."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import dfmcheck
from dfmcheck.report import About, DesignReport, Finding, ItemRef, LimitUsed, Place, Report, RuleResult

ROOT = Path(__file__).parents[1]
DEMO = ROOT / "docs" / "demo.kicad_pcb"

HOSTILE = (
    "<img src=x onerror=alert(1)>", "](http://evil.example)", "@everyone", "#123", "GH-7", "https://evil.example/a",
    "www.evil.example", "me@evil.example", "`code`", "a|b", "**bold**", "_em_",
    "\n::error::forged", "\r\n# head", "\x1b[31mred", "\u202ereversed",
    "\x00nul", "\udc80half", "=1+1", "+5V", "-12V", "@SUM(A1)", "\t=1+1", "a;=1+1", "100 % of :file=x,y", "<!-- -->", "&lt;b&gt;",
    "~~~", "$x$", "<https://evil.example>", "![x](y)", "]]>", "</details>", "\\", "{{ x }}",
    "mailto:me@evil.example", "\ufffe", "﹫x", "＝1", '~"label"', '%"milestone"', "!12",
)  # fmt: skip
"""Names that a stranger may give to parts and nets."""


@cache
def demo() -> Report:
    """A run on the small board; nobody may change it."""
    return dfmcheck.check(dfmcheck.read(DEMO))


def item(name: str = "U3", net: str | None = "GND", *, line: int | None = 7, uuid: str | None = None) -> ItemRef:
    return ItemRef("pad", uuid, name, "12", net, "F.Cu", 1.0, 2.0, "demo.kicad_pcb", line)


def finding(n: int = 1, *items: ItemRef, severity: str = "error", places: int = 1, message: str = "", **more: object) -> Finding:
    items = items or (item(),)
    spots = tuple(Place(10.0 + k, 20.0, ("F.Cu",), 0.118 + k / 1000, 0.13, "mm", items, "min") for k in range(places))
    told = message or f"{items[0]} has a ring of 0.118 mm; at least 0.130 mm is needed"
    return Finding("annular-ring-outer", severity, told, "Make the pad larger.", f"{n:016x}", spots, **more)  # type: ignore[arg-type]


def rule(name: str = "annular-ring-outer", status: str = "failed", **more: object) -> RuleResult:
    about = About("Width of the ring.", "The drill wanders.", "Enlarge the land.", "Half holes.", ("copper",), ("annular_width",))
    made = RuleResult(
        name, name.replace("-", " ").capitalize(), "fabrication.drill", status, "error", "mm", 812, 0.118, 0.13,
        {"min": LimitUsed(0.13, None, "rules/profiles/standard.toml:9", "mm")}, about=about,
    )  # fmt: skip
    return replace(made, **more)  # type: ignore[arg-type]


def design(*findings: Finding, **more: object) -> DesignReport:
    board = {
        "width": 50.0, "height": 40.0, "area": 2000.0, "thickness": 1.6, "copper_layers": ["F.Cu", "B.Cu"], "pads": 12, "vias": 3,
        "holes": 5, "components": {"top": 4, "bottom": 0, "smd": 3, "tht": 1, "dnp": 0}, "tracks": 20, "nets": 6,
    }  # fmt: skip
    inputs = ({"path": "demo.kicad_pcb", "kind": "kicad_pcb", "role": None, "bytes": 1, "sha256": "00" * 32},)
    rules = (
        rule(), rule("track-width", "passed"), rule("courtyard-overlap", "skipped", why_skipped="needs courtyards"),
        rule("board-size", "off", why_skipped="the profile states no limit for it"),
    )  # fmt: skip
    made = DesignReport("demo", inputs, (), {"chain": ["standard"]}, ("nets",), board, rules, tuple(findings))
    return replace(made, **more)  # type: ignore[arg-type]


def report(*designs: DesignReport, **more: object) -> Report:
    return Report(designs, "1.2.3", **more)  # type: ignore[arg-type]


def hostile() -> Report:
    """Every text that may come from a file is hostile."""
    found = [
        finding(n, item(name, name), item("R1", name), message=f"pad {name}.1 [{name}] is too near to track [{name}]")
        for n, name in enumerate(HOSTILE)
    ]
    waived = replace(finding(900, item(HOSTILE[0])), waived=HOSTILE[0] + HOSTILE[1])
    gone = [replace(finding(901 + n, message=f"gone {name}"), change="fixed") for n, name in enumerate(HOSTILE)]
    text = "; ".join(HOSTILE)
    crashed = rule("silk-gap", "skipped", why_skipped=f"the check crashed: {text}", crashed=True)
    made = design(
        *found, waived, *gone, name=text[:300].replace("\x00", ""), notes=({"path": HOSTILE[0], "line": 3, "message": text},),
        stale_waivers=(text,), rules=(*design().rules, crashed, rule("mask-gap", "skipped", why_skipped=text)), fail_on="error",
    )  # fmt: skip
    return report(made, errors=(f"bad.kicad_pcb: {text}",))
