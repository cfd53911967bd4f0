"""Reading whole packages against gerbonara and pygerber, and checking one against checking the board that it was plotted of.

    python benchmarks/packages.py [--runs N] [--python PYTHON] [--no-check] [BOARD...]

Boards (KiCad's video and StickHub if none are given) are plotted by kicad-cli: copper, mask, paste, silk, outline and drill
files, slots as routs, which gerbonara asks for. Every reader has a process of its own; CPU times of one run, in turn:

    read       ours, every file to shapes and attributes (`dfmcheck.read.package.find`)
    board      ours, the same, and the board of it with its layers, nets, pads and vias (`read_packages`)
    gerbonara  `LayerStack.open` of the folder, which makes objects but no shapes
    pygerber   `GerberFile.parse` of each Gerber file, which makes commands but no shapes; it reads no drill files

Then the whole command on vme-wren's package against the whole command on vme-wren.kicad_pcb. gerbonara and pygerber are used if
Python has them (`pip install gerbonara pygerber`). Needs kicad-cli; `KICAD_DEMOS` names the demos' folder.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

DEMOS = Path(os.environ.get("KICAD_DEMOS", "/usr/share/kicad/demos"))
READ = ("video/video", "stickhub/StickHub")
CHECKED = "vme-wren/vme-wren"
READ_GOAL, CHECK_GOAL = 5.0, 1.5
NO_LAYERS = {"User", "Margin", "Adhesive", "Courtyard", "Fab"}
READERS = {
    "read": "from dfmcheck.read.package import find\nfrom pathlib import Path\ndef run(f): find(Path(f))",
    "board": "from dfmcheck.read.package import read_packages\nfrom pathlib import Path\ndef run(f): read_packages(Path(f))",
    "gerbonara": "from gerbonara import LayerStack\ndef run(f): LayerStack.open(f)",
    "pygerber": (
        "from pathlib import Path\nfrom pygerber.gerberx3.api.v2 import GerberFile\n"
        "def run(f):\n for p in sorted(Path(f).iterdir()):\n"
        "  if p.suffix not in ('.drl', '.gbrjob'): GerberFile.from_file(p).parse()"
    ),
}
"""Code that defines `run(folder)`; another Python (--python) may run the two that are not ours."""
TIMER = "\nimport sys, time\nstart = time.process_time()\nrun(sys.argv[1])\nprint(time.process_time() - start)"


def plot(board: Path, folder: Path) -> Path:
    """The fabrication files of a board, in a folder of their own."""
    out = folder / board.stem
    out.mkdir()
    copy = Path(shutil.copy(board, folder))
    if board.with_suffix(".kicad_pro").exists():
        shutil.copy(board.with_suffix(".kicad_pro"), folder)
    drill = ["drill", "--excellon-separate-th", "--excellon-oval-format", "route"]
    for export in (["gerbers"], drill):
        subprocess.run(["kicad-cli", "pcb", "export", *export, "-o", f"{out}/", str(copy)], check=True, stdout=subprocess.DEVNULL)
    for path in out.iterdir():
        if any(f"-{word}" in path.name or f"_{word}." in path.name for word in NO_LAYERS):
            path.unlink()
    return out


def read_time(reader: str, package: Path, python: str) -> float:
    """CPU seconds that a reader takes in a process of its own, imports not counted; NaN where it fails."""
    done = subprocess.run([python, "-W", "ignore", "-c", READERS[reader] + TIMER, str(package)], capture_output=True, text=True)
    if done.returncode:
        print(f"{reader} fails on {package.name}: {(done.stderr.splitlines() or ['?'])[-1][:100]}")
        return float("nan")
    return float(done.stdout.split()[-1])


def compare_readers(packages: list[Path], runs: int, python: str) -> None:
    names = ["read", "board"]
    for other in ("gerbonara", "pygerber"):
        if subprocess.run([python, "-c", f"import {other}"], capture_output=True).returncode:
            print(f"{other} is not installed, so it is not timed: pip install {other}")
        else:
            names.append(other)
    print(
        f"{'package':12} {'MB':>6} " + " ".join(f"{n:>10}" for n in names) + f"   times our read / our board; goal {READ_GOAL:g}"
    )
    for package in packages:
        size = sum(path.stat().st_size for path in package.iterdir()) / 1e6
        rounds = [
            {name: read_time(name, package, sys.executable if name in names[:2] else python)
             for name in names if name != "pygerber" or turn == 0}
            for turn in range(runs)
        ]  # fmt: skip
        times = {name: statistics.median(r[name] for r in rounds if name in r) for name in names}
        ratios = [f"{name} {times[name] / times['read']:.1f} / {times[name] / times['board']:.1f}" for name in names[2:]]
        shown = " ".join(f"{times[name]:9.2f}s" for name in names)
        print(f"{package.name:12} {size:6.2f} {shown}   {', '.join(ratios)}", flush=True)


def compare_checks(board: Path, package: Path, runs: int) -> None:
    command = shutil.which("dfmcheck") or str(Path(sys.executable).with_name("dfmcheck"))

    def seconds(path: Path) -> float:
        start = time.perf_counter()
        subprocess.run([command, "-q", str(path)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        return time.perf_counter() - start

    times = [(seconds(package), seconds(board)) for _ in range(runs)]
    ours, native = (statistics.median(column) for column in zip(*times))
    ratio = statistics.median(a / b for a, b in times)
    print(f"\n{'whole check':12} {'package':>10} {'board':>10} {'ratio':>7} {'goal':>6}")
    print(f"{board.stem:12} {ours:9.2f}s {native:9.2f}s {ratio:7.2f} {CHECK_GOAL:6}")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("boards", nargs="*", type=Path)
    options.add_argument("--runs", type=int, default=3)
    options.add_argument("--python", default=sys.executable, help="Python that has gerbonara and pygerber, if not this one")
    options.add_argument("--no-check", action="store_true", help="leave out the whole check")
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        boards = given.boards or [DEMOS / f"{stem}.kicad_pcb" for stem in READ]
        compare_readers([plot(board, folder) for board in boards], given.runs, given.python)
        if not given.no_check:
            board = DEMOS / f"{CHECKED}.kicad_pcb"
            compare_checks(board, plot(board, folder), given.runs)


if __name__ == "__main__":
    main()
