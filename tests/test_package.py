"""What is installed finds the same rules as the repository: from a wheel, from a source archive, and in place."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CATALOGUE = sorted(p.relative_to(ROOT / "rules") for p in (ROOT / "rules").rglob("*.toml"))

pytest.importorskip("build")
pytest.importorskip("hatchling")


@pytest.fixture(scope="module")
def archives(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The source archive, and the wheel that is built from it."""
    if not (ROOT / "pyproject.toml").is_file():
        pytest.skip("not run from a repository")
    out = tmp_path_factory.mktemp("dist")
    made = subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "-o", str(out), str(ROOT)], capture_output=True, text=True
    )
    assert made.returncode == 0, made.stdout + made.stderr
    return next(out.glob("*.tar.gz")), next(out.glob("*.whl"))


def told(site: Path, *args: str) -> str:
    """What the package in `site` prints for each; it is first on the path, and the working folder is elsewhere."""
    here = f"assert dfmcheck.__file__.startswith({str(site)!r}), dfmcheck.__file__"
    code = f"import dfmcheck, dfmcheck.cli; {here}\nfor arg in {args!r}: assert dfmcheck.cli.main([arg]) == 0; print('--')"
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=site.parent, env={"PYTHONPATH": str(site), "PATH": ""}, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


def unpacked(archive: Path, to: Path) -> Path:
    if archive.suffix == ".whl":
        zipfile.ZipFile(archive).extractall(to)
        return to
    with tarfile.open(archive) as tar:
        tar.extractall(to, filter="data")
    return next(to.iterdir())


def test_the_wheel_holds_the_whole_catalogue_and_no_second_copy(archives: tuple[Path, Path]) -> None:
    names = zipfile.ZipFile(archives[1]).namelist()
    assert sorted(n for n in names if n.endswith(".toml")) == sorted(f"dfmcheck/_rules/{p.as_posix()}" for p in CATALOGUE)
    assert "dfmcheck/py.typed" in names
    assert not [n for n in names if not n.startswith(("dfmcheck/", "dfmcheck-"))]


def test_the_source_archive_holds_rules_fixtures_and_tests(archives: tuple[Path, Path]) -> None:
    with tarfile.open(archives[0]) as tar:
        names = {n.partition("/")[2] for n in tar.getnames()}
    assert {f"rules/{p.as_posix()}" for p in CATALOGUE} <= names
    assert {"README.md", "LICENSE", "pyproject.toml", "tests/test_package.py"} <= names
    assert {p.relative_to(ROOT).as_posix() for p in (ROOT / "fixtures").rglob("*.kicad_pcb")} <= names


def test_wheel_source_archive_and_repository_tell_the_same(archives: tuple[Path, Path], tmp_path: Path) -> None:
    args = ("--list-rules", "--list-profiles", "--show-profile")
    in_place = told(ROOT, *args)
    *parts, end = in_place.split("--\n")
    assert (len(parts), end) == (len(args), "")
    assert all(part.count("\n") > 10 for part in parts)
    for n, archive in enumerate(archives):
        assert told(unpacked(archive, tmp_path / str(n)), *args) == in_place
