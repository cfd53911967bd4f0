"""Measure KiCad's stroke font from KiCad's own plot of a board of ours, and write dfmcheck/read/strokefont.json.

    python tools/measure_strokefont.py [OUTPUT]

No font file or source of KiCad is read. The script writes boards on which every character stands alone in its own text
item (and once more with an "I" behind it), lets `kicad-cli pcb export gerber` plot the silkscreen, and reads the draws back.
A text height of 2.1 mm makes one unit of the font's grid 0.1 mm, so the draws (plotted to 1 nm) land on whole units; a
draw that does not is an error. The advance of a character is the place of the "I" behind it, less its place alone.

Glyphs are kept for the blocks in `BLOCKS`. The rest of the basic plane is kept as runs of equal advance: characters
that KiCad draws all alike (its box or question mark for a missing glyph, or nothing) with that drawing, the others (such as
kanji) as the box around them all. The result depends on nothing but KiCad's version.
"""

from __future__ import annotations

import itertools
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

OUTPUT = Path(__file__).parents[1] / "dfmcheck/read/strokefont.json"
BLOCKS = [
    (0x21, 0x7E),  # Basic Latin
    (0xA1, 0xFF),  # Latin-1 Supplement
    (0x100, 0x17F),  # Latin Extended-A
    (0x370, 0x3FF),  # Greek
    (0x400, 0x45F),  # Cyrillic
    (0x2000, 0x206F),  # General Punctuation
    (0x2070, 0x209F),  # Superscripts and Subscripts
    (0x20A0, 0x20BF),  # Currency Symbols
    (0x2100, 0x218F),  # Letterlike Symbols, Number Forms
    (0x2190, 0x21FF),  # Arrows
    (0x2200, 0x22FF),  # Mathematical Operators
    (0x2300, 0x23FF),  # Miscellaneous Technical
    (0x25A0, 0x25FF),  # Geometric Shapes
    (0x2600, 0x27BF),  # Miscellaneous Symbols, Dingbats
]
UNIT, SIZE, PEN = 0.1, 2.1, 0.1
COLUMNS, ROWS, DX, DY = 100, 200, 16.0, 8.0
Stroke = tuple[tuple[int, int], ...]


def write_board(path: Path, texts: Sequence[str]) -> None:
    """A board with each text, left and top justified, in its own cell of a grid."""
    lines = ['(kicad_pcb (version 20241229) (generator "dfmcheck") (general (thickness 1.6)) (paper "A0")']
    lines.append('(layers (0 "F.Cu" signal) (2 "B.Cu" signal) (5 "F.SilkS" user) (25 "Edge.Cuts" user))')
    for i, text in enumerate(texts):
        quoted = text.replace("\\", "\\\\").replace('"', '\\"')
        at = f"(at {i % COLUMNS * DX} {i // COLUMNS * DY} 0)"
        font = f"(font (size {SIZE} {SIZE}) (thickness {PEN}))"
        lines.append(f'(gr_text "{quoted}" {at} (layer "F.SilkS") (effects {font} (justify left top)))')
    path.write_text("\n".join([*lines, ")\n"]), encoding="utf-8")


def draws(gerber: str) -> Iterator[tuple[tuple[float, float], tuple[float, float]]]:
    """Start and end of every draw, mm, y down. Raises `ValueError` on anything but lines, such as a flash."""
    at = (0.0, 0.0)
    for x, y, code in re.findall(r"^X(-?\d+)Y(-?\d+)D0([123])\*", gerber, re.MULTILINE):
        to = (int(x) / 1e6, -int(y) / 1e6)
        if code == "3":
            raise ValueError(f"a flash at {to}")
        if code == "1":
            yield at, to
        at = to


def plot(texts: Sequence[str]) -> list[list[Stroke]]:
    """The strokes of every text in units of the font from the text's own origin (left end of its base line), y down."""
    found: list[list[list[tuple[int, int]]]] = [[] for _ in texts]
    with tempfile.TemporaryDirectory() as folder:
        board, gerber = Path(folder, "font.kicad_pcb"), Path(folder, "font.gbr")
        write_board(board, texts)
        options = ["--layers", "F.SilkS", "--no-x2", "--precision", "6", "--output", str(gerber), str(board)]
        subprocess.run(["kicad-cli", "pcb", "export", "gerber", *options], check=True, capture_output=True)
        for draw in draws(gerber.read_text()):
            column, row = int((draw[0][0] + 3) // DX), int((draw[0][1] + 2) // DY)
            strokes = found[row * COLUMNS + column]
            ends = []
            for x, y in draw:
                # KiCad sets a text off by 1/1.52 of the pen to the right and 0.052 of it up.
                u = (x - column * DX - PEN / 1.52) / UNIT
                v = (y - row * DY - SIZE + 0.052 * PEN) / UNIT
                ends.append((round(u), round(v)))
                if abs(u - round(u)) > 1e-3 or abs(v - round(v)) > 1e-3:
                    raise ValueError(f"{texts[row * COLUMNS + column]!r}: ({u}, {v}) is not on the font's grid")
            if strokes and strokes[-1][-1] == ends[0]:
                strokes[-1].append(ends[1])
            else:
                strokes.append(ends)
    return [[tuple(stroke) for stroke in strokes] for strokes in found]


def shift(strokes: Sequence[Stroke], dx: int) -> list[Stroke]:
    return [tuple((x + dx, y) for x, y in stroke) for stroke in strokes]


def measure(codes: Sequence[int]) -> dict[int, tuple[int, list[Stroke]]]:
    """Advance and strokes of each character."""
    result: dict[int, tuple[int, list[Stroke]]] = {}
    probe = plot(["I"])[0]
    for batch in chunks(codes, COLUMNS * ROWS):
        alone = plot([chr(c) for c in batch])
        followed = plot([chr(c) + "I" for c in batch])
        for code, strokes, pair in zip(batch, alone, followed, strict=True):
            advance = pair[-1][0][0] - probe[0][0][0]
            if unjoined(pair) != unjoined([*strokes, *shift(probe, advance)]):
                raise ValueError(f"U+{code:04X} is drawn differently before an I")
            result[code] = advance, strokes
    return result


def chunks(codes: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    for i in range(0, len(codes), size):
        yield codes[i : i + size]


def unjoined(strokes: Sequence[Stroke]) -> list[Stroke]:
    """The strokes' single draws: whether two of them were joined depends on what was drawn before."""
    return [pair for stroke in strokes for pair in itertools.pairwise(stroke)]


def encode(advance: int, strokes: Sequence[Stroke]) -> str:
    """`advance` and, after a blank each, the strokes as x,y,x,y,..."""
    return " ".join([str(advance), *(",".join(f"{x},{y}" for x, y in stroke) for stroke in strokes)])


def main() -> None:
    output = Path(sys.argv[1]) if len(sys.argv) > 1 else OUTPUT
    version = subprocess.run(["kicad-cli", "version"], check=True, capture_output=True, text=True).stdout.strip()
    codes = [c for c in range(0x21, 0x10000) if not (0x7F <= c <= 0xA0 or 0xD800 <= c <= 0xDFFF)]
    measured = measure(codes)
    beyond = measure([0x10000, 0x1F50B, 0x2F800])
    if len({encode(*glyph) for glyph in beyond.values()}) != 1:
        raise ValueError("characters beyond the basic plane are not drawn alike")
    texts = {code: encode(*glyph) for code, glyph in measured.items()}
    common = {text for text, group in itertools.groupby(sorted(texts.values())) if len(list(group)) > 40}
    glyphs = {chr(c): texts[c] for lo, hi in BLOCKS for c in range(lo, hi + 1) if c in texts and texts[c] not in common}

    alike: list[list[int | str]] = []
    cells: list[list[int]] = []
    rest = [c for c in codes if chr(c) not in glyphs]
    for (_, advance, text), group in itertools.groupby(
        enumerate(rest), lambda ic: (ic[1] - ic[0], measured[ic[1]][0], texts[ic[1]] if texts[ic[1]] in common else "")
    ):
        run = [c for _, c in group]
        if text:
            alike.append([run[0], run[-1], text])
        else:
            points = [p for c in run for stroke in measured[c][1] for p in stroke] or [(0, 0)]
            xs, ys = zip(*points, strict=True)
            cells.append([run[0], run[-1], advance, min(xs), min(ys), max(xs), max(ys)])
    lines = [f"{json.dumps(c, ensure_ascii=False)}: {json.dumps(text)}" for c, text in glyphs.items()]
    with output.open("w", encoding="utf-8", newline="\n") as file:
        about = "Stroke font measured from KiCad's plot by tools/measure_strokefont.py; units of 1/21 of the text size, y down."
        file.write(f'{{"about": {json.dumps(about)},\n"kicad": {json.dumps(version)},\n"unit": {round(SIZE / UNIT)},\n')
        file.write(f'"beyond": {json.dumps(encode(*beyond[0x10000]))},\n')
        file.write(f'"alike": {json.dumps(alike)},\n"cells": {json.dumps(cells)},\n')
        file.write('"glyphs": {\n' + ",\n".join(lines) + "\n}}\n")
    print(f"{output}: {len(glyphs)} glyphs, {len(alike)} runs drawn alike, {len(cells)} runs of cells, KiCad {version}")


if __name__ == "__main__":
    main()
