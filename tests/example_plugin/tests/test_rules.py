"""The rule finds what its board says is wrong with it, and nothing else."""

from pathlib import Path

from dfmcheck.testing import check_fixture

BOARD = Path(__file__).with_name("acme-glue-to-land.kicad_pcb")


def test_adhesive_to_land() -> None:
    result = check_fixture(BOARD)
    assert len(result.met) == 5
