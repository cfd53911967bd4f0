"""Whole runs with all rules against `kicad-cli pcb drc` of the same board, in turn: ratio of wall times, and peak memory.

    python benchmarks/against_kicad.py [--runs N] [BOARD...]

Without boards it takes KiCad's demos. Needs kicad-cli; `KICAD_DEMOS` names the folder of the demos.
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
GOALS = {"pic_programmer/pic_programmer": 0.9, "video/video": 0.5, "vme-wren/vme-wren": 0.15}


def seconds(command: list[object]) -> float:
    start = time.perf_counter()
    subprocess.run([str(c) for c in command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    return time.perf_counter() - start


def peak_memory(command: list[object]) -> float:
    """MB, of the command's own process: measured in a child that runs nothing else."""
    code = (
        "import resource, subprocess, sys; subprocess.run(sys.argv[1:], stdout=-3, stderr=-3);"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)"
    )
    return float(
        subprocess.run([sys.executable, "-c", code, *map(str, command)], capture_output=True, text=True, check=True).stdout
    )


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("boards", nargs="*", type=Path)
    options.add_argument("--runs", type=int, default=3)
    given = options.parse_args()
    goals = {DEMOS / f"{stem}.kicad_pcb": goal for stem, goal in GOALS.items()}
    dfmcheck = shutil.which("dfmcheck") or Path(sys.executable).with_name("dfmcheck")
    print(f"{'board':24} {'dfmcheck':>10} {'kicad-cli':>10} {'ratio':>7} {'goal':>6} {'peak MB':>8}")
    for board in given.boards or [b for b in goals if b.exists()]:
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(shutil.copy(board, folder))
            for suffix in (".kicad_pro", ".kicad_dru"):
                if board.with_suffix(suffix).exists():
                    shutil.copy(board.with_suffix(suffix), folder)
            ours = [dfmcheck, "-q", copy]
            theirs = ["kicad-cli", "pcb", "drc", "-o", copy.with_suffix(".rpt"), copy]
            runs = 1 if copy.stat().st_size > 2e7 else given.runs
            times = [(seconds(ours), seconds(theirs)) for _ in range(runs)]
            ratio = statistics.median(a / b for a, b in times)
            a, b = (statistics.median(column) for column in zip(*times))
            print(
                f"{board.stem:24} {a:9.2f}s {b:9.2f}s {ratio:7.3f} {goals.get(board, float('nan')):6} {peak_memory(ours):8.0f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
