"""How long a stroke takes to become pictures on the page, in a real browser.

`.venv/bin/python -m benchmarks.probe --data DIR`: Chromium opens the Lab and a mouse draws on the pad.
Measured is the time from each pointer event (its own time stamp) to the moment when the page has painted the
pictures that carry it: idle, and while a run with a thread for every core trains before its eyes.
"""

from __future__ import annotations

import argparse
import math
import os
import shutil
import statistics
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from benchmarks.stack import Stack, machine, pin

PAD = "canvas[data-view=pad]"
# The page asks while it handles the event, before this listener: data-request is the look that carries it.
TIMER = """() => {
  const root = document.documentElement, waiting = [];
  window.latencies = [];
  addEventListener("pointermove", (event) => {
    if (event.buttons) waiting.push([event.timeStamp, Number(root.dataset.request)]);
  });
  new PerformanceObserver((list) => {
    for (const mark of list.getEntriesByName("painted"))
      while (waiting.length && waiting[0][1] <= mark.detail)
        latencies.push(mark.startTime - waiting.shift()[0]);
  }).observe({ type: "mark" });
}"""


def draw(page: Page, events: int, pause: float) -> list[float]:
    """Milliseconds from each pointer event to its painted pictures, one event every `pause` ms."""
    page.evaluate("() => { latencies.length = 0; }")
    box = page.locator(PAD).bounding_box()
    assert box is not None
    for event in range(events):
        turn = 2 * math.pi * event / 37
        x = box["x"] + box["width"] * (0.5 + 0.3 * math.cos(turn))
        y = box["y"] + box["height"] * (0.5 + 0.3 * math.sin(1.3 * turn))
        page.mouse.move(x, y)
        if event % 50 == 0:
            page.mouse.up()
            page.mouse.down()
        page.wait_for_timeout(pause)
    page.mouse.up()
    page.wait_for_timeout(500)
    return [float(one) for one in page.evaluate("() => latencies")]


def line(title: str, times: list[float], median: float, p95: float) -> str:
    """A row of the table with its verdict."""
    ordered = sorted(times)
    found = statistics.median(ordered), ordered[math.ceil(0.95 * len(ordered)) - 1]
    verdict = "ok" if found[0] < median and found[1] < p95 else "SLOW"
    return f"| {title} | {len(times)} | {found[0]:.1f} | {found[1]:.1f} | {verdict} |"


def main() -> None:
    """Measures idle and busy, and prints a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="folder with mnist/")
    parser.add_argument("--cores", default="0,1", help="cores to use, like 0,1")
    parser.add_argument("--events", type=int, default=300)
    parser.add_argument("--pause", type=float, default=20.0, help="milliseconds between pointer events")
    options = parser.parse_args()
    pin(options.cores)
    print(f"{machine()}; {options.events} pointer events, one every {options.pause:.0f} ms\n")
    print("| | events | median ms | p95 ms | |\n|---|---|---|---|---|")
    with Stack(options.data.resolve()) as stack, sync_playwright() as playwright:
        program = shutil.which("chromium") or shutil.which("google-chrome")
        sandbox = [] if os.geteuid() else ["--no-sandbox"]
        browser = playwright.chromium.launch(executable_path=program, args=sandbox)
        page = browser.new_page(viewport={"width": 1366, "height": 768})
        page.goto(stack.sign_in_link())
        page.wait_for_selector("html[data-ready]")
        page.evaluate(TIMER)
        draw(page, 50, options.pause)
        print(line("idle", draw(page, options.events, options.pause), median=30, p95=60), flush=True)
        run = stack.launch(network="cnn-32-32-128", threads=len(os.sched_getaffinity(0)), batch_size=128)
        page.goto(stack.url(f"/lab/?run={run}"))
        page.wait_for_selector("html[data-ready]")
        page.evaluate(TIMER)
        draw(page, 50, options.pause)
        busy = draw(page, options.events, options.pause)
        stack.stop(run)
        print(line("training on all cores", busy, median=math.inf, p95=150), flush=True)
        browser.close()


if __name__ == "__main__":
    main()
