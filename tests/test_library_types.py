"""What people write against the library passes `mypy --strict`: the code of the documentation, and the example of a package."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys

import pytest
from shown import PAGES, ROOT, blocks

pytest.importorskip("mypy")

EXAMPLE = ROOT / "tests" / "example_plugin"
WRONG = """import dfmcheck
from dfmcheck import check, read, write
from dfmcheck.check import Context, Measurements
from dfmcheck.check import check as register
from dfmcheck.testing import check_fixture

board = dfmcheck.read(3)
report = dfmcheck.check("board.kicad_pcb")
dfmcheck.check(board, sets=["copper-clearance.min"])
dfmcheck.check(board, strikt=True)
dfmcheck.write(report)
dfmcheck.nothing
report.findings[0].places[0].measured.upper()
board.pads.widths
check(read("board.kicad_pcb")).to_list()
write(report, "report.json").close()
check_fixture("x.kicad_pcb").rules
Measurements.of(1.0)


@register("mine")
def mine(ctx: Context) -> int:
    return ctx.board
"""
"""Each line from `board = ` on, but for the decorator's neighbours, is refused."""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What mypy says of all of it, read from outside the repository."""
    folder = tmp_path_factory.mktemp("typed")
    names = []
    for page in PAGES:
        name = page.removeprefix("docs/").removesuffix(".md").replace("-", "_").lower()
        shown = [block for block in blocks(page) if block.language == "python"]
        for block in shown:
            if block.file is not None and not (EXAMPLE / block.file).exists():
                (folder / f"{name}_{block.file}").write_text(block.text, "utf-8")
                names.append(f"{name}_{block.file}")
        if any(block.file is None for block in shown):
            (folder / f"{name}_page.py").write_text("".join(block.text for block in shown if block.file is None), "utf-8")
            names.append(f"{name}_page.py")
    shutil.copytree(EXAMPLE / "acme_dfm", folder / "acme_dfm")
    shutil.copy(EXAMPLE / "tests" / "test_rules.py", folder)
    (folder / "wrong.py").write_text(WRONG)
    run = [sys.executable, "-m", "mypy", "--strict", "--config-file=", "--no-error-summary", "--cache-dir", str(folder / "cache")]
    done = subprocess.run([*run, *names, "acme_dfm", "test_rules.py", "wrong.py"], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 1, done.stdout + done.stderr
    assert len(names) > 4
    return done.stdout.splitlines()


def test_what_the_documentation_shows_and_the_example_package_are_typed(told: list[str]) -> None:
    assert [line for line in told if not line.startswith("wrong.py:")] == []


def test_what_is_wrong_is_told_so_that_nothing_of_the_library_is_of_any_type(told: list[str]) -> None:
    lines = {int(line.split(":")[1]) for line in told if re.match(r"wrong\.py:\d+: error:", line)}
    wrong = WRONG.splitlines()
    first, last = (wrong.index(text) + 1 for text in ("board = dfmcheck.read(3)", "Measurements.of(1.0)"))
    assert lines == {*range(first, last + 1), wrong.index('@register("mine")') + 1, len(wrong)}
