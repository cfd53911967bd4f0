"""How fast the HTML report is: reads a board, checks it, writes its page, and uses that in headless Chromium.

    python benchmarks/report_page.py [--chromium BINARY] [--width 1440] [--height 900] [BOARD...]

Boards are KiCad's pic_programmer, video and vme-wren if none are given; `KICAD_DEMOS` names the demos' folder. Figures:

    kB         of the page
    wrote      s of CPU time to write it
    first      ms from navigation to the first picture; in brackets the CPU time of the page's main thread
    frames     ms from frame to frame, median, 95th percentile and worst, while the board is zoomed and dragged, and while it
               shows findings, the one with the most points among them
    work       ms of CPU time of the main thread a frame, mean, which other load on the machine does not change
    inner      ms until it is sharp with all inner layers on

Needs Playwright (`pip install dfmcheck[dev]`) and a Chromium.
"""

import argparse
import os
import re
import shutil
import statistics
import tempfile
import time
from pathlib import Path

import shapely
from playwright.sync_api import CDPSession, Page, sync_playwright

import dfmcheck
from dfmcheck import drawing
from dfmcheck.report import DesignReport, Finding
from dfmcheck.write.html import to_html

DEMOS = Path(os.environ.get("KICAD_DEMOS", "/usr/share/kicad/demos"))
BOARDS = ("pic_programmer/pic_programmer", "video/video", "vme-wren/vme-wren")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update"]
WATCH = """() => {
  window.frames = [];
  let last = performance.now();
  const next = (now) => { frames.push(now - last); last = now; requestAnimationFrame(next); };
  requestAnimationFrame((now) => { last = now; requestAnimationFrame(next); });
}"""
SHARP = ".host:not([data-drawing])"


def busy(session: CDPSession) -> float:
    """ms of CPU time that the page's main thread has worked."""
    metrics = {m["name"]: m["value"] for m in session.send("Performance.getMetrics")["metrics"]}
    return float(metrics["TaskDuration"] * 1000)


def gestures(page: Page, largest: int) -> None:
    """Zoom in at a place, drag about, zoom out; go through some findings; and the same with the one of the most points shown."""
    box = page.locator(".host").bounding_box()
    assert box
    x, y = box["x"] + box["width"] * 0.45, box["y"] + box["height"] * 0.55

    def wheel(step: int, times: int) -> None:
        page.mouse.move(x, y)
        for _ in range(times):
            page.mouse.wheel(0, step)
            page.wait_for_timeout(30)

    def drag() -> None:
        page.mouse.move(x, y)
        page.mouse.down()
        for n in range(30):
            page.mouse.move(x + 6 * n * (-1) ** (n // 10), y + 3 * n)
            page.wait_for_timeout(16)
        page.mouse.up()
        page.wait_for_timeout(400)

    wheel(-240, 8)
    drag()
    wheel(240, 3)
    for _ in range(4):
        page.keyboard.press("j")
        page.wait_for_timeout(500)
    page.locator(f"tr[data-i='{largest}']").click(position={"x": 5, "y": 5})
    page.wait_for_selector(SHARP)
    drag()
    wheel(240, 6)
    drag()
    page.keyboard.press("Escape")
    page.wait_for_timeout(400)


def measure(page: Page, path: Path, largest: int) -> str:
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    page.goto(path.as_uri(), wait_until="commit")
    while not page.evaluate("!!document.querySelector('.view[data-ready]')"):  # Playwright's own way costs the page more
        page.wait_for_timeout(25)
    first, work = page.evaluate("performance.now()"), busy(session)
    page.evaluate("document.querySelector('.work').scrollIntoView()")
    page.wait_for_selector(SHARP)
    page.evaluate(WATCH)
    before = busy(session)
    gestures(page, largest)
    frames, spent = sorted(page.evaluate("frames")), busy(session) - before
    start = time.perf_counter()
    for box in page.locator(".layers label", has_text=re.compile("^In")).all():
        box.click()
    page.wait_for_selector(SHARP)
    inner = (time.perf_counter() - start) * 1000
    return (
        f"first {first:5.0f} ({work:.0f})  frames {statistics.median(frames):4.1f} {frames[int(len(frames) * 0.95)]:5.1f}"
        f" {frames[-1]:5.1f}  work {spent / len(frames):4.1f}  inner {inner:5.0f}"
    )


def largest_of(design: DesignReport) -> int:
    """The finding whose worst place has the most points on it."""
    board = design.design
    assert board is not None
    points = shapely.get_num_coordinates(board.features.core)

    def size(f: Finding) -> int:
        marked = [drawing.marked(board, i.row, i.kind, f.places[0].layers) for i in f.places[0].items]
        return sum(int(points[m.features].sum()) for m in marked)

    return max(range(len(design.findings)), key=lambda n: size(design.findings[n]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("boards", nargs="*", type=Path)
    parser.add_argument("--chromium", default=shutil.which("chromium"))
    parser.add_argument("--width", type=int, default=1440)
    parser.add_argument("--height", type=int, default=900)
    options = parser.parse_args()
    boards = options.boards or [DEMOS / f"{name}.kicad_pcb" for name in BOARDS]
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=options.chromium, args=ARGUMENTS)
        for board in boards:
            report = dfmcheck.check(dfmcheck.read(board))
            start = time.process_time()
            text = to_html(report)
            wrote = time.process_time() - start
            path = Path(folder) / f"{board.stem}.html"
            path.write_text(text, "utf-8")
            page = browser.new_page(viewport={"width": options.width, "height": options.height})
            told = measure(page, path, largest_of(report.designs[0]))
            print(f"{board.stem:20} {len(text.encode()) / 1000:6.0f} kB  wrote {wrote:4.1f} s  {told}", flush=True)
            page.close()
        browser.close()


if __name__ == "__main__":
    main()
