"""What holds for the designs of a folder, as the command, the window in the editor and a program have it."""

from __future__ import annotations

from pathlib import Path

import pytest
from test_plugin_job import board

from dfmcheck.project import project
from dfmcheck.read import read_kicad


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Of a project that says all that decides about a verdict, with its waivers in a file of their own."""
    path = tmp_path / "dfmcheck.toml"
    path.write_text(
        'profile = "eurocircuits"\nselect = ["copper-clearance", "track-width"]\nfail-on = "warning"\nstrict = true\n'
        'waivers = "agreed.toml"\n'
    )
    (tmp_path / "agreed.toml").write_text("")
    return path


def test_the_file_decides_about_the_verdict(config: Path) -> None:
    (design,) = project(config).check(read_kicad(board().encode(), str(config.parent / "b.kicad_pcb"))).designs
    assert "eurocircuits" in design.profile["chain"]
    assert (design.fail_on, design.strict) == ("warning", True)
    (other,) = project(config, profile="standard").check(read_kicad(board().encode(), "b.kicad_pcb")).designs
    assert "eurocircuits" not in other.profile["chain"]


def test_what_is_accepted_leaves_the_rest_as_it_is(config: Path) -> None:
    home = config.parent / "b.kicad_pcb"
    mine = project(config)
    raw = mine.run(read_kicad(board().encode(), str(home)))
    before = mine.excuse(raw)
    assert before.findings
    done = mine.accept(before.findings, "agreed", design=raw.name, home=home)
    assert (done.written, done.path) == (len(before.findings), config.parent / "agreed.toml")
    after = done.project.excuse(raw)
    assert {f.waived for f in after.findings} == {"agreed"}
    assert (after.fail_on, after.strict, after.profile) == (before.fail_on, before.strict, before.profile)
    assert done.project.config.path == config
    assert done.project.accept(after.findings, "again", design=raw.name, home=home) == (0, done.path, done.project)
