"""The report as people and programs see it: the text and the JSON writer, on a report made by hand."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace

import pytest

from dfmcheck.readback import from_dict
from dfmcheck.report import DesignReport, Finding, ItemRef, LimitUsed, Place, Report, RuleResult
from dfmcheck.write.json import to_json
from dfmcheck.write.phrases import clean
from dfmcheck.write.text import write_text


def item(net: str = "GND", line: int = 7) -> ItemRef:
    return ItemRef("via", "0a1b", None, None, net, "F.Cu", 1.0, 2.0, "demo.kicad_pcb", line)


def finding(
    n: int = 1, *, severity: str = "error", places: int = 1, message: str = "the ring of via [GND] is 0.118 mm", **more: object
) -> Finding:
    spots = tuple(
        Place(10.0 + i, 20.0, ("F.Cu",), 0.118 + i / 1000, 0.13, "mm", (item(line=7 + i),), "min") for i in range(places)
    )
    return Finding("annular-ring-outer", severity, message, "Make the pad larger.", f"f{n:04d}", spots, **more)  # type: ignore[arg-type]


def design(*findings: Finding, **more: object) -> DesignReport:
    limit = LimitUsed(0.13, None, "rules/profiles/standard.toml:9", "mm")
    rules = (
        RuleResult(
            "annular-ring-outer",
            "Annular ring, outer layers",
            "fabrication.drill",
            "failed",
            "error",
            "mm",
            812,
            0.118,
            0.13,
            {"min": limit},
        ),
        RuleResult("track-width", "Track width", "fabrication.copper", "passed", "error", "mm", 4001, 0.2, 0.127, {"min": limit}),
        RuleResult(
            "courtyard-overlap",
            "Courtyards",
            "assembly",
            "skipped",
            "error",
            "mm",
            why_skipped="needs courtyards; this input has none",
        ),
        RuleResult(
            "board-size", "Board size", "fabrication", "off", "error", "mm", why_skipped="the profile states no limit for it"
        ),
    )
    board = {
        "width": 50.0, "height": 40.0, "area": 2000.0, "thickness": 1.6, "copper_layers": ["F.Cu", "B.Cu"], "pads": 12, "vias": 3,
        "holes": 5, "components": {"top": 4, "bottom": 0, "smd": 3, "tht": 1, "dnp": 0}, "tracks": 20, "nets": 6,
    }  # fmt: skip
    inputs = ({"path": "demo.kicad_pcb", "kind": "kicad_pcb", "role": None, "bytes": 1, "sha256": "00"},)
    profile = {"chain": ["standard"], "revision": "1", "read": "2026-11-22"}
    made = DesignReport("demo", inputs, (), profile, ("nets",), board, rules, tuple(findings))
    return replace(made, **more)  # type: ignore[arg-type]


def text(report: Report | DesignReport, **how: object) -> str:
    out = io.StringIO()
    write_text(report if isinstance(report, Report) else Report((report,), "0"), out, **how)  # type: ignore[arg-type]
    return out.getvalue()


def test_a_finding_tells_rule_message_place_file_line_and_fix() -> None:
    told = text(design(finding()))
    for part in ("1 error\n", "annular-ring-outer  Annular ring, outer layers", "the ring of via [GND] is 0.118 mm",
                 "fix: Make the pad larger.",
                 "at 10.000, 20.000 on F.Cu, demo.kicad_pcb:7"):  # fmt: skip
        assert part in told
    assert told.splitlines()[-1] == "demo: FAIL  1 error, 0 warnings, 0 notes, 2 rules ran, 1 skipped, 1 off"


def test_the_table_sets_the_worst_value_beside_its_limit_and_origin() -> None:
    rows = [re.split(r" {2,}", line) for line in text(design()).splitlines()]
    assert ["failed", "annular-ring-outer", "812", "0.118 mm", "0.130 mm", "standard:9"] in rows
    assert ["passed", "track-width", "4,001", "0.200 mm", "0.127 mm", "standard:9"] in rows


def test_rules_that_found_nothing_to_look_at_do_not_look_like_measured_ones() -> None:
    idle = [replace(design().rules[1], id=name, checked=0, worst=None, worst_limit=None) for name in ("a", "b")]
    told = text(design(rules=(*idle, design().rules[1])))
    assert "passed (the board has nothing of the kind): a, b\n" in told
    assert len([line for line in told.splitlines() if line.startswith("passed ")]) == 2
    assert "3 rules ran" in told


def test_rules_that_judged_nothing_are_listed_with_their_reason() -> None:
    told = text(design())
    assert "skipped (needs courtyards; this input has none): courtyard-overlap" in told
    assert "off (the profile states no limit for it): board-size" in told


def test_what_is_left_out_is_counted_and_verbose_shows_it() -> None:
    many = design(*(finding(n, places=3) for n in range(25)))
    short, piped, full = text(many, wrap=80), text(many), text(many, verbose=True)
    assert short.count("- the ring") == 20
    assert "and 5 more annular-ring-outer findings (-v shows all)" in short
    assert piped.count("- the ring") == 25
    assert piped.count("and 2 more places (-v lists them)") == 25
    assert full.count("on F.Cu, 0.1") == 75
    assert "more" not in full


def test_what_is_inherent_to_equal_parts_is_told_once_with_all_of_them() -> None:
    def inherent(ref: str, n: int) -> Finding:
        told = f"{ref}: 2 places; worst: hole {ref} and pad {ref}.1 [N{n}] are 0.282 mm apart"
        part = replace(item(net=f"N{n}"), component=ref)
        return replace(finding(n, message=told, inherent=True), places=(replace(finding().places[0], items=(part, part)),))

    parts = design(inherent("SW1", 1), inherent("SW17", 2), inherent("SW2", 3), finding(4))
    told = text(parts)
    assert "4 errors" in told
    assert "- SW1: 2 places; worst: hole SW1 and pad SW1.1 [N1] are 0.282 mm apart [inherent to the part]\n" in told
    assert "the same in 2 more parts: SW17, SW2\n" in told
    assert told.count("0.282 mm apart") == 1
    assert text(parts, verbose=True).count("0.282 mm apart") == 3
    apart = replace(inherent("SW3", 5), message="SW3: 2 places; worst: hole SW3 and pad SW3.1 [N5] are 0.281 mm apart")
    assert "the same" not in text(design(inherent("SW1", 1), apart))


def test_a_long_path_is_told_once_on_a_terminal() -> None:
    path = "a/very/long/way/to/the/board/demo.kicad_pcb"
    spot = replace(finding().places[0], items=(replace(item(), file=path),))
    far = design(replace(finding(), places=(spot,)), inputs=({"path": path},))
    assert text(far, wrap=80).count(path) == 1
    assert "on F.Cu, demo.kicad_pcb:7" in text(far, wrap=80)
    assert f"on F.Cu, {path}:7" in text(far)


def test_a_terminal_of_80_columns_is_kept_to() -> None:
    long = finding(message="the ring of " + "via [A/VERY/LONG/NET/NAME] and " * 6 + "more")
    told = text(design(long), wrap=80)
    assert max(map(len, told.splitlines())) <= 80
    assert "[A/VERY/LONG/NET/NAME]" in told


def test_piped_text_has_no_escapes_no_trailing_blanks_and_no_box() -> None:
    told = text(design(finding(), finding(2, severity="warning")))
    assert "\x1b" not in told
    assert all(line == line.rstrip() for line in told.splitlines())
    assert told.isascii()


def test_colour_is_only_colour() -> None:
    told = text(design(finding()), color=True)
    assert "\x1b[" in told
    assert re.sub(r"\x1b\[[0-9;]*m", "", told) == text(design(finding()))


@pytest.mark.parametrize("color", [False, True])
def test_hostile_board_text_cannot_steer_the_terminal(color: bool) -> None:
    nasty = "\x1b]0;owned\x07\x1b[2J\r\n[bold red]markup[/] \u202e \x9b31m :boom: \ud800"
    bad = design(finding(message=nasty), name=nasty, notes=({"path": nasty, "line": 1, "message": nasty},))
    told = text(bad, color=color, verbose=True)
    rest = re.sub(r"\x1b\[[0-9;]*m", "", told)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\ud800]", rest)
    assert rest.count("[bold red]markup[/]") >= 3
    assert ":boom:" in rest
    if not color:
        assert "\x1b" not in told


def test_clean_keeps_what_is_printable() -> None:
    assert clean("R1 100 kΩ µ é 基板") == "R1 100 kΩ µ é 基板"
    assert clean("a\tb\u00a0c\x1bd") == "a b c\\x1bd"


def test_a_value_never_looks_equal_to_its_limit() -> None:
    close = replace(design().rules[0], worst=0.1297, worst_limit=0.13)
    assert "0.1297 mm  0.1300 mm" in text(design(rules=(close,)))


def test_a_breach_of_the_preferred_value_only_is_set_beside_that() -> None:
    limit = LimitUsed(0.13, 0.2, "rules/profiles/standard.toml:9", "mm")
    soft = replace(design().rules[0], status="warned", worst=0.15, worst_limit=0.13, limits={"min": limit})
    assert "0.150 mm  better 0.200 mm  standard:9" in text(design(rules=(soft,)))
    assert "0.120 mm  0.130 mm  standard:9" in text(design(rules=(replace(soft, status="failed", worst=0.12),)))
    assert "0.250 mm  0.130 mm  standard:9" in text(design(rules=(replace(soft, status="passed", worst=0.25),)))


def test_waived_stale_unchanged_and_fixed_are_told_apart() -> None:
    told = text(
        design(finding(1, waived="agreed"), finding(2, change="unchanged"), finding(3, change="fixed"), finding(4, change="new"),
               stale_waivers=("cfg.toml:3: waiver for x: it matches nothing",)),
        verbose=True,
    )  # fmt: skip
    assert "reason: agreed" in told
    assert "1 stale waiver\n  - cfg.toml:3: waiver for x: it matches nothing" in told
    assert told.count("- the ring of via") == 1
    assert "[new]" in told
    assert "1 unchanged" in told
    assert "1 fixed" in told


def test_a_crashed_check_makes_the_report_incomplete_and_failed() -> None:
    crashed = replace(design().rules[1], status="skipped", crashed=True, why_skipped="the check crashed: ValueError: x")
    report = Report((design(rules=(crashed,)),), "0", fail_on="never")
    assert "crashed track-width: the check crashed: ValueError: x" in text(report)
    assert "1 crashed, so this report is incomplete" in text(report)
    assert report.to_dict()["designs"][0]["verdict"] == "fail"


def test_quiet_is_the_closing_line() -> None:
    assert text(design(finding()), quiet=True).count("\n") == 1


def test_json_round_trip_and_determinism() -> None:
    report = Report((design(finding(places=2, waived="ok"), finding(2, change="new")),), "0.1.0")
    told = to_json(report)
    assert told == to_json(report)
    assert to_json(from_dict(json.loads(told))) == told
    assert told.endswith("}\n")


def test_json_is_as_the_contract_says() -> None:
    data = json.loads(to_json(Report((design(finding()),), "0.1.0")))
    assert data["schema"] == "dfmcheck-report/1"
    assert data["tool"] == {"name": "dfmcheck", "version": "0.1.0"}
    told = data["designs"][0]
    assert set(told) >= {"name", "inputs", "notes", "profile", "facts", "board", "rules", "findings", "summary", "verdict"}
    assert told["summary"] == {"errors": 1, "warnings": 0, "notes": 0, "waived": 0, "rules_run": 2, "rules_skipped": 1}
    assert told["verdict"] == "fail"
    rule, found = told["rules"][0], told["findings"][0]
    assert set(rule) >= {
        "id",
        "title",
        "category",
        "status",
        "severity",
        "checked",
        "worst",
        "unit",
        "limits",
        "why_skipped",
        "seconds",
    }
    assert rule["limits"]["min"]["origin"] == "rules/profiles/standard.toml:9"
    assert rule["seconds"] is None
    assert set(found) >= {
        "rule",
        "severity",
        "message",
        "fix",
        "fingerprint",
        "count",
        "inherent",
        "inferred",
        "waived",
        "change",
        "places",
    }
    assert set(found["places"][0]) >= {"x", "y", "layers", "measured", "limit", "unit", "items"}
    assert set(found["places"][0]["items"][0]) == {"kind", "uuid", "component", "pad", "net", "layer", "x", "y", "file", "line"}


def test_json_takes_lone_surrogates_and_non_numbers() -> None:
    odd = finding(message="net \ud800")
    odd = replace(odd, places=(replace(odd.places[0], measured=float("nan")),))
    data = json.loads(to_json(Report((design(odd),), "0")).encode("utf-8"))
    assert data["designs"][0]["findings"][0]["places"][0]["measured"] is None


@pytest.mark.parametrize(
    ("fail_on", "severity", "fails"),
    [("error", "error", True), ("error", "warning", False), ("warning", "warning", True), ("warning", "note", False),
     ("note", "note", True), ("never", "error", False)],
)  # fmt: skip
def test_fail_on(fail_on: str, severity: str, fails: bool) -> None:
    assert Report((design(finding(severity=severity)),), "0", fail_on=fail_on).failed() is fails


def test_waived_unchanged_and_fixed_findings_do_not_fail() -> None:
    quiet = design(finding(1, waived="ok"), finding(2, change="unchanged"), finding(3, change="fixed"))
    assert not Report((quiet,), "0", fail_on="note").failed()
    assert Report((design(finding(1, change="new")),), "0").failed()


def test_strict_fails_on_skipped_rules_notes_and_stale_waivers() -> None:
    clean_rules = tuple(r for r in design().rules if r.status == "passed")
    calm = design(rules=clean_rules)
    assert not Report((calm,), "0", strict=True).failed()
    for worse in (
        design(),
        replace(calm, stale_waivers=("x",)),
        replace(calm, notes=({"path": "a", "line": 1, "message": "m"},)),
    ):
        assert Report((worse,), "0", strict=True).failed()
        assert not Report((worse,), "0").failed()
