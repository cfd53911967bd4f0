"""The HTML report in a real browser: what it shows, what it does by mouse and by key, what it prints and saves."""

import base64
import hashlib
import json
import re
import shutil
import subprocess
import warnings
import zlib
from dataclasses import replace
from pathlib import Path

import pytest
from browser import READY, axe_source, chromium, opened, settled, until  # noqa: F401

import dfmcheck
from dfmcheck import review
from dfmcheck.cli import main
from dfmcheck.errors import DfmError
from dfmcheck.readback import from_dict
from dfmcheck.report import SEVERITIES
from dfmcheck.write.html import page as page_module
from dfmcheck.write.html import to_html

DEMO = Path(__file__).parent.parent / "docs/demo.kicad_pcb"
SHOWN = "tr[data-i]:not([hidden])"
CURRENT = "tr[aria-current]"
REVIEW = '{"schema": "dfmcheck-review/1", "designs": [{"name": "demo", "dispositions": [%s]}]}'


@pytest.fixture(scope="module")
def report():
    """The demo board with every state that a finding can have."""
    found = dfmcheck.check(dfmcheck.read(DEMO))
    (design,) = found.designs
    states = [
        {"change": "new"}, {"change": "unchanged"}, {"waived": "agreed with the fabricator"}, {"change": "fixed"},
        {"inferred": True}, {"review": {"disposition": "ask", "remark": "is this meant?"}},
    ]  # fmt: skip
    findings = tuple(replace(f, **state) for f, state in zip(design.findings, states)) + design.findings[len(states) :]
    return replace(found, designs=(replace(design, findings=findings, stale_waivers=("waiver 3 covers nothing",)),))


@pytest.fixture(scope="module")
def written(report, tmp_path_factory):
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(to_html(report, path), "utf-8")
    return path


@pytest.fixture(scope="module")
def _page(chromium, written):  # noqa: F811
    with opened(chromium, written) as page:
        yield page


@pytest.fixture
def page(_page, written):
    """The report, opened afresh and drawn."""
    _page.goto("about:blank")
    _page.goto(written.as_uri())
    _page.wait_for_selector(READY)
    return _page


def findings(report):
    return report.designs[0].findings


def current(page):
    row = page.locator(CURRENT)
    return int(row.get_attribute("data-i")) if row.count() else None


def picture(page, canvas=0):
    return page.locator(".host canvas").nth(canvas).evaluate("c => c.toDataURL()")


def changes(page, act, canvas=0):
    """Whether what is drawn becomes another picture after an act."""
    before = picture(page, canvas)
    act()
    until(page, "([n, was]) => document.querySelectorAll('.host canvas')[n].toDataURL() !== was", [canvas, before])


def test_one_small_file_that_asks_for_nothing(report, written):
    text = written.read_text("utf-8")
    assert len(text.encode()) < 300_000
    assert not re.findall(r"<(?:link|img|iframe|object|embed|base|meta http-equiv=.refresh)", text)
    assert not re.search(r"\s(?:src|style|on\w+)=", re.sub(r"<(script|style)\b.*?</\1>", "", text, flags=re.DOTALL))
    assert text == to_html(report, Path("elsewhere.html"))


def test_policy_lets_only_its_own_script_and_style_in(written):
    text = written.read_text("utf-8")
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', text)
    rules = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert rules["default-src"] == "'none'"
    for name, tag in (("script-src", "script"), ("style-src", "style")):
        (inline,) = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(inline.encode()).digest()).decode()
        assert rules[name] == f"'sha256-{digest}'"


def test_readable_without_javascript(chromium, report, written):  # noqa: F811
    with opened(chromium, written, java_script_enabled=False) as page:
        text = page.locator("body").inner_text()
        for f in findings(report):
            assert re.sub(r" \(rules/profiles/[^)]*\)$", "", f.message) in text
            assert f.fix in text
        assert "FAIL" in text
        assert "Who can build it" in text
        assert not page.locator("main button:visible, .bar button:visible, main select:visible").count()
        places = page.locator("tr[data-i] details").evaluate_all("all => all.map(d => d.querySelectorAll('li').length)")
        assert sorted(places) == sorted(f.count for f in findings(report) if f.count > 1)


def test_what_a_manager_reads(page, report):
    design = report.designs[0]
    top = page.locator(".top").inner_text()
    assert "FAIL" in top
    assert "standard" in top
    for status in ("skipped", "off"):
        number = sum(r.status == status for r in design.rules)
        assert (f"{number} {status}" in top) == bool(number)
    score = design.economics["score"]
    assert page.locator(".score text").text_content() == f"{score['total']:g}"
    assert f"at worst {score['at_worst']:g}" in top
    assert f"{score['confidence']:.0f} %" in top
    page.evaluate("document.querySelectorAll('.about details').forEach(d => { d.open = true; })")
    about = page.locator(".about").inner_text()
    for r in design.rules:
        assert r.id in about  # each has run, was skipped, is off or had nothing to look at
        assert r.why_skipped is None or r.why_skipped in about
    for line in (
        "agreed with the fabricator",
        "waiver 3 covers nothing",
        design.inputs[0]["sha256"],
        "dfmcheck " + report.version,
    ):
        assert line in about
    measured = page.locator(".measured tbody tr").filter(has_text="track-width").inner_text()
    assert "0.090 mm" in measured
    assert "0.100 mm" in measured
    assert "standard:" in measured
    assert page.locator(".makers tbody tr").count() > 20


def test_board_is_drawn(page):
    page.get_by_role("button", name="Whole board").click()
    settled(page)
    greens = page.locator(".host canvas").first.evaluate("""canvas => {
        const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        let green = 0;
        for (let i = 0; i < data.length; i += 4)
            if (data[i + 3] && data[i + 1] > data[i] + 20 && data[i + 1] > data[i + 2] + 20) green++;
        return green * 4 / data.length;
    }""")
    assert greens > 0.3  # solder mask


def test_findings_stand_worst_first(page, report):
    order = page.locator("tr[data-i]").evaluate_all("rows => rows.map(row => Number(row.dataset.i))")
    rank = {None: 0, "new": 0, "unchanged": 1, "fixed": 3}
    keys = [(2 if f.waived else rank[f.change], SEVERITIES.index(f.severity)) for f in (findings(report)[i] for i in order)]
    assert sorted(order) == list(range(len(findings(report))))
    assert keys == sorted(keys)


def fits(f, key, value, report):
    category = {r.id: r.category for r in report.designs[0].rules}
    layers = {layer for p in f.places for layer in p.layers}
    state = "waived" if f.waived is not None else f.change
    if key == "side":
        names = layers or {i.layer for p in f.places for i in p.items if i.layer}
        if not any(name[:2] in ("F.", "B.", "In") for name in names):
            at = {c["ref"]: c["side"] for c in report.designs[0].components}
            return value in {at.get(i.component) for p in f.places for i in p.items}
        return any(name.startswith({"top": "F.", "bottom": "B.", "inner": "In"}[value]) for name in names)
    return {
        "category": category[f.rule] == value,
        "rule": f.rule == value,
        "layer": value in layers,
        "state": (state in (None, "new")) if value == "counting" else state == value,
        "review": (f.review or {"disposition": "open"})["disposition"] == ("open" if value == "undecided" else value),
        "part": any(i.component == value for p in f.places for i in p.items),
    }[key]


def test_each_filter_shows_what_the_report_says(page, report):
    page.get_by_text("More filters").click()
    whole = findings(report)

    def shown(want):
        assert page.locator(SHOWN).count() == want
        status = page.locator(".shown").inner_text()
        assert status == (f"{want} findings" if want == len(whole) else f"{want} of {len(whole)} findings")
        assert page.locator("tbody:not([hidden]) tr.rule").count() <= want

    for key in ("category", "rule", "layer", "side", "state", "review"):
        field = page.locator(f"#{key}-0")
        values = [v for v in field.locator("option").evaluate_all("all => all.map(o => o.value)") if v]
        assert len(values) >= 3
        for value in values:
            field.select_option(value)
            shown(sum(fits(f, key, value, report) for f in whole))
        field.select_option("")
    parts = sorted({i.component for f in whole for p in f.places for i in p.items if i.component})
    assert len(parts) > 3
    for part in parts:
        page.locator("#part-0").fill(part)
        shown(sum(fits(f, "part", part, report) for f in whole))
    page.get_by_role("button", name="Clear filters").click()
    shown(len(whole))
    for severity in SEVERITIES:
        chip = page.locator(f".chip.{severity}")
        number = sum(f.severity == severity for f in whole)
        counting = sum(f.severity == severity and fits(f, "state", "counting", report) for f in whole)
        assert chip.locator(".many").inner_text() == str(counting)
        chip.click()
        assert chip.get_attribute("aria-pressed") == "true"
        shown(number)
        chip.focus()
        page.keyboard.press("Enter")
        assert chip.get_attribute("aria-pressed") == "false"
    shown(len(whole))


def test_search_looks_through_all_words_of_a_finding(page, report):
    def text(f):
        items = " ".join(str(i) for p in f.places for i in p.items)
        return f"{f.rule} {f.message} {items} {f.fingerprint} {f.waived or ''}".lower()

    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.type") == "search"
    for words in ("sense", "courtyard", "C1 SENSE", findings(report)[4].fingerprint, "agreed with", "no such words"):
        page.locator("input[type=search]").fill(words)
        want = sum(all(word.lower() in text(f) for word in words.split()) for f in findings(report))
        until(page, "n => document.querySelectorAll('tr[data-i]:not([hidden])').length === n", want)
        assert page.locator(".nothing").is_visible() == (want == 0)
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.type") != "search"
    assert page.locator("input[type=search]").input_value() == "no such words", "what filters the list stays to be seen"
    assert not page.locator(SHOWN).count()
    page.get_by_role("button", name="Clear filters").click()
    page.locator(SHOWN).first.click()
    page.get_by_label("Remark").fill("a word of a tool")
    page.get_by_label("Remark").fill("")
    page.locator("input[type=search]").fill("fix in cam")
    until(page, "() => !document.querySelectorAll('tr[data-i]:not([hidden])').length")


def test_search_knows_places_that_are_packed(chromium, report, tmp_path, monkeypatch):  # noqa: F811
    monkeypatch.setattr(page_module, "INLINE", 3)
    (design,) = report.designs
    at = next(n for n, f in enumerate(design.findings) if f.count > 1 and f.places[1].items)
    f = design.findings[at]
    other = replace(f.places[1], items=(replace(f.places[1].items[0], net="/ONLY.HERE"),))
    found = (*design.findings[:at], replace(f, places=(f.places[0], other)), *design.findings[at + 1 :])
    made = to_html(replace(report, designs=(replace(design, findings=found),)))
    (tmp_path / "report.html").write_text(made, "utf-8")
    with opened(chromium, tmp_path / "report.html") as page:
        page.locator("input[type=search]").fill("[/only.here]")
        until(page, "() => document.querySelectorAll('tr[data-i]:not([hidden])').length === 1")
        assert page.locator(SHOWN).get_attribute("data-i") == str(at)


def test_what_a_filter_hides_is_no_longer_picked(page):
    page.keyboard.press("j")
    assert current(page) is not None
    page.locator(".chip.note").click()
    assert current(page) is None
    assert "finding" not in page.evaluate("location.hash")
    assert not page.locator(".editor").count()
    number = page.locator(SHOWN).count()
    page.keyboard.press("]")
    assert page.locator(SHOWN).count() == number, "a key for places throws no filter away"
    assert page.locator(f"{SHOWN}[tabindex='0']").count() == 1, "the Tab key comes to what is shown"


def test_a_finding_that_is_picked_is_seen_on_the_board(page):
    assert page.locator(".host").bounding_box()["y"] + page.locator(".host").bounding_box()["height"] > 900
    page.keyboard.press("j")
    settled(page)
    box = page.locator(".host").bounding_box()
    assert box["y"] >= 0
    assert box["y"] + box["height"] <= 900
    row = page.locator(CURRENT).bounding_box()
    assert row["y"] >= 0
    assert row["y"] + row["height"] <= 900


def test_keys_lead_through_the_findings(page, report):
    order = page.locator("tr[data-i]").evaluate_all("rows => rows.map(row => Number(row.dataset.i))")
    for index in order:
        page.keyboard.press("j")
        assert current(page) == index
        assert page.evaluate("location.hash") == f"#finding={findings(report)[index].fingerprint}"
        assert (
            page.locator(".now")
            .inner_text()
            .startswith(f"{order.index(index) + 1} of {len(order)}, {findings(report)[index].severity}")
        )
    page.keyboard.press("j")
    assert current(page) == order[-1]
    page.keyboard.press("k")
    assert current(page) == order[-2]
    page.keyboard.press("ArrowUp")
    assert current(page) == order[-3]
    page.keyboard.press("ArrowDown")
    assert current(page) == order[-2]
    page.keyboard.press("Escape")
    assert current(page) is None
    assert "finding" not in page.evaluate("location.hash")
    page.locator(".chip.error").click()
    errors = [i for i in order if findings(report)[i].severity == "error"]
    for index in errors:
        page.keyboard.press("j")
        assert current(page) == index  # only what is shown is walked through


def test_keys_that_are_typed_in_a_field_do_nothing_else(page):
    page.keyboard.press("j")
    page.keyboard.press("j")
    state = """() => [
        document.querySelector('tr[aria-current]')?.dataset.i, location.hash, document.querySelector('dialog').open,
        [...document.querySelectorAll('.toolbar [aria-pressed]')].map((b) => b.getAttribute('aria-pressed')).join(),
        [...document.querySelectorAll('.layers input')].map((b) => b.checked).join(), document.activeElement.id,
    ]"""
    page.get_by_text("More filters").click()
    keys = "jk[]f?/+-=19"
    # What is typed as a filter may hide the finding that is picked.
    for field, since in (("remark", 0), ("part-0", 2), ("search-0", 2)):
        box = page.locator(f"#{field}")
        box.focus()
        before = page.evaluate(state)
        for key in keys:
            page.keyboard.press(key)
            assert box.input_value() == key
            box.fill("")
            assert page.evaluate(state)[since:] == before[since:]
        page.keyboard.press("Escape")
        assert page.evaluate(state)[since:-1] == before[since:-1], "Escape leaves the field alone"
        assert page.evaluate("document.activeElement === document.body")
    until(page, "() => !document.querySelector('tr[data-i][hidden]')")  # a search is carried out a moment after it is typed
    page.keyboard.press("j")
    for field in ("disposition", "heat-0"):
        box = page.locator(f"#{field}")
        for key in [*keys, "ArrowLeft"]:
            box.focus()
            before = page.evaluate(state)
            page.keyboard.press(key)
            box.evaluate("(box) => { box.selectedIndex = 0; box.dispatchEvent(new Event('change')); }")
            assert page.evaluate(state) == before
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("f")
    assert page.evaluate(state)[3] != before[3], "elsewhere they do"


def test_enter_returns_to_the_finding(page):
    page.keyboard.press("j")
    settled(page)
    there = picture(page)
    changes(page, lambda: page.keyboard.press("-"))
    settled(page)
    changes(page, lambda: page.keyboard.press("Enter"))
    settled(page)
    assert picture(page) == there


def test_places_of_a_finding(page, report):
    index = next(n for n, f in enumerate(findings(report)) if f.count > 1)
    count = findings(report)[index].count
    row = page.locator(f"tr[data-i='{index}']")
    row.click()
    assert f"place 1 of {count}" in row.inner_text()
    settled(page)
    changes(page, lambda: page.keyboard.press("]"), canvas=1)
    assert f"place 2 of {count}" in row.inner_text()
    row.get_by_role("button", name="Previous place").click()
    assert f"place 1 of {count}" in row.inner_text()
    row.locator("summary").click()
    row.locator("ol button").nth(count - 1).click()
    assert f"place {count} of {count}" in row.inner_text()


def near(page, colour, canvas=1):
    """How many pixels of a canvas have a colour, more or less."""
    return page.locator(".host canvas").nth(canvas).evaluate("""(canvas, [r, g, b]) => {
        const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        let number = 0;
        for (let i = 0; i < data.length; i += 4)
            if (data[i + 3] > 40 && Math.abs(data[i] - r) + Math.abs(data[i + 1] - g) + Math.abs(data[i + 2] - b) < 90) number++;
        return number;
    }""", [int(colour[i : i + 2], 16) for i in (1, 3, 5)])  # fmt: skip


def test_zoom_of_a_finding_shows_both_items(page, report):
    index = next(n for n, f in enumerate(findings(report)) if f.rule == "copper-clearance")
    assert not near(page, "#ff3fa4")
    page.locator(f"tr[data-i='{index}']").click()
    settled(page)
    assert near(page, "#ff3fa4") > 300
    assert near(page, "#21d4fd") > 300


def test_every_tool_of_the_board(page):
    settled(page)
    top, bottom = page.get_by_role("button", name="Top", exact=True), page.get_by_role("button", name="Bottom", exact=True)
    assert top.get_attribute("aria-pressed") == "true"
    changes(page, bottom.click)
    assert (top.get_attribute("aria-pressed"), bottom.get_attribute("aria-pressed")) == ("false", "true")
    changes(page, lambda: page.keyboard.press("f"))
    assert top.get_attribute("aria-pressed") == "true"
    settled(page)
    whole = picture(page)
    for name in ("Zoom in", "Zoom out"):
        changes(page, page.get_by_role("button", name=name).click)
    changes(page, lambda: page.keyboard.press("+"))
    changes(page, lambda: page.keyboard.press("-"))
    page.locator(".host").focus()
    for arrow in ("Left", "Up", "Right", "Down"):
        changes(page, lambda arrow=arrow: page.keyboard.press(f"Arrow{arrow}"))
    page.keyboard.press("Escape")
    settled(page)
    assert picture(page) == whole
    changes(page, lambda: _drag(page))
    page.get_by_role("button", name="Whole board").click()
    settled(page)
    assert picture(page) == whole
    heat = page.get_by_label("Heat map")
    for value in heat.locator("option").evaluate_all("all => all.map(o => o.value)")[1:]:
        changes(page, lambda value=value: heat.select_option(value))
        assert page.locator(".legend").is_visible()
        settled(page)
    changes(page, lambda: heat.select_option(""))
    assert not page.locator(".legend").is_visible()


def _drag(page):
    box = page.locator(".host").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 60, y + 30, steps=4)
    page.mouse.up()


FOCUS = "() => [document.activeElement.id || document.activeElement.tagName, document.hasFocus(), scrollY]"


def test_layers_by_mouse_and_by_key(page):
    keyed = page.locator(".layers li", has=page.locator("kbd"))
    keys = keyed.locator("kbd").all_inner_texts()
    assert sorted(keys) == list("123456789")
    names = dict(zip(keys, keyed.locator("label").all_inner_texts()))
    assert [names[key] for key in "1234567"] == ["F.Cu", "B.Cu", "F.Mask", "B.Mask", "F.SilkS", "B.SilkS", "Edge.Cuts"]

    def becomes(box, on, act, name):
        """Acts until it is so. A browser that starves for time has lost an act now and then: that is told, and tried again."""
        for _ in range(3):
            act()
            for _ in range(250):
                if box.is_checked() is on:
                    return
                page.wait_for_timeout(40)
            warnings.warn(f"{name} did nothing to {box.get_attribute('id')}; {page.evaluate(FOCUS)}", stacklevel=1)
        raise AssertionError(f"{name} does nothing to {box.get_attribute('id')}")

    for at, key in enumerate(keys):
        box = keyed.locator("input").nth(at)
        was = box.is_checked()
        box.scroll_into_view_if_needed()
        settled(page)  # what a click is meant for may not move under it
        for name, act in ((f"key {key}", lambda key=key: page.keyboard.press(key)), ("a click", box.click)):
            becomes(box, not was, act, name)
            becomes(box, was, act, name)
    settled(page)
    silk = page.get_by_label("F.SilkS")
    changes(page, silk.click)
    settled(page)
    changes(page, silk.click)


def test_picking_a_place_tells_what_is_there(page, report):
    index = next(n for n, f in enumerate(findings(report)) if f.rule == "copper-clearance")
    page.locator(f"tr[data-i='{index}']").click()
    settled(page)
    spot = (
        page.locator(".host canvas")
        .nth(1)
        .evaluate("""canvas => {
        const { data, width } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        let x = 0, y = 0, n = 0;
        for (let i = 0; i < data.length; i += 4) {
            if (data[i + 3] <= 40 || data[i] <= 200 || data[i + 1] >= 110 || data[i + 2] <= 120) continue;
            x += i / 4 % width;
            y += Math.floor(i / 4 / width);
            n++;
        }
        return [x / n * canvas.clientWidth / canvas.width, y / n * canvas.clientHeight / canvas.height];
    }""")
    )  # the middle of the first item
    page.locator(".host").click(position={"x": spot[0], "y": spot[1]})
    what = page.locator(".what")
    assert what.is_visible()
    text = what.inner_text()
    assert "pad C1.1" in text or "C1.1" in text
    assert "OUT" in text
    assert "F.Cu" in text
    assert re.sub(r" \(rules/profiles/[^)]*\)$", "", findings(report)[index].message) in text
    other = what.locator(".found button").last
    told = other.inner_text()
    other.click()
    assert told in page.locator(CURRENT).inner_text()


def test_deep_links(chromium, page, report, written):  # noqa: F811
    index, f = max(enumerate(findings(report)), key=lambda pair: pair[0])
    with opened(chromium, written, fragment=f"#finding={f.fingerprint}") as linked:
        linked.wait_for_selector(READY)
        assert current(linked) == index
        settled(linked)
        assert linked.locator(CURRENT).evaluate(
            "row => { const b = row.getBoundingClientRect(); return b.top >= 0 && b.top < innerHeight; }"
        )
    for hostile in (
        "#finding=<img src=x onerror=alert(1)>",
        "#finding=__proto__",
        "#finding=" + "a" * 5000,
        "#finding=%00",
        "#'\"><script>",
        "#finding=&design=9999",
    ):
        page.goto("about:blank")
        page.goto(written.as_uri() + hostile)
        page.wait_for_selector(READY)
        assert current(page) is None
    page.evaluate("fingerprint => { location.hash = `finding=${fingerprint}`; }", findings(report)[0].fingerprint)
    page.wait_for_selector(CURRENT)
    assert current(page) == 0


def save(page):
    with page.expect_download() as download:
        page.get_by_role("button", name="Save review file").click()
    return download.value.suggested_filename, json.loads(Path(download.value.path()).read_text("utf-8"))


def test_review_is_edited_saved_and_loaded_again(page, report, tmp_path):
    assert "review: to ask the OEM, is this meant?" in page.locator("tr[data-i='5']").text_content()
    bar = page.locator(".reviewbar")
    assert "1 finding reviewed" in bar.inner_text()
    page.locator("tr[data-i='0']").click()
    page.locator("#disposition").select_option("cam")
    page.get_by_label("Remark").fill("widen </script><b>it</b>")
    assert "2 findings reviewed, 1 not saved yet" in bar.inner_text()
    assert "review: to fix in CAM, widen </script><b>it</b>" in page.locator("tr[data-i='0']").inner_text()
    name, made = save(page)
    first, asked = findings(report)[0], findings(report)[5]
    assert name == f"{report.designs[0].name}.review.json"
    assert made["schema"] == "dfmcheck-review/1"
    assert [d["name"] for d in made["designs"]] == [report.designs[0].name]
    got = {d["fingerprint"]: d for d in made["designs"][0]["dispositions"]}
    assert got[first.fingerprint] == {
        "rule": first.rule, "fingerprint": first.fingerprint, "disposition": "cam", "remark": "widen </script><b>it</b>",
        "measured": round(first.places[0].measured, 4), "count": first.count, "severity": first.severity,
    }  # fmt: skip
    assert (got[asked.fingerprint]["disposition"], got[asked.fingerprint]["remark"]) == ("ask", "is this meant?")
    assert len(got) == 2
    assert "not saved" not in bar.inner_text()

    made["designs"][0]["dispositions"][0]["disposition"] = "accept"
    made["designs"][0]["dispositions"].append({"rule": "gone", "fingerprint": "0" * 16, "disposition": "ask", "remark": "kept"})
    about = {"rule": "track-width", "fingerprint": "f" * 16, "disposition": "cam", "remark": "", "about": "a track", "gone": True}
    made["designs"].append({"name": "another", "dispositions": [about]})
    saved = tmp_path / "review.json"
    saved.write_text(json.dumps(made), "utf-8")
    page.reload()
    page.locator("#review-file").set_input_files(saved)
    until(page, "text => document.querySelector('.reviewbar').textContent.includes(text)", "2 decisions loaded")
    assert "2 fit no finding" in bar.inner_text()
    changed = next(
        n for n, f in enumerate(findings(report)) if f.fingerprint == made["designs"][0]["dispositions"][0]["fingerprint"]
    )
    assert "review: accepted" in page.locator(f"tr[data-i='{changed}']").inner_text()
    page.get_by_text("More filters").click()
    page.locator("#review-0").select_option("accept")
    assert page.locator(SHOWN).count() == 1
    by_key = {d["fingerprint"]: d for d in made["designs"][0]["dispositions"]}
    again = save(page)[1]
    assert {d["fingerprint"]: d for d in again["designs"][0]["dispositions"]} == by_key  # also what fits no finding here
    assert again["designs"][1:] == made["designs"][1:]
    saved.write_text(json.dumps(again), "utf-8")
    (done, *_), kept = review.update(review.load(saved), report.designs)
    assert done.findings[0].review == {"disposition": "accept" if changed == 0 else "cam", "remark": "widen </script><b>it</b>"}
    assert next(e for e in kept[report.designs[0].name] if e.rule == "gone").remark == "kept"
    assert kept["another"][0].gone


FIRST = '"rule": "a", "fingerprint": "b", '
BAD_REVIEWS = [
    "not json", "[]", "null", '{"schema": "dfmcheck-review/2", "designs": []}', '{"schema": "dfmcheck-review/1"}',
    '{"schema": "dfmcheck-review/1", "designs": [], "by": "somebody"}',
    '{"schema": "dfmcheck-review/1", "designs": [{"name": 1, "dispositions": []}]}',
    '{"schema": "dfmcheck-review/1", "designs": [{"name": "x", "dispositions": []}, {"name": "x", "dispositions": []}]}',
    REVIEW % "null", REVIEW % '{"rule": "", "fingerprint": "b"}', REVIEW % '{"rule": "a"}',
    REVIEW % ("{%s}, {%s}" % ((FIRST + '"disposition": "ask"',) * 2)),
    *(REVIEW % f"{{{FIRST}{more}}}" for more in (
        '"disposition": "constructor"', '"disposition": null', '"remark": {}', f'"remark": "{"x" * 2001}"', '"measured": "1"',
        '"measured": 1e999', '"count": 1.5', '"severity": "fatal"', '"places": null', '"known_by": [1]', '"about": null',
        '"gone": "yes"', '"date": "2026"',
    )),
]  # fmt: skip


@pytest.mark.parametrize("text", BAD_REVIEWS)
def test_review_file_that_is_none_is_refused_by_the_command_as_well(tmp_path, text):
    (tmp_path / "bad.json").write_text(text, "utf-8")
    with pytest.raises(DfmError):
        review.load(tmp_path / "bad.json")


def test_review_file_that_is_none_changes_nothing(page, tmp_path):
    before = page.locator("table.findings").inner_text()
    for text in BAD_REVIEWS:
        (tmp_path / "bad.json").write_text(text, "utf-8")
        page.evaluate("() => { document.querySelector('.reviewbar p').textContent = ''; }")
        page.locator("#review-file").set_input_files(tmp_path / "bad.json")
        until(page, "() => document.querySelector('.reviewbar p').textContent")
        told = page.locator(".reviewbar p").inner_text()
        assert "was not loaded" in told, text
        assert "Nothing has changed" in told, text
        assert "\n" not in told
    assert page.locator("table.findings").inner_text() == before


def test_what_is_not_saved_yet_stays_where_a_file_says_otherwise(page, report, tmp_path):
    first, second = findings(report)[:2]
    said = {"disposition": "ask", "remark": "of the file"}
    rows = [{"rule": f.rule, "fingerprint": f.fingerprint, **said} for f in (first, second)]
    (tmp_path / "r.json").write_text(REVIEW % ", ".join(map(json.dumps, rows)), "utf-8")
    page.locator("tr[data-i='0']").click()
    page.locator("#disposition").select_option("cam")
    page.get_by_label("Remark").fill("typed here")
    page.locator("#review-file").set_input_files(tmp_path / "r.json")
    until(page, "text => document.querySelector('.reviewbar').textContent.includes(text)", "1 of yours kept")
    assert "1 not saved yet" in page.locator(".reviewbar").inner_text()
    assert "to fix in CAM, typed here" in page.locator("tr[data-i='0']").inner_text()
    assert "to ask the OEM, of the file" in page.locator("tr[data-i='1']").text_content()


def test_a_review_that_is_not_saved_is_not_left_unasked(page, report):
    def asks():
        return page.evaluate("() => !dispatchEvent(new Event('beforeunload', { cancelable: true }))")

    assert not asks()
    page.locator("tr[data-i='0']").click()
    assert not asks()
    page.get_by_label("Remark").fill("typed")
    assert asks()
    page.get_by_label("Remark").fill("")
    assert not asks(), "nothing has changed"
    page.locator("#disposition").select_option("cam")
    assert asks()
    save(page)
    assert not asks()


def test_what_a_review_says_of_what_is_not_here_is_saved_again(chromium, tmp_path):  # noqa: F811
    gone = {"rule": "drill-size", "fingerprint": "0" * 16, "disposition": "cam", "remark": "agreed", "gone": True}
    other = {"rule": "track-width", "fingerprint": "1" * 16, "disposition": "accept", "remark": "", "known_by": ["ab12"]}
    designs = [{"name": "another", "dispositions": [other]}, {"name": "demo", "dispositions": [gone]}]
    file, made = tmp_path / "r.json", tmp_path / "made.html"
    file.write_text(json.dumps({"schema": "dfmcheck-review/1", "designs": designs}), "utf-8")
    assert main([str(DEMO), "-q", "--review", str(file), "--fail-on", "never", "-o", str(made)]) == 0
    kept = review.load(file)
    first = next(e for e in kept["demo"] if not e.gone)
    text = review.dumps({**kept, "demo": [replace(first, disposition="ask"), *(e for e in kept["demo"] if e != first)]})
    file.write_text(text, "utf-8")
    assert main([str(DEMO), "-q", "--review", str(file), "--fail-on", "never", "-o", str(made)]) == 0
    with opened(chromium, made) as page:
        page.locator("tr[data-i='1']").click()
        page.get_by_label("Remark").fill("seen")
        _, saved = save(page)
    told = {d["name"]: {e["fingerprint"]: e for e in d["dispositions"]} for d in saved["designs"]}
    assert told["another"] == {other["fingerprint"]: other}
    assert told["demo"].pop(gone["fingerprint"]) == gone
    was = next(e for d in json.loads(text)["designs"] for e in d["dispositions"] if e["fingerprint"] == first.fingerprint)
    assert told["demo"].pop(first.fingerprint) == was, "with all that was known on the day of the decision"
    assert [e["remark"] for e in told["demo"].values()] == ["seen"]


def test_help_and_switching_single_keys_off(page):
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog")
    assert dialog.is_visible()
    assert "next finding" in dialog.inner_text()
    page.keyboard.press("j")
    assert current(page) is None  # the dialog has the keys
    page.get_by_label("Single keys work").uncheck()
    page.keyboard.press("Escape")
    assert not dialog.is_visible()
    page.keyboard.press("j")
    assert current(page) is None
    page.get_by_role("button", name="Help").click()
    page.get_by_label("Single keys work").check()
    dialog.get_by_role("button", name="Close").click()
    page.keyboard.press("j")
    assert current(page) is not None


def test_light_and_dark(chromium, written):  # noqa: F811
    ground = "getComputedStyle(document.body).backgroundColor"
    seen = {}
    for scheme in ("light", "dark"):
        with opened(chromium, written, color_scheme=scheme) as page:
            seen[scheme] = page.evaluate(ground)
            page.locator("#theme").click()
            seen[f"from {scheme}"] = page.evaluate(ground)
    assert seen["light"] != seen["dark"]
    assert (seen["from light"], seen["from dark"]) == (seen["dark"], seen["light"])


@pytest.mark.parametrize("width", [320, 390, 800, 1100, 2560])
def test_no_width_overflows(page, width):
    page.set_viewport_size({"width": width, "height": 800})
    page.evaluate("document.querySelectorAll('.about details, .filter details').forEach(d => { d.open = true; })")
    page.keyboard.press("j")
    over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    page.set_viewport_size({"width": 1440, "height": 900})
    assert over <= 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(chromium, written, scheme):  # noqa: F811
    source = axe_source()
    with opened(chromium, written, color_scheme=scheme) as page:
        page.wait_for_selector(READY)
        page.evaluate(source + "; 0")

        def violations():
            found = page.evaluate(
                "axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})"
            )
            return [(v["id"], v["nodes"][0]["html"][:200], v["nodes"][0]["failureSummary"]) for v in found["violations"]]

        assert violations() == []
        page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
        page.locator("tr[data-i='5']").click()
        page.locator(".host").click(position={"x": 200, "y": 200})
        assert violations() == []
        page.keyboard.press("?")
        assert violations() == []


def test_paper(page, report, tmp_path):
    if not shutil.which("pdftotext"):
        pytest.skip("no pdftotext")
    path = tmp_path / "report.pdf"
    page.pdf(path=path, format="A4")
    pages = subprocess.run(["pdftotext", "-layout", path, "-"], check=True, capture_output=True, text=True).stdout.split("\f")[
        :-1
    ]
    whole = " ".join(" ".join(pages).split())
    for text in ("FAIL", "Who can build it", "Measured values", "Findings", "Pictures", "demo, top side", "demo, bottom side"):
        assert text in whole
    for control in ("Load review", "Whole board", "More filters", "Clear filters"):
        assert control not in whole
    live = [f for f in findings(report) if f.waived is None and f.change in (None, "new")]
    assert re.findall(r"\b(\d+)\. (?:error|warning|note):", whole) == [str(n + 1) for n in range(min(len(live), 30))]
    start = next(n for n, text in enumerate(pages) if "Pictures" in text)
    assert "Pictures" in pages[start].strip().splitlines()[0]  # on a page of its own
    assert start < len(pages) - 1
    order = ["FAIL", "demo, top side", "Finding Measured Limit", "Pictures of the worst", "Worst value of each rule"]
    assert sorted(order, key=whole.index) == order, "the board and its findings come before how they were found"
    heads = [n for n, text in enumerate(pages) if re.search(r"Finding\s+Measured\s+Limit", text)]
    assert heads  # of the table, repeated on each page that it fills
    images = subprocess.run(["pdfimages", "-list", path], check=True, capture_output=True, text=True).stdout.splitlines()[2:]
    assert len([line for line in images if " image " in line]) >= 2 + len(live)
    until(page, "() => document.querySelector('.paper').hidden")  # and the screen is as it was
    assert not page.locator(".about > details[open]").count()
    assert page.locator(".top + .about + .work").count() == 1


def test_what_is_unfolded_for_paper_is_folded_again(page):
    open_ = "() => [...document.querySelectorAll('.about > details')].map((d) => d.open)"
    page.locator(".about > details > summary").nth(1).click()
    before = page.evaluate(open_)
    assert before.count(True) == 1
    page.evaluate("() => { dispatchEvent(new Event('beforeprint')); dispatchEvent(new Event('beforeprint')); }")
    assert all(page.evaluate(open_))
    assert page.locator(".sides").count() == 1
    page.evaluate("() => dispatchEvent(new Event('afterprint'))")
    assert page.evaluate(open_) == before
    page.evaluate("() => dispatchEvent(new Event('beforeprint'))")
    assert all(page.evaluate(open_)), "the next time as well"
    page.evaluate("() => dispatchEvent(new Event('afterprint'))")
    assert page.evaluate(open_) == before


def test_many_places_come_from_the_compressed_block(chromium, report, tmp_path, monkeypatch):  # noqa: F811
    monkeypatch.setattr(page_module, "INLINE", 3)
    text = to_html(report)
    (packed,) = re.findall(r'id="places-0">([^<]*)<', text)
    told = json.loads(zlib.decompress(base64.b64decode(packed), -15))
    index = max(range(len(told)), key=lambda n: len(told[n]))
    (tmp_path / "report.html").write_text(text, "utf-8")
    with opened(chromium, tmp_path / "report.html") as page:
        row = page.locator(f"tr[data-i='{index}']")
        assert not row.locator("li").count()
        assert "JSON report" in page.locator("noscript").first.text_content()
        row.locator("summary").click()
        row.locator("ol button").nth(len(told[index]) - 1).wait_for()
        assert row.locator("ol button").all_inner_texts() == [" ".join(text.split()) for text in told[index]]


def test_report_without_its_design_and_without_findings(chromium, report, tmp_path):  # noqa: F811
    (read,) = from_dict(report.to_dict()).designs
    clean = replace(read, findings=(), name="clean")
    several = replace(report, designs=(read, clean), errors=("broken.zip: cannot be read",))
    (tmp_path / "report.html").write_text(to_html(several), "utf-8")
    with opened(chromium, tmp_path / "report.html") as page:
        text = page.locator("body").inner_text()
        assert "broken.zip: cannot be read" in text
        assert "Nothing was found." in text
        assert page.locator(".design").count() == 2
        page.keyboard.press("j")
        assert current(page) is not None
        assert not page.locator("canvas").count()
