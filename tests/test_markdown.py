"""The comment of a pull request, rendered as GitHub renders it."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
import reports
from markdown_it import MarkdownIt
from reports import demo, design, finding, item, report, rule

from dfmcheck.report import Report
from dfmcheck.write.markdown import LONGEST, MARK, escape, to_markdown

ALLOWED = {
    "h2", "h3", "p", "strong", "em", "table", "thead", "tbody", "tr", "th", "td", "details", "summary", "ul", "li",
}  # fmt: skip
PINGS = re.compile(r"(?<!\w)[@#]\w|[~%]\x22|\bGH-\d|\w@\w|https?://|\bwww\.\w", re.IGNORECASE)
"""What GitHub makes a mention, a reference or a link of, in text."""


class Page(HTMLParser):
    """What a browser makes of HTML: elements, their text, and what stands in each table cell."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.open: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.rows: list[list[str]] = []
        self.comments: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.open.append(tag)
        self.attributes += attrs
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data
        if self.open and self.open[-1] in ("td", "th"):
            self.rows[-1][-1] += data

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)


def page(made: Report) -> Page:
    text = to_markdown(made)
    text.encode("utf-8")
    assert len(text) <= LONGEST
    github = MarkdownIt("gfm-like", {"html": True, "linkify": True})
    github.linkify.set({"fuzzy_link": False})
    shown = Page(github.render(text))
    assert shown.open == []
    assert set(shown.tags) <= ALLOWED, set(shown.tags) - ALLOWED
    assert shown.comments == [" dfmcheck "]
    assert [(name, value) for name, value in shown.attributes if (name, value) != ("style", "text-align:right")] == []
    assert not PINGS.search(shown.text), PINGS.search(shown.text)
    return shown


def test_a_comment_tells_verdict_counts_and_the_worst_ten() -> None:
    grave = [finding(n, item(f"U{n}"), severity="error" if n < 12 else "warning") for n in range(15)]
    made = report(design(*grave, replace(finding(90), waived="as meant")))
    shown = page(made)
    for part in ("dfmcheck: FAIL", "demo: FAIL", "12 errors, 3 warnings, 1 waived", "2 rules run, 1 skipped, 1 off;",
                 "5 more findings below", "1 rule skipped",
                 "courtyard-overlap: needs courtyards", "reason: as meant"):  # fmt: skip
        assert part in shown.text
    assert shown.rows[0] == ["", "rule", "finding", "place", "measured", "limit"]
    assert len(shown.rows) == 11
    assert shown.rows[1] == ["error", "annular-ring-outer", grave[0].message, "10.000, 20.000 F.Cu", "0.118 mm", "0.130 mm"]
    assert to_markdown(made).startswith(f"{MARK}\n")


def test_what_changed_is_told() -> None:
    found = [replace(finding(n), change=change) for n, change in enumerate(("new", "unchanged", "fixed"))]
    shown = page(report(design(*found)))
    assert "What changed: 1 new, 1 fixed, 1 unchanged" in shown.text
    assert shown.rows[0][2] == "new finding"
    assert len(shown.rows) == 2
    assert "1 finding fixed" in shown.text
    assert "What changed" not in page(report(design(finding(1)))).text


def test_what_could_not_be_checked_fails_and_is_told() -> None:
    crashed = rule("silk-gap", "skipped", why_skipped="the check crashed: KeyError", crashed=True)
    shown = page(report(design(rules=(crashed,)), errors=("x.kicad_pcb: bad",)))
    assert "dfmcheck: FAIL" in shown.text
    assert "could not be checked: x.kicad_pcb: bad" in shown.text
    assert "could not be checked: silk-gap: the check crashed: KeyError" in shown.text


def test_a_real_run_renders() -> None:
    shown = page(demo())
    assert "demo: FAIL" in shown.text
    assert len(shown.rows) == 11


@pytest.mark.parametrize("name", reports.HOSTILE)
def test_hostile_text_is_shown_as_text_and_reaches_nobody(name: str) -> None:
    found = [finding(n, item(name, name), message=f"pad {name} [{name}]") for n in range(12)]
    made = design(*found, replace(finding(50, item(name)), waived=name), name=f"b {name}", stale_waivers=(name,),
                  rules=(*design().rules, rule("mask-gap", "skipped", why_skipped=name)))  # fmt: skip
    shown = page(report(made, errors=(name,)))
    seen = " ".join(shown.rows[1][2].replace("\u2060", "").split())
    assert all(len(row) == 6 for row in shown.rows)
    if name.isprintable():
        assert seen == " ".join(f"pad {name} [{name}]".split())


def test_all_hostile_names_together_render() -> None:
    assert len(page(reports.hostile()).rows) == 11


def test_a_comment_is_never_too_long_and_says_what_it_leaves_out() -> None:
    names = [f"rule-{n}" for n in range(300)]
    long = [replace(finding(n, item(f"U{n}"), message=f"{'@_<' * 60} {n}"), rule=names[n % 300]) for n in range(900)]
    text = to_markdown(report(design(*long)))
    assert LONGEST * 0.9 < len(text) <= LONGEST
    assert "folded lists left out here" in text
    many = [design(*long[:20], name=f"b{n}") for n in range(60)]
    text = to_markdown(report(*many))
    assert len(text) <= LONGEST
    assert "### b59: FAIL" in text  # the verdict on each design goes before details of any
    assert "tables" in text.split("left out here")[0]
    page(report(*many))


def test_text_is_cut_before_it_is_escaped() -> None:
    assert escape("<" * 50, 10) == "\\<" * 7 + "..."
    assert escape("plain F.Cu 0.1 mm") == "plain F.Cu 0.1 mm"
