"""What the plugin's window lists: it agrees with the report, under every filter, and whatever a board's texts hold."""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import replace
from functools import cache
from itertools import product

import pytest
from editor import demo as kicads
from reports import HOSTILE, demo, design, finding, hostile, item, report, rule

import dfmcheck
from dfmcheck.plugin.listing import LONG, TOLD, Filter, Listing, profile_names, shorten
from dfmcheck.report import SEVERITIES, LimitUsed, Place, Report
from dfmcheck.write import html
from dfmcheck.write.phrases import clean

ALL = Filter(waived=True)


@cache
def real(name: str) -> Report:
    """A run on one of KiCad's demos, or on the board in `docs`; some of its findings are waived."""
    if name == "docs":
        run = demo()
    else:
        run = dfmcheck.check(dfmcheck.read(kicads(name)))
    d = run.designs[0]
    findings = tuple(replace(f, waived="looked at" if n % 4 == 3 else None) for n, f in enumerate(d.findings))
    return replace(run, designs=(replace(d, findings=findings, design=None),))


BOARDS = ("docs", pytest.param("pic_programmer", marks=pytest.mark.kicad))


def listed(listing: Listing, want: Filter) -> list[int]:
    return [row.index for _, rows in listing.shown(want) for row in rows]


@pytest.mark.parametrize("name", BOARDS)
def test_the_counts_are_those_of_the_report(name):
    listing = Listing(real(name))
    d = listing.design
    counts = d.counts()
    assert counts["waived"]
    assert counts["errors"] + counts["warnings"]
    assert listing.severities(Filter()) == {s: counts[f"{s}s"] for s in SEVERITIES}
    assert Counter(listed(listing, ALL)) == Counter(range(len(d.findings)))  # each once
    assert listing.verdict["word"] == ("FAIL" if listing.report.fails(d) else "PASS")
    off = sum(r.status == "off" for r in d.rules)
    for n, what in (
        (counts["waived"], "waived"), (counts["rules_run"], "rules ran"), (counts["rules_skipped"], "skipped"), (off, "off"),
    ):  # fmt: skip
        assert (f" {n} {what}" in listing.counts) == bool(n)
    assert listing.idle == counts["rules_skipped"] + off


def test_what_was_not_judged_is_counted_as_the_command_does():
    rules = (rule(), rule("a", "skipped", why_skipped="x"), rule("b", "skipped", why_skipped="x", crashed=True), rule("c", "off"))
    listing = Listing(report(design(rules=rules)))
    assert listing.counts == "0 errors, 0 warnings, 0 notes; 1 rule ran, 1 crashed, 1 skipped, 1 off"
    assert listing.idle == 3
    assert Listing(report(design(rules=(rule(),)))).counts.endswith("; 1 rule ran")
    for number, said in ((1, "; 1 waiver no longer holds"), (2, "; 2 waivers no longer hold")):
        listing = Listing(report(design(rules=rules, stale_waivers=("it covers nothing",) * number)))
        assert listing.counts.endswith(said)
        assert [block.heading for block in listing.unchecked()][1] == "Waivers that no longer hold"  # before all that is off


@pytest.mark.parametrize("name", BOARDS)
def test_the_order_and_the_groups_are_those_of_the_page(name):
    listing = Listing(real(name))
    page = html.to_html(listing.report)
    rows = [int(n) for n in re.findall(r'<tr[^>]* data-i="(\d+)"', page)]
    assert listed(listing, ALL) == rows
    assert len(rows) == len(listing.design.findings)


@pytest.mark.parametrize("name", BOARDS)
def test_filters_hold_together(name):
    listing = Listing(real(name))
    d = listing.design
    rules = {r.id: r for r in d.rules}
    texts = ("", "cu", "F.Cu pad", "no such words")
    found = 0
    for severities, category, name_, text, waived in product(
        ({"error"}, {"warning", "note"}, set(SEVERITIES), set()),
        ("", *listing.categories),
        ("", *[name for name, _ in listing.rules_found][:6]),
        texts,
        (False, True),
    ):
        got = listed(listing, Filter(frozenset(severities), category, name_, text, waived))
        want = {
            n
            for n, f in enumerate(d.findings)
            if f.severity in severities
            and (not category or rules[f.rule].category == category or rules[f.rule].category.split(".")[0] == category)
            and (not name_ or f.rule == name_)
            and (waived or f.waived is None)
        }
        if not text:
            assert set(got) == want
            found += len(got)
        else:
            assert set(got) <= want
            assert set(got) == {n for n in want if n in set(listed(listing, Filter(text=text, waived=True)))}
    assert found
    assert listed(listing, Filter(frozenset())) == []
    assert listed(listing, Filter(text="no such words")) == []


def test_search_looks_through_what_is_told_of_a_finding():
    near = Place(3.25, 4.5, ("In2.Cu",), 0.07, 0.13, "mm", (item("J77", "VBUS"),), "min", "in a corner")
    two = replace(finding(1, item("U3"), places=2, message="a ring is thin"), waived=None)
    two = replace(two, places=(*two.places, near))
    listing = Listing(report(design(two, finding(2, item("C9", "SDA")))))
    for words in ("J77", "j77 vbus", "In2.Cu", "3.250", "in a corner", "0.070 mm", "thin ring", two.fingerprint,
                  "annular-ring-outer", "Annular ring"):  # fmt: skip
        assert 0 in listed(listing, Filter(text=words)), words
    assert listed(listing, Filter(text="SDA")) == [1]
    assert listed(listing, Filter(text="J77 SDA")) == []  # all words must occur


def test_severities_are_counted_whatever_severities_are_wanted():
    found = [finding(n, severity=severity) for n, severity in enumerate(("error", "warning", "warning", "note"))]
    listing = Listing(report(design(*found)))
    want = Filter(frozenset({"note"}), text="ring")
    assert listing.severities(want) == {"error": 1, "warning": 2, "note": 1}
    assert listed(listing, want) == [3]
    assert want.active
    assert not Filter(waived=True).active


def test_a_group_tells_how_much_of_it_is_shown():
    listing = Listing(report(design(finding(1, item("U3")), finding(2, item("C9")), replace(finding(3), waived="as agreed"))))
    [shown] = listing.shown(Filter(text="C9"))
    assert listing.group_cells(shown).text == "Error: Annular ring outer (1 of 2)"
    [live, waived] = listing.shown(ALL)
    assert listing.group_cells(live).text == "Error: Annular ring outer (2)"
    assert listing.group_cells(waived).text == "Error, waived: Annular ring outer (1)"
    assert "waived: as agreed" in listing.row_cells(waived.rows[0]).text


def test_a_line_tells_value_limit_layer_and_place():
    listing = Listing(report(design(finding(1, places=3), finding(2))))
    [(_, rows)] = listing.shown(Filter())
    assert listing.row_cells(rows[0])[1:] == ("0.118 mm", "0.130 mm", "F.Cu", "10.000, 20.000")
    assert listing.places(0) == 3
    assert listing.place_cells(0, 2) == ("pad U3.12 [GND]", "0.120 mm", "0.130 mm", "F.Cu", "12.000, 20.000")
    assert listing.places(1) == 0  # its own line tells the only one


def test_values_that_are_not_known_are_not_told():
    nowhere = Place(math.nan, math.nan, (), math.nan, None, "", (), "", "", "a.gbr", 7)
    listing = Listing(report(design(replace(finding(1, places=2), places=(nowhere, nowhere)))))
    assert listing.place_cells(0, 0) == ("a.gbr:7", "", "", "", "")
    assert listing.uuids(0) == ()
    assert all("nan" not in line for block in listing.details(0) for line in block.lines)


def test_items_to_select_are_those_of_all_places_or_of_one():
    found = finding(1, places=3)
    places = [replace(p, items=(item(uuid="u0"), item(uuid=f"u{n + 1}"), item(uuid=None))) for n, p in enumerate(found.places)]
    listing = Listing(report(design(replace(found, places=tuple(places)))))
    assert listing.uuids(0) == ("u0", "u1", "u2", "u3")
    assert listing.uuids(0, 1) == ("u0", "u2")


def test_details_tell_the_limit_where_it_is_from_why_and_what_mends_it():
    limits = {"min": LimitUsed(0.13, 0.15, "rules/profiles/standard.toml:9", "mm", "JLCPCB 0.13 mm")}
    listing = Listing(report(design(finding(1, places=2, inferred=True), rules=(rule(limits=limits),))))
    told = {block.heading: block.lines for block in listing.details(0)}
    assert told[""] == (listing.design.findings[0].message,)
    assert told["Measured"] == ("0.118 mm, limit 0.130 mm, place 1 of 2, the worst",)
    assert told["Limit"] == ("min: 0.130 mm, better 0.150 mm, from standard.toml:9", "source: JLCPCB 0.13 mm")
    assert told["Where"] == ("at 10.000, 20.000 on F.Cu",)
    assert told["Items"] == ("pad U3.12 [GND] on F.Cu",)
    assert told["Other places"] == ("at 11.000, 20.000 on F.Cu, 0.119 mm, pad U3.12 [GND]",)
    assert told["How to fix it"] == ("Make the pad larger.",)
    assert told["Why it matters"] == ("The drill wanders.",)
    assert told["What is measured"] == ("Width of the ring.",)
    assert told["Rule"][0] == "annular-ring-outer, fabrication.drill"
    assert "inferred" in told["Rule"][1]
    second = {block.heading: block.lines for block in listing.details(0, 1)}
    assert second["Measured"] == ("0.119 mm, limit 0.130 mm, place 2 of 2",)
    assert second["Where"] == ("at 11.000, 20.000 on F.Cu",)
    assert "Other places" not in second


def test_details_of_very_many_places_say_what_they_leave_out():
    [block] = [b for b in Listing(report(design(finding(1, places=TOLD + 900)))).details(0) if b.heading == "Other places"]
    assert len(block.lines) == TOLD
    assert block.lines[-1] == "and 900 more places"


def test_a_long_message_is_short_in_the_list_and_whole_in_the_details():
    message = "pad " + "x" * 5000
    listing = Listing(report(design(finding(1, message=message))))
    [(_, rows)] = listing.shown(Filter())
    assert len(listing.row_cells(rows[0]).text) == LONG
    assert listing.details(0)[0].lines == (message,)
    assert shorten("abcdef", 4) == "abc…"


@pytest.mark.parametrize("name", BOARDS)
def test_every_rule_is_either_measured_or_listed_as_not_checked(name):
    listing = Listing(real(name))
    measured = [row[2] for row in listing.measured()]
    assert len(measured) == len(set(measured)) == listing.design.counts()["rules_run"]
    left = {r.id: r.why_skipped for r in listing.design.rules if r.status in ("skipped", "off")}
    lines = [line for block in listing.unchecked() for line in block.lines if block.heading in ("Skipped, and why", "Off")]
    for id_, why in left.items():
        [line] = [line for line in lines if f"({id_})" in line]
        assert line.startswith(clean(why)), id_
    assert not {id_ for id_ in left if id_ in measured}


def test_what_limits_the_report_is_told():
    crashed = rule("silk-gap", "skipped", why_skipped="the check crashed: IndexError", crashed=True)
    notes = ({"path": "demo.kicad_pcb", "line": 3, "message": "a zone is not filled"},)
    stale = ("waiver for track-width: it matches nothing",)
    listing = Listing(report(design(rules=(crashed,), notes=notes, stale_waivers=stale)))
    told = {block.heading: block.lines for block in listing.unchecked()}
    assert told["Crashed: this report is incomplete"] == ("silk-gap: the check crashed: IndexError",)
    assert told["Notes of the reader"] == ("demo.kicad_pcb:3: a zone is not filled",)
    assert told["Waivers that no longer hold"] == stale
    assert listing.verdict["word"] == "FAIL"


@pytest.mark.parametrize("name", BOARDS)
def test_copied_text_holds_every_place_of_what_was_chosen_and_nothing_else(name):
    listing = Listing(real(name))
    findings = listing.design.findings
    chosen = set(range(0, len(findings), 2))
    text = listing.text(chosen)
    lines = [line.strip() for line in text.splitlines()]
    assert lines[0].startswith(f"{listing.name}: {listing.verdict['word']}")
    messages = Counter(line[2:] for line in lines if line.startswith("- "))
    assert messages == Counter(clean(findings[n].message) for n in chosen)
    at = Counter(line[3:].split(" on ")[0].split(", ")[:2].__repr__() for line in lines if line.startswith("at "))
    places = [p for n in chosen for p in findings[n].places if math.isfinite(p.x)]
    assert at == Counter([f"{p.x:.3f}", f"{p.y:.3f}"].__repr__() for p in places)
    for n in chosen:
        assert not findings[n].fix or f"fix: {findings[n].fix}" in lines
    assert text.count("waived: looked at") == sum(findings[n].waived is not None for n in chosen)
    assert ".kicad_pcb:" not in text  # the editor's text has other lines than the file


def texts(listing: Listing) -> list[str]:
    """All that a window shows of a listing."""
    d = listing.design
    out = [listing.name, listing.verdict["why"], listing.counts, *listing.categories]
    out += [text for pair in listing.rules_found for text in pair]
    for shown in listing.shown(ALL):
        out += listing.group_cells(shown)
        out += [cell for row in shown.rows for cell in listing.row_cells(row)]
        out += [line for block in listing.about_rule(shown.group) for line in (block.heading, *block.lines)]
    for n, f in enumerate(d.findings):
        out += [cell for place in range(f.count) for cell in listing.place_cells(n, place)]
        out += [line for place in (None, 0) for block in listing.details(n, place) for line in (block.heading, *block.lines)]
    out += [cell for row in listing.measured() for cell in row]
    out += [line for block in (*listing.unchecked(), *listing.hint(Filter())) for line in (block.heading, *block.lines)]
    out += listing.text(range(len(d.findings))).split("\n")
    return out + [text for _, text in profile_names([(name, name) for name in HOSTILE], HOSTILE)]


def test_nothing_that_a_board_says_breaks_a_line_or_hides():
    shown = texts(Listing(hostile()))
    assert len(shown) > 500
    assert [text for text in shown if not text.isprintable()] == []
    assert any("<img src=x onerror=alert(1)>" in text for text in shown)  # plain text, as it is
    assert any("\\u202e" in text for text in shown)


def test_the_same_finding_is_known_in_the_next_run():
    first, second = (Listing(report(design(*found))) for found in ((finding(1), finding(2)), (finding(2), finding(3))))
    assert first.key(1) == second.key(0)
    assert first.key(0) not in {second.key(0), second.key(1)}


def test_without_findings_it_says_so():
    listing = Listing(report(design(rules=(rule(status="passed"),))))
    assert listing.shown(ALL) == []
    assert listing.verdict["word"] == "PASS"
    assert "Nothing was found; 1 rule ran." in listing.hint(Filter())[0].lines
    one = Listing(report(design(replace(finding(1), waived="good"))))
    assert "Nothing was found" in one.hint(Filter())[0].lines[0]
    assert one.shown(ALL)


def test_the_reason_of_the_verdict_is_told_in_words_that_need_no_manual():
    def told(*findings, fail_on="error"):
        return Listing(report(design(*findings), fail_on=fail_on)).verdict["why"]

    error, warning = finding(1), finding(2, severity="warning")
    assert told(error, warning) == "Fails because of 1 error"
    assert told(error, warning, fail_on="warning") == "Fails because of 1 error and 1 warning"
    assert told(warning) == told() == "No error found; only errors fail this board (fail-on = error)"
    waived = replace(error, waived="agreed")
    assert told(waived) == "No error found but waived ones; only errors fail this board (fail-on = error)"
    assert told(replace(error, change="unchanged"), replace(error, change="fixed")) == (
        "No new error found; only new errors fail this board (fail-on = error)"
    )
    assert told(fail_on="warning") == "No error or warning found; only these fail this board (fail-on = warning)"
    assert told(replace(warning, change="fixed"), fail_on="note") == (
        "No new error, warning or note found; only these fail this board (fail-on = note)"
    )
    assert told(error, warning, fail_on="never") == "1 error and 1 warning, none of which fails this board (fail-on = never)"
    assert told(finding(severity="note"), fail_on="never") == "No finding fails this board (fail-on = never)"


def test_a_strict_run_says_what_makes_it_fail():
    d = design(stale_waivers=("it covers nothing",), notes=({"path": "a", "line": 1, "message": "b"},) * 2)
    told = Listing(report(d, strict=True)).verdict
    assert (told["word"], told["why"]) == ("FAIL", "--strict: 1 skipped rule, 1 stale waiver, 2 reader's notes")


def test_profiles_to_choose_from_begin_with_what_the_project_says():
    assert profile_names([("jlcpcb", "JLCPCB")], ("standard", "mine")) == [
        ((), "project: standard + mine"),
        (("jlcpcb",), "jlcpcb: JLCPCB"),
    ]
