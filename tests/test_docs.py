"""What README and CONTRIBUTING show works as shown."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

import pytest

import dfmcheck
from dfmcheck import api, config
from dfmcheck.cli import main

ROOT = Path(__file__).parents[1]


def block(page: str, language: str, containing: str) -> str:
    """The code block of a page that contains a text."""
    blocks = re.findall(rf"^( *)```{language}\n(.*?)^\1```", (ROOT / page).read_text("utf-8"), re.M | re.S)
    (found,) = [textwrap.dedent(text) for _, text in blocks if containing in text]
    return found


def test_the_rule_of_contributing_is_a_rule(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine.toml").write_text(block("CONTRIBUTING.md", "toml", "[via-to-land]"), "utf-8")
    demo = str(ROOT / "docs" / "demo.kicad_pcb")
    args = [demo, "--rules", str(tmp_path), "-s", "via-to-land", "--fail-on", "warning"]
    assert main([*args, "--set", "via-to-land.min=5mm"]) == 1
    assert "pad D1.1 [LED_A] and via [GND] are 4.100 mm apart on F.Cu" in capsys.readouterr().out
    assert main([*args, "--set", "via-to-land.min=4mm"]) == 0


def test_the_config_of_the_readme_is_a_config(tmp_path: Path) -> None:
    path = tmp_path / "board" / "dfmcheck.toml"
    path.parent.mkdir()
    path.write_text(block("README.md", "toml", "[[waiver]]"), "utf-8")
    (tmp_path / "company.toml").write_text("strict = true\n", "utf-8")
    conf = config.load(path)
    assert (conf.strict, conf.fail_on, len(conf.waivers)) == (True, "warning", 1)
    plan = api.plan(conf.profile, sets=conf.sets, ignore=conf.ignore, severity=conf.severity)
    assert plan.limits["copper-clearance"]["min_outer"].prefer == 0.2


def test_the_library_example_of_the_readme_runs(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    code = block("README.md", "python", "dfmcheck.read").replace("board.kicad_pcb", "docs/demo.kicad_pcb")
    monkeypatch.chdir(ROOT)
    exec(code, {})
    assert "error copper-clearance" in capsys.readouterr().out


def test_the_options_of_the_readme_exist(capsys: pytest.CaptureFixture[str]) -> None:
    main(["-h"])
    known = set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", capsys.readouterr().out))
    for line in block("README.md", "sh", "# the limits that most").splitlines():
        assert set(re.findall(r" (--?[a-z][a-z-]*)", line.split("#")[0])) <= known
    assert dfmcheck.__version__ in (ROOT / "CHANGELOG.md").read_text("utf-8")
