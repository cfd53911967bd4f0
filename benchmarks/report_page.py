"""How fast the board of the HTML report is: reads a board, checks it, and opens its picture in headless Chromium.

    python benchmarks/report_page.py [--chromium BINARY] [--width 1200] [--height 800] [BOARD...]

Boards are KiCad's pic_programmer, video and vme-wren if none are given; `KICAD_DEMOS` names the demos' folder. Figures:

    data       bytes of the geometry and the findings in the page, packed, in base64
    first      ms from navigation to the first picture; in brackets the CPU time of the page's main thread
    frames     ms from frame to frame, median and worst, while the board is zoomed, dragged, and shows findings
    work       ms of CPU time of the main thread a frame, mean, which other load on the machine does not change
    sharp      ms until the picture is sharp again after the last of them
    inner      ms until it is sharp with all inner layers on

Needs Playwright (`pip install dfmcheck[dev]`) and a Chromium.
"""

import argparse
import base64
import os
import shutil
import statistics
import tempfile
from pathlib import Path

from playwright.sync_api import CDPSession, Page, sync_playwright

import dfmcheck
from dfmcheck.write.html import VIEWER
from dfmcheck.write.html.board_data import board_data

DEMOS = Path(os.environ.get("KICAD_DEMOS", "/usr/share/kicad/demos"))
BOARDS = ("pic_programmer/pic_programmer", "video/video", "vme-wren/vme-wren")
ASSETS = Path(__file__).parents[1] / "dfmcheck/write/html"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update"]
PAGE = """<!doctype html><meta charset="utf-8"><style>body {{ margin: 0 }} #host {{ position: absolute; inset: 0 }}</style>
<div id="host"></div><script type="application/octet-stream" id="board">{data}</script><script>{viewer}
const element = (id) => document.getElementById(id);
window.drawn = createViewer(element('host'), element('board').textContent).then(async (viewer) => {{
  window.viewer = viewer;
  await viewer.ready;
  return performance.now();
}});
window.frames = [];
window.watch = () => {{
  let last = performance.now();
  const next = (now) => {{ frames.push(now - last); last = now; requestAnimationFrame(next); }};
  requestAnimationFrame((now) => {{ last = now; requestAnimationFrame(next); }});
}};
</script>"""


def busy(session: CDPSession) -> float:
    """ms of CPU time that the page's main thread has worked."""
    metrics = {m["name"]: m["value"] for m in session.send("Performance.getMetrics")["metrics"]}
    return float(metrics["TaskDuration"] * 1000)


def gestures(page: Page) -> None:
    """Zoom in at a place, drag about, zoom out, and go through some findings, as fast as events come."""
    box = page.viewport_size
    assert box
    x, y = box["width"] * 0.45, box["height"] * 0.55
    page.mouse.move(x, y)
    for step in [-240] * 8 + [240] * 3:
        page.mouse.wheel(0, step)
        page.wait_for_timeout(30)
    page.mouse.down()
    for n in range(30):
        page.mouse.move(x + 9 * n * (-1) ** (n // 10), y + 5 * n)
        page.wait_for_timeout(16)
    page.mouse.up()
    page.wait_for_timeout(400)
    for n in range(4):
        page.evaluate("(n) => viewer.show(n)", n)
        page.wait_for_timeout(500)
    page.evaluate("viewer.clear(); viewer.fit()")
    page.wait_for_timeout(400)


def measure(page: Page, path: Path) -> str:
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    page.goto(path.as_uri())
    first, work = page.evaluate("drawn"), busy(session)
    page.evaluate("watch()")
    before = busy(session)
    gestures(page)
    frames, spent = page.evaluate("frames"), busy(session) - before
    settle = "async () => { const start = performance.now(); await viewer.settled(); return performance.now() - start; }"
    sharp = page.evaluate(settle)
    page.evaluate("for (const l of viewer.layers) if (l.side === 'inner') viewer.setLayer(l.name, true)")
    inner = page.evaluate(settle)
    return (
        f"first {first:5.0f} ({work:.0f})  frames {statistics.median(frames):4.1f} {max(frames):5.1f}"
        f"  work {spent / len(frames):4.1f}  sharp {sharp:4.0f}  inner {inner:5.0f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("boards", nargs="*", type=Path)
    parser.add_argument("--chromium", default=shutil.which("chromium"))
    parser.add_argument("--width", type=int, default=1200)
    parser.add_argument("--height", type=int, default=800)
    options = parser.parse_args()
    boards = options.boards or [DEMOS / f"{name}.kicad_pcb" for name in BOARDS]
    script = "\n".join((ASSETS / name).read_text("utf-8") for name in VIEWER)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=options.chromium, args=ARGUMENTS)
        for board in boards:
            data = base64.b64encode(board_data(dfmcheck.check(dfmcheck.read(board)).designs[0])).decode()
            path = Path(folder) / f"{board.stem}.html"
            path.write_text(PAGE.format(data=data, viewer=script), "utf-8")
            page = browser.new_page(viewport={"width": options.width, "height": options.height})
            print(f"{board.stem:20} data {len(data):8}  {measure(page, path)}", flush=True)
            page.close()
        browser.close()


if __name__ == "__main__":
    main()
