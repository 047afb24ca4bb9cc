"""A server and a browser for the site's tests, each started once."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pdf
import pytest
from built import HTML, base_url
from playwright.sync_api import sync_playwright


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *arguments) -> None:
        pass


@contextmanager
def served(handler: type[QuietHandler]) -> Iterator[str]:
    """The address of a server of the built site."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=HTML))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()


@pytest.fixture(scope="session")
def site() -> Iterator[str]:
    """The address of the served site."""
    with served(QuietHandler) as address:
        yield address


@pytest.fixture(scope="session")
def browser():
    if not pdf.installed():
        pytest.skip("no Chromium or Chrome on this machine: the pages were not tried in a browser")
    with sync_playwright() as playwright:
        chromium = pdf.launch(playwright)
        yield chromium
        chromium.close()


class Visit:
    """A page that remembers what went wrong on it, and is let speak to its own host alone.

    A site that was built for an address has a page that names it, 404.html, and is at that address here.
    """

    def __init__(self, context, site: str):
        self.page, self.site, self.troubles, self.answers = context.new_page(), site, [], []
        self.page.route("**/*", self.guard)
        self.page.on("console", lambda m: m.type in ("error", "warning") and self.troubles.append(f"console: {m.text}"))
        self.page.on("pageerror", lambda error: self.troubles.append(f"error: {error}"))
        self.page.on("requestfailed", self.failed)
        self.page.on("response", lambda r: r.status >= 400 and self.troubles.append(f"{r.status}: {r.url}"))
        self.page.on("response", lambda response: self.answers.append(response))

    def failed(self, request) -> None:
        """A page that is left before its icon is there has no trouble."""
        if not (request.url.endswith("favicon.svg") and request.failure == "net::ERR_ABORTED"):
            self.troubles.append(f"failed: {request.url}")

    def guard(self, route) -> None:
        base, url = base_url(), route.request.url
        if url.startswith((self.site, "data:", "blob:")):
            route.continue_()
        elif base and url.startswith(base):
            answer = route.fetch(url=self.site + url.removeprefix(base))
            route.fulfill(response=answer, headers=answer.headers | {"access-control-allow-origin": "*"})
        else:
            self.troubles.append(f"another host: {route.request.url}")
            route.abort()

    def open(self, address: str):
        """Go there and wait until the mathematics is typeset."""
        self.page.goto(self.site + address, wait_until="load")
        if self.page.locator(".math").count():
            self.page.wait_for_function("window.MathJax?.startup?.promise")
            self.page.evaluate("MathJax.startup.promise.then(() => null)")
        return self.page


@contextmanager
def visiting(browser, site, **options):
    """A visit with another kind of browser: a touch screen, no JavaScript."""
    context = browser.new_context(**options)
    context.set_default_timeout(300_000)
    yield Visit(context, site)
    context.close()


@pytest.fixture(scope="session")
def context(browser):
    context = browser.new_context(viewport={"width": 1280, "height": 900}, color_scheme="light")
    context.set_default_timeout(300_000)  # a busy machine is not a failure
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    return context


@pytest.fixture
def visit(context, site):
    visit = Visit(context, site)
    yield visit
    visit.page.close()
