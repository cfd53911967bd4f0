"""What README, CONTRIBUTING and the documentation show works as shown: every code block is run, loaded or compared.

The blocks of a page are one story. They run in order, in a folder with a board, a package, and what else they are told to find; a
block that begins with the name of a file is written there. A block that no test knows what to do with fails.
"""

from __future__ import annotations

import importlib
import io
import json
import re
import shlex
import shutil
import sys
import tomllib
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import pytest
from shown import PAGES, ROOT, Block, agrees, block, blocks, lines

import dfmcheck
from dfmcheck import api, check, config, review
from dfmcheck.cli import main
from dfmcheck.rule import load_profile, load_rules
from dfmcheck.weights import load_weights
from dfmcheck.write import output

yaml = pytest.importorskip("yaml")

DEMO = ROOT / "docs" / "demo.kicad_pcb"
PACKAGE = ROOT / "fixtures" / "packages" / "two.zip"
PASSING = ("--fail-on never", "--list-", "--explain", "--show-profile", "--accept", "--against", "-s assembly")
"""Commands that end with 0; all others of the demo board end with 1, since it is wrong on purpose."""
QUICK_START = lines(block("README.md", "sh", "-m venv"))
ELSEWHERE = {
    *QUICK_START, *lines(block("docs/first-run.md", "sh", "-m venv")), *lines(block("CONTRIBUTING.md", "sh", "-m venv")),
    *lines(block("CONTRIBUTING.md", "sh", "linkcheck")), "docker build -t dfmcheck .", "python tools/pcm.py",
}  # fmt: skip
"""Lines that other tests run, or hold against what those run: see test_docs_told."""
ACTION = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the commands of the documentation find: the demo board by several names, packages, a profile, earlier reports."""
    made = tmp_path_factory.mktemp("prepared")
    for name in ("board.kicad_pcb", "old/board.kicad_pcb", "hardware/board.kicad_pcb", "docs/demo.kicad_pcb"):
        (made / name).parent.mkdir(exist_ok=True)
        shutil.copy(DEMO, made / name)
    for name in ("handoff.zip", "rev-a.zip", "rev-b.zip", "incoming/order-4711.zip", "incoming/order-4712.zip"):
        (made / name).parent.mkdir(exist_ok=True)
        shutil.copy(PACKAGE, made / name)
    (made / "mine.toml").write_text(block("docs/profiles.md", "toml", "extends = ["), "utf-8")
    (made / "dfmcheck.toml").write_text("", "utf-8")  # nothing above this folder counts
    for name in ("last-release.json", "report.json"):
        assert main([str(made / "board.kicad_pcb"), "-q", "-o", str(made / name), "--fail-on", "never"]) == 0
    return made


STORY = "a-page-of-the-documentation"
"""Name of the folder in which a page is told."""
RUN: set[str] = set()
"""Commands that leave nothing behind need not be run again for another page."""


class Story:
    """The blocks of one page, run in order."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.names: dict[str, Any] = {"__name__": "shown"}
        self.rules: list[Path] = []
        """Files of rules that the page has shown, for the profiles that come after them."""
        self.printed: str | None = None
        """What the block before printed, if it is one that prints."""

    def run(self, shown: Block) -> None:
        printed, self.printed = self.printed, None
        if shown.language == "text":
            assert printed is not None, "a block of text is what the block before it prints"
            assert agrees(shown.text, printed), printed
            return
        if shown.language.startswith("{"):
            return  # Sphinx builds it, see test_docs_build
        if shown.file is not None:
            path = self.folder / shown.file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(shown.text, "utf-8")
        handler: Callable[[Story, Block], None] | None = HANDLERS.get(shown.language)
        assert handler is not None, f"no test knows what to do with a block marked {shown.language!r}"
        handler(self, shown)

    def shell(self, shown: Block) -> None:
        told = [self.command(line) for line in lines(shown.text)]
        self.printed = told[0] if len(told) == 1 else None

    def console(self, shown: Block) -> None:
        nothing, *parts = re.split(r"^\$ ", shown.text, flags=re.M)
        assert parts
        assert not nothing
        for part in parts:
            line, _, expected = part.partition("\n")
            printed = self.command(line, force=True)
            assert printed is not None, f"no test runs {line!r}"
            assert agrees(expected, printed), printed

    def command(self, line: str, *, force: bool = False) -> str | None:
        """Run a line of a shell; '' or what it printed for one of ours."""
        if line.startswith("docker run "):  # what stands behind the image's name is a command like any other
            line = line[line.index(" dfmcheck ") + 1 :]
        if not line.startswith("dfmcheck "):
            assert line in ELSEWHERE, f"no test runs {line!r}"
            return None
        own = (self.folder / ".dfmcheck.toml").exists() or (self.folder / "dfmcheck.toml").stat().st_size > 0
        if not force and not own and not re.search(r" (-o|--accept|--review)\b", line):
            if line in RUN:
                return None
            RUN.add(line)
        args = shlex.split(line)[1:]
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            status = main(args)
        said = f"{line}\n{out.getvalue()[-300:]}{err.getvalue()}"
        passes = any(word in line for word in PASSING)
        assert status == 0 or not passes, said
        assert status == 1 or passes or ".kicad_pcb" not in line, said
        assert status < 2, said
        assert "error:" not in err.getvalue(), said
        for k, arg in enumerate(args):
            if arg == "-o":
                path, _ = output(args[k + 1])
                assert path.stat().st_size > 0
        if "--accept" in line:
            assert any("[[waiver]]" in path.read_text("utf-8") for path in self.folder.glob("*dfmcheck.toml"))
        return out.getvalue()

    def python(self, shown: Block) -> None:
        """Run it in the names of the page; a module is imported by what comes after it."""
        code = compile(shown.text, shown.file or f"<{shown.where}>", "exec")
        if shown.file is not None:
            importlib.invalidate_caches()
            return
        out = io.StringIO()
        with redirect_stdout(out):
            exec(code, self.names)
        self.printed = out.getvalue()

    def toml(self, shown: Block) -> None:
        data = tomllib.loads(shown.text)
        path = self.folder / (shown.file or "loaded.toml")
        path.write_text(shown.text, "utf-8")
        if any(isinstance(row, dict) and "check" in row for row in data.values()):
            assert load_rules([path])
            self.rules += [path] if shown.file is not None else []
        elif "project" in data:
            assert data["project"]["entry-points"]["dfmcheck"]
        elif "flow" in data or "dpmo" in data:
            assert load_weights(path) != load_weights(None)
        elif "title" in data:
            assert load_profile(path, load_rules(self.rules)).limits
        else:
            (self.folder.parent / "company.toml").write_text("strict = true\n", "utf-8")
            (self.folder / "rules").mkdir(exist_ok=True)
            shutil.copy(ROOT / "rules" / "weights" / "standard.toml", self.folder / "line.toml")
            conf = config.load(path)
            assert conf != config.Config(path=path)
            api.plan(conf.profile or ("standard",), sets=conf.sets, ignore=conf.ignore, severity=conf.severity)
        if shown.file is None:
            path.unlink()

    def json(self, shown: Block) -> None:
        schema = json.loads(shown.text)["schema"]
        path = self.folder / (shown.file or "loaded.json")
        path.write_text(shown.text, "utf-8")
        assert schema == "dfmcheck-review/1"
        assert review.load(path)

    def yaml(self, shown: Block) -> None:
        """What is well-formed by the schemas of CI systems is test_ci_files'; here its commands run."""
        data = yaml.safe_load(shown.text)
        for step in _steps(data):
            if str(step.get("uses", "")).startswith("OWNER/dfmcheck@"):
                assert step["uses"].endswith(f"@v{dfmcheck.__version__}")
                assert step["with"].keys() <= ACTION["inputs"].keys()
        self.ci("\n".join(_scripts(data)))

    def ci(self, script: str) -> None:
        if "git show" in script:  # see test_docs_told
            return
        for line in lines(script):
            if line.startswith("dfmcheck "):
                line = line.replace('"markdown:$GITHUB_STEP_SUMMARY"', "markdown:summary.md")
                assert self.command(line, force=True) is not None
            elif line.startswith("pip install"):
                assert f"v{dfmcheck.__version__}" in line
            else:
                assert line in ELSEWHERE, f"no test runs {line!r}"


HANDLERS: dict[str, Callable[[Story, Block], None]] = {
    "sh": Story.shell, "console": Story.console, "python": Story.python, "toml": Story.toml, "json": Story.json,
    "yaml": Story.yaml,
}  # fmt: skip


def _steps(data: Any) -> list[dict[str, Any]]:
    """The steps of a workflow, or of a part of one."""
    if isinstance(data, list):
        return data
    return [step for job in data.get("jobs", {}).values() for step in job["steps"]]


def _scripts(data: Any) -> list[str]:
    """What a CI system runs."""
    told = [str(step["run"]) for step in _steps(data) if "run" in step]
    jobs = data.values() if isinstance(data, dict) and "jobs" not in data else ()
    keys = ("before_script", "script")
    return told + [line for job in jobs if isinstance(job, dict) for key in keys for line in job.get(key, [])]


@pytest.fixture
def apart() -> Iterator[None]:
    """What a page imports and registers is gone after it: the next one does not know of it."""
    checks, modules = check.registry(), set(sys.modules)
    before = dict(checks)
    yield
    check._CHECKS.clear()
    check._CHECKS.update(before)
    for name in set(sys.modules) - modules:
        if f"/{STORY}/" in Path(getattr(sys.modules[name], "__file__", None) or "").as_posix():
            del sys.modules[name]


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.usefixtures("apart")
def test_every_block_of_a_page_works(page: str, prepared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / STORY
    shutil.copytree(prepared, folder)
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "path", [*sys.path, str(folder)])
    story = Story(folder)
    for shown in blocks(page):
        try:
            story.run(shown)
        except Exception as error:
            raise AssertionError(f"{shown.where}: {error}") from error


@pytest.mark.parametrize(
    ("language", "text", "why"),
    [
        ("fortran", "end", "knows what to do"),
        ("text", "anything", "what the block before it prints"),
        ("sh", "make everything", "no test runs"),
        ("console", "$ dfmcheck --version\ndfmcheck 99", "dfmcheck 0"),
        ("python", "assert False, 'so'", "so"),
        ("toml", "[limits.no-such-rule]\nmin = '1 mm'", "no-such-rule"),
        ("yaml", "- run: make everything", "no test runs"),
    ],
)
@pytest.mark.usefixtures("apart")
def test_a_block_that_does_not_hold_fails(
    language: str, text: str, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "dfmcheck.toml").write_text("", "utf-8")
    with pytest.raises((AssertionError, dfmcheck.DfmError), match=why):
        Story(tmp_path).run(Block("page.md", 1, language, text))
