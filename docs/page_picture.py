"""Take `page.png`, the picture of the HTML report in the README: the demo board with one finding chosen.

python docs/page_picture.py          (needs Playwright and Chromium, as the tests of the page do)
"""

from __future__ import annotations

import os
import shutil
import sys
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image

ROOT = Path(__file__).parents[1]
SIZE = {"width": 1360, "height": 850}
RULE = "copper-clearance"


def main() -> None:
    os.chdir(ROOT)
    sys.path.insert(0, "tests")
    from browser import ARGUMENTS, READY
    from playwright.sync_api import sync_playwright

    import dfmcheck
    from dfmcheck.write.html import to_html

    report = dfmcheck.check(dfmcheck.read("docs/demo.kicad_pcb"))
    finding = next(f for f in report.findings if f.rule == RULE)
    binary = os.environ.get("DFMCHECK_CHROMIUM") or shutil.which("chromium")
    with TemporaryDirectory() as folder, sync_playwright() as driver:
        path = Path(folder) / "report.html"
        path.write_text(to_html(report, path), "utf-8")
        page = driver.chromium.launch(executable_path=binary, args=ARGUMENTS).new_page(viewport=SIZE, reduced_motion="reduce")
        page.goto(f"{path.as_uri()}#finding={finding.fingerprint}")
        page.wait_for_selector(READY)
        page.wait_for_timeout(1000)
        picture = Image.open(BytesIO(page.screenshot()))
        picture.convert("RGB").quantize(128, dither=Image.Dither.NONE).save("docs/page.png", optimize=True)


if __name__ == "__main__":
    main()
