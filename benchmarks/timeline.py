"""How long it takes to look back: from a key on the timeline to the pictures of that step, in a real browser.

`.venv/bin/python -m benchmarks.timeline --data DIR`: a run of the CNN 32-32-128 over MNIST, then every step
that it kept, one after another, the first time and again and again. It also tells what keyframes take.
"""

from __future__ import annotations

import argparse
import os
import shutil
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from benchmarks.probe import line
from benchmarks.stack import Stack, machine, pin

# The page asks while it handles the key, before this listener: data-request is the look that carries it.
TIMER = """() => {
  const root = document.documentElement, waiting = [];
  window.latencies = [];
  addEventListener("keydown", (event) => waiting.push([event.timeStamp, Number(root.dataset.request)]));
  new PerformanceObserver((list) => {
    for (const mark of list.getEntriesByName("painted"))
      while (waiting.length && waiting[0][1] <= mark.detail)
        latencies.push(mark.startTime - waiting.shift()[0]);
  }).observe({ type: "mark" });
}"""


def travel(page: Page, keys: list[str], pause: float) -> list[float]:
    """Milliseconds from each key to its painted pictures."""
    page.evaluate("() => { latencies.length = 0; }")
    slider = page.get_by_label("Step to look at")
    for key in keys:
        slider.press(key)
        page.wait_for_timeout(pause)
    page.wait_for_timeout(500)
    return [float(one) for one in page.evaluate("() => latencies")]


def main() -> None:
    """Trains, travels, prints a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="folder with mnist/")
    parser.add_argument("--cores", default="0,1", help="cores to use, like 0,1")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--times", type=int, default=5, help="how often all steps are seen again")
    parser.add_argument("--pause", type=float, default=250.0, help="milliseconds between keys")
    options = parser.parse_args()
    pin(options.cores)
    print(f"{machine()}\n\n| | keys | median ms | p95 ms | |\n|---|---|---|---|---|")
    with Stack(options.data.resolve()) as stack, sync_playwright() as playwright:
        run = stack.launch(network="cnn-32-32-128", epochs=options.epochs)
        stack.wait(run)
        kept = len(stack.insist(f"/api/runs/{run}/keyframes")["steps"])
        program = shutil.which("chromium") or shutil.which("google-chrome")
        sandbox = [] if os.geteuid() else ["--no-sandbox"]
        browser = playwright.chromium.launch(executable_path=program, args=sandbox)
        page = browser.new_page(viewport={"width": 1366, "height": 768})
        page.goto(stack.sign_in_link())
        page.goto(stack.url(f"/lab/?run={run}"))
        page.wait_for_selector("html[data-ready]")
        page.get_by_label("Step to look at").wait_for()
        page.wait_for_timeout(1_000)
        page.evaluate(TIMER)
        first = travel(page, ["ArrowLeft"] * kept, options.pause)
        print(line("the first time", first, median=300, p95=300), flush=True)
        back = [key for _ in range(options.times) for key in ("ArrowRight", "ArrowLeft") for _ in range(kept)]
        print(line("again", travel(page, back, options.pause), median=60, p95=150), flush=True)
        size = len(stack.weights(run)) * kept
        print(f"\n{kept} keyframes of {options.epochs} epochs: {size / 1e6:.1f} MB (asked: ≤ 40 MB)")
        browser.close()


if __name__ == "__main__":
    main()
