"""Engineering queries: what is asked, with all that an answer needs, as Markdown and a table that hostile text cannot bend."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from io import StringIO
from pathlib import Path
from xml.etree import ElementTree

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token
from reports import DEMO, HOSTILE, demo, design, finding, item

from dfmcheck.cli import main
from dfmcheck.report import DesignReport, Finding, LimitUsed, Report
from dfmcheck.review import Entry, update
from dfmcheck.write import output
from dfmcheck.write.queries import COLUMNS, DRAFT, LISTED, QUESTION, queries, to_queries, to_queries_csv

READER = MarkdownIt("gfm-like", {"html": True, "linkify": True})
assert READER.linkify is not None
READER.linkify.set({"fuzzy_link": False})  # as GitHub: no link without a scheme or www


def asked(*findings: Finding, remark: str = "", disposition: str = "ask") -> Report:
    """A report whose findings the review disposes of alike."""
    mine = tuple(Entry(f.rule, f.fingerprint, disposition, remark) for f in findings)
    (told,), _ = update({"demo": mine}, [design(*findings)])
    return Report((told,), "0")


def tokens(text: str) -> Iterator[Token]:
    for token in READER.parse(text):
        yield token
        yield from token.children or ()


def rows(report: Report) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(to_queries_csv(report))))


def test_only_what_is_to_be_asked_is_asked() -> None:
    mine = asked(finding(1, item("U1")), finding(2, item("U2")))
    one, two = mine.designs[0].findings
    other = replace(two, review={"disposition": "cam", "remark": "we do"})
    (query,) = queries(replace(mine, designs=(replace(mine.designs[0], findings=(one, other)),)))
    assert [f.fingerprint for f in query.findings] == [one.fingerprint]


def test_a_review_that_asks_nothing_says_so() -> None:
    text = to_queries(asked(finding(), disposition="accept")).text
    assert "## Design demo: no queries" in text
    assert DRAFT not in text


def test_without_a_review_it_is_a_draft_of_errors_and_warnings_that_says_so() -> None:
    found = (
        finding(1), finding(2, severity="warning"), finding(3, severity="note"), finding(4, waived="agreed"),
        finding(5, change="fixed"), finding(6, change="unchanged", severity="warning"),
    )  # fmt: skip
    report = Report((design(*found),), "0")
    assert [[int(f.fingerprint, 16) for f in q.findings] for q in queries(report)] == [[1], [2, 6]]
    assert f"**{DRAFT}**" in to_queries(report).text


def test_one_query_for_what_is_asked_alike_numbered_through_all_designs() -> None:
    first, second = asked(finding(1, item("U1")), finding(2, item("U2"))), asked(finding(3), remark="why so narrow?")
    other = replace(finding(4), rule="track-width")
    third = asked(other)
    report = Report((*first.designs, *second.designs, *third.designs), "0")
    told = queries(report)
    assert [q.name for q in told] == ["EQ-1", "EQ-2", "EQ-3"]
    assert [len(q.findings) for q in told] == [2, 1, 1]
    assert [q.question for q in told] == [QUESTION, "why so narrow?", QUESTION]
    assert [line for line in to_queries(report).text.splitlines() if line.startswith("#")] == [
        "# Engineering queries",
        "## Design demo: 1 query", "### EQ-1: Annular ring outer",
        "## Design demo: 1 query", "### EQ-2: Annular ring outer",
        "## Design demo: 1 query", "### EQ-3: Track width",
    ]  # fmt: skip


def test_a_query_has_all_that_an_answer_needs() -> None:
    report = asked(finding(1, item("U3"), places=2), remark="may we shave it?")
    lines = to_queries(report).text.splitlines()
    for line in (
        "**Found (error, annular-ring-outer):** pad U3.12 \\[GND\\] has a ring of 0.118 mm; at least 0.130 mm is needed",
        "**Measured:** 0.118 mm, limit 0.130 mm (from rules/profiles/standard.toml:9)",
        "| pad U3.12 \\[GND\\] | F.Cu | 10.000 | 20.000 | 0.118 mm | 0.130 mm |",
        "| pad U3.12 \\[GND\\] | F.Cu | 11.000 | 20.000 | 0.119 mm | 0.130 mm |",
        "**Question:** may we shave it?",
        "**Proposed:** Make the pad larger.",
        "**Otherwise:** The drill wanders.",
    ):
        assert line in lines
    assert sum(line.startswith("**OEM's answer:** ____") for line in lines) == 1
    assert f"| demo.kicad\\_pcb | kicad\\_pcb | `{'00' * 32}` |" in lines
    assert any(line.startswith("Limits: ") for line in lines)
    (row,) = rows(report)
    assert tuple(row) == COLUMNS
    assert (row["query"], row["places"], row["measured"], row["limit"], row["unit"]) == ("EQ-1", "2", "0.118", "0.13", "mm")
    assert (row["question"], row["proposed"], row["OEM's answer"]) == ("may we shave it?", "Make the pad larger.", "")


def test_places_beyond_those_listed_are_counted() -> None:
    text = to_queries(asked(finding(1, places=LISTED + 2))).text
    assert text.count("| pad U3.12") == LISTED
    assert "and 2 more places, which the report lists" in text


def test_a_date_only_where_the_build_gives_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    assert "Date:" not in to_queries(asked(finding())).text
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    assert "Date: 2023-11-14  \n" in to_queries(asked(finding())).text


@pytest.mark.parametrize("text", HOSTILE)
def test_text_of_board_and_remark_stays_text(text: str) -> None:
    """Whatever the names are, the document has the headings, tables and pictures of a harmless one, no link and no HTML."""

    def shape(name: str) -> list[tuple[str, str]]:
        told = asked(replace(finding(1, item(name, name)), message=f"{name} is bad", fix=name), remark=name)
        report = replace(told, designs=(replace(told.designs[0], name=name),))
        found = [(t.type, t.tag) for t in tokens(to_queries(report).text)]
        return [pair for pair in found if pair[0] not in ("text", "softbreak", "text_special")]

    assert shape(text) == shape("U3")
    assert not {"html_block", "html_inline", "link_open", "image"} & {kind for kind, _ in shape(text)}


@pytest.mark.parametrize("text", HOSTILE)
def test_no_cell_is_a_formula(text: str) -> None:
    report = asked(replace(finding(1, item(text, text)), message=text, fix=text), remark=text or "x")
    (row,) = rows(report)
    for name in ("what", "question", "proposed", "items"):
        assert not row[name].lstrip().startswith(("=", "+", "-", "@", "＝")), name


@pytest.fixture(scope="module")
def real() -> tuple[DesignReport, str, dict[str, bytes]]:
    bundle = to_queries(demo(), Path("out/my queries.md"))
    return demo().designs[0], bundle.text, dict(bundle.beside)


def test_each_query_of_a_real_board_has_a_picture_that_is_well_formed(real: tuple[DesignReport, str, dict[str, bytes]]) -> None:
    _, text, beside = real
    assert len(beside) == len(queries(demo())) > 3
    shown = [str(t.attrs["src"]) for t in tokens(text) if t.type == "image"]
    assert (
        [name.replace("%20", " ") for name in shown]
        == list(beside)
        == [f"my queries-pictures/EQ-{n + 1}.svg" for n in range(len(beside))]
    )
    for svg in beside.values():
        assert ElementTree.fromstring(svg).tag == "{http://www.w3.org/2000/svg}svg"
    assert len(set(beside.values())) == len(beside)


def test_the_header_names_the_files_by_their_hash(real: tuple[DesignReport, str, dict[str, bytes]]) -> None:
    digest = hashlib.sha256(DEMO.read_bytes()).hexdigest()
    assert f"| demo.kicad\\_pcb | kicad\\_pcb | `{digest}` |" in real[1]
    assert str(DEMO.parent) not in real[1], "where it lies here is nobody else's business"


def test_no_line_tells_where_files_lie_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither those of the design, which may lie apart, nor the profile's; what is named by its shipped profile stays so."""
    home = tmp_path / "secret"
    (home / "in").mkdir(parents=True)
    (tmp_path / "out").mkdir()
    (home / "in" / "demo.kicad_pcb").write_bytes(DEMO.read_bytes())
    (home / "bom.csv").write_text("Reference,Value\nR1,1k\n", "utf-8")
    (home / "mine.toml").write_text(
        'title = "x"\n[limits.track-width]\nmin = { min = "0.3 mm", source = "we, 0.3 mm" }\n', "utf-8"
    )
    monkeypatch.chdir(home)
    words = ["in/demo.kicad_pcb", "--with", str(home / "bom.csv"), "-p", str(home / "mine.toml"), "-s", "track-width", "-q"]
    out, table = tmp_path / "out" / "queries.md", tmp_path / "out" / "queries.csv"
    assert main([*words, "-j", "1", "-o", str(out), "-o", str(table)]) == 1
    for text in (out.read_text("utf-8"), table.read_text("utf-8-sig")):
        assert "secret" not in text
        assert "in/demo" not in text
        assert "we, 0.3 mm; mine.toml:3" in text
    assert "| demo.kicad\\_pcb |" in out.read_text("utf-8")
    assert "| bom.csv |" in out.read_text("utf-8")


def test_a_source_stands_beside_the_limit_that_it_states() -> None:
    hard = LimitUsed(0.1, 0.13, "rules/profiles/standard.toml:9", "mm", "a fabricator, 0.1 mm")
    told = asked(finding(1))
    rules = tuple(replace(r, limits={"min": hard}) if r.id == "annular-ring-outer" else r for r in told.designs[0].rules)
    report = replace(told, designs=(replace(told.designs[0], rules=rules),))
    assert queries(report)[0].source == "rules/profiles/standard.toml:9", "0.13 mm is what we prefer"
    rules = tuple(replace(r, limits={"min": replace(hard, value=0.13, prefer=0.2)}) for r in rules[:1])
    report = replace(told, designs=(replace(told.designs[0], rules=rules),))
    assert queries(report)[0].source == "a fabricator, 0.1 mm; rules/profiles/standard.toml:9"


def test_equal_rows_are_one_and_the_way_of_y_is_told() -> None:
    one = finding(1)
    text = to_queries(asked(replace(one, places=one.places * 3))).text
    assert text.count("| pad U3.12") == 1
    assert "| pad U3.12 \\[GND\\] (3 alike) |" in text
    assert "as KiCad shows them" in text
    films = asked(one)
    inputs = tuple({**i, "path": "a.gtl", "kind": "gerber"} for i in films.designs[0].inputs)
    text = to_queries(replace(films, designs=(replace(films.designs[0], inputs=inputs),))).text
    assert "Coordinates: mm, x to the right, y down; y is the negated y of the Gerber files" in text


@pytest.mark.parametrize(
    ("name", "format_"),
    [
        ("queries.md", "queries"),
        ("My Queries.CSV", "queries-csv"),
        ("my_queries.md", "queries"),
        ("subqueries.md", "markdown"),
    ],
)
def test_a_name_asks_for_queries_by_the_whole_word(name: str, format_: str) -> None:
    assert output(name) == (Path(name), format_)


def test_the_same_board_gives_the_same_bytes(real: tuple[DesignReport, str, dict[str, bytes]]) -> None:
    again = to_queries(demo(), Path("out/my queries.md"))
    assert (again.text, dict(again.beside)) == (real[1], real[2])


def test_what_has_no_place_or_no_design_has_no_picture_and_no_dead_link() -> None:
    place = replace(
        finding().places[0], x=float("nan"), y=float("nan"), items=(), file="a.gbr", measured=float("nan"), limit=None
    )
    nowhere = replace(demo().designs[0], findings=(replace(finding(), places=(place,)),))
    for d in (nowhere, replace(demo().designs[0], design=None)):
        bundle = to_queries(Report((d,), "0"))
        assert not bundle.beside
        assert "![" not in bundle.text
    assert "| a.gbr | F.Cu |  |  |  |  |" in to_queries(Report((nowhere,), "0")).text


def test_by_the_command(tmp_path: Path) -> None:
    """A file whose name ends in `queries` holds them, with the pictures beside; the review decides what is in it."""
    kept, out, table = tmp_path / "r.json", tmp_path / "queries.md", tmp_path / "queries.csv"
    words = [str(DEMO), "-s", "track-width,annular-ring-outer", "-j", "1", "-q", "--review", str(kept)]
    main(words)
    data = json.loads(kept.read_text())
    data["designs"][0]["dispositions"][1].update(disposition="ask", remark="Is 0.09 mm meant?")
    kept.write_text(json.dumps(data))
    assert main([*words, "-o", str(out), "-o", str(table)]) == 1
    assert "### EQ-1: Track width" in out.read_text()
    assert "**Question:** Is 0.09 mm meant?" in out.read_text()
    assert "EQ-2" not in out.read_text()
    assert [p.name for p in (tmp_path / "queries-pictures").iterdir()] == ["EQ-1.svg"]
    assert [row[0] for row in csv.reader(StringIO(table.read_text(encoding="utf-8-sig")))] == ["query", "EQ-1"]
