"""Explorers on the website: their modules as plain files, and a page that has one loads them.

The figure itself comes from the notebook as `text/html` (`gencourse.widgets.Explorer.html`), and `site.js` brings it to
life. Jupyter's own code for widgets is not wanted here: it would ask another host for itself.
"""

import re
import shutil
from pathlib import Path

from docutils import nodes
from myst_nb.sphinx_ import NbMetadataCollector
from sphinx.application import Sphinx

from gencourse.widgets.bundle import JS

FOLDER = "explorers"
EXPLORER = re.compile(r'<div class="explorer" data-module="(\w+)"')


def copy_modules(app: Sphinx) -> None:
    """Put the modules beside the other static files, where the browser's own `import` finds them."""
    if app.builder.format == "html":
        shutil.copytree(JS, Path(app.outdir) / "_static" / FOLDER, dirs_exist_ok=True)


def add_loader(app: Sphinx, pagename: str, templatename: str, context: dict, doctree: nodes.document | None) -> None:
    """Load `site.js` on a page with an explorer. A page that is a file cannot load modules, and does not try."""
    NbMetadataCollector.get_js_files(app.env, pagename).clear()
    figures = [raw.astext() for raw in doctree.findall(nodes.raw)] if doctree else []
    if modules := {name for html in figures for name in EXPLORER.findall(html)}:
        for name in ("explorers", *sorted(modules)):
            app.add_css_file(f"{FOLDER}/{name}.css")
        site = f"{context['content_root']}_static/{FOLDER}/site.js"
        app.add_js_file(None, body=f'if (location.protocol !== "file:") import("{site}");', type="module")


def setup(app: Sphinx) -> dict:
    app.connect("builder-inited", copy_modules)
    app.connect("html-page-context", add_loader, priority=400)  # before myst-nb adds Jupyter's code
    return {"parallel_read_safe": True, "parallel_write_safe": True}
