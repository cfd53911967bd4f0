"""Text of a design that is HTML, script or a control character reaches the page as text alone."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
import small
from browser import READY, chromium, opened, settled, until  # noqa: F401

import dfmcheck
from dfmcheck.read import read_kicad
from dfmcheck.report import Report
from dfmcheck.write.html import to_html

MARK = "pwned"
IMG = f"<img src=x onerror=document.title='{MARK}'>"
SCRIPT = f"</script><script>document.title='{MARK}'</script>"
COMMENT = "<!--<script>"
QUOTE = f"'\\\" onfocus=document.title='{MARK}' autofocus x="
STYLE = "</style><style>body{display:none}</style>"
BIDI = "\u202eevil\u2066\u200b\x07"
TEMPLATE = "{{ 7*7 }}{% raw %}${document.title}"
NETS = (IMG, SCRIPT + BIDI, TEMPLATE)


def hostile_board():
    """A board whose every name is an attack, and that breaks a few rules, so that findings tell them."""
    quoted = [name.replace('"', '\\"') for name in NETS]
    nets = " ".join(f'(net {n} "{name}")' for n, name in enumerate(quoted, 3))
    text = small.HEAD.format(inner="", thickness=1.6, setup="").replace('(net 2 "B")', f'(net 2 "B") {nets}')
    pads = [
        small.smd("1 1", at="0 0", net=f'(net 3 "{quoted[0]}")', number="<b>1</b>"),
        small.smd("1 1", at="1.05 0", net=f'(net 4 "{quoted[1]}")', number=COMMENT),
    ]
    items = [
        small.footprint(*pads, ref=IMG, at="10 10", name="lib:" + STYLE),
        small.footprint(*pads, ref=SCRIPT.replace("'", '\\"'), at="20 10", name=COMMENT),
        small.footprint(*pads, ref=f"R1{BIDI}{TEMPLATE}", at="30 10"),
        small.footprint(*pads, ref=QUOTE, at="10 20"),
        small.track("0.05", at="15 15", to="25 15", net=3),
        small.track("0.05", at="15 15.1", to="25 15.1", net=5),
    ]
    outline = "".join(
        f'(gr_line (start {a}) (end {b}) (stroke (width 0.1) (type solid)) (layer "Edge.Cuts"))'
        for a, b in (("0 0", "40 0"), ("40 0", "40 30"), ("40 30", "0 30"), ("0 30", "0 0"))
    )
    name = IMG.replace("/", "") + BIDI + ".kicad_pcb"
    return replace(read_kicad((text + "\n".join(items) + outline + ")").encode(), name), name=IMG + SCRIPT)


@pytest.fixture(scope="module")
def report():
    found = dfmcheck.check(hostile_board())
    (design,) = found.designs
    excused = replace(design.findings[0], waived=SCRIPT)
    asked = replace(design.findings[1], review={"disposition": "ask", "remark": SCRIPT + BIDI})
    odd = replace(design.findings[2], message=STYLE, fix=IMG, fingerprint=SCRIPT)
    design = replace(
        design, findings=(excused, asked, odd, *design.findings[3:]), stale_waivers=(SCRIPT,),
        notes=({"path": IMG, "line": 3, "message": SCRIPT + BIDI},),
        profile={"chain": [IMG], "revision": SCRIPT, "read": STYLE, "config": QUOTE},
        inputs=tuple({**i, "path": SCRIPT + BIDI, "role": IMG} for i in design.inputs),
    )  # fmt: skip
    return Report((design,), version="0" + IMG, errors=(SCRIPT,))


class Elements(HTMLParser):
    """Which elements a text has, and attributes that run something."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.found, self.attributes = [], set()
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.found.append(tag)
        self.attributes |= {name for name, _ in attributes}


def test_names_add_no_element_and_no_attribute(report):
    text = to_html(report)
    seen = Elements(text)
    assert not {"img", "b", "iframe"} & set(seen.found) - {"b"}
    assert seen.found.count("style") == 1
    assert seen.found.count("script") == 4  # data, board, review, the page's own
    assert not [name for name in seen.attributes if name.startswith("on") or name in ("style", "src", "autofocus")]
    assert "7*7" in text  # no template of ours looks at it
    assert not re.search("[\u200b-\u200f\u202a-\u202e\u2066-\u2069\x00-\x08\x0b-\x1f\x7f]", text)
    (data,) = re.findall(r'<script type="application/json" id="data-0">(.*?)</script>', text, re.DOTALL)
    assert json.loads(data)["name"] == IMG + SCRIPT
    assert IMG in json.loads(data)["parts"]


def test_names_are_shown_as_text(chromium, report, tmp_path):  # noqa: F811
    path = tmp_path / "report.html"
    path.write_text(to_html(report), "utf-8")
    with opened(chromium, path) as page:
        page.wait_for_selector(READY)
        page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
        for _ in range(len(report.designs[0].findings)):
            page.keyboard.press("j")
        box = page.locator(".host").bounding_box()
        page.keyboard.press("Escape")
        for x in range(1, 8):
            for y in range(1, 6):
                page.mouse.click(box["x"] + box["width"] * x / 8, box["y"] + box["height"] * y / 6)
        page.locator("input[type=search]").fill(IMG)
        page.locator("#part-0").fill(IMG)
        page.locator("#rule-0").select_option(index=1)
        page.get_by_role("button", name="Clear filters").click()
        page.locator("#theme").click()
        text = page.locator("main").inner_text()
        for shown in (IMG, SCRIPT.replace("/", "/"), STYLE, "\\u202eevil\\u2066"):
            assert shown in text, shown
        assert page.locator("h1").inner_text() == IMG + SCRIPT
        assert MARK not in page.title() or IMG in page.title()
        assert page.title() != MARK
        assert not page.locator("main img").count()
        assert page.locator("style").count() == 1
        assert page.evaluate("getComputedStyle(document.body).display") != "none"


def test_names_are_text_where_somebody_points(chromium, report, tmp_path):  # noqa: F811
    path = tmp_path / "report.html"
    path.write_text(to_html(report), "utf-8")
    with opened(chromium, path) as page:
        page.wait_for_selector(READY)
        index = next(
            n for n, f in enumerate(report.designs[0].findings) if any(i.component == IMG for p in f.places for i in p.items)
        )
        page.locator(f"tr[data-i='{index}']").click()
        settled(page)
        box = page.locator(".host").bounding_box()
        texts = []
        for x in range(1, 20):
            page.mouse.click(box["x"] + box["width"] * x / 20, box["y"] + box["height"] / 2)
            texts.append(page.locator(".what").inner_text())
        assert any(IMG in text for text in texts)
        assert page.title() != MARK


def test_hostile_review_file_is_kept_as_text(chromium, report, tmp_path):  # noqa: F811
    path = tmp_path / "report.html"
    path.write_text(to_html(report), "utf-8")
    f = report.designs[0].findings[3]
    entry = {"rule": f.rule, "fingerprint": f.fingerprint, "disposition": "cam", "remark": IMG + SCRIPT + BIDI}
    entries = [entry, {"rule": "__proto__", "fingerprint": IMG, "disposition": "ask", "remark": STYLE}]
    review = {"schema": "dfmcheck-review/1", "designs": [{"name": IMG + SCRIPT, "dispositions": entries}]}
    (tmp_path / "review.json").write_text(json.dumps(review), "utf-8")
    (tmp_path / "bad.json").write_text(json.dumps({**review, "__proto__": {"x": 1}}), "utf-8")
    with opened(chromium, path) as page:
        page.wait_for_selector(READY)
        page.locator("#review-file").set_input_files(tmp_path / "bad.json")
        until(page, "text => document.querySelector('.reviewbar').textContent.includes(text)", "has an unknown key")
        page.locator("#review-file").set_input_files(tmp_path / "review.json")
        until(page, "text => document.querySelector('.reviewbar').textContent.includes(text)", "1 decision loaded")
        row = page.locator("tr[data-i='3']")
        assert f"review: to fix in CAM, {IMG}{SCRIPT}" in row.inner_text()
        row.click()
        assert page.locator("#remark").input_value() == IMG + SCRIPT + BIDI
        with page.expect_download() as download:
            page.locator("#save").click()
        assert re.fullmatch(r"[\w.-]+\.review\.json", download.value.suggested_filename)
        assert page.title() != MARK
        assert not page.locator("main img").count()


def test_what_was_not_measured_is_null_in_the_data(report):
    """JSON knows no NaN."""
    (design,) = report.designs
    (place, *_) = design.findings[3].places
    unmeasured = replace(design.findings[3], places=(replace(place, measured=float("nan"), x=float("nan"), y=float("nan")),))
    text = to_html(replace(report, designs=(replace(design, findings=(unmeasured,)),)))
    (data,) = re.findall(r'id="data-0">(.*?)</script>', text, re.DOTALL)
    assert json.loads(data)["findings"][0][-1] is None
    assert "nan" not in "".join(re.findall(r"<tr data-i.*?(?=<tr|</tbody)", text, re.DOTALL)).lower()
