"""Several designs in one HTML report: each has its board, filters, keys and review, and none gets into another's way."""

import json
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from browser import axe_source, chromium, opened, settled, until  # noqa: F401

import dfmcheck
from dfmcheck.write.html import to_html

ROOT = Path(__file__).parent.parent
NAMES = ("demo", "copper-clearance")
OPENED = "() => document.querySelectorAll('.view[data-ready]').length === 2"
STATE = """() => [...document.querySelectorAll('.design')].map((design) => ({
    shown: design.querySelectorAll('tr[data-i]:not([hidden])').length,
    current: [...design.querySelectorAll('tr[aria-current]')].map((row) => Number(row.dataset.i)),
    side: design.querySelector('[data-side][aria-pressed=true]').dataset.side,
    layers: [...design.querySelectorAll('.layers input')].filter((box) => box.checked).length,
    pictures: [...design.querySelectorAll('.host canvas')].map((canvas) => canvas.toDataURL()),
}))"""


@pytest.fixture(scope="module")
def report():
    paths = (ROOT / "docs/demo.kicad_pcb", ROOT / "fixtures/rules/copper-clearance.kicad_pcb")
    made = [dfmcheck.check(dfmcheck.read(path)) for path in paths]
    return replace(made[0], designs=tuple(one.designs[0] for one in made))


@pytest.fixture(scope="module")
def written(report, tmp_path_factory):
    path = tmp_path_factory.mktemp("designs") / "report.html"
    path.write_text(to_html(report, path), "utf-8")
    return path


@pytest.fixture(scope="module")
def _page(chromium, written):  # noqa: F811
    with opened(chromium, written) as page:
        yield page


@pytest.fixture
def page(_page, written):
    _page.goto("about:blank")
    _page.goto(written.as_uri())
    until(_page, OPENED)
    settled(_page)
    return _page


def design(page, n):
    return page.locator(f"#design-{n}")


def differing(page, act, *keys):
    """Which designs are not as they were, of what `STATE` tells, after an act."""
    before = page.evaluate(STATE)
    act()
    settled(page)
    after = page.evaluate(STATE)
    return [n for n in (0, 1) if any(before[n][key] != after[n][key] for key in keys or before[n])]


def test_each_is_named_and_nothing_is_there_twice(page, report):
    assert page.locator(".designs a").all_inner_texts() == [f"FAIL {name}" for name in NAMES]
    assert [page.locator(f"#name-{n}").inner_text() for n in (0, 1)] == list(NAMES)
    assert page.locator("h1").count() == 1
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map((one) => one.id)")
    assert len(ids) == len(set(ids))
    asked = page.evaluate("""['for', 'list', 'aria-labelledby', 'aria-describedby'].flatMap((name) =>
        [...document.querySelectorAll(`[${name}]`)].map((one) => one.getAttribute(name)))""")
    assert len(asked) > 20
    assert set(asked) <= set(ids)
    regions = "section[aria-label], nav, form[role=search], [role=region], [role=application], [role=group][aria-label]"
    named = page.evaluate(
        f"[...document.querySelectorAll('article > {regions.replace(', ', ', article ')}')].map((one) => "
        "one.getAttribute('aria-label')).filter((name) => name && name !== 'Severity')"
    )
    assert len(named) >= 10
    assert len(named) == len(set(named))


def test_each_has_its_board(page, report):
    first, second = (one["pictures"][0] for one in page.evaluate(STATE))
    assert first != second
    for n in (0, 1):
        own = {str(name) for name in report.designs[n].design.layers.name}
        assert set(design(page, n).locator(".layers label").all_inner_texts()) <= own
        assert differing(page, design(page, n).get_by_role("button", name="Bottom", exact=True).click) == [n]
        row = design(page, n).locator("tr[data-i]:not([hidden])").first
        assert differing(page, row.click, "pictures", "side") == ([n] if n == 0 else [0, 1]), "the other one's is let go"
        told = design(page, n).locator(".now").inner_text()
        assert report.designs[n].findings[int(row.get_attribute("data-i"))].severity in told


def test_filters_and_search_are_of_one_design(page, report):
    for n in (0, 1):
        article, whole = design(page, n), len(report.designs[n].findings)
        chip = article.locator(".chip.error")
        assert differing(page, chip.click, "shown") == [n]
        errors = sum(f.severity == "error" for f in report.designs[n].findings)
        assert article.locator(".shown").inner_text() == f"{errors} of {whole} findings"
        chip.click()
        article.locator("input[type=search]").fill("no such words")
        until(page, "n => !document.querySelectorAll(`#design-${n} tr[data-i]:not([hidden])`).length", n)
        assert page.evaluate(STATE)[1 - n]["shown"] == len(report.designs[1 - n].findings)
        article.get_by_role("button", name="Clear filters").click()
        assert page.evaluate(STATE)[n]["shown"] == whole


def test_keys_go_to_the_design_that_is_used(page, report):
    def press(key):
        return lambda: page.keyboard.press(key)

    assert differing(page, press("j"), "current") == [0], "the first one, where none was used"
    design(page, 1).locator("tr[data-i]").first.click()
    assert [len(one["current"]) for one in page.evaluate(STATE)] == [0, 1], "one finding is picked in all"
    assert page.evaluate("location.hash").endswith("&design=1")
    for key, what in (("j", "current"), ("f", "side"), ("1", "layers"), ("+", "pictures"), ("Escape", "current")):
        assert differing(page, press(key)) == [1], key
        assert differing(page, press(key), what) in ([1], []), key
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "search-1"
    page.keyboard.press("Escape")
    # Where nothing has the focus it is the one that is looked at.
    page.evaluate("document.activeElement.blur()")
    design(page, 0).locator(".work").evaluate("work => work.scrollIntoView()")
    settled(page)
    assert differing(page, press("f"), "side") == [0]
    design(page, 1).locator(".work").evaluate("work => work.scrollIntoView()")
    settled(page)
    assert differing(page, press("f"), "side") == [1]


def test_a_link_leads_to_its_design(chromium, report, written):  # noqa: F811
    found = report.designs[1].findings
    with opened(chromium, written, fragment=f"#finding={found[-1].fingerprint}&design=1") as linked:
        until(linked, OPENED)
        assert [one["current"] for one in linked.evaluate(STATE)] == [[], [len(found) - 1]]
        settled(linked)
        box = design(linked, 1).locator("tr[aria-current]").bounding_box()
        assert 0 <= box["y"] < 900
        linked.get_by_role("link", name="demo").click()
        until(linked, "() => document.getElementById('design-0').getBoundingClientRect().top > -1")


def test_one_review_holds_the_decisions_about_all(page, report):
    for n, (disposition, remark) in enumerate((("ask", "of the first"), ("cam", "of the second"))):
        design(page, n).locator("tr[data-i]").first.click()
        page.locator("#disposition").select_option(disposition)
        page.get_by_label("Remark").fill(remark)
    assert "2 findings reviewed, 2 not saved yet" in page.locator(".reviewbar").inner_text()
    with page.expect_download() as download:
        page.get_by_role("button", name="Save review file").click()
    saved = json.loads(Path(download.value.path()).read_text("utf-8"))
    told = {d["name"]: [(e["disposition"], e["remark"]) for e in d["dispositions"]] for d in saved["designs"]}
    assert told == {"demo": [("ask", "of the first")], "copper-clearance": [("cam", "of the second")]}


def test_axe_finds_nothing_in_two_designs(page):
    page.evaluate(axe_source() + "; 0")
    design(page, 1).locator("tr[data-i]").first.click()
    for n in (0, 1):
        design(page, n).locator(".host").click(position={"x": 200, "y": 200})
    # What there may be once only, and what names what. The rest is looked at with one design, and is the same.
    rules = (
        "landmark-unique", "landmark-one-main", "landmark-no-duplicate-main", "landmark-no-duplicate-banner",
        "landmark-no-duplicate-contentinfo", "page-has-heading-one", "heading-order", "duplicate-id-aria", "label", "select-name",
        "form-field-multiple-labels", "aria-valid-attr-value", "button-name", "empty-heading", "bypass",
    )  # fmt: skip
    found = page.evaluate(
        "rules => axe.run(document, {runOnly: {type: 'rule', values: rules}, resultTypes: ['violations']})", rules
    )
    assert len(found["passes"]) >= 8
    assert [(v["id"], v["nodes"][0]["html"][:200], v["nodes"][0]["failureSummary"]) for v in found["violations"]] == []


def test_paper_has_the_pictures_of_each_with_its_findings(page, report, tmp_path):
    if not shutil.which("pdftotext"):
        pytest.skip("no pdftotext")
    path = tmp_path / "report.pdf"
    page.pdf(path=path, format="A4")
    text = subprocess.run(["pdftotext", "-layout", path, "-"], check=True, capture_output=True, text=True).stdout
    whole = " ".join(text.split())
    order = [whole.index(f"{name}, {side} side") for name in NAMES for side in ("top", "bottom")]
    assert order == sorted(order)
    assert whole.count("Finding Measured Limit") >= 2
    numbers = re.findall(r"\b(\d+)\. (?:error|warning|note):", whole)
    each = [min(len(d.findings), 30) for d in report.designs]
    assert numbers == [str(n + 1) for many in each for n in range(many)]
    images = subprocess.run(["pdfimages", "-list", path], check=True, capture_output=True, text=True).stdout.splitlines()[2:]
    assert len([line for line in images if " image " in line]) >= 4 + sum(each)
