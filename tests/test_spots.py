"""What machine formats call files, and where in them they say that things stand."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from reports import DEMO, ROOT, design, finding, item, report

import dfmcheck
from dfmcheck.provenance import Locator
from dfmcheck.write.gitlab import to_gitlab
from dfmcheck.write.paths import Paths
from dfmcheck.write.rdjson import to_rdjson
from dfmcheck.write.sarif import to_sarif


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with a board in a folder, in which a run is started."""
    (tmp_path / "repo" / ".git").mkdir(parents=True)
    (tmp_path / "repo" / "hw").mkdir()
    (tmp_path / "repo" / "hw" / "b.kicad_pcb").write_text("(kicad_pcb)")
    monkeypatch.chdir(tmp_path / "repo" / "hw")
    return tmp_path / "repo"


def test_a_path_starts_at_the_root_of_the_repository(repo: Path) -> None:
    for name in ("b.kicad_pcb", "../hw/b.kicad_pcb", str(repo / "hw" / "b.kicad_pcb"), "./b.kicad_pcb"):
        assert Paths().relative(name) == "hw/b.kicad_pcb"


def test_symbolic_links_are_resolved_but_for_one_that_leads_out(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (repo.parent / "link").symlink_to(repo, target_is_directory=True)
    (repo / "same.kicad_pcb").symlink_to(repo / "hw" / "b.kicad_pcb")
    (repo.parent / "far.kicad_pcb").write_text("(kicad_pcb)")
    (repo / "out.kicad_pcb").symlink_to(repo.parent / "far.kicad_pcb")
    monkeypatch.chdir(repo.parent / "link")
    assert Paths().relative("hw/b.kicad_pcb") == "hw/b.kicad_pcb"
    assert Paths().relative(str(repo.parent / "link" / "hw" / "b.kicad_pcb")) == "hw/b.kicad_pcb"
    assert Paths().relative("same.kicad_pcb") == "hw/b.kicad_pcb"
    assert Paths().relative("out.kicad_pcb") == "out.kicad_pcb"


def test_a_file_elsewhere_is_named_from_its_own_repository_or_in_full(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = repo.parent / "other"
    other.mkdir()
    (other / "x.kicad_pcb").write_text("")
    assert Paths().relative("../../other/x.kicad_pcb") == (other / "x.kicad_pcb").as_posix()
    far = replace(finding().places[0], items=(replace(item(), file="../../other/x.kicad_pcb"),))
    (run,) = json.loads(to_sarif(report(design(replace(finding(), places=(far,))))))["runs"]
    where = run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert where == {"uri": (other / "x.kicad_pcb").as_uri()}
    (other / ".git").write_text("gitdir: elsewhere")  # a worktree
    assert Paths().relative("../../other/x.kicad_pcb") == "x.kicad_pcb"
    monkeypatch.chdir(repo.parent)  # no repository: the folder where the run was started
    assert Paths().relative("repo/hw/b.kicad_pcb") == "hw/b.kicad_pcb"
    (repo.parent / "a.kicad_pcb").write_text("")
    assert Paths().relative("a.kicad_pcb") == "a.kicad_pcb"


def test_what_is_inside_a_zip_is_named_by_the_zip(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copy(ROOT / "fixtures" / "packages" / "two.zip", repo / "hw" / "films.zip")
    paths = Paths()
    assert paths.relative("films.zip/sub/two-F_Cu.gtl") == "hw/films.zip"
    assert paths.inside("films.zip/sub/two-F_Cu.gtl")
    assert not paths.inside("films.zip")
    assert not paths.inside("absent/two-F_Cu.gtl")
    made = dfmcheck.check(dfmcheck.read("films.zip"), select=["copper-clearance", "layer-set", "silk-legibility"],
                          sets={"copper-clearance.min": "5 mm"})  # fmt: skip
    assert any(p.items and p.items[0].line for f in made.findings for p in f.places)
    (run,) = json.loads(to_sarif(made))["runs"]
    spots = {(spot["artifactLocation"]["uri"], spot["region"]["startLine"])
             for result in run["results"] for spot in [result["locations"][0]["physicalLocation"]]}  # fmt: skip
    assert spots == {("hw/films.zip", 1)}
    assert {one["location"]["path"] for one in json.loads(to_rdjson(made))["diagnostics"]} == {"hw/films.zip"}
    assert {one["location"]["path"] for one in json.loads(to_gitlab(made))} == {"hw/films.zip"}


def test_items_of_films_are_found_in_their_files(repo: Path) -> None:
    shutil.unpack_archive(ROOT / "fixtures" / "packages" / "two.zip", repo / "hw" / "films")
    made = dfmcheck.check(dfmcheck.read("films"), select=["copper-clearance"], sets={"copper-clearance.min": "5 mm"})
    (run,) = json.loads(to_sarif(made))["runs"]
    marked = set()
    for result in run["results"]:
        spot = result["locations"][0]["physicalLocation"]
        assert spot["artifactLocation"]["uri"].startswith("hw/films/two-")
        line = (repo / spot["artifactLocation"]["uri"]).read_text().splitlines()[spot["region"]["startLine"] - 1]
        marked.add(line[spot["region"]["startColumn"] - 1 : spot["region"]["endColumn"] - 1])
    assert marked
    assert all(text.endswith("*") and text.count("*") == 1 for text in marked), marked


def test_a_line_of_a_file_is_told_without_its_indent() -> None:
    board = dfmcheck.read(DEMO)
    locator = Locator(board)
    path = board.sources[0].path
    assert locator.whole_line(path, 1) == (1, 1, 1, "(kicad_pcb")
    assert locator.whole_line(path, 2) == (2, 3, 3, '(version 20241229) (generator "dfmcheck") (generator_version "9.0")')
    lines = DEMO.read_text("utf-8").count("\n")
    assert locator.whole_line(path, lines + 2) is None
    assert locator.whole_line(path, 0) is None
    assert locator.whole_line("other", 1) is None


def test_the_span_of_an_item_ends_with_its_list_or_its_line() -> None:
    board = dfmcheck.read(DEMO)
    locator = Locator(board)
    text = DEMO.read_text("utf-8")
    for row in range(len(board.items)):
        span = locator.span(row)
        if span is None:
            continue
        line = text.split("\n")[span.line - 1][span.column - 1 :]
        assert line.startswith(span.text)
        assert span.text.startswith("(")
        rest = line[len(span.text) :]
        # All of the item where it ends in this line (no text of this board holds a parenthesis), else all of the line.
        assert span.text.count("(") == span.text.count(")") or (span.text.count("(") > span.text.count(")") and not rest.strip())


def test_a_line_of_any_length_is_counted_in_code_points(tmp_path: Path) -> None:
    text = " ".join(DEMO.read_text("utf-8").replace('"GND"', '"µ𝄞"').split())
    assert len(text) > 10_000
    (tmp_path / "one.kicad_pcb").write_text(text, "utf-8")
    board = dfmcheck.read(tmp_path / "one.kicad_pcb")
    locator, data = Locator(board), text.encode()
    spans = [span for row in range(len(board.items)) if (span := locator.span(row)) is not None]
    assert max(span.column_bytes - span.column for span in spans) > 20
    assert min(span.column for span in spans) < 4096 < max(span.column for span in spans)
    for span in spans:
        assert text[span.column - 1 :].startswith(span.text)
        assert data[span.column_bytes - 1 :].startswith(span.text.encode())
