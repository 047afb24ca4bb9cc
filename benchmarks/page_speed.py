"""How much a page of the site asks of a slow laptop before it rests. `make book` first.

    python benchmarks/page_speed.py [FOLDER OF A SITE]

Milliseconds are the processor's time of the page's main thread, from Chromium's own trace, times four for a processor
four times slower. Not the clock's: that of a busy machine says nothing. A task of more than 50 ms is felt as a wait.
"""

import gzip
import json
import statistics
import sys
import threading
from datetime import date
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import record
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parent.parent
sys.path.append(str(ROOT / "book/_ext"))
import pdf  # noqa: E402  it knows the installed browser

PAGES = ["book/index.html", "chapters/02_matrix_norms.html", "chapters/07_mlp_gan.html"]
SLOWER, FELT, VISITS = 4, 50, 3
TRACED = ["toplevel", "__metadata"]
TYPESET = "window.MathJax?.startup?.promise?.then(() => null)"


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *arguments) -> None:
        pass


def tasks(trace: list[dict]) -> list[float]:
    """The tasks of the main thread that worked most, the page's, in milliseconds of a slow processor."""
    names = [event for event in trace if event["ph"] == "M" and event["name"] == "thread_name"]
    threads = {(e["pid"], e["tid"]): [] for e in names if e["args"]["name"] == "CrRendererMain"}
    for event in trace:
        own = threads.get((event["pid"], event["tid"]))
        if own is not None and event["ph"] == "X" and event["name"].endswith("RunTask") and "tdur" in event:
            own.append(SLOWER * event["tdur"] / 1000)
    return max(threads.values(), key=sum)


def visit(browser, address: str) -> dict[str, float]:
    page, answers = browser.new_context(viewport={"width": 1280, "height": 900}).new_page(), []
    page.on("response", lambda answer: answers.append(answer))
    browser.start_tracing(page=page, categories=TRACED)
    page.goto(address, wait_until="load", timeout=0)
    page.evaluate(TYPESET)
    page.wait_for_load_state("networkidle", timeout=0)
    times = tasks(json.loads(browser.stop_tracing())["traceEvents"])
    sent = sum(len(gzip.compress(answer.body())) for answer in answers)
    page.context.close()
    waits = [time for time in times if time > FELT]
    return {"kB": sent / 1000, "work": sum(times), "longest task": max(times), "tasks over 50 ms": len(waits)}


def measured(browser, address: str) -> dict[str, int]:
    visits = [visit(browser, address) for _ in range(VISITS)]
    return {name: round(statistics.median(each[name] for each in visits)) for name in visits[0]}


if __name__ == "__main__":
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "_build/html"
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with sync_playwright() as playwright, pdf.launch(playwright) as browser:
        site = f"http://127.0.0.1:{server.server_port}/"
        found = {page: measured(browser, site + page) for page in PAGES}
        version = browser.version
    task = f"first visits, packed kB and milliseconds of a processor {SLOWER} times slower; median of {VISITS} visits"
    result = {"task": task, "date": f"{date.today()}", "chromium": version, "seed": "none", "found": found}
    print(record.write("page_speed", result).read_text(encoding="utf-8"))
