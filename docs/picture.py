"""Draw `report.svg`, the picture in the README: what the command prints on a terminal of 100 columns.

python docs/picture.py
"""

from __future__ import annotations

import io
import os
import re
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.text import Text

import dfmcheck
from dfmcheck.write.text import write_text

COLUMNS = 100
BOARD = "docs/demo.kicad_pcb"
FONT = "ui-monospace, SFMono-Regular, Menlo, Consolas, monospace"


def main() -> None:
    os.chdir(Path(__file__).parents[1])
    os.environ["TERM"] = "xterm-256color"
    told = io.StringIO(f"$ dfmcheck {BOARD}\n")
    told.seek(0, io.SEEK_END)
    write_text(dfmcheck.check(dfmcheck.read(BOARD)), told, color=True, wrap=COLUMNS)
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True)
    console.print(Text.from_ansi(told.getvalue()))
    # rich's own template fetches its font from the network; a picture of ours fetches nothing
    template = re.sub(r"@font-face \{\{.*?\}\}", "", CONSOLE_SVG_FORMAT, flags=re.S).replace("Fira Code", FONT)
    Path("docs/report.svg").write_text(console.export_svg(title="dfmcheck", code_format=template, unique_id="report"), "utf-8")


if __name__ == "__main__":
    main()
