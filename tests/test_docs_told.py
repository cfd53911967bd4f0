"""What the documentation says in words is so: files, keys, parts, figures, and commands that blocks cannot run in place."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import site
import subprocess
import sys
from pathlib import Path

import pytest
from shown import PAGES, ROOT, block, blocks, lines

import dfmcheck
from dfmcheck import api, config, review
from dfmcheck.cli import main
from dfmcheck.rule import load_rules, resolve
from dfmcheck.write import _WRITERS, FORMATS

DEMO = ROOT / "docs" / "demo.kicad_pcb"
LINKCHECK = ".venv/bin/sphinx-build -b linkcheck docs docs/_build/links\n"
BASH = pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")


@BASH
def test_the_installation_that_is_shown_works(tmp_path: Path) -> None:
    """As shown, in a clone, but that pip looks for the dependencies in this environment and not on the network."""
    first, second = lines(block("README.md", "sh", "-m venv"))
    for name in ("dfmcheck", "rules", "pyproject.toml", "README.md", "LICENSE", "docs/demo.kicad_pcb"):
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        (tmp_path / name).parent.mkdir(exist_ok=True)
        copy(ROOT / name, tmp_path / name)
    offline = {"PYTHONPATH": os.pathsep.join(site.getsitepackages()), "PIP_NO_INDEX": "1", "PIP_NO_BUILD_ISOLATION": "0"}
    env = {**os.environ, **offline, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(["bash", "-ec", first], cwd=tmp_path, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "demo: PASS  3 errors" in done.stdout
    assert (tmp_path / "report.html").stat().st_size > 0
    make, install, enter = lines(block("docs/first-run.md", "sh", "-m venv"))
    assert first.startswith(f"{make} && {install.replace('install', 'install -q')} && .venv/bin/dfmcheck ")
    assert (tmp_path / enter.removeprefix("source ")).is_file()
    assert second == f"{make} && .venv/bin/pip install -q -e '.[dev]' && .venv/bin/pytest"


def test_contributors_are_told_to_run_what_ci_runs() -> None:
    ci = (ROOT / ".ci" / "run").read_text("utf-8")
    told = "\n".join(lines(block("CONTRIBUTING.md", "sh", "-m venv")))
    assert "bash .ci/run" in told
    for tool in re.findall(r'"\$venv/bin/(ruff|mypy|pytest)"', ci):
        assert f".venv/bin/{tool}" in told
    assert "-e '.[dev]'" in ci
    assert "-e '.[dev]'" in told
    assert re.search(r"sphinx-build -W docs docs/_build$", told, re.M)  # test_docs_build does just that, in a copy
    assert block("CONTRIBUTING.md", "sh", "linkcheck") == LINKCHECK  # and leaves out what needs the network


@BASH
def test_the_board_before_a_change_is_what_git_had(tmp_path: Path) -> None:
    yaml = pytest.importorskip("yaml")
    (job,) = yaml.safe_load(block("docs/ci.md", "yaml", "git show"))["jobs"].values()
    (script,) = [step["run"] for step in job["steps"] if "run" in step]
    against = next(step["with"]["against"] for step in job["steps"] if "against" in step.get("with", {}))
    env = {**os.environ, "GITHUB_BASE_REF": "main", "RUNNER_TEMP": str(tmp_path / "temp")}
    env |= {f"GIT_{who}_{what}": "a@b.c" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    (tmp_path / "temp").mkdir()
    work = tmp_path / "work"
    (work / "hardware").mkdir(parents=True)
    for name in ("board.kicad_pcb", "board.kicad_pro"):
        (work / "hardware" / name).write_text(f"old {name}", "utf-8")
    steps = ("git init -q .", "git add .", "git commit -qm old", "git update-ref refs/remotes/origin/main HEAD")
    for command in steps:
        subprocess.run(command.split(), cwd=work, env=env, check=True)
    (work / "hardware" / "board.kicad_pcb").write_text("new", "utf-8")
    subprocess.run(["bash", "-e", "-c", script], cwd=work, env=env, check=True)
    before = Path(against.replace("${{ runner.temp }}", str(tmp_path / "temp")))
    assert before.read_text("utf-8") == "old board.kicad_pcb"
    assert before.with_suffix(".kicad_pro").read_text("utf-8") == "old board.kicad_pro"


def test_how_to_set_a_limit_is_told_rightly_on_every_page_of_a_rule(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "docs" / "extensions"))
    from limits import setting

    known, path = load_rules(), tmp_path / "dfmcheck.toml"
    for rule in known.values():
        told = "\n".join(setting(rule))
        (line, text) = (*re.findall(r"```\w+\n(.*?)```", told, re.S), "", "")[:2]
        assert bool(line) == bool(rule.params), rule.id
        if line:
            path.write_text(text, "utf-8")
            sets = [api.split_set(shlex.split(line)[-1], "--set")]
            by_option, by_file = (resolve([], known, given) for given in (sets, config.load(path).sets))
            ((name, limit),) = by_option[rule.id].items()
            assert (limit.value, limit.unit) == (by_file[rule.id][name].value, by_file[rule.id][name].unit)


def test_every_language_is_marked() -> None:
    assert [shown.where for page in PAGES for shown in blocks(page) if not shown.language] == []


def test_the_files_that_the_documentation_promises_are_what_it_says() -> None:
    rows = re.findall(r"^\| \[(.*?)\]\(#", (ROOT / "docs" / "formats.md").read_text("utf-8"), re.M)
    told = {name for row in rows for name in re.findall(r"`([a-z]+)`", row)}
    assert told == {"text", *_WRITERS} - {"queries-csv"}
    assert set(FORMATS) <= told


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


def test_the_window_in_kicad_is_told_as_it_is() -> None:
    """Its buttons, pages, keys and messages by the words that stand in it, and the packages by their names."""
    told = (ROOT / "docs" / "kicad.md").read_text("utf-8")
    plugin = ROOT / "dfmcheck" / "plugin"
    source = "".join(path.read_text("utf-8") for path in plugin.glob("window*.py"))
    buttons = re.findall(r'self\._button\("(.*?)"', source)
    (shown,) = re.findall(r"for window, title in \((.*)\):\n", source)
    pages = re.findall(r'"(.*?)"', shown)
    assert len(buttons) == 4
    assert len(pages) >= 3
    assert [name for name in (*buttons, *pages) if f"**{name.replace('&', '')}**" not in told] == []
    assert all(word in source for word in ("as the project says", "&Run again", "&Stop", "WXK_F5", "WXK_ESCAPE"))
    assert (ROOT / "tools" / "pcm.py").is_file()
    tool = (ROOT / "tools" / "pcm.py").read_text("utf-8")
    for kicad in ("kicad9", "kicad7"):
        assert f"dfmcheck-{dfmcheck.__version__}-{kicad}.zip" in told
        assert f'"{kicad}"' in tool
    (action,) = json.loads((ROOT / "tools" / "pcm" / "plugin.json").read_text("utf-8"))["actions"]
    assert f"**{action['name']}**" in told
    assert "DFMCHECK_COMMAND" in (plugin / "shim.py").read_text("utf-8")


def test_the_changes_name_the_version() -> None:
    assert f"## {dfmcheck.__version__} " in (ROOT / "CHANGELOG.md").read_text("utf-8")
