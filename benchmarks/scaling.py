"""How the cost grows: one board tiled 1, 4, 16 and 64 times into one file, timed from reading to report.

    python benchmarks/scaling.py [BOARD]

Prints seconds for reading and checking, per tile too: near-linear growth keeps the last column level.
"""

import os
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import dfmcheck
from dfmcheck.read import read_kicad

DEMOS = Path(os.environ.get("KICAD_DEMOS", "/usr/share/kicad/demos"))
_POINT = re.compile(r"\((at|start|mid|end|center|xy) (-?[\d.]+) (-?[\d.]+)")
_ITEM = re.compile(r'[()"]')


def items(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of every list directly inside the board's."""
    depth, quoted, start = 0, False, 0
    for match in _ITEM.finditer(text):
        if match[0] == '"':
            if text[match.start() - 1] != "\\":
                quoted = not quoted
        elif not quoted and match[0] == "(":
            depth += 1
            if depth == 2:
                start = match.start()
        elif not quoted:
            depth -= 1
            if depth == 1:
                yield start, match.end()


def tiled(text: str, n: int, pitch: float) -> str:
    """The board n times n, each copy moved by multiples of `pitch` mm. A footprint moves by its own place alone."""
    parts = [text[a:b] for a, b in items(text)]
    placed = [p for p in parts if re.match(r"\((footprint|module|segment|arc|via|zone|gr_\w+) ?", p)]
    head = [p for p in parts if p not in set(placed)]

    def moved(part: str, dx: float, dy: float) -> str:
        def move(m: re.Match[str]) -> str:
            return f"({m[1]} {float(m[2]) + dx:.6f} {float(m[3]) + dy:.6f}"

        return _POINT.sub(move, part, count=1 if part.startswith(("(footprint", "(module")) else 0)

    copies = [moved(p, i * pitch, j * pitch) for i in range(n) for j in range(n) for p in placed]
    return "(kicad_pcb\n" + "\n".join(head + copies) + "\n)\n"


def main() -> None:
    board = Path(sys.argv[1]) if len(sys.argv) > 1 else DEMOS / "pic_programmer/pic_programmer.kicad_pcb"
    text = board.read_text(encoding="utf-8")
    dfmcheck.check(dfmcheck.read(board))  # warm up imports
    print(f"{board.stem}\n{'tiles':>6} {'MB':>7} {'read s':>8} {'check s':>8} {'ms/tile':>8}")
    for n in (1, 2, 4, 8):
        data = tiled(text, n, 400.0).encode()
        start = time.perf_counter()
        design = read_kicad(data, f"{board.stem}-{n * n}.kicad_pcb")
        middle = time.perf_counter()
        dfmcheck.check(design)
        end = time.perf_counter()
        print(
            f"{n * n:6} {len(data) / 1e6:7.1f} {middle - start:8.2f} {end - middle:8.2f} {(end - start) / n / n * 1e3:8.0f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
