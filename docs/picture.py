"""Draw `report.svg`, the picture in the README: what the command prints, on a terminal of 100 columns.

python docs/picture.py BOARD [OPTIONS]
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.text import Text

COLUMNS = 100
FONT = "ui-monospace, SFMono-Regular, Menlo, Consolas, monospace"


def main() -> None:
    root = Path(__file__).parents[1]
    env = {**os.environ, "FORCE_COLOR": "1", "TERM": "xterm-256color"}
    done = subprocess.run([sys.executable, "-m", "dfmcheck", *sys.argv[1:]], capture_output=True, text=True, env=env, cwd=root)
    console = Console(record=True, width=COLUMNS, file=open(os.devnull, "w"), force_terminal=True)  # noqa: SIM115
    console.print(Text.from_ansi(f"$ dfmcheck {' '.join(sys.argv[1:])}\n{done.stdout}"))
    # rich's own template fetches its font from the network; a picture of ours fetches nothing
    template = re.sub(r"@font-face \{\{.*?\}\}", "", CONSOLE_SVG_FORMAT, flags=re.S).replace("Fira Code", FONT)
    svg = console.export_svg(title="dfmcheck", code_format=template, unique_id="report")
    (root / "docs" / "report.svg").write_text(svg, "utf-8")


if __name__ == "__main__":
    main()
