"""How fast boards are read: MB of board file a second and peak memory, beside a fixed piece of Python as yardstick.

    python benchmarks/read_board.py BOARD [BOARD ...]

Each board is read in a process of its own. Times are CPU seconds; the yardstick tells how busy the machine is, so compare
`reads a yard` between runs, not seconds.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

_CHILD = """
import json, resource, sys, time
t = time.process_time(); n = 0
for i in range(5_000_000): n += i
yard = time.process_time() - t
t = time.process_time()
from dfmcheck.read import read
start = time.process_time() - t
t = time.process_time()
board = read(sys.argv[1])
seconds = time.process_time() - t
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
print(json.dumps({"yard": yard, "start": start, "seconds": seconds, "peak": peak, "features": len(board.features)}))
"""


def main(paths: list[str]) -> None:
    print(f"{'board':32} {'MB':>6} {'CPU s':>7} {'MB/s':>6} {'yards':>6} {'peak MB':>8} {'features':>9}")
    for path in paths:
        size = Path(path).stat().st_size / 1e6
        done = subprocess.run([sys.executable, "-c", _CHILD, path], capture_output=True, text=True, check=True)
        r = json.loads(done.stdout)
        speed, yards = size / r["seconds"], r["seconds"] / r["yard"]
        name, numbers = Path(path).stem[:32], f"{size:6.1f} {r['seconds']:7.2f} {speed:6.1f} {yards:6.1f}"
        print(f"{name:32} {numbers} {r['peak']:8.0f} {r['features']:9}")


if __name__ == "__main__":
    main(sys.argv[1:])
