"""Gerber-format drill files: flashes are holes, draws are slots."""

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from drilled import differ, of_board, of_drills, spots, whats
from plotted import needs_cli

from dfmcheck.board import Cover
from dfmcheck.package import Role
from dfmcheck.read import read_kicad
from dfmcheck.read.drill_image import drill_of
from dfmcheck.read.gerber import read_gerber

MATRIX = Path(__file__).parents[1] / "fixtures" / "drill" / "matrix.kicad_pcb"
DRILL = Role("drill")
HEAD = "%TF.FileFunction,Plated,1,4,PTH*%\n%FSLAX46Y46*%\n%MOMM*%\n"


def read(text: str, role: Role = DRILL):
    return drill_of(read_gerber(text.encode(), "test.gbr"), role)


def test_holes_slots_and_tools():
    drill = read(HEAD + "%TA.AperFunction,Plated,PTH,ViaDrill*%\n%ADD10C,0.3*%\n%TA.AperFunction,Plated,PTH,ComponentDrill*%\n"
                 "%ADD11C,1*%\n%TD*%\n%ADD12O,2X1*%\n%ADD13C,9*%\nG01*\nD10*\nX1000000Y2000000D03*\nX3000000D03*\n"
                 "D11*\nX5000000Y5000000D02*\nX7000000D01*\nY6000000D01*\nX9000000Y5000000D02*\nX9500000D01*\n"
                 "D12*\nX0Y0D03*\nM02*\n")  # fmt: skip
    assert spots(drill) == [(1, -2), (3, -2), (5, -5, 7, -5, 7, -6), (9, -5, 9.5, -5), (-0.5, 0, 0.5, 0)]
    assert (2 * drill.hits.radius).round(6).tolist() == [0.3, 0.3, 1, 1, 1]
    assert [(t.code, t.diameter, t.function) for t in drill.tools] == [
        (10, 0.3, ("Plated", "PTH", "ViaDrill")), (11, 1.0, ("Plated", "PTH", "ComponentDrill")), (12, 2.0, ()),
    ]  # fmt: skip
    assert (drill.span, drill.plated, drill.stated, whats(drill)) == ((1, 4), Cover.YES, True, [])
    assert drill.hits.plated.tolist() == [Cover.YES] * 5
    assert (drill.format.unit, drill.format.decimals) == ("mm", 6)


def test_what_no_drill_makes_is_left_out_and_told():
    drill = read(HEAD + "%ADD10C,0.3*%\n%ADD11R,1X1*%\nG01*\nD10*\nX0Y0D03*\nD11*\nX5000000Y0D03*\n"
                 "G36*\nX0Y0D02*\nX1000000D01*\nY1000000D01*\nX0Y0D01*\nG37*\nM02*\n")  # fmt: skip
    assert (spots(drill), whats(drill)) == ([(0, 0)], ["not a drill shape"])
    assert drill.faults[0].message.startswith("2 ")


def test_plating_and_span_by_the_role_where_the_file_is_silent():
    bare = "%FSLAX46Y46*%\n%MOMM*%\n%ADD10C,0.3*%\nD10*\nX0Y0D03*\nM02*\n"
    drill = read(bare, Role("drill", plated=Cover.NO, span=(1, 2)))
    assert (drill.plated, drill.hits.plated.tolist(), drill.span) == (Cover.NO, [Cover.NO], (1, 2))
    assert read(bare).hits.plated.tolist() == [Cover.UNKNOWN]
    mixed = "%TF.FileFunction,MixedPlating,1,2*%\n" + bare.replace("%ADD10", "%TA.AperFunction,NonPlated,NPTH*%\n%ADD10")
    assert (read(mixed).plated, read(mixed).hits.plated.tolist()) == (Cover.UNKNOWN, [Cover.NO])


def test_an_empty_file():
    drill = read(HEAD + "%ADD10C,0.3*%\nM02*\n")
    assert (len(drill.hits), drill.tools, drill.plated) == (0, (), Cover.YES)


@needs_cli
@pytest.mark.kicad
def test_kicads_gerber_drill_files_are_the_holes_of_the_board(tmp_path):
    copy = shutil.copy(MATRIX, tmp_path)
    out = tmp_path / "out"
    subprocess.run(["kicad-cli", "pcb", "export", "drill", "--format", "gerber", "--excellon-separate-th", "-o", f"{out}/", copy],
                   check=True, capture_output=True)  # fmt: skip
    drills = [drill_of(read_gerber(p.read_bytes(), p.name), DRILL) for p in sorted(out.iterdir())]
    assert len(drills) == 4
    assert differ(of_drills(drills), of_board(read_kicad(MATRIX.read_bytes(), MATRIX.name))) <= 1e-6
    assert all(np.isfinite(t.diameter) and t.function for d in drills for t in d.tools)
