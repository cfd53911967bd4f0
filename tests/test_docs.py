"""What README, CONTRIBUTING and the documentation show works as shown: every command is run."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import textwrap
from pathlib import Path

import pytest

import dfmcheck
from dfmcheck import api, config, review
from dfmcheck.cli import main
from dfmcheck.write import _WRITERS, FORMATS, output

ROOT = Path(__file__).parents[1]
PAGES = sorted(path.relative_to(ROOT).as_posix() for path in (*(ROOT / "docs").glob("*.md"), ROOT / "README.md"))
PASSING = ("--fail-on never", "--list-", "--explain", "--show-profile", "--accept", "--against", "dfmcheck handoff.zip")
"""Commands of the documentation that end with 0; all others end with 1, since the demo board is wrong on purpose."""


def blocks(page: str, language: str) -> list[str]:
    found = re.findall(rf"^( *)```{language}\n(.*?)^\1```", (ROOT / page).read_text("utf-8"), re.M | re.S)
    return [textwrap.dedent(text) for _, text in found]


def block(page: str, language: str, containing: str) -> str:
    """The code block of a page that contains a text."""
    (found,) = [text for text in blocks(page, language) if containing in text]
    return found


def commands(page: str) -> list[str]:
    """What a page shows people to run, without comments; what is piped or comes before is not ours."""
    lines = [line.split("  #")[0].strip() for text in blocks(page, "sh") for line in text.splitlines()]
    return [line for line in lines if line.startswith("dfmcheck ")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the commands of the documentation find: the demo board by several names, a package, a profile, an earlier report."""
    made = tmp_path_factory.mktemp("shown")
    for name in ("board.kicad_pcb", "old/board.kicad_pcb", "hardware/board.kicad_pcb"):
        (made / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / "docs" / "demo.kicad_pcb", made / name)
    shutil.copy(ROOT / "fixtures" / "packages" / "two.zip", made / "handoff.zip")
    (made / "mine.toml").write_text(block("docs/profiles.md", "toml", "extends = ["), "utf-8")
    (made / "dfmcheck.toml").write_text("", "utf-8")  # nothing above this folder counts
    assert main([str(made / "board.kicad_pcb"), "-q", "-o", str(made / "last-release.json"), "--fail-on", "never"]) == 0
    return made


RUN: set[str] = set()
"""What has been run once need not be run again for another page."""


@pytest.mark.parametrize("page", [page for page in PAGES if commands(page)])
def test_every_command_runs_and_exits_as_said(
    page: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    for line in commands(page):
        if line in RUN:
            continue
        RUN.add(line)
        args = shlex.split(line)[1:]
        status = main(args)
        out, err = capsys.readouterr()
        assert status == (0 if any(word in line for word in PASSING) else 1), f"{line}\n{out}{err}"
        assert "error:" not in err
        for k, arg in enumerate(args):
            if arg == "-o":
                path, _ = output(args[k + 1])
                assert path.stat().st_size > 0
        if "--accept" in line:  # its waivers are not meant for the next command
            assert "[[waiver]]" in (folder / "dfmcheck.toml").read_text("utf-8")
            (folder / "dfmcheck.toml").write_text("", "utf-8")


def test_the_files_that_the_documentation_promises_are_what_it_says(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    rows = re.findall(r"^\| \[(.*?)\]\(#", (ROOT / "docs" / "formats.md").read_text("utf-8"), re.M)
    told = {name for row in rows for name in re.findall(r"`([a-z]+)`", row)}
    assert told == {"text", *_WRITERS} - {"queries-csv"}
    assert set(FORMATS) <= told


def test_the_commands_of_ci_run(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(folder)
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "summary.md")
    lines = re.findall(r"(?:run: |- )(dfmcheck .*)", "\n".join(blocks("docs/ci.md", "yaml")))
    assert len(lines) == 2
    for line in lines:
        assert main(shlex.split(line.replace("$GITHUB_STEP_SUMMARY", "summary.md"))[1:]) == 1
    assert "::error" in capsys.readouterr().out
    assert "annular-ring-outer" in (folder / "summary.md").read_text("utf-8")
    assert json.loads((folder / "gl-code-quality-report.json").read_text("utf-8"))


def test_the_quick_start_writes_a_report() -> None:
    first, second = block("README.md", "sh", "-m venv").splitlines()
    assert first.startswith("python3 -m venv .venv && .venv/bin/pip install -q . && .venv/bin/dfmcheck docs/demo.kicad_pcb ")
    assert second == "python3 -m venv .venv && .venv/bin/pip install -q -e '.[dev]' && .venv/bin/pytest"
    assert first.endswith(" --fail-on never -o report.html")
    assert (ROOT / "docs" / "demo.kicad_pcb").exists()


def test_the_keys_of_the_page_are_told() -> None:
    known = re.search(r"const KEYS = \[(.*?)\n\];", (ROOT / "dfmcheck" / "write" / "html" / "page.js").read_text("utf-8"), re.S)
    assert known
    rows = re.findall(r"^\| (.+?) \| (.+?) \|$", (ROOT / "docs" / "report.md").read_text("utf-8").split("## Keys")[1], re.M)
    told = {(key.replace("`", ""), what) for key, what in rows}
    assert set(re.findall(r"\['(.*?)', '(.*?)'\]", known[1])) <= told


def test_the_parts_of_the_page_are_told() -> None:
    page = (ROOT / "dfmcheck" / "write" / "html" / "page.html").read_text("utf-8")
    parts = re.findall(r"<summary>\s*<h\d>(.*?)</h\d>", page)
    told = (ROOT / "docs" / "report.md").read_text("utf-8")
    assert len(parts) > 5
    assert [part for part in parts if f"**{part}**" not in told] == []


def test_the_review_that_is_shown_is_one(tmp_path: Path) -> None:
    (tmp_path / "shown.json").write_text(block("docs/review.md", "json", "dfmcheck-review/1"), "utf-8")
    (entry,) = review.load(tmp_path / "shown.json")["board"]
    assert (entry.rule, entry.disposition) == ("annular-ring-outer", "ask")
    rows = re.findall(r"^\| `([a-z]+)` \|", (ROOT / "docs" / "review.md").read_text("utf-8"), re.M)
    assert rows == list(review.DISPOSITIONS)


def test_the_rule_of_contributing_is_a_rule(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine.toml").write_text(block("CONTRIBUTING.md", "toml", "[via-to-land]"), "utf-8")
    demo = str(ROOT / "docs" / "demo.kicad_pcb")
    args = [demo, "--rules", str(tmp_path), "-s", "via-to-land", "--fail-on", "warning"]
    assert main([*args, "--set", "via-to-land.min=5mm"]) == 1
    assert "pad D1.1 [LED_A] and via [GND] are 4.100 mm apart on F.Cu" in capsys.readouterr().out
    assert main([*args, "--set", "via-to-land.min=4mm"]) == 0


def test_the_configs_that_are_shown_are_configs(tmp_path: Path) -> None:
    path = tmp_path / "board" / "dfmcheck.toml"
    path.parent.mkdir()
    path.write_text(block("docs/profiles.md", "toml", "[[waiver]]"), "utf-8")
    (tmp_path / "company.toml").write_text("strict = true\n", "utf-8")
    conf = config.load(path)
    assert (conf.strict, conf.fail_on, len(conf.waivers)) == (True, "warning", 1)
    plan = api.plan(conf.profile, sets=conf.sets, ignore=conf.ignore, severity=conf.severity)
    assert plan.limits["copper-clearance"]["min_outer"].prefer == 0.2
    for page in ("docs/first-run.md", "docs/waivers.md"):
        for text in blocks(page, "toml"):
            path.write_text(text, "utf-8")
            assert config.load(path) != config.Config(path=path)


def test_the_library_example_runs(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    code = block("docs/library.md", "python", "dfmcheck.read").replace("board.kicad_pcb", "docs/demo.kicad_pcb")
    monkeypatch.chdir(ROOT)
    exec(code, {})
    assert "error copper-clearance" in capsys.readouterr().out


def test_the_changes_name_the_version() -> None:
    assert f"## {dfmcheck.__version__} " in (ROOT / "CHANGELOG.md").read_text("utf-8")
